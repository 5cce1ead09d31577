"""做同样事情的层，一个登记过，一个没有；造模型和编译的函数。"""

from typing import Any

import keras
from keras import layers


class Plain(layers.Layer):
    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.factor = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", name="factor"
        )

    def call(self, inputs: Any) -> Any:
        return inputs * self.factor


@keras.saving.register_keras_serializable(package="saved_layers")
class Registered(Plain):
    pass


# 平均值在层的外面：存盘时不会跟着走
mean = 0.0


@keras.saving.register_keras_serializable(package="saved_layers")
class Outside(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs - mean


LAYERS: dict[str, Any] = {
    "none": None,
    "registered": Registered,
    "plain": Plain,
    "outside": Outside,
}


def build_model(layer: str, units: int = 3) -> Any:
    model = keras.Sequential([keras.Input(shape=(6,))])
    if LAYERS[layer] is not None:
        model.add(LAYERS[layer]())
    model.add(layers.Dense(units))
    return model


def compile_model(model: Any) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
