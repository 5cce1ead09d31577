"""
2020 年的写法：顺序模型
=======================

旧笔记的代码，由 Keras 2（tf-keras）运行。只有导入改成了 ``tf_keras``；
最后打印的两行旧笔记没有。
"""

# %% list-form
# 用列表。

import tensorflow as tf
import tf_keras as keras
import tf_keras.layers as layers

model = keras.Sequential(
    [
        layers.Dense(2, activation="relu"),
        layers.Dense(3, activation="relu"),
        layers.Dense(4),
    ]
)

# %% add-form
# 用 add。

model = keras.Sequential()
model.add(layers.Dense(2, activation="relu"))
model.add(layers.Dense(3, activation="relu"))
model.add(layers.Dense(4))

# %% first-call
# 第一次调用之后，才知道输入的宽度。

model = keras.Sequential(
    [
        layers.Dense(2, activation="relu"),
        layers.Dense(3, activation="relu"),
        layers.Dense(4),
    ]
)
# 在这个之后 y = model(x) 之后，才能确定输入模型的维度
x = tf.ones((1, 4))
y = model(x)
print(y.shape)
model.summary()

# %% weights-before
# 旧笔记没有这一步：还没有调用就要权重。

model = keras.Sequential([layers.Dense(2), layers.Dense(3)])
try:
    print(model.weights)
except ValueError as error:
    print("ValueError:", error)
