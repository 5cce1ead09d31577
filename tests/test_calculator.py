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
CASES = 3000
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
        if self.rarely(0.05):
            return self.pick([0, -1, [2] * (rank + 1), [0] + [1] * (rank - 1)])
        if self.rarely(0.5):
            return self.pick(usual)
        return [self.pick(usual) for _ in range(rank)]

    def count(self, usual: list[int]) -> int:
        return self.pick([0, -2]) if self.rarely(0.05) else self.pick(usual)

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
        if self.rarely(0.35):
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


@pytest.fixture
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


def values(formula: str) -> tuple[int, int]:
    """算式的左边由 Python 算出，与右边的数。"""
    left, right = formula.replace(",", "").split(" = ")
    left = re.sub(r"⌈(\d+) ÷ (\d+)⌉", r"-(-\1 // \2)", left)
    left = left.replace("⌊", "(").replace("⌋", ")").replace("÷", "//")
    left = left.replace("×", "*").replace("−", "-")
    return eval(left), int(right)


def test_formulas_give_what_they_say(calculate):
    draw = Draw("formulas")
    cases = [draw.case() for _ in range(2000)]
    checked = 0
    for case, said in zip(cases, calculate_all(calculate, cases), strict=True):
        if "error" in said:
            continue
        assert bool(said["formula"]) == bool(said["parameters"]), case
        formulas = [said["formula"], said["flopsFormula"]]
        formulas += said["sizeFormula"].split("；")
        for formula in filter(None, formulas):
            left, right = values(formula)
            assert left == right, (case, formula)
            checked += 1
        sizes = {values(one)[1] for one in said["sizeFormula"].split("；") if one}
        assert sizes <= set(said["shape"]), case
        if said["formula"]:
            assert values(said["formula"])[1] == said["parameters"]
        if said["bytes"] is not None:
            assert said["bytes"] == 4 * math.prod(said["shape"][1:])
    assert checked > 1000


def test_the_example_of_the_lesson(calculate):
    said = calculate("layerOutput", "Conv2D", FIRST, [None, 28, 28, 3])
    assert said["formula"] == "(3×3×3 + 1) × 16 = 448"
    assert said["sizeFormula"] == "⌊(28 − 3) ÷ 1⌋ + 1 = 26"
    assert said["flops"] == 2 * 26 * 26 * 27 * 16


FIRST = {"filters": 16, "kernel_size": 3}


def layer_of(kind: str, settings: dict[str, Any], **more: Any) -> Any:
    import keras

    words = {name: _python(value) for name, value in settings.items()}
    return getattr(keras.layers, kind)(**words, **more)


