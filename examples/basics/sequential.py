"""
第一个网络：层与顺序模型
========================

一层算的是什么，有几个参数，激活函数长什么样；再把几层接成一个顺序模型。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% one-unit
# 一个单元：两个数进，一个数出。权重和偏置先用手写好。

houses = np.array([[100, 10], [60, 30], [140, 2]], dtype="float32")

price = layers.Dense(1, name="price")
price.build((None, 2))
price.set_weights([np.array([[0.8], [-1.0]]), np.array([20.0])])

print(ops.convert_to_numpy(price(houses)))

# %% weighted-sum
# 一个单元算的就是：乘以权重，加起来，再加偏置。

areas, ages = houses[:, 0], houses[:, 1]
by_hand = 0.8 * areas - 1.0 * ages + 20
assert np.allclose(ops.convert_to_numpy(price(houses))[:, 0], by_hand)

# %% draw-layer
# 画出一层：每个单元与每个输入都连着一条线。


def draw_units(axes, x, count, label):
    heights = np.linspace(count - 1, 0, count) - (count - 1) / 2
    axes.scatter([x] * count, heights, s=500, color="white", edgecolor="C0", zorder=2)
    for number, height in enumerate(heights, 1):
        axes.text(x, height, f"${label}_{number}$", ha="center", va="center")
    return heights


figure, axes = plt.subplots(figsize=(5, 2.8))
for top in draw_units(axes, 0, 4, "x"):
    for bottom in draw_units(axes, 1, 3, "y"):
        axes.plot([0, 1], [top, bottom], color="gray", linewidth=0.8, zorder=1)
axes.text(0, 2.1, "四个输入", ha="center")
axes.text(1, 2.1, "三个单元", ha="center")
axes.set_xlim(-0.4, 1.4)
axes.set_ylim(-2, 2.5)
axes.axis("off")
figure.tight_layout()
figure.savefig(figures.path("dense_layer.png"), dpi=200)

# %% three-units
# 三个单元的一层，收下两个样本，每个样本四个数。

dense = layers.Dense(3, name="dense")
x = np.array([[1, 2, 3, 4], [5, 6, 7, 8]], dtype="float32")
y = dense(x)
kernel, bias = dense.get_weights()

print("x     ", x.shape)
print("kernel", kernel.shape)
print("bias  ", bias.shape)
print("y     ", tuple(y.shape))

# %% matrix-form
# 整层写成一个式子：y = xW + b。

assert np.allclose(ops.convert_to_numpy(y), x @ kernel + bias, atol=1e-5)

# %% first-values
# 还没有训练的一层：权重是随机的，偏置是 0。

print(kernel)
print(bias)

# %% same-seed
# 偏置是 0；两层的权重不同，种子相同的两层相同。

keras.utils.set_random_seed(42)
one, two = layers.Dense(3), layers.Dense(3)
one.build((None, 4))
two.build((None, 4))
keras.utils.set_random_seed(42)
one_again = layers.Dense(3)
one_again.build((None, 4))
assert not bias.any()
assert not np.array_equal(one.get_weights()[0], two.get_weights()[0])
assert np.array_equal(one.get_weights()[0], one_again.get_weights()[0])

# %% rows-apart
# 一批里的样本互不相干：单独算，与一起算，结果相同。

first_alone = ops.convert_to_numpy(dense(x[:1]))
assert np.allclose(first_alone[0], ops.convert_to_numpy(y)[0], atol=1e-5)

# %% forgot-batch
# 只有一个样本，也要有批这个轴。

sample = x[0]
try:
    dense(sample)
except ValueError as error:
    print("ValueError:", error)

print(sample.shape, "->", sample[None].shape)
assert tuple(dense(sample[None]).shape) == (1, 3)

# %% count-dense
# 一层有几个参数：输入数 × 单元数 + 单元数。

assert kernel.size == 4 * 3
assert bias.size == 3
assert dense.count_params() == 4 * 3 + 3

# %% plot-activations
# 三个激活函数的样子。

z = np.linspace(-4, 4, 161)
figure, all_axes = plt.subplots(1, 3, figsize=(8, 2.6))
for axes, name in zip(all_axes, ("relu", "sigmoid", "tanh"), strict=True):
    activation = keras.activations.get(name)
    axes.plot(z, ops.convert_to_numpy(activation(ops.convert_to_tensor(z))))
    axes.axhline(0, color="gray", linewidth=0.5)
    axes.axvline(0, color="gray", linewidth=0.5)
    axes.set_title(name)
    axes.set_xlabel("加权和 z")
figure.tight_layout()
figure.savefig(figures.path("activations.png"), dpi=200)

# %% activations-by-formula
# 三个激活函数的公式和值的范围。

z = np.linspace(-4, 4, 161)
tensor = ops.convert_to_tensor(z)
relu = ops.convert_to_numpy(keras.activations.relu(tensor))
sigmoid = ops.convert_to_numpy(keras.activations.sigmoid(tensor))
tanh = ops.convert_to_numpy(keras.activations.tanh(tensor))

assert np.allclose(relu, np.maximum(z, 0))
assert np.allclose(sigmoid, 1 / (1 + np.exp(-z)), atol=1e-5)
assert np.allclose(tanh, np.tanh(z), atol=1e-5)
assert sigmoid.min() > 0
assert sigmoid.max() < 1
assert tanh.min() > -1
assert tanh.max() < 1

# %% softmax
# softmax 看的是一个样本的全部得分：变成加起来等于 1 的概率。

scores = np.array([[2.0, 1.0, 0.5, -1.0]], dtype="float32")
probabilities = ops.convert_to_numpy(keras.activations.softmax(scores))
print(probabilities.round(3), "sum", round(float(probabilities.sum()), 3))

# %% plot-softmax
# 得分和概率，画在一起。

figure, (left, right) = plt.subplots(1, 2, figsize=(6, 2.4))
left.bar(["A", "B", "C", "D"], scores[0])
left.axhline(0, color="gray", linewidth=0.5)
left.set_title("得分")
right.bar(["A", "B", "C", "D"], probabilities[0])
right.set_ylim(0, 1)
right.set_title("softmax 之后的概率")
figure.tight_layout()
figure.savefig(figures.path("softmax.png"), dpi=200)

# %% softmax-by-formula
# softmax 的公式：各取指数，除以它们的和；次序不变。差得太远，小的舍入成 0。

powers = np.exp(scores)
assert np.allclose(probabilities, powers / powers.sum(), atol=1e-5)
for far in (1, 100):
    one_row = ops.convert_to_numpy(keras.activations.softmax(far * scores))
    assert (one_row >= 0).all()
    assert np.isclose(one_row.sum(), 1, atol=1e-5)
    assert (np.diff(one_row) <= 0).all()  # 得分从大到小，概率也从大到小

# %% linear-layers
# 没有激活函数，几层 Dense 能合成一层。

output, merged_kernel, merged_bias = x, np.eye(4), np.zeros(4)
for num_units in (8, 6, 5, 3):
    linear = layers.Dense(num_units, bias_initializer="random_normal")
    output = linear(output)
    kernel, bias = linear.get_weights()
    merged_kernel, merged_bias = merged_kernel @ kernel, merged_bias @ kernel + bias

one_layer = x @ merged_kernel + merged_bias
assert np.allclose(ops.convert_to_numpy(output), one_layer, atol=1e-4)

# %% relu-bends
# 有了激活函数就不行：两点中间的输出，不总是两点输出的中间。

points = np.array([[-1.0], [0.0], [1.0]], dtype="float32")
straight = ops.convert_to_numpy(layers.Dense(1)(points))
bent = ops.convert_to_numpy(layers.Dense(1, activation="relu")(points))
assert np.isclose(straight[1], (straight[0] + straight[2]) / 2, atol=1e-6)
assert not np.isclose(bent[1], (bent[0] + bent[2]) / 2, atol=1e-6)

# %% no-activation
# 不写 ``activation``，就没有激活函数：负数原样交出去。

assert layers.Dense(3).activation is keras.activations.linear
assert layers.Dense(3, activation="relu").activation is keras.activations.relu
negative = ops.convert_to_tensor([-2.0, 3.0])
unchanged = ops.convert_to_numpy(keras.activations.linear(negative))
assert np.array_equal(unchanged, [-2.0, 3.0])

# %% list-form
# 写法一：把层列成一张表，最前面说明输入的形状。

model = keras.Sequential(
    [
        keras.Input(shape=(4,)),
        layers.Dense(2, activation="relu", name="layer_1"),
        layers.Dense(3, activation="relu", name="layer_2"),
        layers.Dense(4, name="layer_3"),
    ],
    name="chain",
)
model.summary()

# %% input-is-no-layer
# ``keras.Input`` 不算一层；有了它，模型一造好就有权重。

assert [layer.name for layer in model.layers] == ["layer_1", "layer_2", "layer_3"]
assert model.built
assert len(model.weights) == 6

# %% count-parameters
# 每一层的参数自己算一遍：输入数 × 单元数 + 单元数。

for layer in model.layers:
    num_inputs, num_units = layer.kernel.shape
    num_parameters = num_inputs * num_units + num_units
    print(f"{layer.name}: {num_inputs} * {num_units} + {num_units} = {num_parameters}")
    assert num_parameters == layer.count_params()

# %% dense-sizes
# 输入的个数、单元数换一换，参数各有几个。

for num_inputs, num_units in ((4, 3), (4, 30), (40, 3), (784, 64)):
    layer = layers.Dense(num_units)
    layer.build((None, num_inputs))
    print(f"{num_inputs} inputs, {num_units} units: {layer.count_params()} parameters")
    assert layer.count_params() == (num_inputs + 1) * num_units

# %% wrong-input-shape
# 少了一个逗号，(4) 就只是一个数，不是形状。

try:
    keras.Input(shape=(4))
except ValueError as error:
    print("ValueError:", error)

# %% batch-in-shape
# 把批也写进 shape，就多出一个轴。

print(keras.Input(shape=(4,)).shape)
print(keras.Input(shape=(None, 4)).shape)

# %% use-model
# 模型用起来像一层：给它一批样本，得到一批输出。

outputs = model.predict(x, verbose=0)
print(x.shape, "->", outputs.shape)

# %% one-after-another
# 模型算的，就是一层接一层地算。

samples = np.random.default_rng(42).normal(size=(100, 4))
outputs = model.predict(samples, verbose=0)

layer_1, layer_2, layer_3 = model.layers
by_hand = ops.convert_to_numpy(layer_3(layer_2(layer_1(samples))))
assert outputs.any()
assert np.allclose(outputs, by_hand, atol=1e-5)

# %% plot-chain
# 画出来是一条链。

keras.utils.plot_model(
    model, figures.path("sequential_chain.png"), show_shapes=True, show_layer_names=True
)

# %% other-batches
# 批的大小可以变，宽度不能变。

print("7 rows ->", tuple(model(np.ones((7, 4))).shape))
try:
    model(np.ones((1, 5)))
except ValueError as error:
    print("ValueError:", error)

# %% add-form
# 写法二：一层一层地加。

model_added = keras.Sequential(name="chain_added")
model_added.add(keras.Input(shape=(4,)))
model_added.add(layers.Dense(2, activation="relu", name="layer_1"))
model_added.add(layers.Dense(3, activation="relu", name="layer_2"))
model_added.add(layers.Dense(4, name="layer_3"))
print([layer.name for layer in model_added.layers])

# %% same-structure
# 两种写法的结构相同，所以一个的权重可以交给另一个，输出也就相同。

model_added.set_weights(model.get_weights())
assert np.allclose(model_added.predict(samples, verbose=0), outputs, atol=1e-5)

# %% add-in-a-loop
# 在循环里加层。

deep = keras.Sequential([keras.Input(shape=(4,))], name="deep")
for number in range(1, 6):
    deep.add(layers.Dense(8, activation="relu", name=f"hidden_{number}"))
deep.add(layers.Dense(1, name="answer"))
print(len(deep.layers), "layers,", deep.count_params(), "parameters")

# %% pop
# 去掉最后一层。

removed = model_added.pop()
print("removed:", removed.name)
print([layer.name for layer in model_added.layers])
print("output shape:", model_added.output_shape)

# %% pop-empty
# 空的模型没有层可去；前面没有 Input，还没有权重，去掉仅有的一层，Keras 3.15.1 也报错。

empty = keras.Sequential(name="empty")
try:
    empty.pop()
except IndexError as error:
    print("IndexError:", error)
else:
    raise AssertionError("没有报错")

single = keras.Sequential([layers.Dense(2, name="only")], name="single")
try:
    single.pop()
except IndexError:
    assert single.layers == []
else:
    raise AssertionError("没有报错")

with_input = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2, name="only")])
assert with_input.pop().name == "only"

# %% unbuilt
# 没有说过输入的形状：还没有权重。

unbuilt = keras.Sequential(
    [
        layers.Dense(2, activation="relu", name="layer_1"),
        layers.Dense(3, activation="relu", name="layer_2"),
        layers.Dense(4, name="layer_3"),
    ],
    name="unbuilt",
)
print("weights:", unbuilt.weights)
unbuilt.summary()
assert unbuilt.weights == []
assert not unbuilt.built

# %% unbuilt-errors
# 要用到形状的问题，这时都答不上来。

try:
    unbuilt.count_params()
except ValueError as error:
    print("ValueError:", error)

try:
    print(unbuilt.output_shape)
except AttributeError as error:
    print("AttributeError:", error)

# %% first-call
# 第一次调用：形状和权重都有了。

y = unbuilt(np.ones((1, 4)))
print("y", tuple(y.shape))
for weight in unbuilt.weights:
    print(weight.path, tuple(weight.shape))
unbuilt.summary()

# %% width-is-fixed
# 批的大小以后可以变，宽度已经定了。

assert tuple(unbuilt(np.ones((7, 4))).shape) == (7, 4)
try:
    unbuilt(np.ones((1, 5)))
except ValueError as error:
    assert "expected axis -1 of input shape to have value 4" in str(error)
else:
    raise AssertionError("没有报错")

# %% is-a-model
# 顺序模型也是 Model，多出来的方法只有 add 和 pop。

print("is a keras.Model:", isinstance(model, keras.Model))
more = [
    name
    for name in dir(keras.Sequential)
    if not name.startswith("_")
    and not hasattr(keras.Model, name)
    and callable(getattr(keras.Sequential, name))
]
print("only in Sequential:", more)
assert isinstance(model, keras.Model)
assert more == ["add", "pop"]

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

# %% one-input-one-output
# 输入只能有一个；一层给出两个输出之后，后面接不上只收一个输入的层。


class SplitInHalf(layers.Layer):
    def call(self, inputs):
        return ops.split(inputs, 2, axis=-1)


try:
    keras.Sequential([keras.Input(shape=(4,)), keras.Input(shape=(4,))])
except ValueError as error:
    assert "already been configured" in str(error)
else:
    raise AssertionError("没有报错")

halves = keras.Sequential([keras.Input(shape=(4,)), SplitInHalf()], name="halves")
assert [output.shape for output in halves.outputs] == [(None, 2), (None, 2)]
try:
    halves.add(layers.Dense(3, name="after_split"))
except ValueError as error:
    assert "expects 1 input(s)" in str(error)
else:
    raise AssertionError("没有报错")

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
    learns = new_layer_learns(compile_again=False)
    print("without compile, the new layer learns:", learns)
except ValueError as error:  # JAX and PyTorch refuse to train
    learns = False
    print("ValueError:", error)
learns_after_compile = new_layer_learns(compile_again=True)
print("after compile, the new layer learns:", learns_after_compile)
assert learns_after_compile
assert not learns
