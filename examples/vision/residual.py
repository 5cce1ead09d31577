"""
残差网络
========

普通的网络叠深了，训练损失反而变大；加上残差连接，就不会。再用它搭一个小的 ResNet。
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

# %% load-digits
# 做实验用 1,000 张手写数字，小，才试得起许多个网络。

(digits, digit_labels), _ = datasets.load_mnist()
digits, digit_labels = digits[:1000], digit_labels[:1000]
print(digits.shape, digit_labels.shape)

# %% batch-normalization
# 批归一化：训练时用这一批自己的均值和标准差，预测时用训练中积累的。

normalize = layers.BatchNormalization()
batch = np.random.default_rng(0).normal(5.0, 2.0, size=(256, 3)).astype("float32")
in_training = ops.convert_to_numpy(normalize(batch, training=True))
print("batch   ", batch.mean(axis=0).round(2), batch.std(axis=0).round(2))
print("training", in_training.mean(axis=0).round(2), in_training.std(axis=0).round(2))

# %% moving-average
# 刚训练一步，积累的均值还差得远；许多步以后，预测就与训练时一致，也不看同批的别人。

one_step = ops.convert_to_numpy(normalize.moving_mean)
for _ in range(1000):
    normalize(batch, training=True)
many_steps = ops.convert_to_numpy(normalize.moving_mean)
print("moving mean", one_step.round(2), "->", many_steps.round(2))
in_prediction = ops.convert_to_numpy(normalize(batch[:1], training=False))
assert (one_step < 0.02 * batch.mean(axis=0)).all()
assert np.allclose(many_steps, batch.mean(axis=0), atol=0.01)
assert np.allclose(in_prediction[0], in_training[0], atol=0.01)

# %% dense-block
# 一块是两层全连接；shortcut=True 时，把这一块的输入加到输出上。


def dense_block(x, units, shortcut):
    y = layers.Dense(units, use_bias=False)(x)
    y = layers.BatchNormalization()(y)
    y = layers.Activation("relu")(y)
    y = layers.Dense(units, use_bias=False)(y)
    y = layers.BatchNormalization()(y)
    if shortcut:
        y = layers.add([y, x])
    return layers.Activation("relu")(y)


# %% deep-net
# 几块叠起来，前面一层把图片变成 32 个数，后面一层分成十类。


def build_deep_net(num_blocks, shortcut):
    inputs = keras.Input(shape=(28, 28))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Flatten()(x)
    x = layers.Dense(32, activation="relu", name="first")(x)
    for _ in range(num_blocks):
        x = dense_block(x, 32, shortcut)
    outputs = layers.Dense(10)(x)
    return keras.Model(inputs, outputs)


for num_blocks in (1, 4, 8):
    plain = build_deep_net(num_blocks, shortcut=False)
    residual = build_deep_net(num_blocks, shortcut=True)
    print(num_blocks, "blocks:", plain.count_params(), residual.count_params())

# %% train-by-depth
# 三种深度，每种三个种子，训练五轮，记下最后一轮的训练损失。


def training_losses(num_blocks, shortcut):
    model = build_deep_net(num_blocks, shortcut)
    model.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    losses = []
    for seed in range(3):
        # 换上另一个种子的初始权重，就是从头训练，不必再编译
        keras.utils.set_random_seed(seed)
        model.set_weights(build_deep_net(num_blocks, shortcut).get_weights())
        history = model.fit(digits, digit_labels, batch_size=64, epochs=8, verbose=0)
        losses.append(history.history["loss"][-1])
    return losses


depths = [1, 4, 8]
plain_losses = np.array([training_losses(depth, shortcut=False) for depth in depths])
residual_losses = np.array([training_losses(depth, shortcut=True) for depth in depths])
for depth, plain, residual in zip(depths, plain_losses, residual_losses, strict=True):
    print(f"{depth:2} blocks: plain {plain.round(2)}, residual {residual.round(2)}")

# %% plot-by-depth
# 横轴是块数，每个种子一个点，线连着平均值。

figure, axes = plt.subplots(figsize=(6, 3.5))
for losses, label, marker in (
    (plain_losses, "普通的网络", "o"),
    (residual_losses, "残差网络", "s"),
):
    (line,) = axes.plot(depths, losses.mean(axis=1), label=label)
    axes.plot(depths, losses, marker, color=line.get_color(), alpha=0.6)
axes.set_xlabel("块数")
axes.set_ylabel("最后一轮的训练损失")
axes.set_xticks(depths)
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("residual_depth.png"), dpi=200)

# %% plain-gets-worse
# 八块的普通网络，每个种子的训练损失都比一块的、四块的大。

assert plain_losses[2].min() > 2 * plain_losses[0].max()
assert plain_losses[2].min() > plain_losses[1].max()

# %% residual-does-not
# 残差网络：四块比一块的平均训练损失小；八块的与八块的普通网络比，连一半也不到。

assert residual_losses[1].mean() < residual_losses[0].mean()
assert residual_losses[2].mean() < 1.5 * residual_losses[0].mean()
assert residual_losses[2].max() < 0.5 * plain_losses[2].min()

# %% same-parameters
# 加法没有参数：两种网络一样大，只差 Add 层。

plain = build_deep_net(8, shortcut=False)
residual = build_deep_net(8, shortcut=True)
assert plain.count_params() == residual.count_params()
assert len(residual.layers) - len(plain.layers) == 8

# %% first-gradient
# 第一层的梯度有多大：学习率是 1 的 SGD 走一步，权重的变化就是梯度。


def first_gradient(model):
    kernel = model.get_layer("first").kernel
    before = ops.convert_to_numpy(kernel).copy()
    model.compile(
        optimizer=keras.optimizers.SGD(1.0),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        run_eagerly=True,
    )
    model.train_on_batch(digits[:128], digit_labels[:128])
    return np.linalg.norm(before - ops.convert_to_numpy(kernel))


def build_bare_net(num_layers):
    model = keras.Sequential([keras.Input(shape=(28, 28))])
    model.add(layers.Rescaling(1 / 255))
    model.add(layers.Flatten())
    model.add(layers.Dense(32, activation="relu", name="first"))
    for _ in range(num_layers):
        model.add(layers.Dense(32, activation="relu"))
    model.add(layers.Dense(10))
    return model


keras.utils.set_random_seed(0)
gradients = {"bare": [], "plain": [], "residual": []}
for depth in (1, 4, 8, 16):
    # 一块是两层
    gradients["bare"].append(first_gradient(build_bare_net(2 * depth)))
    gradients["plain"].append(first_gradient(build_deep_net(depth, shortcut=False)))
    gradients["residual"].append(first_gradient(build_deep_net(depth, shortcut=True)))
for name, values in gradients.items():
    print(name, *(f"{value:.2g}" for value in values))

# %% gradient-grows
# 从一块到十六块：裸的缩小到不足百分之一，普通的放大几十倍，残差的变得最少。

assert gradients["bare"] == sorted(gradients["bare"], reverse=True)
assert gradients["plain"] == sorted(gradients["plain"])
bare, plain, residual = (values[-1] / values[0] for values in gradients.values())
assert bare < 0.01
assert plain > 30
assert 0.1 < residual < plain / 5

# %% residual-block
# 图片用的残差块：两层卷积；形状变了，捷径上就加一个 1×1 卷积。


def residual_block(x, filters, strides=1):
    y = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
    y = layers.BatchNormalization(momentum=0.9)(y)
    y = layers.Activation("relu")(y)
    y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(y)
    y = layers.BatchNormalization(momentum=0.9)(y)
    if strides != 1 or x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1, strides=strides, use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
    y = layers.add([y, x])
    return layers.Activation("relu")(y)


# %% one-block
# 形状不变的一块，画出来。

x = keras.Input(shape=(8, 8, 16), name="x")
block = keras.Model(x, residual_block(x, 16), name="residual_block")
keras.utils.plot_model(
    block, figures.path("residual_block.png"), show_shapes=True, dpi=130
)

# %% identity
# 最后一层批归一化的 gamma 是零，整块就原样放行（输入没有负数时）。

assert not np.any(block.layers[5].beta)
block.layers[5].gamma.assign(np.zeros(16))
image = np.random.default_rng(0).uniform(size=(1, 8, 8, 16)).astype("float32")
assert np.array_equal(block.predict(image, verbose=0), image)

# %% same-shape
# 形状不变的一块，出来与进去的形状相同；不填充，每层少两行两列。

assert block.output_shape == block.input_shape
assert layers.Conv2D(16, 3)(x).shape == (None, 6, 6, 16)

# %% one-by-one
# 1×1 卷积，就是每个像素的通道乘以同一个矩阵；步幅是 2，隔一个像素取一个。

one_by_one = layers.Conv2D(32, 1, strides=2, use_bias=False)
mixed = ops.convert_to_numpy(one_by_one(image))
matrix = ops.convert_to_numpy(one_by_one.kernel)[0, 0]
assert np.allclose(mixed, image[:, ::2, ::2] @ matrix, atol=1e-5)

# %% projection
# 通道加倍，高和宽减半。

y = residual_block(x, 32, strides=2)
print(x.shape, "->", y.shape)

# %% wrong-shape
# 忘了 padding="same"，形状就对不上。

shrunk = layers.Conv2D(16, 3)(x)
print(x.shape, shrunk.shape)
try:
    layers.add([shrunk, x])
except ValueError as error:
    print(error)

# %% broadcast
# 通道是 1 时不报错，而是广播。

one_channel = keras.Input(shape=(8, 8, 1), name="one_channel")
print(layers.add([x, one_channel]).shape)

# %% build-model
# 造模型的函数：开头一层卷积，三个残差块，最后分成十类。


def build_resnet():
    inputs = keras.Input(shape=(32, 32, 3), name="img")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.9)(x)
    x = layers.Activation("relu")(x)
    x = residual_block(x, 16)
    x = residual_block(x, 32, strides=2)
    x = residual_block(x, 64, strides=2)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(10)(x)
    return keras.Model(inputs, outputs, name="small_resnet")


# %% define-model
# 造出来，看每一层的参数。

model = build_resnet()
model.summary()

# %% plot-model
# 画出结构，捷径清楚可见。

keras.utils.plot_model(model, figures.path("resnet.png"), show_shapes=True, dpi=130)

# %% load-data
# 载入图片。内置的是程序画的图案，不是照片，类别的名字也不同。

(x_train, y_train), (x_test, y_test) = datasets.load_cifar10()
# 例子要在十几秒里跑完，只用前 2,000 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:2000], y_train[:2000]
x_test, y_test = x_test[:1000], y_test[:1000]
photos = ["飞机", "汽车", "鸟", "猫", "鹿", "狗", "蛙", "马", "船", "卡车"]
patterns = [
    "圆盘",
    "圆环",
    "方块",
    "方框",
    "三角",
    "十字",
    "横纹",
    "竖纹",
    "斜纹",
    "棋盘",
]
class_names = photos if datasets.used["CIFAR-10"] == "real" else patterns
print("x_train", x_train.shape, x_train.dtype)
print("first label", y_train[0], class_names[y_train[0, 0]])

# %% show-images
# 看看训练集的前十张图片。

figure, axes = plt.subplots(1, 10, figsize=(8, 1.2))
for position, axis in enumerate(axes):
    axis.imshow(x_train[position])
    axis.set_title(class_names[y_train[position, 0]], fontsize=8)
    axis.axis("off")
figure.tight_layout()
figure.savefig(figures.path("resnet_images.png"), dpi=200)

# %% train
# 留出 400 张作验证，训练六轮。

model.compile(
    optimizer=keras.optimizers.Adam(3e-3),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=6,
    validation_split=0.2,
    verbose=2,
)

# %% plot-history
# 画出训练过程，虚线是瞎猜的水平。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
epochs = range(1, len(history.history["loss"]) + 1)
for axes, metric, title, chance in (
    (loss_axes, "loss", "损失", np.log(10)),
    (accuracy_axes, "accuracy", "准确率", 0.1),
):
    axes.plot(epochs, history.history[metric], label="训练")
    axes.plot(epochs, history.history[f"val_{metric}"], label="验证")
    axes.axhline(chance, color="gray", linestyle="--", label="瞎猜")
    axes.set_xlabel("轮")
    axes.set_ylabel(title)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("resnet_history.png"), dpi=200)

# %% evaluate
# 在没见过的图片上测试。

test_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("Test Accuracy", test_scores["accuracy"])

# %% beats-chance
# 测试的成绩比瞎猜好，不是碰运气：高出五个标准差以上。

chance, count = 0.1, len(x_test)
deviation = np.sqrt(chance * (1 - chance) / count)
assert test_scores["accuracy"] > chance + 5 * deviation

# %% show-predictions
# 测试集的前十张：上面是正确答案，下面是模型的回答。

guesses = model.predict(x_test[:10], verbose=0).argmax(axis=1)
figure, axes = plt.subplots(1, 10, figsize=(8, 1.5))
for position, axis in enumerate(axes):
    right, guess = y_test[position, 0], guesses[position]
    axis.imshow(x_test[position])
    axis.set_title(class_names[right], fontsize=8)
    axis.set_xlabel(
        class_names[guess], fontsize=8, color="green" if guess == right else "red"
    )
    axis.set_xticks([])
    axis.set_yticks([])
figure.tight_layout()
figure.savefig(figures.path("resnet_predictions.png"), dpi=200)
