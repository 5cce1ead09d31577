"""
反池化与上采样
==============

最大池化丢掉了位置；反池化要靠记住的位置，UpSampling2D 只是重复。
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
figures.use_chinese_font()

# %% pool
# 2×2 的最大池化：留下最大的数。

x = np.array([[1, 4, 2, 0], [3, 2, 1, 6], [0, 1, 3, 2], [7, 2, 5, 4]], dtype="float32")
pooled = layers.MaxPooling2D(2)(x[None, :, :, None])
pooled = ops.convert_to_numpy(pooled)[0, :, :, 0]
print(pooled)

# %% positions-are-lost
# 把每个窗口里的数打乱次序，池化的结果不变。

mirrored = x.reshape(4, 2, 2)[:, :, ::-1].reshape(4, 4)
mirrored_pooled = layers.MaxPooling2D(2)(mirrored[None, :, :, None])
mirrored_pooled = ops.convert_to_numpy(mirrored_pooled)[0, :, :, 0]
print(mirrored)
print("same pooled values:", np.array_equal(mirrored_pooled, pooled))
assert np.array_equal(mirrored_pooled, pooled)
assert not np.array_equal(mirrored, x)

# %% remember-positions
# 用 NumPy 记住每个窗口里最大值的位置（0、1、2、3，从左到右，从上到下）。

windows = x.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(2, 2, 4)
positions = windows.argmax(axis=-1)
print(positions)

# %% unpool
# 反池化：把最大值放回记住的位置，其余填 0。

unpooled_windows = np.zeros_like(windows)
np.put_along_axis(unpooled_windows, positions[..., None], pooled[..., None], axis=-1)
unpooled = unpooled_windows.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(4, 4)
print(unpooled)

# %% upsample
# Keras 的 UpSampling2D：每个数重复成 2×2 的一块。

upsampled = layers.UpSampling2D(2)(pooled[None, :, :, None])
upsampled = ops.convert_to_numpy(upsampled)[0, :, :, 0]
print(upsampled)

# %% draw-unpooling
# 画出池化、反池化、上采样。


def draw_grid(axes, values, title, marked=(), cmap="Blues"):
    axes.imshow(values, cmap=cmap, alpha=0.5, vmin=0, vmax=7)
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:g}", ha="center", va="center", fontsize=11)
    for row, column in marked:
        corner = (column - 0.48, row - 0.48)
        axes.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, color="crimson", lw=2))
    rows, columns = values.shape
    axes.set_xticks(np.arange(columns + 1) - 0.5, [])
    axes.set_yticks(np.arange(rows + 1) - 0.5, [])
    axes.grid(color="gray", linewidth=0.5)
    axes.axhline(rows / 2 - 0.5, color="black", lw=1.5)
    axes.axvline(columns / 2 - 0.5, color="black", lw=1.5)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=10)


maxima = np.argwhere(unpooled > 0)
figure, all_axes = plt.subplots(
    1, 4, figsize=(7.2, 2.7), gridspec_kw={"width_ratios": [4, 2, 4, 4]}
)
draw_grid(all_axes[0], x, "输入", maxima)
draw_grid(all_axes[1], pooled, "最大池化", cmap="Oranges")
draw_grid(all_axes[2], unpooled, "反池化\n（记得位置）", maxima)
draw_grid(all_axes[3], upsampled, "UpSampling2D\n（重复）")
figure.tight_layout()
figure.savefig(figures.path("unpooling.png"), dpi=200)

# %% pool-again
# 两种办法再池化一次，都回到同样的数；可是它们都不是 x。

for name, restored in (("unpooled", unpooled), ("upsampled", upsampled)):
    again = layers.MaxPooling2D(2)(restored[None, :, :, None])
    again = ops.convert_to_numpy(again)[0, :, :, 0]
    print(name, "pools to the same values:", np.array_equal(again, pooled))
    print(name, "equals x:", np.array_equal(restored, x))
    assert np.array_equal(again, pooled)
    assert not np.array_equal(restored, x)

# %% negative-numbers
# 窗口里全是负数：填的 0 比放回去的最大值还大，重复的没有这回事。

filled = np.array([[-1, 0], [0, 0]], dtype="float32")  # −1 放回原处，其余填 0
repeated = layers.UpSampling2D(2)(np.full((1, 1, 1, 1), -1, dtype="float32"))
pool = layers.MaxPooling2D(2)
assert float(ops.max(pool(filled[None, :, :, None]))) == 0
assert float(ops.max(pool(repeated))) == -1

# %% no-unpooling-layer
# Keras 里有没有反池化层？

unpooling_layers = [name for name in dir(layers) if "unpool" in name.lower()]
print(unpooling_layers)
print([name for name in dir(layers) if "upsampl" in name.lower()])
assert unpooling_layers == []

# %% unpool-with-keras
# 用 Keras 的运算写反池化：等于本窗口最大值的留下，别的变成 0。


def unpool_like(before_pooling, pool_size):
    pooled = layers.MaxPooling2D(pool_size)(before_pooling)
    repeated = layers.UpSampling2D(pool_size)(pooled)
    return ops.where(before_pooling == repeated, repeated, 0.0)


keras_unpooled = ops.convert_to_numpy(unpool_like(x[None, :, :, None], 2))
print("same as NumPy:", np.array_equal(keras_unpooled[0, :, :, 0], unpooled))

# %% two-maxima
# 窗口里有两个并列的最大值，这种写法都留下；argmax 只记第一个。

tied = np.array([[5, 5], [1, 0]], dtype="float32")
both = ops.convert_to_numpy(unpool_like(tied[None, :, :, None], 2))[0, :, :, 0]
assert np.array_equal(both, [[5, 5], [0, 0]])
assert tied.argmax() == 0

# %% unpooling-needs-positions
# 池化的结果相同，记住的位置不同，还原的图就不同：单凭池化的结果还原不了。

mirrored_unpooled = ops.convert_to_numpy(unpool_like(mirrored[None, :, :, None], 2))
assert np.array_equal(mirrored_pooled, pooled)
assert not np.array_equal(mirrored_unpooled[0, :, :, 0], unpooled)

# %% interpolation
# UpSampling2D 的两种插值：重复与双线性。

line = np.array([0, 3, 6], dtype="float32").reshape(1, 1, 3, 1)
for interpolation in ("nearest", "bilinear"):
    layer = layers.UpSampling2D((1, 3), interpolation=interpolation)
    stretched = ops.convert_to_numpy(layer(line)).ravel()
    print(interpolation, [round(float(value), 2) for value in stretched])

# %% interpolation-default
# 默认的插值是重复。

assert layers.UpSampling2D(2).interpolation == "nearest"
