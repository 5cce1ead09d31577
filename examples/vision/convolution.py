"""
卷积与池化：把一张图片压缩成 16 个数
====================================

卷积核怎样滑动，池化怎样缩小特征图，再用它们搭一个编码器。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.patches import Rectangle

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% convolve-by-hand
# 自己算一次卷积：窗口逐格滑动，对应位置相乘再相加。

image = np.array(
    [
        [0, 0, 0, 2, 2],
        [0, 0, 0, 2, 2],
        [0, 0, 1, 2, 2],
        [0, 1, 2, 2, 2],
        [2, 2, 2, 2, 2],
    ],
    dtype="float32",
)
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]], dtype="float32")

convolved = np.zeros((3, 3), dtype="float32")
for row in range(3):
    for column in range(3):
        window = image[row : row + 3, column : column + 3]
        convolved[row, column] = np.sum(window * kernel)
print(convolved)

# %% convolve-with-keras
# Keras 的卷积算出同样的结果；它要的形状是（批, 高, 宽, 通道）和（高, 宽, 进, 出）。

keras_convolved = ops.conv(image[None, :, :, None], kernel[:, :, None, None])
print("output shape", tuple(keras_convolved.shape))
keras_grid = ops.convert_to_numpy(keras_convolved)[0, :, :, 0]
print("same as by hand:", np.array_equal(keras_grid, convolved))

# %% draw-convolution
# 画出输入、卷积核、输出，框出一个窗口和它给出的那个数。


def draw_grid(axes, values, title, cmap="Blues"):
    axes.imshow(values, cmap=cmap, alpha=0.5)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12)
    rows, columns = values.shape
    axes.set_xticks(np.arange(columns + 1) - 0.5, [])
    axes.set_yticks(np.arange(rows + 1) - 0.5, [])
    axes.grid(color="gray", linewidth=0.5)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=11)


def draw_frame(axes, row, column, size, color="crimson"):
    corner = (column - 0.5, row - 0.5)
    axes.add_patch(
        Rectangle(corner, size, size, fill=False, color=color, lw=3, clip_on=False)
    )


figure, all_axes = plt.subplots(
    1, 3, figsize=(7.2, 3), gridspec_kw={"width_ratios": [5, 3, 3]}
)
draw_grid(all_axes[0], image, "input 5x5")
draw_grid(all_axes[1], kernel, "kernel 3x3", cmap="RdBu")
draw_grid(all_axes[2], convolved, "output 3x3", cmap="Oranges")
draw_frame(all_axes[0], 1, 2, 3)
draw_frame(all_axes[2], 1, 2, 1)
figure.text(0.5, 0.02, "sum of (window * kernel) = framed output", ha="center")
figure.tight_layout(rect=(0, 0.06, 0.99, 1))
figure.savefig(figures.path("convolution.png"), dpi=200)

# %% define-encoder
# 编码器：卷积、卷积、池化、卷积、卷积、全局池化。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

encoder = keras.Model(encoder_input, encoder_output, name="encoder")
encoder.summary()

# %% plot-model
# 画出编码器的结构。

keras.utils.plot_model(encoder, figures.path("encoder.png"), show_shapes=True, dpi=130)

# %% convolution-weights
# 每个卷积层的核与偏置的形状。

for layer in encoder.layers:
    if isinstance(layer, layers.Conv2D):
        print(layer.name, layer.kernel.shape, layer.bias.shape, layer.count_params())

# %% pool-small-array
# 在一张 6×6 的小图上做一次 3×3 的最大池化。

small = np.array(
    [
        [1, 3, 2, 0, 4, 1],
        [5, 2, 0, 1, 6, 2],
        [0, 1, 4, 3, 0, 1],
        [2, 0, 1, 7, 2, 3],
        [8, 3, 2, 0, 1, 5],
        [1, 4, 0, 2, 9, 0],
    ],
    dtype="float32",
)
small_batch = small[None, :, :, None]
pooled = layers.MaxPooling2D(3)(small_batch)
print(ops.convert_to_numpy(pooled)[0, :, :, 0])

# %% draw-pooling
# 画出四个窗口和它们各自的最大值。

figure, all_axes = plt.subplots(
    1, 2, figsize=(5.6, 3.2), gridspec_kw={"width_ratios": [6, 2]}
)
pooled_grid = ops.convert_to_numpy(pooled)[0, :, :, 0]
draw_grid(all_axes[0], small, "input 6x6")
draw_grid(all_axes[1], pooled_grid, "output 2x2", cmap="Oranges")
for color, (row, column) in zip(
    ("crimson", "seagreen", "darkorange", "mediumpurple"), np.ndindex(2, 2), strict=True
):
    draw_frame(all_axes[0], row * 3, column * 3, 2.94, color)
    draw_frame(all_axes[1], row, column, 0.96, color)
figure.tight_layout()
figure.savefig(figures.path("max_pooling.png"), dpi=200)

# %% pooling-defaults
# 只写一个 3：窗口是 3×3，步幅也是 (3, 3)。

pooling = layers.MaxPooling2D(3)
print("pool_size", pooling.pool_size)
print("strides", pooling.strides)
print("padding", pooling.padding)

# %% dropped-pixels
# 不满一个窗口的边会被丢掉。

for size in (24, 27, 28, 121):
    shape = pooling.compute_output_shape((None, size, size, 1))
    print(f"{size} -> {shape[1]}")

only_corner = np.zeros((1, 28, 28, 1), dtype="float32")
only_corner[0, 27, 27, 0] = 1.0
print("largest output", float(ops.max(pooling(only_corner))))

# %% padding
# valid 不填充，same 在四周补零（池化时补的数不会被选中）。

digit = np.zeros((1, 28, 28, 1), dtype="float32")
for padding in ("valid", "same"):
    convolution = layers.Conv2D(1, 3, padding=padding)
    padded_pooling = layers.MaxPooling2D(3, padding=padding)
    print("Conv2D", padding, tuple(convolution(digit).shape))
    print("MaxPooling2D", padding, tuple(padded_pooling(digit).shape))

# %% global-pooling
# 全局最大池化：每个通道只留一个数。

feature_maps = np.zeros((1, 4, 4, 16), dtype="float32")
feature_maps[0, 2, 1, 5] = 7.0
strongest = layers.GlobalMaxPool2D()(feature_maps)
print("output shape", tuple(strongest.shape))
print(ops.convert_to_numpy(strongest)[0])

# %% forget-channels
# 忘了通道轴时的报错。

try:
    layers.Conv2D(16, 3)(keras.Input(shape=(28, 28)))
except ValueError as error:
    print(error)

# %% too-small
# 特征图比卷积核还小时的报错。

try:
    layers.Conv2D(16, 3)(keras.Input(shape=(2, 2, 16)))
except ValueError as error:
    print(error)
