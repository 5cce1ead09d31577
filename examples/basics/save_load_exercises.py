"""
练习：保存与读取
================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import json
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

from kerasguide import exercises

keras.utils.set_random_seed(42)

# %% small-model
# 一个小模型，数据是随机的四个数，答案是它们加起来是不是正数。

rng = np.random.default_rng(0)
x = rng.normal(size=(320, 4)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def build_model(units=8):
    return keras.Sequential(
        [
            keras.Input(shape=(4,)),
            layers.Dense(units, activation="relu"),
            layers.Dense(2),
        ]
    )


def compile_model(model):
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(0.01),
    )


temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% iterations
# 一轮有 10 步。模型训练了 3 轮，用 `model.save("demo.keras")` 存下；第二天用 `load_model` 读回来，又训练了 2 轮。这时 `int(model.optimizer.iterations)` 是多少？
#
# 提示：`.keras` 文件里有没有优化器的状态？

# 优化器的状态也存在文件里，读回来接着数：30 + 20
iterations = 50

# %% iterations-check
# 真的存一次，读回来，再训练。

model = build_model()
compile_model(model)
model.fit(x, y, epochs=3, verbose=0)
model.save(folder / "demo.keras")
model.save_weights(folder / "demo.weights.h5")
again = keras.models.load_model(folder / "demo.keras")
again.fit(x, y, epochs=2, verbose=0)
exercises.check_value(
    "iterations",
    iterations,
    int(again.optimizer.iterations),
    slips=[
        (20, "读回来的优化器不是新的，它记得走过几步；重新编译才从头数"),
        (30, "读回来以后又走了 20 步"),
        (5, "问的是步数，不是轮数：一轮有 10 步"),
    ],
)

# %% narrower
# `save_weights` 存下了一个模型的权重，它的一层有 64 个单元。后来代码里的这一层改成了 32 个单元，造出模型，再 `load_weights`。会怎样？
#
# - a：装进一半，多出来的不要
# - b：报错
# - c：不报错，这一层的权重重新随机取
#
# 提示：文件里那一层的权重是什么形状，模型里的是什么形状？

# 形状对不上，Keras 不替你猜，报错里写着两边的形状
narrower = "b"

# %% narrower-check
# 真的试一次，用 8 个单元和 4 个单元。

narrow = build_model(units=4)
try:
    narrow.load_weights(folder / "demo.weights.h5")
except ValueError:
    outcome = "b"
else:
    outcome = "a"
exercises.check_value(
    "narrower",
    narrower,
    outcome,
    slips=[
        ("a", "形状对不上，装进哪一半都没有道理，Keras 不做"),
        ("c", "那样的话，你会以为装好了；Keras 不会一声不响"),
    ],
)

# %% initializers
# 写一个函数，给它一个 `.keras` 文件，返回一个列表，里面依次是每个 `Dense` 层的 `kernel_initializer` 是哪一种，如 `["GlorotUniform", "GlorotUniform"]`。只看文件，不要把模型读回来。
#
# 提示：课上用 `zipfile` 取出 `config.json`，用 `json.loads` 变成字典，再到 `["config"]["layers"]` 里一层一层地看。
#
# 提示：每一层的 `["class_name"]` 说它是什么层，`["config"]["kernel_initializer"]` 也是这样一个字典。


def initializers(path):
    """返回名字的列表。"""
    # 每一层、每个初始化方法都写成一个字典，class_name 是类型
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    return [
        layer["config"]["kernel_initializer"]["class_name"]
        for layer in config["config"]["layers"]
        if layer["class_name"] == "Dense"
    ]


# %% initializers-check
# 默认的，和另外指定的；里面还有不是 ``Dense`` 的层。


@exercises.check("initializers", initializers)
def names_in_order():
    found = list(initializers(folder / "demo.keras"))
    assert len(found) == 2, f"模型里有两个 Dense 层，你给出了 {len(found)} 个"
    assert found == ["GlorotUniform"] * 2, f"都没有指定，该是默认的，你给出的是 {found}"
    mixed = keras.Sequential(
        [
            keras.Input(shape=(2, 2)),
            layers.Flatten(),
            layers.Dense(3, kernel_initializer="he_normal"),
            layers.Dense(2, kernel_initializer="zeros"),
        ]
    )
    mixed.save(folder / "mixed.keras")
    found = list(initializers(folder / "mixed.keras"))
    said = f"另一个文件里是 HeNormal 和 Zeros，次序照层的次序，你给出的是 {found}"
    assert found == ["HeNormal", "Zeros"], said


# %% restore-start
# 学习者从这里改起。


def restore(build_model, compile_model, path):
    model = build_model()
    model.load_weights(path)
    compile_model(model)
    return model


# %% restore
# `path` 是 `save_weights` 存下的文件。下面的函数该由它得到一个能接着训练的模型，优化器走过的步数也要回来。`build_model()` 造出模型，`compile_model(model)` 编译它。它能运行，权重也是对的，可是优化器从第 0 步数起。改好它。
#
# 提示：装的时候，优化器在不在？它有没有地方放那些状态？
#
# 提示：`optimizer.build(…)` 收下模型的 `trainable_variables`。


def restore(build_model, compile_model, path):
    # 造模型，编译，让优化器备好放状态的地方，最后才装
    model = build_model()
    compile_model(model)
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return model


# %% restore-check
# 权重，步数，优化器的每个变量，都与存的时候相同。


@exercises.check("restore", restore)
def everything_is_back():
    restored = restore(build_model, compile_model, folder / "demo.weights.h5")
    assert isinstance(restored, keras.Model), "要返回模型"
    assert restored.compiled, "返回的模型还没有编译"
    for old, new in zip(model.get_weights(), restored.get_weights(), strict=True):
        assert np.allclose(old, new), "模型的权重与存的时候不同"
    steps = int(restored.optimizer.iterations)
    assert steps == 30, f"优化器该走过 30 步，你的是 {steps} 步"
    kept, found = model.optimizer.variables, restored.optimizer.variables
    said = "优化器还没有放状态的地方，步数之外的都没有装回来"
    assert len(kept) == len(found), said
    for old, new in zip(kept, found, strict=True):
        said = f"优化器的 {old.path} 与存的时候不同"
        assert np.allclose(
            keras.ops.convert_to_numpy(old), keras.ops.convert_to_numpy(new)
        ), said


# %% every-epoch
# 回调 `ModelCheckpoint("{epoch:02d}.keras")` 没有写 `save_best_only`，文件名里的 `{epoch:02d}` 会换成轮数，如 `01`。`fit(…, epochs=4, callbacks=[…])` 之后，文件夹里多了几个文件？
#
# 提示：没有写 `save_best_only=True`，就不管成绩变好还是变坏。

# 每一轮之后都存一份：01.keras、02.keras、03.keras、04.keras
every_epoch = 4

# %% every-epoch-check
# 真的训练四轮，数文件。

checkpoints = folder / "checkpoints"
checkpoints.mkdir()
again.fit(
    x,
    y,
    epochs=4,
    callbacks=[keras.callbacks.ModelCheckpoint(checkpoints / "{epoch:02d}.keras")],
    verbose=0,
)
exercises.check_value(
    "every-epoch",
    every_epoch,
    len(list(checkpoints.iterdir())),
    slips=[
        (1, "每一轮的文件名不同，后一个不会盖住前一个"),
        (0, "每一轮结束，它都存一次"),
        (40, "一轮存一次，不是一步存一次"),
    ],
)

# %% hundredfold
# 读回训练好的模型，把学习率改成原来的 100 倍，再训练几轮，训练的损失会怎样？先猜，再看。`load_model` 还能回到原来的样子吗？
#
# 提示：`RMSprop` 的步子大约就是学习率那么长，每个权重一步都跨出很远。

trained_path = folder / "trained.keras"
model.fit(x, y, epochs=20, verbose=0)  # 接着训练，训练得好一些
model.save(trained_path)
print(f"训练好的：损失 {model.evaluate(x, y, verbose=0):.3f}")
careless = keras.models.load_model(trained_path)
careless.optimizer.learning_rate = 100 * float(careless.optimizer.learning_rate)
for loss in careless.fit(x, y, epochs=4, verbose=0).history["loss"]:
    print(f"学习率 100 倍，再训练一轮：损失 {loss:.3f}")
back = keras.models.load_model(trained_path)
print(f"从文件再读一次：损失 {back.evaluate(x, y, verbose=0):.3f}")

# %% clean-up
# 用完了，删掉临时文件夹。

temporary.cleanup()
