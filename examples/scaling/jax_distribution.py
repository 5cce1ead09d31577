"""
数据并行与模型并行
==================

用 keras.distribution 把一批数据、一个大的权重分到几个设备上，得到与一个设备同样的数。

只用于 JAX 后端：分片由 JAX 完成，别的后端没有 ModelParallel。
"""

# %% devices
# 没有几块 GPU 也能学：让 JAX 把 CPU 当成四个设备。要在导入之前说。

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"

import textwrap
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import distribution, layers

from kerasguide import figures

devices = distribution.list_devices()
print(devices)

figures.use_chinese_font()

# %% one-device
# 先在一个设备上训练，作为对照。

random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def build_model(units=32):
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.Input(shape=(20,)),
            layers.Dense(units, activation="relu", name="hidden"),
            layers.Dense(2, name="logits"),
        ],
        name="classifier",
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
    )
    return model


def train(model, batch_size=64):
    history = model.fit(x, y, batch_size, epochs=3, shuffle=False, verbose=0)
    print(" ".join(f"{loss:.6f}" for loss in history.history["loss"]))
    return history.history["loss"]


one_device = train(build_model())

# %% data-parallel
# 数据并行：每个设备上有一份完整的模型，一批数据分成四份。

with distribution.DataParallel().scope():
    replicated = build_model()
    data_parallel = train(replicated)
data_gap = np.abs(np.subtract(data_parallel, one_device)).max()
print("same as one device:", data_gap < 1e-5)


def show_pieces(model):
    for variable in model.weights:
        pieces = [piece.data.shape for piece in variable.value.addressable_shards]
        print(f"{variable.path:24} {variable.shape!s:9} {pieces}")


show_pieces(replicated)

# %% set-distribution
# 不用 ``with``：设好以后造的模型都照它分，设成 ``None`` 就取消。

distribution.set_distribution(distribution.DataParallel())
model = build_model()
assert len(model.get_layer("hidden").kernel.value.addressable_shards) == len(devices)
distribution.set_distribution(None)
model = build_model()
assert len(model.get_layer("hidden").kernel.value.addressable_shards) == 1

# %% mesh
# 模型并行：四个设备排成两行两列，一行里的设备分一个权重，两行分一批数据。

mesh = distribution.DeviceMesh((2, 2), ["batch", "model"], devices)
print(mesh.devices)

layout_map = distribution.LayoutMap(mesh)
layout_map[".*hidden/kernel"] = (None, "model")
layout_map[".*hidden/bias"] = ("model",)
layout_map[".*logits/kernel"] = ("model", None)

# %% model-parallel
# 模型的代码一个字也不改。

parallel = distribution.ModelParallel(layout_map=layout_map, batch_dim_name="batch")
with parallel.scope():
    sharded = build_model()
    model_parallel = train(sharded)
model_gap = np.abs(np.subtract(model_parallel, one_device)).max()
print("same as one device:", model_gap < 1e-5)
show_pieces(sharded)

# %% same-numbers
# 两种分法，损失都与一个设备的相同。

assert np.allclose(data_parallel, one_device, atol=1e-5)
assert np.allclose(model_parallel, one_device, atol=1e-5)

# %% pieces
# 每一块有多大：第一层按列分，第二层按行分，没有写的不分；优化器的动量照着权重分。


def shapes(variable):
    return {piece.data.shape for piece in variable.value.addressable_shards}


def columns(variable, axis):
    """每个设备拿着这个方向上的哪一段。"""
    pieces = variable.value.addressable_shards
    length = variable.shape[axis]
    return {p.device.id: p.index[axis].indices(length)[:2] for p in pieces}


hidden, logits = sharded.layers
assert shapes(hidden.kernel) == {(20, 16)}
assert shapes(logits.kernel) == {(16, 2)}
assert columns(hidden.kernel, 1) == columns(logits.kernel, 0)
assert shapes(logits.bias) == {(2,)}
momentums = [v for v in sharded.optimizer.variables if "hidden_kernel" in v.path]
assert [shapes(momentum) for momentum in momentums] == [{(20, 16)}, {(20, 16)}]

