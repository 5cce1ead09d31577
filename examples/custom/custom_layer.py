"""
自己写一个全连接层
==================

写一个带权重的层，画出来，训练，存盘再读回，看看它的每个方法什么时候被调用。
"""

# %% imports
# 导入要用的包，设定种子。

import tempfile
import textwrap
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% custom-dense
# 一个自己写的全连接层：y = xW + b。


@keras.saving.register_keras_serializable(package="kerasguide")
class CustomDense(layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="zeros", name="bias"
        )

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        config = super().get_config()
        config["units"] = self.units
        return config


# %% use-layer
# 像内置的层一样用它。

inputs = keras.Input(shape=(4,))
custom_dense = CustomDense(10, name="custom_dense")
outputs = custom_dense(inputs)
model = keras.Model(inputs, outputs, name="custom_layer_model")
model.summary()

# %% count-parameters
# 参数自己算一遍：输入数 × 单元数 + 单元数。

num_inputs, num_units = custom_dense.kernel.shape
num_parameters = num_inputs * num_units + num_units
print(f"{num_inputs} * {num_units} + {num_units} = {num_parameters}")

# %% weight-names
# 两个权重的名字和形状。

for weight in model.weights:
    print(weight.path, tuple(weight.shape))

# %% plot-model
# 画出模型的结构。

keras.utils.plot_model(model, figures.path("custom_layer.png"), show_shapes=True)

# %% check-formula
# 同一批数，用 NumPy 照公式再算一遍。

samples = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
kernel, bias = custom_dense.get_weights()
by_hand = samples @ kernel + bias
by_layer = model.predict(samples, verbose=0)
print("largest difference below 1e-5:", np.abs(by_hand - by_layer).max() < 1e-5)

# %% same-as-dense
# 换上同样的权重，与内置的 Dense 算得一样；初值的种类也一样。

dense = layers.Dense(10)
dense.build((None, 4))
same_dense = CustomDense(10)
same_dense.build((None, 4))
same_dense.set_weights(dense.get_weights())
expected = ops.convert_to_numpy(dense(samples))
assert np.allclose(ops.convert_to_numpy(same_dense(samples)), expected, atol=1e-6)
assert isinstance(dense.kernel_initializer, keras.initializers.GlorotUniform)
assert isinstance(dense.bias_initializer, keras.initializers.Zeros)

# %% train
# 训练它：数据由一个已知的 W 和 b 生成，看它找不找得到。

true_kernel = np.array([[2.0], [-1.0], [0.5], [0.0]])
x = np.random.default_rng(1).normal(size=(256, 4)).astype("float32")
y = x @ true_kernel + 3.0

line = keras.Sequential([keras.Input(shape=(4,)), CustomDense(1)], name="line")
line.compile(loss="mse", optimizer=keras.optimizers.SGD(learning_rate=0.1))
history = line.fit(x, y, batch_size=32, epochs=20, verbose=0)
learned_kernel, learned_bias = line.get_weights()
print("kernel:", learned_kernel.ravel().round(2))
print("bias:  ", learned_bias.round(2))
assert np.allclose(learned_kernel, true_kernel, atol=0.01)
assert np.allclose(learned_bias, 3.0, atol=0.01)

# %% when-called
# 让每个方法在被调用时记一笔。

events = []


class TalkingDense(CustomDense):
    def build(self, input_shape):
        events.append("build")
        super().build(input_shape)

    def call(self, inputs):
        events.append("call")
        return super().call(inputs)

    def get_config(self):
        events.append("get_config")
        return super().get_config()


talking = TalkingDense(10)
print("created:       ", events, "weights:", len(talking.weights))
talking(ops.ones((2, 4)))
print("first batch:   ", events, "weights:", len(talking.weights))
talking(ops.ones((3, 4)))
print("second batch:  ", events)

# %% called-when
# 造的时候没有权重；第一次先 build 再 call，以后只有 call，行数不同也一样。

assert TalkingDense(10).weights == []
assert events == ["build", "call", "call"]

# %% copy-by-config
# 照着设置再造一层。

talking_copy = TalkingDense.from_config(talking.get_config())
print("events:", events)
print("copy: units", talking_copy.units, " weights", len(talking_copy.weights))

# %% config-is-not-weights
# 复制出来的层设置相同，没有权重。

assert talking_copy.get_config() == talking.get_config()
assert talking_copy.weights == [] != talking.weights

# %% symbolic-call
# 接线的时候，还没有数据，build 和 call 已经运行过了。

events.clear()
TalkingDense(10)(keras.Input(shape=(4,)))
assert events[:2] == ["build", "call"]

# %% compiled-call
# 预测 20 批。TensorFlow 和 JAX 编译过以后不再运行这段 Python；PyTorch 每一批都运行。

talking_model = keras.Sequential([keras.Input(shape=(4,)), TalkingDense(10)])
events.clear()
talking_model.predict(np.ones((20, 4)), batch_size=1, verbose=0)
if keras.backend.backend() in ("tensorflow", "jax"):
    assert events.count("call") < 5
else:
    assert events.count("call") >= 20

# %% tensor-type
# call 收到的是哪一种张量。


class Peek(layers.Layer):
    def call(self, inputs):
        print(f"{keras.backend.backend()} backend, call sees", type(inputs).__name__)
        return inputs


Peek()(np.ones((1, 4), dtype="float32"))

# %% save-and-load
# 冻结这一层，存盘，读回，比较。

custom_dense.trainable = False
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "custom_layer.keras"
    model.save(path)
    loaded = keras.saving.load_model(path)
    saved_config = zipfile.ZipFile(path).read("config.json").decode()

