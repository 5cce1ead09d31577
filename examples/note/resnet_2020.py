"""
2020 年的写法：ResNet
=====================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有五处：导入的是 ``tf_keras``，数据由
kerasguide 载入，只用其中一部分，图片交给 ``figures.path`` 决定写到哪里，
``fit`` 每轮只打印一行。
"""

# %% imports
# 导入 Keras 2。

import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% resnet-model
# 旧笔记的类。


class ResNetModel:
    _model = None

    def __init__(self):
        inputs = keras.Input(shape=(32, 32, 3), name="img")
        x = layers.Conv2D(32, 3, activation="relu")(inputs)
        x = layers.Conv2D(64, 3, activation="relu")(x)
        block_1_output = layers.MaxPooling2D(3)(x)

        x = layers.Conv2D(64, 3, activation="relu", padding="same")(block_1_output)
        x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
        block_2_output = layers.add([x, block_1_output])

        x = layers.Conv2D(64, 3, activation="relu", padding="same")(block_2_output)
        x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
        block_3_output = layers.add([x, block_2_output])

        x = layers.Conv2D(64, 3, activation="relu")(block_3_output)
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(256, activation="relu")(x)
        x = layers.Dropout(0.5)(x)
        outputs = layers.Dense(10)(x)

        self._model = keras.Model(inputs, outputs, name="toy_resnet")

    def print(self):
        draw_path = figures.path("resnet_2020.png")
        keras.utils.plot_model(self._model, draw_path, show_shapes=True)

    def compile(self):
        self._model.compile(
            optimizer=keras.optimizers.RMSprop(1e-3),
            loss=keras.losses.CategoricalCrossentropy(from_logits=True),
            metrics=["acc"],
        )

    def train(self, x_train, y_train):
        self._model.fit(
            x_train, y_train, batch_size=64, epochs=1, validation_split=0.2, verbose=2
        )


def create_data():
    (x_train, y_train), (x_test, y_test) = datasets.load_cifar10()
    # 旧笔记没有这两行：50,000 张都换成浮点数，要多占 1 GB 多的内存，而下面只用 2,000 张
    x_train, y_train = x_train[:2000], y_train[:2000]
    x_test, y_test = x_test[:1000], y_test[:1000]
    x_train = x_train.astype("float32") / 255.0
    x_test = x_test.astype("float32") / 255.0
    y_train = keras.utils.to_categorical(y_train, 10)
    y_test = keras.utils.to_categorical(y_test, 10)
    return x_train, y_train, x_test, y_test


# %% train
# 画图，编译，在前 2,000 张图片上训练一轮。


def main():
    model = ResNetModel()
    model.print()
    model.compile()
    datas = create_data()
    print(datas[1].dtype)
    model.train(datas[0][:2000], datas[1][:2000])


main()

# %% count
# 旧笔记没有的一块：几个输入，几个输出，多少个参数。


class CountedResNetModel(ResNetModel):
    def count(self):
        model = self._model
        print(len(model.inputs), len(model.outputs), model.count_params())


CountedResNetModel().count()
