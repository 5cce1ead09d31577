"""代码块里的变量此刻的值，记下能写进句子的那些，给 ``{fact}``。"""

import ast
import contextlib
import functools
import json
from types import ModuleType
from typing import Any

# 更长的列表、更长的字符串不记：它们不会出现在句子里
_LONGEST = 100
_LONGEST_STRING = 500
_DEEPEST = 6

_SKIP = object()


def mentioned(code: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """代码里提到的变量的值：数、字符串、形状，以及由它们组成的东西。

    张量、层、模型只看属性，不看类型：这样不必导入任何框架。看不了的就略过：例子好好地
    运行完了，不能因为记录它而失败。

    Args:
        code: 一个代码块。
        namespace: 运行到那里时的变量。

    Returns:
        dict: 变量名到可以写成 JSON 的值。

    Examples:
        >>> mentioned("total = sum(parts)", {"total": 3, "parts": [1, 2], "other": 4})
        {'parts': [1, 2], 'total': 3}
    """
    words = {
        node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)
    }
    described = {}
    for name in sorted(words & namespace.keys()):
        with contextlib.suppress(Exception):  # 例子的对象做什么都可能出错
            value = _describe(namespace[name])
            json.dumps(value)  # 几千位的整数写不成
            described[name] = value
    return described


def _describe(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return value if len(value) < _LONGEST_STRING and _encodable(value) else _SKIP
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth > _DEEPEST or isinstance(value, type | ModuleType):
        return _SKIP
    deeper = functools.partial(_describe, depth=depth + 1)
    if isinstance(value, tuple | list):
        items = [deeper(item) for item in value[:_LONGEST]]
        if len(value) > _LONGEST or any(item is _SKIP for item in items):
            return _SKIP
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return _kept({str(key): deeper(item) for key, item in value.items()})
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return _describe_array(value, deeper)
    if hasattr(value, "count_params") and hasattr(value, "built"):
        return _describe_layer(value, deeper)
    if hasattr(value, "history") and hasattr(value, "epoch"):  # keras.callbacks.History
        kept = ("history", "epoch", "params")
        return {name: deeper(getattr(value, name)) for name in kept}
    return _SKIP


def _encodable(text: str) -> bool:
    """孤立的代理（半个字符）写不进页面。"""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kept(items: dict[str, Any]) -> dict[str, Any]:
    return {
        key: item
        for key, item in items.items()
        if item is not _SKIP and _encodable(key)
    }


def _describe_array(array: Any, deeper: Any) -> Any:
    shape = tuple(array.shape)
    if shape == () and hasattr(array, "item"):
        return deeper(array.item())
    dtype = str(getattr(array.dtype, "name", array.dtype))
    return _kept({"shape": deeper(shape), "dtype": dtype})


def _describe_layer(layer: Any, deeper: Any) -> Any:
    described = {"name": layer.name, "built": layer.built}
    if hasattr(layer, "units"):
        described["units"] = deeper(layer.units)
    if layer.built:
        described["params"] = deeper(layer.count_params())
    if hasattr(layer, "layers"):
        described["layers"] = _kept({each.name: deeper(each) for each in layer.layers})
    for side in ("input", "output"):
        # 模型有 output_shape；函数式模型里的层没有，但记得自己的符号输出
        with contextlib.suppress(Exception):
            described[f"{side}_shape"] = deeper(tuple(getattr(layer, side).shape))
        with contextlib.suppress(Exception):
            described[f"{side}_shape"] = deeper(getattr(layer, f"{side}_shape"))
    return _kept(described)
