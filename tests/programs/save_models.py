"""存下全部组合：格式 × 自定义层登记与否 × 编译与否。参数是放文件的文件夹。"""

import json
import os
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

folder = Path(sys.argv[1])
sys.path.insert(0, os.fspath(Path(__file__).parent))
import saved_layers

keras.utils.set_random_seed(42)
random = np.random.default_rng(0)
samples = random.normal(size=(64, 6)).astype("float32")
labels = random.integers(0, 3, size=64)
np.savez(folder / "data.npz", samples=samples, labels=labels)


def build(kind):
    return keras.Sequential([keras.Input(shape=(6,)), kind(), layers.Dense(3)])


expected = {}
for registered in (True, False):
    for compiled in (True, False):
        kind = saved_layers.Registered if registered else saved_layers.Plain
        model = build(kind)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(loss=loss, optimizer="adam", metrics=["accuracy"])
        model.fit(samples, labels, epochs=2, verbose=0)
        scores = model.evaluate(samples, labels, verbose=0, return_dict=True)
        if not compiled:
            trained, model = model, build(kind)
            model.set_weights(trained.get_weights())
        name = f"{'registered' if registered else 'plain'}-{compiled}"
        np.save(folder / f"{name}.npy", model.predict(samples, verbose=0))
        expected[name] = scores
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        model.save_weights(folder / f"{name}.weights.h5")
        model.export(folder / f"{name}-export", verbose=False)
(folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
