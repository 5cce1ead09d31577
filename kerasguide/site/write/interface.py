"""界面：例子页面上的英文换成中文，每页开头有给搜索引擎的一句话，末尾写明是怎样做成的。

sphinx-gallery 把几句英文写死在它生成的页面里；:data:`_CHINESE` 逐句替换。
页面末尾的一段由模板 ``_templates/page.html`` 画出，数据取自这一页展示的例子的运行记录。
用不着的样式和脚本不放在页面上：网慢的读者打开一页，取的东西要少。
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from kerasguide.site.base import examples, pages, wheel

_CHINESE: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (
        r":ref:`Go to the end <(\S+)>`\n *to download the full example code\.",
        r":ref:`到页末 <\1>`\\ 下载完整的例子。",
    ),
    (
        r"\*\*Total running time of the script:\*\* \((\d+) minutes ([\d.]+) seconds\)",
        lambda match: f"这个脚本运行了 {60 * int(match[1]) + float(match[2]):.1f} 秒",
    ),
    (r"Download Jupyter notebook:", "下载 Jupyter 笔记本："),
    (r"Download Python source code:", "下载 Python 脚本："),
    (
        r"( +)(.. container:: .*-download-zip\n\n +:download:.*)Download zipped:(.*)",
        (
            rf"\1\2下载压缩包：\3\n\n\1.. container:: sphx-glr-download\n\n"
            rf"\1  `例子用到的小工具：{wheel.NAME} <../../_static/{wheel.NAME}>`__，"
            r"用 ``pip install`` 装上它"
        ),
    ),
    (r"Download all examples in Python source code:", "下载全部例子的 Python 脚本："),
    (r"Download all examples in Jupyter notebooks:", "下载全部例子的 Jupyter 笔记本："),
]
# datasets 打印的那一行，在 sphinx-gallery 生成的页面里
_DATA = re.compile(r"^ +((?:MNIST|CIFAR-10)：.+)$", re.MULTILINE)

# 搜索结果里显示的大约就这么长
_LONGEST_DESCRIPTION = 120


def setup(app: Sphinx) -> None:
    app.connect("source-read", _translate_gallery)
    app.connect("html-page-context", _add_made)
    app.connect("html-page-context", _describe)
    # 晚于各扩展，它们有的在这个事件里才加上自己的
    app.connect("html-page-context", _drop_unused, priority=900)


def _translate_gallery(app: Sphinx, docname: str, source: list[str]) -> None:
    if docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"):
        for english, chinese in _CHINESE:
            source[0] = re.sub(english, chinese, source[0])


def _add_made(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if doctree is None or not examples.are_run(app.config):
        return
    _, gallery_dir = examples.directories(app)
    # 整本书是一页
    on_pages = app.env.found_docs if app.builder.name == "singlehtml" else [pagename]
    known = pages.every(app.env)
    names = {
        name for page in on_pages if page in known for name in known[page].examples()
    }
    records = []
    for name in sorted(names):
        try:
            record = examples.read_record(gallery_dir / f"{name}.py")
            page = (gallery_dir / f"{name}.rst").read_text(encoding="utf-8")
        except (OSError, ValueError, TypeError):  # {cell} 已经报告
            continue
        if "made" in record:
            records.append((record["made"], page))
    if records:
        context["made"] = _summarise(records)


def _describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """页面的描述：页面自己写的（``html_meta``），没有就取开头的话。"""
    metatags = context.get("metatags", "")  # 404 页没有它
    if 'name="description"' in metatags:
        return
    text = doctree and _opening_words(doctree)
    text = text or f"{app.config.project}：{context.get('title', '索引')}"
    if len(text) > _LONGEST_DESCRIPTION:
        text = text[: _LONGEST_DESCRIPTION - 1] + "…"
    description = f'<meta name="description" content="{escape(text)}" />\n'
    context["metatags"] = metatags + description


def _opening_words(doctree: nodes.document) -> str:
    """第一段的文字；它引出一个列表时（“这一页你会学到：”），连同列表。"""
    for opening in doctree.findall(nodes.paragraph):
        text = opening.astext()
        # 缩略图下的标题也是段落，可是不成句子
        if not isinstance(opening.parent, nodes.section) or text[-1:] not in "。：":
            continue
        following = opening.next_node(descend=False, siblings=True)
        if text.endswith("：") and isinstance(following, nodes.bullet_list):
            text += "；".join(
                item.astext().rstrip("；。") for item in following.children
            )
        return " ".join(text.split())
    return ""


def _drop_unused(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """标签页的脚本只给有标签页的页面，练习的、复制按钮的也一样，例子库的样式给例子库。"""
    gallery = f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"
    unused = ["sphinx-design"]  # 标签页的几条样式在 kerasguide.css 里
    if not pagename.startswith(gallery):
        unused += ["sg_", "sg-"]
    if doctree is None or not next(doctree.findall(_is_tab_set), None):
        unused += ["design-tabs"]
    if doctree is None or not next(doctree.findall(nodes.literal_block), None):
        unused += ["clipboard", "copybutton"]
    if doctree is None or not next(doctree.findall(_is_exercise), None):
        unused += ["exercises"]
    for kind in ("css_files", "script_files"):
        context[kind] = [
            asset
            for asset in context[kind]
            if not Path(asset.filename or "").name.startswith(tuple(unused))
        ]


def _is_exercise(node: nodes.Node) -> bool:
    return "exercise" in getattr(node, "attributes", {}).get("classes", ())


def _is_tab_set(node: nodes.Node) -> bool:
    return "sd-tab-set" in getattr(node, "attributes", {}).get("classes", ())


def _summarise(records: Sequence[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    made = [one for one, _ in records]
    data = {line for _, page in records for line in _DATA.findall(page)}
    dates = sorted({one["date"] for one in made})
    return {
        "engines": sorted({one["engine"] for one in made}, reverse=True),
        "python": made[0]["python"],
        "data": sorted(data),
        "date": dates[0] if len(dates) == 1 else f"{dates[0]} 至 {dates[-1]}",
        "seconds": round(sum(one["seconds"] for one in made)),
        "commits": sorted({one["commit"] for one in made if one["commit"]}),
    }
