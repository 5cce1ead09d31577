"""
导出成 SavedModel
=================

把训练好的模型导出，交给部署的程序；导出的只能推理。

只用于 TensorFlow 后端：SavedModel 是 TensorFlow 的格式，写和读都要它。
"""

# %% imports
# 导入要用的包，说明用哪个后端。

import os
import tempfile
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from keras import layers

from kerasguide import datasets

keras.utils.set_random_seed(42)

# %% train
# 一个训练过的模型，和它给测试集打的分。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255

model = keras.Sequential(
    [
        keras.Input(shape=(784,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ],
    name="mnist_model",
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
)
history = model.fit(x_train, y_train, batch_size=64, epochs=2, verbose=2)
scores_before = model.predict(x_test, verbose=0)

# %% export
# 导出，再当作一层调用。

folder = tempfile.TemporaryDirectory()
export_path = Path(folder.name) / "exported"
model.export(export_path, verbose=False)
served = layers.TFSMLayer(str(export_path), call_endpoint="serve")
served_scores = keras.ops.convert_to_numpy(served(x_test))
print("close", np.allclose(served_scores, scores_before, atol=1e-5))
try:
    keras.models.load_model(export_path)
except ValueError:
    print("load_model refuses it")

# %% clean-up
# 用完了，删掉临时文件夹。

folder.cleanup()
