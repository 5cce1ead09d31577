"""
练习：边搭边看
==============

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
from keras import layers

from kerasguide import exercises

# %% network
# 课上的网络，到最后一次池化为止；边长和填充由参数说。


def build_network(side, padding="valid"):
    """返回课上的网络，到最后一次池化为止。"""
    network = keras.Sequential([keras.Input(shape=(side, side, 3))])
    network.add(layers.Conv2D(32, 5, strides=2, padding=padding))
    network.add(layers.Conv2D(32, 3, padding=padding))
    network.add(layers.MaxPooling2D(3))
    for window in (3, 2):
        network.add(layers.Conv2D(32, 3, padding=padding))
        network.add(layers.Conv2D(32, 3, padding=padding))
        network.add(layers.MaxPooling2D(window))
    return network


# %% side-of-224
# 课上的网络，输入换成 224×224，其余不变。最后一次池化之后，边长是多少？
#
# 提示：一层一层地用公式，第一层卷积的窗口是 5，步幅是 2。
#
# 提示：除不尽，就取整数部分；凑不满的窗口不要。

# 224 → 110 → 108 → 36 → 34 → 32 → 10 → 8 → 6 → 3
side_of_224 = 3

# %% side-of-224-check
# 搭出来，看它说的。

exercises.check_value(
    "side-of-224",
    side_of_224,
    build_network(224).output_shape[1],
    slips=[
        (4, "这是输入 250×250 的；要是从 224 算起得到 4，看看哪一次池化没有取整数部分"),
        (6, "还有最后一次池化"),
    ],
)

# %% smallest-side
# 输入最小是多大，课上的网络才搭得出来，最后一次池化之后还剩 1 格？
#
# 提示：从后往前算。最后一次池化要给出 1 格，它的输入至少有几格？
#
# 提示：窗口宽 k、步幅 s，要给出 m 格，输入至少有 s(m − 1) + k 格。

# 1 ← 2 ← 4 ← 6 ← 18 ← 20 ← 22 ← 66 ← 68 ← 2 × 67 + 5
smallest_side = 139

# %% smallest-side-check
# 小一格就搭不出来。


def fits(side):
    try:
        build_network(side)
    except ValueError:
        return False
    return True


exercises.check_value(
    "smallest-side",
    smallest_side,
    next(side for side in range(136, 250) if fits(side)),
    slips=[
        (141, "第一层：68 格只要走 67 步，加上第一个窗口的 5 格"),
        (138, "再小的这一格，正好凑不满；第一层的步幅是 2，从 68 往前算一遍"),
        (137, "第一层：67 步，每步 2 格，再加上窗口的 5 格，不是 3 格"),
        (72, "第一层的步幅是 2，每往前一步要 2 格"),
    ],
)

# %% same-padding
# 课上的网络，输入还是 250×250，所有的卷积都加上 `padding="same"`，池化不变。最后一次池化之后，边长是多少？
#
# 提示：补了边的卷积，步幅是 1 的不改变大小；第一层的步幅是 2。
#
# 提示：池化没有补边，凑不满的还是不要。

# 250 → 125 → 125 → 41 → 41 → 41 → 13 → 13 → 13 → 6；参数一个也没有多，补的边不是权重
same_padding = 6

# %% same-padding-check
# 搭出来，看它说的；参数的个数没有变。

padded = build_network(250, padding="same")
assert padded.count_params() == build_network(250).count_params()
exercises.check_value(
    "same-padding",
    same_padding,
    padded.output_shape[1],
    slips=[
        (4, "这是不补边的"),
        (7, "池化没有写 padding，除不尽就取整数部分"),
        (13, "还有最后一次池化"),
        (14, "第一层卷积的步幅是 2"),
    ],
)

# %% stride-or-pool
# 输入 250×250。第一层卷积的步幅是 2；换成步幅是 1 的，后面再接一层 `MaxPooling2D(2)`。这两种办法得到的边长和参数的个数，各相同吗？
#
# - a：边长相同，参数的个数也相同
# - b：边长相同，参数的个数不同
# - c：边长不同，参数的个数相同
# - d：都不同
#
# 提示：边长用公式各算一遍。数参数的时候想一想，步幅在不在卷积核里？

# 步幅是 2：(250 − 5) // 2 + 1 = 123；步幅是 1：246，池化之后也是 123。
# 步幅和池化都没有权重，可是步幅是 1 的卷积要算的位置是四倍
stride_or_pool = "a"

# %% stride-or-pool-check
# 两个都搭出来，比一比。

striding = keras.Sequential(
    [keras.Input(shape=(250, 250, 3)), layers.Conv2D(32, 5, strides=2)]
)
pooling = keras.Sequential(
    [keras.Input(shape=(250, 250, 3)), layers.Conv2D(32, 5), layers.MaxPooling2D(2)]
)
same_shape = striding.output_shape == pooling.output_shape
same_count = striding.count_params() == pooling.count_params()
exercises.check_value(
    "stride-or-pool",
    stride_or_pool,
    {(True, True): "a", (True, False): "b", (False, True): "c"}.get(
        (same_shape, same_count), "d"
    ),
    slips=[
        ("b", "步幅只说一步移动几格，窗口里的权重一个不多；池化没有参数"),
        ("c", "用公式把两边都算一遍"),
        ("d", "用公式把两边都算一遍；步幅和池化都不添参数"),
    ],
)

# %% any-size
# 输入写成 `keras.Input(shape=(None, None, 3))`，后面是 `Conv2D(32, 5, strides=2)`、`Conv2D(32, 3)`、`MaxPooling2D(3)`。`output_shape` 是什么？
#
# 提示：输入的高和宽不知道，输出的高和宽就算不出来；通道呢？

# 批、高、宽都不定，通道数是卷积核的个数。参数的个数与边长无关，照样数得出来
any_size = (None, None, None, 32)

# %% any-size-check
# 搭出来，看它说的；参数的个数与边长无关。

sizeless = keras.Sequential(
    [
        keras.Input(shape=(None, None, 3)),
        layers.Conv2D(32, 5, strides=2),
        layers.Conv2D(32, 3),
        layers.MaxPooling2D(3),
    ]
)
exercises.check_value(
    "any-size",
    any_size,
    sizeless.output_shape,
    slips=[
        ((None, None, None, 3), "输入的通道是 3；输出有几个通道，由卷积核的个数定"),
        ((None, None, 32), "形状的四个数是批、高、宽、通道"),
        ((None, 40, 40, 32), "高和宽是 None，就算不出 40"),
    ],
)

# %% channels-first-start
# 学习者从这里改起。


def build_reader():
    return keras.Sequential([keras.Input(shape=(3, 32, 32)), layers.Conv2D(8, 3)])


# %% channels-first
# 图片是 32×32 的彩色图片，下面的模型该给出 30×30 的 8 张特征图。它造得出来，输出的形状却不对。改好它。
#
# 提示：打印出 `output_shape`。Keras 把哪个数当作了通道？


def build_reader():
    # 形状的次序是高、宽、通道，通道写在最后
    return keras.Sequential([keras.Input(shape=(32, 32, 3)), layers.Conv2D(8, 3)])


# %% channels-first-check
# 看形状，也数参数。


@exercises.check("channels-first", build_reader)
def reads_colour_pictures():
    reader = build_reader()
    shape = reader.input_shape
    assert shape == (None, 32, 32, 3), f"一批彩色图片的形状不是 {shape}"
    shape = reader.output_shape
    assert shape == (None, 30, 30, 8), f"该给出 30×30 的 8 张特征图，你的是 {shape}"
    assert reader.count_params() == (3 * 3 * 3 + 1) * 8, "只要一层卷积，8 个 3×3 的核"
