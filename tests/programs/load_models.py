"""在新的进程里读回全部组合，结果写成一行 JSON。参数是文件夹。

先不导入自定义的类，读一遍（``strange``）；导入之后，再读一遍（``known``）。
每一格是一个字典：``predict`` 和 ``evaluate`` 是与存的时候相等与否，或者报错的原文；
读都读不回来，就只有 ``load``。
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

Cell = dict[str, bool | str]

folder = Path(sys.argv[1])
data = np.load(folder / "data.npz")
samples, labels = data["samples"], data["labels"]
scores = json.loads((folder / "scores.json").read_text(encoding="utf-8"))


def attempt(action: Callable[..., Any]) -> Any:
    try:
        return action()
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


def compare(name: str, load: Callable[..., Any]) -> Cell:
    model = attempt(load)
    if isinstance(model, str):
        return {"load": model}

    def predict() -> bool:
        predicted = model.predict(samples, verbose=0)
        return bool(np.array_equal(predicted, np.load(folder / f"{name}.npy")))

    def evaluate() -> bool:
        found = model.evaluate(samples, labels, verbose=0, return_dict=True)
        return bool(found == scores[name])

    return {"predict": attempt(predict), "evaluate": attempt(evaluate)}


def load_model(file: str, **options: Any) -> Any:
    return keras.models.load_model(folder / file, **options)


def from_export(name: str) -> Any:
    # 套进模型里，预测时分的批就与原来一样
    exported = folder / f"{name}-export"
    layer = keras.layers.TFSMLayer(str(exported), call_endpoint="serve")
    return keras.Sequential([keras.Input(shape=(6,)), layer])


def read_everything() -> dict[str, Cell]:
    cells = {}
    for name in scores:
        for file in (f"{name}.keras", f"{name}.h5"):
            cells[file] = compare(name, lambda file=file: load_model(file))
        for file in (f"{name}.weights.h5", f"{name}-export"):
            cells[f"{file} load_model"] = compare(
                name, lambda file=file: load_model(file)
            )
        cells[f"{name}-export"] = compare(name, lambda name=name: from_export(name))
    return cells


results = {"strange": read_everything()}

import saved_layers  # noqa: E402  之前要在没有它的时候读一遍

results["known"] = known = read_everything()


def from_weights(name: str, layer: str, **options: int) -> Any:
    model = saved_layers.build_model(layer, **options)
    model.load_weights(folder / f"{name}.weights.h5")
    return model


def compiled(model: Any) -> Any:
    saved_layers.compile_model(model)
    return model


classes = {"Plain": saved_layers.Plain}
for name in scores:
    layer = name.split("-")[0]
    for file in (f"{name}.keras", f"{name}.h5"):
        known[f"{file} custom_objects"] = compare(
            name, lambda file=file: load_model(file, custom_objects=classes)
        )
        known[f"{file} custom_objects compile"] = compare(
            name, lambda file=file: compiled(load_model(file, custom_objects=classes))
        )
    known[f"{name}-export compile"] = compare(
        name, lambda name=name: compiled(from_export(name))
    )
    known[f"{name}.weights.h5"] = compare(
        name, lambda name=name, layer=layer: from_weights(name, layer)
    )
    known[f"{name}.weights.h5 compile"] = compare(
        name, lambda name=name, layer=layer: compiled(from_weights(name, layer))
    )
    known[f"{name}.weights.h5 other size"] = compare(
        name, lambda name=name, layer=layer: from_weights(name, layer, units=4)
    )
known["registered-compiled.weights.h5 one layer less"] = compare(
    "registered-compiled",
    lambda: compiled(from_weights("registered-compiled", "none")),
)
print(json.dumps(results))
