"""
三种导入各得到什么
==================

今天装了 TensorFlow 和 tf-keras 的机器上，旧脚本的导入各得到什么。由 Keras 2（tf-keras）运行，
同时导入 Keras 3 和 TensorFlow。
"""

# %% imports
# 三种导入放在一起。

import importlib
import subprocess
import sys
import warnings

import keras
import numpy as np
import tensorflow as tf
import tf_keras

warnings.filterwarnings("ignore")
PATHS = {"keras": keras, "tensorflow.keras": tf.keras, "tf_keras": tf_keras}

# %% versions
# 前两个是 Keras 3，第三个是 Keras 2。

for name, module in PATHS.items():
    print(f"{name:<18}{module.__version__}")

# %% same-classes
# ``tensorflow.keras`` 里的层、模型、优化器就是 Keras 3 的。

assert tf.keras.__version__ == keras.__version__
assert tf.keras.layers.Dense is keras.layers.Dense
assert tf.keras.Model is keras.Model
assert tf.keras.optimizers.Adam is keras.optimizers.Adam
assert tf_keras.Model is not keras.Model

# %% what-is-there
# 旧脚本里常见的名字，经过哪一种导入还找得到。

NAMES = [
    "utils.vis_utils",
    "utils.np_utils",
    "layers.core",
    "layers.advanced_activations",
    "wrappers.scikit_learn",
    "Sequential.predict_classes",
    "Sequential.fit_generator",
    "layers.experimental.preprocessing",
    "preprocessing.image.ImageDataGenerator",
    "preprocessing.text.Tokenizer",
    "backend.mean",
    "backend.int_shape",
    "losses.Reduction",
    "utils.to_categorical",
]


def found(module, name):
    """能写成 module.name，或者能把它当作模块导入。"""
    try:
        for part in name.split("."):
            module = getattr(module, part)
    except AttributeError:
        return False
    return True


print(" " * 40 + "".join(f"{path:<18}" for path in PATHS).rstrip())
for name in NAMES:
    marks = ["有" if found(module, name) else "-" for module in PATHS.values()]
    print(f"{name:<40}" + "".join(f"{mark:<18}" for mark in marks).rstrip())

# %% gone-everywhere
# 三种导入都没有的模块，真的导入一遍。

for path in ("keras", "tensorflow.keras", "tf_keras"):
    for name in ("utils.vis_utils", "utils.np_utils", "layers.core", "engine"):
        try:
            importlib.import_module(f"{path}.{name}")
        except ModuleNotFoundError as error:
            assert "No module named" in str(error)
        else:
            raise AssertionError(f"{path}.{name} 还在")

# %% still-in-tensorflow
# ``tensorflow.keras`` 里的 ImageDataGenerator 和 Tokenizer 还能用。

pictures, labels = np.ones((8, 6, 6, 1)), np.ones((8, 1))
generator = tf.keras.preprocessing.image.ImageDataGenerator(rotation_range=10)
model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
history = model.fit(generator.flow(pictures, labels, batch_size=4), verbose=0)
assert np.isfinite(history.history["loss"]).all()

tokenizer = tf.keras.preprocessing.text.Tokenizer()
tokenizer.fit_on_texts(["one two three"])
assert tokenizer.texts_to_sequences(["one three"]) == [[1, 3]]

# %% backend-on-tensors
# ``tensorflow.keras`` 的 ``K.mean`` 用在真的张量上，包括自己写的损失函数里，没有问题。

K = tf.keras.backend
assert float(K.mean(tf.constant([1.0, 3.0]))) == 2.0


def own_loss(targets, outputs):
    return K.mean(K.square(targets - outputs), axis=-1)


model.compile(loss=own_loss, optimizer="sgd")
history = model.fit(pictures, labels, verbose=0)
assert np.isfinite(history.history["loss"]).all()

# %% backend-on-symbolic
# 用在函数式模型的接线处，就报错；函数不同，报的也不同。

inputs = tf.keras.Input(shape=(4,))
for function in (K.mean, K.square):
    try:
        function(inputs)
    except (AttributeError, ValueError) as error:
        print(f"{function.__name__}: {type(error).__name__}: {str(error)[:66]}")

# %% symbolic-fails
# 两种报错。

for function, said in (
    (K.mean, "'str' object has no attribute 'base_dtype'"),
    (K.square, "A KerasTensor cannot be used as input to a TensorFlow function"),
):
    try:
        function(inputs)
    except (AttributeError, ValueError) as error:
        assert said in str(error)
    else:
        raise AssertionError("没有报错")

# %% legacy-keras
# 设了 ``TF_USE_LEGACY_KERAS``，``tensorflow.keras`` 就指向 tf-keras，``keras`` 不变。

import os

command = "import keras, tensorflow as tf; print(tf.keras.Model, keras.Model)"
done = subprocess.run(
    [sys.executable, "-c", command],
    check=True,
    env={**os.environ, "TF_USE_LEGACY_KERAS": "1"},
    capture_output=True,
    text=True,
)
print(done.stdout)
assert done.stdout.startswith("<class 'tf_keras.")
assert "<class 'keras.src" in done.stdout
