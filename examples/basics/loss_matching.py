"""
损失函数怎样找到它的输出
========================

同一个小模型，用几种写法交代损失函数，比较算出来的总损失。
"""

# %% imports
# 导入要用的包。

import textwrap
import warnings

import keras
import numpy as np
from keras import layers, ops

from kerasguide import datasets

# %% data
# 只用工单的标签来预测：模型小，跑得快。

inputs, targets = datasets.make_tickets(200, num_tags=12)
tags = inputs["tags"]

binary = keras.losses.BinaryCrossentropy(from_logits=True)
categorical = keras.losses.CategoricalCrossentropy(from_logits=True)

# %% small-model
# 每次都造出权重相同的模型，输出按要求放进列表或字典。


def small_model(form):
    keras.utils.set_random_seed(42)
    tags_input = keras.Input(shape=(12,), name="tags")
    priority = layers.Dense(1, name="priority")(tags_input)
    department = layers.Dense(4, name="department")(tags_input)
    if form == "list":
        outputs = [priority, department]
    else:
        outputs = {"priority": priority, "department": department}
    return keras.Model(tags_input, outputs)


def total_loss(model, data, loss, loss_weights):
    model.compile(loss=loss, loss_weights=loss_weights)
    result = model.evaluate(tags, data, batch_size=50, verbose=0, return_dict=True)
    return result["loss"]


# %% by-hand
# 先自己算一遍，作为标准答案。

priority_scores, department_scores = small_model("list").predict(tags, verbose=0)
priority_loss = float(binary(targets["priority"], priority_scores))
department_loss = float(categorical(targets["department"], department_scores))
expected = 1.0 * priority_loss + 0.2 * department_loss
print("priority", round(priority_loss, 4))
print("department", round(department_loss, 4))
print("by hand", round(expected, 4))

# %% right-ways
# 三种算得对的写法。

dict_dict = total_loss(
    small_model("dict"),
    targets,
    loss={"priority": binary, "department": categorical},
    loss_weights={"priority": 1.0, "department": 0.2},
)
print("dict outputs, dict losses", round(dict_dict, 4))

reversed_targets = dict(reversed(targets.items()))
list_dict_data = total_loss(
    small_model("list"),
    reversed_targets,
    loss=[binary, categorical],
    loss_weights=[1.0, 0.2],
)
print("list outputs, list losses, dict data", round(list_dict_data, 4))

list_list = total_loss(
    small_model("list"),
    [targets["priority"], targets["department"]],
    loss=[binary, categorical],
    loss_weights=[1.0, 0.2],
)
print("lists everywhere", round(list_list, 4))

# %% right-ways-agree
# 三种写法都与手算的相同。

assert np.allclose([dict_dict, list_dict_data, list_list], expected, rtol=1e-4)

# %% trap
# 陷阱：输出是字典，损失函数却是列表。

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    trapped = total_loss(
        small_model("dict"),
        targets,
        loss=[binary, categorical],
        loss_weights=[1.0, 0.2],
    )
print("dict outputs, list losses", round(trapped, 4))
messages = {f"{each.category.__name__}: {each.message}" for each in caught}
for message in sorted(messages):
    print(textwrap.fill(message, 88))

# %% explain-trap
# 按键的字母次序对号：department 配上了第一个损失函数。

swapped_department = float(binary(targets["department"], department_scores))
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # 同一条警告，不必再看一遍
    swapped_priority = float(categorical(targets["priority"], priority_scores))
print("department with binary loss", round(swapped_department, 4))
print("priority with categorical loss", round(swapped_priority, 4))
swapped = 1.0 * swapped_department + 0.2 * swapped_priority
print("swapped, by hand", round(swapped, 4))

# %% trap-is-swapped
# 陷阱里的总损失，就是对调以后的；priority 那一项是零，什么也学不到。

assert np.isclose(trapped, swapped, rtol=1e-4)
assert not np.isclose(trapped, expected, rtol=0.01)
assert swapped_priority == 0.0

# %% silent-trap
# 两个输出都是四个数：同样配错，没有一条警告。

tags_input = keras.Input(shape=(12,), name="tags")
four_outputs = keras.Model(
    tags_input, {"b": layers.Dense(4)(tags_input), "a": layers.Dense(4)(tags_input)}
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    swapped_losses = total_loss(
        four_outputs,
        {"b": targets["department"], "a": targets["department"]},
        loss=[categorical, "mse"],
        loss_weights=None,
    )
b_scores, a_scores = (four_outputs.predict(tags, verbose=0)[name] for name in "ba")
mse = keras.losses.MeanSquaredError()
matched = float(
    categorical(targets["department"], a_scores) + mse(targets["department"], b_scores)
)
assert np.isclose(swapped_losses, matched, rtol=1e-4)
assert not [each for each in caught if each.category is SyntaxWarning]

# %% one-loss
# 只给一个损失函数，它用在每一个输出上。

one_loss = total_loss(small_model("dict"), targets, loss="mse", loss_weights=None)
print("one loss", round(one_loss, 4))
by_hand = sum(
    float(ops.mean(ops.square(targets[name] - scores)))
    for name, scores in (
        ("priority", priority_scores),
        ("department", department_scores),
    )
)
print("sum over both outputs", round(by_hand, 4))

# %% one-loss-is-a-sum
# 与手算的和相同。

assert np.isclose(one_loss, by_hand, rtol=1e-4)

# %% wrong-loss-key
# 损失函数的名字写错：报错说得清楚。

model = small_model("dict")
try:
    total_loss(
        model,
        targets,
        loss={"priority": binary, "dept": categorical},
        loss_weights=None,
    )
except KeyError as error:
    print(textwrap.fill(f"KeyError: {error.args[0]}", 88))

# %% wrong-target-key
# 目标的名字写错：报错与名字看不出关系。

misnamed = {"priority": targets["priority"], "dept": targets["department"]}
try:
    total_loss(
        model,
        misnamed,
        loss={"priority": binary, "department": categorical},
        loss_weights=None,
    )
except (TypeError, ValueError, KeyError) as error:
    print(f"{type(error).__name__}: {error}")
