"""运行一个例子，同时量它：给 ``python -m kerasguide.matrix`` 在新的进程里调用。

::

    python -m kerasguide.measure 脚本 基准的文件夹 结果.json reference或compared

例子一个字也不用改。导入框架的时间在导入时量；训练的时间由一个回调量，它加在 ``fit``
自己的回调后面；例子运行完了，再用它留下的模型预测。TensorFlow 的权重、输入、预测
存进基准的文件夹，别的后端换上同样的权重，对同样的输入预测，算出相差多少。
"""

import ast
import contextlib
import functools
import importlib.abc
import importlib.machinery
import inspect
import io
import json
import re
import statistics
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kerasguide import files

_Array: TypeAlias = NDArray[Any]
#: 一个输入的形状和类型；形状里没有定下的维是 ``None``
_Spec: TypeAlias = tuple[Sequence[int | None], str]
#: 例子的变量，例子里什么都可能有
_Namespace: TypeAlias = dict[str, Any]

_FRAMEWORKS = ("keras", "tf_keras", "tensorflow", "jax", "torch")
_MARKER = re.compile(r"^# ?%% *(.*)$")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# 训练得来的数和时间，每个后端都不同
_CHANGING = re.compile(r"[-+]?\d+\.\d*(?:e[-+]?\d+)?|\b\d+(?:s|ms|us)\b")
_PADDING = re.compile(r"(?<=\[) +|(?<=#) +(?= #|\])")  # 数组里对齐用的空格
_ROWS = 4  # 比较预测用几行输入
_FREE_SIZE = 16  # 形状里没有定下的那些维


class Stopwatch:
    """一个例子的时间：导入框架、每次训练的每一步。"""

    def __init__(self) -> None:
        self.importing = 0.0
        #: 每次训练一项：从开始到第一步走完的秒数，然后是其余各步的
        self.trainings: list[list[float]] = []

    def first_step(self) -> float | None:
        """第一次训练，从调用 ``fit`` 到第一步走完。"""
        return self.trainings[0][0] if self.trainings else None

    def step(self) -> float | None:
        """步数最多的那次训练，第一步之后各步的中位数。"""
        after_first = [training[1:] for training in self.trainings]
        later = max(after_first, key=len, default=[])
        return statistics.median(later) if later else None


class _Imports(importlib.abc.MetaPathFinder):
    """量导入框架的时间；它们互相导入，只算最外面的一层。"""

    def __init__(self, stopwatch: Stopwatch) -> None:
        self.stopwatch = stopwatch
        self.inside = False

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _FRAMEWORKS:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = functools.partial(self._execute, spec.loader.exec_module)
            spec.loader.exec_module = execute  # type: ignore[method-assign]
        return spec

    def _execute(
        self, execute: Callable[[types.ModuleType], None], module: types.ModuleType
    ) -> None:
        outermost, self.inside = not self.inside, True
        started = time.perf_counter()
        try:
            execute(module)
        finally:
            if outermost:
                self.stopwatch.importing += time.perf_counter() - started
                self.inside = False
        if module.__name__ in ("keras", "tf_keras"):
            watch_training(module, self.stopwatch)


