"""
2020 年的写法：把模型画成图
===========================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有四处：导入的是 ``tf_keras``，
图片的路径由 kerasguide 决定，``dpi`` 与今天的默认值相同，模型是下一节的那一个。
后面的几块试验，旧笔记里没有。
"""

# %% imports
# 导入 Keras 2，造一个模型来画。

import pathlib

import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import figures

inputs = keras.Input(shape=(784,), name="pixels")
x = layers.Dense(64, activation="relu", name="hidden_1")(inputs)
x = layers.Dense(64, activation="relu", name="hidden_2")(x)
outputs = layers.Dense(10, name="scores")(x)
model = keras.Model(inputs, outputs, name="mnist_model")

# %% old-import
# 覆盖 pydot 的那几行，今天还能装的 Keras 2 里也不行了。

try:
    import pydot
    from tf_keras.utils.vis_utils import model_to_dot

    keras.utils.vis_utils.pydot = pydot
except ModuleNotFoundError as error:
    print(error)

# %% no-pydot-to-override
# ``vis_utils`` 没有了；什么也不覆盖，图照样画得出来。

assert not hasattr(keras.utils, "vis_utils")
assert len(keras.utils.model_to_dot(model).get_edges()) == 3

# %% windows-path
# 旧笔记的路径，在 Linux 和 macOS 上是什么意思。

draw_path = "/home/me/project" + "\\graph\\demo.png"
print("folder:", pathlib.PurePosixPath(draw_path).parent)
print("file:  ", pathlib.PurePosixPath(draw_path).name)

# %% path-on-windows
# 在 Windows 上它说的才是文件夹 graph 里的 demo.png。

assert pathlib.PureWindowsPath(draw_path).name == "demo.png"
assert pathlib.PureWindowsPath(draw_path).parent.name == "graph"

# %% plot
# 画图。

draw_path = figures.path("plot_model_2020.png")
keras.utils.plot_model(model, draw_path, dpi=200)

# %% names-by-default
# 层的名字，默认画不画。

import inspect

options = inspect.signature(keras.utils.plot_model).parameters
assert options["show_layer_names"].default is True

# %% relative-path
# 用相对路径画图。

import contextlib
import tempfile

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    keras.utils.plot_model(model, "demo.png")
    assert pathlib.Path(folder, "demo.png").is_file()
