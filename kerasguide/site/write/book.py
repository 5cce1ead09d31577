"""书（PDF 和电子书）：标签页一个接一个排开，补上 Sphinx 不知道的文件类型。

``nox -s book`` 用标签 ``book`` 构建，``conf.py`` 因此略去例子自己的页面。
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.epub3 import Epub3Builder


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _allow_fonts)
    app.connect("doctree-read", _lay_out_tabs)


def _allow_fonts(app: Sphinx) -> None:
    """Sphinx 9.0 不知道 woff2，也不知道没有扩展名的许可证文件。"""
    if isinstance(app.builder, Epub3Builder):
        known = {**app.builder.media_types, ".woff2": "font/woff2", "": "text/plain"}
        app.builder.media_types = known


def _lay_out_tabs(app: Sphinx, doctree: nodes.document) -> None:
    """纸上没有标签可点：留下 sphinx-design 给别的格式的样子，标题后面就是内容。"""
    if not app.tags.has("book"):
        return
    for container in list(doctree.findall(nodes.container)):
        if container.get("design_component", "").startswith("tab-"):
            del container["design_component"]
            container["classes"] = ["in-book-tabs"]
