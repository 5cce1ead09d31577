"""
练习：函数式 API
================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import exercises

keras.utils.set_random_seed(42)

# %% wider-first
# 认手写数字的网络是 784 → 64 → 64 → 10。第一层的 64 改成 128，其余不变，参数一共有多少个？
#
# 提示：每层是“输入数 × 单元数 + 单元数”。第一层变宽了，还有哪一层要跟着变？

# 784 × 128 + 128，128 × 64 + 64，64 × 10 + 10：第二层的输入也宽了
wider_first = 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10

# %% wider-first-check
# 接出来，再数。

inputs = keras.Input(shape=(784,))
x = layers.Dense(128, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
wider = keras.Model(inputs, layers.Dense(10)(x))
exercises.check_value(
    "wider-first",
    wider_first,
    wider.count_params(),
    slips=[
        (784 * 128 + 128 + 64 * 64 + 64 + 650, "第二层的输入也变成了 128 个数"),
        (784 * 64 + 64 + 64 * 64 + 64 + 650, "这是没有改的"),
        (784 * 128 + 128 * 64 + 64 * 10, "忘了偏置，每个单元还有一个"),
    ],
)

# %% third-way
# 输入是四个数，走三路：一路 `Dense(3)`，另一路也是 `Dense(3)`，第三路原样送过去。三路用 `Concatenate` 汇合，再接 `Dense(2)`。参数一共有多少个？
#
# 提示：拼接没有参数，可是它决定了最后一层的输入有多宽。

# 两层 Dense(3) 各 4 × 3 + 3；拼接之后宽 3 + 3 + 4，最后一层是 10 × 2 + 2
third_way = 2 * (4 * 3 + 3) + 10 * 2 + 2

# %% third-way-check
# 接出来，再数。

numbers = keras.Input(shape=(4,))
ways = [layers.Dense(3)(numbers), layers.Dense(3)(numbers), numbers]
three_ways = keras.Model(numbers, layers.Dense(2)(layers.Concatenate()(ways)))
exercises.check_value(
    "third-way",
    third_way,
    three_ways.count_params(),
    slips=[
        (2 * 15 + 6 * 2 + 2, "第三路的四个数也进了最后一层"),
        (2 * 15 + 3 * 2 + 2, "这是 Add 的；拼接是首尾相接，宽度相加"),
        (15 + 10 * 2 + 2, "造了两层 Dense(3)，各有各的参数"),
        (3 * 15 + 10 * 2 + 2, "第三路原样送过去，没有层，也就没有参数"),
    ],
)

# %% merge
# 两层 `Dense` 一层接一层，中间没有激活函数，合起来还是一层。写一个函数，由两层的权重和偏置，算出那一层的。
#
# 提示：第一层给出 `x @ first_kernel + first_bias`，把它代进第二层的式子，再展开。
#
# 提示：乘着 `x` 的，合起来是新的权重；不乘 `x` 的，合起来是新的偏置。


def merge(first_kernel, first_bias, second_kernel, second_bias):
    """返回两个 NumPy 数组：合成一层的权重，和它的偏置。"""
    # (x A + a) B + b = x (A B) + (a B + b)
    kernel = first_kernel @ second_kernel
    bias = first_bias @ second_kernel + second_bias
    return kernel, bias


# %% merge-check
# 两层和合成的一层，给出的数相同。


@exercises.check("merge", merge)
def same_outputs():
    rng = np.random.default_rng(0)
    shapes = (4, 5), (5,), (5, 3), (3,)
    weights = [rng.normal(size=shape).astype("float32") for shape in shapes]
    merged = merge(*weights)
    assert isinstance(merged, tuple | list), "要返回两个数组：权重和偏置"
    assert len(merged) == 2, "要返回两个数组：权重和偏置"
    kernel, bias = (np.asarray(one) for one in merged)
    assert kernel.shape == (4, 3), f"权重该是 4 行 3 列，你的形状是 {kernel.shape}"
    assert bias.shape == (3,), f"偏置该有 3 个，你的形状是 {bias.shape}"
    two = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(5), layers.Dense(3)])
    two.set_weights(weights)
    zeros = np.zeros((1, 4), "float32")
    expected = two.predict(zeros, verbose=0)
    assert np.allclose(bias, expected, atol=1e-4), "输入全是 0 时，输出的就是偏置"
    x = rng.normal(size=(6, 4)).astype("float32")
    expected = two.predict(x, verbose=0)
    assert np.allclose(x @ kernel + bias, expected, atol=1e-4), "与两层给出的不同"


# %% until
# 写一个函数，给它一个模型和一层的名字，返回另一个模型：同样的输入，输出的是那一层的输出。权重就用原来的。
#
# 提示：课上用 `get_layer` 找到层，用它的 `.output` 作另一个模型的输出。
#
# 提示：另一个模型的输入，就是原来那个模型的 `inputs`。


def until(model, name):
    """返回止于名叫 name 的那一层的模型。"""
    # 两头一指明，中间的层 Keras 自己找得到
    return keras.Model(model.inputs, model.get_layer(name).output)


# %% until-check
# 一个有岔路的，一个卷积的顺序模型，都要行；权重不能另造一份。


@exercises.check("until", until)
def stops_there():
    numbers = keras.Input(shape=(4,))
    left = layers.Dense(3, name="left")
    right = layers.Dense(3, name="right")
    added = layers.Add()([left(numbers), right(numbers)])
    branched = keras.Model(numbers, layers.Dense(2, name="scores")(added))
    inner = until(branched, "left")
    assert isinstance(inner, keras.Model), "要返回一个 keras.Model"
    x = np.array([[1.0, 2.0, 3.0, 4.0]], "float32")
    found = inner.predict(x, verbose=0)
    assert np.shape(found) == (1, 3), "输出的形状该与那一层的相同"
    assert np.allclose(found, ops.convert_to_numpy(left(x))), "与那一层的输出不同"
    left.set_weights([np.zeros((4, 3)), np.ones(3)])
    found = inner.predict(x, verbose=0)
    assert np.allclose(found, 1), "改了那一层的权重，新模型要跟着变：权重不要另造"
    growing = keras.Sequential(
        [
            keras.Input(shape=(250, 250, 3)),
            layers.Conv2D(32, 5, strides=2),
            layers.Conv2D(32, 3),
            layers.MaxPooling2D(3, name="pool_1"),
            layers.Conv2D(32, 3),
        ]
    )
    growing = keras.Model(growing.inputs, growing.outputs)
    pictures = np.random.default_rng(0).random((1, 250, 250, 3))
    shape = until(growing, "pool_1").predict(pictures, verbose=0).shape
    assert shape == (1, 40, 40, 32), f"上一课的网络止于 pool_1，你给出的是 {shape}"


# %% two-ways-start
# 学习者从这里改起。


def build_two_ways():
    numbers = keras.Input(shape=(4,))
    way = layers.Dense(8, activation="relu")
    both = layers.Add()([way(numbers), way(numbers)])
    return keras.Model(numbers, layers.Dense(2)(both))


# %% two-ways
# 下面的模型想让输入走两路，两路各学各的，再加起来。它能运行，可是两路总给出同样的数，加起来只是乘以 2。改好它。
#
# 提示：数一数参数。造了几层，调用了几次？


def build_two_ways():
    numbers = keras.Input(shape=(4,))
    # 造一次、调用两次，两处是同一套权重；想要两套，就造两层
    one = layers.Dense(8, activation="relu")(numbers)
    other = layers.Dense(8, activation="relu")(numbers)
    return keras.Model(numbers, layers.Dense(2)(layers.Add()([one, other])))


# %% two-ways-check
# 数参数：两路各一层，再加最后一层。


@exercises.check("two-ways", build_two_ways)
def has_two_sets_of_weights():
    model = build_two_ways()
    assert model.input_shape == (None, 4), "输入还是四个数"
    assert model.output_shape == (None, 2), "输出还是两个数"
    found, last = model.count_params(), 8 * 2 + 2
    assert found != 4 * 8 + 8 + last, "还是只有一套权重：两路要各造一层"
    assert found == 2 * (4 * 8 + 8) + last, (
        "两路各是一层 Dense(8)，加起来，再接 Dense(2)"
    )


# %% add-widths
# 残差连接要把四个数的输入与一段网络的输出相加。这段网络的最后一层有 5 个单元，会怎样？只有 1 个单元呢？先猜，再看。
#
# 提示：NumPy 里，形状 `(2, 4)` 的数组与 `(2, 1)` 的相加，会怎样？

numbers = keras.Input(shape=(4,), name="numbers")
for units in (5, 1):
    try:
        added = layers.Add()([numbers, layers.Dense(units)(numbers)])
    except ValueError as error:
        print(units, "个单元：ValueError:", error)
    else:
        print(units, "个单元：没有报错，输出的形状", added.shape)

broadcast = keras.Model(numbers, added)
x = np.array([[1.0, 2.0, 3.0, 4.0]], "float32")
print(broadcast.predict(x, verbose=0) - x)  # 加上去的是什么
