"""
模型是层，符号张量不是
======================

旧笔记说 y = model(x) 里的 x 与 y 都是层：问一问 Keras。
"""

# %% imports
# 导入要用的包。

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(42)


def get_model(name):
    inputs = keras.Input(shape=(128,))
    outputs = layers.Dense(1)(inputs)
    return keras.Model(inputs, outputs, name=name)


# %% is-a-layer
# 输入、输出和模型，哪个是层。

model = get_model("member_1")
inputs = keras.Input(shape=(128,), name="features")
y = model(inputs)
for tensor in (inputs, y):
    is_layer = isinstance(tensor, layers.Layer)
    print(type(tensor).__name__, tensor.shape, "is a layer:", is_layer)
print(model.name, "is a layer:", isinstance(model, layers.Layer))

# %% one-dense-is-enough
# 没有激活函数的三个成员取平均，与一个 Dense(1) 相同：权重取平均就是了。

members = [get_model("member_2"), get_model("member_3"), model]
outputs = layers.average([member(inputs) for member in members])
ensemble = keras.Model(inputs, outputs)
single = get_model("single")
single.set_weights(
    [
        np.mean(weights, axis=0)
        for weights in zip(*(member.get_weights() for member in members), strict=True)
    ]
)
batch = np.random.default_rng(0).normal(size=(4, 128)).astype("float32")
print(
    "same:",
    np.allclose(
        ensemble.predict(batch, verbose=0), single.predict(batch, verbose=0), atol=1e-5
    ),
)
