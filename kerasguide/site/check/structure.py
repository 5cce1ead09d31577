"""页面的骨架：读者找得到每一课，读屏软件读得出图片和标题的层次，一个标题只指一页。

- ``guide`` 下的每一页都能从首页的目录一层一层走到，一页只在一个目录里；
- 图片都有替代文字。只是装饰的，写成原样的 HTML：``alt=""``，加上
  ``role="presentation"`` 或 ``aria-hidden="true"``；
- 一页有一个一级标题，往下不跳级；
- 两页的标题不能相同，只差空格、标点、大小写的也算相同。例子的页面自成一边：可以与讲它的
  那一课同名。

Sphinx 和 MyST 自己会说的，这里不再说：一个目录里重复的一条（``toc.duplicate_entry``）、
目录里没有标题的页面（``toc.no_title``）、Markdown 里跳级的标题（``myst.header``）。不在任何
目录里的页面，Sphinx 也说，但不说该写在哪里，所以 ``conf.py`` 不要它那一句。{cell} 的图片由它自己检查替代文字。
"""

import re
import unicodedata
from collections.abc import Iterator

from bs4 import BeautifulSoup
from docutils import nodes
from docutils.utils import get_source_line
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from kerasguide.site.base import pages, tree
from kerasguide.site.base.warn import warn
from kerasguide.site.show import diagrams

_HEADING = re.compile("h[1-6]")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check_images)
    app.connect("doctree-read", _check_headings)
    app.connect("env-check-consistency", _check_toctrees)
    app.connect("env-check-consistency", _check_titles)


def _html(node: nodes.Node) -> BeautifulSoup | None:
    """原样的 HTML；别的结点、给别的格式的，就没有。"""
    if isinstance(node, nodes.raw) and "html" in node.get("format", "").split():
        return BeautifulSoup(node.astext(), "html.parser")
    return None


def _in_gallery(app: Sphinx, docname: str) -> bool:
    return docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/")


def _lists_examples(app: Sphinx, docname: str) -> bool:
    """sphinx-gallery 的目录页：全部例子的，或者一章的。"""
    return _in_gallery(app, docname) and docname.endswith("/index")


def _check_images(app: Sphinx, doctree: nodes.document) -> None:
    in_gallery = _in_gallery(app, app.env.docname)
    for image in doctree.findall(nodes.image):
        if isinstance(image.parent, nodes.substitution_definition):
            continue  # 用到它的地方另有一份
        if isinstance(image, diagrams.diagram) or tree.inside(image, "cell"):
            continue  # {cell} 已经检查
        # 例子画的图用 {cell} 的替代文字，缩略图旁边就是它的标题
        if in_gallery and "/images/" in image["uri"] and "sphx_glr_" in image["uri"]:
            continue
        if not _says_something(image.get("alt", "")):
            warn(
                "structure",
                "图片 %s 没有替代文字：用 ![替代文字](…) 或 :alt: 写上它画的是什么",
                image["uri"],
                location=pages.place(image, app.env.docname),
            )
    for raw in doctree.findall(nodes.raw):
        if html := _html(raw):
            _check_raw_images(html, raw, app.env.docname)


def _says_something(alt: str) -> bool:
    # 只有空白、标点的读不出什么
    return bool(re.search(r"\w", alt))


def _check_raw_images(html: BeautifulSoup, raw: nodes.raw, docname: str) -> None:
    for image in html.select("img, input[type=image i]"):
        if _says_something(str(image.get("alt", ""))):
            continue
        decorative = image.get("role") in ("presentation", "none") or any(
            tag.get("aria-hidden") == "true" for tag in (image, *image.parents)
        )
        if not (decorative and image.get("alt") == ""):
            warn(
                "structure",
                '图片 %s 没有替代文字：写上 alt；只是装饰的，写 alt="" 和 '
                'role="presentation"',
                image.get("src", ""),
                location=pages.place(raw, docname),
            )


def _headings(doctree: nodes.document) -> Iterator[tuple[int, str, nodes.Node]]:
    """页面上的标题，按次序：网页里是第几级，写的什么，在哪里。"""
    for node in doctree.findall():
        if isinstance(node, nodes.title) and isinstance(node.parent, nodes.section):
            above = tree.parents(node)
            level = sum(isinstance(parent, nodes.section) for parent in above)
            yield level, node.astext(), node
        elif isinstance(node, nodes.rubric) and "heading-level" in node:
            yield node["heading-level"], node.astext(), node
        elif html := _html(node):
            for tag in html.find_all(_HEADING):
                yield int(tag.name[1]), tag.get_text(), node


