"""
卷积与池化：把一张图片压缩成 16 个数
====================================

卷积核怎样滑动，池化怎样缩小特征图，再用它们搭一个编码器，看它认不认得挪动了的数字。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops
from matplotlib.patches import Rectangle

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% dense-ignores-neighbours
# 全连接层不知道哪两个像素挨着：像素打乱次序，权重的行照样打乱，输出不变。

pixels = np.random.default_rng(0).random((1, 784), dtype="float32")
dense = layers.Dense(4)
expected = ops.convert_to_numpy(dense(pixels))

order = np.random.default_rng(1).permutation(784)
shuffled_dense = layers.Dense(4)
shuffled_dense.build((None, 784))
dense_kernel, dense_bias = dense.get_weights()
shuffled_dense.set_weights([dense_kernel[order], dense_bias])
shuffled = ops.convert_to_numpy(shuffled_dense(pixels[:, order]))
assert np.allclose(shuffled, expected, atol=1e-4)

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
# Keras 的卷积要的形状是（批, 高, 宽, 通道）和（高, 宽, 进, 出）。

keras_convolved = ops.conv(image[None, :, :, None], kernel[:, :, None, None])
print("output shape", tuple(keras_convolved.shape))
keras_grid = ops.convert_to_numpy(keras_convolved)[0, :, :, 0]
print(keras_grid)

# %% same-as-by-hand
# 与自己算的相同；它没有翻转卷积核：翻转了的核给出的是另一个结果。

assert np.array_equal(keras_grid, convolved)
flipped = kernel[::-1, ::-1]
keras_flipped = ops.conv(image[None, :, :, None], flipped[:, :, None, None])
assert not np.array_equal(ops.convert_to_numpy(keras_flipped)[0, :, :, 0], convolved)

# %% moves-along
# 图右移一格，卷积的结果也右移一格。

moved_image = np.roll(image, 1, axis=1)
moved_output = ops.conv(moved_image[None, :, :, None], kernel[:, :, None, None])
moved_grid = ops.convert_to_numpy(moved_output)[0, :, :, 0]
assert np.array_equal(moved_grid[:, 1:], keras_grid[:, :-1])

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
    1, 3, figsize=(6.4, 2.6), gridspec_kw={"width_ratios": [5, 3, 3]}
)
draw_grid(all_axes[0], image, "输入 5×5")
draw_grid(all_axes[1], kernel, "卷积核 3×3", cmap="RdBu")
draw_grid(all_axes[2], convolved, "输出 3×3", cmap="Oranges")
draw_frame(all_axes[0], 1, 2, 3)
draw_frame(all_axes[2], 1, 2, 1)
figure.tight_layout(rect=(0, 0, 0.99, 1))
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

# %% one-filter-sees-all-channels
# 图再大，参数也一样多；一个核同时看所有通道。

for size in (28, 280):
    layer = layers.Conv2D(32, 3)
    layer.build((None, size, size, 16))
    assert layer.kernel.shape == (3, 3, 16, 32)
    assert layer.count_params() == (3 * 3 * 16 + 1) * 32

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
draw_grid(all_axes[0], small, "输入 6×6")
draw_grid(all_axes[1], pooled_grid, "输出 2×2", cmap="Oranges")
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
assert pooling.strides == pooling.pool_size

# %% dropped-pixels
# 不满一个窗口的边会被丢掉。

for size in (24, 27, 28, 121):
    shape = pooling.compute_output_shape((None, size, size, 1))
    print(f"{size} -> {shape[1]}")

only_corner = np.zeros((1, 28, 28, 1), dtype="float32")
only_corner[0, 27, 27, 0] = 1.0
print("largest output", float(ops.max(pooling(only_corner))))
assert float(ops.max(pooling(only_corner))) == 0

# %% padding
# 28×28 的图，两种填充各得多大。

digit = np.zeros((1, 28, 28, 1), dtype="float32")
for padding in ("valid", "same"):
    convolution = layers.Conv2D(1, 3, padding=padding)
    padded_pooling = layers.MaxPooling2D(3, padding=padding)
    print("Conv2D", padding, tuple(convolution(digit).shape))
    print("MaxPooling2D", padding, tuple(padded_pooling(digit).shape))

# %% what-is-padded
# 默认不填充；卷积补的是 0；池化补的数不参加比较。

assert layers.Conv2D(1, 3).padding == layers.MaxPooling2D(3).padding == "valid"

add_window = layers.Conv2D(1, 3, padding="same", kernel_initializer="ones")
sums = ops.convert_to_numpy(add_window(np.ones((1, 5, 5, 1))))[0, :, :, 0]
assert sums[2, 2] == 9  # 九格都在图上
assert sums[0, 0] == 4  # 角上五格是补的 0

all_negative = -np.ones((1, 28, 28, 1))
largest = layers.MaxPooling2D(3, padding="same")(all_negative)
assert float(ops.max(largest)) == -1  # 补的要是 0，最大值就是 0

# %% receptive-field
# 左上角那一格看到的原图有多宽：一次只点亮一个像素，看那一格亮不亮。

outputs = np.eye(784, dtype="float32").reshape(784, 28, 28, 1)  # 784 张图
for name, layer in (
    ("first Conv2D", layers.Conv2D(1, 3, kernel_initializer="ones")),
    ("second Conv2D", layers.Conv2D(1, 3, kernel_initializer="ones")),
    ("MaxPooling2D", layers.MaxPooling2D(3)),
    ("third Conv2D", layers.Conv2D(1, 3, kernel_initializer="ones")),
    ("fourth Conv2D", layers.Conv2D(1, 3, kernel_initializer="ones")),
):
    outputs = layer(outputs)
    first_cell = ops.convert_to_numpy(outputs)[:, 0, 0, 0].reshape(28, 28)
    print(f"{name}: {np.count_nonzero(first_cell[0])} pixels wide")

# %% convolution-sizes
# 28×28 的灰度图，16 个卷积核：大小、步幅、填充不同，输出和参数各是多少。

for settings in (
    {"kernel_size": 3},
    {"kernel_size": 5},
    {"kernel_size": 3, "strides": 2},
    {"kernel_size": 3, "padding": "same"},
    {"kernel_size": 3, "strides": 2, "padding": "same"},
):
    layer = layers.Conv2D(16, **settings)
    output = layer(keras.Input(shape=(28, 28, 1)))
    print(output.shape, layer.count_params(), "parameters", settings)

# %% global-pooling
# 全局最大池化：每个通道只留一个数。

feature_maps = np.zeros((1, 4, 4, 16), dtype="float32")
feature_maps[0, 2, 1, 5] = 7.0
strongest = layers.GlobalMaxPool2D()(feature_maps)
print("output shape", tuple(strongest.shape))
print(ops.convert_to_numpy(strongest)[0])

# %% position-is-gone
# 那个 7 放在哪一格，输出都一样。

elsewhere = np.zeros((1, 4, 4, 16), dtype="float32")
elsewhere[0, 0, 3, 5] = 7.0
strongest_elsewhere = layers.GlobalMaxPool2D()(elsewhere)
assert np.array_equal(
    ops.convert_to_numpy(strongest_elsewhere), ops.convert_to_numpy(strongest)
)
assert layers.GlobalMaxPool2D is layers.GlobalMaxPooling2D

# %% load-digits
# 载入数据，加上通道轴；再把测试图整个往右移三格。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,000 张训练、前 300 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1000], y_train[:1000]
x_test, y_test = x_test[:300], y_test[:300]
x_train, x_test = x_train[..., None], x_test[..., None]
x_moved = np.roll(x_test, 3, axis=2)
print(x_train.shape, x_test.shape, x_moved.shape)

# %% train-both
# 两个分类的网络：一个只用全连接层，一个用上面的编码器。

dense_model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ],
    name="dense_model",
)
conv_model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Rescaling(1 / 255),
        encoder,
        layers.Dense(10),
    ],
    name="conv_model",
)
for model in (dense_model, conv_model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.002),
        metrics=["accuracy"],
    )
    history = model.fit(x_train, y_train, batch_size=16, epochs=6, verbose=0)
    print(model.name, "parameters", model.count_params())

# %% move-digits
# 在没有动过的和右移了三格的测试图上打分。

_, dense_accuracy = dense_model.evaluate(x_test, y_test, verbose=0)
_, dense_moved = dense_model.evaluate(x_moved, y_test, verbose=0)
_, conv_accuracy = conv_model.evaluate(x_test, y_test, verbose=0)
_, conv_moved = conv_model.evaluate(x_moved, y_test, verbose=0)
print(f"dense_model: {dense_accuracy:.3f}, moved {dense_moved:.3f}")
print(f"conv_model:  {conv_accuracy:.3f}, moved {conv_moved:.3f}")

# %% conv-withstands-moving
# 数字挪了三格，卷积网络答对的更多，参数还更少。

assert conv_moved > dense_moved
assert conv_model.count_params() < dense_model.count_params()

# %% codes-change-a-little
# 也不是完全不变：编码器给出的 16 个数，挪动之后不全相同。

codes = encoder.predict(x_test / 255, verbose=0)
moved_codes = encoder.predict(x_moved / 255, verbose=0)
assert not np.allclose(moved_codes, codes, atol=1e-3)

# %% forget-channels
# 忘了通道轴时的报错。

try:
    layers.Conv2D(16, 3)(keras.Input(shape=(28, 28)))
except ValueError as error:
    print(error)
    assert "expected min_ndim=4, found ndim=3" in str(error)
else:
    raise AssertionError("没有报错")

# %% too-small
# 特征图比卷积核还小时的报错。

try:
    layers.Conv2D(16, 3)(keras.Input(shape=(2, 2, 16)))
except ValueError as error:
    print(error)
else:
    raise AssertionError("没有报错")

# %% too-small-mended
# 少一层池化，图就够大；加上填充，也放得下了。

not_pooled = layers.Conv2D(16, 3)(keras.Input(shape=(2 * 3, 2 * 3, 16)))
assert not_pooled.shape == (None, 4, 4, 16)
padded = layers.Conv2D(16, 3, padding="same")(keras.Input(shape=(2, 2, 16)))
assert padded.shape == (None, 2, 2, 16)
