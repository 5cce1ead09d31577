"""``{road}``：首页的课程地图，一个部分一块：讲什么，有哪几课。

部分和课取自首页和各部分的目录，讲什么取自各部分的第一段，所以不会与它们不符。读者读到
哪里，由 ``interface.js`` 记在浏览器里，标在地图上。
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from kerasguide.site.base import pages

#: 不是课程的部分
_NOT_LESSONS = "guide/note/"


class road(nodes.General, nodes.Element):  # noqa: N801  docutils 的结点都这样写
    """地图的位置；标题都读到了才画得出来。"""


def setup(app: Sphinx) -> None:
    app.add_node(road)
    app.add_directive("road", Road)
    app.connect("doctree-read", _note_opening)
    app.connect("doctree-resolved", _draw)


class Road(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [road()]


def _note_opening(app: Sphinx, doctree: nodes.document) -> None:
    """各部分的第一段。"""
    docname = app.env.docname
    opening = next(doctree.findall(nodes.paragraph), None)
    if opening is not None and docname.endswith("/index"):
        pages.of(app.env, docname).opening = opening.astext()


def _draw(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    env = app.env

    def link(target: str) -> addnodes.compact_paragraph | nodes.Node:
        text = nodes.Text(env.titles[target].astext())
        return make_refnode(app.builder, docname, target, "", text)

    for place in list(doctree.findall(road)):
        listed = nodes.enumerated_list(
            enumtype="arabic", suffix=".", classes=["road", "generated"]
        )
        for part in env.toctree_includes.get(env.config.root_doc, ()):
            if not part.startswith("guide/") or part.startswith(_NOT_LESSONS):
                continue
            lessons = nodes.bullet_list(classes=["road-lessons"])
            for lesson in env.toctree_includes.get(part, ()):
                item = nodes.list_item("", nodes.paragraph("", "", link(lesson)))
                if count := len(pages.of(env, lesson).exercises):
                    # 做对了几道由 interface.js 写在后面
                    item["classes"].append(f"exercises-{count}")
                lessons += item
            listed += nodes.list_item(
                "",
                nodes.paragraph("", "", link(part), classes=["road-part"]),
                nodes.paragraph("", pages.of(env, part).opening),
                lessons,
            )
        place.replace_self(listed)
