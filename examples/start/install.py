"""
导入 Keras，看看用的是什么版本、哪个后端
========================================

只需要导入 keras 一个包，计算由它背后的后端完成。
"""

# %% imports
# 导入 Keras 和它的层、运算。

import keras
from keras import layers, ops

print(keras.__version__)

# %% versions
# 这次运行用到的包的版本。

import platform
from importlib.metadata import version

print(f"{'python':<15}{platform.python_version()}")
backend = keras.config.backend()  # 后端的包也叫这个名字
for package in ("keras", backend, "numpy", "pydot", "matplotlib"):
    print(f"{package:<15}{version(package)}")

# %% backend-not-included
# Keras 的安装包要哪些别的包：里面没有一个后端。

from importlib.metadata import requires

needed = [line for line in requires("keras") if "extra ==" not in line]
assert any(line.startswith("numpy") for line in needed)
assert not any(line.startswith(("tensorflow", "jax", "torch")) for line in needed)

# %% python-version
# 这个版本的 Keras 要多新的 Python。

from importlib.metadata import metadata

assert metadata("keras")["Requires-Python"] == ">=3.11"

# %% backend
# 计算由哪个后端完成。

print(backend)

# %% gpu
# 后端看得到 GPU 吗。

if backend == "tensorflow":
    import tensorflow as tf

    print(tf.config.list_physical_devices("GPU"))  # [] 就是没有
elif backend == "jax":
    import jax

    print(jax.devices())  # 只有 CpuDevice 就是没有
else:
    import torch

    print(torch.cuda.is_available())  # False 就是没有

# %% ops
# ``keras.ops`` 里的运算在每个后端上都能用。

matrix = ops.ones((2, 3))
product = ops.matmul(matrix, ops.transpose(matrix))
print(ops.convert_to_numpy(product))

# %% tensor-type
# 算出来的是后端自己的张量。

print(type(product).__module__.partition(".")[0])

# %% own-tensors
# 三个后端的张量，各是什么类。

if backend == "tensorflow":
    tensor_class = tf.Tensor
elif backend == "jax":
    tensor_class = jax.Array
else:
    tensor_class = torch.Tensor
assert isinstance(product, tensor_class)
assert isinstance(layers.Dense(4)(product), tensor_class)

# %% layer
# 层也是：造一层，调用它。

dense = layers.Dense(4, name="first_layer")
outputs = dense(matrix)
print(outputs.shape)

# %% works-without-gpu
# 有没有 GPU，同样的几行代码都算得出来。

assert ops.convert_to_numpy(product).tolist() == [[3.0, 3.0], [3.0, 3.0]]
assert tuple(outputs.shape) == (2, 4)

# %% another-python
# 后端在导入 Keras 时就定了：要试别的设置，就另起一个 Python。

import json
import os
import pathlib
import subprocess
import sys
import tempfile

COMMAND = [sys.executable, "-c", "import keras; print(keras.config.backend())"]
home = tempfile.TemporaryDirectory()  # 代替 ~/.keras，不动你自己的设置
settings_file = pathlib.Path(home.name) / "keras.json"


def ask(**variables):
    """设好环境变量，运行上面的命令，返回它说的最后一行。"""
    environment = {**os.environ, "KERAS_HOME": home.name}
    environment.pop("KERAS_BACKEND", None)
    done = subprocess.run(
        COMMAND,
        check=False,
        env={**environment, **variables},
        capture_output=True,
        text=True,
    )
    return (done.stdout or done.stderr).splitlines()[-1]


# %% first-import
# 第一次导入，没有设环境变量，也还没有 keras.json：用的是 TensorFlow，没有装它就报错。

assert not settings_file.exists()
assert ask() in ("tensorflow", "ModuleNotFoundError: No module named 'tensorflow'")
print(settings_file.read_text())
assert json.loads(settings_file.read_text())["backend"] == "tensorflow"

# %% keras-json
# 没有设环境变量，就看 keras.json。

settings_file.write_text(json.dumps({"backend": backend}))
assert ask() == backend
settings_file.write_text(json.dumps({"backend": "from_the_file"}))
assert ask() == "ValueError: Unable to import backend : from_the_file"

# %% variable-wins
# 两处都写了，环境变量说了算。

assert "from_the_file" in settings_file.read_text()
assert ask(KERAS_BACKEND="by_variable") == (
    "ValueError: Unable to import backend : by_variable"
)

# %% not-installed
# 选了一个没有安装的后端。

from importlib.util import find_spec

choices = ("torch", "jax", "tensorflow", "openvino")
missing = next(name for name in choices if not find_spec(name))
print(ask(KERAS_BACKEND=missing))

# %% wrong-name
# 后端的名字写错了。

print(ask(KERAS_BACKEND="tensorfow"))
