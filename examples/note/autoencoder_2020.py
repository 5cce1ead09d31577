"""
2020 年的写法：自编码器
=======================

旧笔记的代码，由 Keras 2（tf-keras）运行。只有导入改成了 ``tf_keras``。
"""

# %% imports
# 导入 Keras 2。

import tf_keras as keras
import tf_keras.layers as layers

# %% define-encoder
# 先要有编码器。

encoder_input = keras.Input(shape=(28, 28, 1), name="img")
x = layers.Conv2D(16, 3, activation="relu")(encoder_input)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.MaxPooling2D(3)(x)
x = layers.Conv2D(32, 3, activation="relu")(x)
x = layers.Conv2D(16, 3, activation="relu")(x)
encoder_output = layers.GlobalMaxPool2D()(x)

# %% define-autoencoder
# 反卷积、反池化的代码。

x = layers.Reshape((4, 4, 1))(encoder_output)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
x = layers.UpSampling2D(3)(x)
x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
decoder_output = layers.Conv2DTranspose(1, 3, activation="relu")(x)

auto_encoder = keras.Model(encoder_input, decoder_output, name="auto_encoder")
auto_encoder.summary()
