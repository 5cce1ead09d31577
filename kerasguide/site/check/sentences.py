"""说 Keras 怎样的句子都要有依据：没有的，构建失败。

一句话（以句号、分号断开）里有一个断言的词（:data:`_ASSERTS`：不能、只有、默认、相同、
更快、报错……），又说到了软件（有代码、术语表里的术语，或者 Keras、后端的名字），下面要有
一条成立：

- 句子里有 ``{claim}``：一个代码块的 ``assert`` 说它成立；
- 句子里有 ``{fact}``：它说的是这次运行得到的值；
- 它以冒号结尾，引出紧跟着的代码、小例子或者表格；
- 它是紧跟在 ``{cell}``、``{doctest}`` 后面那一段的第一句，读的就是那里的输出；
- 这一段（表格的这一行）里有到别的网站的链接：运行不能证明的事（历史、硬件、别人的话）写明出处。

问句、标题、“试一试”里的题目不算。讲旧笔记的那一部分由勘误表管
（:mod:`kerasguide.site.check.ledger`），不在这里检查。

写的人有三条路：写一个 ``assert``；说得少一点；写明出处。
"""

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx

from kerasguide.site.base import examples, pages, sentences, tables, terms, tree
from kerasguide.site.base.warn import warn

#: 断言的词：有它的句子说的是“总是这样”，一个反例就能推翻
_ASSERTS = re.compile(
    # 能不能，要不要
    "不会|不能|不可以|不行|无法|不必|不用|不需要|不检查|不看|必|一定|只能|才能|才会|才有|得先"
    "|要先|要重新|得重新|需要|应当|应该|就得|都得|就要|就能|就会|也能|也会|也要|可以|能够|支持|允许|拒绝"
    "|[读存做用跑装认改带回]不"
    # 总是，只有，每一个
    "|总|从不|从来|永远|绝不|始终|只有|只要|只会|只在|只认|都会|都能|都是|都要|都有|每次|任何"
    "|所有|凡是|无论|不管|不论|几乎"
    # 有没有，变不变
    "|没有|不含|不带|不算|不占|不再|不影响|不改|不变|丢失|丢掉|保留|忽略|仍然|照样|自动|默认"
    # 比较，变化
    "|相同|不同|一样|相等|等于|等价|快|慢|稳|省|更好|更差|更准|更高|更低|更大|更小|更多|更少"
    "|最好|一半|几倍|超过|胜过|优于|不如|比[^。；，]{1,20}[好差高低大小多少强准]"
    "|一直|越来越|上升|(?<!梯度)下降|升高|降低|提高|跳动"
    # 出错，起作用
    "|有效|无效|起作用|唯一|报错|出错|警告|失败|异常"
)
_SOFTWARE = re.compile("Keras|TensorFlow|JAX|PyTorch|NumPy|后端")


def setup(app: Sphinx) -> None:
    # 晚于 {claim} 的页末
    app.connect("doctree-read", check, priority=900)


def check(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    if not _is_lesson(docname) or not examples.are_run(app.config):
        return
    if pages.of(app.env, docname).broken:
        return  # 引用的值、依据没有取到，那是另一条警告
    try:
        known = {term.zh for term in terms.load(terms.path(app))}
    except tables.TableError:  # {glossary} 会报告
        known = set()
    for sentence, where in unproved(doctree, known):
        warn(
            "sentence",
            "这句话没有依据：“%s”（用 {claim} 证明它，用 {fact} 引用运行的值，写明出处，"
            "或者说得少一点；规则见 kerasguide/site/check/sentences.py）",
            sentence,
            location=pages.place(where, docname),
        )


def _is_lesson(docname: str) -> bool:
    return docname == "index" or (
        docname.startswith("guide/") and not docname.startswith("guide/note/")
    )


def unproved(
    doctree: nodes.document, known: set[str]
) -> Iterator[tuple[str, nodes.Element]]:
    """没有依据的句子，和它所在的段落。

    Args:
        doctree: 一页。
        known: 术语表里的术语。
    """
    for block in tree.written(doctree):
        if isinstance(block, nodes.title | nodes.literal_block) or _is_exercise(block):
            continue
        links = _whole(block).findall(nodes.reference)
        if any("://" in link.get("refuri", "") for link in links):
            continue
        every = list(sentences.split(block))
        for number, sentence in enumerate(every):
            text = sentence.text.strip()
            if not _ASSERTS.search(text) or text.endswith("？"):
                continue
            if not _is_about_software(sentence, block, known):
                continue
            if sentence.has("claim") or sentence.has("fact"):
                continue
            if number == 0 and _shows(_neighbour(block, -1)):
                continue
            if (
                sentence is every[-1]
                and text.endswith("：")
                and _shows(_neighbour(block, 1))
            ):
                continue
            yield text, block


def _is_about_software(
    sentence: sentences.Sentence, block: nodes.Element, known: set[str]
) -> bool:
    """说到代码、术语或者 Keras 和后端。"""
    whole = _whole(block)
    text, literals = sentence.text, sentence.inside(nodes.literal)
    if whole is not block:
        text, literals = whole.astext(), list(whole.findall(nodes.literal))
    return bool(
        literals or _SOFTWARE.search(text) or any(term in text for term in known)
    )


def _whole(block: nodes.Element) -> nodes.Element:
    """一段话自己；表格里，一行说的是同一件事。"""
    rows = (parent for parent in tree.parents(block) if isinstance(parent, nodes.row))
    return next(rows, block)


def _is_exercise(block: nodes.Element) -> bool:
    return any(
        isinstance(parent, nodes.section) and parent[0].astext() == "试一试"
        for parent in tree.parents(block)
    )


def _neighbour(block: nodes.Element, step: int) -> nodes.Node | None:
    siblings = block.parent.children
    at = siblings.index(block) + step
    return siblings[at] if 0 <= at < len(siblings) else None


def _shows(node: nodes.Node | None) -> bool:
    """代码、输出、表格、公式，或者装着它们的标签页。"""
    kinds = (nodes.literal_block, nodes.table, nodes.math_block)
    if isinstance(node, nodes.container):
        return any(isinstance(inner, kinds) for inner in node.findall())
    return isinstance(node, kinds)
