"""
保存的契约：换一个进程读回来
============================

存好模型，另起一个 Python 进程去读，比较预测和成绩；再看哪些情形一定读不回来。
"""

# %% imports
# 导入要用的包。

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

from kerasguide import datasets

keras.utils.set_random_seed(42)
folder = Path(tempfile.mkdtemp())

# %% my-layers
# 两个做同样事情的层，一个登记过，一个没有。写在文件里，两个进程都能导入。

(folder / "my_layers.py").write_text(
    """
import keras


@keras.saving.register_keras_serializable(package="my_layers")
class Scale(keras.layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return inputs * self.factor


class PlainScale(keras.layers.Layer):
    def build(self, input_shape):
        self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

    def call(self, inputs):
        return inputs * self.factor
""",
    encoding="utf-8",
)
sys.path.insert(0, str(folder))
import my_layers

# %% train
# 每个层训练一个小模型，记下它们在测试集上的预测和成绩。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train = x_train[:1000].reshape(-1, 784).astype("float32") / 255
x_test = x_test[:200].reshape(-1, 784).astype("float32") / 255
y_train, y_test = y_train[:1000], y_test[:200]


def build_model(scale):
    return keras.Sequential(
        [
            keras.Input(shape=(784,)),
            layers.Dense(32, activation="relu"),
            scale,
            layers.Dense(10),
        ]
    )


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="adam",
        metrics=["accuracy"],
    )


registered, plain = build_model(my_layers.Scale()), build_model(my_layers.PlainScale())
for model in (registered, plain):
    compile_model(model)
    model.fit(x_train, y_train, epochs=2, verbose=0)
scores = registered.evaluate(x_test, y_test, verbose=0, return_dict=True)
np.savez(
    folder / "expected.npz",
    x_test=x_test,
    y_test=y_test,
    registered=registered.predict(x_test, verbose=0),
    plain=plain.predict(x_test, verbose=0),
    scores=[scores["loss"], scores["accuracy"]],
)

# %% save
# 各种存法各存一份；另存一个没有编译过的。

registered.save(folder / "registered.keras")
registered.save(folder / "registered.h5")
registered.save_weights(folder / "registered.weights.h5")
registered.export(folder / "registered_export", verbose=False)
plain.save(folder / "plain.keras")

uncompiled = build_model(my_layers.Scale())
uncompiled.set_weights(registered.get_weights())
uncompiled.save(folder / "uncompiled.keras")

# %% reader
# 另一个进程要运行的程序：读回来，预测，测试，与记下的比较。

(folder / "reader.py").write_text(
    """
import textwrap

import keras
import numpy as np
from keras import layers

expected = np.load("expected.npz")
x_test, y_test = expected["x_test"], expected["y_test"]


def check(name, load, predictions="registered"):
    try:
        model = load()
        same = np.array_equal(model.predict(x_test, verbose=0), expected[predictions])
        report = f"same predictions {same}"
        if predictions == "registered":
            scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
            scores = [scores["loss"], scores["accuracy"]]
            same = np.array_equal(scores, expected["scores"])
            report += f", same loss and accuracy {same}"
    except Exception as error:
        reason = str(error).split("Exception encountered: ")[-1]
        reason = reason.split(" Full object config")[0]
        reason = reason.split(" Target variable")[0]
        report = f"{type(error).__name__}: {reason}"
    print(name)
    print(textwrap.indent(textwrap.fill(report, 80), "    "))
""",
    encoding="utf-8",
)


def run_in_new_process(program):
    """在 folder 里另起一个 Python，运行 reader.py 加上 program。"""
    reader = (folder / "reader.py").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", reader + program],
        cwd=folder,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    print(done.stdout, end="")


# %% what-holds
# 新进程导入了 ``my_layers``：这些都要与原来的逐位相同。

run_in_new_process(
    """
import my_layers


def build_model():
    return keras.Sequential(
        [
            keras.Input(shape=(784,)),
            layers.Dense(32, activation="relu"),
            my_layers.Scale(),
            layers.Dense(10),
        ]
    )


def from_weights():
    model = build_model()
    model.load_weights("registered.weights.h5")
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def plain_with_custom_objects():
    custom_objects = {"PlainScale": my_layers.PlainScale}
    return keras.models.load_model("plain.keras", custom_objects=custom_objects)


check(".keras", lambda: keras.models.load_model("registered.keras"))
check(".h5", lambda: keras.models.load_model("registered.h5"))
check(".weights.h5", from_weights)
check(".keras, not registered, custom_objects", plain_with_custom_objects, "plain")

layer = layers.TFSMLayer("registered_export", call_endpoint="serve")
exported = np.array(layer(x_test))
difference = np.abs(exported - expected["registered"]).max()
print("export, TFSMLayer")
print("    largest difference below 1e-5:", bool(difference < 1e-5))
"""
)

# %% what-fails
# 新进程没有导入 ``my_layers``，或者做了别的不该做的：这些一定失败。

run_in_new_process(
    """
def other_shape():
    model = keras.Sequential([keras.Input(shape=(784,)), layers.Dense(16)])
    model.load_weights("registered.weights.h5")
    return model


check("registered, not imported: .keras", lambda: keras.models.load_model("registered.keras"))
check("registered, not imported: .h5", lambda: keras.models.load_model("registered.h5"))
check("not registered: .keras", lambda: keras.models.load_model("plain.keras"), "plain")
check("export, load_model", lambda: keras.models.load_model("registered_export"))
check("weights of another model", other_shape)

import my_layers

check("never compiled: evaluate", lambda: keras.models.load_model("uncompiled.keras"))
"""
)

# %% clean-up
# 删掉临时的文件夹。

shutil.rmtree(folder)
