"""
练习：准确率的谜
================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包；把认成的类别写成得分，得分最高的就是它。

import keras
import numpy as np

from kerasguide import exercises


def scores_for(classes, num_classes):
    return np.eye(num_classes, dtype="float32")[classes]


def measure(metric, labels, scores):
    """交给 Keras 的指标，返回它的结果。"""
    metric.update_state(labels, scores)
    return float(metric.result())


# %% wrong-accuracy
# 八张图的标签是 3、0、7、6、0、2、1、4，写成一列，形状 (8, 1)。模型认成了 3、0、7、0、0、2、1、9。`CategoricalAccuracy` 给出多少？
#
# 提示：在只有一个数的一行里找最大的，找到的是第几个？
#
# 提示：它眼里，每张图的标签都是什么？

# 标签都当成了 0，于是数的是认成 0 的：八张里有三张
wrong_accuracy = 3 / 8

# %% wrong-accuracy-check
# 让 Keras 算一遍。

eight_labels = np.array([[3], [0], [7], [6], [0], [2], [1], [4]])
eight_scores = scores_for([3, 0, 7, 0, 0, 2, 1, 9], 10)
exercises.check_value(
    "wrong-accuracy",
    wrong_accuracy,
    measure(keras.metrics.CategoricalAccuracy(), eight_labels, eight_scores),
    tolerance=1e-4,
    slips=[
        (6 / 8, "这是真正的准确率，它要用 SparseCategoricalAccuracy"),
        (2 / 8, "这是标签里真正是 0 的比例；看的是模型认成了什么"),
        (3, "这是张数，要的是比例"),
    ],
)

# %% shifted-labels
# 一个数据集的标签是 1 到 10，没有 0；模型的输出有 11 类，学得很好，测试集上每一张都认对了。标签写成一列，`CategoricalAccuracy` 给出多少？
#
# 提示：每一张都认对，有几张会认成 0？

# 没有一张认成 0，哪怕全对，它也是 0
shifted_labels = 0.0

# %% shifted-labels-check
# 造一组全认对的得分。

shifted = np.repeat(np.arange(1, 11), 20)
exercises.check_value(
    "shifted-labels",
    shifted_labels,
    measure(
        keras.metrics.CategoricalAccuracy(),
        shifted[:, None],
        scores_for(shifted, 11),
    ),
    tolerance=1e-6,
    slips=[
        (1, "这是真正的准确率；那个错的指标，把每个标签都当成了 0"),
        (0.1, "十分之一是标签从 0 开始时的情形，现在没有一张是 0"),
        (1 / 11, "输出里是有第 0 类，可是没有一张认成了它"),
    ],
)

# %% flat-labels
# 标签不变成一列，保持 (5,)：1、0、4、2、0。模型认成了 1、0、4、2、2，五张一批送进去。这一回，`CategoricalAccuracy` 给出多少？
#
# 提示：`argmax` 沿着最后一维找。形状是 (5,) 的标签，最后一维是哪一维？
#
# 提示：在 1、0、4、2、0 里，最大的排在第几个（从 0 数起）？它就拿这一个数去与每张图比。

# 最大的标签 4 排在第 2 个；五张图里，认成 2 的有两张
flat_labels = 2 / 5

# %% flat-labels-check
# 让 Keras 算一遍。

flat = np.array([1, 0, 4, 2, 0])
exercises.check_value(
    "flat-labels",
    flat_labels,
    measure(keras.metrics.CategoricalAccuracy(), flat, scores_for([1, 0, 4, 2, 2], 5)),
    tolerance=1e-4,
    slips=[
        (4 / 5, "这是真正的准确率"),
        (1 / 5, "这是认成 0 的比例；标签不是一列，argmax 不再总是 0"),
        (2, "这是张数，要的是比例"),
    ],
)

# %% at-most
# 另一个模型在测试集上真正的准确率是 0.97，标签里真正是 0 的占 0.098。那个错的“准确率”最大可能是多少？
#
# 提示：它等于认成 0 的比例。怎样认错，认成 0 的才最多？

# 认错的 0.03 都把别的认成了 0，而真正是 0 的一张也没有认错
at_most = 0.098 + 0.03

# %% at-most-check
# 照最坏的情形，造 1000 个样本。

thousand_labels = np.array([0] * 98 + [1] * 902)
thousand_classes = thousand_labels.copy()
thousand_classes[-30:] = 0
exercises.check_value(
    "at-most",
    at_most,
    measure(
        keras.metrics.CategoricalAccuracy(),
        thousand_labels[:, None],
        scores_for(thousand_classes, 10),
    ),
    tolerance=1e-4,
    slips=[
        (0.098, "这是全认对的时候；认错的也可能认成了 0"),
        (0.098 - 0.03, "这是最小的：认错的全是真正的 0"),
        (0.97, "它不随真正的准确率一起高，看的只是认成 0 的有多少"),
    ],
)

# %% each-word
# 一个模型给一句话里的每个字分类：一句 6 个字，每个字分 4 类，输出的形状是 (None, 6, 4)。标签是整数，形状 (None, 6)。编译时写 `metrics=["accuracy"]`，Keras 挑中哪一个？
#
# - a：`binary_accuracy`
# - b：`sparse_categorical_accuracy`
# - c：`categorical_accuracy`
#
# 提示：规则先看输出的最后一维，再比标签和输出各有几维。

# 输出的最后一维不是 1，标签比输出少一维
each_word = "b"

# %% each-word-check
# 编译一个这样的模型，看它的成绩与哪一个相同。

each_labels = np.random.default_rng(0).integers(0, 4, size=(50, 6))
each_scores = scores_for(np.where(each_labels == 3, 0, each_labels), 4)
pass_through = keras.Sequential([keras.Input(shape=(6, 4)), keras.layers.Identity()])
pass_through.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
found = pass_through.evaluate(each_scores, each_labels, verbose=0, return_dict=True)
sparse = measure(keras.metrics.SparseCategoricalAccuracy(), each_labels, each_scores)
exercises.check_value(
    "each-word",
    each_word,
    "b" if np.isclose(found["accuracy"], sparse) else "c",
    slips=[
        ("a", "它用在输出的最后一维是 1 的时候，这里是 4"),
        ("c", "它要的标签是独热的，与输出一样有三维"),
    ],
)

# %% by-hand-start
# 学习者从这里改起。


def accuracy(scores, labels):
    return (scores.argmax(axis=-1) == labels).mean()


# %% by-hand
# 成绩看着可疑，就自己用 NumPy 算一遍。下面的函数，标签是 (n,) 时算得对；标签写成一列，(n, 1)，它不报错，给出的却不是准确率。改好它，两种标签都要对。
#
# 提示：形状 (n,) 的与 (n, 1) 的比较，得到的是什么形状？打印出来看看。
#
# 提示：`reshape(-1)` 把一列变回一行。


def accuracy(scores, labels):
    # (n,) 与 (n, 1) 比，NumPy 让每一个与每一个都比一遍，得到 n × n 个；先变成同样的形状
    return (scores.argmax(axis=-1) == labels.reshape(-1)).mean()


# %% by-hand-check
# 两种标签各算一遍，与数出来的比。


@exercises.check("by-hand", accuracy)
def both_shapes():
    for labels, classes, right in (
        ([3, 0, 7, 6, 0, 2, 1, 4], [3, 0, 7, 0, 0, 2, 1, 9], 6 / 8),
        ([1, 2, 3, 4, 5], [5, 1, 2, 3, 4], 0.0),
        ([9], [9], 1.0),
    ):
        scores = scores_for(classes, 10)
        flat = float(accuracy(scores, np.array(labels)))
        assert np.isclose(flat, right), (
            f"标签 {labels}，认成 {classes}，标签的形状是 (n,)："
            f"准确率是 {right}，你的是 {flat}"
        )
        column = float(accuracy(scores, np.array(labels)[:, None]))
        assert np.isclose(column, right), (
            f"标签 {labels}，认成 {classes}，标签写成一列："
            f"准确率是 {right}，你的是 {column}"
        )
