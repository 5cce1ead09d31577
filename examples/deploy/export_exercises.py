"""
练习：导出
==========

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。

只用于 TensorFlow 后端：SavedModel 是 TensorFlow 的格式，TFSMLayer 也要它。
"""

# %% imports
# 用哪个后端；检查答案用的包，一个小模型和它导出的文件夹。

import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kerasguide import exercises

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

model = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(8, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Dense(8, activation="relu"),
        layers.BatchNormalization(),
        layers.Dropout(0.5),
        layers.Dense(3),
    ],
    name="small",
)
model.export(folder / "exported", verbose=False)
samples = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")

# %% frozen
# 一个模型里有三层 `Dense`、两层 `BatchNormalization`、两层 `Dropout`。用 `model.export` 导出，再用 `TFSMLayer` 当作一层，它有几个**不能**训练的权重？
#
# 提示：批归一化的四个权重里，两个由训练改，两个在训练时积累。
#
# 提示：导出时记下的是预测时的计算，想想哪几层在预测时什么也不用。

# 每层批归一化有积累的均值和方差；预测时用不到随机失活，它的随机数没有跟来
frozen = 2 * 2

# %% frozen-check
# 读回来，数一数。

served = layers.TFSMLayer(str(folder / "exported"), call_endpoint="serve")
exercises.check_value(
    "frozen",
    frozen,
    len(served.non_trainable_weights),
    slips=[
        (2, "批归一化有两层，每层都有"),
        (8, "批归一化的四个权重里，有两个是可以训练的"),
        (6, "随机失活的随机数，只有训练时的计算才用得到"),
        (0, "批归一化积累的均值和方差，不由训练来改"),
    ],
)

# %% borrowed
# 把上一题导出的文件夹用 `TFSMLayer(…, trainable=False)` 读回来，后面接一层新的 `Dense(5)`，合成一个模型。这个模型有几个可以训练的权重？
#
# 提示：`trainable=False` 只管它所在的那一层。

# 读回来的一个也不训练；新的一层有核和偏置
borrowed = 2

# %% borrowed-check
# 搭出来，数一数。

student = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.TFSMLayer(
            str(folder / "exported"), call_endpoint="serve", trainable=False
        ),
        layers.Dense(5),
    ]
)
exercises.check_value(
    "borrowed",
    borrowed,
    len(student.trainable_weights),
    slips=[
        (0, "新的一层不受影响，它照样训练"),
        (1, "新的一层除了核，还有偏置"),
        (12, "读的时候写了 trainable=False，里面的都不训练"),
        (20, "3 × 5 + 5 是数的个数；这里问有几个权重，一个核算一个，一个偏置算一个"),
    ],
)

# %% for-a-phone
# 模型是在 JAX 上训练的，手机上的程序要 `.tflite` 文件，`format="litert"` 在 JAX 上却写不成。怎么办？
#
# - a：在 JAX 上导出成 SavedModel，到 TensorFlow 后端上用 `load_model` 读回来，再导出
# - b：在 JAX 上存成 `.keras`，到 TensorFlow 后端上用 `load_model` 读回来，再导出
# - c：在 JAX 上存成 `.keras`，把扩展名改成 `.tflite`
#
# 提示：`load_model` 读得回哪一种？

# .keras 不认后端，读回来的是一层一层的模型，在新的后端上什么格式都能写
for_a_phone = "b"

# %% for-a-phone-check
# SavedModel 读得回来吗？

try:
    keras.models.load_model(folder / "exported")
    expected = "a"
except ValueError:
    expected = "b"
exercises.check_value(
    "for-a-phone",
    for_a_phone,
    expected,
    slips=[
        ("a", "导出的文件夹里没有层，load_model 读不回来"),
        ("c", "改了名字，里面还是 Keras 的格式，手机上的程序读不懂"),
    ],
)

