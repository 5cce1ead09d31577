"""
2020 年的写法：自定义层
=======================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有两处：导入的是 ``tf_keras``，
图片交给 ``figures.path`` 决定写到哪里。最后三块是旧笔记没有的试验。
"""

# %% custom-dense
# 旧笔记的层。

import os
import tempfile

import tensorflow as tf
import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import figures


class CustomDense(layers.Layer):
    def __init__(self, units=32):
        super(CustomDense, self).__init__()
        self.units = units
        self.w = None
        self.b = None

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units),
            initializer="random_normal",
            trainable=True,
        )
        self.b = self.add_weight(
            shape=(self.units,), initializer="random_normal", trainable=True
        )

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        return {"units": self.units}


# %% main
# 用它定义一个模型，画图，打印。


def main():
    inputs = keras.Input((4,))
    outputs = CustomDense(10)(inputs)
    model = keras.Model(inputs, outputs)

    draw_path = figures.path("custom_dense_2020.png")
    keras.utils.plot_model(model, draw_path, show_shapes=True)
    model.summary()


if __name__ == "__main__":
    main()

# %% same-faults
# 旧笔记没有这一步：起名字，冻结之后复制，当年行不行。

try:
    CustomDense(10, name="head")
except TypeError as error:
    print("TypeError:", error)

dense = CustomDense(10)
dense.trainable = False
dense_copy = CustomDense.from_config(dense.get_config())
print("trainable before:", dense.trainable, " copy:", dense_copy.trainable)

# %% save
# 旧笔记没有这一步：照当年的办法，存到一个文件夹。

inputs = keras.Input((4,))
model = keras.Model(inputs, CustomDense(10)(inputs))
print([weight.name for weight in model.weights])
temporary = tempfile.TemporaryDirectory()
try:
    model.save(os.path.join(temporary.name, "custom_dense"))
except (AttributeError, ValueError) as error:
    print(f"{type(error).__name__}:", str(error).split(" Received:")[0])

# %% save-keras
# 后来才有的存法：存成一个 ``.keras`` 文件，读回来。

path = os.path.join(temporary.name, "custom_dense.keras")
model.save(path)
try:
    keras.models.load_model(path)
except TypeError as error:
    reason = str(error).split("Exception encountered: ")[-1]
    print("TypeError:", reason.split(" Full object config")[0].split("\n\n")[0])
