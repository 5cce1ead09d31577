"""
函数式 API：分叉与汇合
======================

符号张量是什么，怎样接出一个有岔路的模型，怎样取出中间的输出。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% symbolic-tensor
# 符号张量只有形状和类型，没有数值。

numbers = keras.Input(shape=(4,), name="numbers")
assert numbers.shape == (None, 4)
assert numbers.dtype == "float32"
try:
    np.array(numbers)
except ValueError as error:
    assert "doesn't have any actual numerical value" in str(error)
else:
    raise AssertionError("没有报错")

# %% built-when-called
# 层第一次被调用时才知道输入有多宽，这时造出权重。

hidden = layers.Dense(8, activation="relu", name="hidden")
assert hidden.weights == []
after_hidden = hidden(numbers)
assert after_hidden.shape == (None, 8)
assert hidden.kernel.shape == (4, 8)

# %% same-as-sequential
# 一条链用两种办法写，权重相同，输出就相同。

chain = keras.Sequential(
    [keras.Input(shape=(4,)), layers.Dense(8, activation="relu"), layers.Dense(3)]
)
wired = keras.Model(numbers, layers.Dense(3)(after_hidden))
wired.set_weights(chain.get_weights())

x = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype="float32")
assert wired.count_params() == chain.count_params()
assert np.allclose(wired.predict(x, verbose=0), chain.predict(x, verbose=0), atol=1e-5)

# %% not-compiled
# 造好的模型还没有编译过，不能训练。

assert not wired.compiled
try:
    wired.fit(x, np.zeros((2, 3)), verbose=0)
except ValueError as error:
    assert "call `compile()`" in str(error)
else:
    raise AssertionError("没有报错")

# %% branch
# 输入分给两层，两层的输出再加到一起。

numbers = keras.Input(shape=(4,), name="numbers")
left = layers.Dense(3, activation="relu", name="left")(numbers)
right = layers.Dense(3, activation="tanh", name="right")(numbers)
both = layers.Add(name="sum")([left, right])
scores = layers.Dense(2, name="scores")(both)

branched = keras.Model(numbers, scores, name="branched")
branched.summary()

# %% plot-branch
# 画出来。

keras.utils.plot_model(
    branched,
    figures.path("functional_branch.png"),
    show_shapes=True,
    show_layer_names=True,
)

# %% branch-by-hand
# 模型算的，就是连线所说的。

layer_of = {layer.name: layer for layer in branched.layers}
by_hand = layer_of["scores"](layer_of["left"](x) + layer_of["right"](x))
assert np.allclose(
    branched.predict(x, verbose=0), ops.convert_to_numpy(by_hand), atol=1e-5
)

# %% concatenate
# 汇合的另一种办法：拼接，宽度相加。

joined = layers.Concatenate(name="joined")([left, right])
print("Add        ", both.shape)
print("Concatenate", joined.shape)

# %% different-widths
# 宽度不同的两个张量不能相加。

wide = layers.Dense(5, name="wide")(numbers)
try:
    layers.Add()([left, wide])
except ValueError as error:
    print("ValueError:", error)
print(layers.Concatenate()([left, wide]).shape)

# %% skip
# 把输入加到一段网络的输出上；这一段是一个顺序模型，在这里当作一层用。

block = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(8, activation="relu"),
        layers.Dense(4),
    ],
    name="block",
)

numbers = keras.Input(shape=(4,), name="numbers")
outputs = layers.Add(name="skip")([numbers, block(numbers)])
with_skip = keras.Model(numbers, outputs, name="with_skip")
with_skip.summary()

# %% plot-skip
# 画出来：输入有一条线绕过 block。

keras.utils.plot_model(
    with_skip,
    figures.path("functional_skip.png"),
    show_shapes=True,
    show_layer_names=True,
)

# %% models-are-layers
# 模型也是层，可以像层一样调用。

for model in (block, branched, with_skip):
    assert isinstance(model, layers.Layer)
assert isinstance(block, keras.Sequential)
assert with_skip.get_layer("block") is block
assert with_skip.count_params() == block.count_params()

# %% skip-by-hand
# 模型的输出，就是输入加上 block 的输出。

assert np.allclose(
    with_skip.predict(x, verbose=0), x + block.predict(x, verbose=0), atol=1e-5
)

# %% reuse
# 同一层调用两次，用的是同一套权重。

shared = layers.Dense(4, activation="relu", name="shared")
numbers = keras.Input(shape=(4,), name="numbers")
used_twice = keras.Model(numbers, shared(shared(numbers)))
two_layers = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(4, activation="relu"),
        layers.Dense(4, activation="relu"),
    ]
)
print("one layer, called twice:", used_twice.count_params(), "parameters")
print("two layers:             ", two_layers.count_params(), "parameters")
assert two_layers.count_params() == 2 * used_twice.count_params()

# %% inner-output
# 取出中间的输出：同样的输入，止于 sum 这一层。

up_to_sum = keras.Model(branched.inputs, branched.get_layer("sum").output)
x = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype="float32")
print(up_to_sum.predict(x, verbose=0).shape)

# %% inner-shares-weights
# 新的模型没有自己的权重：原来的一变，它也变。

before = up_to_sum.predict(x, verbose=0)
left_layer = branched.get_layer("left")
kernel, bias = left_layer.get_weights()
left_layer.set_weights([kernel, bias + 1000])
assert not np.allclose(up_to_sum.predict(x, verbose=0), before)
left_layer.set_weights([kernel, bias])

# %% arithmetic
# 加减乘除和 ``keras.ops`` 里的运算，也能用在符号张量上。

pixels = keras.Input(shape=(784,), name="pixels")
roots = ops.sqrt(pixels / 255)
print(roots.shape)
square_roots = keras.Model(pixels, roots)
assert np.allclose(square_roots.predict(np.full((1, 784), 255.0), verbose=0), 1)

# %% numpy-on-symbolic
# NumPy 的函数要的是数，符号张量没有。

try:
    np.sqrt(pixels)
except ValueError as error:
    print("ValueError:", error)

# %% forgot-to-call
# 造了层，忘了调用。

numbers = keras.Input(shape=(4,), name="numbers")
x_layer = layers.Dense(8, activation="relu")
try:
    layers.Dense(1)(x_layer)
except ValueError as error:
    print("ValueError:", error)

# %% forgot-to-connect
# 接错了一处：没有报错，first 不在模型里。

numbers = keras.Input(shape=(4,), name="numbers")
hidden = layers.Dense(8, activation="relu", name="first")(numbers)
hidden = layers.Dense(8, activation="relu", name="second")(numbers)  # not (hidden)
outputs = layers.Dense(1, name="last")(hidden)
model = keras.Model(numbers, outputs)
print([layer.name for layer in model.layers])
