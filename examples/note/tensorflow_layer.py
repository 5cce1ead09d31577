"""
只有 TensorFlow 才有的函数
==========================

旧脚本里的 ``tf.`` 函数没有对应的 ``keras.ops``，就把它包进一层。

只用于 TensorFlow 后端：别的后端没有 TensorFlow 的函数。
"""

# %% tf-in-a-layer
# 在自定义层的 ``call`` 里，用什么函数都行。

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import tensorflow as tf
from keras import layers


class TensorFlowMean(layers.Layer):
    def call(self, inputs):
        return tf.reduce_mean(inputs, axis=1)


print(TensorFlowMean()(keras.Input(shape=(4,))).shape)

# %% in-a-model
# 包成一层，就能接进函数式模型，也能训练。

import numpy as np

inputs = keras.Input(shape=(4, 3))
model = keras.Model(inputs, layers.Dense(1)(TensorFlowMean()(inputs)))
model.compile(loss="mse")
history = model.fit(np.ones((8, 4, 3)), np.ones((8, 1)), verbose=0)
assert np.isfinite(history.history["loss"]).all()
assert np.allclose(TensorFlowMean()(np.ones((8, 4, 3))), 1.0)
