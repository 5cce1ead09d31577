"""全站目录只画一次，每一页上只换不同的几处。

侧栏的全站目录在每一页上几乎一样，Sphinx 和 Furo 却为每一页从头画一遍：页面多到十倍，
画目录的时间就多到一百倍，构建的时间大半花在这里。这里由它们为首页画一次；别的页面
换掉链接从哪里算起，标出哪一条是这一页。得到的与它们自己画的相同
（``tests/test_navigation.py``），只是展开按钮的读屏标签是中文的。
"""

import dataclasses
import functools
import re
from posixpath import dirname
from typing import Any

from bs4 import BeautifulSoup, Tag
from docutils import nodes
from furo.navigation import get_navigation_tree
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import global_toctree_for_doc
from sphinx.util.osutil import relative_uri

from kerasguide.site.write import rebuild

_ENGLISH, _CHINESE = "Toggle navigation of ", "显示或收起："
# 目录的一条：链接，下面还有几条时再加上展开按钮，直到它们的 <ul>
_ENTRY = re.compile(
    r'<li class="(?P<level>toctree-l\d+)(?P<more>[^"]*)">'
    r'<a class="reference internal" href="(?P<href>[^"]*)">(?P<title>.*?)</a>'
    # 标题里有双引号的，属性用单引号
    rf"(?:<input aria-label=(?:\"{_ENGLISH}[^\"]*\"|'{_ENGLISH}[^']*') "
    "(?P<switch>.*?)<ul>)?"
)
# 首页有几个目录，就有几个列表；里层的 <ul> 不在行首
_LISTS = re.compile("^(?=<ul>$)", re.MULTILINE)


def setup(app: Sphinx) -> None:
    # 先于 Sphinx 存下读过的页面：目录也存在那里，下次还能用
    app.connect("env-get-updated", _draw_once, priority=610)
    # 在 Furo（500）的前后：先让它无事可做，再放上这里的
    app.connect("html-page-context", _hide_toctree, priority=490)
    app.connect("html-page-context", _place, priority=510)


@dataclasses.dataclass
class Tree:
    """首页上的全站目录，和每一条的上一级，都以链接的地址为名。"""

    html: str
    parents: dict[str, str]

    def on_page(self, uri: str) -> str:
        """目录在一页上的样子。

        Args:
            uri: 这一页从站点的根算起的地址，如 ``guide/basics/train.html``。
        """
        chain = [uri] if uri in self.parents else []
        while chain and (parent := self.parents[chain[-1]]):
            chain.append(parent)
        lists = []
        for one in _LISTS.split(self.html):
            html = _ENTRY.sub(functools.partial(_entry, uri, set(chain)), one)
            if " current" in html:
                html = html.replace("<ul>", '<ul class="current">', 1)
            lists.append(html)
        return "".join(lists)


def _entry(uri: str, chain: set[str], match: re.Match[str]) -> str:
    href, more, switch = match["href"], match["more"], match["switch"]
    current = href in chain
    classes = match["level"] + (" current" if current else "") + more
    if href == uri:
        classes += " current-page"
        link = '<a class="current reference internal" href="#">'
    else:
        link = f'<a class="reference internal" href="{_relative(uri, href)}">'
    html = f'<li class="{classes}">{link}{match["title"]}</a>'
    if switch:
        label = re.sub("<[^>]*>", "", match["title"]).replace('"', "&quot;")
        checked = 'checked="" ' if current else ""
        inside = '<ul class="current">' if current and href != uri else "<ul>"
        html += f'<input aria-label="{_CHINESE}{label}" {checked}{switch}{inside}'
    return html


def _relative(uri: str, href: str) -> str:
    if "://" in href:
        return href
    page, hash_sign, anchor = href.partition("#")
    # 同一个文件夹里的页面，相对地址都相同
    page = "" if page == uri else _from_folder(dirname(uri), page)
    return page + hash_sign + anchor


@functools.cache
def _from_folder(folder: str, page: str) -> str:
    return relative_uri(f"{folder}/" if folder else "", page)


def _draw_once(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """别的页面看得见的都没变，上次画的就还能用；要重写哪些页面由 ``rebuild`` 说。"""
    builder = app.builder
    if builder.name != "html" or not isinstance(builder, StandaloneHTMLBuilder):
        return []
    key = (rebuild.visible(env), builder.link_suffix)
    if getattr(env, "kerasguide_navigation_key", None) == key:
        return []
    # Sphinx 记着首页原来的目录，还和读过的页面一起存下来：要的是现在的
    vars(env).pop("master_doctree", None)
    toctree = global_toctree_for_doc(
        env,
        app.config.root_doc,
        builder,
        tags=app.tags,
        collapse=False,
        titles_only=True,
        maxdepth=-1,
        includehidden=True,
    )
    html = get_navigation_tree(builder.render_partial(toctree)["fragment"])
    parents = {}
    for entry in BeautifulSoup(html, "html.parser").find_all("li"):
        above = entry.find_parent("li")
        parents[_href(entry)] = _href(above) if above else ""
    vars(env)["kerasguide_navigation"] = Tree(html, parents)
    vars(env)["kerasguide_navigation_key"] = key
    return []


def _href(entry: Tag) -> str:
    link = entry.select_one("a")
    return str(link["href"]) if link else ""


def _ours(app: Sphinx, pagename: str) -> bool:
    # 404 页在哪一层地址上都会出现，它的目录由 sphinx-notfound-page 画
    return app.builder.name == "html" and pagename != app.config.notfound_pagename


def _hide_toctree(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if _ours(app, pagename):
        context["toctree"] = lambda **options: ""


def _place(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if _ours(app, pagename):
        tree: Tree = vars(app.env)["kerasguide_navigation"]
        uri = app.builder.get_target_uri(pagename)
        context["furo_navigation_tree"] = tree.on_page(uri)
    elif drawn := context.get("furo_navigation_tree"):
        context["furo_navigation_tree"] = drawn.replace(_ENGLISH, _CHINESE)
