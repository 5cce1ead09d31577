"""
练习：数据
==========

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, exercises, figures

figures.use_chinese_font()

# %% data
# 载入数据，与课上相同。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, y_train = x_train[:1500], y_train[:1500]

# %% row-shape
# `x_train` 的形状是 `(1500, 28, 28)`。`x_train[0].shape` 是 `(28, 28)`，`x_train[:1].shape` 是 `(1, 28, 28)`。`x_train[0, 0].shape` 是什么？
#
# 提示：写一个整数，就去掉一个轴；这里写了两个。

# 第 0 张图的第 0 行，是 28 个数；只有一个数的元组要写逗号
row_shape = (28,)

# %% row-shape-check
# 真的取一次。

exercises.check_value(
    "row-shape",
    row_shape,
    np.zeros((1500, 28, 28))[0, 0].shape,
    slips=[
        ((28, 28), "这是一张图；第二个 0 又取出了它的一行"),
        ((1, 28), "写整数，那个轴就没有了；写 :1 才留着"),
        ((1, 1, 28), "写整数，那个轴就没有了；写 :1 才留着"),
    ],
)

# %% minus-one-to-one
# 有的网络要像素在 −1 到 1 之间。`Rescaling` 还有一个参数 `offset`，乘完以后再加上它。写一个函数，返回一层，把 0 变成 −1，把 255 变成 1，中间的按比例。
#
# 提示：先看 0：乘什么都是 0，再加 `offset`。
#
# 提示：从 −1 到 1 一共是 2，由 255 分。


def minus_one_to_one():
    """返回一层。"""
    # 0 × scale + offset = −1，255 × scale + offset = 1
    return layers.Rescaling(2 / 255, offset=-1)


# %% minus-one-to-one-check
# 送几个像素进去。


@exercises.check("minus-one-to-one", minus_one_to_one)
def both_ends():
    layer = minus_one_to_one()
    assert callable(layer), "要返回一层，它能收下像素"
    pixels = np.array([[0.0, 51.0, 127.5, 255.0]], "float32")
    found = keras.ops.convert_to_numpy(layer(pixels))[0]
    assert np.isclose(found[0], -1, atol=1e-5), f"像素 0 该变成 −1，却是 {found[0]:.3f}"
    said = f"像素 255 该变成 1，却是 {found[3]:.3f}"
    assert np.isclose(found[3], 1, atol=1e-5), said
    assert np.allclose(found, [-1, -0.6, 0, 1], atol=1e-5), "中间的像素要按比例"


# %% baseline
# 什么也不看，一直回答最多的那个标签，能对几成？写一个函数，收下标签，返回这个准确率。模型的准确率要比它高，才算学到了东西。
#
# 提示：课上用 `np.bincount` 数每个标签有多少个。


def baseline(labels):
    """返回 0 到 1 之间的一个数。"""
    # 最多的那一类有几个，除以一共几个
    return np.bincount(labels).max() / len(labels)


# %% baseline-check
# 均衡的，不均衡的，只有一类的。


@exercises.check("baseline", baseline)
def share_of_the_commonest():
    for labels, expected in (
        ([0] * 9 + [5], 0.9),
        ([3, 3, 7, 7, 7], 0.6),
        ([4, 4, 4], 1.0),
        (list(range(10)), 0.1),
    ):
        found = baseline(np.array(labels))
        assert np.ndim(found) == 0, "要返回一个数"
        assert found <= 1, f"准确率不会超过 1，你给出的是 {found}"
        said = f"标签是 {labels}，一直答最多的，准确率该是 {expected}，却是 {found:.3g}"
        assert np.isclose(found, expected), said


# %% shuffle-start
# 学习者从这里改起。


def shuffle(images, labels):
    rng = np.random.default_rng(0)
    return rng.permutation(images), rng.permutation(labels)


# %% shuffle
# 下面的函数把图片和标签的次序打乱。它能运行，张数也没有错，可是用它打乱的数据来训练，模型什么也学不会。改好它。
#
# 提示：`rng.permutation(x)` 返回打乱了的 `x`，再叫一次，打乱成另一个次序。
#
# 提示：`rng.permutation(5)` 返回打乱了的 0 到 4，可以拿来当下标，用两次。


def shuffle(images, labels):
    rng = np.random.default_rng(0)
    # 两边用同一个次序，一张图还是配着它自己的标签
    order = rng.permutation(len(labels))
    return images[order], labels[order]


# %% shuffle-check
# 每张图的像素就写着它的标签，打乱以后还要对得上。


@exercises.check("shuffle", shuffle)
def keeps_pairs():
    labels = np.arange(40)
    images = np.broadcast_to(labels[:, None, None], (40, 28, 28)).copy()
    new_images, new_labels = shuffle(images, labels)
    new_images, new_labels = np.asarray(new_images), np.asarray(new_labels)
    assert new_images.shape == (40, 28, 28), "图片的形状变了"
    assert new_labels.shape == (40,), "标签的形状变了"
    said = "有的图片配上了别的图片的标签：两边要用同一个次序"
    assert (new_images[:, 0, 0] == new_labels).all(), said
    assert sorted(new_labels) == list(range(40)), "有的图片丢了，或者重复了"
    assert (new_labels != labels).any(), "次序没有打乱"


# %% gray
# 把画图的 `cmap="gray_r"` 换成 `cmap="gray"`，黑白就反了过来。`x_train` 里的数变了吗？答 `True`（变了）或者 `False`（没有变）。
#
# 提示：`cmap` 交给了谁？

# cmap 只是画图的人怎样用颜色表示数，数还是那些数
gray = False

# %% gray-check
# 画一次，比一比画之前和之后的数。

before = x_train[0].copy()
figure, axes = plt.subplots()
axes.imshow(x_train[0], cmap="gray")
plt.close(figure)
exercises.check_value("gray", gray, bool((x_train[0] != before).any()))

# %% most-alike
# 哪两个数字的图片最像？把每个数字的图片求平均，画出来，再两个两个地比：对应的像素相差多少。先看图猜一对。

means = np.array([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
figure, all_axes = plt.subplots(1, 10, figsize=(8, 1.1))
for digit, axes in enumerate(all_axes):
    axes.imshow(means[digit], cmap="gray_r")
    axes.set_title(digit)
    axes.axis("off")
figure.savefig(figures.path("mnist_means.png"), dpi=200)

differences = np.abs(means[:, None] - means[None]).mean(axis=(2, 3))
np.fill_diagonal(differences, np.inf)
one, other = np.unravel_index(differences.argmin(), differences.shape)
print(f"平均的图最像的是 {one} 和 {other}，像素平均相差 {differences.min():.1f}")
