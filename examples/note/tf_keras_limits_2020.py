"""
tf-keras 也不认的旧写法
=======================

换成 tf-keras 以后仍然会停下的几样，和各自的出路。由 Keras 2（tf-keras）运行。
"""

# %% imports
# 导入 Keras 2，造几行数据。

import warnings

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

K = keras.backend
warnings.filterwarnings("ignore")  # 旧优化器每次都提醒
keras.utils.set_random_seed(42)
samples = np.ones((8, 4), dtype="float32")
targets = np.ones((8, 1), dtype="float32")


def small_model():
    return keras.Sequential([layers.Dense(1, input_shape=(4,))])


# %% decay
# 优化器的 ``decay=``。

try:
    keras.optimizers.SGD(learning_rate=0.1, decay=1e-6)
except ValueError as error:
    print("ValueError:", error)

# %% one-optimizer
# 一个优化器给两个模型用。

optimizer = keras.optimizers.Adam()
first, second = small_model(), small_model()
first.compile(loss="mse", optimizer=optimizer)
second.compile(loss="mse", optimizer=optimizer)
loss = first.train_on_batch(samples, targets)
try:
    second.train_on_batch(samples, targets)
except KeyError as error:
    print("KeyError:", error.args[0].split("KeyError: ")[-1].splitlines()[0][:77])

# %% legacy-optimizers
# 出路：``optimizers.legacy`` 里的旧优化器，``lr``、``decay``、两个模型共用都认。

old_optimizer = keras.optimizers.legacy.Adam(lr=0.1, decay=1e-6)
assert round(float(old_optimizer.learning_rate), 6) == 0.1
for model in (small_model(), small_model()):
    model.compile(loss="mse", optimizer=old_optimizer)
    before = model.get_weights()[0]
    loss = model.train_on_batch(samples, targets)
    assert not np.array_equal(before, model.get_weights()[0])

# %% integer-labels
# 自己写的损失函数，标签是 int64。


def own_loss(y_true, y_pred):
    return K.mean(y_true * K.square(y_pred) + (1 - y_true) * K.square(1 - y_pred))


model = small_model()
model.compile(loss=own_loss, optimizer="sgd")
try:
    history = model.fit(samples, np.ones(8, dtype="int64"), verbose=0)
except TypeError as error:
    print(str(error).strip().splitlines()[-1].strip())

# %% float-labels
# 出路：标签先变成小数。

model = small_model()
model.compile(loss=own_loss, optimizer="sgd")
labels = np.ones(8, dtype="int64").astype("float32")
history = model.fit(samples, labels, verbose=0)
assert np.isfinite(history.history["loss"]).all()

# %% gradients
# ``K.gradients``。

try:
    K.gradients(model.output, model.input)
except RuntimeError as error:
    print("RuntimeError:", error)

# %% tape
# 出路：``tf.GradientTape``。

x = tf.constant(samples)
with tf.GradientTape() as tape:
    tape.watch(x)
    outputs = model(x)
gradients = tape.gradient(outputs, x)
assert gradients.shape == x.shape
kernel = model.get_weights()[0][:, 0]
assert np.allclose(gradients[0], kernel)  # y = xW + b，对 x 的梯度就是 W
