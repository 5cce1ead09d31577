"""
MirroredStrategy：一台机器，几块 GPU
====================================

在两个逻辑设备上各放一份模型，各算半批的梯度，合起来更新，得到与一个设备同样的数。

只用于 TensorFlow 后端：tf.distribute 是 TensorFlow 的。
"""

# %% imports
# 把一个 CPU 分成两个逻辑设备，代替两块 GPU。

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import layers

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)

# %% one-device
# 先在一个设备上训练，作为对照。

random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def build_model():
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.Input(shape=(20,)),
            layers.Dense(32, activation="relu", name="hidden"),
            layers.Dense(2, name="logits"),
        ],
        name="classifier",
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    return model


def train(model):
    history = model.fit(x, y, batch_size=64, epochs=3, shuffle=False, verbose=0)
    print(" ".join(f"{loss:.6f}" for loss in history.history["loss"]))
    return history.history["loss"]


one = build_model()
one_device = train(one)

# %% idea
# 半批的梯度，平均起来就是一批的梯度。


def gradient(model, rows):
    with tf.GradientTape() as tape:
        loss = model.loss(y[rows], model(x[rows]))
    return tape.gradient(loss, model.get_layer("hidden").kernel.value).numpy()


model = build_model()
whole = gradient(model, np.arange(64))
first, second = gradient(model, np.arange(32)), gradient(model, np.arange(32, 64))
print("one batch:  ", whole[0, :4].round(4))
print("first half: ", first[0, :4].round(4))
print("second half:", second[0, :4].round(4))
print("mean:       ", ((first + second) / 2)[0, :4].round(4))

# %% mean-of-halves
# 每一个数都相同，最多差在最后几位。

assert np.allclose((first + second) / 2, whole, atol=1e-6)

# %% strategy
# 两个设备，各放一份模型。

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
print("replicas:", strategy.num_replicas_in_sync)

# %% two-devices
# 模型要在 ``scope`` 里造；训练在哪里都行，一个字也不改。

with strategy.scope():
    two = build_model()
two_devices = train(two)

# %% compare
# 损失和权重，相差多少？

loss_gap = np.abs(np.subtract(one_device, two_devices)).max()
gaps = [
    np.abs(a - b).max()
    for a, b in zip(one.get_weights(), two.get_weights(), strict=True)
]
weight_gap = max(gaps)
print("losses differ by less than 0.00001:", loss_gap < 1e-5)
print("weights differ by less than 0.0001:", weight_gap < 1e-4)

# %% same-numbers
# 损失和权重都相同，最多差在最后几位。

assert loss_gap < 1e-5
assert weight_gap < 1e-4

# %% copies
# 一个权重，两份，各在一个设备上，值总是相同。

kernel = two.get_layer("hidden").kernel.value
for copy in kernel.values:
    print(copy.device.rpartition("device:")[2], copy.numpy()[0, :4].round(4))

# %% copies-agree
# 训练了三轮，两份还是一模一样。

for variable in two.trainable_variables:
    first_copy, second_copy = variable.value.values
    assert np.array_equal(first_copy, second_copy)

# %% batch-size
# 各设备分到多少行？``fit`` 的 ``batch_size`` 是大家合起来的。

dataset = tf.data.Dataset.from_tensor_slices(x).batch(64)
batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
shares = [rows.shape[0] for rows in strategy.experimental_local_results(batch)]
print("rows on each device:", shares)

# %% shares
# 同样的 ``batch_size``，同样的数；每个设备分到一半。

assert shares == [32, 32]
assert loss_gap < 1e-5

# %% anywhere
# 造在 ``scope`` 里的模型，评估和预测在外面也行，与一个设备的相同。

loss, accuracy = two.evaluate(x, y, batch_size=64, verbose=0)
assert np.isclose(loss, one.evaluate(x, y, batch_size=64, verbose=0)[0], atol=1e-5)
assert np.allclose(two.predict(x, verbose=0), one.predict(x, verbose=0), atol=1e-3)

# %% wrong-scope
# 模型造在 ``scope`` 外面。

model = build_model()
try:
    with strategy.scope():
        model.fit(x, y, batch_size=64, verbose=0)
except RuntimeError as error:
    print(f"RuntimeError: {str(error).partition(':')[0]}")

# %% made-in-scope
# 造在里面的权重有两份，造在外面的只有一个变量。

assert len(two.get_layer("hidden").kernel.value.values) == 2
assert not hasattr(model.get_layer("hidden").kernel.value, "values")

# %% wrong-compile
# 只在 ``scope`` 里编译，也不行。

model = build_model()
with strategy.scope():
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
try:
    model.fit(x, y, batch_size=64, verbose=0)
except RuntimeError as error:
    print(f"RuntimeError: {str(error).partition(' for <')[0]}")

# %% wrong-batch
# 一批不能平分给两个设备。

try:
    two.fit(x[:66], y[:66], batch_size=33, verbose=0)
except tf.errors.InvalidArgumentError as error:
    message = error.message.partition("} ")[2] or error.message
    print(f"InvalidArgumentError: {message.partition(' [Op')[0]}")

# %% uneven-last-batch
# 97 行，最后一批 33 行：没有报错，数却不同；去掉它，又相同了。


def compare(rows, drop_remainder):
    dataset = tf.data.Dataset.from_tensor_slices((x[:rows], y[:rows]))
    dataset = dataset.batch(64, drop_remainder=drop_remainder)
    alone = build_model()
    alone.fit(dataset, epochs=2, shuffle=False, verbose=0)
    with strategy.scope():
        together = build_model()
    together.fit(dataset, epochs=2, shuffle=False, verbose=0)
    pairs = zip(alone.get_weights(), together.get_weights(), strict=True)
    return max(np.abs(a - b).max() for a, b in pairs)


assert compare(97, drop_remainder=False) > 1e-4
assert compare(97, drop_remainder=True) < 1e-5
assert compare(96, drop_remainder=False) < 1e-5
