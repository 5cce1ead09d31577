"""
混合精度：一半的位数
====================

权重用 float32，计算用 float16 或 bfloat16；损失缩放；几种常见的溢出。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

# %% formats
# 三种浮点数：指数的位数定范围，尾数的位数定精度。

bits = {"float32": (8, 23), "float16": (5, 10), "bfloat16": (8, 7)}
largest, step = {}, {}
for name, (exponent, fraction) in bits.items():
    largest[name] = (2 - 2.0**-fraction) * 2.0 ** (2 ** (exponent - 1) - 1)
    step[name] = 2.0**-fraction
    print(f"{name:8} largest {largest[name]:.4g}, step after 1: {step[name]:.4g}")

# %% picture
# 同样的事，画出来。

figure, axes = plt.subplots(figsize=(6.4, 2), layout="constrained")
for row, (exponent, fraction) in enumerate(bits.values()):
    left = 0
    for kind, width in {"sign": 1, "exponent": exponent, "fraction": fraction}.items():
        color = {"sign": "0.7", "exponent": "C1", "fraction": "C0"}[kind]
        label = kind if row == 0 else None
        axes.barh(row, width, left=left, color=color, edgecolor="white", label=label)
        left += width
axes.set(xlabel="bits", yticks=range(3), yticklabels=bits)
axes.invert_yaxis()
axes.legend(loc="lower right")
figure.savefig(figures.path("mixed_precision_bits.png"), dpi=200)

# %% convert
# 三个数，换成各种格式，再换回来。

for value in (70000.0, 1.001, 1e-8):
    row = [f"{value:9}"]
    for name in bits:
        converted = ops.cast(ops.cast(value, name), "float32")
        row.append(f"{name} {float(converted):<12.6g}")
    print(" ".join(row))

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

# %% underflow
# 小的梯度变成 0；先乘大，再变成 float16，就留得下来。

gradient = ops.convert_to_tensor([1e-3, 1e-5, 1e-8])
scale = 2.0**15
print(ops.convert_to_numpy(ops.cast(gradient, "float16")))
scaled = ops.cast(gradient * scale, "float16")
print(ops.convert_to_numpy(ops.cast(scaled, "float32") / scale))

# %% loss-scale
# ``LossScaleOptimizer`` 做的就是这件事。梯度溢出时，这一步不算，倍数减半。

keras.config.set_dtype_policy("mixed_float16")
line = layers.Dense(1, use_bias=False, kernel_initializer="zeros", name="line")
fit_line = keras.Sequential([keras.Input(shape=(1,)), line], name="fit_line")
fit_line.compile(loss="mse", optimizer=keras.optimizers.SGD(0.1))
for target in (1.0, 1.0, np.inf, 1.0):
    fit_line.train_on_batch(np.ones((1, 1)), np.full((1, 1), target))
    weight = float(line.get_weights()[0][0, 0])
    scale = float(fit_line.optimizer.dynamic_scale)
    print(f"target {target}: weight {weight:.2f}, scale {scale:.0f}")

# %% wrong-output
# 在 float16 里算 softmax 再取对数：概率小得成了 0，损失成了无穷大。

logits = ops.convert_to_tensor([[0.0, 20.0]])
for name in ("float16", "float32"):
    probabilities = ops.softmax(ops.cast(logits, name))
    print(f"{name} loss {float(-ops.log(probabilities[0, 0])):.4f}")

# %% wrong-square
# 300 的平方，float16 装不下。

activations = ops.full((4,), 300.0, dtype="float16")
print("float16:", float(ops.mean(ops.square(activations))))
print("float32:", float(ops.mean(ops.square(ops.cast(activations, "float32")))))

# %% wrong-order
# 层造好之后再设策略，对它不起作用，也不报错。

keras.config.set_dtype_policy("float32")
early = layers.Dense(4)
keras.config.set_dtype_policy("mixed_float16")
late = layers.Dense(4)
print("early:", early.compute_dtype)
print("late: ", late.compute_dtype)

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

# %% clean-up
# 恢复默认的策略。

keras.config.set_dtype_policy("float32")
