"""
换了后端，哪里不一样
====================

同样的代码在 TensorFlow、JAX、PyTorch 上都能运行，下面几处的结果却不同。
"""

# %% imports
# 导入要用的包；一个编译过的小模型。

import json
import sys
import tempfile
import zipfile
from pathlib import Path
from unittest import mock

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)


def build_model():
    model = keras.Sequential(
        [keras.Input(shape=(4,)), layers.BatchNormalization(), layers.Dense(2)],
        name="small",
    )
    model.compile(optimizer="rmsprop", loss="mean_squared_error")
    return model


# %% optimizer-module
# 存盘，看看文件里说优化器的类在哪个模块。

model = build_model()
model.save(folder / "small.keras")
with zipfile.ZipFile(folder / "small.keras") as archive:
    config = json.loads(archive.read("config.json"))
print(config["compile_config"]["optimizer"]["module"])

# %% load-elsewhere
# 一个在 PyTorch 上存的文件，拿到没有 PyTorch 的机器上读。

config["compile_config"]["optimizer"].update(
    module="keras.src.backend.torch.optimizers.torch_rmsprop",
    registered_name="RMSprop",
)
with (
    zipfile.ZipFile(folder / "small.keras") as original,
    zipfile.ZipFile(folder / "from_torch.keras", "w") as archive,
):
    archive.writestr("config.json", json.dumps(config))
    for name in ("metadata.json", "model.weights.h5"):
        archive.writestr(name, original.read(name))

for options in ({}, {"compile": False}):
    try:
        with mock.patch.dict(sys.modules, torch=sys.modules.get("torch")):
            keras.models.load_model(folder / "from_torch.keras", **options)
        print(options, "loaded")
    except TypeError as error:
        print(options, str(error).split(" Full object config")[0])

# %% after-an-error
# 预测时给错了宽度；出过错之后，模型还能不能用，从文件读回来的呢。

right, wrong = np.ones((8, 4)), np.ones((8, 5))


def try_to_predict(title, model, samples):
    try:
        print(f"{title:16}", model.predict(samples, verbose=0).shape)
    except (TypeError, ValueError) as error:
        print(f"{title:16}", type(error).__name__)


try_to_predict("wrong width", model, wrong)
try_to_predict("right width", model, right)
model = keras.models.load_model(folder / "small.keras", compile=False)
try_to_predict("loaded again", model, right)

# %% clean-up
# 删掉临时的文件夹。

temporary.cleanup()
