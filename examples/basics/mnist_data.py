"""
MNIST：看数据，把数据变成模型要的样子
======================================

载入手写数字，看一看，缩放和拉平放进模型里。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% load-data
# 载入数据，看看形状和类型。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
print("x_train", x_train.shape, x_train.dtype)
print("y_train", y_train.shape, y_train.dtype)
print("x_test ", x_test.shape, x_test.dtype)

# %% look-at-data
# 看一看前十张图和它们的标签。

figure, all_axes = plt.subplots(1, 10, figsize=(8, 1.1))
for index, axes in enumerate(all_axes):
    axes.imshow(x_train[index], cmap="gray_r")
    axes.set_title(y_train[index])
    axes.axis("off")
figure.savefig(figures.path("mnist_digits.png"), dpi=200)

# %% look-at-numbers
# 第一张图正中的一小块，是这些数。

print("label", y_train[0])
print(x_train[0, 8:20, 9:19])

# %% pixels
# 像素从 0 到 255，背景是 0。

assert x_train.dtype == x_test.dtype == "uint8"
assert x_train.min() == 0 and x_train.max() == 255
assert (x_train[:, 0, 0] == 0).mean() > 0.99

# %% count-labels
# 每个数字各有多少张。

counts = np.bincount(y_train, minlength=10)
for digit, count in enumerate(counts):
    print(digit, count)

# %% labels-are-balanced
# 标签是 0 到 9，每一类都占一成上下。

assert set(y_train) == set(range(10))
assert (y_train == counts.argmax()).mean() < 0.15
mostly_zero = np.array([0] * 9 + [5])
assert (mostly_zero == 0).mean() == 0.9
assert 0.05 < counts.min() / counts.sum() <= counts.max() / counts.sum() < 0.15

# %% define-model
# 前两层把图片变成 784 个 0 到 1 之间的数，后三层与前面两课相同。

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ],
    name="mnist_model",
)
model.summary()

# %% no-parameters
# 这两层没有参数。

rescaling, flatten = model.layers[:2]
assert rescaling.count_params() == flatten.count_params() == 0

# %% by-hand
# 同样的两步用 NumPy 做：结果与这两层给出的相同。

arrays = x_test.reshape(-1, 784).astype("float32") / 255
print(arrays.shape, arrays.dtype, arrays.min(), arrays.max())
prepare = keras.Sequential([keras.Input(shape=(28, 28)), *model.layers[:2]])
assert np.allclose(prepare.predict(x_test, verbose=0), arrays)

# %% raw-pictures
# 模型收到的是没有处理过的图片，整数也可以。

scores = model.predict(x_test[:3], verbose=0)
print(scores.shape)
assert x_test.dtype == "uint8" and scores.shape == (3, 10)

# %% without-scaling
# 没有缩放的模型，还没训练，损失就大得离谱；缩放过的在 ln 10 上下。五个种子都是这样。


def untrained_loss(*first_layers):
    one = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            *first_layers,
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    one.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return one.evaluate(x_test, y_test, verbose=0)


for seed in range(5):
    keras.utils.set_random_seed(seed)
    with_scaling = untrained_loss(layers.Rescaling(1 / 255))
    without_scaling = untrained_loss()
    print(f"seed {seed}: scaled {with_scaling:.2f}, not scaled {without_scaling:.2f}")
    assert abs(with_scaling - np.log(10)) < 0.5
    assert without_scaling > 20 * with_scaling

# %% lengths-differ
# 图片和标签的张数对不上时的报错。

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
try:
    model.fit(x_train, y_train[:-1], verbose=2)
except ValueError as error:
    print(error)

# %% lengths-differ-raises
# 报错里写着两边的张数。

try:
    model.fit(x_train, y_train[:-1], verbose=0)
except ValueError as error:
    assert f"'x' sizes: {len(x_train)}" in str(error)
    assert f"'y' sizes: {len(y_train) - 1}" in str(error)
else:
    raise AssertionError("没有报错")

# %% one-picture
# 一张图也要写成一批：少了批的那个轴，就报错。

assert model.predict(x_test[:1], verbose=0).shape == (1, 10)
try:
    model.predict(x_test[0], verbose=0)
except ValueError as error:
    message = str(error)
    assert message
else:
    raise AssertionError("没有报错")

# %% one-picture-message
# 报错的话随后端而变。

if keras.backend.backend() == "tensorflow":
    assert "Cannot take the length of shape with unknown rank" in message
else:
    assert "Expected shape (None, 28, 28)" in message

# %% labels-from-one
# 标签从 1 数到 10：有十个输出的模型没有第 10 类。JAX 不报错，把这样的样本的损失算成 0。

import contextlib

sparse_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
outcome = None
with contextlib.suppress(Exception):  # TensorFlow 和 PyTorch 报的错不是同一种
    outcome = float(sparse_loss(np.array([10]), np.zeros((1, 10), dtype="float32")))
if keras.backend.backend() == "jax":
    assert outcome == 0
else:
    assert outcome is None
