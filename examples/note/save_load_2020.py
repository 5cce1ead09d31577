"""
2020 年的写法：保存与读取
=========================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有六处：导入的是 ``tf_keras``，
先设定随机种子，数据由 kerasguide 载入，只用其中一部分，模型存到临时的文件夹，
``fit`` 和 ``evaluate`` 只打印一行。JSON 太长，只打印开头。
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
# 旧笔记没有这两行：例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
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
# 保存到一个文件夹，看看里面有什么。

# 保存模型路径
temporary = tempfile.TemporaryDirectory()
modelPath = os.path.join(temporary.name, "model", "demo")
# 根据路径保存模型
model.save(modelPath)
print(sorted(os.listdir(modelPath)))

# %% to-json
# 模型的结构写成 JSON，打印开头，再删掉内存里的模型。

# 打印模型相关信息
print(model.to_json()[:300])
del model

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

# %% move-to-today
# 旧笔记没有这一步：把文件夹里的模型搬到今天的 Keras，中间经过一个 .h5 文件。

import warnings

model = keras.models.load_model(modelPath)
h5Path = os.path.join(temporary.name, "demo.h5")
with warnings.catch_warnings(action="ignore"):  # Keras 2 会提醒 .h5 是旧格式
    model.save(h5Path)

import keras as keras_3

moved = keras_3.models.load_model(h5Path, compile=False)
moved.compile(
    loss=keras_3.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras_3.optimizers.RMSprop(),
    metrics=["accuracy"],
)
moved.save(os.path.join(temporary.name, "demo.keras"))
moved_scores = moved.evaluate(x_test, y_test, verbose=2)
print("Test Loss ", moved_scores[0])
print("Test Accuracy ", moved_scores[1])

# %% weights-to-today
# 另一条路，旧笔记也没有：由 Keras 3 的代码造出同样的模型，从那个 .h5 文件里只取权重。

inputs = keras_3.Input(shape=(784,))
x = keras_3.layers.Dense(64, activation="relu")(inputs)
x = keras_3.layers.Dense(64, activation="relu")(x)
outputs = keras_3.layers.Dense(10)(x)
rebuilt = keras_3.Model(inputs, outputs, name="mnist_model")
rebuilt.load_weights(h5Path)
same = (rebuilt.predict(x_test, verbose=0) == moved.predict(x_test, verbose=0)).all()
print("same scores", same)

# %% lstm-to-today
# 有 LSTM 的模型，第一条路走不通，第二条走得通。

old_lstm = keras.Sequential([layers.LSTM(8, input_shape=(5, 3)), layers.Dense(2)])
lstmPath = os.path.join(temporary.name, "lstm.h5")
with warnings.catch_warnings(action="ignore"):
    old_lstm.save(lstmPath)
try:
    keras_3.models.load_model(lstmPath, compile=False)
except ValueError as error:
    print(type(error).__name__, str(error).strip().splitlines()[0])

new_lstm = keras_3.Sequential(
    [keras_3.Input(shape=(5, 3)), keras_3.layers.LSTM(8), keras_3.layers.Dense(2)]
)
new_lstm.load_weights(lstmPath)
sequences = x_test[:4, :15].reshape(4, 5, 3)
gap = abs(
    new_lstm.predict(sequences, verbose=0) - old_lstm.predict(sequences, verbose=0)
)
print("largest difference below 0.00001:", bool(gap.max() < 1e-5))

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
