"""
练习：测试
==========

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers

from kerasguide import datasets, exercises

keras.utils.set_random_seed(42)

# %% data
# 训练一个模型：800 张图片，五轮。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, y_train = x_train[:800], y_train[:800]
x_test, y_test = x_test[:1000], y_test[:1000]

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        layers.Rescaling(1 / 255),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ]
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
history = model.fit(x_train, y_train, epochs=5, verbose=0)
scores = model.predict(x_test, verbose=0)
probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(scores))

# %% train-score
# 训练完了，拿训练的图片再打一次分：`evaluate(x_train, y_train)`。它给出的损失，与日志里最后一轮的 `loss` 相比，怎样？
#
# - a：相同，都是训练的图片
# - b：不同，日志里的是这一轮各步的平均，那时权重还在变
# - c：不同，`evaluate` 又把权重改动了一点
#
# 提示：日志里的数是什么时候量的？

# 日志里的是一轮里各步的平均，一边走一边量；evaluate 用的是走完之后的权重
train_score = "b"

# %% train-score-check
# 量一次，也看看 ``evaluate`` 动没动权重。

weights_before = model.get_weights()[0]
measured = model.evaluate(x_train, y_train, verbose=0, return_dict=True)["loss"]
is_same = np.isclose(measured, history.history["loss"][-1], rtol=1e-4)
is_untouched = np.array_equal(weights_before, model.get_weights()[0])
exercises.check_value(
    "train-score",
    train_score,
    "a" if is_same else "b" if is_untouched else "c",
    slips=[
        ("a", "图片一样，权重不一样：日志里的数是边走边量的"),
        ("c", "evaluate 不改权重"),
    ],
)

# %% per-digit
# 由混淆矩阵算出每个数字各有几成认对了：`matrix[3, 5]` 是真的是 3、认成了 5 的张数。返回一个数组，一个数字一个。
#
# 提示：认对的在对角线上，`np.diagonal` 取得出来。
#
# 提示：真的是 3 的一共有几张，是哪一行、哪一列加起来？


def per_digit(matrix):
    """返回与 matrix 的行数同样多的数，在 0 到 1 之间。"""
    # 一行是一个真的数字，加起来是它一共有几张
    return np.diagonal(matrix) / matrix.sum(axis=1)


# %% per-digit-check
# 三个数字的小矩阵，行与列的和不同。


@exercises.check("per-digit", per_digit)
def share_of_each_row():
    matrix = np.array([[8, 2, 0], [1, 3, 0], [0, 5, 5]])
    found = np.asarray(per_digit(matrix))
    assert found.shape == (3,), "三个数字，该有三个数"
    said = "你除的是一列的和：那是认成它的，不是真的是它的"
    assert not np.allclose(found, [8 / 9, 3 / 10, 1]), said
    assert not np.allclose(found, np.array([8, 3, 5]) / 24), "要除以每个数字自己的张数"
    assert np.allclose(found, [0.8, 0.75, 0.5]), "第一个数字 10 张里认对 8 张，该是 0.8"
    large = np.random.default_rng(0).integers(1, 50, size=(10, 10))
    expected = [large[digit, digit] / sum(large[digit]) for digit in range(10)]
    assert np.allclose(per_digit(large), expected), "换一个 10×10 的矩阵，就不对了"


# %% surest-mistakes
# 写一个函数，找出模型最有把握、却认错了的几张图。`probabilities` 的每一行是一张图的概率，`labels` 是正确答案；返回 `count` 个下标，最有把握的在最前面。
#
# 提示：先找出认错的下标，`np.flatnonzero(条件)` 给得出来。
#
# 提示：模型的把握，是一行里最大的概率。`np.argsort` 从小到大排，在前面加一个负号就反过来。


def surest_mistakes(probabilities, labels, count):
    """返回 count 个下标。"""
    guesses, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    # 排的是认错的那几张的把握，再换回它们在全部图片里的下标
    return wrong[np.argsort(-sureness[wrong])][:count]


# %% surest-mistakes-check
# 五张图，错了三张，把握各不相同。


@exercises.check("surest-mistakes", surest_mistakes)
def wrong_ones_surest_first():
    five = np.array([[0.9, 0.1], [0.3, 0.7], [0.05, 0.95], [0.6, 0.4], [0.02, 0.98]])
    labels = np.array([0, 0, 0, 1, 1])
    found = [int(number) for number in surest_mistakes(five, labels, 3)]
    assert len(found) == 3, f"要 3 个下标，你给出了 {len(found)} 个"
    assert 4 not in found, "里面有认对了的图"
    assert 0 not in found, "里面有认对了的图"
    said = "认错的是 1、2、3，可是下标不对：排过序的，要换回在全部图片里的下标"
    assert sorted(found) == [1, 2, 3], said
    assert found != [3, 1, 2], "次序反了：最有把握的在最前面"
    assert found == [2, 1, 3], "次序不对：看的是模型给自己的答案多大的概率"
    assert len(surest_mistakes(five, labels, 1)) == 1, "要几个就给几个"


# %% confusion-start
# 学习者从这里改起。


def confusion(labels, guesses):
    matrix = np.zeros((10, 10), dtype="int64")
    matrix[labels, guesses] += 1
    return matrix


# %% confusion
# 下面的函数该数出混淆矩阵：行是真的数字，列是认成的数字，格子里是张数。它能运行，可是格子里不是 0 就是 1。改好它。
#
# 提示：下标重复的时候，`+=` 只加一次。
#
# 提示：课上数的时候，用的是 NumPy 的哪个函数？


def confusion(labels, guesses):
    matrix = np.zeros((10, 10), dtype="int64")
    # 同一个格子有几张图，就加几次
    np.add.at(matrix, (labels, guesses), 1)
    return matrix


# %% confusion-check
# 六张图，有两张在同一个格子里。


@exercises.check("confusion", confusion)
def counts_every_picture():
    labels = np.array([4, 4, 4, 9, 9, 0])
    guesses = np.array([4, 9, 9, 9, 4, 0])
    matrix = np.asarray(confusion(labels, guesses))
    assert matrix.shape == (10, 10), "要 10 行 10 列"
    total = matrix.sum()
    assert total == 6, f"六张图，格子里加起来却是 {total}"
    assert matrix[9, 4] != 2, "行和列反了：行是真的数字"
    assert matrix[4, 9] == 2, "四认成九的有 2 张"
    assert matrix[9, 4] == matrix[4, 4] == matrix[9, 9] == 1, "有的格子数错了"


# %% inverted
# 把测试图片的黑白颠倒（`255 - x_test`），人照样认得，模型的准确率还有多少？先猜：还有九成，一半，还是同瞎猜差不多？
#
# 提示：模型学的是每个像素的权重。训练的图片里，哪些像素总是 0？

for title, images in (("原来的", x_test), ("黑白颠倒的", 255 - x_test)):
    result = model.evaluate(images, y_test, verbose=0, return_dict=True)
    print(f"{title}：准确率 {result['accuracy']:.1%}")

# %% hand-over
# 只相信概率超过九成的答案，其余的交给人看：要看几成的图？剩下的里面，还错几成？门槛再高些、再低些呢？
#
# 提示：门槛越高，交给人的越多；剩下的错得越少，可是会不会一张也不错？

is_right = probabilities.argmax(axis=1) == y_test
sureness = probabilities.max(axis=1)
for threshold in (0.5, 0.7, 0.9, 0.99):
    kept = sureness > threshold
    wrong_share = 1 - is_right[kept].mean() if kept.any() else 0.0
    print(
        f"门槛 {threshold}：交给人看 {1 - kept.mean():.1%}，剩下的里面错 {wrong_share:.1%}"
    )