# %% winner
# 写一个函数：把模型导出到 `path`，有两个入口。`serve` 给出模型预测时的得分，`winner` 给出每个样本得分最高的是第几类。一次来几个样本都要能用；模型的输入是 4 个数，类型 `float32`。
#
# 提示：`ExportArchive` 的 `track`、`add_endpoint`、`write_out` 依次用上，`add_endpoint` 用两次。
#
# 提示：`keras.ops.argmax` 的 `axis`，要沿着一个样本自己的得分。


def export_with_winner(model, path):
    """导出到 path，入口叫 serve 和 winner。"""
    # 形状里的 None 是一次几个样本；得分在最后一维，所以 axis=-1
    signature = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", lambda x: model(x, training=False), input_signature=signature
    )
    archive.add_endpoint(
        "winner",
        lambda x: keras.ops.argmax(model(x, training=False), axis=-1),
        input_signature=signature,
    )
    archive.write_out(path, verbose=False)


# %% winner-check
# 只用 TensorFlow 读，与模型自己的预测比。


@exercises.check("winner", export_with_winner)
def winner_agrees():
    path = str(folder / "winner")
    export_with_winner(model, path)
    assert Path(path).is_dir(), "path 那里没有文件夹：最后要 write_out"
    loaded = tf.saved_model.load(path)
    assert hasattr(loaded, "serve"), "没有叫 serve 的入口"
    assert hasattr(loaded, "winner"), "没有叫 winner 的入口"
    scores = model.predict(samples, verbose=0)
    for count in (6, 1):
        some = tf.constant(samples[:count])
        served = np.asarray(loaded.serve(some))
        assert np.allclose(served, scores[:count], atol=1e-5), (
            "serve 给出的与 model.predict 的不同：它要的是预测时的计算"
        )
        winners = np.asarray(loaded.winner(some))
        assert winners.shape == (count,), (
            f"送进 {count} 个样本，winner 该给出 {count} 个数，"
            f"现在的形状是 {winners.shape}"
        )
        assert np.array_equal(winners, scores[:count].argmax(axis=-1)), (
            "winner 给出的，不是得分最高的那一类的下标"
        )


# %% no-training-start
# 学习者从这里改起。


def export_to_train(model, path):
    signature = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", lambda x: model(x, training=False), input_signature=signature
    )
    archive.add_endpoint(
        "train", lambda x: model(x, training=False), input_signature=signature
    )
    archive.write_out(path, verbose=False)


# %% no-training
# 下面的函数导出两个入口，想让读的人接着训练，训练时走 `train`。它不报错，可是读回来训练，随机失活没有起作用，批归一化的统计也不动。改好它。
#
# 提示：两个入口的计算，该有什么不同？


def export_to_train(model, path):
    # 每个入口记下一种计算：训练用的，要按训练的样子调用模型
    signature = [keras.InputSpec(shape=(None, 4), dtype="float32")]
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", lambda x: model(x, training=False), input_signature=signature
    )
    archive.add_endpoint(
        "train", lambda x: model(x, training=True), input_signature=signature
    )
    archive.write_out(path, verbose=False)


# %% no-training-check
# 读回来，用两种方式各调用两遍。


@exercises.check("no-training", export_to_train)
def trains():
    path = str(folder / "trainable")
    export_to_train(model, path)
    layer = layers.TFSMLayer(
        path, call_endpoint="serve", call_training_endpoint="train"
    )
    scores = model.predict(samples, verbose=0)
    for _ in range(2):
        served = np.asarray(layer(samples, training=False))
        assert np.allclose(served, scores, atol=1e-5), (
            "预测时的输出与原来的模型不同：serve 要的是预测时的计算"
        )
    old = [weight.numpy() for weight in layer.non_trainable_weights]
    first, second = (np.asarray(layer(samples, training=True)) for _ in range(2))
    assert not np.array_equal(first, second), (
        "训练时同样的输入调用两遍，输出还是相同：随机失活没有起作用"
    )
    new = [weight.numpy() for weight in layer.non_trainable_weights]
    moved = [not np.array_equal(*pair) for pair in zip(old, new, strict=True)]
    assert sum(moved) >= 4, "训练时批归一化的统计没有更新"


# %% clean-up
# 用完了，删掉临时文件夹。

temporary.cleanup()
