"""术语：``{glossary-table}`` 列出术语表，正文里的术语自动链接过去，不用的译名让构建失败。

术语记在 ``docs/glossary.toml``，一个术语一个译名。每页正文里，每个术语第一次出现的
地方变成链接，鼠标停在上面显示它的意思。写明 ``rejected`` 的译名不能出现在正文里；
要说到它们（例如“旧称反卷积”），就放在引号里，或者在说旧笔记的段落里说。
"""

import functools
import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

_REQUIRED = {"zh", "en", "meaning", "page"}
_OPTIONAL = {"api", "layers", "others"}

# 引号里的、旧称之后的，是在谈论这个译名，不是在用它
_QUOTED = re.compile(r"“[^”]*”|(?:旧称|又称|俗称)[^，。；）]*")


class GlossaryError(Exception):
    """数据文件有毛病。"""


def setup(app):
    app.add_directive("glossary-table", GlossaryTable)
    # 晚于句子里的数的检查：那时术语还没有变成链接
    app.connect("doctree-read", _check_and_link, priority=950)
    app.connect("missing-reference", _resolve)


def path(srcdir) -> Path:
    return Path(srcdir) / "glossary.toml"


def load(file: Path) -> list[dict]:
    """读术语表；没有这个文件就是空的。

    Raises:
        GlossaryError: 不是合法的 TOML，缺少键，有不认识的键，或者译名重复。
    """
    if not file.is_file():
        return []
    return _load(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _load(file, mtime):
    try:
        terms = tomllib.loads(file.read_text(encoding="utf-8")).get("term", [])
    except tomllib.TOMLDecodeError as error:
        raise GlossaryError(f"{file.name} 不是合法的 TOML：{error}") from error
    seen = set()
    for term in terms:
        name = term.get("zh", "（没有译名的一条）")
        if missing := _REQUIRED - term.keys():
            raise GlossaryError(f"{name}：缺少 {'、'.join(sorted(missing))}")
        if unknown := term.keys() - _REQUIRED - _OPTIONAL:
            raise GlossaryError(f"{name}：不认识的键 {'、'.join(sorted(unknown))}")
        for written in [name, *(other["name"] for other in term.get("others", []))]:
            if written in seen:
                raise GlossaryError(f"{written} 出现了两次：一个译名只能属于一个术语")
            seen.add(written)
    return terms


def synonyms(terms: list[dict]) -> list[list]:
    """搜索时通用的名字，一组一个术语：讲它的那一页，和它的各种名字。

    Examples:
        >>> synonyms([{"zh": "池化", "en": "pooling", "page": "guide/encoder"}])
        [['guide/encoder', ['池化', 'pooling']]]
    """
    return [
        [
            term["page"],
            [
                term["zh"],
                term["en"],
                *term.get("api", []),
                *(other["name"] for other in term.get("others", [])),
            ],
        ]
        for term in terms
    ]


def pages_by_class(terms: list[dict]) -> dict[str, str]:
    """Keras 的类，和讲它的页面。

    Examples:
        >>> pages_by_class([{"api": ["Dense"], "page": "guide/define_model"}])
        {'Dense': 'guide/define_model'}
    """
    return {
        name: term["page"]
        for term in terms
        for name in [*term.get("api", []), *term.get("layers", [])]
    }


def rejected(terms: list[dict]) -> dict[str, str]:
    """不用的译名，和应当用的。"""
    return {
        other["name"]: term["zh"]
        for term in terms
        for other in term.get("others", [])
        if other.get("rejected")
    }


def _label(term):
    return f"term-{term['en'].lower().replace(' ', '-')}"


def _check_and_link(app, doctree):
    docname = app.env.docname
    if not (docname == "index" or docname.startswith("guide/")):
        return
    file = path(app.srcdir)
    try:
        terms = load(file)
    except GlossaryError:  # {glossary-table} 会报告
        return
    not_ours = rejected(terms)
    # 一个字的术语（层、批、轮、步）在别的词里也会出现，不自动链接
    by_name = {term["zh"]: term for term in terms if len(term["zh"]) > 1}
    for block in list(doctree.findall(_is_prose)):
        _check(block, not_ours)
        if isinstance(block, nodes.paragraph) and by_name:
            _link(block, by_name, docname)


def _is_prose(node):
    return isinstance(node, nodes.paragraph | nodes.title) and not any(
        {"cell", "ledger", "matrix", "glossary"} & set(parent.get("classes", []))
        for parent in _parents(node)
    )


def _parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def _check(block, not_ours):
    text = block.astext()
    if "旧笔记" in text or any(
        "erratum" in parent.get("classes", []) for parent in _parents(block)
    ):
        return
    used = _QUOTED.sub("", text)
    for name, ours in not_ours.items():
        if name in used:
            logger.warning(
                "译名 %r 不用，本站叫“%s”；要谈论这个译名，请放在“”里",
                name,
                ours,
                location=block,
                type="kerasguide",
                subtype="glossary",
            )


def _link(block, by_name, docname):
    """把还没有链接过的术语换成链接；``by_name`` 里去掉它，这一页就不再链接。"""
    for text in list(block.findall(nodes.Text)):
        if not isinstance(text.parent, nodes.paragraph | nodes.strong | nodes.emphasis):
            continue  # 链接、代码、公式里的不动
        names = sorted(by_name, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, names))})", text.astext())
        replaced = []
        for piece in filter(None, pieces):
            term = by_name.pop(piece, None)
            replaced.append(_reference(term, docname) if term else nodes.Text(piece))
        text.parent.replace(text, replaced)
        if not by_name:
            return


