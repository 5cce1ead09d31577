"""
练习：把模型画成图
==================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import pathlib
import tempfile

import keras
from keras import layers

from kerasguide import exercises, figures

# %% shortcut-edges
# 课上的模型是一条链：`pixels`、`hidden_1`、`hidden_2`、`scores`，画出来有 4 个方框、3 个箭头。给 `hidden_2` 加一条近路：`hidden_1` 的输出和 `hidden_2` 的输出用 `layers.Add()` 加起来，再接 `scores`。现在有几个箭头？
#
# 提示：先在纸上画。`Add` 是一个方框，有几个箭头指着它？

# 输入到 hidden_1，hidden_1 到 hidden_2 和 Add，hidden_2 到 Add，Add 到 scores
shortcut_edges = 5

# %% shortcut-edges-check
# 接出来，数图里的边。


def build_shortcut():
    inputs = keras.Input(shape=(784,), name="pixels")
    first = layers.Dense(64, activation="relu", name="hidden_1")(inputs)
    second = layers.Dense(64, activation="relu", name="hidden_2")(first)
    both = layers.Add(name="add")([first, second])
    return keras.Model(inputs, layers.Dense(10, name="scores")(both))


exercises.check_value(
    "shortcut-edges",
    shortcut_edges,
    len(keras.utils.model_to_dot(build_shortcut()).get_edges()),
    slips=[
        (4, "有两个箭头指着 Add，一个来自 hidden_1，一个来自 hidden_2"),
        (3, "多了一个方框和一条近路，箭头也多了"),
        (6, "scores 只接在 Add 后面，hidden_2 不再直接指着它"),
    ],
)

# %% shortcut-picture
# 上一题的模型，画出来是什么样子？先在纸上画：近路在左边还是右边都行，要紧的是谁指着谁。

keras.utils.plot_model(
    build_shortcut(), figures.path("plot_model_shortcut.png"), show_layer_names=True
)

# %% frames
# 模型 `features` 套在模型 `middle` 里，`middle` 又套在模型 `outer` 里。用 `expand_nested=True` 画 `outer`，图上有几个带名字的大框？
#
# 提示：课上画的模型里套着一个模型，图上有几个大框？画的那个模型自己有没有框？

# middle 一个，features 在它里面，又是一个；outer 自己没有框
frames = 2

# %% frames-check
# 套起来，一层一层地数。

features = keras.Sequential(
    [keras.Input(shape=(784,)), layers.Dense(64), layers.Dense(32)], name="features"
)
middle_inputs = keras.Input(shape=(784,))
middle = keras.Model(
    middle_inputs, layers.Dense(16)(features(middle_inputs)), name="middle"
)
outer_inputs = keras.Input(shape=(784,))
outer = keras.Model(outer_inputs, layers.Dense(10)(middle(outer_inputs)), name="outer")


def count_frames(graph):
    return sum(1 + count_frames(inside) for inside in graph.get_subgraphs())


exercises.check_value(
    "frames",
    frames,
    count_frames(keras.utils.model_to_dot(outer, expand_nested=True)),
    slips=[
        (3, "画的那个模型自己没有框，里面套着的才有"),
        (1, "展开是一直展开到底，里面的里面也有框"),
        (0, "展开了，套着的模型就画成带名字的大框"),
    ],
)

# %% draw-start
# 学习者从这里改起。


def draw(model, folder):
    keras.utils.plot_model(model, str(folder) + "\\model.png")


# %% draw
# 下面的函数该把模型画进 `folder` 这个文件夹，文件叫 `model.png`，Windows、Linux、macOS 上都要行。它能运行，可是在 Linux 和 macOS 上，图片到了别的地方。改好它；文件夹还不存在的时候，也要画得成。
#
# 提示：反斜杠在 Linux 上只是文件名里的一个字符。`pathlib` 用 `/` 拼路径。
#
# 提示：`plot_model` 不替你建文件夹，要先写一行。


def draw(model, folder):
    # pathlib 用这个系统的分隔符；先把文件夹建好，已经有了也不要紧
    path = pathlib.Path(folder) / "model.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.plot_model(model, path)


# %% draw-check
# 画进一个已经有的文件夹，再画进一个还没有的。


@exercises.check("draw", draw)
def is_in_the_folder():
    figures.use_bundled_graphviz()
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)])
    with tempfile.TemporaryDirectory() as temporary:
        there = pathlib.Path(temporary, "there")
        there.mkdir()
        try:
            draw(model, there)
        except FileExistsError:
            raise AssertionError("文件夹已经有了，也要画得成") from None
        names = sorted(path.name for path in pathlib.Path(temporary).rglob("*.png"))
        said = f"文件夹里没有 model.png，画出来的文件名是 {names}"
        assert (there / "model.png").is_file(), said
        missing = pathlib.Path(temporary, "not", "yet")
        try:
            draw(model, missing)
        except FileNotFoundError:
            raise AssertionError("文件夹还不存在，就画不成：要先建好它") from None
        assert (missing / "model.png").is_file(), "文件夹原先不存在的时候，没有画进去"
        draw(model, str(there))


# %% top-down
# 课上横着的那张图，去掉 `rankdir="LR"`，别的选项都留着，变成什么样子？先想：方框里的字变不变，箭头往哪里指？

top_inputs = keras.Input(shape=(784,), name="pixels")
x = layers.Dense(64, activation="relu", name="hidden_1")(top_inputs)
x = layers.Dense(64, activation="relu", name="hidden_2")(x)
keras.utils.plot_model(
    keras.Model(top_inputs, layers.Dense(10, name="scores")(x)),
    figures.path("plot_model_top_down.png"),
    show_shapes=True,
    show_layer_names=True,
    show_layer_activations=True,
)
