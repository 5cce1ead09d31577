"""
零的张量不是占位符
==================

用一批零调用模型，得到的是数；用 keras.Input 调用，得到的才只有形状。
"""

# %% imports
# 导入要用的包。

import keras
from keras import layers, ops

# %% model
# 旧笔记的模型，去掉了只写 ``pass`` 的 ``get_config``。


class MLP(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense_1 = layers.Dense(64, activation="relu")
        self.dense_2 = layers.Dense(10)

    def call(self, inputs):
        x = self.dense_1(inputs)
        return self.dense_2(x)


# %% call-on-zeros
# 送进去一批零。

mlp = MLP(name="mlp")
scores = mlp(ops.zeros((1, 32)))
print(type(scores).__name__, tuple(scores.shape))
print(ops.convert_to_numpy(scores))
print("parameters:", mlp.count_params())

# %% any-rows
# 行数随意，0 行也行；宽度不行。

for rows in (0, 7, 9):
    print(rows, "rows ->", tuple(mlp(ops.zeros((rows, 32))).shape))

try:
    mlp(ops.zeros((1, 784)))
except ValueError as error:
    print("ValueError:", error)

# %% call-on-input
# 占位符的传人：只有形状，没有数。

outputs = MLP(name="mlp_on_input")(keras.Input(shape=(784,)))
print(type(outputs).__name__, outputs.shape)
