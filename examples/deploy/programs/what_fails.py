"""起初没有导入 my_layers，后来又做了别的不该做的：报错的，和不报错却不对的。"""

import keras
from keras import layers
from reading import check


def load(path):
    return lambda: keras.models.load_model(path)


def from_export():
    layer = layers.TFSMLayer("registered_export", call_endpoint="serve")
    return keras.Sequential([keras.Input(shape=(28, 28)), layer])


print("my_layers is not imported")
check("registered.keras", load("registered.keras"), "registered")
check("registered.h5", load("registered.h5"), "registered")
check("registered.weights.h5, load_model", load("registered.weights.h5"), "registered")
check("registered_export, load_model", load("registered_export"), "registered")
check("registered_export, evaluate", from_export, "registered")

import my_layers


def other_size():
    model = my_layers.build_model(my_layers.Scale(), units=16)
    model.load_weights("registered.weights.h5")
    return model


def without_scale():
    model = my_layers.build_model()
    model.load_weights("registered.weights.h5")
    my_layers.compile_model(model)
    return model


print("my_layers is imported")
check("plain.keras", load("plain.keras"), "plain")
check("plain.h5", load("plain.h5"), "plain")
check("registered.weights.h5, units=16", other_size, "registered")
check("uncompiled.keras, evaluate", load("uncompiled.keras"), "registered")

print("no error")
check("outside.keras", load("outside.keras"), "outside")
check("registered.weights.h5, no Scale", without_scale, "registered")
