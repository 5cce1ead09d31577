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

# %% copies
# 一个权重，两份，各在一个设备上，值总是相同。

kernel = two.get_layer("hidden").kernel.value
for copy in kernel.values:
    print(copy.device.rpartition("device:")[2], copy.numpy()[0, :4].round(4))

# %% batch-size
# 各设备分到多少行？``fit`` 的 ``batch_size`` 是大家合起来的。

dataset = tf.data.Dataset.from_tensor_slices(x).batch(64)
batch = next(iter(strategy.experimental_distribute_dataset(dataset)))
shares = [rows.shape[0] for rows in strategy.experimental_local_results(batch)]
print("rows on each device:", shares)

# %% wrong-scope
# 模型造在 ``scope`` 外面。

model = build_model()
try:
    with strategy.scope():
        model.fit(x, y, batch_size=64, verbose=0)
except RuntimeError as error:
    print(f"RuntimeError: {str(error).partition(':')[0]}")

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
