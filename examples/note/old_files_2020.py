"""
Keras 2 的 .h5 文件，今天读得出来吗
===================================

一种层一种层地试：Keras 2（tf-keras）造一个只有这种层的模型，存成 ``.h5``；Keras 3 读它，
再比较两边对同样的输入算出的数。读不出来的，用 Keras 3 重新造一遍，只读权重。
"""

# %% imports
# Keras 2 存，Keras 3 读：两个都导入。

import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
import tf_keras

warnings.filterwarnings("ignore")
folder = tempfile.TemporaryDirectory()
path = str(Path(folder.name) / "old.h5")
random = np.random.default_rng(42)

# %% layers
# 每种层怎样造，输入是什么形状。两个版本的层同名，所以只写一遍。


def one_layer(name, *args, **options):
    """只有一层的模型；``engine`` 是 keras 或者 tf_keras。"""

    def build(engine, shape):
        inputs = engine.Input(shape=shape)
        layer = getattr(engine.layers, name)(*args, **options)
        return engine.Model(inputs, layer(inputs))

    return build


def bidirectional(engine, shape):
    inputs = engine.Input(shape=shape)
    layer = engine.layers.Bidirectional(engine.layers.LSTM(3))
    return engine.Model(inputs, layer(inputs))


def attention(engine, shape):
    inputs = engine.Input(shape=shape)
    layer = engine.layers.MultiHeadAttention(num_heads=2, key_dim=3)
    return engine.Model(inputs, layer(inputs, inputs))


def add_layer(engine, shape):
    inputs = engine.Input(shape=shape)
    hidden = engine.layers.Dense(4)(inputs)
    return engine.Model(inputs, engine.layers.Add()([hidden, inputs]))


def plus_sign(engine, shape):
    inputs = engine.Input(shape=shape)
    return engine.Model(inputs, engine.layers.Dense(4)(inputs) + inputs)


def inner(engine, shape):
    inputs = engine.Input(shape=shape)
    return engine.Model(inputs, engine.layers.Dense(3)(inputs), name="inner")


def sequential_in_sequential(engine, shape):
    chain = engine.Sequential([engine.Input(shape=shape), engine.layers.Dense(3)])
    rest = engine.layers.Dense(2)
    return engine.Sequential([engine.Input(shape=shape), chain, rest])


def model_in_functional(engine, shape):
    inputs = engine.Input(shape=shape)
    outputs = engine.layers.Dense(2)(inner(engine, shape)(inputs))
    return engine.Model(inputs, outputs)


def model_in_sequential(engine, shape):
    rest = engine.layers.Dense(2)
    return engine.Sequential([engine.Input(shape=shape), inner(engine, shape), rest])


VECTOR, SERIES, PICTURE, CLIP = (4,), (8, 4), (8, 8, 4), (3, 6, 6, 2)
CASES = {
    "Dense": (one_layer("Dense", 3, activation="relu"), VECTOR),
    "Dense(hard_sigmoid)": (one_layer("Dense", 3, activation="hard_sigmoid"), VECTOR),
    "Dropout": (one_layer("Dropout", 0.5), VECTOR),
    "LeakyReLU": (one_layer("LeakyReLU", 0.1), VECTOR),
    "Flatten": (one_layer("Flatten"), PICTURE),
    "Reshape": (one_layer("Reshape", (16, 16)), PICTURE),
    "Embedding": (one_layer("Embedding", 9, 3), VECTOR),
    "BatchNormalization": (one_layer("BatchNormalization"), PICTURE),
    "LayerNormalization": (one_layer("LayerNormalization"), SERIES),
    "Conv1D": (one_layer("Conv1D", 2, 3), SERIES),
    "Conv2D": (one_layer("Conv2D", 2, 3), PICTURE),
    "Conv2DTranspose": (one_layer("Conv2DTranspose", 2, 3), PICTURE),
    "DepthwiseConv2D": (one_layer("DepthwiseConv2D", 3), PICTURE),
    "SeparableConv2D": (one_layer("SeparableConv2D", 2, 3), PICTURE),
    "MaxPooling2D": (one_layer("MaxPooling2D", 2), PICTURE),
    "AveragePooling2D": (one_layer("AveragePooling2D", 2), PICTURE),
    "GlobalMaxPooling2D": (one_layer("GlobalMaxPooling2D"), PICTURE),
    "UpSampling2D": (one_layer("UpSampling2D", 2), PICTURE),
    "ZeroPadding2D": (one_layer("ZeroPadding2D", 1), PICTURE),
    "SpatialDropout2D": (one_layer("SpatialDropout2D", 0.5), PICTURE),
    "RandomFlip": (one_layer("RandomFlip"), PICTURE),
    "SimpleRNN": (one_layer("SimpleRNN", 3), SERIES),
    "LSTM": (one_layer("LSTM", 3), SERIES),
    "GRU": (one_layer("GRU", 3), SERIES),
    "Bidirectional": (bidirectional, SERIES),
    "ConvLSTM2D": (one_layer("ConvLSTM2D", 2, 3), CLIP),
    "MultiHeadAttention": (attention, SERIES),
    "Lambda": (one_layer("Lambda", lambda x: x * 2), VECTOR),
    "Add": (add_layer, VECTOR),
    "+ on tensors": (plus_sign, VECTOR),
    "Sequential in a Sequential": (sequential_in_sequential, VECTOR),
    "model in a functional one": (model_in_functional, VECTOR),
    "model in a Sequential": (model_in_sequential, VECTOR),
}

