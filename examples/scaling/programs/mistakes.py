"""照样训练，再把四种常见的错误各犯一遍，记下出了什么事。"""

import keras
import tensorflow as tf
import train
from train import my_share, processes, rank, x, y


def first_line(function):
    try:
        function()
    except (AssertionError, ValueError) as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "no error"


model = train.main()
mine = my_share(x), my_share(y)
seen = {
    "rank": rank,
    "devices": keras.distribution.list_devices(),
    "steps": int(model.optimizer.iterations),
}

# 前一半数据归第一个进程，后一半归第二个
half = slice(rank * 512 // processes, (rank + 1) * 512 // processes)
halves, history = train.train(x[half], y[half], 64 // processes)
seen["steps of halves"] = int(halves.optimizer.iterations)
seen["loss of halves"] = history["loss"]

# 错误一：数组交给自动分片
seen["auto shard"] = first_line(
    lambda: train.train(*mine, 64 // processes, auto_shard_dataset=True)
)

# 出路：整批的 tf.data.Dataset 交给每个进程
whole = tf.data.Dataset.from_tensor_slices((x, y)).batch(64)
_, history = train.train(whole, None, None, auto_shard_dataset=True)
seen["loss of tf.data"] = history["loss"]

# 错误二：每个进程的种子不同
seen["seeds"] = first_line(lambda: train.train(*mine, 64 // processes, seed=rank))

# 错误三：忘了 my_share，每个进程都读全部的数据
wrong, history = train.train(x, y, 64 // processes)
seen["steps of all rows"] = int(wrong.optimizer.iterations)
seen["loss of all rows"] = history["loss"]


# 错误四：只让第一个进程保存；与它相比，每个进程都保存
def keep_training(*callbacks):
    model.fit(*mine, 64 // processes, epochs=2, verbose=0, callbacks=callbacks)


def saver(name):
    return keras.callbacks.ModelCheckpoint(name, save_weights_only=True)


everyone = saver(f"saved-by-{rank}.weights.h5")
seen["all save"] = first_line(lambda: keep_training(everyone))
only_first = [saver("saved.weights.h5")] if rank == 0 else []
seen["only first saves"] = first_line(lambda: keep_training(*only_first))

train.save("mistakes", seen)
