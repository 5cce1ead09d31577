"""
两个进程一起训练
================

起两个真的进程，各读一半数据，一起训练一个模型，得到与一个进程同样的数。
进程运行的程序在旁边的 ``programs`` 文件夹里：``train.py`` 和 ``mistakes.py``。

只用于 JAX 后端：几个进程一起 fit，今天的 Keras 只有 JAX 后端做得到。
"""

# %% imports
# 这个程序是启动程序（launcher）：它自己不训练，只起进程、等进程、看结果。

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from kerasguide import figures

temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
figures.use_chinese_font()

# %% launcher
# 启动程序：起一组进程，等它们都结束；有一个失败，或者太久，就把别的也结束。


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


def start(group, program, processes, variables_of=keras_variables, port=None):
    """起一组进程，不等它们。每一组有自己的文件夹，放日志和结果。"""
    script = find_spec(f"programs.{program}").origin  # 它在哪里
    port = port or free_port()
    (folder / group).mkdir()
    running = []
    for rank in range(processes):
        environment = {
            **os.environ,
            **variables_of(rank, processes, port),
            "KERAS_BACKEND": "jax",
            "JAX_PLATFORMS": "cpu",
            # 不写，就在全部网卡上等人来连
            "JAX_COORDINATOR_BIND_ADDRESS": f"127.0.0.1:{port}",
            "no_proxy": "127.0.0.1",
        }
        with (folder / group / f"log-{rank}.txt").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, script],
                cwd=folder / group,
                env=environment,
                stdout=log,
                stderr=log,
            )
        running.append(process)
    return running


def wait(running, seconds=300):
    """等到都结束。有一个失败了，或者太久，就把别的也结束掉。"""
    give_up = time.monotonic() + seconds
    try:
        while any(process.poll() is None for process in running):
            if any(process.poll() for process in running):
                raise RuntimeError("a worker failed")
            if time.monotonic() > give_up:
                raise TimeoutError("the workers did not finish")
            time.sleep(0.05)
    except (RuntimeError, TimeoutError) as error:
        logs = [path.read_text() for path in sorted(folder.glob("*/log-*.txt"))]
        raise RuntimeError("\n".join([str(error), *logs])) from error
    finally:
        for process in running:
            process.kill()
            process.wait()


def results(group, name="result"):
    """一组里每个进程写下的结果。"""
    files = sorted((folder / group).glob(f"{name}-*.json"))
    return [json.loads(file.read_text()) for file in files]


def show(results, name="loss"):
    for result in results:
        losses = " ".join(f"{loss:.6f}" for loss in result[name])
        print(f"process {result['rank']}: {len(result['devices'])} device(s), {losses}")


# %% one-process
# 先用一个进程：没有人要商量。只起来，不等它。

alone = start("one", "train", 1)

# %% two-processes
# 同样的程序，两个进程。两组互不相干，同时运行；等它们都结束。

pair = start("two", "train", 2)
wait(alone + pair)

one, two = results("one"), results("two")
show(one)
show(two)

# %% compare
# 损失和权重，相差多少？

loss_gap = np.abs(np.subtract(one[0]["loss"], two[0]["loss"])).max()
weight_gap = np.abs(np.subtract(one[0]["weights"], two[0]["weights"])).max()
print("losses differ by less than 0.00001:", loss_gap < 1e-5)
print("weights differ by less than 0.0001:", weight_gap < 1e-4)
print("both processes hold the same weights:", two[0]["weights"] == two[1]["weights"])

# %% same-numbers
# 两个进程得到的，与一个进程的相同；两个进程说出的，彼此一个字节也不差。

assert two[0]["loss"] == two[1]["loss"]
assert two[0]["accuracy"] == two[1]["accuracy"]
assert two[0]["weights"] == two[1]["weights"]
assert np.allclose(two[0]["loss"], one[0]["loss"], atol=1e-5)
assert np.allclose(two[0]["weights"], one[0]["weights"], atol=1e-4)

# %% devices
# 一个进程有一个设备；两个进程，``list_devices`` 列出的是两个。

assert len(one[0]["devices"]) == 1
assert len(two[0]["devices"]) == len(two[1]["devices"]) == 2

# %% picture
# 每一步里，哪些行归哪个进程。

figure, axes = plt.subplots(figsize=(6.4, 2.2), layout="constrained")
for result in two:
    starts = result["first rows"][:4]
    for step, first in enumerate(starts):
        bar = axes.barh(step, 32, left=first, color=f"C{result['rank']}")
    bar.set_label(f"进程 {result['rank']}")
axes.set(xlabel="数据的第几行", ylabel="第几步", yticks=range(4))
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


# %% slurm-training
# 两个进程，用 SLURM 的变量：``mistakes.py`` 先照样训练，再犯四种错误。

wait(start("slurm", "mistakes", 2, slurm_variables, free_slurm_port()))

slurm, seen = results("slurm"), results("slurm", "mistakes")
show(slurm)
print("same losses:", slurm[0]["loss"] == two[0]["loss"])

# %% same-with-slurm
# 没有设 Keras 的变量，也凑成了一组，数也相同。

assert not {name for name in os.environ if name.startswith("KERAS_DISTRIBUTION_")}
assert slurm[0]["devices"] == two[0]["devices"]
assert slurm[0]["loss"] == two[0]["loss"]
assert slurm[0]["weights"] == two[0]["weights"]

# %% halves
# 前一半数据归第一个进程，后一半归第二个：走的步数相同，损失却不同了。

assert seen[0]["steps of halves"] == seen[0]["steps"]
assert not np.allclose(seen[0]["loss of halves"], one[0]["loss"], atol=1e-3)

# %% wrong-sharding
# 第一种错误：数组交给自动分片。

print(textwrap.fill(seen[0]["auto shard"], 88))

# %% auto-sharding
# 自动分片不收数组；它收 ``tf.data.Dataset``，整批的交给每个进程，得到的数相同。

assert "must be provided as a `tf.data.Dataset`" in seen[0]["auto shard"]
assert np.allclose(seen[0]["loss of tf.data"], one[0]["loss"], atol=1e-5)

# %% wrong-seeds
# 第二种错误：每个进程的种子不同。

print(textwrap.fill(seen[0]["seeds"].partition(" Make sure")[0], 88))

# %% everyone-the-same-seed
# 种子不同，初值就不同，造模型的时候就报错；上面的两个进程种子相同，没有报错。

assert all("not the same on" in one["seeds"] for one in seen)

# %% wrong-rows
# 第三种错误：每个进程都读全部的数据。

show(seen, "loss of all rows")
print("steps:", seen[0]["steps of all rows"], "instead of", seen[0]["steps"])

# %% twice
# 一轮走了两倍的步数：每一行在一轮里用了两次。

assert seen[0]["steps of all rows"] == 2 * seen[0]["steps"]

# %% wrong-saver
# 第四种错误：只让第一个进程保存。

print(textwrap.fill(seen[0]["only first saves"].partition(" Make sure")[0], 88))

# %% everyone-saves
# 只有一个保存，它就出错；都保存，写到不同的地方，就没有事。

assert "not the same on" in seen[0]["only first saves"]
assert [one["all save"] for one in seen] == ["no error", "no error"]
assert len(list((folder / "slurm").glob("saved-by-*.weights.h5"))) == 2

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
