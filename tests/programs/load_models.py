"""在新的进程里读回全部组合，把结果写成 JSON。

参数是文件夹，和要不要先导入自定义的类（``import`` 或 ``no-import``）。
"""

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

folder = Path(sys.argv[1])
custom = {}
if sys.argv[2] == "import":
    sys.path.insert(0, os.fspath(Path(__file__).parent))
    import saved_layers

    custom = {"Plain": saved_layers.Plain}

data = np.load(folder / "data.npz")
samples, labels = data["samples"], data["labels"]


def report(expected, load, *arguments, **options):
    try:
        model = load(*arguments, **options)
        predicted = np.asarray(model.predict(samples, verbose=0))
        result = {"same": bool(np.array_equal(predicted, expected))}
    except Exception as error:  # noqa: BLE001
        return {"error": f"{type(error).__name__}: {error}"}
    try:
        result["scores"] = model.evaluate(samples, labels, verbose=0, return_dict=True)
    except Exception as error:  # noqa: BLE001
        result["no_scores"] = f"{type(error).__name__}: {error}"
    return result


def from_weights(name):
    kind = saved_layers.Registered if "registered" in name else saved_layers.Plain
    model = keras.Sequential([keras.Input(shape=(6,)), kind(), layers.Dense(3)])
    model.load_weights(folder / f"{name}.weights.h5")
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, metrics=["accuracy"])
    return model


def other_shape(name):
    model = keras.Sequential([keras.Input(shape=(5,)), layers.Dense(3)])
    model.load_weights(folder / f"{name}.weights.h5")
    return model


class Exported:
    def __init__(self, path):
        self.layer = layers.TFSMLayer(path, call_endpoint="serve")

    def predict(self, samples, verbose):
        return self.layer(samples)


results = {}
load_model = keras.models.load_model
for name in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
    expected = np.load(folder / f"{name}.npy")
    for suffix in ("keras", "h5"):
        path = folder / f"{name}.{suffix}"
        results[path.name] = report(expected, load_model, path)
        results[f"{path.name} custom_objects"] = report(
            expected, load_model, path, custom_objects=custom
        )
    if custom:
        results[f"{name}.weights.h5"] = report(expected, from_weights, name)
    results[f"{name} other shape"] = report(expected, other_shape, name)
    export = folder / f"{name}-export"
    results[f"{name} export"] = report(expected, Exported, export)
    results[f"{name} export load_model"] = report(expected, load_model, export)
print(json.dumps(results))
