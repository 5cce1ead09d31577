"""
把模型画成图
============

``keras.utils.plot_model`` 画出层与层怎样相连。
"""

# %% imports
# 导入要用的包。

import contextlib
import inspect
import os
import pathlib
import tempfile

import keras
from keras import layers

from kerasguide import figures

# %% define-model
# 三层的分类器，拿来画。

inputs = keras.Input(shape=(784,), name="pixels")
x = layers.Dense(64, activation="relu", name="hidden_1")(inputs)
x = layers.Dense(64, activation="relu", name="hidden_2")(x)
outputs = layers.Dense(10, name="scores")(x)
model = keras.Model(inputs, outputs, name="mnist_model")

# %% missing-graphviz
# 把 ``PATH`` 清空，这台机器就像没有装 Graphviz：看 Keras 怎么说。

search_path = os.environ["PATH"]
os.environ["PATH"] = ""
try:
    keras.utils.plot_model(model, "never_written.png")
except ImportError as error:
    print("ImportError:", error)
finally:
    os.environ["PATH"] = search_path

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

# %% defaults
# 两个函数的选项，名字相同，默认值不全相同。

in_picture = inspect.signature(keras.utils.plot_model).parameters
in_graph = inspect.signature(keras.utils.model_to_dot).parameters
assert in_picture["show_layer_names"].default is False
assert in_graph["show_layer_names"].default is True
assert in_picture["show_shapes"].default is False
assert in_picture["show_layer_activations"].default is False
assert in_picture["rankdir"].default == "TB"  # 从上到下

# %% expand-nested
# 模型里套着模型：``expand_nested`` 把里面的也画出来。

features = keras.Sequential(
    [keras.Input(shape=(784,)), layers.Dense(64), layers.Dense(32)], name="features"
)
inputs = keras.Input(shape=(784,), name="pixels")
nested = keras.Model(inputs, layers.Dense(10, name="scores")(features(inputs)))

keras.utils.plot_model(
    nested,
    figures.path("plot_model_nested.png"),
    show_layer_names=True,
    expand_nested=True,
)

# %% closed-box
# 不展开，里面的模型只是一个方框。

closed = keras.utils.model_to_dot(nested)
opened = keras.utils.model_to_dot(nested, expand_nested=True)
assert not closed.get_subgraphs()
(inside,) = opened.get_subgraphs()
assert len(inside.get_nodes()) == len(features.layers)

# %% count-nodes
# 不写文件，只要图的描述。

graph = keras.utils.model_to_dot(model)
num_nodes = len(graph.get_nodes()) - 1  # 其中一个是全图共用的默认样式
num_edges = len(graph.get_edges())
print("nodes:", num_nodes)
print("edges:", num_edges)

# %% relative-path
# 图片放进 ``graph`` 文件夹：先建文件夹，再画。

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    path = pathlib.Path("graph", "demo.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    keras.utils.plot_model(model, path)
    print(path.as_posix(), path.exists())

# %% absolute-path
# 路径用 ``/`` 拼，是相对的还是绝对的都行。

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    relative, absolute = pathlib.Path("relative.png"), pathlib.Path(folder) / "all.png"
    keras.utils.plot_model(model, relative)
    keras.utils.plot_model(model, absolute)
    assert relative.read_bytes() == absolute.read_bytes()
    assert not relative.is_absolute()
    assert absolute.is_absolute()

# %% missing-folder
# 文件夹不存在时的报错。

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    try:
        keras.utils.plot_model(model, "graph/demo.png")
    except FileNotFoundError as error:
        print("FileNotFoundError:", error)

# %% unbuilt
# 还不知道输入的形状，就没有图可画。

unbuilt = keras.Sequential([layers.Dense(64), layers.Dense(10)])
try:
    keras.utils.plot_model(unbuilt, figures.path("never_written.png"))
except ValueError as error:
    print("ValueError:", error)

# %% built
# 调用过一次，或者一开始就有 ``Input``，就能画。

unbuilt.build((None, 784))
assert len(keras.utils.model_to_dot(unbuilt).get_edges()) == 1
