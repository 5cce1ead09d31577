"""
死了一个进程，接着训练
======================

两个进程训练到一半，真的杀死一个；再起一次，从存好的那一轮接着来，得到与没有中断过同样的数。
进程运行的程序是旁边的 ``programs/resumable.py``。

只用于 JAX 后端：几个进程一起 fit，今天的 Keras 只有 JAX 后端做得到。
"""

# %% imports
# 启动程序用到的包；作为对照的那一次训练，也由它自己用 Keras 做。

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np
from keras import layers

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% launcher
# 启动程序的几件事：起几个进程，看它们的日志，等一件事发生，结束它们。


def start(processes, **variables):
    script = find_spec("programs.resumable").origin  # 它在哪里
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
                    [sys.executable, script],
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


# %% kill
# 两个进程。第二个走到第四轮的第二批，杀死它：SIGKILL，它来不及做任何事。

running = start(2, STOP_AT="process 1 epoch 3 batch 1")
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

# %% half-an-epoch-is-lost
# 第四轮走到一半：存下的是走完了三轮，另一个进程也没有走完第四轮。

assert state["epoch"] == 3
assert "epoch 4" not in log_of(0).read_text() + log_of(1).read_text()
assert not list(folder.glob("result-*.json"))

# %% go-on
# 同样的命令，再来一次。

running = start(2)

# %% uninterrupted
# 趁两个进程在训练，启动程序自己也训练一次：一个进程，六轮，没有中断过。

random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")

keras.utils.set_random_seed(42)
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
uninterrupted = model.fit(x, y, batch_size=64, epochs=6, shuffle=False, verbose=0)
weights = np.concatenate([weight.ravel() for weight in model.get_weights()])
show(uninterrupted.epoch, uninterrupted.history["loss"])

# %% initialize-first
# 已经算过什么，再凑成一组就晚了。

try:
    keras.distribution.initialize("127.0.0.1:1", num_processes=2, process_id=0)
except RuntimeError as error:
    assert "must be called before any JAX calls" in str(error)
else:
    raise AssertionError("没有报错")

# %% resumed
# 等两个进程训练完。

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

# %% same-numbers
# 接着来的，与没有中断过的相同；训练完了，备份就删掉了。

assert resumed["epochs"] == [3, 4, 5]
assert np.allclose(resumed["loss"], losses[3:], atol=1e-5)
assert np.allclose(resumed["weights"], weights, atol=1e-4)
assert not (folder / "backup").exists()

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