# %% try-each
# 一种一种地存、读、比较；再用 Keras 3 重新造一遍，只读权重，也比较。


def run(model, data):
    return np.asarray(model(data, training=False))


def save_old(build, shape, name):
    """Keras 2 的模型，存成 .h5；返回一批输入，和它算出的数。"""
    model = build(tf_keras, shape)
    for weight in model.weights:
        if weight.dtype == "float32":
            weight.assign(random.uniform(0.1, 1.0, weight.shape))
    model.save(path)
    data = random.normal(size=(2, *shape))
    if name == "Embedding":
        data = random.integers(0, 9, (2, *shape))
    return data, run(model, data)


loaded, failed, rebuilt = {}, {}, {}
for name, (build, shape) in CASES.items():
    data, expected = save_old(build, shape, name)
    try:
        model = keras.models.load_model(path, compile=False)
        loaded[name] = float(abs(run(model, data) - expected).max())
    except (TypeError, ValueError) as error:
        failed[name] = f"{type(error).__name__}: {error}"
    model = build(keras, shape)
    model.load_weights(path)
    rebuilt[name] = float(abs(run(model, data) - expected).max())

print(f"{'':<28}load_model    load_weights")
for name in CASES:
    result = f"{loaded[name]:.5f}" if name in loaded else failed[name].split(":")[0]
    print(f"{name:<28}{result:<14}{rebuilt[name]:.5f}")
print("loaded:", len(loaded), "failed:", len(failed))

# %% failures
# 读不出来的是哪些，报的是什么。

assert list(failed) == [
    "Conv2DTranspose",
    "DepthwiseConv2D",
    "SeparableConv2D",
    "SpatialDropout2D",
    "RandomFlip",
    "SimpleRNN",
    "LSTM",
    "GRU",
    "Bidirectional",
    "ConvLSTM2D",
    "MultiHeadAttention",
    "Lambda",
    "+ on tensors",
    "model in a functional one",
    "model in a Sequential",
]

# %% what-they-say
# 几种报错的原文。

for name, start in (
    ("LSTM", 0),
    ("Conv2DTranspose", failed["Conv2DTranspose"].rfind("Exception encountered")),
    ("+ on tensors", 0),
    ("model in a functional one", 0),
):
    print(f"{name}:\n  {failed[name][start:].splitlines()[0].split('. ')[0]}")

# %% differences
# 重新造的都读得进权重；两种办法，算出的数与 Keras 2 不同的各是哪些。

assert list(rebuilt) == list(CASES)
assert [name for name in loaded if loaded[name] > 1e-5] == ["Dense(hard_sigmoid)"]
assert [name for name in rebuilt if rebuilt[name] > 1e-5] == [
    "Dense(hard_sigmoid)",
    "ConvLSTM2D",
]

