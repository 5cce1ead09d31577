"""几个进程一起训练：每个进程运行这同一个程序。"""

import json
from pathlib import Path

import jax
import keras
import numpy as np
from keras import layers

# 一共几个进程、自己是第几号、到哪里会合，都从环境变量来
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


def save(name, result):
    Path(f"{name}-{rank}.json").write_text(json.dumps(result))


def main():
    model, history = train(my_share(x), my_share(y), 64 // processes)
    weights = np.concatenate([weight.ravel() for weight in model.get_weights()])
    result = {
        "rank": rank,
        "devices": keras.distribution.list_devices(),
        "loss": history["loss"],
        "accuracy": history["accuracy"],
        "weights": weights.tolist(),
        "first rows": my_share(np.arange(512)).reshape(8, -1)[:, 0].tolist(),
    }
    save("result", result)
    return model


if __name__ == "__main__":
    main()
