"""
用多层感知机识别手写数字
========================

定义、编译、训练、测试一个三层的全连接网络。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% define-input
# 定义输入：784 个数，批大小不定。

inputs = keras.Input(shape=(784,))
print(inputs.shape)
print(inputs.dtype)

# %% define-hidden-layers
# 两个中间层和一个输出层。

x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10)(x)

# %% define-model
# 完成模型定义：只描述输入与输出的关系。

model = keras.Model(inputs, outputs, name="mnist_model")
model.summary()

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in model.layers[1:]:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")
first_layer_share = model.layers[1].count_params() / model.count_params()

# %% show-weights
# 第一层的核和偏置的形状。

kernel, bias = model.layers[1].weights
print("kernel", kernel.shape)
print("bias", bias.shape)

# %% plot-model
# 画出模型的结构。

keras.utils.plot_model(model, figures.path("mnist_mlp.png"), show_shapes=True)

# %% wrong-shape
# 输入的宽度不对时的报错。

try:
    model(np.zeros((1, 28, 28), dtype="float32"))
except ValueError as error:
    print(error)

# %% compile
# 编译：指定损失函数、优化器和指标。

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)

# %% load-data
# 载入数据，把图像拉平成行向量，像素缩放到 0–1。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255
print(x_train.shape, x_train.dtype, x_test.shape)
print(y_train.shape, y_train[:10])

# %% look-at-data
# 看一看前十张图和它们的标签。

figure, all_axes = plt.subplots(1, 10, figsize=(8, 1.1))
for index, axes in enumerate(all_axes):
    axes.imshow(x_train[index].reshape(28, 28), cmap="gray_r")
    axes.set_title(y_train[index])
    axes.axis("off")
figure.savefig(figures.path("mnist_digits.png"), dpi=200)

# %% loss-by-hand
# 损失是怎样从十个得分算出来的。

scores = model(x_train[:1])
probabilities = keras.ops.softmax(scores)
right_label = int(y_train[0])
loss_by_hand = float(-keras.ops.log(probabilities[0, right_label]))
loss_by_keras = float(model.loss(y_train[:1], scores))
print("sum of probabilities", round(float(keras.ops.sum(probabilities)), 4))
print("loss by hand", round(loss_by_hand, 4))
print("loss by Keras", round(loss_by_keras, 4))

# %% evaluate-untrained
# 还没有训练的模型能得多少分，与瞎猜的相比。

untrained_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
num_classes = scores.shape[-1]
guessing_loss = float(np.log(num_classes))
print(f"ln({num_classes}) = {guessing_loss:.4f}")

# %% train
# 训练，留出后 20% 的训练数据作验证。

history = model.fit(
    x_train, y_train, batch_size=64, epochs=10, validation_split=0.2, verbose=2
)

# %% count-steps
# 一轮有多少步，权重一共更新了多少次。

steps_per_epoch = history.params["steps"]
updates = int(model.optimizer.iterations)
print("steps per epoch", steps_per_epoch)
print("updates", updates)

# %% plot-history
# 画出训练过程。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
for axes, metric in ((loss_axes, "loss"), (accuracy_axes, "accuracy")):
    axes.plot(history.history[metric], label="training")
    axes.plot(history.history[f"val_{metric}"], label="validation")
    axes.set_xlabel("epoch")
    axes.set_ylabel(metric)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("mnist_mlp_history.png"), dpi=200)

# %% evaluate
# 在没见过的数据上测试。

test_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("Test Loss", test_scores["loss"])
print("Test Accuracy", test_scores["accuracy"])

# %% show-mistakes
# 把测试集里认错的图找出来看。

predicted = model.predict(x_test, verbose=0).argmax(axis=-1)
mistakes = np.flatnonzero(predicted != y_test)
num_mistakes = len(mistakes)
print("mistakes", num_mistakes, "of", len(y_test))
figure, all_axes = plt.subplots(1, 8, figsize=(8, 1.5))
for axes, index in zip(all_axes, mistakes, strict=False):
    axes.imshow(x_test[index].reshape(28, 28), cmap="gray_r")
    axes.set_title(f"{y_test[index]}, not {predicted[index]}", fontsize=9)
for axes in all_axes:
    axes.axis("off")
figure.savefig(figures.path("mnist_mistakes.png"), dpi=200)

# %% summary-after-fit
# 训练之后再看总表：优化器的状态也算在内。

model.summary()

# %% count-optimizer
# 优化器里有哪些数。

for variable in model.optimizer.variables:
    print(variable.path, tuple(variable.shape))
num_optimizer_params = sum(
    np.prod(v.shape, dtype=int) for v in model.optimizer.variables
)
print("optimizer", num_optimizer_params)
print("model and optimizer", model.count_params() + num_optimizer_params)

# %% not-compiled
# 没有编译就训练的报错。

not_compiled = keras.Sequential([keras.Input(shape=(784,)), layers.Dense(10)])
try:
    not_compiled.fit(x_train, y_train, verbose=2)
except ValueError as error:
    print(error)

# %% wrong-labels
# 标签的写法与损失函数不配时的报错，两个方向各一个。

one_hot = keras.utils.to_categorical(y_train, 10)
print(y_train.shape, one_hot.shape)
for loss, labels in (
    (keras.losses.SparseCategoricalCrossentropy(from_logits=True), one_hot),
    (keras.losses.CategoricalCrossentropy(from_logits=True), y_train),
):
    try:
        loss(labels, model(x_train))
    except ValueError as error:
        print(error)

# %% forgot-from-logits
# 忘了 ``from_logits``：同一个模型，准确率不变，损失变了。

forgetful = keras.models.clone_model(model)
forgetful.set_weights(model.get_weights())
forgetful.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
forgetful_scores = forgetful.evaluate(x_test, y_test, verbose=2, return_dict=True)

# %% train-without-from-logits
# 用它从头训练，与正确的写法在同一轮相比。

keras.utils.set_random_seed(42)
beginner = keras.models.clone_model(model)
beginner.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
beginner_history = beginner.fit(
    x_train, y_train, batch_size=64, epochs=5, validation_split=0.2, verbose=2
)
num_epochs = len(beginner_history.epoch)
wrong_way = beginner_history.history["val_accuracy"][num_epochs - 1]
right_way = history.history["val_accuracy"][num_epochs - 1]
print(f"after {num_epochs} epochs: wrong {wrong_way:.4f}, right {right_way:.4f}")
