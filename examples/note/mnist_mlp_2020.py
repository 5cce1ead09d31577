"""
2020 年的写法：用多层感知机识别手写数字
========================================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有五处：导入的是 ``tf_keras``，
先设定随机种子，数据由 kerasguide 载入（``reshape`` 里的张数写成 -1），只用其中一部分，
``fit`` 每轮只打印一行。最后两块是旧笔记没有的，用来与今天对照。
"""

# %% imports
# 导入 Keras 2。

import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import datasets

keras.utils.set_random_seed(42)

# %% define-input
# 定义输入。

inputs = keras.Input(shape=(784,))
print(inputs.shape)
print(inputs.dtype)

# %% define-hidden-layers
# 定义中间层和输出。

x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10)(x)

# %% define-model
# 完成模型定义。

# 定义模型
model = keras.Model(inputs, outputs, name="mnist_model")
# 打印模型的形状
model.summary()

# %% compile
# 编译。

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)

# %% load-data
# 获取数据集。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 旧笔记没有这两行：例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255

# %% train
# 训练。

history = model.fit(
    x_train, y_train, batch_size=64, epochs=2, validation_split=0.2, verbose=2
)

# %% evaluate
# 测试。

test_scores = model.evaluate(x_test, y_test, verbose=2)
print("Test Loss ", test_scores[0])
print("Test Accuracy ", test_scores[1])

# %% summary-after-fit
# 训练之后再看总表。旧笔记没有这一步，放在这里与今天的对照。

model.summary()

# %% train-in-order
# 关掉打乱，从头训练。旧笔记没有这一步，两个版本的差别从哪里来，它说得清。

keras.utils.set_random_seed(42)
in_order = keras.models.clone_model(model)
in_order.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
in_order_history = in_order.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=2,
    validation_split=0.2,
    shuffle=False,
    verbose=2,
)
