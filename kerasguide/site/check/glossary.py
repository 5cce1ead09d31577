"""术语：``{glossary-table}`` 列出术语表，正文里的术语自动链接过去，不用的译名让构建失败。

术语记在 ``docs/glossary.toml``，一个术语一个译名。每页正文里，每个术语第一次出现的
地方变成链接，鼠标停在上面显示它的意思。写明 ``rejected`` 的译名不能出现在正文里；
要说到它们（例如“旧称反卷积”），就放在引号里，或者在说旧笔记的段落里说。
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from kerasguide.site.base import tables, terms, tree
from kerasguide.site.base.warn import warn

# 引号里的、旧称之后的，是在谈论这个译名，不是在用它
_QUOTED = re.compile(r"“[^”]*”|(?:旧称|又称|俗称)[^，。；）]*")


def setup(app: Sphinx) -> None:
    app.add_directive("glossary-table", GlossaryTable)
    # 晚于句子里的数的检查：那时术语还没有变成链接
    app.connect("doctree-read", _check_and_link, priority=950)
    app.connect("missing-reference", _resolve)


def _label(term: terms.Term) -> str:
    return f"term-{term.en.lower().replace(' ', '-')}"


def _check_and_link(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    if not (docname == "index" or docname.startswith("guide/")):
        return
    try:
        known = terms.load(terms.path(app))
    except tables.TableError:  # {glossary-table} 会报告
        return
    not_ours = terms.rejected(known)
    # 一个字的术语（层、批、轮、步）在别的词里也会出现，不自动链接
    by_name = {term.zh: term for term in known if len(term.zh) > 1}
    for block in list(tree.written(doctree)):
        _check(block, not_ours)
        if isinstance(block, nodes.paragraph) and by_name:
            _link(block, by_name, docname)


def _check(block: nodes.Element, not_ours: dict[str, str]) -> None:
    text = block.astext()
    if "旧笔记" in text or tree.inside(block, "erratum"):
        return
    used = _QUOTED.sub("", text)
    for name, ours in not_ours.items():
        if name in used:
            warn(
                "glossary",
                "译名 %r 不用，本站叫“%s”；要谈论这个译名，请放在“”里",
                name,
                ours,
                location=block,
            )


def _link(block: nodes.paragraph, by_name: dict[str, terms.Term], docname: str) -> None:
    """把还没有链接过的术语换成链接；``by_name`` 里去掉它，这一页就不再链接。"""
    for text in list(block.findall(nodes.Text)):
        if not isinstance(text.parent, nodes.paragraph | nodes.strong | nodes.emphasis):
            continue  # 链接、代码、公式里的不动
        names = sorted(by_name, key=len, reverse=True)
        pieces = re.split(f"({'|'.join(map(re.escape, names))})", text.astext())
        replaced: list[nodes.Node] = []
        for piece in filter(None, pieces):
            term = by_name.pop(piece, None)
            replaced.append(_reference(term, docname) if term else nodes.Text(piece))
        text.parent.replace(text, replaced)
        if not by_name:
            return


def _reference(term: terms.Term, docname: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "",
        nodes.inline("", term.zh, classes=["term"]),
        refdomain="",
        reftype="glossary-term",
        refdoc=docname,
        reftarget=_label(term),
        reftitle=f"{term.zh}（{term.en}）：{term.meaning}",
    )


def _resolve(
    app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    content: nodes.TextElement,
) -> nodes.Element | None:
    if node["reftype"] != "glossary-term":
        return None
    labels = env.domains.standard_domain.anonlabels
    if node["reftarget"] not in labels:  # 没有术语表的小站点
        return content
    docname, label = labels[node["reftarget"]]
    arguments = (node["refdoc"], docname, label, content, node["reftitle"])
    return make_refnode(app.builder, *arguments)


class GlossaryTable(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        file = terms.path(self.env)
        try:
            known = terms.load(file)
        except tables.TableError as error:
            warn("glossary", "术语表：%s", error, location=f"{file}:1")
            return []
        table = nodes.table(classes=["glossary"])
        group = nodes.tgroup(cols=4)
        group += [nodes.colspec(colwidth=width) for width in (14, 18, 28, 40)]
        head = nodes.row()
        for title in ("术语", "英文", "别的译法", "意思"):
            head += nodes.entry("", nodes.paragraph("", title))
        group += nodes.thead("", head)
        group += nodes.tbody("", *map(self._row, known))
        table += group
        return [table]

    def _row(self, term: terms.Term) -> nodes.row:
        label = _label(term)
        domain = self.env.domains.standard_domain
        domain.labels[label] = (self.env.docname, label, term.zh)
        domain.anonlabels[label] = (self.env.docname, label)
        page = addnodes.pending_xref(
            "",
            nodes.inline("", term.zh),
            refdomain="std",
            reftype="doc",
            refdoc=self.env.docname,
            reftarget=f"/{term.page}",
            refexplicit=True,
            refwarn=True,
        )
        english: list[nodes.Node] = [nodes.paragraph("", term.en)]
        english += [
            nodes.paragraph("", "", nodes.literal("", name)) for name in term.api
        ]
        others = "；".join(
            f"{other['name']}（{other['who']}）" for other in term.others
        )
        row = nodes.row(ids=[label])
        cells: tuple[list[nodes.Node], ...] = (
            [nodes.paragraph("", "", page)],
            english,
            [nodes.paragraph("", others)],
            [nodes.paragraph("", term.meaning)],
        )
        for cell in cells:
            row += nodes.entry("", *cell)
        return row
