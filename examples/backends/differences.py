"""
换了后端，哪里不一样
====================

同样的代码在 TensorFlow、JAX、PyTorch 上都能运行，下面几处的结果却不同。
用到旁边的 ``programs`` 文件夹：``small_model.py``，和三个后端用它各存的一个文件。
"""

# %% imports
# 导入要用的包，和旁边的 ``programs/small_model.py``。

import json
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops
from programs import small_model

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% tensor
# 一层的输出是后端自己的张量；交给 NumPy，各个后端都一样。

outputs = layers.Dense(4)(np.ones((2, 3), dtype="float32"))
print(type(outputs).__module__, type(outputs).__name__)
print(outputs.shape)
array = ops.convert_to_numpy(outputs)
print(type(array).__name__, array.shape)
assert isinstance(array, np.ndarray)
assert tuple(outputs.shape) == array.shape

# %% summary
# 子类化的模型，用 ``keras.Input`` 走一遍，打印总表。


class TwoLayers(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, activation="relu", name="hidden")
        self.out = layers.Dense(2, name="out")

    def call(self, inputs):
        return self.out(self.hidden(inputs))


model = TwoLayers(name="two_layers")
symbolic = model(keras.Input(shape=(4,)))
model.summary()
print(symbolic.shape)

# %% any-batch
# 符号张量的形状处处一样；真正调用，几行都行。

assert symbolic.shape == (None, 2)
for rows in (1, 5):
    assert tuple(model(np.ones((rows, 4), dtype="float32")).shape) == (rows, 2)

# %% batch-in-summary
# 总表里批的那一格：PyTorch 上是编出来的数，别处是 None。

lines = []
model.summary(print_fn=lines.append)
if keras.backend.backend() == "torch":
    assert "(None, 8)" not in "\n".join(map(str, lines))
if keras.backend.backend() in ("tensorflow", "jax"):
    assert "(None, 8)" in "\n".join(map(str, lines))

# %% optimizer-module
# 三个后端存的文件，各说优化器的类在哪个模块。

modules = {}
for backend in ("tensorflow", "jax", "torch"):
    with zipfile.ZipFile(small_model.path(backend)) as archive:
        config = json.loads(archive.read("config.json"))
    modules[backend] = config["compile_config"]["optimizer"]["module"]
    print(f"{backend:10}", modules[backend])
assert modules["tensorflow"] == modules["jax"] == "keras.optimizers"
assert modules["torch"].startswith("keras.src.backend.torch.")

# %% load
# 三个文件各读一遍：优化器走过几步，预测是什么。

predictions = {}
for backend in ("tensorflow", "jax", "torch"):
    try:
        loaded = keras.models.load_model(small_model.path(backend))
    except TypeError as error:
        reason = str(error).split(", which is")[0].split(" Full object config")[0]
        print(f"{backend:10} TypeError: {reason}")
    else:
        predictions[backend] = loaded.predict(small_model.samples, verbose=0)
        print(f"{backend:10} loaded, iterations", int(loaded.optimizer.iterations))

# %% state-travels
# TensorFlow 和 JAX 存的，哪里都读得回来，优化器的状态也在，预测相同。

assert {"tensorflow", "jax"} <= set(predictions)
for backend in ("tensorflow", "jax"):
    loaded = keras.models.load_model(small_model.path(backend))
    assert int(loaded.optimizer.iterations) == 12
    assert np.allclose(predictions[backend], predictions["jax"], atol=1e-5)

# %% torch-file
# PyTorch 存的，在别的后端上：没有装 PyTorch，读不回来。

if keras.backend.backend() in ("tensorflow", "jax"):
    assert "torch" not in predictions or find_spec("torch") is not None

# %% without-compiling
# 加上 ``compile=False``，只要结构和权重。

rescued = keras.models.load_model(small_model.path("torch"), compile=False)
rescued_predictions = rescued.predict(small_model.samples, verbose=0)
print("close", np.allclose(rescued_predictions, predictions["jax"], atol=1e-5))
assert np.allclose(rescued_predictions, predictions["jax"], atol=1e-5)
assert not rescued.compiled

