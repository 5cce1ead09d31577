"""
顺序模型：一条链
================

用列表和 add 两种写法搭一个顺序模型，看看没有输入形状时它是什么样子。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% list-form
# 写法一：把层列成一张表。

model = keras.Sequential(
    [
        layers.Dense(2, activation="relu", name="layer_1"),
        layers.Dense(3, activation="relu", name="layer_2"),
        layers.Dense(4, name="layer_3"),
    ],
    name="chain",
)
print([layer.name for layer in model.layers])

# %% add-form
# 写法二：一层一层地加。

model_added = keras.Sequential(name="chain_added")
model_added.add(layers.Dense(2, activation="relu", name="layer_1"))
model_added.add(layers.Dense(3, activation="relu", name="layer_2"))
model_added.add(layers.Dense(4, name="layer_3"))
print([layer.name for layer in model_added.layers])

# %% pop
# 去掉最后一层。

removed = model_added.pop()
print("removed:", removed.name)
print([layer.name for layer in model_added.layers])

# %% pop-empty
# 空的模型没有层可去；去掉仅有的一层也会报错。

empty = keras.Sequential(name="empty")
try:
    empty.pop()
except IndexError as error:
    print("no layer:  IndexError:", error)

single = keras.Sequential([layers.Dense(2, name="only")], name="single")
try:
    single.pop()
except IndexError as error:
    print("one layer: IndexError:", error)
print("layers left:", single.layers)

# %% unbuilt
# 没有说过输入的形状：还没有权重。

print("weights:", model.weights)
model.summary()

# %% unbuilt-errors
# 要用到形状的问题，这时都答不上来。

try:
    model.count_params()
except ValueError as error:
    print("ValueError:", error)

try:
    print(model.output_shape)
except AttributeError as error:
    print("AttributeError:", error)

# %% first-call
# 第一次调用：形状和权重都有了。

x = ops.ones((1, 4))
y = model(x)
print("y", tuple(y.shape))
for weight in model.weights:
    print(weight.path, tuple(weight.shape))
model.summary()

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in model.layers:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")

# %% other-batches
# 批的大小可以变，宽度不能再变。

print("7 rows ->", tuple(model(ops.ones((7, 4))).shape))
try:
    model(ops.ones((1, 5)))
except ValueError as error:
    print("ValueError:", error)

# %% with-input
# 一开始就说明输入的形状。

model_built = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(2, activation="relu", name="layer_1"),
        layers.Dense(3, activation="relu", name="layer_2"),
        layers.Dense(4, name="layer_3"),
    ],
    name="chain_built",
)
model_built.summary()
print("layers:", len(model_built.layers))

# %% plot-chain
# 画出来是一条链。

keras.utils.plot_model(
    model_built,
    figures.path("sequential_chain.png"),
    show_shapes=True,
    show_layer_names=True,
)

# %% is-a-model
# 顺序模型也是 Model，多出来的方法只有 add 和 pop。

print("is a keras.Model:", isinstance(model, keras.Model))
for name in dir(keras.Sequential):
    is_method = callable(getattr(keras.Sequential, name))
    if is_method and not name.startswith("_") and not hasattr(keras.Model, name):
        print("only in Sequential:", name)

# %% no-list-of-layers
# 想并排放两层：不行。

try:
    keras.Sequential(
        [
            keras.Input(shape=(4,)),
            [layers.Dense(2, name="left"), layers.Dense(3, name="right")],
        ]
    )
except ValueError as error:
    print("ValueError:", error)

# %% add-after-two-outputs
# 一层给出两个输出之后，链就接不下去了。


class SplitInHalf(layers.Layer):
    def call(self, inputs):
        return ops.split(inputs, 2, axis=-1)


halves = keras.Sequential(
    [keras.Input(shape=(4,)), SplitInHalf(name="split")], name="halves"
)
print("outputs:", [output.shape for output in halves.outputs])
try:
    halves.add(layers.Dense(3, name="after_split"))
except ValueError as error:
    print("ValueError:", str(error).split(" Inputs received")[0])

# %% functional-branch
# 同样的事，函数式 API 做得到。

inputs = keras.Input(shape=(4,), name="numbers")
left = layers.Dense(3, activation="relu", name="left")(inputs)
right = layers.Dense(3, name="right")(inputs)
outputs = layers.Dense(4, name="top")(layers.Add(name="sum")([left, right]))
branched = keras.Model(inputs, outputs, name="branched")
print("is a keras.Sequential:", isinstance(branched, keras.Sequential))
keras.utils.plot_model(
    branched,
    figures.path("sequential_branch.png"),
    show_shapes=True,
    show_layer_names=True,
)

# %% chain-inside
# 一条链可以整个当作一层，放进别的模型。

inputs = keras.Input(shape=(4,), name="numbers")
outputs = layers.Add(name="skip")([inputs, model_built(inputs)])
with_skip = keras.Model(inputs, outputs, name="with_skip")
with_skip.summary()

# %% add-after-compile
# 训练过之后再加一层：不重新编译，新的层学不到东西。

features = np.ones((8, 4), dtype="float32")
targets = np.full((8, 1), 5, dtype="float32")


def new_layer_learns(compile_again):
    grown = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)], name="grown")
    grown.compile(loss="mean_squared_error", optimizer="rmsprop")
    grown.fit(features, targets, verbose=0)

    grown.add(layers.Dense(1))
    if compile_again:
        grown.compile(loss="mean_squared_error", optimizer="rmsprop")
    before = grown.layers[-1].get_weights()[0]
    grown.fit(features, targets, verbose=0)
    after = grown.layers[-1].get_weights()[0]
    return not np.array_equal(before, after)


try:
    print("without compile, the new layer learns:", new_layer_learns(False))
except ValueError as error:  # JAX and PyTorch refuse to train
    print("ValueError:", error)
print("after compile, the new layer learns:", new_layer_learns(True))
