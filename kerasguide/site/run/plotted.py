"""例子画结构图时，除了它自己的 PNG，再记下同一张图的 SVG 和每个方框的内容。

读者看到的代码是普通的 ``keras.utils.plot_model``。在运行例子的工作进程里，它画完
之后，用同样的选项再取一次 ``keras.utils.model_to_dot``，画成不带颜色主题、不带
链接的 SVG；层的形状、参数个数和连接另外记成数据。怎样显示由
:mod:`kerasguide.site.show.diagrams` 决定。
"""

import contextlib
import functools
import graphlib
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from kerasguide.site.base.examples import Drawn

_SVG = "http://www.w3.org/2000/svg"

# 画好了还没有取走的：图片文件的绝对路径到数据
_drawn: dict[Path, Drawn] = {}


@functools.cache
def watch(engine: str) -> None:
    """从现在起记下 ``engine`` 的 ``plot_model`` 画的每一张图。

    Args:
        engine: ``"keras"`` 或 ``"tf_keras"``；这里会导入它。
    """
    utils: Any = importlib.import_module(f"{engine}.utils")
    original = utils.plot_model
    signature = inspect.signature(original)

    @functools.wraps(original)
    def plot_model(*args: Any, **kwargs: Any) -> Any:
        shown = original(*args, **kwargs)
        call = signature.bind(*args, **kwargs)
        call.apply_defaults()
        options = {
            name: value for name, value in call.arguments.items() if name != "kwargs"
        }
        model, to_file = options.pop("model"), options.pop("to_file")
        dot = utils.model_to_dot(model, **options)
        _drawn[Path(to_file).absolute()] = _describe(model, dot)
        return shown

    utils.plot_model = plot_model


def take(path: Path) -> Drawn | None:
    """取走写到 ``path`` 的结构图的数据；它不是 ``plot_model`` 画的，就是 ``None``。

    Returns:
        dict: ``model`` 是模型的名字；``svg`` 是图，每个方框有 ``data-layer``；
        ``layers`` 按图的次序列出各层：``name``、``class``、``ours``（例子自己定义的类）、
        ``shape``（文字）、``params``（没有就是 ``None``）、``after``（接在哪几层之后，序号）。
    """
    return _drawn.pop(path.absolute(), None)


def _describe(model: Any, dot: Any) -> Drawn:
    objects = {str(id(layer)): layer for layer in _walk(model)}
    # 从输入到输出的次序：展开的模型里的方框，dot 列在最后
    order: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter(
        dict.fromkeys(_node_names(dot), ())
    )
    for source, destination in _edges(dot):
        order.add(destination, source)
    numbers = {name: index for index, name in enumerate(order.static_order())}
    layers = [_describe_layer(objects[name]) for name in numbers]
    for source, destination in _edges(dot):
        layers[numbers[destination]]["after"].append(numbers[source])
    dot.set("dpi", 72)
    dot.set("bgcolor", "transparent")
    svg = dot.create(format="svg").decode("utf-8")
    return {"model": model.name, "svg": _plain(svg, numbers), "layers": layers}


def _walk(model: Any) -> Iterator[Any]:
    """模型、它的层和运算、里面的模型的层……"""
    yield model
    # Keras 3 的函数式模型里，相加这样的运算不是层，只在 operations 里
    inside = getattr(model, "operations", None) or getattr(model, "layers", None) or ()
    for layer in inside:
        yield from _walk(layer)


def _node_names(dot: Any) -> Iterator[str]:
    for node in dot.get_nodes():
        name = node.get_name().strip('"')
        if name not in ("node", "edge", "graph"):
            yield name
    for subgraph in dot.get_subgraphs():
        yield from _node_names(subgraph)


def _edges(dot: Any) -> Iterator[tuple[str, str]]:
    for edge in dot.get_edges():
        yield edge.get_source().strip('"'), edge.get_destination().strip('"')
    for subgraph in dot.get_subgraphs():
        yield from _edges(subgraph)


def _describe_layer(layer: Any) -> dict[str, Any]:
    shape = "?"
    # 没有接过线的层没有符号输出
    with contextlib.suppress(AttributeError, ValueError, RuntimeError):
        shape = _shape(layer.output)
    built = getattr(layer, "built", False) and hasattr(layer, "count_params")
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "ours": type(layer).__module__.partition(".")[0] not in ("keras", "tf_keras"),
        "shape": shape,
        "params": int(layer.count_params()) if built else None,
        "after": [],
    }


def _shape(output: Any) -> str:
    if isinstance(output, dict):
        output = list(output.values())
    if isinstance(output, list | tuple):
        return "、".join(map(_shape, output))
    return str(tuple(output.shape))


def _plain(svg: str, numbers: dict[str, int]) -> str:
    """去掉对象的编号、字体和重复的声明：同样的模型，每次都得到同样的文字。"""
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(svg)  # noqa: S314  dot 刚画的
    for group in root.iter(f"{{{_SVG}}}g"):
        title = group.find(f"{{{_SVG}}}title")
        if title is not None:
            group.remove(title)
            if group.get("class") == "node":
                group.set("data-layer", str(numbers[title.text or ""]))
        group.attrib.pop("id", None)
    for text in root.iter(f"{{{_SVG}}}text"):
        text.attrib.pop("font-family", None)
        text.attrib.pop("{http://www.w3.org/XML/1998/namespace}space", None)
    width, height = root.get("viewBox", "").split()[2:]
    root.set("width", f"{float(width):.0f}")
    root.set("height", f"{float(height):.0f}")
    return re.sub(r"\n\s*", "", ElementTree.tostring(root, encoding="unicode"))