def watch_training(keras: Any, stopwatch: Stopwatch) -> None:
    """让 ``keras.Model`` 的 ``fit`` 和 ``train_on_batch`` 记下每一步的时间。"""

    class Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras 没有类型
        def __init__(self, started: float) -> None:
            super().__init__()
            self.started = started
            self.seconds: list[float] = []

        def on_train_batch_begin(
            self, batch: int, logs: dict[str, Any] | None = None
        ) -> None:
            if self.seconds:
                self.started = time.perf_counter()

        def on_train_batch_end(
            self, batch: int, logs: dict[str, Any] | None = None
        ) -> None:
            # 有的后端先交差、后计算：取一次值，等它真的算完
            for value in (logs or {}).values():
                with contextlib.suppress(TypeError, ValueError):
                    float(value)
            if not self.seconds:
                stopwatch.trainings.append(self.seconds)
            self.seconds.append(time.perf_counter() - self.started)

    plain_fit, plain_batch = keras.Model.fit, keras.Model.train_on_batch
    signature = inspect.signature(plain_fit)
    by_batch: dict[int, list[float]] = {}

    @functools.wraps(plain_fit)
    def fit(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments.get("callbacks") or []
        watch = Watch(time.perf_counter())
        if isinstance(given, keras.callbacks.CallbackList):
            given.append(watch)
        else:
            given = given if isinstance(given, list | tuple) else [given]
            bound.arguments["callbacks"] = [*given, watch]
        return plain_fit(*bound.args, **bound.kwargs)

    @functools.wraps(plain_batch)
    def train_on_batch(self: Any, *args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        result = plain_batch(self, *args, **kwargs)
        if id(self) not in by_batch:
            stopwatch.trainings.append(by_batch.setdefault(id(self), []))
        by_batch[id(self)].append(time.perf_counter() - started)
        return result

    keras.Model.fit, keras.Model.train_on_batch = fit, train_on_batch


def run_blocks(script: Path, namespace: _Namespace, outputs: dict[str, str]) -> None:
    """一块一块地运行例子，``outputs`` 里记下每一块打印的。

    Args:
        script: 例子的脚本。
        namespace: 例子的变量放在这里。
        outputs: 块名到打印的文字；出错的一块也在里面，它是最后一个。
    """
    source = script.read_text(encoding="utf-8")
    blocks: dict[str, list[ast.stmt]] = {}
    markers = {
        line: match[1].strip()
        for line, text in enumerate(source.splitlines(), 1)
        if (match := _MARKER.match(text))
    }
    for node in ast.parse(source).body:
        above = [line for line in markers if line < node.lineno]
        name = markers[max(above)] if above else ""
        blocks.setdefault(name, []).append(node)
    for name, statements in blocks.items():
        code = compile(ast.Module(statements, []), str(script), "exec")
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)  # noqa: S102
        finally:
            outputs[name] = _COLOUR.sub("", printed.getvalue())


def steady(text: str) -> str:
    r"""去掉训练得来的数和时间，剩下的在每个后端上都应当相同。

    Examples:
        >>> steady("30/30 - 1s - 12ms/step - loss: 0.25\nTotal params: 55,050 (215.04 KB)")
        '30/30 - # - #/step - loss: #\nTotal params: 55,050 (# KB)'
    """
    lines = _PADDING.sub("", _CHANGING.sub("#", text)).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines)


def models(namespace: _Namespace) -> dict[str, tuple[Any, list[_Spec]]]:
    """例子留下的、知道输入形状的模型：变量名到模型和它各个输入的形状、类型。"""
    keras = sys.modules.get("keras")
    if keras is None:
        return {}
    found: dict[str, tuple[Any, list[_Spec]]] = {}
    for name, value in namespace.items():
        if isinstance(value, keras.Model) and value.built:
            if inputs := getattr(value, "inputs", None):
                specs = [(each.shape, str(each.dtype)) for each in inputs]
            else:
                shape = (value.get_build_config() or {}).get("input_shape")
                specs = [(shape, "float32")] if shape and value.weights else []
            if specs:
                found[name] = value, specs
    return found


def make_inputs(model: Any, specs: Sequence[_Spec]) -> list[_Array]:
    """种子固定的输入；整数是词的编号，不能超过词表。"""
    random = np.random.default_rng(0)
    words = [layer.input_dim for layer in model.layers if hasattr(layer, "input_dim")]
    arrays = []
    for shape, dtype in specs:
        size = (_ROWS, *(dimension or _FREE_SIZE for dimension in shape[1:]))
        if "int" in dtype:
            whole = random.integers(min(words, default=2), size=size)
            arrays.append(whole.astype(dtype))
        else:
            arrays.append(random.random(size).astype(dtype))
    return arrays