# %% optimizer-too
# 自己编译，备好优化器，再从同一个文件装一遍权重：优化器的状态也回来了。

rescued.compile(optimizer="rmsprop", loss="mean_squared_error")
rescued.optimizer.build(rescued.trainable_variables)
rescued.load_weights(small_model.path("torch"))
print("iterations", int(rescued.optimizer.iterations))

reference = keras.models.load_model(small_model.path("jax"))
assert int(rescued.optimizer.iterations) == int(reference.optimizer.iterations) == 12
for mine, theirs in zip(
    rescued.optimizer.variables, reference.optimizer.variables, strict=True
):
    assert np.allclose(
        ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs), atol=1e-4
    )

# %% after-an-error
# 预测时给错了宽度；出过错之后，模型还能不能用，从文件读回来的呢。

model = small_model.build_model()
model.save(folder / "small.keras")
right, wrong = np.ones((8, 4)), np.ones((8, 5))
seen = {}


def try_to_predict(title, model, samples):
    try:
        seen[title] = model.predict(samples, verbose=0).shape
    except (TypeError, ValueError) as error:
        seen[title] = type(error).__name__
    print(f"{title:16}", seen[title])


try_to_predict("wrong width", model, wrong)
try_to_predict("right width", model, right)
model = keras.models.load_model(folder / "small.keras", compile=False)
try_to_predict("loaded again", model, right)
assert seen["wrong width"] == "ValueError"
assert seen["loaded again"] == (8, 2)

# %% broken-on-jax
# 出过错的模型，在 JAX 上用不得，别处照样用。

if keras.backend.backend() == "jax":
    assert seen["right width"] == "TypeError"
if keras.backend.backend() in ("tensorflow", "torch"):
    assert seen["right width"] == (8, 2)

# %% any-model
# 最简单的模型，出错之后直接调用：也一样。

plain = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2)])
plain_weights = plain.get_weights()
try_to_predict("plain, wrong", plain, wrong)
try:
    seen["plain, called"] = tuple(plain(right).shape)
except TypeError:
    seen["plain, called"] = "TypeError"
assert seen["plain, wrong"] == "ValueError"
if keras.backend.backend() == "jax":
    assert seen["plain, called"] == "TypeError"
else:
    assert seen["plain, called"] == (8, 2)

# %% weights-back
# 装回事先取出的权重，模型又能用了。

plain.set_weights(plain_weights)
assert tuple(plain(right).shape) == plain.predict(right, verbose=0).shape == (8, 2)

# %% add-after-compile
# 训练过的模型，加一层，不重新编译，再训练。

inputs, answers = small_model.samples, small_model.targets[:, :1]


def trained_and_grown():
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(4)])
    model.compile(optimizer="sgd", loss="mean_squared_error")
    model.fit(inputs, answers, verbose=0)
    model.add(layers.Dense(1, name="new"))
    return model


model = trained_and_grown()
before = model.get_layer("new").get_weights()[0]
try:
    model.fit(inputs, answers, verbose=0)
    changed = not np.array_equal(model.get_layer("new").get_weights()[0], before)
    outcome = f"the new layer has {'learned' if changed else 'not learned'}"
except (KeyError, TypeError, ValueError) as error:
    outcome = type(error).__name__
print(outcome)

# %% silent-on-tensorflow
# TensorFlow 不报错，新的一层没有变；JAX 和 PyTorch 报错。

if keras.backend.backend() == "tensorflow":
    assert outcome == "the new layer has not learned"
else:
    assert outcome == "ValueError"

# %% compile-again
# 重新编译，再训练，新的一层就学到了。

model = trained_and_grown()
model.compile(optimizer="sgd", loss="mean_squared_error")
before = model.get_layer("new").get_weights()[0]
model.fit(inputs, answers, verbose=0)
assert not np.array_equal(model.get_layer("new").get_weights()[0], before)

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
