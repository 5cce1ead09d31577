"""
混合精度：计算用 16 位
======================

权重用 float32，计算用 float16 或 bfloat16；损失缩放；几种常见的溢出。
"""

# %% imports
# 导入要用的包。

import tempfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

figures.use_chinese_font()

# %% formats
# 三种浮点数：指数的位数定范围，尾数的位数定精度。

bits = {"float32": (8, 23), "float16": (5, 10), "bfloat16": (8, 7)}
largest, step = {}, {}
for name, (exponent, fraction) in bits.items():
    largest[name] = (2 - 2.0**-fraction) * 2.0 ** (2 ** (exponent - 1) - 1)
    step[name] = 2.0**-fraction
    print(f"{name:8} largest {largest[name]:.4g}, step after 1: {step[name]:.4g}")

# %% formats-hold
# 与 NumPy 说的相同；bfloat16 的范围与 float32 只差百分之一，精度低得多。

for name in ("float32", "float16"):
    assert largest[name] == np.finfo(name).max
    assert step[name] == np.finfo(name).eps
assert 0.99 < largest["bfloat16"] / largest["float32"] < 1
assert step["bfloat16"] > step["float16"] > step["float32"]

# %% picture
# 同样的事，画出来。

figure, axes = plt.subplots(figsize=(6.4, 2), layout="constrained")
for row, (exponent, fraction) in enumerate(bits.values()):
    left = 0
    for kind, width in {"符号": 1, "指数": exponent, "尾数": fraction}.items():
        color = {"符号": "0.7", "指数": "C1", "尾数": "C0"}[kind]
        label = kind if row == 0 else None
        axes.barh(row, width, left=left, color=color, edgecolor="white", label=label)
        left += width
axes.set(xlabel="位", yticks=range(3), yticklabels=bits)
axes.invert_yaxis()
axes.legend(loc="lower right")
figure.savefig(figures.path("mixed_precision_bits.png"), dpi=200)

# %% convert
# 三个数，换成各种格式，再换回来。

for value in (70000.0, 1.001, 1e-8):
    row = [f"{value:<9}"]
    for name in bits:
        converted = ops.cast(ops.cast(value, name), "float32")
        row.append(f"{name} {float(converted):<12.6g}")
    print(" ".join(row))

# %% convert-loses
# float16 里大的溢出，小的成 0；bfloat16 里都还在，1.001 成了 1。


def through(value, name):
    return float(ops.cast(ops.cast(value, name), "float32"))


assert through(70000.0, "float16") == np.inf
assert through(1e-8, "float16") == 0.0
assert 0.99 < through(70000.0, "bfloat16") / 70000.0 < 1.01
assert 0.99 < through(1e-8, "bfloat16") / 1e-8 < 1.01
assert through(1.001, "bfloat16") == 1.0

# %% policy
# 一行设置，之后造的层都用它。

keras.config.set_dtype_policy("mixed_float16")


def build_model():
    keras.utils.set_random_seed(42)
    return keras.Sequential(
        [
            keras.Input(shape=(20,)),
            layers.Dense(32, activation="relu", name="hidden"),
            layers.Dense(2, name="logits", dtype="float32"),
        ],
        name="classifier",
    )


model = build_model()
for layer in model.layers:
    print(
        f"{layer.name:7} variable {layer.variable_dtype}, "
        f"compute {layer.compute_dtype}, output {layer.output.dtype}"
    )

# %% only-activations-shrink
# 权重的类型没有变，隐藏层的输出变了；输出层写明 float32，就没有变。

assert {weight.dtype for weight in model.weights} == {"float32"}
hidden_layer, logits_layer = model.layers
assert hidden_layer.output.dtype == "float16"
assert logits_layer.output.dtype == "float32"

# %% activations-grow
# 一个激活值两个字节，批越大越多；权重的个数不变。

hidden_model = keras.Model(model.inputs, hidden_layer.output)
num_weights = model.count_params()
for rows in (8, 80):
    activations = ops.convert_to_numpy(hidden_model(np.ones((rows, 20))))
    assert activations.nbytes == rows * 32 * 2
    assert model.count_params() == num_weights

# %% train
# 三种策略，同样的训练。

