"""例子的脚本：有哪些，内容变了没有。"""

import hashlib
from pathlib import Path


def names(examples: Path) -> list[str]:
    """所有例子的名字，如 ``basics/mnist_mlp``，按名字排序。

    Args:
        examples: 放例子的文件夹，一章一个子文件夹。

    Examples:
        >>> names(Path("/nowhere"))
        []
    """
    return sorted(
        path.relative_to(examples).with_suffix("").as_posix()
        for path in examples.glob("*/*.py")
    )


def source_hash(script: Path) -> str:
    """一个脚本的 SHA-256，十六进制。"""
    return hashlib.sha256(script.read_bytes()).hexdigest()
