"""旧笔记：``docs/ledger.toml`` 记下的它的每一段代码、每一条说法。

由它和例子的运行怎样得出结论，见 :mod:`kerasguide.site.check.ledger`。
"""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from kerasguide.site.base import numerals, tables

#: 旧笔记的代码块
BLOCKS = frozenset(f"B{number:02}" for number in range(1, 39))


class Noted(TypedDict):
    """旧笔记的一个值：叫什么，它写的是多少，拿哪个例子的哪个值来比。"""

    name: str
    note: str
    at: str


@dataclasses.dataclass(frozen=True)
class Row:
    """数据文件的一行；各个字段的意思见 :mod:`kerasguide.site.check.ledger`。"""

    id: str
    topic: str
    said: str
    page: str
    code: str = ""
    figures: Sequence[Noted] = ()
    verdict: str = ""
    proof: str = ""
    shows: str = ""
    measured: str = ""

    def names(self) -> list[str]:
        """``B08 B09`` 一行管两段代码。"""
        return self.id.split()

    def is_claim(self) -> bool:
        """是一条说法（编号以 C 开头），不是一段代码。"""
        return self.id.startswith("C")


def path(site: Sphinx | BuildEnvironment) -> Path:
    """数据文件在哪里。"""
    return Path(site.srcdir) / "ledger.toml"


def load(file: Path) -> list[Row]:
    """读各行；没有这个文件就是空的。

    Raises:
        TableError: 数据文件有毛病，或者编号重复。
    """
    rows = tables.read(file, "row", Row)
    for name, count in Counter(name for row in rows for name in row.names()).items():
        if count > 1:
            raise tables.TableError(
                f"{name} 出现了 {count} 次，每段代码、每条说法只有一行"
            )
    return rows


def numbers(file: Path) -> set[float]:
    """旧笔记里有过的数，以及另外测得、记在数据文件里的数。"""
    try:
        rows = load(file)
    except tables.TableError:  # {ledger} 会报告
        return set()
    texts = [row.said + row.measured for row in rows]
    texts += [figure["note"] for row in rows for figure in row.figures]
    return set().union(*map(numerals.in_code, texts))
