"""导入了 my_layers 的进程，把每一种存法读回来。"""

import keras
import my_layers
from keras import layers
from reading import check


def load(path, **options):
    return lambda: keras.models.load_model(path, **options)


def from_weights():
    model = my_layers.build_model(my_layers.Scale())
    my_layers.compile_model(model)
    model.load_weights("registered.weights.h5")
    return model


def from_export():
    layer = layers.TFSMLayer("registered_export", call_endpoint="serve")
    model = keras.Sequential([keras.Input(shape=(28, 28)), layer])
    my_layers.compile_model(model)
    return model


def compile_again():
    model = keras.models.load_model("uncompiled.keras")
    my_layers.compile_model(model)
    return model


classes = {"PlainScale": my_layers.PlainScale}
check("registered.keras", load("registered.keras"), "registered")
check("registered.h5", load("registered.h5"), "registered")
check("registered.weights.h5 + compile", from_weights, "registered")
check("registered_export + compile", from_export, "registered")
check("uncompiled.keras + compile", compile_again, "registered")
check(
    "plain.keras + custom_objects", load("plain.keras", custom_objects=classes), "plain"
)
check("plain.h5 + custom_objects", load("plain.h5", custom_objects=classes), "plain")
check("inside.keras", load("inside.keras"), "inside")
