"""
导入 Keras，看看用的是什么版本
==============================

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
for package in ("keras", backend, "numpy", "pydot", "graphviz-pure", "matplotlib"):
    print(f"{package:<15}{version(package)}")

# %% backend
# 计算由哪个后端完成。

print(backend)

# %% ops
# ``keras.ops`` 里的运算在每个后端上都能用。

matrix = ops.ones((2, 3))
product = ops.matmul(matrix, ops.transpose(matrix))
print(ops.convert_to_numpy(product))

# %% layer
# 层也是：造一层，调用它。

dense = layers.Dense(4, name="first_layer")
outputs = dense(matrix)
print(outputs.shape)
