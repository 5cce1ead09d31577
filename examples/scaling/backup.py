"""
存下走到了哪里，接着训练
========================

``BackupAndRestore`` 存了什么，没有存什么：训练到一半，把那时的备份复制一份，从它接着来，
与一路走完的比。
"""

# %% imports
# 导入要用的包。

import json
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% model
# 数据和模型都很小：要看的是数，不是成绩。

random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def build_model(dropout=0.0):
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.Input(shape=(20,)),
            layers.Dense(32, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(2),
        ]
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
    )
    return model


# %% killed
# 第三轮走到一半，把备份复制一份：要是这时死了，盘上留下的就是它。


class Copy(keras.callbacks.Callback):
    def __init__(self, source, target):
        super().__init__()
        self.source, self.target = source, target

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 5):
            shutil.copytree(self.source, self.target)


model = build_model()
backup = keras.callbacks.BackupAndRestore(folder / "backup")
copy = Copy(folder / "backup", folder / "copy")
whole = model.fit(
    x, y, batch_size=64, epochs=4, shuffle=False, verbose=0, callbacks=[backup, copy]
)
for path in sorted((folder / "copy").iterdir()):
    print(path.name)
state = json.loads((folder / "copy" / "training_metadata.json").read_text())
print(state)

# %% resume
# 重新启动：新的模型，同样的代码，备份在 ``copy`` 里。

model = build_model()
backup = keras.callbacks.BackupAndRestore(folder / "copy")
resumed = model.fit(
    x, y, batch_size=64, epochs=4, shuffle=False, verbose=0, callbacks=[backup]
)
print("epochs:", resumed.epoch)
print(f"uninterrupted {whole.history['loss'][-1]:.6f}")
print(f"resumed       {resumed.history['loss'][-1]:.6f}")

# %% goes-on
# 从第三轮的开头接着走完，损失与一路走完的相同；训练完了，备份就删掉了。

assert whole.epoch == [0, 1, 2, 3]
assert resumed.epoch == [2, 3]
assert np.allclose(resumed.history["loss"], whole.history["loss"][2:], atol=1e-5)
assert not (folder / "backup").exists()
assert not (folder / "copy").exists()

# %% keeps
# 备份里也有优化器的状态：走了几步，动量，改过的学习率。只有权重是不够的。

model = build_model()
model.optimizer.learning_rate = 0.002
backup = keras.callbacks.BackupAndRestore(folder / "kept", delete_checkpoint=False)
model.fit(x, y, batch_size=64, epochs=2, shuffle=False, verbose=0, callbacks=[backup])

again = build_model()
again.optimizer.build(again.trainable_variables)
again.load_weights(folder / "kept" / "latest.weights.h5")
assert int(again.optimizer.iterations) == 16
assert np.isclose(float(again.optimizer.learning_rate), 0.002)
for old, new in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
    assert np.allclose(
        keras.ops.convert_to_numpy(old), keras.ops.convert_to_numpy(new), atol=1e-6
    )

# %% half-written
# 写到一半被杀死：文件是坏的。留着前一份，就从前一份接着来；没有留，就报错。

for name, double in (("one", False), ("two", True)):
    copy = Copy(folder / name, folder / f"half-{name}")
    backup = keras.callbacks.BackupAndRestore(folder / name, double_checkpoint=double)
    build_model().fit(x, y, epochs=4, verbose=0, callbacks=[backup, copy])
    weights = folder / f"half-{name}" / "latest.weights.h5"
    weights.write_bytes(weights.read_bytes()[:1000])

try:
    backup = keras.callbacks.BackupAndRestore(folder / "half-one")
    build_model().fit(x, y, epochs=4, verbose=0, callbacks=[backup])
except OSError as error:
    assert "file" in str(error)
else:
    raise AssertionError("没有报错")
backup = keras.callbacks.BackupAndRestore(folder / "half-two", double_checkpoint=True)
history = build_model().fit(x, y, epochs=4, verbose=0, callbacks=[backup])
assert history.epoch == [1, 2, 3]

# %% compare
# 换几种设置，再比：一路走完的最后一轮，和从复制下的备份接着来的最后一轮。


