"""
练习：安装与后端
================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import importlib
import os

import keras
import numpy as np
from keras import layers, ops

from kerasguide import exercises

# %% three-places
# TensorFlow、JAX、PyTorch 都装好了。`keras.json` 里写的是 `"jax"`，在终端里又运行了 `export KERAS_BACKEND=torch`，脚本里什么也没有设。`import keras` 之后，用的是哪一个后端？
#
# - a：TensorFlow
# - b：JAX
# - c：PyTorch
#
# 提示：环境变量和设置文件各说各的，听谁的？

# 两处都写了，环境变量说了算；torch 是 PyTorch 的名字
three_places = "c"

# %% three-places-check
# 这三样设置，在课上的例子里逐一试过。

exercises.check_value(
    "three-places",
    three_places,
    "c",
    slips=[
        ("a", "TensorFlow 是默认的，什么都没有设才轮到它"),
        ("b", "设置文件里写的是它，可是环境变量也设了"),
    ],
)

# %% changed-later
# 脚本的第一行 `import keras`，用的是 TensorFlow。接着写了 `os.environ["KERAS_BACKEND"] = "jax"`，再 `import keras` 一次。现在会怎样？
#
# - a：用的是 JAX
# - b：用的还是 TensorFlow
# - c：第二次导入时报错
#
# 提示：一个包，Python 只在第一次导入的时候执行它。

# 后端在第一次导入时就定了；再导入一次，Keras 不会重新看环境变量
changed_later = "b"

# %% changed-later-check
# 真的改一次，再导入一次，然后改回来。

chosen = keras.config.backend()
variable = os.environ.get("KERAS_BACKEND")
os.environ["KERAS_BACKEND"] = "jax" if chosen != "jax" else "torch"
importlib.import_module("keras")
is_same = keras.config.backend() == chosen
if variable is None:
    del os.environ["KERAS_BACKEND"]
else:
    os.environ["KERAS_BACKEND"] = variable
exercises.check_value(
    "changed-later",
    changed_later,
    "b" if is_same else "a",
    slips=[
        ("a", "后端在第一次导入时就定了"),
        ("c", "没有报错，所以才容易上当"),
    ],
)

# %% layer-shape
# 造一层 `layers.Dense(6)`，把 5 行 3 列的 `ops.ones((5, 3))` 交给它。输出的形状是什么？
#
# 提示：课上是两行三列，4 个单元。哪个数留下了，哪个数换掉了？

# 一行进，一行出；每个单元给出一个数，所以一行有 6 个
layer_shape = (5, 6)

# %% layer-shape-check
# 造出来，调用一次。

outputs = layers.Dense(6)(ops.ones((5, 3)))
exercises.check_value(
    "layer-shape",
    layer_shape,
    tuple(outputs.shape),
    slips=[
        ((6, 5), "前面是几行，后面是一行几个数"),
        ((5, 3), "这是输入的形状；输出的一行有几个数，由单元的个数定"),
        ((3, 6), "一行进，一行出：输入有几行，输出就有几行"),
    ],
)

# %% ruler-start
# 学习者从这里改起。


def ruler():
    return ops.arange(0, 1, 0.25)


# %% ruler
# `ops` 里的函数照着 NumPy 的样子。下面的函数该给出 0、0.25、0.5、0.75、1 五个数，像一把尺子的刻度，两头都要。它能运行，可是少了一个。改好它。
#
# 提示：`arange` 像 Python 的 `range`，不含末尾。
#
# 提示：NumPy 里有一个函数，说从哪里到哪里、要几个数，两头都有；`ops` 里的同名。


def ruler():
    # linspace 说清要几个数，两头都在里面
    return ops.linspace(0, 1, 5)


# %% ruler-check
# 变成 NumPy 的数组，再比。


@exercises.check("ruler", ruler)
def both_ends():
    marks = np.asarray(ops.convert_to_numpy(ruler()))
    assert marks.ndim == 1, "要的是一列数"
    assert len(marks) == 5, f"该有五个数，你的有 {len(marks)} 个"
    assert np.isclose(marks[0], 0), "第一个数该是 0"
    assert np.isclose(marks[-1], 1), "最后一个数该是 1"
    assert np.allclose(np.diff(marks), 0.25), "相邻的两个数该相差 0.25"


# %% like-numpy
# `arange`、`linspace` 在 `ops` 里和在 NumPy 里，给出的数一样吗？类型（dtype）呢？下面各算一次，打印出来。

for name, arguments in (("arange", (0, 5)), ("linspace", (0, 1, 5))):
    ours = ops.convert_to_numpy(getattr(ops, name)(*arguments))
    theirs = getattr(np, name)(*arguments)
    print(name, ours, theirs)
    print("  ops:", ours.dtype, " NumPy:", theirs.dtype)

# %% second-backend
# 装上第二个后端，设好环境变量，再运行一次这几行。哪几行会变，哪几行不变？下面是这次构建打印的。
#
# 提示：算出来的数由数学决定；装着它的张量属于后端。

print("Keras", keras.__version__)
print("后端", keras.config.backend())
total = ops.sum(ops.arange(5))
print("张量来自", type(total).__module__.partition(".")[0])
print("算出来", int(total))
