"""
输入管道：tf.data
=================

一个故意读得慢的数据源，用 tf.data 把读和算叠起来：预取，并行地读，缓存。

只用于 TensorFlow 后端：tf.data 是 TensorFlow 的，在图里与训练一起运行。
"""

# %% imports
# 导入要用的包。

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import re
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers

from kerasguide import figures

figures.use_chinese_font()

# %% slow-reader
# 同一个读得慢的数据源：读一批要 120 毫秒。记下读了几批。

batches, batch_size, width = 8, 64, 20
read_time, step_time = 0.12, 0.05
random = np.random.default_rng(0)
x = random.normal(size=(batches * batch_size, width)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
reads = []


def read(index):
    reads.append(int(index))
    time.sleep(read_time)
    rows = slice(index * batch_size, (index + 1) * batch_size)
    return x[rows], y[rows]


# %% model
# 同一个模型，每一步多算 50 毫秒。

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
epoch_seconds(in_memory)  # 第一次要编译，不算
seconds = {"in memory": min(epoch_seconds(in_memory) for _ in range(3))}
print(f"in memory: {seconds['in memory']:.2f}s")

# %% one-after-another
# 读一批，算一批，再读一批。tf.data 自己会预取，这里特意不让它预取。


def read_in_python(index):
    features, labels = tf.numpy_function(read, [index], (tf.float32, tf.int32))
    # numpy_function 不知道形状，要告诉它
    features.set_shape((batch_size, width))
    labels.set_shape((batch_size,))
    return features, labels


def measure(name, data, times=3):
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

# %% prefetch-is-faster
# 一句话没有写，也预取了；写明了，一样快。

assert seconds["prefetch"] < seconds["one after another"]
measure("written out", dataset.prefetch(tf.data.AUTOTUNE))
assert seconds["written out"] < seconds["one after another"]

# %% parallel
# 四批一起读，读好的先放着，算的一边随时来拿。

options = tf.data.Options()
options.threading.private_threadpool_size = 4  # 不写，就与 CPU 核心一样多
parallel = index.map(read_in_python, num_parallel_calls=4).with_options(options)
measure("parallel", parallel)

# %% parallel-is-faster
# 四个一起读，又快了一截。

assert seconds["parallel"] < seconds["prefetch"]

# %% order-is-kept
# 谁先读完都要排队：先要的那一批睡得最久，出来的次序也不变。


def sleepy(number):
    time.sleep(0.02 * (4 - number))
    return number


def awake(number):
    return tf.numpy_function(sleepy, [number], tf.int64)


four = tf.data.Dataset.range(4).map(awake, num_parallel_calls=4).with_options(options)
assert list(four.as_numpy_iterator()) == [0, 1, 2, 3]

# %% cache
# 第一轮读过的都留在内存里，第二轮就不再读。

cached = dataset.cache()
reads.clear()
measure("first epoch", cached, times=1)
read_first = len(reads)
measure("second epoch", cached)
print("reads:", read_first, "in the first epoch,", len(reads) - read_first, "after it")

# %% read-once
# 每一批读了一次，此后一次也没有读。

assert read_first == len(reads) == batches
assert seconds["second epoch"] < seconds["first epoch"]

# %% cache-and-shuffle
# 缓存放在打乱后面，以后每一轮都是第一轮的次序；放在前面，每一轮重新打乱。


def orders(data):
    return [list(data.as_numpy_iterator()) for _ in range(2)]


numbers = tf.data.Dataset.range(12)
first, second = orders(numbers.shuffle(12, seed=1).cache())
assert first == second
first, second = orders(numbers.cache().shuffle(12, seed=1))
assert first != second

# %% picture
# 三种次序，谁在什么时候做什么。

figure, axes = plt.subplots(3, 1, figsize=(6.4, 4), sharex=True, layout="constrained")
for axis, (title, readers) in zip(
    axes,
    {"一个接一个": 0, "预取": 1, "四个一起读": 4}.items(),
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
    axis.set(title=title, yticks=rows, yticklabels=["算"] + ["读"] * len(free_reader))
axes[-1].set(xlabel="秒")
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

for title, shuffled in {
    "batch, shuffle": numbers.batch(4).shuffle(12, seed=1),
    "shuffle, batch": numbers.shuffle(12, seed=1).batch(4),
}.items():
    print(f"{title}:", [batch.tolist() for batch in shuffled.as_numpy_iterator()])

# %% same-neighbours
# 先分批的，每一批还是那四个数；先打乱的，打散了。


def sets(data):
    return sorted(sorted(batch.tolist()) for batch in data.as_numpy_iterator())


together = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
for _ in range(3):
    assert sets(numbers.batch(4).shuffle(12)) == together
assert any(sets(numbers.shuffle(12).batch(4)) != together for _ in range(3))
