"""
把模型画成图
============

``keras.utils.plot_model`` 画出层与层怎样相连，不需要任何准备工作。
"""

# %% imports
# 导入要用的包。

import contextlib
import pathlib
import tempfile
from unittest import mock

import keras
from keras import layers

from kerasguide import figures

# %% define-model
# 下一章要用的模型，先拿来画。

inputs = keras.Input(shape=(784,), name="pixels")
x = layers.Dense(64, activation="relu", name="hidden_1")(inputs)
x = layers.Dense(64, activation="relu", name="hidden_2")(x)
outputs = layers.Dense(10, name="scores")(x)
model = keras.Model(inputs, outputs, name="mnist_model")

# %% old-import
# 旧笔记里覆盖 pydot 的写法，今天一导入就停下。

try:
    from keras.utils.vis_utils import model_to_dot
except ModuleNotFoundError as error:
    print(error)

# %% plot
# 最简单的画法。

keras.utils.plot_model(model, figures.path("plot_model.png"))

# %% plot-options
# 横着画，带上名字、形状和激活函数。

keras.utils.plot_model(
    model,
    figures.path("plot_model_options.png"),
    rankdir="LR",
    show_shapes=True,
    show_layer_names=True,
    show_layer_activations=True,
)

# %% count-nodes
# 不写文件，只要图的描述。

graph = keras.utils.model_to_dot(model)
num_nodes = len(graph.get_nodes()) - 1  # 其中一个是全图共用的默认样式
num_edges = len(graph.get_edges())
print("nodes:", num_nodes)
print("edges:", num_edges)

# %% windows-path
# 反斜杠在 Linux 和 macOS 上不是路径的分隔符。

note_path = pathlib.PurePosixPath("/home/me/project" + "\\graph\\demo.png")
print("folder:", note_path.parent)
print("file:  ", note_path.name)

# %% relative-path
# 相对路径一样能用，文件夹要先建好。

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    path = pathlib.Path("graph", "demo.png")
    path.parent.mkdir()
    keras.utils.plot_model(model, path)
    print(path.as_posix(), path.exists())

# %% missing-folder
# 文件夹不存在时的报错。

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    try:
        keras.utils.plot_model(model, "graph/demo.png")
    except FileNotFoundError as error:
        print(error)

# %% missing-graphviz
# 假装这台机器上没有 Graphviz，看 Keras 怎么说。

with mock.patch("pydot.Dot.create", side_effect=OSError):
    try:
        keras.utils.plot_model(model, figures.path("never_written.png"))
    except ImportError as error:
        print(error)
