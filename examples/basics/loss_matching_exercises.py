"""
练习：损失函数怎样找到它的输出
==============================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import warnings

import keras
import numpy as np
from keras import layers

from kerasguide import datasets, exercises

# 配错的时候 Keras 会提醒，这里先不看
warnings.simplefilter("ignore")

# %% tickets
# 与课上相同：只用工单的标签，输出优先级和部门。

inputs, targets = datasets.make_tickets(200, num_tags=12)
binary = keras.losses.BinaryCrossentropy(from_logits=True)
categorical = keras.losses.CategoricalCrossentropy(from_logits=True)


def two_heads():
    keras.utils.set_random_seed(42)
    tags = keras.Input(shape=(12,), name="tags")
    priority = layers.Dense(1, name="priority")(tags)
    department = layers.Dense(4, name="department")(tags)
    return tags, priority, department


def total_loss(model, data):
    result = model.evaluate(
        inputs["tags"], data, batch_size=50, verbose=0, return_dict=True
    )
    return result["loss"]


tags, priority, department = two_heads()
scores = keras.Model(tags, [priority, department]).predict(inputs["tags"], verbose=0)
expected = float(
    binary(targets["priority"], scores[0])
    + 0.2 * categorical(targets["department"], scores[1])
)

# %% one-loss
# 模型有两个输出，`loss="mse"` 只写了一个损失函数，没有写 `loss_weights`。在测试数据上，第一个输出的均方误差是 1，第二个的是 4。Keras 报告的总损失是多少？
#
# 提示：一个损失函数，用在每一个输出上，然后怎样合成一个数？

# 用在每一个输出上，总损失是各项之和
one_loss = 5

# %% one-loss-check
# 两个原样送出的输出，离目标一个差 1，一个差 2。

numbers = keras.Input(shape=(1,))
twice = keras.Model(numbers, [layers.Identity()(numbers), layers.Identity()(numbers)])
twice.compile(loss="mse")
zeros = np.zeros((8, 1))
exercises.check_value(
    "one-loss",
    one_loss,
    twice.evaluate(zeros, [zeros + 1, zeros + 2], verbose=0, return_dict=True)["loss"],
    slips=[
        (2.5, "是各项之和，不是平均"),
        (1, "每一个输出都用它，不只是第一个"),
        (3, "均方误差已经算好了，加起来就行"),
    ],
)

# %% which-goes-where
# 输出是字典，损失函数写成了列表：Keras 怎样把它们配起来？写一个函数，照 Keras 的办法配：给它输出的名字（字典的键，照写的次序）和损失函数的列表，返回一个字典，说每个名字配上了哪个损失函数。
#
# 提示：照的不是写的次序。课上 `department` 排在了 `priority` 前面。
#
# 提示：`sorted` 照字母次序排。


def which_goes_where(names, losses):
    """返回字典：名字到损失函数。"""
    # 字典的值照键的字母次序排开，列表里的依次配上去
    return dict(zip(sorted(names), losses, strict=True))


# %% which-goes-where-check
# 先看配得对不对，再看照它写成字典，总损失是不是与写成列表的相同。


@exercises.check("which-goes-where", which_goes_where)
def as_keras_does():
    found = which_goes_where(["priority", "department"], ["first", "second"])
    assert isinstance(found, dict), "要返回一个字典"
    assert set(found) == {"priority", "department"}, "字典的键是输出的名字"
    said = "照字母次序，department 排在前面，配上列表里的第一个"
    assert found["department"] == "first", said
    assert found["priority"] == "second", said
    names = ["tags", "body", "title"]
    found = which_goes_where(names, ["mse", "mae", "huber"])
    made = np.random.default_rng(0).normal(size=(8, 1)) * 3
    numbers = keras.Input(shape=(1,))
    totals = []
    for loss in (["mse", "mae", "huber"], found):
        outputs = {name: layers.Identity()(numbers) for name in names}
        model = keras.Model(numbers, outputs)
        model.compile(loss=loss)
        data = {name: made + 1 + place for place, name in enumerate(names)}
        totals.append(model.evaluate(made, data, verbose=0, return_dict=True)["loss"])
    said = "三个输出，照字母次序是 body、tags、title，你配的与 Keras 的不同"
    assert np.isclose(*totals), said


# %% swapped-outputs
# 课上的模型，`outputs` 是列表 `[priority, department]`，`loss=[binary, categorical]`，`loss_weights=[1.0, 0.2]`。现在把 `outputs` 换成 `[department, priority]`，怎样改，总损失才不变？
#
# - a：`loss=[categorical, binary]`，`loss_weights=[1.0, 0.2]`
# - b：`loss=[categorical, binary]`，`loss_weights=[0.2, 1.0]`
# - c：`loss=[binary, categorical]`，`loss_weights=[0.2, 1.0]`
# - d：不用改，Keras 按层的名字对号
#
# 提示：输出和损失函数都是列表的时候，对号照什么？系数呢？

# 都是列表，就按次序对号；输出换了次序，损失函数和系数都要跟着换
swapped_outputs = "b"

# %% swapped-outputs-check
# 四种写法各算一遍，看哪一种的总损失不变。

ways = {
    "a": ([categorical, binary], [1.0, 0.2]),
    "b": ([categorical, binary], [0.2, 1.0]),
    "c": ([binary, categorical], [0.2, 1.0]),
    "d": ([binary, categorical], [1.0, 0.2]),
}
totals = {}
for letter, (losses, loss_weights) in ways.items():
    tags, priority, department = two_heads()
    swapped = keras.Model(tags, [department, priority])
    swapped.compile(loss=losses, loss_weights=loss_weights)
    totals[letter] = total_loss(swapped, [targets["department"], targets["priority"]])
exercises.check_value(
    "swapped-outputs",
    swapped_outputs,
    next(letter for letter, total in totals.items() if np.isclose(total, expected)),
    slips=[
        ("a", "系数也按次序对号，也要换"),
        ("c", "损失函数也按次序对号，也要换"),
        ("d", "损失函数写成列表，就按次序对号，名字不起作用"),
    ],
)

# %% renamed
# 课上的陷阱里，`outputs` 是字典，`loss=[binary, categorical]`，总损失是错的。把输出和目标的名字 `priority` 都改成 `a_priority`，别的不动。总损失会怎样？
#
# - a：还是同样的错
# - b：变成对的了
# - c：报错
#
# 提示：改名之后，两个键照字母次序，谁在前面？

# a_priority 排到了 department 前面，列表里的第一个损失函数就配给了它。
# 这是碰巧：再改一次名字，又会错，所以还是都写成字典
renamed = "b"

# %% renamed-check
# 改了名字，再算一遍。

tags, priority, department = two_heads()
lucky = keras.Model(tags, {"a_priority": priority, "department": department})
lucky.compile(loss=[binary, categorical], loss_weights=[1.0, 0.2])
lucky_total = total_loss(
    lucky, {"a_priority": targets["priority"], "department": targets["department"]}
)
exercises.check_value(
    "renamed",
    renamed,
    "b" if np.isclose(lucky_total, expected) else "a",
    slips=[
        ("a", "改了名字，字母次序也变了"),
        ("c", "输出和目标的名字一起改了，对得上"),
    ],
)

# %% mixed-start
# 学习者从这里改起。


def compile_heads(model):
    model.compile(loss=[binary, categorical], loss_weights=[1.0, 0.2])


# %% mixed
# `model` 的 `outputs` 是字典，键是 `priority`（一个得分）和 `department`（四个得分）。`binary` 是二元交叉熵，`categorical` 是分类交叉熵。下面的函数能运行，可是优先级什么也学不到。改好它：优先级的系数是 1.0，部门的是 0.2。
#
# 提示：输出用了什么，`loss` 和 `loss_weights` 就都用什么。


def compile_heads(model):
    # 输出是字典，就都写成字典，按名字对号
    model.compile(
        loss={"priority": binary, "department": categorical},
        loss_weights={"priority": 1.0, "department": 0.2},
    )


# %% mixed-check
# 与手算的总损失比。


@exercises.check("mixed", compile_heads)
def matches_by_name():
    tags, priority, department = two_heads()
    model = keras.Model(tags, {"priority": priority, "department": department})
    compile_heads(model)
    assert model.compiled, "要调用 model.compile"
    found = total_loss(model, targets)
    plain = float(
        binary(targets["priority"], scores[0])
        + categorical(targets["department"], scores[1])
    )
    assert not np.isclose(found, plain, rtol=1e-3), "两个损失配对了，可是系数没有写"
    said = f"手算的总损失是 {expected:.4f}，你的是 {found:.4f}：损失或者系数没有配对"
    assert np.isclose(found, expected, rtol=1e-3), said
