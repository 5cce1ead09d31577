"""要检查的四个模型：结构取自例子的代码块，数据造得小而固定。

装了后端、Keras 和 NumPy 就能用：例子里画图的块不运行，别的包也就不必装。
"""

import contextlib
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from kerasguide import datasets

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
_BLOCK = re.compile(r"^# %% (\S+)$", re.MULTILINE)

#: 一个输入或输出，或者几个有名字的。
Arrays = NDArray[Any] | Mapping[str, NDArray[Any]]


class Model(NamedTuple):
    """一个例子的模型：运行哪几块，得到的变量叫什么，怎样训练。"""

    title: str
    example: str
    blocks: tuple[str, ...]
    variable: str
    loss: object
    batch: Callable[[int], tuple[Arrays, Arrays]]


def build(name: str) -> Any:
    """运行例子里定义模型的块，返回没有编译的模型。"""
    model = MODELS[name]
    script = EXAMPLES / f"{model.example}.py"
    parts = _BLOCK.split(script.read_text(encoding="utf-8"))[1:]
    code = dict(zip(parts[::2], parts[1::2], strict=True))
    namespace: dict[str, Any] = {"keras": keras, "layers": layers}
    with contextlib.redirect_stdout(io.StringIO()):
        for block in model.blocks:
            # 例子是本项目自己的代码
            exec(compile(code[block], f"{script}:{block}", "exec"), namespace)
    return namespace[model.variable]


def _images(
    num_samples: int, *shape: int
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """每类一种亮度的图片：几步就学得到东西。"""
    rng = np.random.default_rng(0)
    labels = np.arange(num_samples, dtype="int32") % 10
    images = rng.random((num_samples, *shape)).astype("float32")
    brightness = labels.reshape(-1, *(1 for _ in shape)) / 10
    return (images * 0.1 + brightness * 0.9).astype("float32"), labels


def _digits(num_samples: int) -> tuple[Arrays, Arrays]:
    return _images(num_samples, 784)


def _digits_to_restore(num_samples: int) -> tuple[Arrays, Arrays]:
    images, _ = _images(num_samples, 28, 28, 1)
    return images, images


def _pictures(num_samples: int) -> tuple[Arrays, Arrays]:
    images, labels = _images(num_samples, 32, 32, 3)
    return images, np.eye(10, dtype="float32")[labels]


MODELS = {
    "mlp": Model(
        "多层感知机",
        "basics/mnist_mlp",
        ("define-input", "define-hidden-layers", "define-model"),
        "model",
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        _digits,
    ),
    "autoencoder": Model(
        "卷积自编码器",
        "vision/autoencoder",
        ("define-encoder", "define-autoencoder"),
        "auto_encoder",
        keras.losses.MeanSquaredError(),
        _digits_to_restore,
    ),
    "lstm": Model(
        "LSTM（几个输入与输出）",
        "basics/multiple_inputs_outputs",
        ("sizes", "build-model", "define-model"),
        "model",
        {
            "priority": keras.losses.BinaryCrossentropy(from_logits=True),
            "department": keras.losses.CategoricalCrossentropy(from_logits=True),
        },
        datasets.make_tickets,
    ),
    "resnet": Model(
        "残差网络",
        "vision/residual",
        ("residual-block", "build-model", "define-model"),
        "model",
        keras.losses.CategoricalCrossentropy(from_logits=True),
        _pictures,
    ),
}
