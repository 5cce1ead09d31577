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
import numpy as np
from keras import layers

from kerasguide import datasets

keras.utils.set_random_seed(42)

# %% train
# 一个训练好的模型，和它在测试集上的成绩。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,200 张训练，随后的 300 张验证，前 1,000 张测试
x_val, y_val = x_train[1200:1500], y_train[1200:1500]
x_train, y_train = x_train[:1200], y_train[:1200]
x_test, y_test = x_test[:1000], y_test[:1000]


def build_model():
    inputs = keras.Input(shape=(28, 28))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu")(x)
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
    x_train,
    y_train,
    batch_size=64,
    epochs=5,
    validation_data=(x_val, y_val),
    verbose=2,
)
before = model.evaluate(x_test, y_test, verbose=2, return_dict=True)

# %% save
# 保存到一个 .keras 文件。

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
model_path = folder / "demo.keras"
model.save(model_path)
print(model_path.name, model_path.is_file())

# %% look-inside
# .keras 文件是一个 zip，里面有三样东西。

with zipfile.ZipFile(model_path) as archive:
    names = archive.namelist()
print(names)
assert sorted(names) == ["config.json", "metadata.json", "model.weights.h5"]

# %% config
# 结构和编译的设置写在 config.json 里，挑几样打印。

with zipfile.ZipFile(model_path) as archive:
    config = json.loads(archive.read("config.json"))
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
# 只照着结构造一个模型：结构一样，权重是新的。

newborn = keras.models.model_from_json(model.to_json())
print("parameters", newborn.count_params())
assert newborn.count_params() == model.count_params()
for new, trained in zip(
    newborn.trainable_weights, model.trainable_weights, strict=True
):
    assert not np.array_equal(new, trained)

# %% load
# 从文件读回来，再测一遍。

loaded = keras.models.load_model(model_path)
after = loaded.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("before", before)
print("after ", after)
print("identical", after == before)
assert after == before

# %% go-on
# 原来的模型和读回来的，同样的数据，各再训练一轮。

options = {"batch_size": 64, "shuffle": False, "verbose": 2}
original_history = model.fit(x_train, y_train, **options)
loaded_history = loaded.fit(x_train, y_train, **options)
original_loss = original_history.history["loss"][0]
loaded_loss = loaded_history.history["loss"][0]
assert np.isclose(loaded_loss, original_loss, rtol=1e-4)

# %% learning-rate
# 换学习率：给优化器的 ``learning_rate`` 赋值。

tuned = keras.models.load_model(model_path)
iterations_before = int(tuned.optimizer.iterations)
tuned.optimizer.learning_rate = 1e-4
iterations_after = int(tuned.optimizer.iterations)
print("learning rate", float(tuned.optimizer.learning_rate))
print("iterations", iterations_before, iterations_after)
assert iterations_after == iterations_before > 0

# %% learning-rate-counts
# 训练过的模型，学习率改成 0，再训练，权重就不动了；改回来，又动了。

tuned.fit(x_train, y_train, **options)
kernel = tuned.layers[-1].get_weights()[0]
tuned.optimizer.learning_rate = 0.0
tuned.fit(x_train, y_train, **options)
assert np.array_equal(tuned.layers[-1].get_weights()[0], kernel)
tuned.optimizer.learning_rate = 1e-4
tuned.fit(x_train, y_train, **options)
assert not np.array_equal(tuned.layers[-1].get_weights()[0], kernel)

# %% recompile
# 读回来之后重新编译，再测一遍。

recompiled = keras.models.load_model(model_path)
steps_before = int(recompiled.optimizer.iterations)
compile_model(recompiled)
steps_after = int(recompiled.optimizer.iterations)
print("iterations before recompiling", steps_before)
print("iterations after recompiling", steps_after)
recompiled_scores = recompiled.evaluate(x_test, y_test, verbose=2, return_dict=True)
assert recompiled_scores == before
assert steps_before > steps_after == 0

# %% first-update
# 接着训练一步，最后一层的权重各挪动多少；再用公式算出第一步有多大。


