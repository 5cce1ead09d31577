"""
保存的契约：换一个进程读回来
============================

存好模型，另起一个 Python 进程去读，比较预测和成绩；再看哪些情形一定读不回来，哪些读回来却不对。

只用于 TensorFlow 后端：比较的存法里有 SavedModel，写和读都要 TensorFlow。
"""

# %% imports
# 导入要用的包，说明用哪个后端。``subprocess`` 用来另起一个 Python 进程。

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np

from kerasguide import datasets

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% my-layers
# 自己写的四个层，和造模型、编译的函数。写在文件里，哪个进程都能导入。

(folder / "my_layers.py").write_text(
    '''
import keras
from keras import layers


class PlainScale(layers.Layer):
    """乘以可以训练的数。没有登记。"""

    def build(self, input_shape):
        self.factor = self.add_weight(
            shape=(input_shape[-1],), initializer="ones", name="factor"
        )

    def call(self, inputs):
        return inputs * self.factor


@keras.saving.register_keras_serializable(package="my_layers")
class Scale(PlainScale):
    """同样的层，登记过。"""


mean = 0.0


@keras.saving.register_keras_serializable(package="my_layers")
class CenterOutside(layers.Layer):
    """减去平均值。登记过，平均值放在层的外面。"""

    def call(self, inputs):
        return inputs - mean


@keras.saving.register_keras_serializable(package="my_layers")
class CenterInside(layers.Layer):
    """减去平均值。登记过，平均值是层的设置。"""

    def __init__(self, mean, **kwargs):
        super().__init__(**kwargs)
        self.mean = mean

    def call(self, inputs):
        return inputs - self.mean

    def get_config(self):
        return {**super().get_config(), "mean": self.mean}


def build_model(*first_layers, units=32):
    model = keras.Sequential([keras.Input(shape=(784,)), *first_layers])
    model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10))
    return model


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="adam",
        metrics=["accuracy"],
    )
''',
    encoding="utf-8",
)
sys.path.insert(0, str(folder))
import my_layers

# %% train
# 每个层训练一个小模型，记下它们在测试集上的预测和成绩。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要跑得快，只用前 1,000 张训练、前 200 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1000], y_train[:1000]
x_test, y_test = x_test[:200], y_test[:200]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255
my_layers.mean = float(x_train.mean())

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

for name in models:
    try:
        loaded = keras.models.load_model(folder / f"{name}.keras")
    except TypeError:
        print(f"{name:10} TypeError")
    else:
        same = np.array_equal(loaded.predict(x_test, verbose=0), expected[name])
        print(f"{name:10} predictions {'same' if same else 'different'}")

# %% reader
# 另一个进程要运行的程序：读回来，预测，测试，与记下的比较。

reader = '''
import textwrap

import keras
import numpy as np
from keras import layers

expected = np.load("expected.npz")
x_test, y_test = expected["x_test"], expected["y_test"]


def check(title, load, name):
    """读回一个模型，与名叫 name 的模型存的时候相比；出错就打印错误。"""
    results, reason = [], ""
    try:
        model = load()
        predictions = model.predict(x_test, verbose=0)
        same = np.array_equal(predictions, expected[name])
        results.append(f"predictions {'same' if same else 'different'}")
        scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        scores = [scores["loss"], scores["accuracy"]]
        old_scores = expected[f"{name}_scores"]
        same = np.array_equal(scores, old_scores)
        results.append(f"scores {'same' if same else 'different'}")
        if not same:
            reason = "loss {:.4f}, accuracy {:.4f}; it was".format(*scores)
            reason += " {:.4f} and {:.4f}".format(*old_scores)
    except Exception as error:
        results.append(type(error).__name__)
        # 只留要紧的一句，去掉外面包着的一层和长长的设置
        reason = str(error).split("Exception encountered: ")[-1]
        reason = reason.split(" Full object config")[0]
        reason = " ".join(reason.split(" Target variable")[0].split())
    print(f"{title:36}", ", ".join(results))
    for line in textwrap.wrap(reason, 80, break_long_words=False):
        print("   ", line)
'''


def run_in_new_process(program):
    """在 folder 里另起一个 Python，运行 reader 加上 program。"""
    done = subprocess.run(
        [sys.executable, "-c", reader + program],
        cwd=folder,
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


def from_weights():
    model = my_layers.build_model(my_layers.Scale())
    model.load_weights("registered.weights.h5")
    my_layers.compile_model(model)
    return model


def from_export():
    layer = layers.TFSMLayer("registered_export", call_endpoint="serve")
    model = keras.Sequential([keras.Input(shape=(784,)), layer])
    my_layers.compile_model(model)
    return model


def compile_again():
    model = keras.models.load_model("uncompiled.keras")
    my_layers.compile_model(model)
    return model


def load(path, **options):
    return lambda: keras.models.load_model(path, **options)


classes = {"PlainScale": my_layers.PlainScale}
check("registered.keras", load("registered.keras"), "registered")
check("registered.h5", load("registered.h5"), "registered")
check("registered.weights.h5 + compile", from_weights, "registered")
check("registered_export + compile", from_export, "registered")
check("uncompiled.keras + compile", compile_again, "registered")
check("plain.keras + custom_objects", load("plain.keras", custom_objects=classes), "plain")
check("plain.h5 + custom_objects", load("plain.h5", custom_objects=classes), "plain")
check("inside.keras", load("inside.keras"), "inside")
"""
)

# %% what-fails
# 新进程起初没有导入 ``my_layers``，后来又做了别的不该做的：这些一定失败。
# 最后两个最坏：不报错，结果却不对。

run_in_new_process(
    """
def load(path):
    return lambda: keras.models.load_model(path)


def from_export():
    layer = layers.TFSMLayer("registered_export", call_endpoint="serve")
    return keras.Sequential([keras.Input(shape=(784,)), layer])


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
"""
)

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
