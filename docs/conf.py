"""Sphinx 的设置：只有设置，没有函数（函数对象会破坏配置缓存和工作进程）。"""

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kerasguide import __version__
from kerasguide.site.base import wheel

if TYPE_CHECKING:  # Sphinx 执行这个文件时给的
    from sphinx.util.tags import Tags

    tags: Tags

project = "Keras 3 中文指南"
author = "kerasguide 的作者们"
copyright = "kerasguide 的作者们"
version = release = __version__
language = "zh_CN"
locale_dirs = ["locale"]

extensions = [
    "myst_parser",
    "notfound.extension",
    "sphinx_gallery.gen_gallery",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "kerasguide.site",
]
exclude_patterns = [
    "_build",
    "gallery/**/GALLERY_HEADER.rst",
    # 练习的答案在课里，点开才看得到
    "gallery/**/*_exercises.rst",
]

suppress_warnings = [
    # 由 kerasguide.site.check.structure 来说：它知道该写进哪个目录
    "toc.not_included",
    # 它看的是整个路径；例子的名字由 kerasguide.site.run.gallery 检查
    "sphinx_gallery.space_in_filename",
]

# 书（nox -s book）里没有例子自己的页面，也没有写给维护者的
if tags.has("book"):
    exclude_patterns += ["gallery/**", "contributing.md", "performance.md"]
    exclude_patterns += ["reference.md"]
    suppress_warnings += ["toc.excluded", "toc.not_readable", "myst.xref_missing"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# 站点发布在哪里由发布的人说：说了才有规范链接和 sitemap，不编造地址
html_baseurl = os.environ.get("KERASGUIDE_BASEURL", "")

# 笔记本从哪里装 kerasguide：站点上有它的安装文件
wheel_source = f"./{wheel.NAME}[tensorflow]"
wheel_hint = f"# 先在网站上每个例子的末尾下载 {wheel.NAME}，放在这本笔记旁边。\n"
if html_baseurl:
    wheel_source = f"kerasguide[tensorflow] @ {html_baseurl}_static/{wheel.NAME}"
    wheel_hint = ""

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    # 练习不是例子库里的一页：课里展示它，读者下载的没有答案
    "ignore_pattern": r"__init__\.py|_exercises\.py",
    # 各部分的次序与目录相同；没有列出的新部分排在最后
    "subsection_order": [
        "../examples/start",
        "../examples/basics",
        "../examples/data",
        "../examples/vision",
        "../examples/custom",
        "../examples/deploy",
        "../examples/scaling",
        "../examples/backends",
        "../examples/note",
        "*",
    ],
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("kerasguide.site.run.gallery.reset",),
    "reset_modules_order": "both",
    "image_scrapers": ("kerasguide.site.run.gallery.scrape",),
    # 代码块末尾的表达式不显示：例子作为脚本单独运行时也不会显示
    "capture_repr": (),
    "remove_config_comments": True,
    # 例子失败是一条警告，不是 Sphinx 自己出了毛病；警告就算失败
    "only_warn_on_example_error": True,
    "first_notebook_cell": (
        "# 本站的小工具 kerasguide，连同 Keras、TensorFlow、Matplotlib：没有装过才装。\n"
        + wheel_hint
        + "import importlib.util\n\n"
        'if importlib.util.find_spec("kerasguide") is None:\n'
        f'    %pip install --quiet "{wheel_source}"'
    ),
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    # 没有图的例子的缩略图
    "default_thumb_file": str(Path(__file__).with_name("thumbnail.png")),
}

# 一个例子最多运行多少秒
kerasguide_time_limit = 600

# 类型写在说明里：签名里的带着 NumPy 的全名，读不下去
autodoc_typehints = "none"

# 标准库的文档不在本站，也不去别的主机取它的索引
nitpick_ignore = [("py:class", "pathlib.Path")]

html_math_renderer = "katex"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["kerasguide.css"]
if tags.has("book"):
    html_css_files.append("book.css")
html_js_files = [
    ("interface.js", {"defer": "defer"}),
    ("exercises.js", {"defer": "defer"}),  # 只留在有练习的页面上
]
html_favicon = "_static/icon.svg"
templates_path = ["_templates"]
html_copy_source = False
html_show_sphinx = False

# 404 页在任何一层地址上都会出现，它的链接要从根写起
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_context = {
    "title": "没有这一页",
    "body": (
        "<h1>没有这一页</h1>"
        "<p>地址可能写错了，也可能这一页改了名字。用搜索框搜一搜，"
        f'或者<a href="{notfound_urls_prefix}">回到首页</a>。</p>'
    ),
}

# 只给代码加复制按钮，输出没有
copybutton_selector = (
    "div.cell-code pre, div.highlight-bash pre, div.highlight-python pre"
)
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

epub_basename = "kerasguide"
epub_tocscope = "includehidden"
epub_show_urls = "no"

doctest_test_doctest_blocks = ""
