"""
今天的写法：旧脚本怎样改
========================

与“2020 年的写法”一一对应：同一件事，今天这样写。
"""

# %% imports
# 导入要用的包；一个小模型，后面反复用到。

import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(42)
folder = tempfile.TemporaryDirectory()
samples = np.ones((8, 4), dtype="float32")
targets = np.ones((8, 2), dtype="float32")

# %% names
# 要用名字的地方，自己起名字。


def small_model():
    inputs = keras.Input(shape=(4,), name="numbers")
    x = layers.Dense(3, activation="relu", name="hidden")(inputs)
    outputs = layers.Dense(2, name="answers")(x)
    return keras.Model(inputs, outputs, name="small")


model = small_model()
print(model.get_layer("hidden").name)
print([weight.path for weight in model.weights])

# %% shape-and-dtype
# 形状就是元组，类型就是字符串。

inputs = keras.Input(shape=(4,))
print(inputs.dtype, list(inputs.shape))

# %% layer-output-shape
# 一层的输出是什么形状。

print(model.get_layer("hidden").output.shape)

# %% summary-unbuilt
# 一开始就说明输入。

built = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2), layers.Dense(3)])
print(built.count_params())

# %% metric-order
# 成绩按名字取，不靠次序。

model.compile(loss="mse", optimizer="rmsprop", metrics=["mse", "mae"])
history = model.fit(samples, targets, verbose=0)
scores = model.evaluate(samples, targets, verbose=0, return_dict=True)
print(sorted(scores))

# %% save-weights
# 权重文件以 .weights.h5 结尾。

path = Path(folder.name) / "demo.weights.h5"
model.save_weights(path)
print(path.name, path.is_file())

# %% save
# 存成 .keras，读回来。

path = Path(folder.name) / "demo.keras"
model.save(path)
loaded = keras.models.load_model(path)
print(loaded.evaluate(samples, targets, verbose=0, return_dict=True) == scores)

# %% h5-with-mse
# 一定要 .h5，就写损失函数和指标的全名。

model.compile(
    loss="mean_squared_error",
    optimizer="rmsprop",
    metrics=["mean_squared_error", "mean_absolute_error"],
)
path = Path(folder.name) / "model.h5"
model.save(path)
print(keras.models.load_model(path).count_params())

# %% add-weight
# ``add_weight`` 的参数都写名字。


class NewDense(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2), name="kernel")

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


print(NewDense()(samples).shape)

# %% tf-on-symbolic
# 换成 keras.ops。

averages = ops.mean(keras.Input(shape=(4,)), axis=1)
print(averages.shape)

# %% backend-functions
# keras.backend 的运算换成 keras.ops。

print(float(ops.mean(ops.square(samples))))

# %% learning-rate
# 学习率的名字是 ``learning_rate``。

optimizer = keras.optimizers.RMSprop(learning_rate=0.5)
print(float(optimizer.learning_rate))

# %% config-is-none
# 没有自己的参数，就不写 ``get_config``。


class Tiny(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


tiny = Tiny()
tiny(samples)
print(tiny.to_json()[:36])

# %% one-metric
# 每个输出各写各的指标。

inputs = keras.Input(shape=(4,))
outputs = [layers.Dense(1, name="priority")(inputs)]
outputs.append(layers.Dense(3, name="department")(inputs))
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics={"priority": ["mae"], "department": ["mae"]})
answers = [np.ones((8, 1)), np.zeros((8, 3))]
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
print(sorted(scores))

# %% dict-outputs
# 输出用字典，损失函数也用字典。

inputs = keras.Input(shape=(4,))
priority = layers.Dense(1, name="priority")(inputs)
department = layers.Dense(3, name="department")(inputs)
model = keras.Model(inputs, {"priority": priority, "department": department})
model.compile(loss={"priority": "binary_crossentropy", "department": "mse"})
answers = {"priority": np.ones((8, 1)), "department": np.zeros((8, 3))}
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
error = ops.convert_to_numpy(model(samples)["priority"]) - 1
print("priority_loss", round(scores["priority_loss"], 4))
print("mean squared error", round(float(np.mean(error**2)), 4))

# %% clean-up
# 删掉临时的文件夹。

folder.cleanup()
