"""
2020 年的写法：自定义模型
=========================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有三处：导入的是 ``tf_keras``；
覆盖 pydot 的几行去掉了，它们连 tf-keras 2.21 也不认得；图片交给 ``figures.path``
决定写到哪里。最后三块单独试一试：旧笔记注释掉的那一行，和旧笔记没有的存盘。
"""

# %% mlp
# 旧笔记的模型。

import os
import tempfile

import tensorflow as tf
import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import figures


class MLP(keras.Model):
    def get_config(self):
        pass

    def __init__(self, **kwargs):
        super(MLP, self).__init__(**kwargs)
        self.dense_1 = layers.Dense(64, activation="relu")
        self.dense_2 = layers.Dense(10)

    def call(self, inputs):
        x = self.dense_1(inputs)
        return self.dense_2(x)

    def print(self):
        self.summary()
        draw_path = figures.path("custom_model_2020.png")
        keras.utils.plot_model(self, draw_path)


# %% main
# 用 ``keras.Input`` 调用它，打印，画图。


def main():
    # Instantiate the model.
    mlp = MLP()
    # _ = mlp(tf.zeros((1, 32))) # tf2中，不在保有占位符这种东西
    _ = mlp(keras.Input(shape=(784,)))
    mlp.print()


if __name__ == "__main__":
    main()

# %% call-on-zeros
# 旧笔记注释掉的那一行，单独试一试。

mlp = MLP()
_ = mlp(tf.zeros((1, 32)))
mlp.summary()

# %% save
# 旧笔记没有这一步：照当年的办法，存到一个文件夹。

print("config:", mlp.get_config())
temporary = tempfile.TemporaryDirectory()
try:
    mlp.save(os.path.join(temporary.name, "mlp"))
except (AttributeError, ValueError) as error:
    print(f"{type(error).__name__}:", str(error).split(" Received:")[0])

# %% save-keras
# 后来才有的存法：存成一个 ``.keras`` 文件。

try:
    mlp.save(os.path.join(temporary.name, "mlp.keras"))
except TypeError as error:
    message = str(error)  # 里面有内存地址，每次不同，不打印
    print("TypeError: …", message[message.index("should") :])