def train_one_batch(model):
    old_kernel = model.layers[-1].get_weights()[0]
    model.train_on_batch(x_train[:64], y_train[:64])
    new_kernel = model.layers[-1].get_weights()[0]
    return np.abs(new_kernel - old_kernel)


loaded_change = train_one_batch(keras.models.load_model(model_path))
recompiled_change = train_one_batch(recompiled)
loaded_max, recompiled_max = loaded_change.max(), recompiled_change.max()
print(f"loaded:     mean {loaded_change.mean():.5f}, max {loaded_max:.5f}")
print(f"recompiled: mean {recompiled_change.mean():.5f}, max {recompiled_max:.5f}")

settings = recompiled.optimizer.get_config()
first_step = settings["learning_rate"] / (1 - settings["rho"]) ** 0.5
print(f"learning_rate / sqrt(1 - rho) = {first_step:.5f}")
assert np.isclose(recompiled_max, first_step, rtol=0.01)
assert np.all(loaded_change <= recompiled_change + 1e-6)

# %% save-weights
# 只存权重；读的时候由代码造模型、编译、备好优化器，再装。

model = keras.models.load_model(model_path)
weights_path = folder / "demo.weights.h5"
model.save_weights(weights_path)

rebuilt = build_model()
compile_model(rebuilt)
rebuilt.optimizer.build(rebuilt.trainable_variables)
rebuilt.load_weights(weights_path)
rebuilt_scores = rebuilt.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("identical", rebuilt_scores == before)
print("iterations", int(rebuilt.optimizer.iterations))

# %% weights-keep-optimizer
# 优化器的每一个变量都与存的时候相同。

assert rebuilt_scores == before
assert int(rebuilt.optimizer.iterations) > 0
for old, new in zip(
    model.optimizer.variables, rebuilt.optimizer.variables, strict=True
):
    assert np.array_equal(new, old), old.path

# %% weights-then-compile
# 次序反过来：先装权重，后编译。

late = build_model()
late.load_weights(weights_path)
compile_model(late)
print("iterations", int(late.optimizer.iterations))
late_scores = late.evaluate(x_test, y_test, verbose=0, return_dict=True)
assert late_scores == before
assert int(late.optimizer.iterations) == 0

# %% weights-not-built
# 编译了，优化器还没有备好：Keras 提醒一句，跳过优化器。

unready = build_model()
compile_model(unready)
unready.load_weights(weights_path)
print("iterations", int(unready.optimizer.iterations))
assert int(unready.optimizer.iterations) == 0

# %% checkpoint
# 训练的时候，每一轮之后看验证损失，比以前低就存一份。

best_path = folder / "best.keras"
checkpoint = keras.callbacks.ModelCheckpoint(
    best_path, monitor="val_loss", save_best_only=True
)
model = build_model()
compile_model(model)
history = model.fit(
    x_train,
    y_train,
    batch_size=64,
    epochs=8,
    validation_data=(x_val, y_val),
    callbacks=[checkpoint],
    verbose=2,
)

best = keras.models.load_model(best_path)
best_scores = best.evaluate(x_val, y_val, verbose=2, return_dict=True)
lowest = min(history.history["val_loss"])
assert np.isclose(best_scores["loss"], lowest, rtol=1e-4)

# %% wrong-extension
# 保存时没有写扩展名。

try:
    model.save("demo")
except ValueError as error:
    print("ValueError:", error)
    assert "Please add either a `.keras` extension" in str(error)
else:
    raise AssertionError("没有报错")

# %% wrong-weights-name
# 权重文件的扩展名不对时的报错。

try:
    model.save_weights("demo.h5")
except ValueError as error:
    print("ValueError:", error)
    assert "must end in `.weights.h5`" in str(error)
else:
    raise AssertionError("没有报错")

# %% wrong-learning-rate
# 旧代码里的名字 ``lr`` 今天不起作用，也不报错。

tuned.optimizer.lr = 0.5
print("learning rate", float(tuned.optimizer.learning_rate))
assert np.isclose(float(tuned.optimizer.learning_rate), 1e-4)

# %% clean-up
# 用完了，删掉临时文件夹。

temporary.cleanup()