def last_epoch(name, data, save_freq, dropout, *callbacks):
    model = build_model(dropout)
    backup = keras.callbacks.BackupAndRestore(folder / name, save_freq)
    history = model.fit(
        *data, epochs=4, verbose=0, shuffle=False, callbacks=[backup, *callbacks]
    )
    return history.history["loss"][-1], int(model.optimizer.iterations)


def compare(make_data=lambda: (x, y), save_freq="epoch", dropout=0.0):
    copy = Copy(folder / "whole", folder / "copied")
    whole = last_epoch("whole", make_data(), save_freq, dropout, copy)
    resumed = last_epoch("copied", make_data(), save_freq, dropout)
    for title, (loss, steps) in {"uninterrupted": whole, "resumed": resumed}.items():
        print(f"{title:13} loss {loss:.6f}, {steps} steps")
    return whole, resumed


# %% wrong-shuffle
# 每一轮打乱一次，次序由随机数决定，而它没有存进备份。


class Shuffled(keras.utils.PyDataset):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.random = np.random.default_rng(0)
        self.on_epoch_end()

    def on_epoch_end(self):
        self.order = self.random.permutation(len(x))

    def __len__(self):
        return len(x) // 32

    def __getitem__(self, index):
        rows = self.order[index * 32 : (index + 1) * 32]
        return x[rows], y[rows]


shuffled = compare(lambda: (Shuffled(),))

# %% shuffle-is-lost
# 步数相同，损失不同。

(loss, steps), (resumed_loss, resumed_steps) = shuffled
assert steps == resumed_steps
assert abs(loss - resumed_loss) > 1e-4

# %% wrong-dropout
# 随机失活也是。

dropped = compare(dropout=0.5)

# %% dropout-is-lost
# 步数相同，损失不同。

(loss, steps), (resumed_loss, resumed_steps) = dropped
assert steps == resumed_steps
assert abs(loss - resumed_loss) > 1e-4

# %% wrong-save-freq
# 每两步存一次，接着来时却从这一轮的开头开始。

often = compare(save_freq=2)

# %% steps-again
# 死的时候，这一轮已经存下了 4 步；接着来时又走了一遍。

(_, steps), (_, resumed_steps) = often
assert resumed_steps == steps + 4

# %% batch-is-recorded
# 备份里记着第几批：问题不在没有记，在接着来的 ``fit`` 从头走这一轮。

copy = Copy(folder / "every-two", folder / "middle")
backup = keras.callbacks.BackupAndRestore(folder / "every-two", save_freq=2)
build_model().fit(x, y, epochs=4, verbose=0, callbacks=[backup, copy])
metadata = json.loads((folder / "middle" / "training_metadata.json").read_text())
assert metadata["epoch"] == 2
assert metadata["batch"] > 0

# %% order-by-epoch
# 次序由第几轮决定：一轮调用一次 ``fit``，走完了的轮，备份让它一步也不走。


def train_by_epoch(name, *callbacks):
    model = build_model()
    losses = []
    for epoch in range(4):
        order = np.random.default_rng(epoch).permutation(len(x))
        backup = keras.callbacks.BackupAndRestore(
            folder / name, delete_checkpoint=False
        )
        history = model.fit(
            x[order],
            y[order],
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[backup, *callbacks],
        )
        losses += history.history.get("loss", [])
    return losses


whole_losses = train_by_epoch("by-epoch", Copy(folder / "by-epoch", folder / "dead"))
resumed_losses = train_by_epoch("dead")
print(" ".join(f"{loss:.6f}" for loss in whole_losses))
print(" ".join(f"{loss:.6f}" for loss in resumed_losses))

# %% same-order
# 接着来的两轮，与一路走完的相同。

assert len(resumed_losses) == 2
assert np.allclose(resumed_losses, whole_losses[2:], atol=1e-5)

# %% one-order
# 换个话题：设了种子，``fit`` 每一轮打乱的次序相同吗？学习率是零，损失只由次序决定。


class Losses(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append([])

    def on_train_batch_end(self, batch, logs=None):
        self.epochs[-1].append(round(float(logs["loss"]), 4))


model = build_model()
model.compile(loss=model.loss, optimizer=keras.optimizers.SGD(0.0))
losses = Losses()
model.fit(x, y, epochs=2, verbose=0, callbacks=[losses])
first, second = losses.epochs
if keras.backend.backend() == "tensorflow":
    assert first == second
else:
    assert first != second

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
