"""形状与参数计算器：几千组随机的设置，它与装着的 Keras 说得一样，报错也一样。"""

import gzip
import json
import math
import os
import random
import re
from typing import Any

import pytest
from py_mini_racer import MiniRacer

from tests.conftest import ROOT

WIDGETS = ROOT / "docs" / "_static" / "widgets"
SCRIPT = WIDGETS / "layer-calculator.js"
CASES = 5000
# 一个不变，一个每天换
SEEDS = ("0", os.environ["KERASGUIDE_TODAY"])

Case = tuple[str, dict[str, Any], tuple[int | None, ...]]


@pytest.fixture(scope="module")
def calculate():
    """返回一个函数：调用计算器的一个函数，参数和结果都是 JSON。"""
    engine = MiniRacer()
    for name in ("base", "layer-calculator"):
        engine.eval((WIDGETS / f"{name}.js").read_text(encoding="utf-8"))

    def run(name, *arguments):
        words = ", ".join(json.dumps(argument) for argument in arguments)
        return json.loads(
            engine.eval(f"JSON.stringify(layerCalculator.{name}({words}))")
        )

    run.engine = engine
    return run


class Draw:
    """随机的设置：平常的多，边角上的也有。"""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.pick = self.random.choice

    def rarely(self, share: float = 0.1) -> bool:
        return self.random.random() < share

    def sizes(self, rank: int, usual: list[int]) -> Any:
        """一个数，或者每个轴一个；偶尔有 0、负数，或者少一个。"""
        if self.rarely(0.03):
            return self.pick([0, -1, [2] * (rank + 1), [0] + [1] * (rank - 1)])
        if self.rarely(0.5):
            return self.pick(usual)
        return [self.pick(usual) for _ in range(rank)]

    def count(self, usual: list[int]) -> int:
        return self.pick([0, -2]) if self.rarely(0.03) else self.pick(usual)

    def shape(self, rank: int, first: bool = False) -> tuple[int | None, ...]:
        """批、几个轴、通道；偶尔多一个轴、少一个轴，或者有一个是 None。"""
        if self.rarely(0.06):
            rank += self.pick([-1, 1])
        limit = {1: 40, 2: 30}.get(rank, 9)
        sides: list[int | None] = [
            self.pick([1, 2, 3, 7, limit, self.random.randint(1, limit)])
            for _ in range(max(rank, 0))
        ]
        sides = [None if self.rarely(0.08) else side for side in sides]
        channels = None if self.rarely(0.03) else self.pick([1, 2, 3, 4, 6, 8])
        inside = [channels, *sides] if first else [*sides, channels]
        return (None, *(inside if rank >= 0 else []))

    def some(self, settings: dict[str, Any]) -> dict[str, Any]:
        """几个设置，每个用不用是随机的。"""
        return {name: value for name, value in settings.items() if self.rarely(0.6)}

    def flags(self, *names: str) -> dict[str, Any]:
        return self.some({name: self.pick([True, False]) for name in names})

    def padding(self, *more: str) -> str:
        return self.pick(["valid", "same", *more])

    def formats(self) -> dict[str, Any]:
        return {"data_format": "channels_first"} if self.rarely(0.25) else {}

    def windows(self, rank: int) -> dict[str, Any]:
        """步幅、空洞：多半只用一样，Keras 不许两样都用。"""
        found = {}
        if self.rarely(0.5):
            found["strides"] = self.sizes(rank, [1, 2, 3, 4])
        if self.rarely(0.35):
            found["dilation_rate"] = self.sizes(rank, [1, 2, 3])
        return found

    def case(self) -> Case:
        kind = self.pick(KINDS)
        return (kind, *getattr(self, f"of_{_family(kind)}")(kind))

    def of_dense(self, kind):
        settings = {"units": self.count([1, 3, 10]), **self.flags("use_bias")}
        return settings, self.shape(self.pick([-1, 0, 0, 0, 1, 2]))

    def of_conv(self, kind):
        transposed, depthwise = "Transpose" in kind, kind.startswith("Depthwise")
        rank = int(re.search(r"(\d)D", kind).group(1))
        settings = {
            "kernel_size": self.sizes(rank, [1, 2, 3, 5]),
            **self.windows(rank),
            **self.some({"padding": self.padding(*["causal"] * (rank == 1))}),
            **self.some({"activation": self.pick(["relu", "tanh"])}),
            **self.flags("use_bias"),
            **self.formats(),
        }
        if not depthwise:
            settings["filters"] = self.count([1, 2, 4, 6])
        if depthwise or kind.startswith("Separable"):
            settings |= self.some({"depth_multiplier": self.count([1, 2, 3])})
        elif transposed and self.rarely(0.4):
            settings["output_padding"] = self.sizes(rank, [0, 1, 2])
        elif not transposed and self.rarely(0.4):
            settings["groups"] = self.count([1, 2, 3, 4])
        return settings, self.shape(rank, "data_format" in settings)

    def of_pooling(self, kind):
        rank = int(kind[-2])
        settings = {
            "pool_size": self.sizes(rank, [1, 2, 3, 5]),
            **self.some({"strides": self.sizes(rank, [1, 2, 3])}),
            **self.some({"padding": self.padding()}),
            **self.formats(),
        }
        if kind.startswith("Max") and self.rarely():
            del settings["pool_size"]
        return settings, self.shape(rank, "data_format" in settings)

    def of_global(self, kind):
        settings = {**self.flags("keepdims"), **self.formats()}
        return settings, self.shape(int(kind[-2]), "data_format" in settings)

    def of_upsampling(self, kind):
        settings = {**self.some({"size": self.sizes(2, [1, 2, 3])}), **self.formats()}
        return settings, self.shape(2, "data_format" in settings)

    def of_flatten(self, kind):
        return self.formats(), self.shape(self.pick([-1, 0, 1, 2, 3]))

    def of_reshape(self, kind):
        shape = self.shape(self.pick([0, 1, 2]))
        inside = [side or 2 for side in shape[1:]]
        self.random.shuffle(inside)
        target = self.pick([inside, [-1], [*inside, 1], [2, -1], [-1, *inside[1:]]])
        if self.rarely(0.2):
            target = self.pick([[-1, -1], [-2, 3], [0, -1], [7], [*inside, 2], [0, 4]])
        return {"target_shape": target}, shape

    def of_embedding(self, kind):
        settings = {"input_dim": self.count([1, 50]), "output_dim": self.count([1, 8])}
        return settings, self.shape(self.pick([-1, 0, 1]))

    def of_recurrent(self, kind):
        settings = {"units": self.count([1, 3, 8])}
        settings |= self.flags("return_sequences", "use_bias")
        if kind == "GRU":
            settings |= self.flags("reset_after")
        if kind == "Bidirectional":
            settings["layer"] = self.pick(["SimpleRNN", "GRU", "LSTM"])
            merge = self.pick(["concat", "sum", "mul", "ave"])
            settings |= self.some({"merge_mode": merge})
        return settings, self.shape(1)

    def of_attention(self, kind):
        settings = {
            "num_heads": self.count([1, 2, 3]),
            "key_dim": self.count([1, 4]),
            **self.some({"value_dim": self.count([2, 5])}),
            **self.flags("use_bias"),
        }
        return settings, self.shape(self.pick([0, 1, 1, 1, 2]))

    def of_normalization(self, kind):
        settings = self.flags("scale", "center")
        if self.rarely(0.4):
            settings["axis"] = self.pick([-4, -3, -2, -1, 0, 1, 2, 3, 4])
        return settings, self.shape(self.pick([-1, 0, 1, 2, 3]))

    def of_dropout(self, kind):
        rate = self.pick([0, 0.5, 1, -0.1, 1.5])
        return {"rate": rate}, self.shape(self.pick([-1, 0, 1, 2]))

    def of_activation(self, kind):
        activation = self.pick(["relu", "sigmoid", "tanh", "softmax"])
        return {"activation": activation}, self.shape(self.pick([0, 1, 2]))


