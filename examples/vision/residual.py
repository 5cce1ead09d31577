"""
残差网络
========

用残差连接搭一个小的 ResNet，在 CIFAR-10 形状的图片上训练。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% one-block
# 一个残差块：两层卷积算出 F(x)，再加上 x 自己。

x = keras.Input(shape=(10, 10, 64), name="x")
f = layers.Conv2D(64, 3, activation="relu", padding="same", name="conv_a")(x)
f = layers.Conv2D(64, 3, activation="relu", padding="same", name="conv_b")(f)
y = layers.add([f, x], name="add_x")
block = keras.Model(x, y, name="residual_block")
keras.utils.plot_model(
    block,
    figures.path("residual_block.png"),
    show_shapes=True,
    show_layer_names=True,
    dpi=130,
)

# %% identity
# 把两层卷积的权重都清零，残差块就原样放行。

block.set_weights([np.zeros_like(weight) for weight in block.get_weights()])
image = np.random.default_rng(0).normal(size=(1, 10, 10, 64)).astype("float32")
print("output equals input:", np.array_equal(block.predict(image, verbose=0), image))

# %% wrong-shape
# 忘了 padding="same"，形状就对不上。

shrunk = layers.Conv2D(64, 3, activation="relu", name="forgot_padding")(x)
print(x.shape, shrunk.shape)
try:
    layers.add([shrunk, x], name="mismatch")
except ValueError as error:
    print(error)

# %% broadcast
# 某个轴是 1 时不报错，而是广播。

one_channel = keras.Input(shape=(10, 10, 1), name="one_channel")
print(layers.add([x, one_channel], name="broadcast").shape)

# %% projection
# 通道数变了，或者要缩小一半时，让捷径也经过一个 1×1 卷积。

f = layers.Conv2D(128, 3, strides=2, activation="relu", padding="same", name="halve")(x)
f = layers.Conv2D(128, 3, activation="relu", padding="same", name="conv_c")(f)
shortcut = layers.Conv2D(128, 1, strides=2, name="shortcut")(x)
y = layers.add([f, shortcut], name="add_shortcut")
print(f.shape, shortcut.shape, y.shape)

# %% build-model
# 造模型的函数：开头两层卷积，两个残差块，最后分成十类。


def build_resnet():
    inputs = keras.Input(shape=(32, 32, 3), name="img")
    x = layers.Conv2D(32, 3, activation="relu")(inputs)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    block_1_output = layers.MaxPooling2D(3)(x)

    x = layers.Conv2D(64, 3, activation="relu", padding="same")(block_1_output)
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    block_2_output = layers.add([x, block_1_output])

    x = layers.Conv2D(64, 3, activation="relu", padding="same")(block_2_output)
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    block_3_output = layers.add([x, block_2_output])

    x = layers.Conv2D(64, 3, activation="relu")(block_3_output)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(256, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(10)(x)
    return keras.Model(inputs, outputs, name="toy_resnet")


# %% define-model
# 造出来，看每一层的参数。

model = build_resnet()
model.summary()

# %% plot-model
# 画出结构，捷径清楚可见。

keras.utils.plot_model(model, figures.path("resnet.png"), show_shapes=True, dpi=130)

# %% load-data
# 载入数据，像素缩放到 0–1，标签换成独热。

(x_train, y_train), (x_test, y_test) = datasets.load_cifar10()
# 例子要在十几秒里跑完，只用前 2,000 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:2000], y_train[:2000]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.astype("float32") / 255.0
x_test = x_test.astype("float32") / 255.0
y_train = keras.utils.to_categorical(y_train, 10)
y_test = keras.utils.to_categorical(y_test, 10)
print("x_train", x_train.shape, x_train.dtype)
print("y_train", y_train.shape, y_train.dtype)
print("first label", y_train[0])

# %% show-images
# 看看训练集的前十张图片。

figure, axes = plt.subplots(1, 10, figsize=(8, 1.2))
for position, axis in enumerate(axes):
    axis.imshow(x_train[position])
    axis.set_title(f"label {y_train[position].argmax()}", fontsize=7)
    axis.axis("off")
figure.tight_layout()
figure.savefig(figures.path("resnet_images.png"), dpi=200)

# %% compile
# 编译：指定损失函数、优化器和指标。

model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["acc"],
)

# %% train
# 留出 400 张作验证，训练五轮。

history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=5,
    validation_split=0.2,
    verbose=2,
)

# %% plot-history
# 画出训练过程，虚线是瞎猜的水平。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
epochs = range(1, len(history.history["loss"]) + 1)
for axes, metric, chance in (
    (loss_axes, "loss", np.log(10)),
    (accuracy_axes, "acc", 0.1),
):
    axes.plot(epochs, history.history[metric], label="training")
    axes.plot(epochs, history.history[f"val_{metric}"], label="validation")
    axes.axhline(chance, color="gray", linestyle="--", label="chance")
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("resnet_history.png"), dpi=200)

# %% evaluate
# 在没见过的图片上测试。

test_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("Test Loss", test_scores["loss"])
print("Test Accuracy", test_scores["acc"])
