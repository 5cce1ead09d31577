"""
保存的契约：换一个进程读回来
============================

存好模型，另起一个 Python 进程去读，比较预测和成绩；再看哪些情形一定读不回来，哪些读回来却不对。
读的进程运行的程序在旁边的 ``programs`` 文件夹里。

只用于 TensorFlow 后端：比较的存法里有 SavedModel，写和读都要 TensorFlow。
"""

# %% imports
# 导入要用的包，和旁边的 ``programs/my_layers.py``；说明用哪个后端。
# ``subprocess`` 用来另起 Python 进程。

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from programs import my_layers

from kerasguide import datasets

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% train
# 每个层训练一个小模型，记下它们在测试集上的预测和成绩。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要跑得快，只用前 1,000 张训练、前 200 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1000], y_train[:1000]
x_test, y_test = x_test[:200], y_test[:200]
my_layers.mean = float(x_train.mean() / 255)

models = {
    "registered": my_layers.build_model(my_layers.Scale()),
    "plain": my_layers.build_model(my_layers.PlainScale()),
    "outside": my_layers.build_model(my_layers.CenterOutside()),
    "inside": my_layers.build_model(my_layers.CenterInside(my_layers.mean)),
}
expected = {"x_test": x_test, "y_test": y_test}
for name, model in models.items():
    my_layers.compile_model(model)
    model.fit(x_train, y_train, epochs=2, verbose=0)
    scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    expected[name] = model.predict(x_test, verbose=0)
    expected[f"{name}_scores"] = [scores["loss"], scores["accuracy"]]
    print(f"{name:10} accuracy {scores['accuracy']:.3f}")
np.savez(folder / "expected.npz", **expected)

# %% save
# 各种存法各存一份；另存一个没有编译过的。

for name, model in models.items():
    model.save(folder / f"{name}.keras")
registered = models["registered"]
registered.save(folder / "registered.h5")
registered.save_weights(folder / "registered.weights.h5")
registered.export(folder / "registered_export", verbose=False)
models["plain"].save(folder / "plain.h5")

uncompiled = my_layers.build_model(my_layers.Scale())
uncompiled.set_weights(registered.get_weights())
uncompiled.save(folder / "uncompiled.keras")

# %% same-process
# 先就在这个进程里读回来。

seen = {}
for name in models:
    try:
        loaded = keras.models.load_model(folder / f"{name}.keras")
    except TypeError:
        seen[name] = "TypeError"
    else:
        same = np.array_equal(loaded.predict(x_test, verbose=0), expected[name])
        seen[name] = f"predictions {'same' if same else 'different'}"
    print(f"{name:10} {seen[name]}")
assert seen["plain"] == "TypeError"
assert seen["outside"] == "predictions same"

# %% new-process
# 另起两个 Python，各运行 ``my_layers.py`` 旁边的一个程序，都在 folder 里运行；先不等它们。


def start(program):
    return subprocess.Popen(
        [sys.executable, Path(my_layers.__file__).with_name(program)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process):
    """等它结束，返回它打印的。"""
    printed, errors = process.communicate()
    if process.returncode:
        raise RuntimeError(errors)
    print(printed, end="")
    return printed


holds, fails = start("what_holds.py"), start("what_fails.py")

# %% what-holds
# 第一个进程导入了 ``my_layers``：这些都要与原来的逐位相同。

held = wait_for(holds).splitlines()
assert len(held) == 8
for line in held:
    assert line.endswith("predictions same, scores same"), line

# %% what-fails
# 第二个进程起初没有导入 ``my_layers``，后来又做了别的不该做的：这些一定失败。
# 最后两个最坏：不报错，结果却不对。

not_imported, rest = wait_for(fails).split("my_layers is imported\n")
imported, silent = rest.split("no error\n")

# %% refused
# 报错的，每一种是什么。

assert "registered.keras                     TypeError\n" in not_imported
assert "Could not locate class 'Scale'" in not_imported
assert "registered.h5                        ValueError\n" in not_imported
assert "Unknown layer: 'my_layers>Scale'" in not_imported
assert "No model config found" in not_imported
assert "File format not supported" in not_imported
assert "plain.keras                          TypeError\n" in imported
assert "Could not locate class 'PlainScale'" in imported
assert "plain.h5                             ValueError\n" in imported
assert "Unknown layer: 'PlainScale'" in imported
assert "objects could not be loaded" in imported

# %% not-compiled
# 没有编译过的：预测相同，测试时报错。

for part, title in (
    (not_imported, "registered_export, evaluate"),
    (imported, "uncompiled.keras, evaluate"),
):
    assert f"{title:36} predictions same, ValueError\n" in part
    assert "You must call `compile()`" in part

# %% silent
# 不报错的两种：预测、成绩都不同。

assert silent.count("predictions different, scores different\n") == 2
assert "Error" not in silent

# %% simple-settings
# 简单的设置，不写 ``get_config`` 也会记下来。


@keras.saving.register_keras_serializable(package="my_layers")
class CenterWithoutConfig(keras.layers.Layer):
    def __init__(self, mean, **kwargs):
        super().__init__(**kwargs)
        self.mean = mean

    def call(self, inputs):
        return inputs - self.mean


layer = CenterWithoutConfig(0.25)
rebuilt = CenterWithoutConfig.from_config(layer.get_config())
print("mean", rebuilt.mean)
assert rebuilt.mean == 0.25

# %% array-settings
# 设置里有别的东西，例如 NumPy 数组，就要自己写。

layer = CenterWithoutConfig(np.array([0.25, 0.5]))
try:
    layer.get_config()
except NotImplementedError as error:
    print("NotImplementedError:", " ".join(str(error).split()).split(", and")[0])
    assert "override `get_config()`" in str(error)
else:
    raise AssertionError("没有报错")

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
