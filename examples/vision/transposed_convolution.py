"""
转置卷积：把卷积写成矩阵，再转置
================================

3×3 的卷积是一个 4×16 的矩阵；转置它，就得到 Conv2DTranspose 做的事。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% build-matrix
# 卷积的矩阵：输出有几个数就有几行，每一行是放在那个位置上的卷积核。

kernel = np.array([[1, 2, 1], [2, 4, 2], [3, 6, 3]], dtype="float32")

rows = []
for row in range(2):
    for column in range(2):
        placed = np.zeros((4, 4), dtype="float32")
        placed[row : row + 3, column : column + 3] = kernel
        rows.append(placed.reshape(16))
C = np.stack(rows)
print("C", C.shape)
print(C)

# %% convolve
# 用矩阵做卷积，与 Keras 的卷积对照。

x = np.array([[1, 0, 0, 2], [0, 1, 0, 0], [0, 0, 3, 0], [1, 0, 0, 1]], dtype="float32")
y = C @ x.reshape(16)
keras_y = ops.conv(x[None, :, :, None], kernel[:, :, None, None])
print(y.reshape(2, 2))
print("same as ops.conv:", np.array_equal(y, ops.convert_to_numpy(keras_y).ravel()))

# %% transpose
# 左乘 C 的转置：4 个数变回 16 个数。

x_prime = C.T @ y
print("C.T", C.T.shape)
print(x_prime.reshape(4, 4))

# %% compare-with-keras
# 同一个卷积核放进 Conv2DTranspose，结果相同。

same_kernel = layers.Conv2DTranspose(1, 3, use_bias=False)
same_kernel.build((None, 2, 2, 1))
same_kernel.set_weights([kernel[:, :, None, None]])
keras_x_prime = same_kernel(y.reshape(1, 2, 2, 1))
print("output shape", tuple(keras_x_prime.shape))
print(
    "same as C.T @ y:",
    np.array_equal(ops.convert_to_numpy(keras_x_prime).ravel(), x_prime),
)

# %% draw-transposed-convolution
# 画出转置卷积：每个输入数盖一个“印章”，重叠处相加。


def draw_grid(axes, values, title, cmap="Blues"):
    axes.imshow(values, cmap=cmap, alpha=0.5)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=9)
    rows, columns = values.shape
    axes.set_xticks(np.arange(columns + 1) - 0.5, [])
    axes.set_yticks(np.arange(rows + 1) - 0.5, [])
    axes.grid(color="gray", linewidth=0.5)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=10)


small_y = np.array([[1, 2], [3, 0.5]], dtype="float32")
stamps = small_y.reshape(4, 1) * C
figure = plt.figure(figsize=(7.2, 4.2))
layout = figure.add_gridspec(2, 12, hspace=0.2, wspace=1.2)
draw_grid(figure.add_subplot(layout[0, 1:3]), small_y, "input 2x2", "Oranges")
draw_grid(figure.add_subplot(layout[0, 4:7]), kernel, "kernel 3x3", "Greens")
total = stamps.sum(axis=0).reshape(4, 4)
draw_grid(figure.add_subplot(layout[0, 8:12]), total, "output 4x4 = sum of stamps")
for index, value in enumerate(small_y.reshape(4)):
    axes = figure.add_subplot(layout[1, 3 * index : 3 * index + 3])
    stamp = stamps[index].reshape(4, 4)
    draw_grid(axes, stamp, f"{value:g} * kernel", "Greens")
figure.savefig(figures.path("transposed_convolution.png"), dpi=200, bbox_inches="tight")

# %% not-an-inverse
# 得到的不是原来的 x，再卷一次也得不到 y。

print("x_prime equals x:", np.array_equal(x_prime, x.ravel()))
print("C @ x_prime equals y:", np.array_equal(C @ x_prime, y))
print("rank of C", np.linalg.matrix_rank(C))

# %% same-output
# 两张不同的图，卷积之后一模一样。

stripes = np.tile([1, -1, 1, -1], (4, 1)).astype("float32")
other_x = x + 5 * stripes
print(other_x)
print("same y:", np.array_equal(C @ other_x.reshape(16), y))

# %% own-kernel
# 层自己造一个随机的核，训练时再学；它不知道编码器里有过什么卷积。

own_kernel = layers.Conv2DTranspose(1, 3, use_bias=False)
own_kernel.build((None, 2, 2, 1))
print("trainable weights", len(own_kernel.trainable_weights))
print(
    "starts with our kernel:",
    np.allclose(ops.convert_to_numpy(own_kernel.kernel)[:, :, 0, 0], kernel),
)

# %% kernel-layout
# 核的轴：卷积是（高, 宽, 进, 出），转置卷积是（高, 宽, 出, 进）。

convolution = layers.Conv2D(32, 3)  # 16 -> 32 channels
convolution.build((None, 8, 8, 16))
transposed = layers.Conv2DTranspose(32, 3)  # 16 -> 32 channels
transposed.build((None, 8, 8, 16))
backwards = layers.Conv2DTranspose(16, 3)  # 32 -> 16 channels
backwards.build((None, 6, 6, 32))
print("Conv2D 16 to 32", convolution.kernel.shape, convolution.count_params())
print("Conv2DTranspose 16 to 32", transposed.kernel.shape, transposed.count_params())
print("Conv2DTranspose 32 to 16", backwards.kernel.shape, backwards.count_params())

# %% wrong-layout
# 把卷积层的权重照搬给同方向的转置卷积，会报错。

try:
    transposed.set_weights(convolution.get_weights())
except ValueError as error:
    print(error)

# %% output-size
# 输出有多大：不填充、核不比步幅窄时是（输入 − 1）× 步幅 + 核的大小。

for strides, padding in ((1, "valid"), (2, "valid"), (3, "valid"), (3, "same")):
    layer = layers.Conv2DTranspose(1, 3, strides=strides, padding=padding)
    shape = layer.compute_output_shape((None, 8, 8, 1))
    print(f"strides={strides} padding={padding}: 8 -> {shape[1]}")
