"""
定义多层感知机
==============

用函数式 API 定义一个三层的全连接网络，784 个数进，10 个得分出。
"""

# %% imports
# 导入要用的包。

import keras
import numpy as np
from keras import layers

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% define-input
# 定义输入：784 个数，批大小不定。

inputs = keras.Input(shape=(784,))
print(inputs.shape)
print(inputs.dtype)

# %% define-hidden-layers
# 两个中间层和一个输出层。

x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10)(x)

# %% define-model
# 完成模型定义：只描述输入与输出的关系。

model = keras.Model(inputs, outputs, name="mnist_model")
model.summary()

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in model.layers[1:]:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")
first_layer_share = model.layers[1].count_params() / model.count_params()

# %% show-weights
# 第一层的核和偏置的形状。

kernel, bias = model.layers[1].weights
print("kernel", kernel.shape)
print("bias", bias.shape)

# %% plot-model
# 画出模型的结构。

keras.utils.plot_model(model, figures.path("mnist_mlp.png"), show_shapes=True)

# %% wrong-shape
# 输入的宽度不对时的报错。

try:
    model(np.zeros((1, 28, 28), dtype="float32"))
except ValueError as error:
    print(error)
