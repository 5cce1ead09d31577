"""
保存与读取模型
==============

把训练好的模型存进文件，读回来，接着用、接着训练。
"""

# %% imports
# 导入要用的包。

import json
import tempfile
import zipfile
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

# %% train
# 一个训练好的模型，和它在测试集上的成绩。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255


def build_model():
    inputs = keras.Input(shape=(784,))
    x = layers.Dense(64, activation="relu")(inputs)
    x = layers.Dense(64, activation="relu")(x)
    outputs = layers.Dense(10)(x)
    return keras.Model(inputs, outputs, name="mnist_model")


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(),
        metrics=["accuracy"],
    )


model = build_model()
compile_model(model)
history = model.fit(
    x_train, y_train, batch_size=64, epochs=5, validation_split=0.2, verbose=2
)
before = model.evaluate(x_test, y_test, verbose=2, return_dict=True)

# %% save
# 保存到一个 .keras 文件。

folder = tempfile.TemporaryDirectory()
model_path = Path(folder.name) / "demo.keras"
model.save(model_path)
print(model_path.name, model_path.is_file())

# %% look-inside
# .keras 文件是一个 zip，里面有三样东西。

with zipfile.ZipFile(model_path) as archive:
    print(archive.namelist())

# %% to-json
# 模型的结构写成 JSON，挑几样打印。

architecture = model.to_json()
print("characters", len(architecture))
config = json.loads(architecture)
for layer in config["config"]["layers"]:
    settings = layer["config"]
    print(
        layer["class_name"],
        settings["name"],
        settings.get("units"),
        settings.get("activation"),
    )
print("optimizer", config["compile_config"]["optimizer"]["class_name"])
print("loss", config["compile_config"]["loss"]["class_name"])
print("metrics", config["compile_config"]["metrics"])

# %% from-json
# 从 JSON 造回来的模型：结构一样，权重是新的。

newborn = keras.models.model_from_json(architecture)
print("parameters", newborn.count_params())
newborn_scores = newborn.evaluate(x_test, y_test, verbose=2, return_dict=True)

# %% load
# 删掉内存里的模型，从文件读回来。

del model
model = keras.models.load_model(model_path)
after = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("before", before)
print("after ", after)
print("identical", after == before)

# %% recompile
# 旧笔记的做法：读取之后重新编译。

recompiled = keras.models.load_model(model_path)
iterations_before = int(recompiled.optimizer.iterations)
compile_model(recompiled)
iterations_after = int(recompiled.optimizer.iterations)
print("iterations before recompiling", iterations_before)
print("iterations after recompiling", iterations_after)
recompiled_scores = recompiled.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("identical", recompiled_scores == before)

# %% first-update
# 接着训练一步，最后一层的权重挪动多少；再用公式算出第一步有多大。


def train_one_batch(model, start):
    old_kernel = model.layers[-1].get_weights()[0]
    model.train_on_batch(x_train[start : start + 64], y_train[start : start + 64])
    new_kernel = model.layers[-1].get_weights()[0]
    return np.abs(new_kernel - old_kernel)


def training_loss(model):
    return model.evaluate(x_train, y_train, verbose=0, return_dict=True)["loss"]


losses = {"loaded": [training_loss(model)], "recompiled": [training_loss(recompiled)]}
loaded_change = train_one_batch(model, 0)
recompiled_change = train_one_batch(recompiled, 0)
loaded_max, recompiled_max = loaded_change.max(), recompiled_change.max()
print(f"loaded:     mean {loaded_change.mean():.5f}, max {loaded_max:.5f}")
print(f"recompiled: mean {recompiled_change.mean():.5f}, max {recompiled_max:.5f}")

settings = recompiled.optimizer.get_config()
first_step = settings["learning_rate"] / (1 - settings["rho"]) ** 0.5
print(f"learning_rate / sqrt(1 - rho) = {first_step:.5f}")

# %% keep-training
# 再各走几步，画出损失。

losses["loaded"].append(training_loss(model))
losses["recompiled"].append(training_loss(recompiled))
for batch in range(1, 10):
    for name, trained in (("loaded", model), ("recompiled", recompiled)):
        train_one_batch(trained, batch * 64)
        losses[name].append(training_loss(trained))

figure, axes = plt.subplots(figsize=(6, 3))
for name, values in losses.items():
    axes.plot(values, marker="o", label=name)
axes.set_xlabel("updates after loading")
axes.set_ylabel("training loss")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("save_load_keep_training.png"), dpi=200)

# %% predictions
# 留一份原来模型的得分，后面几种格式都拿它来比。

model = keras.models.load_model(model_path)
scores_before = model.predict(x_test, verbose=0)

# %% save-h5
# 旧的 HDF5 格式。

h5_path = Path(folder.name) / "demo.h5"
model.save(h5_path)
from_h5 = keras.models.load_model(h5_path)
print("same scores", np.array_equal(from_h5.predict(x_test, verbose=0), scores_before))
print("iterations", int(from_h5.optimizer.iterations))

# %% save-weights
# 只存权重：结构由代码重建，编译也要自己来。

weights_path = Path(folder.name) / "demo.weights.h5"
model.save_weights(weights_path)
rebuilt = build_model()
rebuilt.load_weights(weights_path)
compile_model(rebuilt)
rebuilt_scores = rebuilt.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("same scores", np.array_equal(rebuilt.predict(x_test, verbose=0), scores_before))
print("identical", rebuilt_scores == before)
print("iterations", int(rebuilt.optimizer.iterations))

# %% wrong-weights-name
# 权重文件的扩展名不对时的报错。

try:
    model.save_weights("demo.h5")
except ValueError as error:
    print(error)

# %% clean-up
# 用完了，删掉临时文件夹。

folder.cleanup()