def _check_headings(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    page = pages.of(app.env, docname)
    last = 0
    for level, text, node in _headings(doctree):
        where = pages.place(node, docname)
        if level == 1 and page.title:
            # 例子库的目录页由各章的 GALLERY_HEADER.rst 拼成
            if not _lists_examples(app, docname):
                warn(
                    "structure",
                    "一级标题不止一个：“%s”和“%s”；一页只讲一件事，别的标题用二级",
                    page.title,
                    text,
                    location=where,
                )
        elif level == 1:
            page.title, page.title_line = text, get_source_line(node)[1]
        if level > last + 1 and last:
            warn(
                "structure",
                "标题“%s”从 %d 级跳到了 %d 级：读屏软件的读者会以为漏了一层",
                text,
                last,
                level,
                location=where,
            )
        last = level


def _check_toctrees(app: Sphinx, env: BuildEnvironment) -> None:
    reached = set[str]()
    found = [env.config.root_doc]
    while found:
        docname = found.pop()
        if docname not in reached:
            reached.add(docname)
            found += env.toctree_includes.get(docname, ())
    included = set[str]().union(*env.included.values())
    for docname in sorted(env.found_docs):
        is_lesson = docname.startswith("guide/")
        is_orphan = "orphan" in env.metadata[docname]
        if is_lesson and is_orphan:
            warn(
                "structure",
                "这一课写着 orphan，不在目录里也不会有警告：去掉它，写进这一章 index.md 的"
                "目录",
                location=docname,
            )
        elif docname not in reached and (
            is_lesson or not (is_orphan or docname in included)
        ):
            warn(
                "structure",
                "从首页的目录走不到这一页：%s",
                _how_to_reach(env, docname),
                location=docname,
            )
    _check_listed_once(env)


def _how_to_reach(env: BuildEnvironment, docname: str) -> str:
    for other, listed in env.toctree_includes.items():
        if docname in listed:
            return f"列出它的 {env.doc2path(other, base=False)} 自己也走不到"
    *folders, name = docname.removesuffix("/index").split("/")
    above = (
        ("/".join([*folders[:count], "index"]), "/".join([*folders[count:], name]))
        for count in range(len(folders), -1, -1)
    )
    index, entry = next(pair for pair in above if pair[0] in env.found_docs)
    if docname.endswith("/index"):
        entry += "/index"
    return f"在 {env.doc2path(index, base=False)} 的目录（toctree）里加一行 {entry}"


def _check_listed_once(env: BuildEnvironment) -> None:
    listed: dict[str, str] = {}
    for docname in sorted(env.tocs):
        for toctree in env.tocs[docname].findall(addnodes.toctree):
            for name in dict.fromkeys(toctree["includefiles"]):
                if name in listed:
                    warn(
                        "structure",
                        "%s 已经在 %s 的目录里：一页只能在一个目录里，它的上一页、下一页、"
                        "在哪一章才说得清",
                        name,
                        listed[name],
                        location=toctree,
                    )
                listed.setdefault(name, docname)


def _check_titles(app: Sphinx, env: BuildEnvironment) -> None:
    known: dict[tuple[bool, str], str] = {}
    listed = set[str]().union(*env.toctree_includes.values())
    for docname in sorted(env.found_docs):
        page = pages.of(env, docname)
        # 在目录里的，Sphinx 已经说了
        if not page.title and docname not in listed:
            warn("structure", "这一页没有一级标题", location=docname)
        if not page.title or _lists_examples(app, docname):
            continue
        key = (_in_gallery(app, docname), _normal(page.title))
        first = known.setdefault(key, docname)
        if first != docname:
            line = f":{page.title_line}" if page.title_line else ""
            warn(
                "structure",
                "标题“%s”与 %s 的相同：读者在目录、搜索的结果里分不清",
                page.title,
                env.doc2path(first, base=False),
                location=f"{env.doc2path(docname)}{line}",
            )


def _normal(title: str) -> str:
    return re.sub(r"\W+", "", unicodedata.normalize("NFKC", title)).casefold()
