"""
自编码器：压缩，再还原
======================

编码器把图片压缩成 16 个数，解码器从这 16 个数还原出图片。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% define-encoder
# 编码器，与上一个例子相同。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

encoder = keras.Model(encoder_input, encoder_output, name="encoder")

# %% define-autoencoder
# 解码器接在编码器后面，一步步放大回 28×28。

x = layers.Reshape((4, 4, 1))(encoder_output)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
decoder_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)

auto_encoder = keras.Model(encoder_input, decoder_output, name="auto_encoder")
auto_encoder.summary()

# %% plot-autoencoder
# 画出整体的结构。

keras.utils.plot_model(auto_encoder, figures.path("auto_encoder.png"), show_shapes=True)

# %% load-data
# 载入图片。标签用不着：要还原的就是图片自己。

(x_train, _), (x_test, _) = datasets.load_mnist()
x_train = x_train[:1500, :, :, None].astype("float32") / 255
x_test = x_test[:200, :, :, None].astype("float32") / 255
print(x_train.shape, x_test.shape)

# %% baseline
# 不学习也能做到的：总是输出训练图片的平均，均方误差是多少。

mean_image = x_train.mean(axis=0)
baseline_error = float(((x_test - mean_image) ** 2).mean())
print(f"mean image: {baseline_error:.4f}")

# %% train
# 训练：输入是图片，目标也是同一张图片。

auto_encoder.compile(optimizer=keras.optimizers.Adam(2e-3), loss="mean_squared_error")
history = auto_encoder.fit(
    x_train,
    x_train,
    batch_size=32,
    epochs=12,
    validation_data=(x_test, x_test),
    verbose=2,
)

# %% plot-history
# 训练曲线，虚线是只会输出平均图片的误差。

figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(history.history["loss"], label="training")
axes.plot(history.history["val_loss"], label="validation")
axes.axhline(baseline_error, color="gray", linestyle="--", label="mean image")
axes.set_xlabel("epoch")
axes.set_ylabel("mean squared error")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("auto_encoder_history.png"), dpi=200)

# %% reconstruct
# 看几张没见过的图片和它们的还原。

restored = auto_encoder.predict(x_test[:8], verbose=0)
figure, all_axes = plt.subplots(2, 8, figsize=(8, 2.3))
for column in range(8):
    for row, images in enumerate((x_test, restored)):
        axes = all_axes[row, column]
        axes.imshow(images[column, :, :, 0], cmap="gray", vmin=0, vmax=1)
        axes.set_xticks([])
        axes.set_yticks([])
all_axes[0, 0].set_ylabel("original")
all_axes[1, 0].set_ylabel("restored")
figure.tight_layout()
figure.savefig(figures.path("auto_encoder_restored.png"), dpi=200)

# %% code
# 中间的 16 个数：图片的编码。

code = encoder.predict(x_test[:1], verbose=0)
print(code.shape)
