"""
导出成 SavedModel
=================

把训练好的模型导出成一段固定的计算，由别的程序来用；再把它当作一层，接着训练。

只用于 TensorFlow 后端：SavedModel 是 TensorFlow 的格式，TFSMLayer 也要它。
"""

# %% imports
# 导入要用的包，说明用哪个后端。

import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from kerasguide import datasets

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% train
# 一个训练过的模型，里面有批归一化和随机失活；记下它给测试集打的分。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.SGD(0.01),
        metrics=["accuracy"],
    )


model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.BatchNormalization(momentum=0.9),
        layers.Dropout(0.5),
        layers.Dense(10),
    ],
    name="mnist_model",
)
compile_model(model)
history = model.fit(x_train, y_train, batch_size=64, epochs=3, verbose=2)
scores_before = model.predict(x_test, verbose=0)

# %% dropout
# 随机失活：训练时一部分变成 0，其余的放大；预测时原样放行。

ones = np.ones((1, 1000), dtype="float32")
dropout = layers.Dropout(0.5)
dropped = dropout(ones, training=True).numpy()
assert set(dropped.ravel()) == {0.0, 2.0}
assert np.array_equal(dropout(ones, training=False), ones)

# %% export
# 导出到一个文件夹，看看里面有什么。

export_path = folder / "exported"
model.export(export_path, verbose=False)
print(sorted(path.name for path in export_path.iterdir()))

# %% without-keras
# 只用 TensorFlow 就能调用它，不经过 Keras。

loaded = tf.saved_model.load(export_path)
scores = loaded.serve(x_test.astype("float32")).numpy()
print("close", np.allclose(scores, scores_before, atol=1e-5))
assert np.allclose(scores, scores_before, atol=1e-5)

# %% load-model-refuses
# ``load_model`` 读不回来。

try:
    keras.models.load_model(export_path)
except ValueError as error:
    print("ValueError:", str(error).split(":")[0])
    assert "File format not supported" in str(error)
else:
    raise AssertionError("没有报错")

# %% as-a-layer
# 把导出的当作一层。

served = layers.TFSMLayer(str(export_path), call_endpoint="serve")
student = keras.Sequential([keras.Input(shape=(28, 28)), served])
compile_model(student)
print("weights", len(served.weights), "trainable", len(served.trainable_weights))
assert np.allclose(student.predict(x_test, verbose=0), scores_before, atol=1e-5)
assert len(served.trainable_weights) == len(model.trainable_weights)
assert not hasattr(served, "layers")

# %% train-the-export
# 接着训练它，每个权重变了没有。


def train_and_compare(student):
    old = student.get_weights()
    student.fit(x_train, y_train, batch_size=64, epochs=1, verbose=2)
    changed = {}
    for weight, before, after in zip(
        student.weights, old, student.get_weights(), strict=True
    ):
        name = weight.name.removeprefix("mnist_model_").removesuffix(":0")
        changed[name] = not np.array_equal(before, after)
        print(f"{name:40} {'changed' if changed[name] else 'the same'}")
    return changed


changed = train_and_compare(student)
assert changed["dense_kernel"]
assert changed["dense_1_kernel"]
assert not changed["batch_normalization_moving_mean"]
assert not np.allclose(student.predict(x_test, verbose=0), scores_before, atol=1e-3)

# %% no-dropout
# 训练时调用它两遍，结果相同：没有随机失活。

images = x_test.astype("float32")
first, second = served(images, training=True), served(images, training=True)
assert np.array_equal(first, second)

# %% what-else-is-there
# 可以训练的之外，还有批归一化积累的两个数。

assert len(served.weights) - len(served.trainable_weights) == 2
assert {
    weight.name.rpartition("moving_")[2].removesuffix(":0")
    for weight in served.non_trainable_weights
} == {"mean", "variance"}

# %% two-endpoints
# 导出两个入口：一个用来预测，一个用来训练。

signature = [keras.InputSpec(shape=(None, 28, 28), dtype="float32")]
archive = keras.export.ExportArchive()
archive.track(model)
archive.add_endpoint(
    "serve", lambda x: model(x, training=False), input_signature=signature
)
archive.add_endpoint(
    "train", lambda x: model(x, training=True), input_signature=signature
)
archive.write_out(folder / "trainable", verbose=False)

# %% train-with-endpoint
# 训练时走第二个入口：随机失活、批归一化的统计都回来了。

trainable = layers.TFSMLayer(
    str(folder / "trainable"), call_endpoint="serve", call_training_endpoint="train"
)
images = x_test.astype("float32")
first, second = trainable(images, training=True), trainable(images, training=True)
assert not np.array_equal(first, second)
student = keras.Sequential([keras.Input(shape=(28, 28)), trainable])
compile_model(student)
changed = train_and_compare(student)
assert changed["batch_normalization_moving_mean"]

# %% clean-up
# 用完了，删掉临时文件夹。

temporary.cleanup()