# %% hard-sigmoid
# 原因：两个版本的 ``hard_sigmoid`` 不是同一个函数，``ConvLSTM2D`` 默认用它。

points = keras.ops.linspace(-2.0, 2.0, 5)
print("Keras 2", np.round(tf_keras.activations.hard_sigmoid(points), 4))
print("Keras 3", np.round(keras.activations.hard_sigmoid(points), 4))

# %% old-hard-sigmoid
# 把旧的那一个写出来，重新造的时候用它，数就相同了。


def old_hard_sigmoid(x):
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


build, shape = CASES["ConvLSTM2D"]
data, expected = save_old(build, shape, "ConvLSTM2D")
inputs = keras.Input(shape=shape)
layer = keras.layers.ConvLSTM2D(2, 3, recurrent_activation=old_hard_sigmoid)
model = keras.Model(inputs, layer(inputs))
model.load_weights(path)
assert np.allclose(run(model, data), expected, atol=1e-5)

# %% by-order
# ``load_weights`` 按层的次序对应，不看名字：次序写反了，也不报错。


def two_layers(engine, first, second):
    layers = engine.layers
    return engine.Sequential(
        [
            engine.Input(shape=(4,)),
            layers.Dense(4, name=first),
            layers.Dense(4, name=second),
        ]
    )


old = two_layers(tf_keras, "one", "two")
old.save(path)
swapped = two_layers(keras, "two", "one")
swapped.load_weights(path)
data = random.normal(size=(2, 4))
assert np.allclose(run(swapped, data), run(old, data), atol=1e-5)
assert np.array_equal(swapped.layers[0].get_weights()[0], old.get_weights()[0])

# %% subclassed
# 子类化的模型，先调用一次再读权重：没有造好，或者只调用 ``build``，都报错。


def two_dense(engine):
    class TwoDense(engine.Model):
        def __init__(self):
            super().__init__()
            self.first = engine.layers.Dense(3)
            self.second = engine.layers.Dense(3)

        def call(self, inputs):
            return self.second(self.first(inputs))

    return TwoDense()


old = two_dense(tf_keras)
expected = run(old, data)
old.save_weights(path)

called = two_dense(keras)
called(data)
called.load_weights(path)
assert np.allclose(run(called, data), expected, atol=1e-5)

only_built = two_dense(keras)
only_built.build((None, 4))
for model in (two_dense(keras), only_built):
    try:
        model.load_weights(path)
    except ValueError as error:
        assert "Layer count mismatch" in str(error)
    else:
        raise AssertionError("没有报错")

# %% checkpoint
# TensorFlow 的检查点，Keras 3 不读；用 Keras 2 读进来，另存成 .h5。

old = two_layers(tf_keras, "one", "two")
expected = run(old, data)
checkpoint = str(Path(folder.name) / "checkpoint")
old.save_weights(checkpoint)
new = two_layers(keras, "one", "two")
try:
    new.load_weights(checkpoint)
except ValueError as error:
    assert "File format not supported" in str(error)
else:
    raise AssertionError("没有报错")

again = two_layers(tf_keras, "one", "two")
again.load_weights(checkpoint)
again.save_weights(path)
new.load_weights(path)
assert np.allclose(run(new, data), expected, atol=1e-5)

# %% keras-extension
# tf-keras 也能存成 .keras，函数式模型在 Keras 3 里却读不出来。

old = inner(tf_keras, (4,))
same_name = str(Path(folder.name) / "old.keras")
old.save(same_name)
try:
    keras.models.load_model(same_name)
except TypeError as error:
    assert "Could not locate class 'Functional'" in str(error)
else:
    raise AssertionError("没有报错")

# %% saved-model-as-a-layer
# tf-keras 存的文件夹，当作一个层，只用来预测。

saved = str(Path(folder.name) / "saved_model")
old.save(saved)
layer = keras.layers.TFSMLayer(saved, call_endpoint="serving_default")
(predicted,) = layer(data.astype("float32")).values()
assert np.allclose(predicted, run(old, data), atol=1e-5)
