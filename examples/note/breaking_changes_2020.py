"""
2020 年的写法：今天会断的，和悄悄变了的
=======================================

旧脚本里常见的写法，一件事一块，由 Keras 2（tf-keras）运行。把第一块里的
``tf_keras`` 换成 ``keras``，就是它们在今天的样子。
"""

# %% imports
# 导入 Keras 2；一个小模型，后面反复用到。

import os
import tempfile
import warnings
from contextlib import redirect_stdout
from io import StringIO
from unittest import mock

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

from kerasguide import figures

warnings.filterwarnings("ignore")
keras.utils.set_random_seed(42)
folder = tempfile.TemporaryDirectory()
samples = np.ones((8, 4), dtype="float32")
targets = np.ones((8, 2), dtype="float32")


def small_model():
    inputs = keras.Input(shape=(4,))
    x = layers.Dense(3, activation="relu")(inputs)
    outputs = layers.Dense(2)(x)
    return keras.Model(inputs, outputs)


# %% names
# 自动的名字。

first, second = small_model(), small_model()
print(first.name, second.name)
print([layer.name for layer in first.layers])
print([weight.name for weight in first.weights])

# %% get-layer
# 靠自动的名字取一层。

print(first.get_layer("input_1").name)

# %% shape-and-dtype
# 形状和类型。

inputs = keras.Input(shape=(4,))
print(inputs.dtype)
print(inputs.shape.as_list())

# %% layer-output-shape
# 问一层它的输出是什么形状。

print(first.layers[1].output_shape)

# %% summary-unbuilt
# 还不知道输入形状的模型。

unbuilt = keras.Sequential([layers.Dense(2), layers.Dense(3)])
try:
    unbuilt.summary()
except ValueError as error:
    print("ValueError:", error)

# %% pop
# 去掉最后一层，直到没有。

print(unbuilt.pop())
print(keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2)]).pop())
try:
    keras.Sequential().pop()
except (IndexError, TypeError) as error:
    print(f"{type(error).__name__}:", error)

# %% metric-order
# 指标的次序。

first.compile(loss="mse", optimizer="rmsprop", metrics=["mse", "mae"])
history = first.fit(samples, targets, verbose=2)
print(list(history.history))
scores = first.evaluate(samples, targets, verbose=0)
print(first.metrics_names)

# %% save-weights
# 权重文件的名字。

first.save_weights(os.path.join(folder.name, "demo.h5"))
print("saved")

# %% h5-with-mse
# 用 "mse" 编译的模型，存成 .h5 再读回来。

path = os.path.join(folder.name, "model.h5")
first.save(path)
loaded = keras.models.load_model(path)
print("loaded")

# %% layer-range
# 只画其中几层。

keras.utils.plot_model(
    first, figures.path("layer_range_2020.png"), layer_range=["dense", "dense_1"]
)

# %% to-categorical
# 独热向量的类型。

print(keras.utils.to_categorical([0, 1], 2).dtype)

# %% add-weight
# 自定义层里造权重，名字写在第一个。


class OldDense(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight("kernel", shape=(input_shape[-1], 2))

    def call(self, inputs):
        return tf.matmul(inputs, self.kernel)


print(OldDense()(samples).shape)

# %% tf-on-symbolic
# 对符号张量调用 TensorFlow 的函数。

averages = tf.reduce_mean(keras.Input(shape=(4,)), axis=1)
print(averages.shape)

# %% backend-functions
# keras.backend 里的运算。

print(float(keras.backend.mean(keras.backend.square(samples))))

# %% learning-rate
# 学习率写成 lr。

optimizer = keras.optimizers.RMSprop(lr=0.5)
print(float(optimizer.learning_rate))

# %% config-is-none
# 只写了 pass 的 ``get_config``。


class Tiny(keras.Model):
    def get_config(self):
        pass

    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


tiny = Tiny()
tiny(samples)
print(tiny.to_json()[:44])

# %% one-metric
# 两个输出，指标只写一个名字。

inputs = keras.Input(shape=(4,))
outputs = [layers.Dense(1, name="priority")(inputs)]
outputs.append(layers.Dense(3, name="department")(inputs))
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics=["mae"])
answers = [np.ones((8, 1)), np.zeros((8, 3))]
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
print(sorted(scores))

# %% dict-outputs
# 输出是字典，损失函数是列表。

inputs = keras.Input(shape=(4,))
priority = layers.Dense(1, name="priority")(inputs)
department = layers.Dense(3, name="department")(inputs)
model = keras.Model(inputs, {"priority": priority, "department": department})
model.compile(loss=["binary_crossentropy", "mse"])
answers = {"priority": np.ones((8, 1)), "department": np.zeros((8, 3))}
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
error = np.array(model(samples)["priority"]) - 1
print("priority_loss", round(scores["priority_loss"], 4))
print("mean squared error", round(float(np.mean(error**2)), 4))

# %% keras-1
# Keras 1 的 ``input=``、``output=``。

try:
    keras.Model(input=model.input, output=model.output)
except TypeError as error:
    assert "Keyword argument not understood" in str(error)
else:
    raise AssertionError("没有报错")

# %% offline
# 没有网络时载入数据（这里假装没有网络）。

with mock.patch("socket.getaddrinfo", side_effect=OSError("no network")):
    try:
        with redirect_stdout(StringIO()):  # 不要“正在下载”那一行
            keras.datasets.mnist.load_data(path="offline_demo.npz")
    except Exception as error:
        print(str(error).split(" on ")[0])

# %% clean-up
# 删掉临时的文件夹。

folder.cleanup()
