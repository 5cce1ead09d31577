"""术语：``docs/glossary.toml``，一个术语一个译名。

术语表、正文里的链接见 :mod:`kerasguide.site.check.glossary`；搜索的同义词、结构图的
链接也取自这里。
"""

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from kerasguide.site.base import tables


class Other(TypedDict):
    """别的译法。"""

    name: str
    who: str
    rejected: NotRequired[bool]


@dataclasses.dataclass(frozen=True)
class Term:
    """一个术语；各个字段的意思写在数据文件的开头。"""

    zh: str
    en: str
    meaning: str
    page: str
    api: Sequence[str] = ()
    layers: Sequence[str] = ()
    others: Sequence[Other] = ()


def path(site: Sphinx | BuildEnvironment) -> Path:
    """数据文件在哪里。"""
    return Path(site.srcdir) / "glossary.toml"


def load(file: Path) -> list[Term]:
    """读术语；没有这个文件就是空的。

    Raises:
        TableError: 数据文件有毛病，或者一个译名属于两个术语。
    """
    terms = tables.read(file, "term", Term)
    seen = set()
    for term in terms:
        for written in (term.zh, *(other["name"] for other in term.others)):
            if written in seen:
                raise tables.TableError(
                    f"{written} 出现了两次：一个译名只能属于一个术语"
                )
            seen.add(written)
    return terms


def synonyms(terms: Iterable[Term]) -> list[tuple[str, list[str]]]:
    """搜索时通用的名字，一组一个术语：讲它的那一页，和它的各种名字。

    Examples:
        >>> synonyms([Term("池化", "pooling", "取最大的。", "guide/encoder")])
        [('guide/encoder', ['池化', 'pooling'])]
    """
    return [
        (
            term.page,
            [
                *(term.zh, term.en, *term.api),
                *(other["name"] for other in term.others),
            ],
        )
        for term in terms
    ]


def pages_by_class(terms: Iterable[Term]) -> dict[str, str]:
    """Keras 的类，和讲它的页面。

    Examples:
        >>> dense = Term("全连接层", "dense layer", "xW + b。", "guide/a", ("Dense",))
        >>> pages_by_class([dense])
        {'Dense': 'guide/a'}
    """
    return {name: term.page for term in terms for name in (*term.api, *term.layers)}


def rejected(terms: Iterable[Term]) -> dict[str, str]:
    """不用的译名，和应当用的。"""
    return {
        other["name"]: term.zh
        for term in terms
        for other in term.others
        if other.get("rejected")
    }
