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
figures.use_chinese_font()

# %% define-encoder
# 编码器：与“卷积与池化”的例子相同。

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

# %% same-layers
# 两个模型用的是同一些层，不是两份。

assert encoder.layers == auto_encoder.layers[: len(encoder.layers)]

# %% load-data
# 载入数据，加上通道轴，缩放到 0–1；从训练集里留出两百张作验证集。

(x_train, y_train), (x_test, _) = datasets.load_mnist()
x_train = x_train[..., None].astype("float32") / 255
x_test = x_test[..., None].astype("float32") / 255
# 例子要在十几秒里跑完，只取一小部分；真要训练，换成 x_train[:-10000] 和 x_train[-10000:]
x_train, x_val, x_test = x_train[:1000], x_train[1000:1200], x_test[:300]
print(x_train.shape, x_val.shape, x_test.shape)

# %% mean-image-loss
# 比较的起点：不管看到什么，都交出训练集的平均图。

mean_image = x_train.mean(axis=0)
mean_image_loss = float(np.mean((x_val - mean_image) ** 2))
print(f"mean image loss {mean_image_loss:.4f}")

# %% train
# 输入和目标是同一批图片。

auto_encoder.compile(loss="mse", optimizer=keras.optimizers.Adam(0.002))
history = auto_encoder.fit(
    x_train,
    x_train,
    batch_size=16,
    epochs=6,
    validation_data=(x_val, x_val),
    verbose=2,
)

# %% plot-history
# 画出训练过程。

figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(history.history["loss"], label="训练集")
axes.plot(history.history["val_loss"], label="验证集")
axes.axhline(mean_image_loss, color="gray", linestyle="--", label="平均图")
axes.set_xlabel("轮（从 0 数起）")
axes.set_ylabel("均方误差")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("auto_encoder_history.png"), dpi=200)

# %% better-than-mean-image
# 验证集上，比平均图好；两个损失都是越训练越低。

assert history.history["val_loss"][-1] < mean_image_loss
assert history.history["loss"][-1] < history.history["loss"][0]
assert history.history["val_loss"][-1] < history.history["val_loss"][0]

# %% encode
# 编码器用的是同一些层，已经一起训练好了：看看第一张验证图的 16 个数。

codes = encoder.predict(x_val, verbose=0)
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
            largest = 1 if image.shape[0] == 28 else codes.max()
            axes.imshow(image[..., 0], cmap="gray_r", vmin=0, vmax=largest)
            axes.set_xticks([])
            axes.set_yticks([])
    figure.tight_layout(pad=0.3)
    figure.savefig(figures.path(name), dpi=200)


originals = x_val[:8]
restored = auto_encoder.predict(x_val, verbose=0)
draw_rows(
    [
        ("原图", originals),
        ("16 个数", codes[:8].reshape(8, 4, 4, 1)),
        ("还原", restored[:8]),
    ],
    "reconstructions.png",
)

# %% shuffle-cells
# 全局池化之前的特征图，16 个格子打乱次序，得到的编码还是一样。

before_pooling = keras.Model(encoder_input, encoder.layers[-2].output)
feature_maps = before_pooling.predict(x_val, verbose=0)
order = np.random.default_rng(0).permutation(16)
shuffled = feature_maps.reshape(-1, 16, 16)[:, order].reshape(feature_maps.shape)
shuffled_codes = layers.GlobalMaxPool2D()(shuffled)

print("same feature maps", np.array_equal(shuffled, feature_maps))
print("same codes", np.array_equal(ops.convert_to_numpy(shuffled_codes), codes))
assert np.array_equal(ops.convert_to_numpy(shuffled_codes), codes)
assert not np.array_equal(shuffled, feature_maps)

# %% flatten-encoder
# 对照：编码还是 16 个数，只是由 Flatten 和 Dense 得来，位置有机会留下。

x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
x = layers.Flatten()(x)
bottleneck = layers.Dense(16)
flat_code = bottleneck(x)

x = layers.Reshape((4, 4, 1))(flat_code)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
flat_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)

flat_auto_encoder = keras.Model(encoder_input, flat_output, name="flat_auto_encoder")
flat_auto_encoder.compile(loss="mse", optimizer=keras.optimizers.Adam(0.002))
flat_history = flat_auto_encoder.fit(
    x_train,
    x_train,
    batch_size=16,
    epochs=6,
    validation_data=(x_val, x_val),
    verbose=2,
)

# %% flatten-keeps-positions
# Dense 给每个格子的每个通道各配一套权重；格子换了位，编码就变。

assert bottleneck.kernel.shape == (4 * 4 * 16, 16)
in_place = ops.convert_to_numpy(bottleneck(feature_maps.reshape(-1, 256)))
out_of_place = ops.convert_to_numpy(bottleneck(shuffled.reshape(-1, 256)))
assert not np.allclose(in_place, out_of_place, atol=1e-3)

# %% positions-help
# 编码一样长，损失更低。

assert encoder.output_shape == flat_code.shape == (None, 16)
assert flat_history.history["val_loss"][-1] < history.history["val_loss"][-1]

# %% draw-flat
# 三排：原图、全局池化的还原、Flatten 的还原。

flat_restored = flat_auto_encoder.predict(originals, verbose=0)
draw_rows(
    [
        ("原图", originals),
        ("全局池化", restored[:8]),
        ("Flatten", flat_restored),
    ],
    "flat_reconstructions.png",
)

# %% test
# 选定了模型，最后在测试集上打一次分。

test_loss = flat_auto_encoder.evaluate(x_test, x_test, verbose=0)
print(f"test loss {test_loss:.4f}")

# %% labels-as-targets
# 目标误写成标签，照样训练，不报错；损失大得离谱。

mistaken = keras.models.clone_model(flat_auto_encoder)
mistaken.compile(loss="mse", optimizer="adam")
wrong_history = mistaken.fit(x_train, y_train[:1000], verbose=2)

# %% labels-are-broadcast
# 相减时，(32,) 的标签和 (32, 28, 28, 1) 的还原图按广播对到了一起。

difference = ops.subtract(y_train[:32].astype("float32"), restored[:32])
print("labels", y_train[:32].shape, "restored", restored[:32].shape)
print("difference", tuple(difference.shape))
assert difference.shape == (32, 28, 28, 32)
assert wrong_history.history["loss"][0] > 1 > np.mean(x_train**2)

# %% relu-is-never-negative
# 最后一层是 relu，还原图里没有负数；缩放到 −1–1 的图，负的一半还原不出来。

assert restored.min() >= 0
assert float(keras.activations.tanh(-2.0)) < 0
scaled = x_val * 2 - 1
assert np.mean((scaled - np.maximum(scaled, 0)) ** 2) > 0.5
