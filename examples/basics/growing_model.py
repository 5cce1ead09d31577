"""
边搭边看
========

一层一层地搭一个卷积网络，每搭一段就看看特征图变成了多大。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import matplotlib.pyplot as plt
from keras import layers

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% first-part
# 先搭三层，看看形状。

growing = keras.Sequential(name="growing")
growing.add(keras.Input(shape=(250, 250, 3)))  # 250x250 RGB images
growing.add(layers.Conv2D(32, 5, strides=2, activation="relu", name="conv_1"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_2"))
growing.add(layers.MaxPooling2D(3, name="pool_1"))

growing.summary()

# %% side-by-formula
# 边长自己算一遍，与每一层的输出核对。


def side(n, k, s=1, p=0):
    return (n + 2 * p - k) // s + 1


def check_sides(model_layers):
    for layer in model_layers:
        is_pooling = isinstance(layer, layers.MaxPooling2D)
        k = layer.pool_size[0] if is_pooling else layer.kernel_size[0]
        s = layer.strides[0]
        n, keras_says = layer.input.shape[1], layer.output.shape[1]
        ours = side(n, k, s)
        print(f"{layer.name}: ({n} - {k}) // {s} + 1 = {ours}", ours == keras_says)


check_sides(growing.layers)

# %% count-parameters
# 每一层卷积的参数自己算一遍：（核的边长的平方 × 输入通道数 + 1）× 核的个数。

for layer in growing.layers:
    if isinstance(layer, layers.Conv2D):
        height, width, channels, num_kernels = layer.kernel.shape
        num_parameters = (height * width * channels + 1) * num_kernels
        formula = f"({height} * {width} * {channels} + 1) * {num_kernels}"
        print(f"{layer.name}: {formula} = {num_parameters}")

# %% second-part
# 接着往下缩，再看一次。

growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_3"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_4"))
growing.add(layers.MaxPooling2D(3, name="pool_2"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_5"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_6"))
growing.add(layers.MaxPooling2D(2, name="pool_3"))

growing.summary()

# %% check-second-part
# 新加的六层，用同一个公式核对。

check_sides(growing.layers[3:])

# %% plot-sides
# 特征图的边长怎样一层层变小。

names = ["input"] + [layer.name for layer in growing.layers]
sides = [growing.input_shape[1]]
sides += [layer.output.shape[1] for layer in growing.layers]

figure, axes = plt.subplots(figsize=(8, 3))
bars = axes.bar(names, sides)
axes.bar_label(bars)
axes.set_ylabel("side of the feature map")
axes.margins(y=0.12)
figure.tight_layout()
figure.savefig(figures.path("growing_sides.png"), dpi=200)

# %% too-small
# 卷积核比特征图还宽：放不下。

last_side, kernel_size = growing.output_shape[1], 5
print("places for the kernel:", side(last_side, kernel_size))
try:
    growing.add(layers.Conv2D(32, kernel_size, name="too_big"))
except ValueError as error:
    print("ValueError:", error)

print("last layer:", growing.layers[-1].name)

# %% take-back
# 出错的层已经在模型里了，把它去掉。

growing.pop()
print("last layer:", growing.layers[-1].name)
print("output shape:", growing.output_shape)

# %% third-part
# 全局最大池化，再加分类的一层。

growing.add(layers.GlobalMaxPooling2D(name="global_pool"))
print("after global pooling:", growing.output_shape)
growing.add(layers.Dense(10, name="scores"))

growing.summary()

# %% why-not-flatten
# 最后一层的参数；若不做全局池化，而是拉平，要多少。

num_inputs, num_units = growing.get_layer("scores").kernel.shape
num_parameters = num_inputs * num_units + num_units
print(f"global pooling: {num_inputs} * {num_units} + {num_units} = {num_parameters}")

height, width, channels = growing.get_layer("pool_3").output.shape[1:]
flattened = height * width * channels
flattened_parameters = flattened * num_units + num_units
print(f"flatten: {height} * {width} * {channels} = {flattened} numbers")
print(f"flatten: {flattened} * {num_units} + {num_units} = {flattened_parameters}")

# %% auto-names
# 不起名字，Keras 就按次序编号。

for _ in range(7):
    unnamed = keras.Sequential()
    print(unnamed.name)
