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
np.testing.assert_allclose(
    resumed.history["loss"], whole.history["loss"][2:], atol=1e-5
)
assert not (folder / "backup").exists()
assert not (folder / "copy").exists()

# %% compare
# 换几种设置，再比：左边是一路走完的最后一轮的损失，右边是从复制下的备份接着来的。


def run(name, save_freq, shuffle, dropout, *callbacks):
    backup = keras.callbacks.BackupAndRestore(folder / name, save_freq)
    model = build_model(dropout)
    history = model.fit(
        x, y, 64, 4, verbose=0, shuffle=shuffle, callbacks=[backup, *callbacks]
    )
    return history.history["loss"][-1], int(model.optimizer.iterations)


def compare(save_freq="epoch", shuffle=False, dropout=0.0):
    copy = Copy(folder / "whole", folder / "copied")
    whole, steps = run("whole", save_freq, shuffle, dropout, copy)
    resumed, resumed_steps = run("copied", save_freq, shuffle, dropout)
    same = abs(whole - resumed) < 1e-5
    print(f"{whole:.6f} {resumed:.6f} {'same' if same else 'different'}")
    print(f"{steps} steps, {resumed_steps} steps")
    return same, resumed_steps - steps


# %% wrong-shuffle
# 打乱的次序由随机数决定，而它没有存进备份。

shuffled = compare(shuffle=True)

# %% shuffle-is-lost
# 步数对，损失不同。

assert shuffled == (False, 0)

# %% wrong-dropout
# 随机失活也是。

dropped = compare(dropout=0.5)

# %% dropout-is-lost
# 步数对，损失不同。

assert dropped == (False, 0)

# %% wrong-save-freq
# 每两批存一次，接着来时却从这一轮的开头开始。

often = compare(save_freq=2)

# %% steps-again
# 死的时候这一轮已经存下了 4 步，接着来时又走了一遍。

same, more = often
assert not same
assert more == 4

# %% order-by-epoch
# 次序由第几轮决定：``on_epoch_begin`` 数到第几轮，数的起点是接着来的那一轮。


class Shuffled(keras.utils.PyDataset):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.epoch = 0

    def __len__(self):
        return len(x) // 64

    def __getitem__(self, index):
        order = np.random.default_rng(self.epoch).permutation(len(x))
        rows = order[index * 64 : (index + 1) * 64]
        return x[rows], y[rows]


class TellEpoch(keras.callbacks.Callback):
    """开始之前，告诉数据从第几轮数起；此后每轮加一。"""

    def __init__(self, data):
        super().__init__()
        self.data = data

    def on_epoch_end(self, epoch, logs=None):
        self.data.epoch = epoch + 1


# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
