"""
用子类化写一个模型
==================

继承 keras.Model 写一个多层感知机，给它输入，画出来，训练，存盘。
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

# %% mlp-class
# 模型的类：``__init__`` 里造层，``call`` 里接线。


@keras.saving.register_keras_serializable(package="kerasguide")
class MLP(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = layers.Dense(64, activation="relu", name="dense_1")
        self.dense_2 = layers.Dense(10, name="dense_2")

    def call(self, inputs):
        x = self.dense_1(inputs)
        return self.dense_2(x)


# %% before-input
# 还没见过输入的模型。

mlp = MLP(name="mlp")
print("built:", mlp.built, " weights:", mlp.weights)

# %% call-on-input
# 用 keras.Input 告诉它输入的形状。

inputs = keras.Input(shape=(784,))
outputs = mlp(inputs)
print(type(outputs).__name__, outputs.shape)
mlp.summary()

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in mlp.layers:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")

# %% call-on-zeros
# 用一批真的零告诉它输入的形状。

mlp_zeros = MLP(name="mlp_zeros")
scores = mlp_zeros(ops.zeros((1, 784)))
print(type(scores).__name__, tuple(scores.shape))
print(ops.convert_to_numpy(scores))
mlp_zeros.summary()

# %% any-batch
# 行数随意，宽度不行。

for rows in (0, 7, 9):
    print(rows, "rows ->", tuple(mlp_zeros(ops.zeros((rows, 784))).shape))

try:
    mlp_zeros(ops.zeros((1, 32)))
except ValueError as error:
    print("ValueError:", error)

# %% build-only
# 只调用 build。

mlp_built = MLP(name="mlp_built")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    mlp_built.build((None, 784))

for warning in caught:
    print(textwrap.fill(f"{warning.category.__name__}: {warning.message}", 88))
print("built:", mlp_built.built, " parameters:", mlp_built.count_params())

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

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
for axes, metric in ((loss_axes, "loss"), (accuracy_axes, "accuracy")):
    axes.plot(history.history[metric], label="training")
    axes.plot(history.history[f"val_{metric}"], label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("custom_model_history.png"), dpi=200)

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

# %% what-is-lost
# 造好之后又改动的东西，读回来就没有了。

frozen_mlp = MLP(name="frozen_mlp")
frozen_mlp(inputs)
frozen_mlp.dense_1.trainable = False
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "frozen_mlp.keras"
    frozen_mlp.save(path)
    loaded = keras.saving.load_model(path)

for subclassed in (frozen_mlp, loaded):
    print(subclassed.name, " dense_1 trainable:", subclassed.dense_1.trainable)

# %% argument-is-lost
# 带参数的模型，没有写 ``get_config``。


@keras.saving.register_keras_serializable(package="kerasguide")
class SizedMLP(keras.Model):
    def __init__(self, hidden_units=64, **kwargs):
        super().__init__(**kwargs)
        self.hidden_units = hidden_units
        self.dense_1 = layers.Dense(hidden_units, activation="relu", name="dense_1")
        self.dense_2 = layers.Dense(10, name="dense_2")

    def call(self, inputs):
        return self.dense_2(self.dense_1(inputs))


sized_mlp = SizedMLP(hidden_units=128, name="sized_mlp")
sized_mlp(inputs)
print("in the model: ", sized_mlp.hidden_units)
print("in the config:", sized_mlp.get_config()["hidden_units"])
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "sized_mlp.keras"
    sized_mlp.save(path)
    try:
        keras.saving.load_model(path)
    except ValueError as error:
        print("ValueError:", error)

# %% argument-is-kept
# 写上 ``get_config``。


@keras.saving.register_keras_serializable(package="kerasguide")
class ConfiguredMLP(SizedMLP):
    def get_config(self):
        config = super().get_config()
        config["hidden_units"] = self.hidden_units
        return config


configured_mlp = ConfiguredMLP(hidden_units=128, name="configured_mlp")
configured_mlp(inputs)
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

# %% config-is-none
# 旧笔记里的 ``get_config``。


class NoteMLP(MLP):
    def get_config(self):
        pass


note_mlp = NoteMLP(name="note_mlp")
note_mlp(inputs)
with tempfile.TemporaryDirectory() as folder:
    try:
        note_mlp.save(Path(folder) / "note_mlp.keras")
    except TypeError as error:
        print("TypeError:", error)

# %% layer-in-call
# 在 call 里造层。


class LayerInCall(keras.Model):
    def call(self, inputs):
        return layers.Dense(10)(inputs)


careless = LayerInCall(name="careless")
batch = ops.ones((1, 784))
first = careless(batch)
second = careless(batch)
print("same result twice:", bool(ops.all(first == second)))
print("weights:", careless.weights)
