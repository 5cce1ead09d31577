"""``{fact}``：把例子运行得到的一个数、形状或名字写进句子。

::

    这个模型有 {fact}`basics/mnist_mlp define-model "Total params"` 个参数，
    验证准确率 {fact}`basics/mnist_mlp train history.history.val_accuracy[-1] .3f`。

前两个词是例子和代码块。第三个词或者是引号里的标签，取输出里紧跟着它的数或形状；
或者是变量的路径，取运行到那里时变量的值。最后可以有一个 Python 格式说明，
不写时整数加千位逗号，小数取四位有效数字。

路径里能用的属性：数组和张量有 ``shape``、``dtype``；层和模型有 ``name``、``params``、
``units``、``input_shape``、``output_shape``、``layers``；训练返回的 ``history`` 有
``history``。``printed`` 是输出的各行，``printed[0]`` 是第一行。
"""

import re
import shlex
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from kerasguide.site.base import examples
from kerasguide.site.show import blocks

_PATH = re.compile(r"[^\W\d]\w*(\.\w+|\[-?\d+\])*")
_STEP = re.compile(r"\.?(\w+)|\[(-?\d+)\]")
# 一个完整的数或形状：-0.5、.5、1,234、1_000、1e-3、97.5%、3.15.1、(None, 10)
_VALUE = (
    r"(?P<value>[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d{3})*)(?:\.\d+)*|\.\d+)"
    r"(?:[eE][-+]?\d+)?%?(?!\w|[.:,]\d)"
    r"|\((?:None|\d+)(?:, *(?:None|\d+)?)*\))"
)
# 标签和值之间隔着的；值前面的正负号、小数点是值自己的
_BETWEEN = r"(?:(?![-+.]?\d)[^\w\n(])*"
_AFTER_LABEL = re.compile(rf"{_BETWEEN}(?:{_VALUE}|(?P<broken>[-+.]?\d\S*))")


def setup(app: Sphinx) -> None:
    app.add_role("fact", Fact())


class Fact(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if not examples.are_run(self.config):
            return [nodes.inline("", "?")], []
        try:
            example, block_name, query, *spec = _split(self.text)
            block = blocks.load(self.env, example, block_name)
            text = look_up(block, query, *spec)
        except examples.ExampleError as error:
            written = f"{{fact}}`{self.text}`"
            blocks.warn_unusable("fact", written, error, self.get_location())
            return [nodes.inline("", "?")], []
        script = f"{examples.script_name(example)}.py"
        source = f"来自 {script} 的代码块 {block_name}：{query}"
        child = nodes.inline("", text, classes=["fact"])
        return [blocks.link(self.env.docname, example, source, child)], []


def _split(text: str) -> list[str]:
    """拆成三四个词；引号里的标签算一个词，引号留着，好与路径区分。"""
    try:
        lexer = shlex.shlex(text, posix=False)
        lexer.whitespace_split = True
        lexer.commenters = ""
        words = list(lexer)
    except ValueError as error:
        raise examples.ExampleError(f"引号没有配对（{error}）") from error
    if len(words) not in (3, 4):
        raise examples.ExampleError(
            '要写成 例子 代码块 "标签" 或 例子 代码块 变量路径，后面可加一个格式说明'
        )
    return words


def look_up(block: examples.Block, query: str, spec: str = "") -> str:
    r"""在代码块的输出或变量里找一个值，返回要写进句子的文字。

    Args:
        block: 运行过的代码块。
        query: 引号里的标签，或者变量的路径。
        spec: Python 的格式说明，如 ``".3f"``、``".1%"``。

    Raises:
        examples.ExampleError: 找不到，或者不止一个；消息里有输出或变量的清单。

    Examples:
        >>> from kerasguide.site.base.examples import Block
        >>> block = Block("train", 1, "", "Total params: 55,050 (215.04 KB)",
        ...               values={"loss": [0.5, 0.25], "shape": (None, 10)})
        >>> look_up(block, '"Total params"'), look_up(block, "shape[1]")
        ('55,050', '10')
        >>> look_up(block, "loss[-1]", ".1%")
        '25.0%'
        >>> block.output = "val_loss: -0.5\nloss: .25, 3\nrate 1E-3, rows 1_000"
        >>> [look_up(block, f'"{label}"') for label in ("loss", "rate", "rows")]
        ['.25', '1E-3', '1,000']
    """
    value: Any
    if query[0] in "\"'":
        value = _find_label(block, query[1:-1])
    else:
        value = _follow(block, query)
    try:
        if spec and query[0] in "\"'":
            return format(float(value.replace(",", "")), spec)
        if spec:
            return format(value, spec)
    except (TypeError, ValueError) as error:
        raise examples.ExampleError(
            f"值 {value!r} 不能用格式 {spec!r}（{error}）"
        ) from error
    if isinstance(value, bool | str | tuple) or value is None:
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.4g}"
    raise examples.ExampleError(
        f"{query} 是 {value!r}，不是一个数、形状或名字；请把路径写到底"
    )


def _find_label(block: examples.Block, label: str) -> str:
    # loss 不是 val_loss 的一部分
    start = r"(?<!\w)" if label[:1].isalnum() else ""
    matches = [
        match
        for found in re.finditer(start + re.escape(label), block.output)
        if (match := _AFTER_LABEL.match(block.output, found.end()))
    ]
    values = [match["value"] for match in matches]
    if len(values) == 1 and values[0]:
        return values[0].replace("_", ",")
    if broken := [match["broken"] for match in matches if match["broken"]]:
        problem = f"后面的 {broken[0]} 不是一个完整的数，请用变量的路径"
    else:
        problem = f"出现了 {len(values)} 次" if values else "后面没有数"
    raise examples.ExampleError(
        f"代码块 {block.name!r} 的输出里，{label!r} {problem}。它的输出是：\n"
        f"{block.output or '（没有输出）'}"
    )


def _follow(block: examples.Block, path: str) -> Any:
    if not _PATH.fullmatch(path):
        raise examples.ExampleError(
            f"{path!r} 不是变量的路径，例如 history.history.loss[-1]"
        )
    value: Any = {"printed": block.output.splitlines(), **block.values}
    walked = ""
    for key, index in _STEP.findall(path):
        try:
            value = value[int(index)] if index else value[key]
        except (KeyError, IndexError, TypeError) as error:
            if isinstance(value, dict):
                holds = "、".join(value) or "（什么也没有）"
            else:
                holds = repr(value)
            where = f"{walked} 里" if walked else f"代码块 {block.name!r} 的变量里"
            raise examples.ExampleError(
                f"{where}没有 {index or key}，有的是：{holds}"
            ) from error
        walked += f"[{index}]" if index else f".{key}" if walked else key
    return value
