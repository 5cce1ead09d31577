"""本扩展的每一条警告都从这里出去；``-W`` 之下，一条警告就是一次失败。"""

from docutils import nodes
from sphinx.util import logging

_logger = logging.getLogger(__name__)


def warn(
    kind: str,
    message: str,
    *arguments: object,
    location: nodes.Node | str | None = None,
    once: bool = False,
) -> None:
    """说一条警告。

    Args:
        kind: 哪一种，如 ``"number"``；Sphinx 在警告后面写出 ``[kerasguide.number]``。
        message: 说什么，里面可以有 ``%s``、``%r``。
        *arguments: 填进 ``message`` 的。
        location: 在哪里：页面上的一个结点、指令给出的位置，或者 ``文件:行号``。
        once: 几处会说同样的话时，只说一次。
    """
    _logger.warning(
        message,
        *arguments,
        location=location,
        type="kerasguide",
        subtype=kind,
        once=once,
    )