# 有窗口的层最容易错，多试几次
KINDS = [
    *("Dense", "Flatten", "Reshape", "Embedding", "Dropout", "Activation"),
    *("SimpleRNN", "GRU", "LSTM", "Bidirectional", "MultiHeadAttention"),
    *("BatchNormalization", "LayerNormalization"),
    *3 * ("Conv1D", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"),
    *("Conv3D", "Conv3D", "UpSampling2D"),
    *2 * [f"{mode}Pooling{rank}D" for mode in ("Max", "Average") for rank in (1, 2, 3)],
    *[f"Global{m}Pooling{rank}D" for m in ("Max", "Average") for rank in (1, 2, 3)],
]


def _family(kind: str) -> str:
    if kind.startswith("Global"):
        return "global"
    for part in ("Pooling", "Conv", "Attention", "Normalization"):
        if part in kind:
            return part.lower()
    if kind in ("SimpleRNN", "GRU", "LSTM", "Bidirectional"):
        return "recurrent"
    return {"UpSampling2D": "upsampling"}.get(kind, kind.lower())


def _named(kind: str) -> str:
    """Keras 给层起的名字。"""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _first_sentence(error: Exception) -> str:
    said = re.sub(r"\x1b\[\d*m", "", str(error))
    said = said.removeprefix("Exception encountered when calling ")
    said = re.sub(r"^\w+\.call\(\)\.\n\n", "", said).partition("\n")[0]
    return re.split(r"\.? Received|\. (?=[A-Z])", said)[0].removesuffix(".")


def _python(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def keras_output(case: Case) -> dict[str, Any]:
    """Keras 怎样说：形状和参数，或者报错的第一句；只算形状，不运行。"""
    import keras

    kind, settings, shape = case
    words = {name: _python(value) for name, value in settings.items()}
    try:
        if kind == "Bidirectional":
            inner = getattr(keras.layers, words.pop("layer"))
            outer = {k: words.pop(k) for k in ("merge_mode",) if k in words}
            layer = keras.layers.Bidirectional(
                inner(**words), name="bidirectional", **outer
            )
        else:
            layer = getattr(keras.layers, kind)(**words, name=_named(kind))
        x = keras.Input(batch_shape=shape)
        y = layer(x, x) if kind == "MultiHeadAttention" else layer(x)
    except (ValueError, TypeError, IndexError, ZeroDivisionError) as error:
        usual = isinstance(error, ValueError)
        return {"error": _first_sentence(error) if usual else None}
    return {
        "shape": list(y.shape),
        "parameters": layer.count_params(),
        "nonTrainable": sum(math.prod(w.shape) for w in layer.non_trainable_weights),
    }


@pytest.fixture(scope="module")
def symbolic():
    """权重只有形状，没有数：几千个层也快。"""
    import keras

    with keras.StatelessScope():
        yield
        keras.utils.clear_session()  # 不然离开时要造出所有的权重


@pytest.mark.usefixtures("symbolic")
@pytest.mark.parametrize("seed", SEEDS)
def test_it_says_what_keras_says(calculate, seed):
    draw = Draw(seed)
    cases = [draw.case() for _ in range(CASES)]
    found = calculate_all(calculate, cases)
    wrong, refused = [], 0
    for case, said in zip(cases, found, strict=True):
        expected = keras_output(case)
        if "error" in expected:
            refused += 1
            right = "error" in said and expected["error"] in (
                None,
                said["error"].removesuffix("."),
            )
        else:
            right = expected.items() <= said.items()
        if not right:
            wrong.append(f"{case}\n  Keras：{expected}\n  计算器：{said}")
    assert not wrong, f"种子 {seed}，{len(wrong)} 组不同：\n" + "\n".join(wrong[:20])
    # 都试到了：肯的，不肯的
    assert CASES / 10 < refused < CASES / 2
    assert {kind for kind, *_ in cases} == set(KINDS)


def calculate_all(calculate, cases):
    call = f"{json.dumps(cases)}.map((one) => layerCalculator.layerOutput(...one))"
    return json.loads(calculate.engine.eval(f"JSON.stringify({call})"))