loaded_dense = loaded.get_layer("custom_dense")
after = loaded.predict(samples, verbose=0)
print("registered name:", keras.saving.get_registered_name(CustomDense))
print("units:", loaded_dense.units, " trainable:", loaded_dense.trainable)
print("same predictions:", np.array_equal(by_layer, after))

# %% same-after-loading
# 名字、单元数、冻结与否都在，预测逐位相同。

assert loaded_dense.name == "custom_dense"
assert loaded_dense.units == 10
assert not loaded_dense.trainable
assert np.array_equal(by_layer, after)

# %% saved-by-name
# 文件里记的是注册的名字，没有层的代码。

assert "kerasguide>CustomDense" in saved_config
assert "matmul" not in saved_config

# %% frozen-stays
# 冻结的层，训练之后权重一点没变。

loaded.compile(loss="mse", optimizer="sgd")
loaded.fit(samples, np.ones((3, 10)), verbose=0)
for frozen, trained in zip(
    custom_dense.get_weights(), loaded.get_weights(), strict=True
):
    assert np.array_equal(frozen, trained)

# %% no-kwargs
# ``__init__`` 不收 ``**kwargs``：层不能起名字。


class NamelessDense(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.units = units


try:
    NamelessDense(10, name="head")
except TypeError as error:
    print("TypeError:", error)

# %% half-config
# ``get_config`` 只写自己的设置：冻结的层复制出来，又能训练了。


class HalfConfigDense(CustomDense):
    def get_config(self):
        return {"units": self.units}


for layer in (CustomDense(10, name="whole"), HalfConfigDense(10, name="half")):
    layer.trainable = False
    layer_copy = type(layer).from_config(layer.get_config())
    print("before:", layer.name, "trainable =", layer.trainable)
    print("copy:  ", layer_copy.name, "trainable =", layer_copy.trainable)

# %% half-config-forgets
# 丢的是名字和冻结与否；CustomDense 都留着。

half = HalfConfigDense(10, name="half", trainable=False)
half_copy = HalfConfigDense.from_config(half.get_config())
assert half_copy.name != "half"
assert half_copy.trainable

whole = CustomDense(10, name="whole", trainable=False)
whole_copy = CustomDense.from_config(whole.get_config())
assert whole_copy.name == "whole"
assert not whole_copy.trainable

# %% no-config
# 不写 ``get_config``：参数都是数和字符串时，Keras 自己记；是数组就不行。


class AutoDense(layers.Layer):
    def __init__(self, units, label="plain", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.label = label


auto = AutoDense(10, label="head", name="auto", trainable=False)
auto_copy = AutoDense.from_config(auto.get_config())
assert (auto_copy.units, auto_copy.label) == (10, "head")
assert auto_copy.name == "auto"
assert not auto_copy.trainable

try:
    AutoDense(np.zeros(3)).get_config()
except NotImplementedError as error:
    assert "Please implement `get_config()`" in str(error)
else:
    raise AssertionError("没有报错")

# %% not-registered
# 没有注册：读回时找不到这个类。


class PlainDense(CustomDense):
    pass


plain_inputs = keras.Input(shape=(4,))
plain_outputs = PlainDense(10, name="plain")(plain_inputs)
plain_model = keras.Model(plain_inputs, plain_outputs, name="plain_model")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "plain.keras"
    plain_model.save(path)
    try:
        keras.saving.load_model(path)
    except TypeError as error:
        reason = str(error).split("Exception encountered: ")[-1]
        reason = reason.split(" Full object config")[0]
        print(textwrap.fill(f"TypeError: {reason}", 88))

    loaded = keras.saving.load_model(path, custom_objects={"PlainDense": PlainDense})
    print("with custom_objects, parameters:", loaded.count_params())

# %% custom-objects
# 用 ``custom_objects`` 读回来的，权重和预测都相同。

for before_saving, after_loading in zip(
    plain_model.get_weights(), loaded.get_weights(), strict=True
):
    assert np.array_equal(before_saving, after_loading)
before = plain_model.predict(samples, verbose=0)
assert np.array_equal(before, loaded.predict(samples, verbose=0))

# %% weight-in-call
# 在 call 里造权重。


class WeightInCall(layers.Layer):
    def call(self, inputs):
        kernel = self.add_weight(shape=(inputs.shape[-1], 10), name="kernel")
        return ops.matmul(inputs, kernel)


try:
    WeightInCall()(ops.ones((1, 4)))
except ValueError as error:
    print("ValueError:", error)

# %% weight-in-init
# 形状不取决于输入的权重，可以在 ``__init__`` 里造。


class Scale(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return inputs * self.factor


scale = Scale()
assert [weight.name for weight in scale.weights] == ["factor"]
assert np.array_equal(ops.convert_to_numpy(scale(samples)), samples)

# %% plain-tensor
# 自己造一个张量，赋给 self：Keras 不知道它是权重。


class PlainTensor(layers.Layer):
    def build(self, input_shape):
        self.kernel = keras.random.normal((input_shape[-1], 10))

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


plain_tensor = PlainTensor()
print("output:", tuple(plain_tensor(ops.ones((1, 4))).shape))
print("weights:", plain_tensor.weights)

# %% default-initializer
# ``add_weight`` 不写 ``initializer``，只有一个轴的偏置也从随机数开始。

first_bias = layers.Layer().add_weight(shape=(10,), name="bias")
assert first_bias.trainable
assert np.all(ops.convert_to_numpy(first_bias) != 0)

# %% forgot-super
# 忘了调用父类的 ``__init__``。


class NoSuperInit(layers.Layer):
    def __init__(self, units=32):
        self.units = units

    def call(self, inputs):
        return inputs


try:
    NoSuperInit()(ops.ones((1, 4)))
except RuntimeError as error:
    print("RuntimeError:", error)