def _reference(term, docname):
    return addnodes.pending_xref(
        "",
        nodes.inline("", term["zh"], classes=["term"]),
        refdomain="",
        reftype="glossary-term",
        refdoc=docname,
        reftarget=_label(term),
        reftitle=f"{term['zh']}（{term['en']}）：{term['meaning']}",
    )


def _resolve(app, env, node, content):
    if node["reftype"] != "glossary-term":
        return None
    labels = env.domains.standard_domain.anonlabels
    if node["reftarget"] not in labels:  # 没有术语表的小站点
        return content
    docname, label = labels[node["reftarget"]]
    arguments = (node["refdoc"], docname, label, content, node["reftitle"])
    return make_refnode(app.builder, *arguments)


class GlossaryTable(SphinxDirective):
    def run(self):
        file = path(self.env.srcdir)
        try:
            terms = load(file)
        except GlossaryError as error:
            logger.warning(
                "术语表：%s",
                error,
                location=str(file),
                type="kerasguide",
                subtype="glossary",
            )
            return []
        table = nodes.table(classes=["glossary"])
        group = nodes.tgroup(cols=4)
        group += [nodes.colspec(colwidth=width) for width in (14, 18, 28, 40)]
        head = nodes.row()
        for title in ("术语", "英文", "别的译法", "意思"):
            head += nodes.entry("", nodes.paragraph("", title))
        group += nodes.thead("", head)
        group += nodes.tbody("", *map(self._row, terms))
        table += group
        return [table]

    def _row(self, term):
        label = _label(term)
        domain = self.env.domains.standard_domain
        domain.labels[label] = (self.env.docname, label, term["zh"])
        domain.anonlabels[label] = (self.env.docname, label)
        page = addnodes.pending_xref(
            "",
            nodes.inline("", term["zh"]),
            refdomain="std",
            reftype="doc",
            refdoc=self.env.docname,
            reftarget=f"/{term['page']}",
            refexplicit=True,
            refwarn=True,
        )
        english = [nodes.paragraph("", term["en"])]
        english += [
            nodes.paragraph("", "", nodes.literal("", name))
            for name in term.get("api", [])
        ]
        others = "；".join(
            f"{other['name']}（{other['who']}）" for other in term.get("others", [])
        )
        row = nodes.row(ids=[label])
        for cell in (
            [nodes.paragraph("", "", page)],
            english,
            [nodes.paragraph("", others)],
            [nodes.paragraph("", term["meaning"])],
        ):
            row += nodes.entry("", *cell)
        return row
