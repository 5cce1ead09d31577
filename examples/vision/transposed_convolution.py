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
figures.use_chinese_font()

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

# %% matrix-is-the-convolution
# 不只对这一张图：随便取几张，矩阵和 ops.conv 都给出同样的数。

random = np.random.default_rng(0)
images = random.integers(-9, 10, size=(8, 4, 4, 1)).astype("float32")
convolved = ops.conv(images, kernel[:, :, None, None])
by_matrix = images.reshape(8, 16) @ C.T
assert np.array_equal(ops.convert_to_numpy(convolved).reshape(8, 4), by_matrix)

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

# %% transpose-is-the-layer
# 也不只对这一个 y。

small_images = random.integers(-9, 10, size=(8, 2, 2, 1)).astype("float32")
enlarged = ops.convert_to_numpy(same_kernel(small_images)).reshape(8, 16)
assert np.array_equal(enlarged, small_images.reshape(8, 4) @ C)

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
draw_grid(figure.add_subplot(layout[0, 1:3]), small_y, "输入 2×2", "Oranges")
draw_grid(figure.add_subplot(layout[0, 4:7]), kernel, "卷积核 3×3", "Greens")
total = stamps.sum(axis=0).reshape(4, 4)
keras_total = same_kernel(small_y.reshape(1, 2, 2, 1))
assert np.array_equal(ops.convert_to_numpy(keras_total)[0, :, :, 0], total)
draw_grid(figure.add_subplot(layout[0, 8:12]), total, "输出 4×4：四个印章之和")
for index, value in enumerate(small_y.reshape(4)):
    axes = figure.add_subplot(layout[1, 3 * index : 3 * index + 3])
    stamp = stamps[index].reshape(4, 4)
    draw_grid(axes, stamp, f"{value:g} × 卷积核", "Greens")
figure.savefig(figures.path("transposed_convolution.png"), dpi=200, bbox_inches="tight")

# %% not-an-inverse
# 得到的不是原来的 x，再卷一次也得不到 y。

print("x_prime equals x:", np.array_equal(x_prime, x.ravel()))
print("C @ x_prime equals y:", np.array_equal(C @ x_prime, y))
print("rank of C", np.linalg.matrix_rank(C))

# %% only-the-shape-returns
# 形状回来了，数值没有；CCᵀ 不是单位矩阵。

assert x_prime.shape == x.ravel().shape
assert not np.array_equal(x_prime, x.ravel())
assert not np.array_equal(C @ C.T, np.eye(4))

# %% same-output
# 两张不同的图，卷积之后一模一样。

stripes = np.tile([1, -1, 1, -1], (4, 1)).astype("float32")
other_x = x + 5 * stripes
print(other_x)
print("same y:", np.array_equal(C @ other_x.reshape(16), y))
assert np.array_equal(C @ other_x.reshape(16), y)

# %% own-kernel
# 层自己造一个随机的卷积核，训练时再学；它不知道前面有过什么卷积。

own_kernel = layers.Conv2DTranspose(1, 3, use_bias=False)
own_kernel.build((None, 2, 2, 1))
print("trainable weights", len(own_kernel.trainable_weights))
print(
    "starts with our kernel:",
    np.allclose(ops.convert_to_numpy(own_kernel.kernel)[:, :, 0, 0], kernel),
)

# %% kernel-is-learned
# 训练一步，卷积核变了：它是这一层要学的权重。

before = ops.convert_to_numpy(own_kernel.kernel).copy()
learner = keras.Sequential([keras.Input(shape=(2, 2, 1)), own_kernel])
learner.compile(loss="mse", optimizer="sgd")
learner.fit(np.ones((8, 2, 2, 1)), np.ones((8, 4, 4, 1)), verbose=0)
assert own_kernel.trainable_weights == [own_kernel.kernel]
assert not np.allclose(ops.convert_to_numpy(own_kernel.kernel), before)

# %% transpose-carries-the-gradient
# 损失对 y 的梯度左乘 Cᵀ，就是损失对 x 的梯度。损失取 y 与 v 的点积，
# 它对 y 的梯度就是 v；它对 x 是线性的，所以把每个像素各加 1，量出来的就是梯度。

