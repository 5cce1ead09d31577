"""存下全部组合：格式 × 自定义层（没有、登记、没登记）× 编译与否。参数是放文件的文件夹。"""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import saved_layers

folder = Path(sys.argv[1])
keras.utils.set_random_seed(42)
random = np.random.default_rng(0)
samples = random.normal(size=(64, 6)).astype("float32")
labels = random.integers(0, 3, size=64)
np.savez(folder / "data.npz", samples=samples, labels=labels)
saved_layers.mean = 0.5

scores = {}
for layer in saved_layers.LAYERS:
    model = saved_layers.build_model(layer)
    saved_layers.compile_model(model)
    model.fit(samples, labels, epochs=2, verbose=0)
    for name in (f"{layer}-compiled", f"{layer}-uncompiled"):
        if name.endswith("-uncompiled"):  # 权重一样，只是从来没有编译过
            weights = model.get_weights()
            scored, model = model, saved_layers.build_model(layer)
            model.set_weights(weights)
        else:
            scored = model
        np.save(folder / f"{name}.npy", scored.predict(samples, verbose=0))
        scores[name] = scored.evaluate(samples, labels, verbose=0, return_dict=True)
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
        model.save_weights(folder / f"{name}.weights.h5")
        model.export(folder / f"{name}-export", verbose=False)
(folder / "scores.json").write_text(json.dumps(scores), encoding="utf-8")

# 就在这个进程里，读回那个把平均值放在外面的
name = "outside-compiled"
loaded = keras.models.load_model(folder / f"{name}.keras")
predicted = loaded.predict(samples, verbose=0)
print(json.dumps(bool(np.array_equal(predicted, np.load(folder / f"{name}.npy")))))