def gradient(layers: list[Any], size: int, at: int | None = None) -> Any:
    """一串一个通道、权重是 1 的层：输出（或者它的一格）随输入的每一格怎样变。"""
    import tensorflow as tf

    x = tf.ones((1, size, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x
        for layer in layers:
            y = layer(y)
        y = tf.reduce_sum(y if at is None else y[:, at])
    return tape.gradient(y, x).numpy()[0, :, 0]


def window(draw: Draw) -> tuple[str, dict[str, Any]]:
    """沿一个轴滑动的一层。"""
    size = draw.pick([1, 2, 3, 4, 5])
    if draw.rarely(0.4):
        strides = draw.pick([1, 2, 3, 6])
        return "AveragePooling1D", {"pool_size": size, "strides": strides}
    settings = {"filters": 1, "kernel_size": size, "kernel_initializer": "ones"}
    rate = draw.pick(["strides", "dilation_rate"])
    return "Conv1D", {**settings, rate: draw.pick([1, 2, 3, 6])}


def test_pixels_that_no_window_sees_have_no_gradient(calculate):
    draw = Draw("dropped")
    dropped = 0
    for _ in range(60):
        kind, settings = window(draw)
        padding = draw.padding(*["causal"] * (kind == "Conv1D"))
        settings["padding"] = padding
        size = draw.random.randint(1, 25)
        said = calculate("layerOutput", kind, settings, [None, size, 1])
        if "error" in said:
            continue
        unseen = (gradient([layer_of(kind, settings)], size) == 0).tolist()
        end = unseen[::-1].index(False)
        found = {"end": end, "between": sum(unseen) - end}
        assert said["dropped"] == [found], (kind, settings, size)
        dropped += sum(unseen) > 0
    assert dropped > 10


def test_the_receptive_field_is_what_changes_the_output(calculate):
    draw = Draw("field")
    for _ in range(25):
        layers = [window(draw) for _ in range(3)]
        stack = [{"kind": kind, "settings": settings} for kind, settings in layers]
        size = 600
        rows = calculate("stackOutput", [size, 1], stack)
        found = gradient(
            [layer_of(*one) for one in layers], size, at=rows[-1]["shape"][1] // 2
        ).nonzero()[0]
        assert rows[-1]["field"]["size"] == [found[-1] - found[0] + 1], layers


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("strides", [1, 2, 3])
def test_after_growing_the_receptive_field_is_a_bound(calculate, kernel, strides):
    import keras
    import numpy as np

    up = {"filters": 1, "kernel_size": kernel, "strides": strides}
    layers = [
        ("Conv2D", {"filters": 1, "kernel_size": [3, 3]}),
        ("Conv2DTranspose", up),
        ("UpSampling2D", {"size": 2}),
        ("Conv2D", {"filters": 1, "kernel_size": 4}),
    ]
    stack = [{"kind": kind, "settings": settings} for kind, settings in layers]
    rows = calculate("stackOutput", [15, 15, 1], stack)
    said = rows[-1]["field"]
    assert not said["exact"]
    # 一次只点亮一格：看输出的各格各由哪几格来
    outputs = np.eye(15, dtype="float32")[:, :, None, None] * np.ones((1, 1, 15, 1))
    for kind, settings in layers:
        more = {} if kind == "UpSampling2D" else {"kernel_initializer": "ones"}
        outputs = layer_of(kind, settings, **more)(outputs)
    lit = keras.ops.convert_to_numpy(outputs)[:, :, 0, 0] != 0
    assert lit.sum(axis=0).max() <= math.ceil(said["size"][0])


PROFILED = [
    ("Dense", {"units": 5, "use_bias": False}, [None, 7]),
    ("Conv1D", {**FIRST, "use_bias": False}, [None, 20, 4]),
    ("Conv2D", {**FIRST, "use_bias": False, "strides": 2}, [None, 15, 12, 3]),
    ("Conv2D", {**FIRST, "use_bias": False, "padding": "same"}, [None, 9, 9, 3]),
    ("DepthwiseConv2D", {"kernel_size": 3, "use_bias": False}, [None, 9, 8, 3]),
]


@pytest.mark.parametrize(("kind", "settings", "shape"), PROFILED)
def test_operations_are_counted_as_tensorflow_counts(calculate, kind, settings, shape):
    import tensorflow as tf

    layer = layer_of(kind, settings)
    layer.build(tuple(shape))
    signature = tf.TensorSpec((1, *shape[1:]))
    graph = tf.function(layer.__call__).get_concrete_function(signature).graph
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder.float_operation()
    counted = profiler.profile(
        graph, options={**options, "output": "none"}
    ).total_float_ops
    assert calculate("layerOutput", kind, settings, shape)["flops"] == counted


STACKS = {
    "encoder": (
        [28, 28, 1],
        ("Conv2D", {**FIRST, "activation": "relu"}),
        ("Conv2D", {"filters": 32, "kernel_size": [3, 5], "padding": "same"}),
        ("MaxPooling2D", {"pool_size": 3}),
        ("BatchNormalization", {}),
        ("GlobalMaxPooling2D", {"keepdims": True}),
    ),
    "decoder": (
        [4, 4, 8],
        ("Conv2DTranspose", {**FIRST, "strides": 2, "output_padding": 1}),
        ("UpSampling2D", {"size": [2, 3]}),
        ("SeparableConv2D", {**FIRST, "depth_multiplier": 2, "dilation_rate": 2}),
        ("DepthwiseConv2D", {"kernel_size": 3, "use_bias": False}),
    ),
    "dense": (
        [784],
        ("Dense", {"units": 64, "activation": "relu"}),
        ("Dropout", {"rate": 0.5}),
        ("Dense", {"units": 10, "use_bias": False, "activation": "softmax"}),
    ),
    "flat": (
        [28, 28, 1],
        ("Flatten", {}),
        ("Reshape", {"target_shape": [-1, 4]}),
        ("Activation", {"activation": "tanh"}),
        ("Reshape", {"target_shape": -1}),
    ),
    "words": (
        [100],
        ("Embedding", {"input_dim": 50, "output_dim": 8}),
        ("Bidirectional", {"layer": "GRU", "units": 4, "return_sequences": True}),
        ("Bidirectional", {"layer": "LSTM", "units": 4, "merge_mode": "ave"}),
    ),
    "recurrent": (
        [None, 8],
        ("SimpleRNN", {"units": 4, "return_sequences": True}),
        ("GRU", {"units": 4, "return_sequences": True, "reset_after": False}),
        ("LSTM", {"units": 4, "use_bias": False}),
    ),
    "causal": (
        [None, 8],
        ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}),
        ("AveragePooling1D", {"pool_size": 2, "strides": 1}),
        ("GlobalAveragePooling1D", {}),
    ),
    "attention": (
        [100],
        ("Embedding", {"input_dim": 50, "output_dim": 8}),
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4, "value_dim": 3}),
        ("LayerNormalization", {"center": False}),
        ("GlobalAveragePooling1D", {}),
    ),
    "attention first": (
        [None, 8],
        ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}),
    ),
    "channels first": (
        [3, 20, 20],
        ("Conv2D", {**FIRST, "data_format": "channels_first", "groups": 1}),
        ("AveragePooling2D", {"pool_size": [2, 3], "data_format": "channels_first"}),
        ("BatchNormalization", {"axis": 1}),
        ("Flatten", {"data_format": "channels_first"}),
    ),
    "volume": (
        [9, 9, 9, 4],
        ("Conv3D", {**FIRST, "groups": 2, "strides": [1, 2, 3]}),
        ("MaxPooling3D", {"strides": 1}),
    ),
}


