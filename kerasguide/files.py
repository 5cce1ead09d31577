"""写文件，从来没有一半的。"""

from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """先写在旁边，写完再换上去：中途停下，原来的还在。

    Args:
        file: 写到哪里；已经有的会被换掉。
        content: 整个内容。

    Examples:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "record.json"
        >>> write_whole(file, b"{}")
        >>> [path.name for path in file.parent.iterdir()]
        ['record.json']
    """
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(file)
