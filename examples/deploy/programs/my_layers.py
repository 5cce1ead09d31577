"""自己写的层，和造模型、编译的函数：存的进程和读的进程都导入它。"""

import keras
from keras import layers


class PlainScale(layers.Layer):
    """乘以可以训练的数。没有注册。"""

    def build(self, input_shape):
        self.factor = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", name="factor"
        )

    def call(self, inputs):
        return inputs * self.factor


@keras.saving.register_keras_serializable(package="my_layers")
class Scale(PlainScale):
    """同样的层，注册过。"""


mean = 0.0


@keras.saving.register_keras_serializable(package="my_layers")
class CenterOutside(layers.Layer):
    """减去平均值。注册过，平均值放在层的外面。"""

    def call(self, inputs):
        return inputs - mean


@keras.saving.register_keras_serializable(package="my_layers")
class CenterInside(layers.Layer):
    """减去平均值。注册过，平均值是层的设置。"""

    def __init__(self, mean, **kwargs):
        super().__init__(**kwargs)
        self.mean = mean

    def call(self, inputs):
        return inputs - self.mean

    def get_config(self):
        return {**super().get_config(), "mean": self.mean}


def build_model(*first_layers, units=32):
    model = keras.Sequential(
        [keras.Input(shape=(28, 28)), layers.Rescaling(1 / 255), layers.Flatten()]
    )
    for layer in first_layers:
        model.add(layer)
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10))
    return model


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="adam",
        metrics=["accuracy"],
    )