def predict(model: Any, arrays: Sequence[_Array]) -> list[_Array]:
    """模型的各个输出；预测时的警告不看。"""
    keras = sys.modules["keras"]
    inputs = arrays if len(arrays) > 1 else arrays[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs: list[_Array] = keras.tree.flatten(model.predict(inputs, verbose=0))
    return outputs


def save_reference(namespace: _Namespace, file: Path) -> None:
    """TensorFlow 的权重、输入和预测，存给别的后端比。"""
    arrays: dict[str, _Array] = {}
    for name, (model, specs) in models(namespace).items():
        inputs = make_inputs(model, specs)
        try:
            predictions = predict(model, inputs)
        except ValueError:  # 例子故意留下的、不能用的模型
            continue
        kinds = {"w": model.get_weights(), "x": inputs, "y": predictions}
        for kind, values in kinds.items():
            for index, value in enumerate(values):
                arrays[f"{name} {kind} {index}"] = value
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]  # 当成了 allow_pickle
    # 半个文件会让别的后端好像比不了
    files.write_whole(file, content.getvalue())


def largest_difference(namespace: _Namespace, file: Path) -> float | None:
    """与 TensorFlow 用同样的权重、同样的输入，预测最多差多少；没有可比的就是 ``None``。"""
    with np.load(file) as opened:
        stored: dict[str, _Array] = dict(opened)

    def values(name: str, kind: str) -> list[_Array]:
        keys = [key for key in stored if key.startswith(f"{name} {kind} ")]
        return [
            stored[key] for key in sorted(keys, key=lambda key: int(key.split()[2]))
        ]

    largest: float | None = None
    for name, (model, _) in models(namespace).items():
        if not (expected := values(name, "y")):
            continue
        model.set_weights(values(name, "w"))
        for mine, reference in zip(
            predict(model, values(name, "x")), expected, strict=True
        ):
            difference = float(np.abs(np.asarray(mine) - reference).max())
            largest = max(largest or 0.0, difference)
    return largest


def measure(script: Path, reference: Path, is_reference: bool) -> dict[str, Any]:
    """运行并测量一个例子，返回可以写成 JSON 的结果。

    Args:
        script: 例子的脚本。
        reference: 基准的文件夹；TensorFlow 写它，别的后端读它。
        is_reference: 现在的后端是 TensorFlow。
    """
    stopwatch = Stopwatch()
    outputs: dict[str, str] = {}
    sys.meta_path.insert(0, _Imports(stopwatch))
    module = types.ModuleType("__main__")
    module.__file__ = str(script)
    sys.modules["__main__"] = module
    sys.argv = [str(script)]
    sys.path.insert(0, str(script.parent))
    try:
        run_blocks(script, module.__dict__, outputs)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        # 一块也没有运行：脚本自己读不懂
        where = f"代码块 {list(outputs)[-1]}" if outputs else "读脚本"
        result = _failed(where, error)
    else:
        try:
            result = _compare(script, reference, is_reference, module.__dict__, outputs)
        except Exception as error:  # noqa: BLE001
            result = _failed("与 TensorFlow 比较", error)
    result["seconds"] = {
        "import": stopwatch.importing or None,
        "first_step": stopwatch.first_step(),
        "step": stopwatch.step(),
    }
    return result


def _failed(where: str, error: BaseException) -> dict[str, Any]:
    said = f"{type(error).__name__}：{error}".splitlines()[0]
    return {
        "status": "failed",
        "reason": f"{where}：{said}",
        "traceback": traceback.format_exc(),
    }


def _compare(
    script: Path,
    reference: Path,
    is_reference: bool,
    namespace: _Namespace,
    outputs: dict[str, str],
) -> dict[str, Any]:
    stem = f"{script.parent.name}+{script.stem}"
    arrays, texts = reference / f"{stem}.npz", reference / f"{stem}.json"
    result: dict[str, Any] = {"status": "passed"}
    if is_reference:
        # 别的后端看有没有数组，所以它最后写
        files.write_whole(texts, json.dumps(outputs).encode())
        save_reference(namespace, arrays)
    elif arrays.is_file():
        result["difference"] = largest_difference(namespace, arrays)
        expected = json.loads(texts.read_text(encoding="utf-8"))
        result["prints"] = {
            name: printed.strip("\n")
            for name, printed in outputs.items()
            if steady(printed) != steady(expected.get(name, ""))
        }
    return result


if __name__ == "__main__":
    from kerasguide import runtime

    runtime.quiet()
    _script, _reference, _result, _role = sys.argv[1:]
    _measured = measure(Path(_script), Path(_reference), _role == "reference")
    files.write_whole(Path(_result), json.dumps(_measured).encode())
