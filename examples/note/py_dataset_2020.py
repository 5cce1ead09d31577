"""
2020 年的写法：一批一批地读
===========================

由 Keras 2（tf-keras）运行。旧笔记里没有这一段，是照当年的文档写的。
"""

# %% define-sequence
# 当年叫 ``Sequence``。

import numpy as np
import tf_keras as keras


class Reader(keras.utils.Sequence):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        random = np.random.default_rng(index)
        x = random.normal(size=(64, 20)).astype("float32")
        return x, (x.sum(axis=1) > 0).astype("int32")


print(Reader.__mro__[1].__name__)

# %% fit-with-workers
# 几个工人，当年交给 ``fit``。

keras.utils.set_random_seed(42)
model = keras.Sequential([keras.layers.Dense(2)])
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer="adam",
)
history = model.fit(Reader(), workers=4, verbose=0)
print(sorted(history.history))
