"""
PyDataset：一边算，一边读
=========================

一个故意读得慢的数据源，量一量训练有多少时间在等它；再让几个工人一起读。
"""

# %% imports
# 导入要用的包。

import textwrap
import time
import warnings

import keras
import numpy as np
from keras import layers

# %% slow-reader
# 读一批要 120 毫秒：用睡眠代替慢的磁盘和网络。记下每一批从何时读到何时。

batches, batch_size, width = 8, 64, 20
read_time, step_time = 0.12, 0.05
random = np.random.default_rng(0)
x = random.normal(size=(batches * batch_size, width)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
reads = []


class Reader(keras.utils.PyDataset):
    def __len__(self):
        return batches

    def __getitem__(self, index):
        started = time.perf_counter()
        time.sleep(read_time)
        reads.append((started, time.perf_counter(), index))
        rows = slice(index * batch_size, (index + 1) * batch_size)
        return x[rows], y[rows]


# %% model
# 每一步再多算 50 毫秒：也用睡眠，代替一个大模型。


class Busy(keras.callbacks.Callback):
    """记下每一步从何时算到何时。"""

    def __init__(self):
        super().__init__()
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        started = time.perf_counter()
        time.sleep(step_time)
        self.steps.append((started, time.perf_counter()))


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

# %% measure
# 量一轮：用了多少秒；算的那几步里，有几步同时也在读。


def epoch(*data, **options):
    reads.clear()
    busy = Busy()
    started = time.perf_counter()
    model.fit(*data, verbose=0, callbacks=[busy], **options)
    seconds = time.perf_counter() - started
    both = sum(
        any(begin < stop and start < end for begin, end, _ in reads)
        for start, stop in busy.steps
    )
    return seconds, both


epoch(x, y, batch_size=batch_size)  # 第一次要编译，不算
in_memory = min(epoch(x, y, batch_size=batch_size)[0] for _ in range(3))
print(f"in memory: {in_memory:.2f}s")

# %% one-worker
# 不说几个工人，就是一个。

one_seconds, one_both = min(epoch(Reader()) for _ in range(2))
print(f"1 worker: {one_seconds:.2f}s")

# %% nothing-overlaps
# JAX 和 PyTorch 后端上读的时候不算，算的时候不读；TensorFlow 后端会先读下一批。

if keras.backend.backend() == "tensorflow":
    assert one_both >= batches // 2
else:
    assert one_both == 0

# %% four-workers
# 四个工人：四批一起读，读好的先放着。

four_seconds = min(epoch(Reader(workers=4))[0] for _ in range(2))
print(f"4 workers: {four_seconds:.2f}s")

# %% faster
# 四个工人，一轮就快了。

assert four_seconds < one_seconds

# %% first-read
# 有几个工人也一样：第一步之前，至少有一批读完了。

busy = Busy()
reads.clear()
model.fit(Reader(workers=4), verbose=0, callbacks=[busy])
first_step, _ = busy.steps[0]
assert min(end for _, end, _ in reads) < first_step

# %% two-more-reads
# TensorFlow 后端开始之前多读两批，看形状和类型；几轮也只有一回。

epoch(Reader(), epochs=3)
if keras.backend.backend() == "tensorflow":
    assert len(reads) == 3 * batches + 2
else:
    assert len(reads) == 3 * batches

# %% order
# ``fit`` 默认打乱批的次序；每一批里是哪几个样本，由 ``__getitem__`` 决定。

epoch(Reader(), shuffle=False)
in_order = [index for _, _, index in reads][-batches:]
epoch(Reader())
shuffled = [index for _, _, index in reads][-batches:]
assert in_order == sorted(in_order) == sorted(shuffled)
assert shuffled != in_order

# %% wrong-init
# 自己的 ``__init__`` 忘了 ``super().__init__(**kwargs)``，就不能再要更多的工人。


class Forgetful(Reader):
    def __init__(self, folder, **kwargs):
        self.folder = folder


with warnings.catch_warnings(record=True) as caught:
    workers = Forgetful("images", workers=4).workers
print("workers:", workers)
print(textwrap.fill(str(caught[0].message), 88))

# %% one-worker-after-all
# 要了四个，得到一个，只有一句警告。

assert workers == 1
assert len(caught) == 1

# %% workers-in-fit
# 交给 ``fit``，也不行。

try:
    model.fit(Reader(), workers=4, verbose=0)
except TypeError as error:
    assert "unexpected keyword argument 'workers'" in str(error)
else:
    raise AssertionError("没有报错")
