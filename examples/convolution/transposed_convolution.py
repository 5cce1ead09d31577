"""
转置卷积：把小图变大
====================

把卷积写成矩阵乘法，再乘以这个矩阵的转置。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% convolution-matrix
# 3×3 的卷积核滑过 4×4 的图片：四个位置，每个位置是矩阵 C 的一行。

kernel = np.arange(1, 10, dtype="float32").reshape(3, 3)
C = np.zeros((4, 16), dtype="float32")
for row in range(2):
    for column in range(2):
        window = np.zeros((4, 4), dtype="float32")
        window[row : row + 3, column : column + 3] = kernel
        C[2 * row + column] = window.reshape(16)
print(C.astype(int))
print("C", C.shape, "rank", np.linalg.matrix_rank(C))

# %% draw-matrix
# 画出矩阵 C：颜色是核里的数，白色是 0。

figure, axes = plt.subplots(figsize=(8, 2.4))
axes.imshow(np.where(C == 0, np.nan, C), cmap="viridis")
axes.set_xticks(np.arange(16))
axes.set_yticks(np.arange(4))
axes.set_xlabel("pixel of the 4 x 4 input")
axes.set_ylabel("pixel of y")
axes.set_title("convolution as a 4 x 16 matrix C")
figure.tight_layout()
figure.savefig(figures.path("convolution_matrix.png"), dpi=200)

# %% convolve
# y = Cx，与卷积的结果相同。

x = np.array([[1, 2, 0, 1], [0, 1, 3, 0], [2, 0, 1, 1], [1, 1, 0, 2]], dtype="float32")
y = (C @ x.reshape(16)).reshape(2, 2)
convolved = ops.conv(x.reshape(1, 4, 4, 1), kernel.reshape(3, 3, 1, 1))
print(y)
print("same as ops.conv:", np.allclose(y, ops.convert_to_numpy(convolved)[0, :, :, 0]))

# %% transpose
# x' = Cᵀy：四个数又变回十六个数。

x_restored = (C.T @ y.reshape(4)).reshape(4, 4)
print(x_restored)
print("same as x:", np.allclose(x_restored, x))

# %% same-as-layer
# 与 Conv2DTranspose 用同一个核的结果比较。

layer = layers.Conv2DTranspose(1, 3, use_bias=False)
layer.build((None, 2, 2, 1))
layer.set_weights([kernel.reshape(3, 3, 1, 1)])
from_layer = ops.convert_to_numpy(layer(y.reshape(1, 2, 2, 1)))[0, :, :, 0]
print("same as Conv2DTranspose:", np.allclose(x_restored, from_layer))

# %% draw-transposed
# 另一种看法：y 的每个数把整个核放大，盖在结果的一个窗口上，重叠的地方相加。

figure, all_axes = plt.subplots(1, 6, figsize=(11, 2.4))
pieces = []
for index in range(4):
    row, column = divmod(index, 2)
    piece = np.zeros((4, 4), dtype="float32")
    piece[row : row + 3, column : column + 3] = y[row, column] * kernel
    pieces.append(piece)
panels = [y, *pieces, x_restored]
titles = ["y", *(f"y[{i // 2},{i % 2}] x kernel" for i in range(4)), "their sum"]
for axes, panel, title in zip(all_axes, panels, titles, strict=True):
    axes.imshow(np.where(panel == 0, np.nan, panel), cmap="Blues", vmin=0, vmax=1500)
    for (row, column), value in np.ndenumerate(panel):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=7)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])
figure.tight_layout()
figure.savefig(figures.path("transposed_convolution.png"), dpi=200)
print("sum of the pieces is x':", np.allclose(sum(pieces), x_restored))

# %% kernel-layouts
# 两种层的核，最后两个轴的次序相反。

convolution = layers.Conv2D(16, 3)
convolution.build((None, 28, 28, 8))
transposed = layers.Conv2DTranspose(16, 3)
transposed.build((None, 28, 28, 8))
print("Conv2D         ", convolution.kernel.shape)
print("Conv2DTranspose", transposed.kernel.shape)

# %% own-kernel
# 接在卷积后面的 Conv2DTranspose 有自己的核，和前面的卷积没有关系。

inputs = keras.Input(shape=(4, 4, 1))
hidden = layers.Conv2D(1, 3, name="down")(inputs)
outputs = layers.Conv2DTranspose(1, 3, name="up")(hidden)
model = keras.Model(inputs, outputs, name="down_and_up")
down, up = model.get_layer("down").kernel, model.get_layer("up").kernel
down, up = ops.convert_to_numpy(down), ops.convert_to_numpy(up)
print("same kernel:", np.allclose(down, up))
