"""``{widget}``：读者能动手的小工具，和它不能动的样子：没有脚本、打印、书里，都看得到图和说明。

::

    ````{widget} layer-calculator
    :open: Conv2D

    ```{cell} vision/convolution sizes
    :show: output
    :alt: ……
    ```

    说明：一段话，工具的下面一直看得到。
    ````

第一个词是 ``docs/_static/widgets`` 里脚本的名字，它由 ``base.js`` 的 ``widget(名字, 函数)``
登记，得到放工具的元素和选项 ``open``。内容里不是说明的（图、表格），在工具画好以后收起来。
"""

from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from kerasguide.site.base import examples
from kerasguide.site.base.warn import warn

#: 小工具的脚本放在这里
FOLDER = "widgets"


def setup(app: Sphinx) -> None:
    app.add_directive("widget", Widget)
    app.connect("html-page-context", _add_scripts)


class Widget(SphinxDirective):
    required_arguments = 1
    has_content = True
    option_spec: ClassVar[OptionSpec] = {"open": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        script = f"_static/{FOLDER}/{name}.js"
        if not Path(self.env.srcdir, script).is_file():
            message = "{widget}：没有小工具 %r，它的脚本应该是 docs/%s"
            warn("widget", message, name, script, location=self.get_location())
            return []
        widget = nodes.container(classes=["widget"], ids=[f"widget-{name}"])
        widget["widget"] = name
        self.set_source_info(widget)
        inside = self.parse_content_to_nodes()
        still = [node for node in inside if not isinstance(node, nodes.paragraph)]
        said = [node for node in inside if isinstance(node, nodes.paragraph)]
        # 没有运行例子，{cell} 是空的
        if examples.are_run(self.config) and not (still and said):
            message = "{widget}：要有一张图或者表格，和一段说明：没有脚本时看的是它们"
            warn("widget", message, location=self.get_location())
        place = nodes.raw(
            "",
            f'<div class="widget-live" data-widget="{name}" '
            f'data-open="{escape(self.options.get("open", ""))}"></div>',
            format="html",
        )
        widget += [place, nodes.container("", *still, classes=["widget-still"]), *said]
        return [widget]


def _add_scripts(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, object],
    doctree: nodes.document | None,
) -> None:
    """小工具的脚本只放在用到它的页面上。"""
    if doctree is None:
        return
    names = {
        node["widget"] for node in doctree.findall(nodes.container) if "widget" in node
    }
    for name in ("base", *sorted(names)) if names else ():
        app.add_js_file(f"{FOLDER}/{name}.js", defer="defer")
