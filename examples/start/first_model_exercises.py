"""
练习：第一个模型
================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np

from kerasguide import datasets, exercises, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% data
# 手写数字，只取前 640 张训练、前 320 张测试，快一些。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, y_train = x_train[:640], y_train[:640]
x_test, y_test = x_test[:320], y_test[:320]


def build_model(units):
    """与课上同样的模型，中间一层有几个数由你说。"""
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def accuracy(model, images, labels):
    """认对的占多少。"""
    return model.evaluate(images, labels, verbose=0, return_dict=True)["accuracy"]


# %% batch-of-one
# 测试图片的形状是 `(1000, 28, 28)`：1,000 张，每张 28 行 28 列。`x_test[5:6]` 的形状是什么？
#
# 提示：它还是一批图，只是这一批里没有几张。

# 从第 5 张取到第 6 张之前，只有一张；写成 5:6，“第几张”这一维还在
batch_of_one = (1, 28, 28)

# %% batch-of-one-check
# 真的取一次。

pictures = np.zeros((1000, 28, 28))
exercises.check_value(
    "batch-of-one",
    batch_of_one,
    pictures[5:6].shape,
    slips=[
        ((28, 28), "这是 x_test[5] 的形状；5:6 取出的还是一批"),
        ((2, 28, 28), "5:6 取到第 6 张之前为止，不含第 6 张"),
        ((6, 28, 28), "5:6 从第 5 张开始，不是从头开始"),
    ],
)

# %% answers
# 一次给模型许多张图，`predict` 就给出许多行，一行是一张图的十个概率。写一个函数，收下这些概率，返回每张图的答案。
#
# 提示：课上用 `argmax` 找出一张图的答案。它有一个参数 `axis`，说沿着哪一维找。
#
# 提示：一行里的十个概率，排在最后的一维上。


def answers(probabilities):
    """每一行返回一个 0 到 9 的数。"""
    # 沿着最后一维找最大的在第几个，一行一个答案
    return probabilities.argmax(axis=-1)


# %% answers-check
# 三张图，答案各是 7、0、3。


@exercises.check("answers", answers)
def one_answer_for_each():
    probabilities = np.full((3, 10), 0.05)
    probabilities[[0, 1, 2], [7, 0, 3]] = 0.55
    found = np.asarray(answers(probabilities))
    assert found.shape == (3,), "三张图，该有三个答案；argmax 要沿着一行的十个概率找"
    assert found.tolist() == [7, 0, 3], "答案是最大的概率在第几个，从 0 数起"
    fifty = np.random.default_rng(0).dirichlet(np.ones(10), size=50)
    right = [max(range(10), key=list(row).__getitem__) for row in fifty]
    assert np.asarray(answers(fifty)).tolist() == right, "换五十张图，有的答案不对"


# %% read-digit-start
# 学习者从这里改起。


def read_digit(model, images, number):
    probabilities = model.predict(images[number : number + 1], verbose=0)[0]
    return int(probabilities.max())


# %% read-digit
# 下面的函数该说出第 `number` 张图是哪个数字，可是它几乎总是说 0。改好它。
#
# 提示：打印出 `probabilities.max()` 看看，它是哪个数字，还是别的什么？


def read_digit(model, images, number):
    probabilities = model.predict(images[number : number + 1], verbose=0)[0]
    # max 给出的是最大的概率，argmax 才说它在第几个
    return int(probabilities.argmax())


# %% read-digit-check
# 没有训练过的模型也有答案，挑答案不同的几张来问。


@exercises.check("read-digit", read_digit)
def says_which_digit():
    keras.utils.set_random_seed(1)
    model = build_model(8)
    right = model.predict(x_test, verbose=0).argmax(axis=1)
    for digit, number in zip(*np.unique(right, return_index=True), strict=True):
        found = read_digit(model, x_test, number)
        said = f"一张图的十个概率里，最大的是第 {digit} 个，你的函数说 {found}"
        assert found == digit, said


# %% more-epochs
# 训练 5 轮和训练 20 轮，训练图片和测试图片上的成绩各是多少？先猜一猜：哪个成绩会到顶，两个成绩的差会变大还是变小？为了快，这里只用 640 张训练。
#
# 提示：训练的图片，多学几轮，总能记住；没有见过的图片，没有机会去记。

model = build_model(128)
by_units = {}
for epochs, more in ((5, 5), (20, 15)):
    model.fit(x_train, y_train, epochs=more, verbose=0)  # 第二次是接着训练
    on_train = accuracy(model, x_train, y_train)
    on_test = accuracy(model, x_test, y_test)
    by_units.setdefault(128, on_test)
    print(f"{epochs:2} 轮：训练图片 {on_train:.1%}，测试图片 {on_test:.1%}")

# %% more-units
# 中间一层有 128 个数。改成 8 个、512 个，也各训练 5 轮，测试图片上的成绩差多少？先猜，再看：数越多越好吗？

for units in (8, 512):
    model = build_model(units)
    model.fit(x_train, y_train, epochs=5, verbose=0)
    by_units[units] = accuracy(model, x_test, y_test)
for units, on_test in sorted(by_units.items()):
    print(f"{units:3} 个：测试图片 {on_test:.1%}")

# %% its-mistakes
# 最后那个模型认错了哪些图？下面画出头十张，上方先是它的答案，再是正确答案。每一张，你自己认得出来吗？

guesses = model.predict(x_test, verbose=0).argmax(axis=1)
wrong = np.flatnonzero(guesses != y_test)
print(f"{len(x_test)} 张里认错了 {len(wrong)} 张")

figure, axes = plt.subplots(2, 5, figsize=(6, 3), layout="constrained")
for ax in axes.flat:
    ax.axis("off")
for ax, number in zip(axes.flat, wrong[:10], strict=False):
    ax.imshow(x_test[number], cmap="gray_r")
    ax.set_title(f"{guesses[number]}，该是 {y_test[number]}", fontsize=10)
figure.savefig(figures.path("first_model_mistakes.png"), dpi=200)