@pytest.mark.parametrize("name", STACKS)
def test_the_code_builds_the_model(calculate, name, capsys):
    source, *layers = STACKS[name]
    stack = [{"kind": kind, "settings": settings} for kind, settings in layers]
    rows = calculate("stackOutput", source, stack)
    code = calculate("code", source, stack)
    scope: dict[str, Any] = {}
    exec(code, scope)
    model = scope["model"]
    assert "Total params" in capsys.readouterr().out
    assert model.count_params() == sum(row["parameters"] for row in rows)
    built = [one for one in model.layers if type(one).__name__ != "InputLayer"]
    for layer, (kind, settings), row in zip(built, layers, rows, strict=True):
        assert type(layer).__name__ == kind
        assert list(layer.output.shape) == row["shape"]
        config = layer.get_config()
        for setting in settings.keys() & config.keys() - {"layer"}:
            assert _spread(config[setting]) == _spread(settings[setting]), setting


def _spread(value: Any) -> Any:
    """3 和 (3, 3) 是同一个设置。"""
    several = isinstance(value, (list, tuple))
    return value[0] if several and len(set(value)) == 1 else _python(value)


def test_the_code_takes_only_what_differs(calculate):
    settings = {**FIRST, "padding": "valid", "strides": 2}
    said = calculate("call", "Conv2D", settings)
    assert said == "layers.Conv2D(16, 3, strides=2)"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("28, 28, 1", [28, 28, 1]),
        ("(None, 8)", [None, 8]),
        ("（２８，２８，１）", [28, 28, 1]),
        ("28×28×1", [28, 28, 1]),
        ("784", [784]),
        ("", []),
        ("28, x", None),
        ("2.5", None),
    ],
)
def test_shapes_are_read_as_readers_write_them(calculate, text, shape):
    call = f"JSON.stringify(layerCalculator.parse({json.dumps(text)}) ?? null)"
    assert json.loads(calculate.engine.eval(call)) == shape


def test_a_layer_after_a_refused_one_has_no_input(calculate):
    dense = {"kind": "Dense", "settings": {"units": 3}}
    pooling = {"kind": "MaxPooling2D", "settings": {}}
    good, bad, after = calculate("stackOutput", [4], [dense, pooling, dense])
    assert good["shape"] == [None, 3]
    assert "expected ndim=4, found ndim=2" in bad["error"]
    assert "没有输入" in after["error"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"filters": 1}, "kernel_size：这里要填整数，一个或者几个，用逗号隔开。"),
        ({"filters": None, "kernel_size": 3}, "filters：这里要填一个整数。"),
        ({"filters": 1.5, "kernel_size": 3}, "filters：这里要填一个整数。"),
    ],
)
def test_what_is_not_filled_in_is_said(calculate, settings, said):
    assert calculate("layerOutput", "Conv2D", settings, [None, 9, 9, 1]) == {
        "error": said,
        "why": "",
    }


def test_the_script_is_small():
    assert len(gzip.compress(SCRIPT.read_bytes(), 9)) < 12_000
