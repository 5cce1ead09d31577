"""在页面的树里找东西。"""

from collections.abc import Iterator

from docutils import nodes


def parents(node: nodes.Node) -> Iterator[nodes.Element]:
    """一个结点的上一级，上一级的上一级……直到页面。"""
    while node.parent is not None:
        node = node.parent
        yield node


def inside(node: nodes.Node, *classes: str) -> bool:
    """结点在有其中一个 class 的东西里面吗？"""
    wanted = set(classes)
    return any(wanted & set(parent.get("classes", [])) for parent in parents(node))


# 由代码、输出、记录和数据文件做成的，不是手写的；练习的题目写在脚本里，问的是读者
_MADE = ("cell", "exercise", "ledger", "matrix", "glossary", "generated")
# 看不见的，或者是代码
_NOT_PROSE = (
    nodes.comment,
    nodes.doctest_block,
    nodes.system_message,
    nodes.substitution_definition,
)


def written(doctree: nodes.document) -> Iterator[nodes.Element]:
    """页面上每一处手写的、看得见的文字：段落、标题、图题、标签页的名字、原样的 HTML……

    不列举有哪些种，而是从文字往上找：哪里有文字，哪里就算。代码不算，写成 ``text``
    的代码框看上去是输出，所以算。
    """
    for block in dict.fromkeys(map(_block_of, doctree.findall(nodes.Text))):
        if isinstance(block, _NOT_PROSE) or inside(block, *_MADE):
            continue
        if isinstance(block, nodes.literal_block) and not _looks_like_output(block):
            continue
        if set(_MADE) & set(block.get("classes", [])):
            continue
        yield block


def _block_of(text: nodes.Text) -> nodes.Element:
    # 原样的 HTML 也算行内的，可它自成一块
    return next(
        parent
        for parent in parents(text)
        if isinstance(parent, nodes.raw) or not isinstance(parent, nodes.Inline)
    )


def _looks_like_output(block: nodes.literal_block) -> bool:
    return block.get("language") in ("text", "none", "output", "console")
