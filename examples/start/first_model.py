"""
第一个模型：认手写数字
======================

载入图片，搭模型，训练，打分，认一张图，存下来再读回来。
"""

# %% imports
# 导入 Keras，画图用 Matplotlib；存文件要一个临时的文件夹。

import tempfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% load-data
# 载入手写数字：图片和每张图的答案，分成训练用的和测试用的。
# 十分钟的课，最多只用前 6,000 张训练、前 1,000 张测试。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, y_train = x_train[:6000], y_train[:6000]
x_test, y_test = x_test[:1000], y_test[:1000]
print(x_train.shape, y_train.shape)

# %% look
# 看看头十张。

figure, axes = plt.subplots(2, 5, figsize=(6, 2.7), layout="constrained")
for image, label, ax in zip(x_train[:10], y_train[:10], axes.flat, strict=True):
    ax.imshow(image, cmap="gray_r")
    ax.set_title(f"答案：{label}", fontsize=10)
    ax.axis("off")
figure.savefig(figures.path("first_model_digits.png"), dpi=200)

# %% build
# 搭模型：一层接一层。

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)

# %% untrained
# 还没有训练：每个答案都差不多可能。

before = model.predict(x_test[:1], verbose=0)[0]
print(before.round(2))

# %% compile
# 编译：怎样改进，怎样算错得多远，报告什么成绩。

model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)

# %% train
# 训练：把图片看五遍。

history = model.fit(x_train, y_train, epochs=5, verbose=2)

# %% evaluate
# 用没有见过的图片打分。

test_scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
print(f"{test_scores['accuracy']:.1%}")

# %% predict
# 认一张图：十个数，每个数字一个，哪个最大就是哪个。

after = model.predict(x_test[:1], verbose=0)[0]
answer = int(after.argmax())
print(after.round(2))
print("模型说：", answer, "答案是：", y_test[0])

# %% probabilities
# 这十个数都不小于 0，加起来是 1。

assert (after >= 0).all()
assert abs(after.sum() - 1) < 1e-5

# %% learned
# 训练之后，认得比瞎猜好得多，答案的概率比训练之前高。

assert test_scores["accuracy"] > 0.5
assert after[y_test[0]] > before[y_test[0]]

# %% draw-predictions
# 训练之前和之后，模型怎样看同一张图。

figure, axes = plt.subplots(1, 3, figsize=(8, 2.6), layout="constrained")
axes[0].imshow(x_test[0], cmap="gray_r")
axes[0].set_title(f"没有见过的一张图，答案是 {y_test[0]}")
axes[0].axis("off")
for ax, probabilities, title in (
    (axes[1], before, "训练之前，模型怎么看"),
    (axes[2], after, "训练之后"),
):
    ax.bar(range(10), probabilities)
    ax.set_xticks(range(10))
    ax.set_ylim(0, 1)
    ax.set_title(title)
    ax.set_xlabel("数字")
    ax.set_ylabel("概率")
figure.savefig(figures.path("first_model_before_and_after.png"), dpi=200)

# %% draw-answers
# 再认四十张：写在每张上方的是模型的答案，认错的是红的。

answers = model.predict(x_test[:40], verbose=0).argmax(axis=1)
figure, axes = plt.subplots(4, 10, figsize=(8, 3.6), layout="constrained")
for number, ax in enumerate(axes.flat):
    said, label = answers[number], y_test[number]
    ax.imshow(x_test[number], cmap="gray_r")
    ax.set_title(said, color="black" if said == label else "red", fontsize=11)
    ax.axis("off")
figure.savefig(figures.path("first_model_answers.png"), dpi=200)

# %% draw-ten
# 头十张，画得小一点，给首页用。

figure, axes = plt.subplots(1, 10, figsize=(8, 1.1), layout="constrained")
for number, ax in enumerate(axes.flat):
    ax.imshow(x_test[number], cmap="gray_r", interpolation="nearest")
    ax.set_title(answers[number], fontsize=13)
    ax.axis("off")
figure.savefig(figures.path("first_model_ten.png"), dpi=120)

# %% save-load
# 存成一个文件，再读回来。

path = Path(tempfile.mkdtemp()) / "first_model.keras"
model.save(path)
again = keras.models.load_model(path)
print(path.name, "认出", again.predict(x_test[:1], verbose=0).argmax())

# %% same-after-loading
# 读回来的模型，给出的概率与存下来之前相同。

sample = x_test[:100]
assert (again.predict(sample, verbose=0) == model.predict(sample, verbose=0)).all()

# %% wrong-shape
# 少了外面的一层：模型要的是一批图，不是一张。

try:
    model.predict(x_test[0], verbose=0)
except ValueError as error:
    print(error)

# %% one-is-a-batch-too
# 一张图不行，只有一张的一批可以。

try:
    model.predict(x_test[0], verbose=0)
except ValueError as error:
    assert "shape" in str(error)
else:
    raise AssertionError("没有报错")
assert model.predict(x_test[:1], verbose=0).shape == (1, 10)
