"""
2020 年的写法：把模型画成图
===========================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有四处：导入的是 ``tf_keras``，
图片的路径由 kerasguide 决定，``dpi`` 与今天的默认值相同，模型是下一章的那一个。
"""

# %% imports
# 导入 Keras 2，造一个模型来画。

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

# %% plot
# 画图。

draw_path = figures.path("plot_model_2020.png")
keras.utils.plot_model(model, draw_path, dpi=200)
