"""
2020 年的写法：自定义层
=======================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有两处：导入的是 ``tf_keras``，
图片交给 ``figures.path`` 决定写到哪里。
"""

# %% custom-dense
# 旧笔记的层。

import tensorflow as tf
import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import figures


class CustomDense(layers.Layer):
    def __init__(self, units=32):
        super(CustomDense, self).__init__()
        self.units = units
        self.w = None
        self.b = None

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            trainable=True,
        )
        self.b = self.add_weight(
            shape=(self.units,), initializer="random_normal", trainable=True
        )

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {"units": self.units}


# %% main
# 用它定义一个模型，画图，打印。


def main():
    inputs = keras.Input((4,))
    outputs = CustomDense(10)(inputs)
    model = keras.Model(inputs, outputs)

    draw_path = figures.path("custom_dense_2020.png")
    keras.utils.plot_model(model, draw_path, show_shapes=True)
    model.summary()


if __name__ == "__main__":
    main()
