"""
在代码里选后端
==============

在导入 Keras 之前设环境变量；导入之后就晚了。

只用于 JAX 后端：这里选的就是它。
"""

# %% choose
# 这两行要写在 ``import keras`` 之前。

import os

os.environ["KERAS_BACKEND"] = "jax"

import keras

print(keras.config.backend())

# %% chosen
# 用的是选中的那一个。

assert keras.config.backend() == "jax"

# %% too-late
# 已经导入了，再改也没有用。

os.environ["KERAS_BACKEND"] = "tensorflow"
print(keras.config.backend())

# %% no-error
# 再导入一次也一样：Python 不会重新导入同一个包。

import keras

assert keras.config.backend() == "jax"
