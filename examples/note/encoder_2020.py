"""
2020 年的写法：卷积与池化
=========================

旧笔记的代码，由 Keras 2（tf-keras）运行。只有导入改成了 ``tf_keras``。
"""

# %% imports
# 导入 Keras 2。

import tf_keras as keras
import tf_keras.layers as layers

# %% define-encoder
# 卷积、池化的模型定义。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

encoder = keras.Model(encoder_input, encoder_output, name="encoder")
encoder.summary()
