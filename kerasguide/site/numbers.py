"""句子里的数都要有出处：没有的，构建失败。

句子（段落、标题、表格、公式、图片的替代文字）里的一个数，下面有一条成立才放行：

- 它是 ``{fact}`` 引用的，那根本不是手写的；
- 它出现在这一节或前面各节的代码里：``{cell}`` 展示的代码、``{doctest}`` 的代码和结果、
  旧笔记的原文。输出不算：输出里的数要用 ``{fact}`` 引用，代码一变，它才会跟着变；
- 它说的是旧笔记：段落里有“旧笔记”，或者在勘误框、标题里，而且 ``docs/ledger.toml``
  记着旧笔记有这个数；
- 它只是个名字：年份、版本、第几节第几题、议题的编号、32 位、跟字母连着的
  （``Conv2D``、``B18``、``CIFAR-10``）；
- 它是 0 或 1，或者是公式里的一位数；
- 它在“试一试”的题目（列表）里，那是出给读者去改的；或者在链接的文字里，那是别的页面的标题。

替代文字描述的是图，图里的数由代码和输出而来，所以本页输出里有的也放行。
汉字写的数（两层、十类）不检查。
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging

from kerasguide.site import ledger
from kerasguide.site.cells import examples_run

logger = logging.getLogger(__name__)

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.#])(?<![A-Za-z]-)"
    r"(\d+(?:,\d{3})+(?!\d)|\d+)((?:\.\d+)?)((?:e[-+]?\d+)?)( ?[%万])?(?![A-Za-z_])"
)
_IN_CODE = re.compile(r"(?<![A-Za-z0-9_.])\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?")
_NAMES = re.compile(
    r"\d{4} ?年"
    r"|(?:Keras|TensorFlow|Python|NumPy|JAX|PyTorch|Matplotlib|pydot|tf-keras|tensorflow-gpu) ?\d+(?:\.\d+)*"
    r"|\d+\.\d+\.\d+"
    r"|第 ?\d+ ?[节题章页]"
    r"|\d+ 位"
)
_FACT = "\ufffc"  # 占住 {fact} 的位置，前后的数字不会连成一个


def setup(app):
    # 晚于一切改动正文的处理
    app.connect("doctree-read", check, priority=900)


def values(text: str) -> list[tuple[str, set[float]]]:
    """一段文字里的每个数，和它可能的值（``20%`` 是 20，也是 0.2）。

    Examples:
        >>> values("共 55,050 个，占 20%，float32 的 Conv2D")
        [('55,050', {55050.0}), ('20%', {0.2, 20.0})]
        >>> values("形状 (None, 784, 10)，6 万张")
        [('784', {784.0}), ('10', {10.0}), ('6 万', {60000.0})]
    """
    found = []
    for match in _NUMBER.finditer(_NAMES.sub(_FACT, text)):
        whole, fraction, exponent, unit = match.groups()
        value = float(whole.replace(",", "") + fraction + exponent)
        unit = (unit or "").strip()
        meant = {value}
        if unit == "%":
            meant.add(round(value / 100, 12))
        elif unit == "万":
            meant = {value * 10_000}
        found.append((match[0], meant))
    return found


def in_code(code: str) -> set[float]:
    """代码里的数。

    Examples:
        >>> sorted(in_code("layers.Dense(64)(x_1)  # 10_000 张，0.2"))
        [0.2, 64.0, 10000.0]
    """
    numbers = set()
    for match in _IN_CODE.finditer(code):
        digits = match[0].replace("_", "").split(",")
        # 1,000 是一个数，(3,3) 是两个：两种读法都算
        numbers.update(float(part) for part in digits if part)
        numbers.add(float("".join(digits)))
    return numbers


def check(app, doctree):
    docname = app.env.docname
    written_here = docname == "index" or docname.startswith("guide/")
    if not written_here or not examples_run(app.config):
        return
    of_the_note = ledger.numbers_of_the_note(app)
    carriers = _Carriers(doctree)
    for block in doctree.findall(_is_prose):
        allowed = carriers.up_to_the_end_of_section(block)
        if _speaks_of_the_note(block):
            allowed = allowed | of_the_note
        limit = 10 if isinstance(block, nodes.math_block) else 2
        _check(block, _text(block), allowed, limit)
    for image in doctree.findall(nodes.image):
        _check(image, image.get("alt", ""), carriers.shown | of_the_note, 2)


def _check(block, text, allowed, limit):
    for written, meant in values(text):
        if meant & allowed or all(value < limit and value % 1 == 0 for value in meant):
            continue
        logger.warning(
            "数 %s 没有出处：“%s”（用 {fact} 引用，或用 {doctest} 算出；"
            "规则见 kerasguide/site/numbers.py）",
            written,
            _shorten(text, written),
            location=block,
            type="kerasguide",
            subtype="number",
        )


def _shorten(text, written):
    at = text.find(written)
    return text[max(0, at - 20) : at + 20].replace("\n", " ").replace(_FACT, "…")


def _is_prose(node):
    if not isinstance(node, nodes.paragraph | nodes.title | nodes.math_block):
        return False
    parents = list(_parents(node))
    if any(
        {"cell", "ledger", "matrix"} & set(parent.get("classes", []))
        for parent in parents
    ):
        return False
    return not (
        any(isinstance(parent, nodes.list_item) for parent in parents)
        and any(
            isinstance(parent, nodes.section) and parent[0].astext() == "试一试"
            for parent in parents
        )
    )


def _speaks_of_the_note(block):
    return (
        isinstance(block, nodes.title)
        or "旧笔记" in block.astext()
        or any("erratum" in parent.get("classes", []) for parent in _parents(block))
    )


def _parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def _text(block):
    """手写的文字：不要 {fact}，不要链接；行内公式里的一位数也不要。"""
    parts = []
    for node in block.findall(nodes.Text):
        parents = list(_parents(node))
        if any(
            isinstance(parent, nodes.reference | addnodes.pending_xref)
            or "fact" in parent.get("classes", [])
            for parent in parents[: parents.index(block)]
        ):
            parts.append(_FACT)
        elif isinstance(node.parent, nodes.math):
            parts.append(re.sub(r"(?<![\d.])\d(?![\d.])", _FACT, node.astext()))
        else:
            parts.append(node.astext())
    return "".join(parts)


class _Carriers:
    """页面上的代码里有哪些数，按小节。"""

    def __init__(self, doctree):
        self.sections = list(doctree.findall(nodes.section))
        self.by_section = []
        self.shown = set()
        for block in doctree.findall(nodes.literal_block):
            numbers = in_code(block.astext())
            self.shown |= numbers
            if _is_code(block):
                self.by_section.append((self._index(block), numbers))

    def _index(self, node):
        owner = next(
            parent for parent in _parents(node) if isinstance(parent, nodes.section)
        )
        return self.sections.index(owner)

    def up_to_the_end_of_section(self, node) -> set[float]:
        owner = self.sections[self._index(node)]
        last = max(self.sections.index(inner) for inner in owner.findall(nodes.section))
        return set().union(
            *(numbers for index, numbers in self.by_section if index <= last)
        )


def _is_code(block):
    return (
        "cell-code" in block["classes"]
        or block.get("testnodetype") == "doctest"
        or block.get("language") == "python"
    )
