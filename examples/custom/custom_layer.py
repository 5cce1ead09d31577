"""
自己写一个全连接层
==================

写一个带权重的层，画出来，存盘再读回，看看它的每个方法什么时候被调用。
"""

# %% imports
# 导入要用的包，设定种子。

import tempfile
import textwrap
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
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.units,), initializer="random_normal", name="bias"
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

# %% weight-names
# 两个权重的名字和形状。

for weight in model.weights:
    print(weight.path, tuple(weight.shape))

# %% count-parameters
# 参数自己算一遍：输入数 × 单元数 + 单元数。

num_inputs, num_units = custom_dense.kernel.shape
num_parameters = num_inputs * num_units + num_units
print(f"{num_inputs} * {num_units} + {num_units} = {num_parameters}")

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

# %% when-called
# 让每个方法在被调用时说一声。


class TalkingDense(CustomDense):
    def build(self, input_shape):
        print("  build      ", input_shape)
        super().build(input_shape)

    def call(self, inputs):
        print("  call       ", tuple(inputs.shape))
        return super().call(inputs)

    def get_config(self):
        print("  get_config")
        return super().get_config()


print("create the layer")
talking = TalkingDense(10)
print("  weights:", len(talking.weights))
print("first batch, 2 rows")
talking(ops.ones((2, 4)))
print("  weights:", len(talking.weights))
print("second batch, 3 rows")
talking(ops.ones((3, 4)))
print("copy the layer")
talking_copy = TalkingDense.from_config(talking.get_config())
print("  weights of the copy:", len(talking_copy.weights))

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

loaded_dense = loaded.get_layer("custom_dense")
after = loaded.predict(samples, verbose=0)
print("registered name:", keras.saving.get_registered_name(CustomDense))
print("units:", loaded_dense.units, " trainable:", loaded_dense.trainable)
print("same predictions:", np.array_equal(by_layer, after))

# %% note-version
# 旧笔记的写法，只把 tf.matmul 换成了 ops.matmul。


class NoteDense(layers.Layer):
    def __init__(self, units=32):
        super().__init__()
        self.units = units
        self.w = None
        self.b = None

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            trainable=True,
        )
        self.b = self.add_weight(
            shape=(self.units,), initializer="random_normal", trainable=True
        )

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {"units": self.units}


# %% note-name
# 第一个毛病：不能起名字。

try:
    NoteDense(10, name="head")
except TypeError as error:
    print("TypeError:", error)

# %% note-config
# 第二个毛病：设置丢了，冻结的层读回来又能训练了。

for layer in (CustomDense(10), NoteDense(10)):
    layer.trainable = False
    layer_copy = type(layer).from_config(layer.get_config())
    print("before:", layer.name, "trainable =", layer.trainable)
    print("copy:  ", layer_copy.name, "trainable =", layer_copy.trainable)
    print("config:", ", ".join(layer.get_config()))
    print()

# %% note-load
# 第三个毛病：没有登记，读回时找不到这个类。

note_inputs = keras.Input(shape=(4,))
note_dense = NoteDense(10)
note_dense.trainable = False
note_model = keras.Model(note_inputs, note_dense(note_inputs), name="note_model")
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "note.keras"
    note_model.save(path)
    try:
        keras.saving.load_model(path)
    except TypeError as error:
        reason = str(error).split("Exception encountered: ")[-1]
        reason = reason.split(" Full object config")[0]
        print(textwrap.fill(f"TypeError: {reason}", 88))

    loaded = keras.saving.load_model(path, custom_objects={"NoteDense": NoteDense})
    print("with custom_objects, parameters:", loaded.count_params())
    print("trainable before:", note_dense.trainable)
    print("trainable after: ", loaded.layers[1].trainable)

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
