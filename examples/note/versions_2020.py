"""
2020 年的写法：导入
===================

旧笔记的导入语句，由 Keras 2（tf-keras）运行。改动有三处：导入的是 ``tf_keras``，
各行按字母次序排，末尾打印版本。
"""

# %% imports
# 旧笔记的导入。

import os

import numpy as np
import tensorflow as tf
import tf_keras as keras
import tf_keras.layers as layers

print(keras.__version__)
