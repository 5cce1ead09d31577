"""
死了一个进程，接着训练
======================

两个进程训练到一半，真的杀死一个；再起一次，从存好的那一轮接着来，得到与没有中断过同样的数。

只用于 JAX 后端：几个进程一起 fit，今天的 Keras 只有 JAX 后端做得到。
"""

# %% imports
# 启动程序用到的包；一个进程就够的实验，也由它自己用 Keras 做。

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% backup
# 每个进程都存，存在不同的地方；接着训练时，大家都从第一个进程的那一份开始。

worker = """
import json
import os
import shutil
import time
from pathlib import Path

import jax
import keras
import numpy as np
from keras import layers

keras.distribution.initialize()
rank, processes = jax.process_index(), jax.process_count()
keras.utils.set_random_seed(42)
keras.distribution.set_distribution(
    keras.distribution.DataParallel(auto_shard_dataset=False)
)

shared = Path("backup")  # 每台机器都看得见的文件夹
mine = shared if rank == 0 else Path(f"backup-of-{rank}")
if rank != 0:
    shutil.rmtree(mine, ignore_errors=True)
    if shared.exists():
        shutil.copytree(shared, mine)
backup = keras.callbacks.BackupAndRestore(mine, double_checkpoint=True)
"""

# %% training
# 训练本身，和一个报告走到了哪里的回调。``PAUSE`` 让它慢下来，好来得及杀死它。

worker += """
class Report(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        print(f"epoch {self.epoch} batch {batch}", flush=True)
        time.sleep(float(os.environ.get("PAUSE", 0)))


random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")
rows = np.arange(512).reshape(8, processes, -1)[:, rank].ravel()

model = keras.Sequential(
    [
        keras.Input(shape=(20,)),
        layers.Dense(32, activation="relu"),
        layers.Dense(2),
    ]
)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.Adam(0.01),
)
history = model.fit(
    x[rows],
    y[rows],
    batch_size=64 // processes,
    epochs=6,
    shuffle=False,
    verbose=0,
    callbacks=[backup, Report()],
)
result = {
    "epochs": history.epoch,
    "loss": history.history["loss"],
    "weights": np.concatenate([w.ravel() for w in model.get_weights()]).tolist(),
}
with open(f"result-{rank}.json", "w") as file:
    json.dump(result, file)
"""

# %% launcher
# 启动程序的几件事：起几个进程，看它们的日志，等一件事发生，结束它们。


def start(processes, **variables):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = []
    for rank in range(processes):
        environment = {
            **os.environ,
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(processes),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(rank),
            "JAX_COORDINATOR_BIND_ADDRESS": f"127.0.0.1:{port}",
            "no_proxy": "127.0.0.1",
            **variables,
        }
        with log_of(rank).open("w") as log:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-c", worker],
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            )
    return running


def log_of(rank):
    return folder / f"log-{rank}.txt"


def wait_for(condition, running=(), seconds=300):
    """等到条件成立；太久，或者 running 里有一个进程出错，就不等了。"""
    give_up = time.monotonic() + seconds
    while not condition():
        failed = any(process.poll() for process in running)
        if failed or time.monotonic() > give_up:
            raise RuntimeError(log_of(0).read_text())
        time.sleep(0.02)


def end(running):
    for process in running:
        process.kill()
        process.wait()


def show(epochs, losses):
    for epoch, loss in zip(epochs, losses, strict=True):
        print(f"epoch {epoch}: loss {loss:.6f}")


# %% uninterrupted
# 先看没有中断的：一个进程，六轮，就在启动程序里训练。

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


model = build_model()
uninterrupted = model.fit(x, y, batch_size=64, epochs=6, shuffle=False, verbose=0)
weights = np.concatenate([w.ravel() for w in model.get_weights()])
show(uninterrupted.epoch, uninterrupted.history["loss"])

# %% kill
# 两个进程，走到第四轮的第二批，杀死第二个进程：SIGKILL，它来不及做任何事。

running = start(2, PAUSE="0.1")
try:
    wait_for(lambda: "epoch 3 batch 1" in log_of(1).read_text(), running)
    running[1].send_signal(signal.SIGKILL)
    print("process 1 ended with", running[1].wait())
    wait_for(lambda: "JaxRuntimeError" in log_of(0).read_text())
    print("process 0 got a JaxRuntimeError")
finally:
    end(running)

# %% what-is-left
# 死了之后，盘上有什么。

saved = sorted(path.name for path in (folder / "backup").iterdir())
print("\n".join(saved))
state = json.loads((folder / "backup" / "training_metadata.json").read_text())
print(state)

# %% go-on
# 同样的命令，再来一次。

running = start(2)
try:
    wait_for(lambda: all(process.poll() == 0 for process in running), running)
finally:
    end(running)
resumed = json.loads((folder / "result-0.json").read_text())
show(resumed["epochs"], resumed["loss"])

# %% compare
# 与没有中断过的相比。

losses = uninterrupted.history["loss"]
loss_gap = np.abs(np.subtract(resumed["loss"], losses[3:])).max()
weight_gap = np.abs(np.subtract(resumed["weights"], weights)).max()
print("losses differ by less than 0.00001:", loss_gap < 1e-5)
print("weights differ by less than 0.0001:", weight_gap < 1e-4)
print("backup is still there:", (folder / "backup").exists())

# %% small
# 下面几个实验，在一个进程里就做得到：训练到一半，把那时的备份抄一份。


class Copy(keras.callbacks.Callback):
    """第三轮的第六批之前抄：要是这时死了，盘上留下的就是它。"""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        if (self.epoch, batch) == (2, 5):
            shutil.copytree(folder / "whole", folder / "copied")


def last_loss(name, save_freq, shuffle, dropout, *callbacks):
    """训练四轮，备份放在 name 里；它已经有了，就接着来。返回最后一轮的损失。"""
    backup = keras.callbacks.BackupAndRestore(folder / name, save_freq)
    model = build_model(dropout)
    history = model.fit(
        x, y, 64, 4, verbose=0, shuffle=shuffle, callbacks=[backup, *callbacks]
    )
    return history.history["loss"][-1]


def compare(save_freq="epoch", shuffle=False, dropout=0.0):
    whole = last_loss("whole", save_freq, shuffle, dropout, Copy())
    resumed = last_loss("copied", save_freq, shuffle, dropout)
    same = abs(whole - resumed) < 1e-5
    print(f"{whole:.6f} {resumed:.6f} {'same' if same else 'different'}")


compare()

# %% wrong-shuffle
# 打乱的次序由随机数决定，而它没有存进备份。

compare(shuffle=True)

# %% wrong-dropout
# 随机失活也是。

compare(dropout=0.5)

# %% wrong-save-freq
# 每两批存一次，接着来时却从这一轮的开头开始。

compare(save_freq=2)

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
