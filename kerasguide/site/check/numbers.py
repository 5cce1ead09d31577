"""句子里的数都要有出处：没有的，构建失败。

句子（凡是手写的、看得见的文字，见 :func:`kerasguide.site.base.tree.written`，还有公式、
图片的替代文字、给搜索引擎的描述）里的一个数，下面有一条成立才放行：

- 它是 ``{fact}`` 引用的，那根本不是手写的；
- 它出现在这一节或前面各节的代码里：``{cell}`` 展示的代码、``{doctest}`` 的代码和结果、
  旧笔记的原文。输出不算：输出里的数要用 ``{fact}`` 引用，代码一变，它才会跟着变；
- 它出现在这一段的依据（``{claim}``）的代码里；
- 它说的是旧笔记：段落里有“旧笔记”，或者在勘误框、标题里，而且 ``docs/ledger.toml``
  记着旧笔记有这个数；
- 它只是个名字：年份、版本、第几节第几题、议题的编号、32 位、跟字母连着的
  （``Conv2D``、``B18``、``CIFAR-10``）；
- 它是 0 或 1，或者是公式里的一位数；
- 它在“试一试”的题目（列表）里，那是出给读者去改的；或者在链接的文字里，那是别的页面的标题。

替代文字描述的是图，图里的数由代码和输出而来，所以本页输出里有的也放行。
汉字写的数（两层、十类）不检查；怎样认出一个数，见 :mod:`kerasguide.site.base.numerals`。
"""

import re
from collections.abc import Set as AbstractSet

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from kerasguide.site.base import examples, note, numerals, pages, tree
from kerasguide.site.base.warn import warn

_TAG = re.compile(r"<[^>]*>")


def setup(app: Sphinx) -> None:
    # 晚于一切改动正文的处理
    app.connect("doctree-read", check, priority=900)


def check(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    written_here = docname == "index" or docname.startswith("guide/")
    if not written_here or not examples.are_run(app.config):
        return
    if pages.of(app.env, docname).broken:
        return  # 代码没有展示出来，就看不出数的出处；那是另一条警告
    of_the_note = note.numbers(note.path(app))
    carriers = _Carriers(doctree)
    for block in tree.written(doctree):
        if _is_exercise(block):
            continue
        allowed = carriers.up_to_the_end_of_section(block) | carriers.of_claims(block)
        if _speaks_of_the_note(block):
            allowed = allowed | of_the_note
        limit = 10 if isinstance(block, nodes.math_block) else 2
        _check(block, _text(block), allowed, limit)
    for image in doctree.findall(nodes.image):
        _check(image, image.get("alt", ""), carriers.shown | of_the_note)
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") in ("description", "keywords"):
            _check(meta, meta["content"], carriers.everywhere() | of_the_note)


def _check(
    block: nodes.Element, text: str, allowed: AbstractSet[float], limit: int = 2
) -> None:
    for written, meant in numerals.in_text(text):
        if meant & allowed or all(value < limit and value % 1 == 0 for value in meant):
            continue
        warn(
            "number",
            "数 %s 没有出处：“%s”（用 {fact} 引用，或用 {doctest} 算出；"
            "规则见 kerasguide/site/check/numbers.py）",
            written,
            _shorten(text, written),
            location=block,
        )


def _shorten(text: str, written: str) -> str:
    at = text.find(written)
    around = text[max(0, at - 20) : at + 20].replace("\n", " ")
    return around.replace(numerals.PLACEHOLDER, "…")


def _is_exercise(block: nodes.Element) -> bool:
    above = [block, *tree.parents(block)]
    return any(isinstance(parent, nodes.list_item) for parent in above) and any(
        isinstance(parent, nodes.section) and parent[0].astext() == "试一试"
        for parent in above
    )


def _speaks_of_the_note(block: nodes.Element) -> bool:
    return (
        isinstance(block, nodes.title)
        or "旧笔记" in block.astext()
        or tree.inside(block, "erratum")
    )


def _text(block: nodes.Element) -> str:
    """手写的文字：不要 {fact}，不要链接；行内公式里的一位数也不要。"""
    if isinstance(block, nodes.raw):
        return _TAG.sub(" ", block.astext())
    parts = []
    for node in block.findall(nodes.Text):
        above = list(tree.parents(node))
        if any(
            isinstance(parent, nodes.reference | addnodes.pending_xref)
            or "fact" in parent.get("classes", [])
            for parent in above[: above.index(block)]
        ):
            parts.append(numerals.PLACEHOLDER)
        elif isinstance(node.parent, nodes.math):
            single = re.compile(r"(?<![\d.])\d(?![\d.])")
            parts.append(single.sub(numerals.PLACEHOLDER, node.astext()))
        else:
            parts.append(node.astext())
    return "".join(parts)


class _Carriers:
    """页面上的代码里有哪些数，按小节；不在哪一节里的（脚注、标题之前的）算整页的。"""

    def __init__(self, doctree: nodes.document) -> None:
        self.sections: list[nodes.Node] = [doctree]
        self.sections += doctree.findall(nodes.section)
        self.by_section: list[tuple[int, set[float]]] = []
        self.by_claim: dict[str, set[float]] = {}
        self.shown: set[float] = set()
        for block in doctree.findall(nodes.literal_block):
            numbers = numerals.in_code(block.astext())
            if tree.inside(block, "grounds"):
                if _is_code(block):
                    self.by_claim[block.parent["ids"][0]] = numbers
                continue
            self.shown |= numbers
            if _is_code(block):
                self.by_section.append((self._index(block), numbers))

    def _index(self, node: nodes.Node) -> int:
        owner = next(
            parent
            for parent in tree.parents(node)
            if isinstance(parent, nodes.section | nodes.document)
        )
        return self.sections.index(owner)

    def of_claims(self, block: nodes.Element) -> set[float]:
        marks = block.findall(nodes.reference)
        names = [mark["refid"] for mark in marks if "claim" in mark["classes"]]
        return set().union(*(self.by_claim.get(name, set()) for name in names))

    def everywhere(self) -> set[float]:
        return set().union(*(numbers for _, numbers in self.by_section))

    def up_to_the_end_of_section(self, node: nodes.Node) -> set[float]:
        owner = self.sections[self._index(node)]
        last = max(map(self.sections.index, owner.findall(_is_part)))
        return set().union(
            *(numbers for index, numbers in self.by_section if index <= last)
        )


def _is_part(node: nodes.Node) -> bool:
    return isinstance(node, nodes.section | nodes.document)


def _is_code(block: nodes.literal_block) -> bool:
    return (
        "cell-code" in block["classes"]
        or block.get("testnodetype") == "doctest"
        or block.get("language") == "python"
    )
