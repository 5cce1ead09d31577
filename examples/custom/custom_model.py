"""
用子类化写一个模型
==================

继承 keras.Model 写一个多层感知机，造出权重，画出来，训练，存盘。
"""

# %% imports
# 导入要用的包，设定种子。

import tempfile
import textwrap
import warnings
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% mlp-class
# 模型的类：``__init__`` 里造层，``build`` 里造权重，``call`` 里接线。


@keras.saving.register_keras_serializable(package="kerasguide")
class MLP(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = layers.Dense(64, activation="relu", name="dense_1")
        self.dense_2 = layers.Dense(10, name="dense_2")

    def build(self, input_shape):
        self.dense_1.build(input_shape)
        hidden_shape = self.dense_1.compute_output_shape(input_shape)
        self.dense_2.build(hidden_shape)

    def call(self, inputs):
        x = self.dense_1(inputs)
        return self.dense_2(x)


# %% before-build
# 刚造出来的模型。

mlp = MLP(name="mlp")
print("layers:", [layer.name for layer in mlp.layers])
print("weights:", mlp.weights)

# %% tracked-layers
# 赋值给 self 的层归模型管，放在列表和字典里的也一样。


class Listed(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = [layers.Dense(8, name="first"), layers.Dense(8, name="second")]
        self.heads = {"scores": layers.Dense(10, name="scores")}


assert [layer.name for layer in Listed().layers] == ["first", "second", "scores"]

# %% replaced-layer
# 给同一个名字再赋一层，旧的那一层还归模型管。


class Replaced(MLP):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = layers.Dense(128, name="another")


assert [layer.name for layer in Replaced().layers] == ["dense_1", "dense_2", "another"]

# %% build-model
# 告诉它输入的形状，造出权重。

mlp.build((None, 784))
mlp.summary()

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in mlp.layers:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")

# %% built-by-call
# 不先调用 build，第一次收到数据时 Keras 也会调用它，只有一次。

shapes = []


class WatchedMLP(MLP):
    def build(self, input_shape):
        shapes.append(input_shape)
        super().build(input_shape)


watched = WatchedMLP()
watched(ops.zeros((2, 784)))
watched(ops.zeros((3, 784)))
assert shapes == [(2, 784)]
assert watched.count_params() == mlp.count_params()

# %% weights-need-build
# 没有造好权重的模型读不进权重，造好了就行。

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "mlp.weights.h5"
    mlp.save_weights(path)
    try:
        MLP().load_weights(path)
    except ValueError as error:
        assert "has not yet been built" in str(error)
    else:
        raise AssertionError("没有报错")
    built_first = MLP()
    built_first.build((None, 784))
    built_first.load_weights(path)
assert np.array_equal(built_first.get_weights()[0], mlp.get_weights()[0])

# %% any-batch
# 行数随意，宽度不行。

for rows in (1, 7, 9):
    print(rows, "rows ->", tuple(mlp(ops.zeros((rows, 784))).shape))

try:
    mlp(ops.zeros((1, 32)))
except ValueError as error:
    print("ValueError:", error)

# %% no-build
# 别人的代码里常见的写法：没有 build。


class LazyMLP(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = layers.Dense(64, activation="relu", name="dense_1")
        self.dense_2 = layers.Dense(10, name="dense_2")

    def call(self, inputs):
        return self.dense_2(self.dense_1(inputs))


# %% call-on-input
# 用 keras.Input 调用它一次，权重就造好了。

inputs = keras.Input(shape=(784,))
lazy_mlp = LazyMLP(name="lazy_mlp")
outputs = lazy_mlp(inputs)
print(type(outputs).__name__, outputs.shape)
lazy_mlp.summary()

# %% lazy-is-complete
# 得到的是符号张量，权重与有 build 的模型一样多。

assert type(outputs) is keras.KerasTensor
assert lazy_mlp.count_params() == mlp.count_params()

# %% symbolic-input
# 符号张量有形状，没有数，换不成数组。

assert inputs.shape == (None, 784)
try:
    ops.convert_to_numpy(inputs)
except ValueError as error:
    assert "It doesn't have any actual numerical value" in str(error)
else:
    raise AssertionError("没有报错")

# %% batch-in-summary
# 总表里批的那一格：PyTorch 上是一个具体的数，别的后端是 None。

lines = []
lazy_mlp.summary(print_fn=lines.append)
if keras.backend.backend() == "torch":
    assert "(None, 64)" not in "".join(lines)
else:
    assert "(None, 64)" in "".join(lines)

# %% build-only
# 没有 build 方法，却只调用 build。

only_built = LazyMLP(name="only_built")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    only_built.build((None, 784))

for warning in caught:
    print(textwrap.fill(f"{warning.category.__name__}: {warning.message}", 88))
print("built:", only_built.built, " parameters:", only_built.count_params())

# %% nothing-loaded
# 标成“造好了”，却没有权重：读权重不报错，也没有读进来。

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "mlp.weights.h5"
    lazy_mlp.save_weights(path)
    only_built.load_weights(path)
assert only_built.weights == []

# %% plot-outside
# 直接画，只有一个方框。

keras.utils.plot_model(mlp, figures.path("mlp_outside.png"), show_shapes=True)

# %% plot-inside
# 把 call 当函数用一遍，得到一个函数式模型，再画就看得见里面了。

mlp_inside = keras.Model(inputs, mlp.call(inputs), name="mlp_inside")
keras.utils.plot_model(mlp_inside, figures.path("mlp_inside.png"), show_shapes=True)

# %% shared-layers
# 两个模型用的是同样的层。

print("same layer object:", mlp_inside.layers[1] is mlp.dense_1)

# %% train
# 编译、训练、测试，与别的模型一样。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255

mlp.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
history = mlp.fit(
    x_train, y_train, batch_size=64, epochs=5, validation_split=0.2, verbose=2
)
test_scores = mlp.evaluate(x_test, y_test, verbose=2, return_dict=True)

# %% plot-history
# 画出训练过程。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(6, 2.6))
for axes, metric, title in (
    (loss_axes, "loss", "损失"),
    (accuracy_axes, "accuracy", "准确率"),
):
    axes.plot(history.epoch, history.history[metric], label="训练")
    axes.plot(history.epoch, history.history[f"val_{metric}"], label="验证")
    axes.set_xlabel("轮（从 0 数起）")
    axes.set_ylabel(title)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("custom_model_history.png"), dpi=200)

# %% same-as-functional
# 用函数式 API 写同样的模型，给它同样的权重，得分就相同。

drawn_inputs = keras.Input(shape=(784,))
hidden = layers.Dense(64, activation="relu", name="dense_1")(drawn_inputs)
drawn_outputs = layers.Dense(10, name="dense_2")(hidden)
drawn = keras.Model(drawn_inputs, drawn_outputs, name="drawn")
drawn.set_weights(mlp.get_weights())

scores = mlp.predict(x_test[:100], verbose=0)
assert np.allclose(drawn.predict(x_test[:100], verbose=0), scores, atol=1e-5)

# %% input-is-a-layer
# 函数式模型的输入自己占一层，子类化的模型里没有它。

assert [type(layer).__name__ for layer in drawn.layers] == [
    "InputLayer",
    "Dense",
    "Dense",
]
assert [type(layer).__name__ for layer in mlp.layers] == ["Dense", "Dense"]

# %% save-and-load
# 存盘、读回，预测不变。

before = mlp.predict(x_test[:100], verbose=0)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "mlp.keras"
    mlp.save(path)
    loaded = keras.saving.load_model(path)

after = loaded.predict(x_test[:100], verbose=0)
print("class:", type(loaded).__name__, " name:", loaded.name)
print("same predictions:", np.array_equal(before, after))

# %% what-is-recorded
# 函数式模型的设置里有每一层，子类化的模型没有。

assert "layers" in drawn.get_config()
assert "layers" not in mlp.get_config()

# %% needs-the-class
# 没有注册的类，读不回来。

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "lazy_mlp.keras"
    lazy_mlp.save(path)
    try:
        keras.saving.load_model(path)
    except TypeError as error:
        assert "Could not locate class 'LazyMLP'" in str(error)
    else:
        raise AssertionError("没有报错")

# %% load-calls-build
# 读取时，Keras 照存下的形状调用 build。

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "watched.keras"
    watched.save(path)
    shapes.clear()
    keras.saving.load_model(path, custom_objects={"WatchedMLP": WatchedMLP})
assert [tuple(shape) for shape in shapes] == [(2, 784)]

# %% what-is-lost
# 造好之后又改动的东西，读回来就没有了。

frozen_mlp = MLP(name="frozen_mlp")
frozen_mlp.build((None, 784))
frozen_mlp.dense_1.trainable = False
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "frozen_mlp.keras"
    frozen_mlp.save(path)
    loaded = keras.saving.load_model(path)

print("before saving, dense_1 trainable:", frozen_mlp.dense_1.trainable)
print("after loading, dense_1 trainable:", loaded.dense_1.trainable)

# %% functional-keeps
# 函数式模型记下每一层的设置，冻结的层读回来还是冻结的。

drawn.get_layer("dense_1").trainable = False
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "drawn.keras"
    drawn.save(path)
    loaded_drawn = keras.saving.load_model(path)

assert not loaded_drawn.get_layer("dense_1").trainable
assert loaded.dense_1.trainable

# %% argument-is-lost
# 带参数的模型，没有写 ``get_config``。


@keras.saving.register_keras_serializable(package="kerasguide")
class SizedMLP(keras.Model):
    def __init__(self, hidden_units=64, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units
        self.dense_1 = layers.Dense(hidden_units, activation="relu", name="dense_1")
        self.dense_2 = layers.Dense(10, name="dense_2")

    def build(self, input_shape):
        self.dense_1.build(input_shape)
        self.dense_2.build(self.dense_1.compute_output_shape(input_shape))

    def call(self, inputs):
        return self.dense_2(self.dense_1(inputs))


sized_mlp = SizedMLP(hidden_units=128, name="sized_mlp")
sized_mlp.build((None, 784))
print("in the model: ", sized_mlp.hidden_units)
print("in the config:", sized_mlp.get_config()["hidden_units"])
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "sized_mlp.keras"
    sized_mlp.save(path)
    try:
        keras.saving.load_model(path)
    except ValueError as error:
        print("ValueError:", error)

# %% default-is-recorded
# 记下的是默认值，不是给的值。

assert sized_mlp.hidden_units == 128
assert sized_mlp.get_config()["hidden_units"] == 64
assert SizedMLP.from_config(sized_mlp.get_config()).hidden_units == 64

# %% weights-are-there
# 文件里的权重都在：照原来的大小造一个，从同一个文件装得回来。

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "sized_mlp.keras"
    sized_mlp.save(path)
    same_size = SizedMLP(hidden_units=128)
    same_size.build((None, 784))
    same_size.load_weights(path)
for weight_before, weight_after in zip(
    sized_mlp.get_weights(), same_size.get_weights(), strict=True
):
    assert np.array_equal(weight_before, weight_after)

# %% required-argument
# 参数没有默认值时，``get_config`` 报错，尽管它只是一个整数。


class RequiredMLP(keras.Model):
    def __init__(self, hidden_units, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units


try:
    RequiredMLP(128).get_config()
except NotImplementedError as error:
    assert "non-serializable argument values" in str(error)
else:
    raise AssertionError("没有报错")

# %% argument-is-kept
# 写上 ``get_config``。


@keras.saving.register_keras_serializable(package="kerasguide")
class ConfiguredMLP(SizedMLP):
    def get_config(self):
        config = super().get_config()
        config["hidden_units"] = self.hidden_units
        return config


configured_mlp = ConfiguredMLP(hidden_units=128, name="configured_mlp")
configured_mlp.build((None, 784))
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "configured_mlp.keras"
    configured_mlp.save(path)
    loaded = keras.saving.load_model(path)

same_weights = [
    np.array_equal(weight_before, weight_after)
    for weight_before, weight_after in zip(
        configured_mlp.get_weights(), loaded.get_weights(), strict=True
    )
]
print("after loading:", loaded.hidden_units)
print("same weights:", same_weights)

# %% forgot-in-build
# build 里漏了一层。


@keras.saving.register_keras_serializable(package="kerasguide")
class ForgetfulMLP(MLP):
    def build(self, input_shape):
        self.dense_1.build(input_shape)


forgetful = ForgetfulMLP(name="forgetful")
before = forgetful.predict(x_test[:100], verbose=0)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "forgetful.keras"
    forgetful.save(path)
    loaded = keras.saving.load_model(path)

print("parameters before:", forgetful.count_params())
print("parameters after: ", loaded.count_params())
after = loaded.predict(x_test[:100], verbose=0)
print("same predictions:", np.array_equal(before, after))

# %% loses-a-layer
# 漏掉的那一层，用的时候造出了权重，读的时候没有读回来，也没有报错。

assert forgetful.count_params() == mlp.count_params()
assert np.array_equal(forgetful.get_weights()[0], loaded.get_weights()[0])
assert not np.array_equal(before, after)

# %% while-loop
# 函数式模型也能随数据循环：不断减半，直到都不超过 1。

(halved,) = ops.while_loop(
    lambda x: ops.max(x) > 1, lambda x: (x / 2,), (drawn_inputs,)
)
halving = keras.Model(drawn_inputs, halved, name="halving")
for start in (3.0, 100.0):
    batch = np.full((1, 784), start, dtype="float32")
    assert 0.5 < halving.predict(batch, verbose=0).max() <= 1

# %% wrong-wiring
# 函数式 API 在接线时就查形状；子类化的模型造得出来，用到时才报错。

try:
    layers.Conv2D(8, 3)(drawn_inputs)
except ValueError as error:
    assert "expected min_ndim=4" in str(error)
else:
    raise AssertionError("没有报错")


class WrongWiring(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.convolution = layers.Conv2D(8, 3)

    def call(self, inputs):
        return self.convolution(inputs)


wrong_wiring = WrongWiring()
try:
    wrong_wiring(ops.zeros((1, 784)))
except ValueError as error:
    assert "expected min_ndim=4" in str(error)
else:
    raise AssertionError("没有报错")

# %% middle-output
# 函数式模型能直接指名中间层的输出；子类化的模型，层没有固定的输出。

to_hidden = keras.Model(drawn_inputs, drawn.get_layer("dense_1").output)
assert to_hidden.output_shape == (None, 64)
assert not hasattr(watched.get_layer("dense_1"), "output")

# %% if-on-value
# 用 Python 的 if 看张量的值。


class Halve(keras.Model):
    def call(self, inputs):
        if ops.max(inputs) > 1:
            return inputs / 2
        return inputs


halve = Halve(name="halve")
four = np.full((1, 3), 4.0, dtype="float32")
print("called:   ", ops.convert_to_numpy(halve(four)))
try:
    print("predicted:", halve.predict(four, verbose=0))
except TypeError as error:
    print(f"{type(error).__name__}:", str(error).partition(" You can")[0])

# %% if-needs-a-value
# TensorFlow 和 JAX 上失败；PyTorch 一步一步运行 Python，不失败。

try:
    halve.predict(four, verbose=0)
    fails = False
except TypeError:
    fails = True
if keras.backend.backend() in ("tensorflow", "jax"):
    assert fails
else:
    assert not fails

# %% training-argument
# ``fit`` 传来的 ``training`` 是 True，``evaluate``、``predict`` 传来的是 False；
# 直接调用，传什么就是什么。只看最后一次：造权重时，有的后端先试算几遍。

told = []


class Told(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, inputs, training=None):
        told.append(training)
        return self.dense(inputs)


def told_by(method, *arguments, **options):
    told.clear()
    method(*arguments, **options)
    return told[-1]


listener = Told()
listener.compile(loss="mse", optimizer="sgd")
pairs = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
assert told_by(listener.fit, *pairs, verbose=0) is True
assert told_by(listener.evaluate, *pairs, verbose=0) is False
assert told_by(listener.predict, pairs[0], verbose=0) is False
assert told_by(listener, pairs[0], training=True) is True
assert told_by(listener, pairs[0]) is None

# %% cond
# 换成 ops.cond，哪个后端都能用。


class HalveByCond(keras.Model):
    def call(self, inputs):
        return ops.cond(ops.max(inputs) > 1, lambda: inputs / 2, lambda: inputs)


halve_by_cond = HalveByCond(name="halve_by_cond")
print(halve_by_cond.predict(four, verbose=0))
print(halve_by_cond.predict(four / 4, verbose=0))

# %% if-on-shape
# if 看形状和设置：编译时就知道，predict 也行。


class Widest(keras.Model):
    def __init__(self, limit=4, **kwargs):
        super().__init__(**kwargs)
        self.limit = limit

    def call(self, inputs):
        if inputs.shape[-1] > self.limit:
            return inputs[:, : self.limit]
        return inputs


for width in (3, 6):
    predicted = Widest().predict(np.ones((2, width), "float32"), verbose=0)
    assert predicted.shape == (2, min(width, 4))

# %% layer-in-call
# 在 call 里造层。


class LayerInCall(keras.Model):
    def call(self, inputs):
        return layers.Dense(10)(inputs)


careless = LayerInCall(name="careless")
batch = np.ones((1, 784), dtype="float32")
first = ops.convert_to_numpy(careless(batch))
second = ops.convert_to_numpy(careless(batch))
print("same result twice:", np.array_equal(first, second))
print("weights:", careless.weights)

# %% nothing-to-train
# 两次不同，也没有权重可以训练。

assert not np.array_equal(first, second)
assert careless.weights == []
