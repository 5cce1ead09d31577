"""
输入管道：别让设备等数据
========================

一个故意读得慢的数据源，量一量训练有多少时间在等它；用 tf.data 和 PyDataset 把读和算叠起来。

只用于 TensorFlow 后端：tf.data 是 TensorFlow 的，在图里与训练一起运行。
"""

# %% imports
# 导入要用的包。

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import re
import textwrap
import time
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from kerasguide import figures

# %% slow-reader
# 读一批要 120 毫秒：用睡眠代替慢的磁盘和网络。

batches, batch_size, width = 8, 64, 20
read_time, step_time = 0.12, 0.05
random = np.random.default_rng(0)
x = random.normal(size=(batches * batch_size, width)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def read(index):
    time.sleep(read_time)
    rows = slice(index * batch_size, (index + 1) * batch_size)
    return x[rows], y[rows]


# %% model
# 每一步再多算 50 毫秒：也用睡眠，代替一个大模型。先训练一轮，不计时：那时要编译。

keras.utils.set_random_seed(42)
model = keras.Sequential(
    [
        keras.Input(shape=(width,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(2),
    ]
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer="adam",
)
busy = keras.callbacks.LambdaCallback(
    on_train_batch_end=lambda batch, logs: time.sleep(step_time)
)


def epoch_seconds(data):
    started = time.perf_counter()
    model.fit(data, shuffle=False, verbose=0, callbacks=[busy])
    return time.perf_counter() - started


in_memory = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch_size)
epoch_seconds(in_memory)
seconds = {"in memory": min(epoch_seconds(in_memory) for _ in range(4))}
print(f"in memory: {seconds['in memory']:.2f}s")

# %% one-after-another
# 读一批，算一批，再读一批。tf.data 自己会预取，这里特意不让它预取。


def read_in_python(index):
    features, labels = tf.numpy_function(read, [index], (tf.float32, tf.int32))
    # numpy_function 不知道形状，要告诉它
    features.set_shape((batch_size, width))
    labels.set_shape((batch_size,))
    return features, labels


def measure(name, data, times=4):
    """量几遍，取最快的：别的程序忙的时候，只会变慢。"""
    seconds[name] = min(epoch_seconds(data) for _ in range(times))
    waited = max(0, seconds[name] - seconds["in memory"])
    print(f"{name}: {seconds[name]:.2f}s, of which {waited:.2f}s waiting for data")


index = tf.data.Dataset.range(batches)
dataset = index.map(read_in_python)
options = tf.data.Options()
options.experimental_optimization.inject_prefetch = False
measure("one after another", dataset.with_options(options), times=2)

# %% prefetch
# 不去掉预取：算这一批时，下一批已经在读。

measure("prefetch", dataset)

# %% parallel
# 四批一起读，读好的先放着，算的一边随时来拿。

options = tf.data.Options()
options.threading.private_threadpool_size = 4  # 不写，就与核一样多
parallel = index.map(read_in_python, num_parallel_calls=4).with_options(options)
measure("parallel", parallel)

# %% cache
# 第一轮读过的都留在内存里，第二轮就不再读。

cached = dataset.cache()
measure("first epoch", cached, times=1)
measure("second epoch", cached)

# %% py-dataset
# 同样的事，用 Keras 自己的 ``PyDataset``，换哪个后端都能用。


class Reader(keras.utils.PyDataset):
    def __len__(self):
        return batches

    def __getitem__(self, index):
        return read(index)


measure("PyDataset", Reader(), times=2)
measure("PyDataset, 4 workers", Reader(workers=4))

# %% compare
# 谁比谁快。

for fast, slow in (
    ("prefetch", "one after another"),
    ("parallel", "prefetch"),
    ("second epoch", "first epoch"),
    ("PyDataset, 4 workers", "PyDataset"),
):
    print(f"{fast} is faster than {slow}: {seconds[fast] < seconds[slow]}")

# %% picture
# 三种次序，谁在什么时候做什么。

figure, axes = plt.subplots(3, 1, figsize=(6.4, 4), sharex=True, layout="constrained")
for axis, (title, readers) in zip(
    axes,
    {"one after another": 0, "prefetch": 1, "four readers": 4}.items(),
    strict=True,
):
    free_reader, free_device = [0] * max(readers, 1), 0
    for batch in range(6):
        reader = batch % len(free_reader)
        begin = free_reader[reader] if readers else free_device
        ready = free_reader[reader] = begin + read_time
        start = max(ready, free_device)
        free_device = start + step_time
        axis.barh(reader, read_time, left=begin, color="C1", edgecolor="white")
        axis.barh(-1, step_time, left=start, color="C0", edgecolor="white")
    rows = range(-1, len(free_reader))
    axis.set(
        title=title, yticks=rows, yticklabels=["device"] + ["read"] * len(free_reader)
    )
axes[-1].set(xlabel="seconds")
figure.savefig(figures.path("input_pipeline.png"), dpi=200)

# %% wrong-shape
# 没有告诉它形状。

unknown = index.map(
    lambda index: tf.numpy_function(read, [index], (tf.float32, tf.int32))
)
try:
    model.fit(unknown, shuffle=False, verbose=0)
except ValueError as error:
    reason = next(line for line in str(error).splitlines() if "shape" in line)
    # Keras 的报错里有颜色的代码
    print("ValueError:", re.sub(r"\x1b\[\d+m", "", reason))

# %% wrong-shuffle
# 先分批再打乱，只打乱批的次序：每一批里总是那几个样本。

numbers = tf.data.Dataset.range(12)
for title, shuffled in {
    "batch, shuffle": numbers.batch(4).shuffle(12, seed=1),
    "shuffle, batch": numbers.shuffle(12, seed=1).batch(4),
}.items():
    print(f"{title}:", [batch.tolist() for batch in shuffled.as_numpy_iterator()])

# %% wrong-init
# 自己的 ``__init__`` 忘了 ``super().__init__(**kwargs)``，就不能再要更多的工人。


class Forgetful(Reader):
    def __init__(self, folder, **kwargs):
        self.folder = folder


with warnings.catch_warnings(record=True) as caught:
    print("workers:", Forgetful("images", workers=4).workers)
print(textwrap.fill(str(caught[0].message), 88))
