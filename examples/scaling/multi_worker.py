"""
两个进程一起训练
================

起两个真的进程，各读一半数据，一起训练一个模型，得到与一个进程同样的数。

只用于 JAX 后端：几个进程一起 fit，今天的 Keras 只有 JAX 后端做得到。
"""

# %% imports
# 这个程序是启动程序（launcher）：它自己不训练，只起进程、等进程、看结果。

import os

os.environ["KERAS_BACKEND"] = "jax"

import json
import random
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from kerasguide import figures

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

# %% worker
# 每个进程运行的程序。第几号、一共几个，都由环境变量告诉它；程序一字不差。

worker = '''
import json

import jax
import keras
import numpy as np
from keras import layers

keras.distribution.initialize()
rank, processes = jax.process_index(), jax.process_count()

random = np.random.default_rng(0)
x = random.normal(size=(512, 20)).astype("float32")
y = (x.sum(axis=1) > 0).astype("int32")


def my_share(array, batch_size=64):
    """每一批里归这个进程的那些行：第一个进程取前面的，依次往后。"""
    batches = array.reshape(-1, processes, batch_size // processes, *array.shape[1:])
    return batches[:, rank].reshape(-1, *array.shape[1:])


def train(x, y, batch_size, seed=42, auto_shard_dataset=False):
    keras.utils.set_random_seed(seed)
    parallel = keras.distribution.DataParallel(auto_shard_dataset=auto_shard_dataset)
    keras.distribution.set_distribution(parallel)
    model = keras.Sequential(
        [
            keras.Input(shape=(20,)),
            layers.Dense(32, activation="relu"),
            layers.Dropout(0.1),
            layers.Dense(2),
        ]
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
        metrics=["accuracy"],
    )
    history = model.fit(x, y, batch_size, epochs=3, shuffle=False, verbose=0)
    return model, history.history


result = {"rank": rank, "devices": keras.distribution.list_devices()}
'''

training = """
model, history = train(my_share(x), my_share(y), 64 // processes)
result["loss"], result["accuracy"] = history["loss"], history["accuracy"]
result["first rows"] = my_share(np.arange(512)).reshape(8, -1)[:, 0].tolist()
np.savez(f"weights-{processes}-{rank}.npz", *model.get_weights())
"""

# %% launcher
# 启动程序：起几个进程，等它们都结束；有一个失败，或者太久，就把别的也结束。


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def keras_variables(rank, processes, port):
    return {
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": str(processes),
        "KERAS_DISTRIBUTION_PROCESS_ID": str(rank),
    }


def launch(processes, program, variables_of=keras_variables, port=None):
    """在 folder 里运行，返回每个进程写下的结果。"""
    port = port or free_port()
    save = 'json.dump(result, open(f"result-{rank}.json", "w"))'
    command = [sys.executable, "-c", f"{worker}\n{program}\n{save}"]
    running = []
    for rank in range(processes):
        environment = {
            **os.environ,
            **variables_of(rank, processes, port),
            "JAX_PLATFORMS": "cpu",
            # 不写，就在全部网卡上等人来连
            "JAX_COORDINATOR_BIND_ADDRESS": f"127.0.0.1:{port}",
            "no_proxy": "127.0.0.1",
        }
        with (folder / f"log-{rank}.txt").open("w") as log:
            running.append(
                subprocess.Popen(
                    command, cwd=folder, env=environment, stdout=log, stderr=log
                )
            )
    give_up = time.monotonic() + 300
    try:
        while any(process.poll() is None for process in running):
            if any(process.poll() for process in running):
                raise RuntimeError("a worker failed")
            if time.monotonic() > give_up:
                raise TimeoutError("the workers did not finish")
            time.sleep(0.05)
    except (RuntimeError, TimeoutError) as error:
        logs = [(folder / f"log-{rank}.txt").read_text() for rank in range(processes)]
        raise RuntimeError(f"{error}\n" + "\n".join(logs)) from error
    finally:
        for process in running:
            process.kill()
            process.wait()
    return [
        json.loads((folder / f"result-{rank}.json").read_text())
        for rank in range(processes)
    ]


