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
# 定义输入：784 个数，批量大小不定。

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
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255
print(x_train.shape, x_train.dtype, x_test.shape)

# %% train
# 训练，留出后 20% 的训练数据作验证。

history = model.fit(
    x_train, y_train, batch_size=64, epochs=10, validation_split=0.2, verbose=2
)

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
