"""
反池化与上采样
==============

池化丢掉了位置，怎样把小图放大回去。
"""

# %% imports
# 导入要用的包。

import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

# %% pool
# 先做一次 2×2 的最大池化。

x = np.array([[1, 3, 2, 1], [4, 6, 5, 0], [7, 2, 1, 3], [0, 1, 4, 8]], dtype="float32")
pooled = ops.convert_to_numpy(layers.MaxPooling2D(2)(x.reshape(1, 4, 4, 1)))
pooled = pooled.reshape(2, 2)
print(pooled)

# %% unpool
# 反池化：把每个最大值放回它原来的位置，别处填 0。位置要在池化时另外记下。

unpooled = np.zeros_like(x)
for row in range(2):
    for column in range(2):
        window = x[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        place = np.unravel_index(window.argmax(), window.shape)
        unpooled[2 * row + place[0], 2 * column + place[1]] = window.max()
print(unpooled)

# %% upsample
# Keras 的 UpSampling2D：把每个数重复成一块，不需要位置。

upsampled = ops.convert_to_numpy(layers.UpSampling2D(2)(pooled.reshape(1, 2, 2, 1)))
upsampled = upsampled.reshape(4, 4)
print(upsampled)

# %% draw
# 把四张图并排画出来。

panels = {
    "input": x,
    "max pooling": pooled,
    "unpooling (with positions)": unpooled,
    "UpSampling2D": upsampled,
}
figure, all_axes = plt.subplots(1, 4, figsize=(10, 2.8))
for axes, (title, panel) in zip(all_axes, panels.items(), strict=True):
    axes.imshow(panel, cmap="Blues", vmin=0, vmax=14)
    for (row, column), value in np.ndenumerate(panel):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=12)
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])
figure.tight_layout()
figure.savefig(figures.path("unpooling.png"), dpi=200)

# %% interpolation
# UpSampling2D 也可以在相邻的数之间插值，而不是重复。

smooth = layers.UpSampling2D(2, interpolation="bilinear")(pooled.reshape(1, 2, 2, 1))
print(ops.convert_to_numpy(smooth).reshape(4, 4))

# %% no-unpooling
# Keras 里名字含有 pool 的层，没有一个是反池化。

print([name for name in dir(layers) if "unpool" in name.lower()])
print([name for name in dir(layers) if "upsampling" in name.lower()])
