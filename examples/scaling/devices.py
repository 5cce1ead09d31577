"""
设备：找到它们，分给计算
========================

列出这台机器的设备，让 GPU 的显存按需增长，把一个 CPU 分成两个逻辑设备，指定计算在哪个设备上做。

只用于 TensorFlow 后端：显存和逻辑设备由 tf.config 设置。
"""

# %% imports
# 设备归后端管，所以这一次要导入 TensorFlow。

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import matplotlib.pyplot as plt
import tensorflow as tf
from keras import layers, ops

from kerasguide import figures

figures.use_chinese_font()

# %% physical
# 这台机器有什么。

for device in tf.config.list_physical_devices():
    print(device)

# %% memory-growth
# 显存用多少，占多少。要在用到 GPU 之前说；没有 GPU，就什么也不做。

for gpu in tf.config.list_physical_devices("GPU"):
    tf.config.experimental.set_memory_growth(gpu, True)

# %% logical
# 一个物理设备，分成两个逻辑设备。也要在用到它之前说。

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)
logical = tf.config.list_logical_devices("CPU")
for device in logical:
    print(device)

# %% one-becomes-two
# 物理设备还是一个，逻辑设备有两个。

assert len(tf.config.list_physical_devices("CPU")) == 1
assert len(logical) == 2

# %% too-late
# 上一块列出逻辑设备时，设备已经启用了：再改就晚了。

try:
    tf.config.set_logical_device_configuration(cpu, halves * 2)
except RuntimeError as error:
    print(f"RuntimeError: {error}")

# %% placement
# 在哪个设备上造，权重和结果就在哪个设备上。


def where(tensor):
    return tensor.device.rpartition("device:")[2]


with keras.device("cpu:1"):
    layer = layers.Dense(4)
    inputs = ops.ones((2, 3))
    outputs = layer(inputs)
print("kernel: ", where(layer.kernel.value))
print("outputs:", where(outputs))

# %% copies
# 数据在另一个设备上，就先复制过去。

with keras.device("cpu:0"):
    total = ops.sum(outputs)
print("outputs:", where(outputs))
print("total:  ", where(total))

# %% where-they-are
# 在哪个设备上造，就在哪里；计算的结果在做计算的设备上，输入没有动。

assert where(layer.kernel.value) == "CPU:1"
assert where(inputs) == where(outputs) == "CPU:1"
assert where(total) == "CPU:0"

# %% without-device
# 不写 keras.device，放在第一个设备上。

where_by_default = "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU:0"
assert where(ops.ones((2, 3))) == where_by_default

# %% picture
# 谁在哪里：由上面的张量画出来。

placed = {"kernel": layer.kernel.value, "outputs": outputs, "total": total}
figure, axes = plt.subplots(figsize=(6.4, 2), layout="constrained")
for column, device in enumerate(logical):
    name = device.name.rpartition("device:")[2]
    axes.add_patch(plt.Rectangle((column, 0), 0.94, 1, fill=False))
    axes.text(column + 0.47, 0.84, name, ha="center")
    held = [title for title, tensor in placed.items() if where(tensor) == name]
    for row, title in enumerate(held):
        axes.text(column + 0.47, 0.55 - 0.22 * row, title, ha="center", color="C0")
axes.set(xlim=(-0.02, len(logical)), ylim=(-0.05, 1.05))
axes.axis("off")
figure.savefig(figures.path("devices.png"), dpi=200)

# %% no-such-gpu
# 这台机器没有第八块 GPU，Keras 却不报错。

with keras.device("gpu:7"):
    total = ops.sum(outputs)
print(where(total))

# %% soft-placement
# TensorFlow 默认允许换一个设备，也没有警告。

import warnings

with warnings.catch_warnings(record=True) as caught, keras.device("gpu:7"):
    warnings.simplefilter("always")
    total = ops.sum(outputs)
assert tf.config.get_soft_device_placement()
assert where(total) != "GPU:7"
assert not caught

# %% strict
# 让 TensorFlow 找不到设备就报错。

tf.config.set_soft_device_placement(False)
try:
    with keras.device("gpu:7"):
        ops.sum(outputs)
except tf.errors.InvalidArgumentError as error:
    message = error.message
    print(message[message.index("Could not") :].partition(". ")[0])
tf.config.set_soft_device_placement(True)

# %% wrong-name
# PyTorch 的设备叫 cuda，在 TensorFlow 里叫 gpu。

try:
    with keras.device("cuda:0"):
        ops.ones((2, 3))
except ValueError as error:
    print(f"ValueError: {error}")
