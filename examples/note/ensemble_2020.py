"""
2020 年的写法：多次定义，组合成一个网络
=======================================

旧笔记的代码，由 Keras 2（tf-keras）运行。旧笔记这里导入的是 ``tensorflow.keras``，
当年它就是 Keras 2；今天换成了 ``tf_keras``，别的没有改。
"""

# %% main
# 造三个模型，取平均。

import tf_keras as keras
import tf_keras.layers as layers


def get_model():
    inputs = keras.Input(shape=(128,))
    outputs = layers.Dense(1)(inputs)
    return keras.Model(inputs, outputs)


def main():
    model1 = get_model()
    model2 = get_model()
    model3 = get_model()

    inputs = keras.Input(shape=(128,))
    y1 = model1(inputs)
    y2 = model2(inputs)
    y3 = model3(inputs)
    outputs = layers.average([y1, y2, y3])
    ensemble_model = keras.Model(
        inputs=inputs, outputs=outputs, name="function_define_model"
    )
    ensemble_model.summary()


main()
