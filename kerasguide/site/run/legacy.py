"""旧笔记的代码由 Keras 2 运行过之后，只换掉导入，再由 Keras 3 运行一遍。

哪一段还能用，哪一段报错，报什么错，打印的有什么不同，都由这一遍运行说了算。
页面和数据文件用 ``例子@keras3`` 指它，见 :mod:`kerasguide.site.base.examples`。
"""

import contextlib
import io
import logging
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from kerasguide import runtime
from kerasguide.site.base import examples

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# 报错里有临时文件夹的名字，它每次不同
_TEMPORARY = re.compile(re.escape(tempfile.gettempdir()) + r"/[\w.-]+")


@contextlib.contextmanager
def _capture(stream: TextIO) -> Iterator[None]:
    """打印的、报到 stderr 的、写进日志的，都收进 ``stream``。

    日志的处理器记着它造出来时的 stderr：不换掉它，这一遍的提醒会写到别处，
    在这一遍里造的又会留给后面的例子。
    """
    root = logging.getLogger()
    before = root.handlers
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    root.handlers = [handler]
    try:
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            yield
    finally:
        root.handlers = before


def run_on_keras_3(
    script: Path, describe: Callable[[str, dict[str, Any]], dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """在 Keras 3 上一段接一段地运行旧代码；一段失败，下一段照样运行，如同在笔记本里。

    Args:
        script: 用 tf-keras 的例子。
        describe: 由代码和命名空间得到要记录的变量。

    Returns:
        dict: 块名到 ``{"output", "error", "values"}``；``error`` 是异常的类名，
        没有出错时是 ``None``。
    """
    runtime.reset()
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results: dict[str, dict[str, Any]] = {}
    for block in examples.read_source(script)[0]:
        code = examples.on_keras_3(block.code)
        printed = io.StringIO()
        error_name = None
        with _capture(printed):
            try:
                # 运行例子正是这里要做的事；旧代码会出什么错，事先不知道
                exec(compile(code, f"<{script.name}>", "exec"), namespace)  # noqa: S102
            except Exception as error:  # noqa: BLE001
                error_name = type(error).__name__
                print(f"{error_name}: {error}")
        text = _COLOURS.sub("", printed.getvalue()).strip("\n")
        text = _TEMPORARY.sub("<临时文件夹>", text)
        results[block.name] = {
            "output": "\n".join(line.rstrip() for line in text.splitlines()),
            "error": error_name,
            "values": describe(code, namespace),
        }
    return results
