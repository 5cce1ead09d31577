"""把手写的文字拆成句子：一句话里有什么，归哪一句的依据管。"""

import dataclasses
import re
from collections.abc import Iterator

from docutils import nodes

from kerasguide.site.base import tree

#: 一句完了：句号、问号、叹号、分号，连同后面的引号和括号
_END = re.compile(r"[。！？；]+[”’）」』》]*")
# 不拆开的：代码、公式、引用的数、依据的记号
_WHOLE = (nodes.literal, nodes.math)


@dataclasses.dataclass
class Sentence:
    """一句话：它的文字，和文字所在的结点。"""

    text: str = ""
    leaves: list[nodes.Text] = dataclasses.field(default_factory=list)

    def inside(self, *kinds: type[nodes.Node]) -> list[nodes.Element]:
        """句子里的文字，分别在哪些这一种的结点里面。"""
        found = [
            parent
            for node in self.leaves
            for parent in tree.parents(node)
            if isinstance(parent, kinds)
        ]
        return list(dict.fromkeys(found))

    def has(self, css_class: str) -> bool:
        """句子里有没有这一类（CSS 的 class）的东西。"""
        return any(tree.inside(node, css_class) for node in self.leaves)


def split(block: nodes.Element) -> Iterator[Sentence]:
    """拆开一段：代码、公式、``{fact}`` 里的标点不算句子的结尾。

    Args:
        block: 一个段落、标题、单元格……见 :func:`kerasguide.site.base.tree.written`。

    Examples:
        >>> paragraph = nodes.paragraph("", "层有权重。")
        >>> paragraph += nodes.literal("", "a。b")
        >>> paragraph += nodes.Text("也有；没有了")
        >>> [sentence.text for sentence in split(paragraph)]
        ['层有权重。', 'a。b也有；', '没有了']
    """
    sentence = Sentence()
    for node in block.findall(nodes.Text):
        above = list(tree.parents(node))
        if block not in above:
            continue
        if _is_whole(above[: above.index(block)]):
            sentence.leaves.append(node)
            if not tree.inside(node, "claim"):
                sentence.text += node.astext()
            continue
        text, at = node.astext(), 0
        for end in _END.finditer(text):
            sentence.leaves.append(node)
            sentence.text += text[at : end.end()]
            yield sentence
            sentence, at = Sentence(), end.end()
        if text[at:].strip():
            sentence.leaves.append(node)
            sentence.text += text[at:]
    if sentence.text.strip():
        yield sentence


def _is_whole(above: list[nodes.Element]) -> bool:
    return any(
        isinstance(parent, _WHOLE) or {"fact", "claim"} & set(parent.get("classes", []))
        for parent in above
    )