v = np.array([1, -2, 3, 5], dtype="float32")
more = x.reshape(1, 4, 4, 1) + np.eye(16, dtype="float32").reshape(16, 4, 4, 1)
convolved = ops.conv(more, kernel[:, :, None, None])
gradient = ops.convert_to_numpy(convolved).reshape(16, 4) @ v - y @ v
assert np.allclose(gradient, C.T @ v)

# %% kernel-layout
# 卷积核的轴：卷积是（高, 宽, 进, 出），转置卷积是（高, 宽, 出, 进）。

convolution = layers.Conv2D(32, 3)  # 16 -> 32 channels
convolution.build((None, 8, 8, 16))
transposed = layers.Conv2DTranspose(32, 3)  # 16 -> 32 channels
transposed.build((None, 8, 8, 16))
backwards = layers.Conv2DTranspose(16, 3)  # 32 -> 16 channels
backwards.build((None, 6, 6, 32))
print("Conv2D 16 to 32", convolution.kernel.shape, convolution.count_params())
print("Conv2DTranspose 16 to 32", transposed.kernel.shape, transposed.count_params())
print("Conv2DTranspose 32 to 16", backwards.kernel.shape, backwards.count_params())

# %% same-kernel-both-ways
# 16 → 32 的卷积，与 32 → 16 的转置卷积：同一个卷积核放进两边，矩阵互为转置。
# 互为转置，就是对任意的 a、b，(Ca)·b = a·(Cᵀb)。

assert convolution.kernel.shape == backwards.kernel.shape
convolution.bias.assign(np.zeros(32))
backwards.set_weights([convolution.get_weights()[0], np.zeros(16)])
a = random.normal(size=(1, 8, 8, 16)).astype("float32")
b = random.normal(size=(1, 6, 6, 32)).astype("float32")
one_way = np.sum(ops.convert_to_numpy(convolution(a)) * b)
other_way = np.sum(a * ops.convert_to_numpy(backwards(b)))
assert np.isclose(one_way, other_way, rtol=1e-3, atol=1e-2)

# %% wrong-layout
# 把卷积层的权重照搬给同方向的转置卷积，会报错。

try:
    transposed.set_weights(convolution.get_weights())
except ValueError as error:
    print(error)
else:
    raise AssertionError("没有报错")

# %% wrong-layout-unnoticed
# 进出的通道一样多，形状对得上，不报错；意思却变了：进和出对调了。

square_convolution = layers.Conv2D(8, 3, use_bias=False)
square_convolution.build((None, 8, 8, 8))
as_it_is = layers.Conv2DTranspose(8, 3, use_bias=False)
as_it_is.build((None, 8, 8, 8))
as_it_is.set_weights(square_convolution.get_weights())

swapped = layers.Conv2DTranspose(8, 3, use_bias=False)
swapped.build((None, 8, 8, 8))
swapped.set_weights([square_convolution.get_weights()[0].transpose(0, 1, 3, 2)])
a = random.normal(size=(1, 8, 8, 8)).astype("float32")
assert not np.allclose(
    ops.convert_to_numpy(as_it_is(a)), ops.convert_to_numpy(swapped(a)), atol=1e-3
)

# %% output-size
# 输出有多大：不填充、卷积核不比步幅窄时是（输入 − 1）× 步幅 + 卷积核的宽。

for strides, padding in ((1, "valid"), (2, "valid"), (3, "valid"), (3, "same")):
    layer = layers.Conv2DTranspose(1, 3, strides=strides, padding=padding)
    shape = layer.compute_output_shape((None, 8, 8, 1))
    print(f"strides={strides} padding={padding}: 8 -> {shape[1]}")

# %% output-size-in-general
# 各种宽度、卷积核、步幅都如此；算出来的形状也就是真的输出的形状。

for width in (2, 5, 8):
    for kernel_size in (1, 2, 3, 4):
        for strides in (1, 2, 3):
            layer = layers.Conv2DTranspose(1, kernel_size, strides=strides)
            shape = layer(np.zeros((1, width, width, 1), dtype="float32")).shape
            if kernel_size >= strides:
                assert shape[1] == (width - 1) * strides + kernel_size
            else:
                assert shape[1] == width * strides
            layer = layers.Conv2DTranspose(
                1, kernel_size, strides=strides, padding="same"
            )
            shape = layer(np.zeros((1, width, width, 1), dtype="float32")).shape
            assert shape[1] == width * strides
