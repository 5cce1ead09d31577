"""
卷积与池化：把图片压缩成 16 个数
================================

卷积层找出局部的图案，池化层缩小画面，合起来是一个编码器。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% slide-kernel
# 一个 3×3 的卷积核滑过 5×5 的图片，得到 3×3 的结果。

image = np.array(
    [
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 0, 0],
    ],
    dtype="float32",
)
kernel = np.array([[-1, 2, -1], [-1, 2, -1], [-1, 2, -1]], dtype="float32")
convolved = ops.conv(
    image.reshape(1, 5, 5, 1), kernel.reshape(3, 3, 1, 1), padding="valid"
)
convolved = ops.convert_to_numpy(convolved).reshape(3, 3)
print(convolved)

# %% draw-convolution
# 画出滑到中间时的样子：九个数与核逐个相乘再相加，是结果里的一个数。


def draw_grid(axes, values, title, box=None):
    axes.imshow(values, cmap="Blues", vmin=-4, vmax=10)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=13)
    if box is not None:
        row, column, size = box
        corner = (column - 0.5, row - 0.5)
        axes.add_patch(
            plt.Rectangle(corner, size, size, fill=False, edgecolor="C1", linewidth=3)
        )
    axes.set_title(title)
    axes.set_xticks([])
    axes.set_yticks([])


figure, (left, middle, right) = plt.subplots(1, 3, figsize=(8, 3))
draw_grid(left, image, "input 5 x 5", box=(1, 1, 3))
draw_grid(middle, kernel, "kernel 3 x 3")
draw_grid(right, convolved, "output 3 x 3", box=(1, 1, 1))
figure.tight_layout()
figure.savefig(figures.path("convolution.png"), dpi=200)

# %% pooling
# 最大池化：每个窗口留下最大的一个数。

values = np.array(
    [
        [1, 3, 2, 1, 9],
        [4, 6, 5, 0, 8],
        [7, 2, 1, 3, 7],
        [0, 1, 4, 8, 6],
        [9, 9, 9, 9, 9],
    ],
    dtype="float32",
)
pooled = layers.MaxPooling2D(2, name="pool_2")(values.reshape(1, 5, 5, 1))
pooled = ops.convert_to_numpy(pooled).reshape(2, 2)
print(pooled)

# %% draw-pooling
# 画出窗口：它们不重叠，装不满窗口的最后一行和最后一列被丢掉。

figure, (left, right) = plt.subplots(1, 2, figsize=(6, 3))
draw_grid(left, values, "input 5 x 5")
for row, column in ((0, 0), (0, 2), (2, 0), (2, 2)):
    left.add_patch(
        plt.Rectangle(
            (column - 0.5, row - 0.5), 2, 2, fill=False, edgecolor="C1", linewidth=3
        )
    )
draw_grid(right, pooled, "max pooling 2 x 2")
figure.tight_layout()
figure.savefig(figures.path("max_pooling.png"), dpi=200)

# %% padding
# 填充：valid 不补，图会变小；same 在四周补 0，图不变小。

picture = ops.zeros((1, 28, 28, 1))
for padding in ("valid", "same"):
    convolution = layers.Conv2D(16, 3, padding=padding, name=padding)
    print(padding, convolution(picture).shape)

# %% pooling-sizes
# 池化的窗口和步幅都是 3 时，边长变成原来的三分之一，余数丢掉。

pool = layers.MaxPooling2D(3, name="pool_3")
for size in (24, 28, 121):
    print(size, "->", pool(ops.zeros((1, size, size, 1))).shape[1])

# %% define-encoder
# 旧笔记的编码器，一层不少。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

encoder = keras.Model(encoder_input, encoder_output, name="encoder")
encoder.summary()

# %% plot-encoder
# 画出编码器的结构。

keras.utils.plot_model(encoder, figures.path("encoder.png"), show_shapes=True)

# %% kernel-shape
# 卷积核的形状：高、宽、输入通道、输出通道。

last_kernel, last_bias = encoder.layers[5].weights
print("kernel", last_kernel.shape)
print("bias", last_bias.shape)

# %% global-pooling
# 全局最大池化：每个通道只留下最大的一个数。

feature_maps = ops.reshape(ops.arange(32, dtype="float32"), (1, 4, 4, 2))
print(ops.convert_to_numpy(layers.GlobalMaxPool2D()(feature_maps)))

# %% wrong-channels
# 通道数对不上时的报错：第一个卷积层要 1 个通道，给它 3 个。

try:
    encoder.layers[1](np.zeros((1, 28, 28, 3), dtype="float32"))
except ValueError as error:
    print(error)

# %% too-small
# 图太小，不够卷积和池化时的报错。

try:
    small = keras.Input(shape=(4, 4, 1))
    layers.Conv2D(16, 5)(small)
except ValueError as error:
    print(error)