def show(results, name="loss"):
    for result in results:
        losses = " ".join(f"{loss:.6f}" for loss in result[name])
        print(f"process {result['rank']}: {len(result['devices'])} device(s), {losses}")


# %% one-process
# 先用一个进程：没有人要等，也没有人要商量。

one = launch(1, training)
show(one)

# %% two-processes
# 同样的程序，两个进程。

two = launch(2, training)
show(two)

# %% compare
# 损失和权重，相差多少？


def weights(processes, rank):
    saved = np.load(folder / f"weights-{processes}-{rank}.npz")
    return np.concatenate([saved[name].ravel() for name in saved.files])


loss_gap = np.abs(np.subtract(one[0]["loss"], two[0]["loss"])).max()
weight_gap = np.abs(weights(1, 0) - weights(2, 0)).max()
print("losses differ by less than 0.00001: ", loss_gap < 1e-5)
print("weights differ by less than 0.0001: ", weight_gap < 1e-4)
print(
    "both processes hold the same weights:",
    np.array_equal(weights(2, 0), weights(2, 1)),
)

# %% picture
# 每一步里，哪些行归哪个进程。

figure, axes = plt.subplots(figsize=(6.4, 2.2), layout="constrained")
for result in two:
    starts = result["first rows"][:4]
    for step, start in enumerate(starts):
        bar = axes.barh(step, 32, left=start, color=f"C{result['rank']}")
    bar.set_label(f"process {result['rank']}")
axes.set(xlabel="row of the data set", ylabel="step", yticks=range(4))
axes.invert_yaxis()
axes.legend()
figure.savefig(figures.path("multi_worker_rows.png"), dpi=200)

# %% slurm
# 集群上的启动程序设别的变量。这里由我们设，名字和格式与 SLURM 的一样。


def slurm_variables(rank, processes, port):
    return {
        "SLURM_JOB_ID": str(port - 61440),
        "SLURM_STEP_NODELIST": "127.0.0.1",
        "SLURM_STEP_NUM_NODES": "1",
        "SLURM_NTASKS": str(processes),
        "SLURM_PROCID": str(rank),
        "SLURM_LOCALID": str(rank),
    }


def free_slurm_port():
    """JAX 由任务的编号算出端口，都在 61440 以后：找一个空着的。

    随意找，不从头找：同时运行的两个启动程序才不会找到同一个。
    """
    for port in random.sample(range(61440, 65536), 100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise RuntimeError("no free port")


# %% mistakes
# 四种常见的错误，接在训练的后面各犯一遍，记下出了什么事。

mistakes = """
def first_line(function):
    try:
        function()
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "no error"


result["auto shard"] = first_line(
    lambda: train(my_share(x), my_share(y), 32, auto_shard_dataset=True)
)
result["seeds"] = first_line(lambda: train(my_share(x), my_share(y), 32, seed=rank))
result["loss of all rows"] = train(x, y, 64)[1]["loss"]

save = keras.callbacks.ModelCheckpoint("saved.weights.h5", save_weights_only=True)
only_first = [save] if rank == 0 else []
result["only first saves"] = first_line(
    lambda: model.fit(
        my_share(x), my_share(y), 32, epochs=2, verbose=0, callbacks=only_first
    )
)
"""

# %% slurm-training
# 两个进程，用 SLURM 的变量：先照样训练，再犯那四种错误。

slurm = launch(2, training + mistakes, slurm_variables, free_slurm_port())
show(slurm)
print("same losses:", slurm[0]["loss"] == two[0]["loss"])

# %% wrong-sharding
# 第一种错误：数组交给自动分片。

print(textwrap.fill(slurm[0]["auto shard"], 88))

# %% wrong-seeds
# 第二种错误：每个进程的种子不同。

print(textwrap.fill(slurm[0]["seeds"].partition(" Make sure")[0], 88))

# %% wrong-rows
# 第三种错误：每个进程都读全部的数据。

show(slurm, "loss of all rows")

# %% wrong-saver
# 第四种错误：只让第一个进程保存。

print(textwrap.fill(slurm[0]["only first saves"].partition(" Make sure")[0], 88))

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
