"""
练习：旧脚本怎样改
==================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包，和一点数据。

import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from kerasguide import exercises

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
samples = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
labels = np.arange(64) % 3

# %% dict-losses
# 模型的输出是字典 `{"title": …, "body": …}`，编译时写 `loss=["mse", "mae"]`。`title` 用的是哪一个损失函数？
#
# - a：`mse`，它写在前面，`title` 也写在前面
# - b：`mae`
# - c：两个都用
#
# 提示：列表要配给字典，先得给字典的键排个次序。

# 键按字母的次序，body 排在 title 前面，拿走了第一个
dict_losses = "b"

# %% dict-losses-check
# 编译一个，比较打印的损失与自己算的。

inputs = keras.Input(shape=(4,))
two_outputs = keras.Model(
    inputs,
    {
        "title": layers.Dense(1, name="title")(inputs),
        "body": layers.Dense(1, name="body")(inputs),
    },
)
two_outputs.compile(loss=["mse", "mae"])
targets = {"title": np.full((64, 1), 3.0), "body": np.full((64, 1), -5.0)}
printed = two_outputs.evaluate(samples, targets, verbose=0, return_dict=True)
errors = two_outputs.predict(samples, verbose=0)["title"] - targets["title"]
exercises.check_value(
    "dict-losses",
    dict_losses,
    "a" if np.isclose(printed["title_loss"], np.mean(errors**2), rtol=1e-3) else "b",
    slips=[
        ("a", "字典的键按字母的次序排，不按你写的次序"),
        ("c", "列表里的损失函数，一个输出一个"),
    ],
)

# %% by-order
# 旧的模型有两层形状相同的 `Dense`，依次叫 `first`、`second`，整个存成 `old.h5`。照旧脚本重新造的时候写反了，先造 `second`，再造 `first`，然后 `load_weights("old.h5")`。新模型里的 `first`，装进的是谁的权重？
#
# - a：旧的 `first`
# - b：旧的 `second`
# - c：谁的也没有，报错了
#
# 提示：读 `.h5` 的时候，看不看层的名字？

# 不看名字，第几层就装进第几层：新的 first 是第二层
by_order = "b"

# %% by-order-check
# 存一份，写反了再读。


def two_layers(*names):
    model = keras.Sequential([keras.Input(shape=(4,))])
    for name in names:
        model.add(layers.Dense(4, name=name))
    return model


old = two_layers("first", "second")
old.save(folder / "old.h5")
new = two_layers("second", "first")
new.load_weights(folder / "old.h5")
kernel = new.get_layer("first").get_weights()[0]
exercises.check_value(
    "by-order",
    by_order,
    "b" if np.array_equal(kernel, old.get_layer("second").get_weights()[0]) else "a",
    slips=[
        ("a", "读 .h5 按的是次序，不是名字"),
        ("c", "两层的形状相同，装得进去，所以一声不响"),
    ],
)

# %% names-of-scores-start
# 学习者从这里改起。


def scores_by_name(model, x, y):
    values = model.evaluate(x, y, verbose=0)
    return dict(zip(model.metrics_names, values, strict=False))


# %% names-of-scores
# 下面的函数在 Keras 2 里返回 `{"loss": …, "mse": …, "mae": …}`。今天它照样运行，不报错，返回的字典却不对了。改好它：编译时写了哪几个指标，就按名字给出哪几个，连同 `loss`。
#
# 提示：打印 `model.metrics_names`，里面还有几个名字？
#
# 提示：有一种写法，让 `evaluate` 自己按名字给。


def scores_by_name(model, x, y):
    # metrics_names 里只剩 loss 和 compile_metrics；让 evaluate 自己配好名字
    return model.evaluate(x, y, verbose=0, return_dict=True)


# %% names-of-scores-check
# 指标的次序换一换，个数变一变，都要对得上。


@exercises.check("names-of-scores", scores_by_name)
def names_and_values():
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2)])
    y = np.full((64, 2), 3.0, "float32")
    error = model.predict(samples, verbose=0) - y
    right = {"mse": np.mean(error**2), "mae": np.mean(np.abs(error))}
    for metrics in (["mse", "mae"], ["mae", "mse"], ["mae"]):
        model.compile(loss="mse", metrics=metrics)
        found = scores_by_name(model, samples, y)
        assert isinstance(found, dict), "要返回一个字典"
        assert set(found) == {"loss", *metrics}, (
            f"编译时写 metrics={metrics}，字典的键却是 {sorted(found)}"
        )
        for name in metrics:
            assert np.isclose(float(found[name]), right[name], rtol=1e-3), (
                f"编译时写 metrics={metrics}，{name} 的值不对，是别的指标的"
            )
        assert np.isclose(float(found["loss"]), right["mse"], rtol=1e-3), (
            "loss 的值不对"
        )


# %% decay
# Keras 2 的 `SGD(lr=lr, decay=decay)`，第 n 步（从 0 数起）的学习率是 lr ÷ (1 + decay × n)。写一个函数，返回与它相同的学习率表，可以交给 `keras.optimizers.SGD(learning_rate=…)`。
#
# 提示：页面上说了用哪一个学习率表，`decay_steps` 写多少。


def old_schedule(lr, decay):
    """返回学习率表。"""
    # 它的公式是 lr ÷ (1 + decay_rate × n ÷ decay_steps)，decay_steps 写 1，两边就一样
    return keras.optimizers.schedules.InverseTimeDecay(
        initial_learning_rate=lr, decay_steps=1, decay_rate=decay
    )


# %% decay-check
# 交给 SGD，梯度总是 1，看每一步走多远。


@exercises.check("decay", old_schedule)
def same_steps():
    for lr, decay in ((1.0, 1.0), (0.5, 0.1)):
        optimizer = keras.optimizers.SGD(learning_rate=old_schedule(lr, decay))
        weight = keras.Variable([10.0])
        for step in range(4):
            before = float(ops.convert_to_numpy(weight)[0])
            optimizer.apply([ops.ones(1)], [weight])
            walked = before - float(ops.convert_to_numpy(weight)[0])
            right = lr / (1 + decay * step)
            assert np.isclose(walked, right, rtol=1e-3), (
                f"lr={lr}、decay={decay}，第 {step} 步的学习率该是 {right:.4f}，"
                f"你的是 {walked:.4f}"
            )


# %% old-loss
# 旧脚本里有这样一个损失函数：
#
# ```python
# def quantile_loss(y_true, y_pred):
#     e = y_true - y_pred
#     return K.mean(K.maximum(0.9 * e, -0.1 * e), axis=-1)
# ```
#
# 改成今天的写法，三个后端都能用。
#
# 提示：`K` 里的运算，今天在哪里？


def quantile_loss(y_true, y_pred):
    """每个样本一个数。"""
    # 这两个运算在 keras.ops 里同名，别的照旧
    e = y_true - y_pred
    return ops.mean(ops.maximum(0.9 * e, -0.1 * e), axis=-1)


# %% old-loss-check
# 算一遍，再用它训练。


@exercises.check("old-loss", quantile_loss)
def works_and_trains():
    y_true = np.array([[1.0, 2.0], [0.0, -4.0]], "float32")
    y_pred = np.array([[0.0, 4.0], [0.0, 0.0]], "float32")
    tensors = ops.convert_to_tensor(y_true), ops.convert_to_tensor(y_pred)
    found = ops.convert_to_numpy(quantile_loss(*tensors))
    assert found.shape == (2,), (
        f"两个样本，该给出两个数，现在的形状是 {found.shape}：别忘了 axis=-1"
    )
    assert np.allclose(found, [(0.9 + 0.2) / 2, 0.4 / 2], atol=1e-5), (
        "算出的数与旧的损失函数不同"
    )
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)])
    model.compile(loss=quantile_loss, optimizer=keras.optimizers.SGD(0.01))
    before = model.get_weights()[0]
    try:
        model.fit(samples, samples[:, :1] + 5, epochs=1, verbose=0)
    except Exception as error:
        raise AssertionError(
            f"训练的时候用不了，{type(error).__name__}：运算都要用 keras.ops 的"
        ) from error
    assert not np.array_equal(model.get_weights()[0], before), (
        "用它训练，权重没有变：梯度传不回去"
    )


# %% whole-script
# 把这段 Keras 2 的代码改成今天的，写成一个函数。存成今天的格式，文件放在 `folder` 里，名字由你定；返回文件的路径。
#
# ```python
# from keras.utils import np_utils
#
# y = np_utils.to_categorical(labels, 3)
# x_in = Input(shape=(4,), name="numbers")
# h = Dense(8, activation="relu")(x_in)
# out = Dense(3, activation="softmax")(h)
# model = Model(input=x_in, output=out)
# model.compile(loss="categorical_crossentropy",
#               optimizer=RMSprop(lr=0.01), metrics=["accuracy"])
# model.fit(x, y, epochs=2, verbose=0)
# model.save("my_model")
# ```
#
# 提示：一共有四处要改：导入、`Model` 的参数、学习率、文件名。


def train_and_save(x, labels, folder):
    """返回存好的文件的路径。"""
    # 改的是四处：直接从 keras.utils 取，inputs 和 outputs，learning_rate，.keras
    y = keras.utils.to_categorical(labels, 3)
    inputs = keras.Input(shape=(4,), name="numbers")
    hidden = layers.Dense(8, activation="relu")(inputs)
    outputs = layers.Dense(3, activation="softmax")(hidden)
    model = keras.Model(inputs=inputs, outputs=outputs)
    model.compile(
        loss="categorical_crossentropy",
        optimizer=keras.optimizers.RMSprop(learning_rate=0.01),
        metrics=["accuracy"],
    )
    model.fit(x, y, epochs=2, verbose=0)
    path = folder / "my_model.keras"
    model.save(path)
    return path


# %% whole-script-check
# 读回来，一样一样地看。


@exercises.check("whole-script", train_and_save)
def script_moved():
    path = train_and_save(samples, labels, folder)
    assert path is not None, "要返回存好的文件的路径"
    path = Path(path)
    assert path.is_file(), f"{path.name} 不是一个文件"
    assert path.suffix == ".keras", f"今天的格式，扩展名是 .keras，你的是 {path.name}"
    model = keras.models.load_model(path)
    assert model.inputs[0].name == "numbers", "输入的名字是 numbers"
    dense = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    assert [layer.units for layer in dense] == [8, 3], "两层 Dense，各 8 个和 3 个单元"
    sums = model.predict(samples, verbose=0).sum(axis=-1)
    assert np.allclose(sums, 1, atol=1e-4), "输出要是概率：最后一层的激活是 softmax"
    optimizer = model.optimizer
    assert isinstance(optimizer, keras.optimizers.RMSprop), "优化器是 RMSprop"
    rate = float(ops.convert_to_numpy(optimizer.learning_rate))
    assert np.isclose(rate, 0.01), f"学习率该是 0.01，你的是 {rate:.4g}"
    assert int(ops.convert_to_numpy(optimizer.iterations)) == 4, (
        "64 个样本，每批 32 个，两轮该走 4 步"
    )
    one_hot = keras.utils.to_categorical(labels, 3)
    found = model.evaluate(samples, one_hot, verbose=0, return_dict=True)
    assert set(found) == {"loss", "accuracy"}, "编译时要有一个指标 accuracy"


# %% clean-up
# 用完了，删掉临时的文件夹。

temporary.cleanup()
