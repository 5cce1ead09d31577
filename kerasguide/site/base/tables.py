"""读 ``docs`` 里的数据文件：TOML 的一张表，一行一个对象。"""

import dataclasses
import functools
import tomllib
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

Row = TypeVar("Row")


class TableError(Exception):
    """数据文件有毛病；消息说明是哪一行、什么毛病。"""


def read(file: Path, table: str, kind: type[Row]) -> list[Row]:
    """读 ``file`` 里名叫 ``table`` 的表。

    Args:
        file: 数据文件；没有它，就是一张空的表。
        table: 表的名字。
        kind: 一行是什么，一个 dataclass；第一个字段是这一行的名字。

    Returns:
        list: 每行一个 ``kind``，次序与文件相同。

    Raises:
        TableError: 不是合法的 TOML，缺少键，有不认识的键，或者值的类型不对。

    Examples:
        >>> read(Path("/nowhere/terms.toml"), "term", dict)
        []
    """
    if not file.is_file():
        return []
    rows = _read(file, table, cast(Hashable, kind), file.stat().st_mtime_ns)
    return [kind(**row) for row in rows]


@functools.lru_cache(maxsize=8)
def _read(
    file: Path, table: str, kind: Hashable, mtime: int
) -> list[Mapping[str, Any]]:
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get(table, [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TableError(f"{file.name} 不是合法的 TOML：{error}") from error
    if not isinstance(rows, list):
        raise TableError(f"{file.name}：每一行要写成 [[{table}]]")
    fields = dataclasses.fields(cast(type, kind))
    known = {field.name for field in fields}
    required = {
        field.name
        for field in fields
        if field.default is field.default_factory is dataclasses.MISSING
    }
    for number, row in enumerate(rows, 1):
        name = f"第 {number} 行"
        if not isinstance(row, dict):
            raise TableError(f"{file.name} 的{name}：要写成 [[{table}]]")
        name = row.get(fields[0].name, name)
        if missing := required - row.keys():
            raise TableError(f"{name}：缺少 {'、'.join(sorted(missing))}")
        if unknown := row.keys() - known:
            raise TableError(f"{name}：不认识的键 {'、'.join(sorted(unknown))}")
        try:
            msgspec.convert(row, kind)
        except msgspec.ValidationError as error:
            raise TableError(f"{name}：值的类型不对（{error}）") from error
    return list(rows)
