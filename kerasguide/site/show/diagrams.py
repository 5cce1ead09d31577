"""模型的结构图：网页里是内嵌的 SVG，别处是 ``plot_model`` 画的 PNG。

内嵌的图随主题变色，文字可选可搜，鼠标停在方框上显示输出形状和参数个数，方框链接到
讲这种层的页面（术语表里 ``api`` 或 ``layers`` 写着这个类的那一页）；大的图可以放大、拖动（脚本在
``docs/_static/interface.js``）。看不见图的人，有由同样的数据写成的文字。

页面上的图由 ``{cell}`` 放进来；例子自己的页面用这里的指令 ``model-diagram``。
"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from kerasguide.site.base import examples, terms
from kerasguide.site.base.warn import warn

_Layer = Mapping[str, Any]

_SVG = "http://www.w3.org/2000/svg"


class diagram(nodes.image):  # noqa: N801  docutils 的结点都用小写
    """一张结构图：是一张图片，另外带着两样东西。

    ``drawn`` 是 :class:`examples.Drawn`，``docname`` 是它所在的页面。
    """


def setup(app: Sphinx) -> None:
    app.add_directive("model-diagram", ModelDiagram)
    app.add_node(diagram)
    app.connect("doctree-resolved", _place)


class ModelDiagram(SphinxDirective):
    """例子页面上的一张结构图；参数是图片，数据在这个例子的运行记录里。"""

    required_arguments = 1
    option_spec: ClassVar[OptionSpec] = {"alt": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        script = Path(self.env.doc2path(self.env.docname)).with_suffix(".py")
        drawn = examples.recorded_diagrams(script)[self.arguments[0]]
        node = diagram(
            uri=self.arguments[0],
            alt=self.options["alt"],
            drawn=drawn,
            docname=self.env.docname,
        )
        self.set_source_info(node)
        return [node]


def _place(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """写网页时换成内嵌的 SVG；早于收集图片，PNG 就不必随站点发布。"""
    # 电子书的阅读器不一定认得内嵌的 SVG
    inline = app.builder.format == "html" and app.builder.name != "epub"
    new: nodes.Element
    for node in list(doctree.findall(diagram)):
        if inline:
            new = nodes.raw("", _figure(app, node), format="html")
        else:
            attributes = dict(node.attributes)
            del attributes["drawn"], attributes["docname"]
            new = nodes.image(**attributes)
        node.parent.replace(node, new)


def _figure(app: Sphinx, node: diagram) -> str:
    layers = node["drawn"]["layers"]
    pages = terms.pages_by_class(terms.load(terms.path(app)))
    _report_untaught(layers, pages, node)
    links = [_link(app.builder, node["docname"], layer, pages) for layer in layers]
    svg = ElementTree.fromstring(node["drawn"]["svg"])  # noqa: S314  dot 画的
    svg.set("style", f"--natural: {svg.get('width')}px")
    svg.set("aria-hidden", "true")  # 下面的文字说的是同样的事
    for parent in list(svg.iter()):
        for index, group in enumerate(parent):
            if "data-layer" in group.attrib:
                number = int(group.attrib.pop("data-layer"))
                parent[index] = _box(group, layers[number], links[number])
    ElementTree.register_namespace("", _SVG)
    drawing = ElementTree.tostring(svg, encoding="unicode")
    words = "".join(
        f"<li>{_in_words(layer, layers, link)}</li>"
        for layer, link in zip(layers, links, strict=True)
    )
    return (
        f'<figure class="model-diagram" role="group" '
        f'aria-label="{escape(node["alt"])}">'
        f'<div class="diagram-view">{drawing}</div>'
        f"<details><summary>用文字看这张图</summary><ol>{words}</ol></details>"
        f"</figure>"
    )


def _report_untaught(
    layers: Sequence[_Layer], pages: Mapping[str, str], node: nodes.Node
) -> None:
    classes = {layer["class"] for layer in layers if not layer["ours"]}
    # 没有术语表的小站点没有什么可以链接的
    for untaught in sorted(classes - pages.keys()) if pages else ():
        warn(
            "diagram",
            "结构图里有 %s，可是术语表里没有哪个术语的 api 或 layers 写着它："
            "读者不知道去哪一页看它",
            untaught,
            location=node,
        )


def _link(
    builder: Builder, docname: str, layer: _Layer, pages: Mapping[str, str]
) -> str | None:
    """讲这种层的页面；就在这一页，或者是例子自己定义的类，就没有。"""
    page = pages.get(layer["class"])
    if layer["ours"] or page in (None, docname):
        return None
    return builder.get_relative_uri(docname, page)


def _box(
    group: ElementTree.Element, layer: _Layer, link: str | None
) -> ElementTree.Element:
    """一个方框：停在上面显示形状和参数，点它去讲这种层的页面。"""
    title = ElementTree.Element(f"{{{_SVG}}}title")
    title.text = f"{layer['name']}（{layer['class']}）\n输出形状 {layer['shape']}"
    if layer["params"] is not None:
        title.text += f"\n{layer['params']:,} 个参数"
    if link:
        title.text += "\n点一下，去看讲它的那一页"
    group.insert(0, title)
    if not link:
        return group
    # 键盘从文字里的同一个链接走，不必在每个方框上停一次
    anchor = ElementTree.Element(f"{{{_SVG}}}a", {"href": link, "tabindex": "-1"})
    anchor.append(group)
    return anchor


def _in_words(layer: _Layer, layers: Sequence[_Layer], link: str | None) -> str:
    kind = escape(layer["class"])
    if link:
        kind = f'<a href="{escape(link)}">{kind}</a>'
    said = f"<code>{escape(layer['name'])}</code>（{kind}）："
    if layer["after"]:
        sources = "、".join(
            f"<code>{escape(layers[source]['name'])}</code>"
            for source in sorted(layer["after"])
        )
        said += f"接在 {sources} 之后，"
    said += f"输出形状 {escape(layer['shape'])}"
    if layer["params"] is not None:
        said += f"，{layer['params']:,} 个参数"
    return f"{said}。"
