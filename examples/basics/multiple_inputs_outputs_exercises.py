"""
练习：多个输入与输出
====================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import datasets, exercises

keras.utils.set_random_seed(42)

# %% same-width
# 课上的模型，标题的 LSTM 有 128 个单元，正文的有 32 个。两个都改成 32 个，其余不变，参数一共有多少个？
#
# 提示：两张嵌入表不变，每张 10,000 × 64。LSTM 用课上的公式。
#
# 提示：拼接之后变窄了，两个输出层的参数也要重算。

# 两张表，两个同样的 LSTM；拼接之后宽 32 + 32 + 12，两个输出各从这里读
same_width = 2 * 10_000 * 64 + 2 * 4 * (64 + 32 + 1) * 32 + (76 + 1) * 1 + (76 + 1) * 4

# %% same-width-check
# 造出来，再数。

title = keras.Input(shape=(None,), dtype="int32")
body = keras.Input(shape=(None,), dtype="int32")
tags = keras.Input(shape=(12,))
read = [layers.LSTM(32)(layers.Embedding(10_000, 64)(text)) for text in (title, body)]
features = layers.concatenate([*read, tags])
narrow = keras.Model(
    [title, body, tags], [layers.Dense(1)(features), layers.Dense(4)(features)]
)
before = 2 * 640_000 + 4 * (64 + 128 + 1) * 128 + 4 * (64 + 32 + 1) * 32 + 173 + 692
exercises.check_value(
    "same-width",
    same_width,
    narrow.count_params(),
    slips=[
        (2 * 640_000 + 2 * 12_416 + 173 + 692, "拼接之后不是 172 个数了"),
        (640_000 + 12_416 + 77 + 308, "表和 LSTM 都有两份，标题一份，正文一份"),
        (2 * 640_000 + 2 * 4 * (64 + 32) * 32 + 385, "LSTM 的每组还有偏置"),
        (2 * 640_000 + 2 * (64 + 32 + 1) * 32 + 385, "LSTM 里有四组权重"),
        (before, "这是没有改的"),
    ],
)

# %% weighted-total
# 把 `loss_weights` 换成 `{"priority": 0.2, "department": 1.0}`。测试的时候，`priority_loss` 是 0.5，`department_loss` 是 0.9，总损失是多少？
#
# 提示：带名字的两项，有没有乘过系数？

# 带名字的是没有乘系数的；总损失是 0.2 × 0.5 + 1.0 × 0.9
weighted_total = 0.2 * 0.5 + 1.0 * 0.9

# %% weighted-total-check
# 两个原样送出的输出，均方误差正好是 0.5 和 0.9。

numbers = keras.Input(shape=(1,))
plain = keras.Model(
    numbers,
    {
        "priority": layers.Identity(name="priority")(numbers),
        "department": layers.Identity(name="department")(numbers),
    },
)
plain.compile(
    loss={"priority": "mse", "department": "mse"},
    loss_weights={"priority": 0.2, "department": 1.0},
)
zeros = np.zeros((8, 1))
measured = plain.evaluate(
    zeros,
    {"priority": zeros + 0.5**0.5, "department": zeros + 0.9**0.5},
    verbose=0,
    return_dict=True,
)
exercises.check_value(
    "weighted-total",
    weighted_total,
    round(measured["loss"], 4),
    tolerance=0.001,
    slips=[
        (1.4, "合起来的时候要乘系数"),
        (0.68, "系数配反了：优先级的是 0.2"),
        (0.7, "是乘系数再加起来，不是平均"),
    ],
)

# %% urgent-start
# 学习者从这里改起。


def urgent_probability(scores):
    return ops.softmax(scores)


# %% urgent
# `scores` 是模型给出的优先级得分，形状是 `(n, 1)`，一张工单一个。下面的函数该给出每张工单该优先的概率，可是它总是说 1。改好它。
#
# 提示：`softmax` 让一行里的几个数加起来是 1。这里一行有几个数？


def urgent_probability(scores):
    # 一行只有一个数，softmax 之后只能是 1；一个得分用 sigmoid
    return ops.sigmoid(scores)


# %% urgent-check
# 得分 0 是一半，得分 0.5 是六成。


@exercises.check("urgent", urgent_probability)
def one_probability_each():
    scores = np.array([[0.0], [0.5], [-3.0], [3.0]], "float32")
    found = ops.convert_to_numpy(urgent_probability(scores))
    assert found.size == 4, "四张工单，该有四个概率"
    found = found.reshape(-1)
    assert not np.allclose(found, 1), "还是都成了 1"
    assert np.isclose(found[0], 0.5, atol=1e-5), "得分是 0，该优先和不该优先各一半"
    expected = 1 / (1 + np.exp(-scores[:, 0]))
    assert not np.allclose(found, 1 - expected, atol=1e-4), "反了：得分越高，越该优先"
    assert np.allclose(found, expected, atol=1e-4), "得分 0.5 的概率该是 0.622"


# %% pad-titles
# 写一个函数，把长短不一的标题排成一个数组：短的在后面补 0，补到与最长的一样长。每个标题是词的编号的列表。
#
# 提示：先造一个全是 0 的数组，有几行，几列？再把每个标题放进它的那一行。
#
# 提示：也可以用课上的 `keras.utils.pad_sequences`，可是要说清补在哪一边。


def pad_titles(titles):
    """返回整数的数组，一个标题一行。"""
    # 全是 0 的数组，每一行的开头放上标题，后面的就是补上的
    padded = np.zeros((len(titles), max(map(len, titles))), dtype="int32")
    for row, title in zip(padded, titles, strict=True):
        row[: len(title)] = title
    return padded


# %% pad-titles-check
# 三个标题，最长的四个词。


@exercises.check("pad-titles", pad_titles)
def zeros_at_the_end():
    padded = pad_titles([[5, 2], [7, 1, 8, 3], [9]])
    lengths = {len(row) for row in padded}
    assert len(lengths) == 1, f"每一行要同样长，你的有长有短：{sorted(lengths)}"
    found = np.asarray(padded)
    shape = found.shape
    assert shape == (3, 4), f"三个标题，最长的四个词，形状该是 (3, 4)，你的是 {shape}"
    assert found[0].tolist() != [0, 0, 5, 2], "补在前面了，要补在后面"
    expected = [[5, 2, 0, 0], [7, 1, 8, 3], [9, 0, 0, 0]]
    assert found.tolist() == expected, f"第一行该是 [5, 2, 0, 0]，你的是 {found[0]}"
    assert found.dtype.kind in "iu", "词的编号是整数"
    found = np.asarray(pad_titles([[4, 4, 4]]))
    assert found.tolist() == [[4, 4, 4]], "只有一个标题，就不用补"


# %% pad-before
# 没有掩码的 LSTM，在标题后面补十个 0，得分变了。改成补在**前面**，得分的变化比补在后面的大还是小？
#
# - a：大
# - b：小
# - c：一样
#
# 提示：LSTM 按次序读，边读边更新记忆。它最后读到的是什么？
#
# 提示：两种补法，离“读完”最近的各是词还是 0？

# 补在前面，读完 0 才读真的词，后来的词把 0 留下的痕迹冲淡了；
# 补在后面，最后读到的十个都是 0，冲淡的是真的词
pad_before = "b"

# %% pad-before-check
# 二十个随机的标题，两种补法各算一遍，看平均变化多大。

words = keras.Input(shape=(None,), dtype="int32")
reader = keras.Model(words, layers.LSTM(16)(layers.Embedding(200, 16)(words)))
titles = np.random.default_rng(0).integers(1, 200, size=(20, 10))
nothing = np.zeros((20, 10), dtype=titles.dtype)
alone = reader.predict(titles, verbose=0)
after = reader.predict(np.hstack([titles, nothing]), verbose=0)
ahead = reader.predict(np.hstack([nothing, titles]), verbose=0)
ratio = np.abs(ahead - alone).mean() / np.abs(after - alone).mean()
exercises.check_value(
    "pad-before",
    pad_before,
    "c" if np.isclose(ratio, 1, atol=0.05) else "a" if ratio > 1 else "b",
    slips=[
        ("a", "补在前面的 0 读得早，后面的词会把它冲淡"),
        ("c", "LSTM 按次序读，先读到和后读到的分量不同"),
    ],
)

# %% only-tags
# 只看勾选的标签，不读标题和正文，两个问题能答对多少？把两个损失的系数对调，又怎样？下面用一个只有两层的小模型试，中间的一层只有两个单元，两个问题要争着用它。先猜：哪个系数大，哪个准确率就高吗？

train_inputs, train_targets = datasets.make_tickets(1000)
test_inputs, test_targets = datasets.make_tickets(1000, seed=1)
urgent_share = test_targets["priority"].mean()
largest = test_targets["department"].mean(axis=0).max()
print(f"瞎猜：优先级 {max(urgent_share, 1 - urgent_share):.1%}，部门 {largest:.1%}")

for loss_weights in (
    {"priority": 1.0, "department": 0.2},
    {"priority": 0.2, "department": 1.0},
):
    keras.utils.set_random_seed(42)
    tags = keras.Input(shape=(12,), name="tags")
    shared = layers.Dense(2, activation="tanh")(tags)
    model = keras.Model(
        tags,
        {
            "priority": layers.Dense(1, name="priority")(shared),
            "department": layers.Dense(4, name="department")(shared),
        },
    )
    model.compile(
        optimizer=keras.optimizers.RMSprop(0.01),
        loss={
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        loss_weights=loss_weights,
        metrics={
            "priority": keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
            "department": keras.metrics.CategoricalAccuracy(name="accuracy"),
        },
    )
    model.fit(train_inputs["tags"], train_targets, epochs=10, verbose=0)
    result = model.evaluate(
        test_inputs["tags"], test_targets, verbose=0, return_dict=True
    )
    print(
        f"{loss_weights}：优先级 {result['priority_accuracy']:.1%}，"
        f"部门 {result['department_accuracy']:.1%}"
    )
