"""
边搭边看
========

一层一层地搭一个卷积网络，每搭一段就看看特征图变成了多大。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% draw-window
# 窗口在一排格子上滑动：能停在哪几个位置。

num_cells, width, step = 8, 3, 2
starts = range(0, num_cells - width + 1, step)

figure, axes = plt.subplots(figsize=(6, 2))
for row, start in enumerate(starts):
    for cell in range(num_cells):
        inside = start <= cell < start + width
        color = "C0" if inside else "white"
        box = plt.Rectangle((cell, -row * 1.3), 1, 1, facecolor=color, edgecolor="gray")
        axes.add_patch(box)
    axes.text(num_cells + 0.4, -row * 1.3 + 0.5, f"第 {row + 1} 个位置", va="center")
axes.set_xlim(-0.1, num_cells + 3)
axes.set_ylim(-(len(starts) - 1) * 1.3 - 0.1, 1.1)
axes.set_aspect("equal")
axes.axis("off")
figure.tight_layout()
figure.savefig(figures.path("sliding_window.png"), dpi=200)
num_places = len(starts)

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
        print(f"{layer.name}: ({n} - {k}) // {s} + 1 = {ours}")
        assert ours == keras_says


check_sides(growing.layers)

# %% window-defaults
# 不写的时候：卷积每次移动一格，池化移动的与窗口同宽，都不填充。

convolution, pooling = layers.Conv2D(32, 3), layers.MaxPooling2D(3)
assert convolution.strides == (1, 1)
assert pooling.strides == pooling.pool_size == (3, 3)
assert convolution.padding == pooling.padding == "valid"

# %% formula-holds
# 公式与 Keras 的形状，在许多边长、窗口和步幅上核对。

for n in range(5, 11):
    for k in (2, 3, 5):
        for s in (1, 2, 3):
            image = keras.Input(shape=(n, n, 1))
            expected = (None, side(n, k, s), side(n, k, s), 1)
            assert layers.Conv2D(1, k, strides=s)(image).shape == expected
            assert layers.MaxPooling2D(k, strides=s)(image).shape == expected

# %% same-padding
# ``padding="same"`` 时，边长是 n / s 向上取整，与窗口多宽无关。

for n in range(5, 11):
    for k in (2, 3, 5):
        for s in (1, 2, 3):
            image = keras.Input(shape=(n, n, 1))
            expected = (None, -(-n // s), -(-n // s), 1)
            convolution = layers.Conv2D(1, k, strides=s, padding="same")
            pooling = layers.MaxPooling2D(k, strides=s, padding="same")
            assert convolution(image).shape == pooling(image).shape == expected

# %% count-parameters
# 每一层卷积的参数自己算一遍：（核的边长的平方 × 输入通道数 + 1）× 核的个数。

for layer in growing.layers:
    if isinstance(layer, layers.Conv2D):
        height, width, channels, num_kernels = layer.kernel.shape
        num_parameters = (height * width * channels + 1) * num_kernels
        formula = f"({height} * {width} * {channels} + 1) * {num_kernels}"
        print(f"{layer.name}: {formula} = {num_parameters}")
        assert num_parameters == layer.count_params()

# %% size-of-picture
# 图片换一个大小，卷积的参数一个也不变；池化没有参数。

small = keras.Sequential(
    [
        keras.Input(shape=(50, 50, 3)),
        layers.Conv2D(32, 5, strides=2),
        layers.Conv2D(32, 3),
        layers.MaxPooling2D(3),
    ]
)
assert small.output_shape != growing.output_shape
assert small.count_params() == growing.count_params()
assert growing.get_layer("pool_1").count_params() == 0

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

names = ["输入"] + [layer.name for layer in growing.layers]
sides = [growing.input_shape[1]]
sides += [layer.output.shape[1] for layer in growing.layers]

figure, axes = plt.subplots(figsize=(8, 3))
bars = axes.bar(names, sides)
axes.bar_label(bars)
axes.set_ylabel("特征图的边长")
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

# %% still-broken
# 坏的层还在，接着加一层放得下的，也报错。

broken = keras.Sequential([keras.Input(shape=(4, 4, 32))])
for kernel_size in (5, 3):
    try:
        broken.add(layers.Conv2D(32, kernel_size))
    except ValueError as error:
        message = str(error)
    else:
        raise AssertionError("没有报错")
    assert "Computed output size would be zero or negative" in message

# %% take-back
# 把出错的层去掉。

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

# %% convolution-by-hand
# 卷积：每个位置的窗口乘以同一套权重，加起来，再加偏置；几个卷积核，几张特征图。

image = np.random.default_rng(42).random((1, 6, 6, 3)).astype("float32")
convolution = layers.Conv2D(2, 3, bias_initializer="random_normal")
feature_maps = keras.ops.convert_to_numpy(convolution(image))
kernel, bias = convolution.get_weights()
assert feature_maps.shape == (1, 4, 4, 2)

for row in range(4):
    for column in range(4):
        window = image[0, row : row + 3, column : column + 3, :, None]
        by_hand = (window * kernel).sum(axis=(0, 1, 2)) + bias
        assert np.allclose(feature_maps[0, row, column], by_hand, atol=1e-5)

# %% pooling-by-hand
# 最大池化在窗口里取最大的，全局最大池化在整个通道里取最大的。

pooling = layers.MaxPooling2D(2)
pooled = keras.ops.convert_to_numpy(pooling(image))
assert pooling.count_params() == 0
for row in range(3):
    for column in range(3):
        window = image[0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        assert np.array_equal(pooled[0, row, column], window.max(axis=(0, 1)))

pooled = keras.ops.convert_to_numpy(layers.GlobalMaxPooling2D()(image))
assert np.array_equal(pooled, image.max(axis=(1, 2)))

# %% any-size
# 全局池化的模型不挑图片的大小，拉平的挑。


def build_classifier(last_part, picture_side):
    return keras.Sequential(
        [
            keras.Input(shape=(picture_side, picture_side, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            last_part,
            layers.Dense(10),
        ]
    )


any_size = build_classifier(layers.GlobalMaxPooling2D(), None)
for picture_side in (12, 20):
    picture = np.zeros((1, picture_side, picture_side, 3), dtype="float32")
    assert any_size.predict(picture, verbose=0).shape == (1, 10)

try:
    build_classifier(layers.Flatten(), None)
except ValueError as error:
    assert "must be fully-defined" in str(error)
else:
    raise AssertionError("没有报错")

for_12, for_20 = (build_classifier(layers.Flatten(), n) for n in (12, 20))
assert for_12.layers[-1].kernel.shape != for_20.layers[-1].kernel.shape

# %% auto-names
# 不起名字，Keras 就按次序编号。

names = []
for _ in range(7):
    unnamed = keras.Sequential()
    names.append(unnamed.name)
    print(unnamed.name)
assert len(set(names)) == 7

first, second = layers.Dense(1), layers.Dense(1)
assert first.name.startswith("dense")
assert second.name.startswith("dense_")
assert first.name != second.name

# %% chinese-name
# 层的名字用中文，在 TensorFlow 后端上预测时报错。

if keras.backend.backend() == "tensorflow":
    named = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1, name="得分")])
    try:
        named.predict(np.zeros((1, 4)), verbose=0)
    except ValueError as error:
        assert "is not a valid" in str(error)
    else:
        raise AssertionError("没有报错")