# %% less-memory
# 一个设备拿着多少字节的权重：分了模型的，比没有分的一半多一点点。


def bytes_on_one_device(model):
    pieces = [weight.value.addressable_shards[0] for weight in model.weights]
    return sum(piece.data.nbytes for piece in pieces)


part = bytes_on_one_device(sharded) / bytes_on_one_device(replicated)
assert 0.5 <= part < 0.51

# %% picture
# 每个设备拿着 hidden/kernel 的哪一块。

figure, axes = plt.subplots(1, 2, figsize=(6.4, 2.6), layout="constrained")
for axis, (title, model) in zip(
    axes, {"数据并行": replicated, "模型并行": sharded}.items(), strict=True
):
    kernel = model.get_layer("hidden").kernel
    owners = {}
    for piece in kernel.value.addressable_shards:
        columns = piece.index[1].indices(kernel.shape[1])[:2]
        owners.setdefault(columns, []).append(f"cpu:{piece.device.id}")
    for index, ((first, last), names) in enumerate(owners.items()):
        axis.barh(0, last - first, left=first, color=f"C{index}", alpha=0.6)
        axis.text((first + last) / 2, 0, "\n".join(names), ha="center", va="center")
    axis.set(title=title, xlabel="hidden/kernel 的第几列", yticks=[])
figure.savefig(figures.path("jax_distribution_kernel.png"), dpi=200)

# %% wrong-batch
# 一批不能平分给四个设备。


def show_error(function):
    try:
        function()
    except ValueError as error:
        # 前面是设备网格的全文，不要
        message = str(error).rpartition(" implies that ")[2]
        print(textwrap.fill(f"{type(error).__name__}: {message}", 88))


with distribution.DataParallel().scope():
    show_error(lambda: train(build_model(), batch_size=66))

# %% wrong-units
# 33 列不能平分给两个设备。

with parallel.scope():
    show_error(lambda: build_model(units=33))

# %% last-batch
# 510 行，最后一批 62 行，四个设备分不开，也报错；508 行，最后一批 60 行，没有事。

with distribution.DataParallel().scope():
    model = build_model()
    model.fit(x[:508], y[:508], batch_size=64, verbose=0)
    try:
        model.fit(x[:510], y[:510], batch_size=64, verbose=0)
    except ValueError as error:
        assert "the dimension size is 62" in str(error)
    else:
        raise AssertionError("没有报错")

# %% wrong-path
# 名字要从头对到尾。少了开头的 ``.*``，就对不上，也不报错。

wrong_map = distribution.LayoutMap(mesh)
wrong_map["hidden/kernel"] = (None, "model")
with distribution.ModelParallel(layout_map=wrong_map, batch_dim_name="batch").scope():
    careless = build_model()
    show_pieces(careless)

# %% whole-path
# 只对上一部分的，不算；对上整个路径的，才算。

path = careless.get_layer("hidden").kernel.path
for key, matches in {
    "hidden/kernel": False,
    ".*hidden": False,
    ".*hidden/kernel": True,
    path: True,
}.items():
    one_key = distribution.LayoutMap(mesh)
    one_key[key] = (None, "model")
    assert (one_key[path] is not None) == matches

# %% right-but-whole
# 一个也没有分，损失还是对的；每个设备拿着的，与数据并行一样多。

assert np.allclose(train(careless), one_device, atol=1e-5)
assert bytes_on_one_device(careless) == bytes_on_one_device(replicated)

# %% wrong-order
# 先造了模型，再说怎样分。

model = build_model()
with (
    distribution.DataParallel().scope(),
    warnings.catch_warnings(record=True) as caught,
):
    show_error(lambda: train(model))
print(textwrap.fill("Warning: " + str(caught[-1].message).partition("\n")[0], 88))
