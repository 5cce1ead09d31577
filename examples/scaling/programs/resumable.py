"""几个进程一起训练，死了也能接着来：每个进程运行这同一个程序。"""

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

# 每个进程都存，存在不同的地方；接着训练时，大家都从第一个进程的那一份开始
shared = Path("backup")  # 每台机器都看得见的文件夹
mine = shared if rank == 0 else Path(f"backup-of-{rank}")
if rank != 0:
    shutil.rmtree(mine, ignore_errors=True)
    if shared.exists():
        shutil.copytree(shared, mine)
backup = keras.callbacks.BackupAndRestore(mine, double_checkpoint=True)


class Report(keras.callbacks.Callback):
    """报告走到了哪里。走到环境变量 STOP_AT 说的那一批，就停下来，等着被杀死。"""

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_begin(self, batch, logs=None):
        here = f"process {rank} epoch {self.epoch} batch {batch}"
        print(here, flush=True)
        if here == os.environ.get("STOP_AT"):
            time.sleep(300)


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
Path(f"result-{rank}.json").write_text(json.dumps(result))
