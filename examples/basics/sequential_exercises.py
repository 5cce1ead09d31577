"""
练习：顺序模型
==============

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers

from kerasguide import exercises

# %% count-dense
# 一层 `Dense(64)`，输入是 784 个数，它有多少个参数？
#
# 提示：每个单元对每个输入有一个权重。
#
# 提示：权重之外，每个单元还有一个数，与输入无关。

# 64 个单元，每个有 784 个权重和一个偏置
count_dense = 64 * (784 + 1)

# %% count-dense-check
# 与 Keras 数出来的比。

layer = layers.Dense(64)
layer.build((None, 784))
exercises.check_value(
    "count-dense",
    count_dense,
    layer.count_params(),
    slips=[
        (784 * 64, "忘了偏置，每个单元还有一个"),
        (784 + 64, "每个单元对每个输入都有一个权重，是乘，不是加"),
        (784 * 64 + 784, "偏置是每个单元一个，不是每个输入一个"),
    ],
)

# %% ten-layers
# 十层 `Dense(8)` 一层接一层，输入是 4 个数。参数一共有多少个？
#
# 提示：第一层的输入是 4 个数，后面九层的输入是几个？

# 第一层 8 × (4 + 1)，后面九层各 8 × (8 + 1)
ten_layers = 8 * (4 + 1) + 9 * 8 * (8 + 1)

# %% ten-layers-check
# 用 ``add`` 一层一层地搭出来，再数。

model = keras.Sequential([keras.Input(shape=(4,))])
for _ in range(10):
    model.add(layers.Dense(8))
exercises.check_value(
    "ten-layers",
    ten_layers,
    model.count_params(),
    slips=[
        (10 * 8 * (4 + 1), "后面九层的输入不是 4 个数，是上一层的 8 个"),
        (10 * 8 * (8 + 1), "第一层的输入是 4 个数，不是 8 个"),
        (8 * 4 + 9 * 8 * 8, "忘了偏置，每层的每个单元还有一个"),
        (8 * 5 + 10 * 8 * 9, "第一层之外只有九层"),
    ],
)

# %% batch-shape
# 一个模型的输入是 `keras.Input(shape=(784,))`，最后一层是 `Dense(10)`。它的 `output_shape` 是什么？
#
# 提示：`Input` 里没有写一次送进几行；那一维写成 `None`。

batch_shape = (None, 10)

# %% batch-shape-check
# 造出来，看它说的。

classifier = keras.Sequential([keras.Input(shape=(784,)), layers.Dense(10)])
exercises.check_value(
    "batch-shape",
    batch_shape,
    classifier.output_shape,
    slips=[
        ((10,), "少了最前面的一维：一次送进几行"),
        ((784, 10), "这是权重的形状；输出的每一行有 10 个数，最前面是一次几行"),
        ((None, 784), "这是输入的形状"),
    ],
)

# %% softmax
# 用 NumPy 写出 softmax：`scores` 的每一行是几个得分，把它变成一组概率。得分有几百那么大时，也要算得出来。
#
# 提示：先取指数，再除以这一行的和；`keepdims=True` 让除法对得上每一行。
#
# 提示：每个得分都减去同一个数，结果不变。减去这一行最大的，指数就不会太大。


def softmax(scores):
    """返回同样形状的数组，每一行加起来是 1。"""
    # 分子、分母同除以 e 的最大值次方，比值不变，而指数都不大于 1
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


# %% softmax-check
# 与 ``keras.activations.softmax`` 的比。


@exercises.check("softmax", softmax)
def same_as_keras():
    scores = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], "float32")
    probabilities = np.asarray(softmax(scores))
    assert probabilities.shape == (2, 3), "形状要与 scores 的相同"
    assert np.allclose(probabilities.sum(axis=-1), 1), "每一行加起来要是 1"
    expected = keras.ops.convert_to_numpy(keras.activations.softmax(scores))
    assert np.allclose(probabilities, expected, atol=1e-6), "与 Keras 的不同"
    with np.errstate(all="ignore"):
        large = np.asarray(softmax(scores + 800))
    assert np.isfinite(large).all(), "得分都加上 800，就算不出来了：先减去最大的"
    assert np.allclose(large, expected, atol=1e-6), "得分都加上 800，结果应该不变"


# %% no-activation-start
# 学习者从这里改起。


def build_curve():
    return keras.Sequential(
        [
            keras.Input(shape=(1,)),
            layers.Dense(16),
            layers.Dense(16),
            layers.Dense(1),
        ]
    )


# %% no-activation
# 下面的模型能运行，可是再加多少层，也只能画出一条直线，因为少了一样东西。改好它。
#
# 提示：没有激活函数的几层，合起来还是一层。


def build_curve():
    return keras.Sequential(
        [
            keras.Input(shape=(1,)),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )


# %% no-activation-check
# 三个等距的输入，直线的输出也等距。


@exercises.check("no-activation", build_curve)
def bends():
    keras.utils.set_random_seed(0)
    curve = build_curve()
    assert curve.output_shape == (None, 1), "每个输入还是给出一个数"
    y = curve.predict(np.array([[-1.0], [0.0], [1.0]]), verbose=0)[:, 0]
    straight = np.isclose(y[1] - y[0], y[2] - y[1], atol=1e-5)
    assert not straight, "它还是一条直线：中间的层要有激活函数，如 relu"


# %% build-or-call
# 还没有形状的模型，用 `build((None, 4))` 定下形状，与把三行数据送进去，`summary()` 里写的形状有什么不同？

built = keras.Sequential([layers.Dense(2), layers.Dense(1)])
built.build((None, 4))
called = keras.Sequential([layers.Dense(2), layers.Dense(1)])
called(np.zeros((3, 4)))
built.summary()
called.summary()
