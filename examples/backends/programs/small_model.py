"""一个编译过的小模型。直接运行它，就训练几步，存成 saved_by_‹后端›.keras：
KERAS_BACKEND=torch python small_model.py

权重从同样的数开始，数据也相同，所以几个后端存的文件应当预测得一样，差别只在末尾几位。
"""

from pathlib import Path

import keras
import numpy as np
from keras import layers

samples = np.linspace(-1, 1, 64, dtype="float32").reshape(16, 4)
targets = np.stack([samples.sum(axis=1), samples.max(axis=1)], axis=1)


def build_model():
    model = keras.Sequential(
        [
            keras.Input(shape=(4,)),
            layers.BatchNormalization(),
            layers.Dense(2, kernel_initializer="ones"),
        ],
        name="small",
    )
    model.compile(optimizer="rmsprop", loss="mean_squared_error")
    return model


def path(backend):
    """用一个后端存的文件，就在这个文件旁边。"""
    return Path(__file__).with_name(f"saved_by_{backend}.keras")


if __name__ == "__main__":
    model = build_model()
    model.fit(samples, targets, batch_size=4, epochs=3, shuffle=False, verbose=2)
    model.save(path(keras.backend.backend()))
