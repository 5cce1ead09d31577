"""``sitemap.xml``：告诉搜索引擎有哪些页面；说了站点发布在哪里（``html_baseurl``）才有。

sphinx-sitemap 只列出这次写了的页面，次序随写的先后：改了一页再构建，就只剩那一页。
这里总是列出全部。
"""

from pathlib import Path
from xml.etree import ElementTree

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def setup(app: Sphinx) -> None:
    app.connect("build-finished", _write)


def _write(app: Sphinx, exception: Exception | None) -> None:
    builder = app.builder
    if exception or not isinstance(builder, StandaloneHTMLBuilder):
        return
    if builder.name not in ("html", "dirhtml"):
        return
    file = Path(app.outdir) / "sitemap.xml"
    address = app.config.html_baseurl
    if not address:
        file.unlink(missing_ok=True)
        return
    ElementTree.register_namespace("", _NAMESPACE)
    urls = ElementTree.Element(f"{{{_NAMESPACE}}}urlset")
    for docname in sorted(app.env.found_docs):
        url = ElementTree.SubElement(urls, f"{{{_NAMESPACE}}}url")
        location = ElementTree.SubElement(url, f"{{{_NAMESPACE}}}loc")
        location.text = f"{address.rstrip('/')}/{builder.get_target_uri(docname)}"
    ElementTree.indent(urls)
    tree = ElementTree.ElementTree(urls)
    tree.write(file, encoding="utf-8", xml_declaration=True)
