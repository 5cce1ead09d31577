"""
2020 年的写法：保存与读取
=========================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有四处：导入的是 ``tf_keras``，
数据由 kerasguide 载入，模型存到临时的文件夹，``fit`` 和 ``evaluate`` 只打印一行。
"""

# %% imports
# 导入 Keras 2。

import os
import tempfile

import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import datasets

keras.utils.set_random_seed(42)

# %% train
# 先训练一个模型。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255

inputs = keras.Input(shape=(784,))
x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs, outputs, name="mnist_model")
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
history = model.fit(
    x_train, y_train, batch_size=64, epochs=2, validation_split=0.2, verbose=2
)

# %% evaluate
# 保存之前的成绩。

test_scores = model.evaluate(x_test, y_test, verbose=2)
print("Test Loss ", test_scores[0])
print("Test Accuracy ", test_scores[1])

# %% save
# 保存到一个文件夹。

# 保存模型路径
temporary = tempfile.TemporaryDirectory()
modelPath = os.path.join(temporary.name, "model", "demo")
# 根据路径保存模型
model.save(modelPath)
print(sorted(os.listdir(modelPath)))

# %% to-json
# 打印模型相关信息。

print(model.to_json()[:300])

# %% load
# 读取模型，重新计算成绩。

model = keras.models.load_model(modelPath)

test_scores = model.evaluate(x_test, y_test, verbose=2)
print("Test Loss ", test_scores[0])
print("Test Accuracy ", test_scores[1])

# %% recompile
# 重新编译，再计算一遍。

model = keras.models.load_model(modelPath)

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)

test_scores = model.evaluate(x_test, y_test, verbose=2)
print("Test Loss ", test_scores[0])
print("Test Accuracy ", test_scores[1])

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