random = np.random.default_rng(0)
x = random.normal(size=(2048, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")

accuracies = {}
for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
    keras.config.set_dtype_policy(policy)
    model = build_model()
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    history = model.fit(x, y, batch_size=64, epochs=4, shuffle=False, verbose=0)
    accuracies[policy] = history.history["accuracy"][-1]
    optimizer = type(model.optimizer).__name__
    print(f"{policy:14} {optimizer:18} accuracy {accuracies[policy]:.3f}")

# %% same-accuracy
# 三种策略的准确率差不多。

assert max(accuracies.values()) - min(accuracies.values()) < 0.03
assert min(accuracies.values()) > 0.9

# %% optimizer-state
# compile 只在 ``mixed_float16`` 时包一层 LossScaleOptimizer；优化器的状态里没有 16 位的数。

optimizers = {}
for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
    keras.config.set_dtype_policy(policy)
    model = build_model()
    model.compile(loss="mse", optimizer="adam")
    model.optimizer.build(model.trainable_variables)
    optimizers[policy] = type(model.optimizer).__name__
    state = {variable.dtype for variable in model.optimizer.variables}
    assert not state & {"float16", "bfloat16"}
assert optimizers == {
    "float32": "Adam",
    "mixed_float16": "LossScaleOptimizer",
    "mixed_bfloat16": "Adam",
}

# %% underflow
# 小的梯度变成 0；先乘大，再变成 float16，就留得下来。

gradient = ops.convert_to_tensor([1e-3, 1e-5, 1e-8])
scale = 2.0**15
print(ops.convert_to_numpy(ops.cast(gradient, "float16")))
scaled = ops.cast(gradient * scale, "float16")
print(ops.convert_to_numpy(ops.cast(scaled, "float32") / scale))

# %% scaled-survives
# 直接变成 float16，最小的成了 0；先乘大，再除回来，三个都差不到百分之一。

assert through(1e-8, "float16") == 0.0
restored = ops.convert_to_numpy(ops.cast(scaled, "float32") / scale)
assert np.allclose(restored, [1e-3, 1e-5, 1e-8], rtol=0.01, atol=0)

# %% loss-scale
# ``LossScaleOptimizer`` 做的就是这件事。梯度溢出时，这一步不算，倍数减半。

keras.config.set_dtype_policy("mixed_float16")
line = layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="line")
fit_line = keras.Sequential([keras.Input(shape=(1,)), line], name="fit_line")
fit_line.compile(loss="mse", optimizer=keras.optimizers.SGD(0.1))
weights, scales = [], []
for target in (1.0, 1.0, np.inf, 1.0):
    fit_line.train_on_batch(np.ones((1, 1)), np.full((1, 1), target))
    weights.append(float(line.get_weights()[0][0, 0]))
    scales.append(float(fit_line.optimizer.dynamic_scale))
    print(f"target {target}: weight {weights[-1]:.2f}, scale {scales[-1]:.0f}")

# %% bad-steps-are-skipped
# 溢出的两步没有改权重，倍数减半；别的两步改了权重，倍数没变。

assert 0 == weights[0] < weights[1] == weights[2] < weights[3]
assert scales == [2.0**14, 2.0**14, 2.0**13, 2.0**13]

# %% own-loop
# 自己写训练循环时，优化器要自己包；没有 compile 替你做。

assert isinstance(fit_line.optimizer, keras.optimizers.LossScaleOptimizer)
own = keras.optimizers.SGD(0.1)
assert own.scale_loss(1.0) == 1.0  # 没有放大
scaled = keras.optimizers.LossScaleOptimizer(own)
assert float(scaled.scale_loss(1.0)) == scaled.initial_scale == 2.0**15
assert scaled.dynamic_growth_steps == 2000

# %% scale-grows
# 倍数从 2 开始，连着 3 步没有溢出就加倍。

growing = keras.optimizers.LossScaleOptimizer(
    keras.optimizers.SGD(0.1), initial_scale=2.0, dynamic_growth_steps=3
)
fit_line.compile(loss="mse", optimizer=growing)
grown = []
for _ in range(4):
    fit_line.train_on_batch(np.ones((1, 1)), np.ones((1, 1)))
    grown.append(float(growing.dynamic_scale))
assert grown[0] == 2.0
assert grown[-1] == 4.0

# %% wrong-output
# 在 float16 里算 softmax 再取对数：概率小得成了 0，损失成了无穷大。

logits = ops.convert_to_tensor([[0.0, 20.0]])
for name in ("float16", "float32"):
    probabilities = ops.softmax(ops.cast(logits, name))
    print(f"{name} loss {float(-ops.log(probabilities[0, 0])):.4f}")

# %% output-in-float16
# float16 里概率成了 0；从 logits 算损失，float16 也不溢出。

assert float(ops.softmax(ops.cast(logits, "float16"))[0, 0]) == 0.0
loss = keras.losses.sparse_categorical_crossentropy(
    np.array([0]), ops.cast(logits, "float16"), from_logits=True
)
assert abs(float(loss[0]) - 20.0) < 0.01

# %% wrong-square
# 300 的平方，float16 装不下。

activations = ops.full((4,), 300.0, dtype="float16")
print("float16:", float(ops.mean(ops.square(activations))))
print("float32:", float(ops.mean(ops.square(ops.cast(activations, "float32")))))

# %% normalization-is-safe
# Keras 的归一化层在 ``mixed_float16`` 下，算得与 float32 差不多，没有溢出。

large = np.array([[300.0], [-300.0], [600.0], [0.0]])
exact = layers.BatchNormalization(dtype="float32")(large, training=True)
mixed = layers.BatchNormalization(dtype="mixed_float16")(large, training=True)
assert np.allclose(ops.convert_to_numpy(exact), ops.convert_to_numpy(mixed), atol=0.01)
exact = layers.LayerNormalization(dtype="float32")(large.T)
mixed = layers.LayerNormalization(dtype="mixed_float16")(large.T)
assert np.allclose(ops.convert_to_numpy(exact), ops.convert_to_numpy(mixed), atol=0.01)

# %% wrong-order
# 层造好之后再设策略，对它不起作用，也不报错。

keras.config.set_dtype_policy("float32")
early = layers.Dense(4)
keras.config.set_dtype_policy("mixed_float16")
late = layers.Dense(4)
print("early:", early.compute_dtype)
print("late: ", late.compute_dtype)

# %% order-matters
# 已经造好的层没有变。

assert early.compute_dtype == "float32"
assert late.compute_dtype == "float16"

# %% wrong-constant
# 自己写的层里混进一个 float32 的常数，后面就都成了 float32。


class Shift(layers.Layer):
    def __init__(self, dtype_of_constant, **kwargs):
        super().__init__(**kwargs)
        self.dtype_of_constant = dtype_of_constant

    def call(self, inputs):
        return ops.add(inputs, ops.ones((4,), dtype=self.dtype_of_constant))


def output_dtype(layer):
    return keras.backend.standardize_dtype(layer(ops.ones((1, 4))).dtype)


print("constant of float32:      ", output_dtype(Shift("float32")))
print("constant of compute_dtype:", output_dtype(Shift(late.compute_dtype)))

# %% which-constants
# ops 里的运算，遇到 float32 的张量和数组就成了 float32；Python 的数不会。

half = ops.ones((2, 4), dtype="float16")
for constant in (ops.ones((4,)), np.ones(4, dtype="float32")):
    assert keras.backend.standardize_dtype(ops.add(half, constant).dtype) == "float32"
assert keras.backend.standardize_dtype(ops.add(half, 1.5).dtype) == "float16"
assert keras.backend.standardize_dtype((half + 1.5).dtype) == "float16"

# %% plus-sign
# 写成加号，TensorFlow 报错，JAX 和 PyTorch 成了 float32。

refused = False
try:
    total = half + ops.ones((4,))
except Exception as error:
    refused = True
    message = str(error)
if keras.backend.backend() == "tensorflow":
    assert refused
    assert "was expected to be a half tensor but is a float tensor" in message
else:
    assert not refused
    assert keras.backend.standardize_dtype(total.dtype) == "float32"

# %% saved-policy
# 策略存在文件里：换了默认的策略再读，还是混合精度；优化器包不包，看读的时候默认的策略。

keras.config.set_dtype_policy("mixed_float16")
mixed_model = build_model()
mixed_model.compile(loss="mse", optimizer="adam")
loaded = {}
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "mixed.keras"
    mixed_model.save(path)
    for policy in ("mixed_float16", "float32"):
        keras.config.set_dtype_policy(policy)
        loaded[policy] = keras.saving.load_model(path)
for model in loaded.values():
    assert model.get_layer("hidden").compute_dtype == "float16"
    wrapped = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert wrapped == (model is loaded["mixed_float16"])

# %% clean-up
# 恢复默认的策略。

keras.config.set_dtype_policy("float32")
