"""界面：例子页面上的英文换成中文，每页开头有给搜索引擎的一句话，末尾写明是怎样做成的。

sphinx-gallery 把几句英文写死在它生成的页面里；:data:`_CHINESE` 逐句替换。
页面末尾的一段由模板 ``_templates/page.html`` 画出，数据取自这一页展示的例子的运行记录。
用不着的样式和脚本不放在页面上：网慢的读者打开一页，取的东西要少。
"""

import json
import re
from html import escape
from pathlib import Path

from docutils import nodes

from kerasguide.site import examples
from kerasguide.site.cells import examples_run, shown_on

_CHINESE = [
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
    (r"Download zipped:", "下载压缩包："),
    (r"Download all examples in Python source code:", "下载全部例子的 Python 脚本："),
    (r"Download all examples in Jupyter notebooks:", "下载全部例子的 Jupyter 笔记本："),
]
# datasets 打印的那一行，在 sphinx-gallery 生成的页面里
_DATA = re.compile(r"^ +((?:MNIST|CIFAR-10)：.+)$", re.MULTILINE)

# 搜索结果里显示的大约就这么长
_LONGEST_DESCRIPTION = 120


def setup(app):
    app.connect("source-read", _translate_gallery)
    app.connect("html-page-context", _add_made)
    app.connect("html-page-context", _describe)
    # 晚于各扩展，它们有的在这个事件里才加上自己的
    app.connect("html-page-context", _drop_unused, priority=900)


def _translate_gallery(app, docname, source):
    if docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"):
        for english, chinese in _CHINESE:
            source[0] = re.sub(english, chinese, source[0])


def _add_made(app, pagename, templatename, context, doctree):
    if doctree is None or not examples_run(app.config):
        return
    _, gallery_dir = examples.directories(app.config, app.srcdir)
    # 整本书是一页
    pages = app.env.found_docs if app.builder.name == "singlehtml" else [pagename]
    names = set().union(*(shown_on(app.env, page) for page in pages))
    records = []
    for name in sorted(names):
        record = examples.record_path(gallery_dir / f"{name}.py")
        if record.is_file():
            text = record.read_text(encoding="utf-8")
            records.append((json.loads(text), gallery_dir / f"{name}.rst"))
    if records:
        context["made"] = _summarise(records)


def _describe(app, pagename, templatename, context, doctree):
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


def _opening_words(doctree) -> str:
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


def _drop_unused(app, pagename, templatename, context, doctree):
    """标签页的脚本只给有标签页的页面，例子库的样式只给例子库。"""
    gallery = f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"
    unused = ["sphinx-design"]  # 标签页的几条样式在 kerasguide.css 里
    if not pagename.startswith(gallery):
        unused += ["sg_", "sg-"]
    if doctree is None or not next(doctree.findall(_is_tab_set), None):
        unused += ["design-tabs"]
    for kind in ("css_files", "script_files"):
        context[kind] = [
            asset
            for asset in context[kind]
            if not Path(asset.filename or "").name.startswith(tuple(unused))
        ]


def _is_tab_set(node):
    return "sd-tab-set" in getattr(node, "attributes", {}).get("classes", ())


def _summarise(records) -> dict:
    made = [record["made"] for record, _ in records]
    data = {
        line for _, page in records for line in _DATA.findall(page.read_text("utf-8"))
    }
    dates = sorted({one["date"] for one in made})
    return {
        "engines": sorted({one["engine"] for one in made}, reverse=True),
        "python": made[0]["python"],
        "data": sorted(data),
        "date": dates[0] if len(dates) == 1 else f"{dates[0]} 至 {dates[-1]}",
        "seconds": round(sum(one["seconds"] for one in made)),
        "commits": sorted({one["commit"] for one in made if one["commit"]}),
    }
