"""
核对旧笔记里的步数
==================

旧笔记在真的 MNIST 和 CIFAR-10 上训练。数据换了，准确率会变，步数不会：
这里用同样多的行数，把它们重新数一遍。
"""

# %% imports
# 导入要用的包。

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(42)

# %% count-batches
# 一个只数批数的模型：数据的内容不要紧，要紧的是有多少行。


class CountBatches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.trained = 0
        self.tested = 0

    def on_train_batch_end(self, batch, logs=None):
        self.trained += 1

    def on_test_batch_end(self, batch, logs=None):
        self.tested += 1


def steps_of_one_epoch(num_rows, task):
    model = keras.Sequential([keras.Input(shape=(1,)), layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    rows, counter = np.zeros((num_rows, 1), dtype="float32"), CountBatches()
    if task == "fit":
        options = {"batch_size": 64, "validation_split": 0.2}
        model.fit(rows, rows, verbose=0, callbacks=[counter], **options)
        return counter.trained
    model.evaluate(rows, rows, verbose=0, callbacks=[counter])
    return counter.tested


# %% mnist-steps
# MNIST：60,000 行训练，10,000 行测试。

train_steps = steps_of_one_epoch(60000, "fit")
test_steps = steps_of_one_epoch(10000, "evaluate")
print("training steps", train_steps)
print("test steps", test_steps)

# %% cifar-steps
# CIFAR-10：旧笔记取前 2,000 行。

resnet_steps = steps_of_one_epoch(2000, "fit")
print("training steps", resnet_steps)
