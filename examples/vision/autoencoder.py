"""
自编码器：压缩，再还原
======================

把编码器和解码器接成一个模型，让它学会还原自己的输入。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% define-encoder
# 编码器：与上一个例子相同。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

encoder = keras.Model(encoder_input, encoder_output, name="encoder")

# %% define-autoencoder
# 从编码器的输出接着往下：解码器，一直还原到 28×28。

x = layers.Reshape((4, 4, 1))(encoder_output)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
decoder_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)

auto_encoder = keras.Model(encoder_input, decoder_output, name="auto_encoder")
auto_encoder.summary()

# %% plot-model
# 画出自编码器的结构。

keras.utils.plot_model(
    auto_encoder, figures.path("auto_encoder.png"), show_shapes=True, dpi=130
)

# %% load-data
# 载入数据，缩放到 0–1，加上通道轴。

(x_train, _), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,000 张训练、前 300 张测试；真要训练，删掉这两行
x_train = x_train[:1000]
x_test, y_test = x_test[:300], y_test[:300]
x_train = x_train[..., None].astype("float32") / 255
x_test = x_test[..., None].astype("float32") / 255
print(x_train.shape, x_test.shape)

# %% mean-image-loss
# 比较的起点：不管看到什么，都交出训练集的平均图。

mean_image = x_train.mean(axis=0)
mean_image_loss = float(np.mean((x_test - mean_image) ** 2))
print(f"mean image loss {mean_image_loss:.4f}")

# %% train
# 输入和目标是同一批图片。

auto_encoder.compile(loss="mse", optimizer=keras.optimizers.Adam(0.002))
history = auto_encoder.fit(
    x_train,
    x_train,
    batch_size=16,
    epochs=6,
    validation_data=(x_test, x_test),
    verbose=2,
)

# %% plot-history
# 画出训练过程。

figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(history.history["loss"], label="training")
axes.plot(history.history["val_loss"], label="test")
axes.axhline(mean_image_loss, color="gray", linestyle="--", label="mean image")
axes.set_xlabel("epoch")
axes.set_ylabel("loss (mse)")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("auto_encoder_history.png"), dpi=200)

# %% encode
# 编码器用的是同一些层，已经一起训练好了：看看第一张测试图的 16 个数。

codes = encoder.predict(x_test, verbose=0)
print(codes.shape)
print(np.round(codes[0], 1))

# %% draw-reconstructions
# 画出原图、16 个数、还原图。


def draw_rows(titled_rows, name):
    figure, all_axes = plt.subplots(
        len(titled_rows), 8, figsize=(7.2, 0.92 * len(titled_rows))
    )
    for (title, images), row_axes in zip(titled_rows, all_axes, strict=True):
        row_axes[0].set_ylabel(title, rotation=0, ha="right", va="center")
        for image, axes in zip(images, row_axes, strict=True):
            limits = (0, 1) if image.shape[0] == 28 else (0, codes.max())
            axes.imshow(image[..., 0], cmap="gray_r", vmin=limits[0], vmax=limits[1])
            axes.set_xticks([])
            axes.set_yticks([])
    figure.tight_layout(pad=0.3)
    figure.savefig(figures.path(name), dpi=200)


originals = x_test[:8]
restored = auto_encoder.predict(x_test, verbose=0)
draw_rows(
    [
        ("original", originals),
        ("16 numbers", codes[:8].reshape(8, 4, 4, 1)),
        ("restored", restored[:8]),
    ],
    "reconstructions.png",
)

# %% move-digits
# 把数字整个向右移 3 个像素再还原，看还原图的重心在第几列。


def center_column(images):
    ink_per_column = images.sum(axis=(0, 1, 3))
    return float(np.sum(ink_per_column * np.arange(28)) / ink_per_column.sum())


moved = np.roll(x_test, 3, axis=2)
moved_restored = auto_encoder.predict(moved, verbose=0)
print("center of original", round(center_column(x_test), 1))
print("center of moved", round(center_column(moved), 1))
print("center of restored", round(center_column(moved_restored), 1))

# %% draw-moved-digits
# 画出移动后的图和它的还原。

draw_rows(
    [
        ("original", originals),
        ("moved", moved[:8]),
        ("restored", moved_restored[:8]),
    ],
    "moved_digits.png",
)

# %% keep-positions
# 对照：去掉全局池化和 Reshape，编码是 4×4×16，位置也留着。

x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
wide_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)

wide = keras.Model(encoder_input, wide_output, name="wide_auto_encoder")
wide.compile(loss="mse", optimizer=keras.optimizers.Adam(0.002))
wide_history = wide.fit(
    x_train,
    x_train,
    batch_size=16,
    epochs=3,
    validation_data=(x_test, x_test),
    verbose=2,
)
wide_moved_restored = wide.predict(moved, verbose=0)
print("center of wide restored", round(center_column(wide_moved_restored), 1))

# %% draw-wide
# 三排：原图、16 个数的还原、256 个数的还原。

wide_restored = wide.predict(originals, verbose=0)
draw_rows(
    [
        ("original", originals),
        ("from 16", restored[:8]),
        ("from 256", wide_restored),
    ],
    "wide_reconstructions.png",
)

# %% labels-as-targets
# 目标误写成标签：形状对不上，却不报错。

labels = y_test[:32].astype("float32")
print("labels", labels.shape, "restored", restored[:32].shape)
difference = ops.subtract(labels, restored[:32])
print("difference", tuple(difference.shape))
wrong_loss = float(keras.losses.MeanSquaredError()(labels, restored[:32]))
print("loss", round(wrong_loss, 1))
