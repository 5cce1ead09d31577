"""Sphinx 的设置：只有设置，没有函数（函数对象会破坏配置缓存和工作进程）。"""

project = "Keras 3 中文指南"
author = "kerasguide 的作者们"
copyright = "kerasguide 的作者们"
language = "zh_CN"
locale_dirs = ["locale"]

extensions = [
    "myst_parser",
    "sphinx_gallery.gen_gallery",
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "kerasguide.site",
]
exclude_patterns = ["_build", "gallery/**/GALLERY_HEADER.rst"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    # 章的次序与旧笔记相同；没有列出的新章排在最后
    "subsection_order": [
        "../examples/setup",
        "../examples/basics",
        "../examples/convolution",
        "../examples/functional",
        "../examples/custom",
        "../examples/sequential",
        "../examples/migration",
        "*",
    ],
    "within_subsection_order": "FileNameSortKey",
    # 例子在工作进程里运行：各进程只导入一次框架，Sphinx 自己的进程从不导入
    "parallel": 2,
    "reset_modules": ("kerasguide.site.gallery.reset",),
    "image_scrapers": ("kerasguide.site.gallery.scrape",),
    # 代码块末尾的表达式不显示：例子作为脚本单独运行时也不会显示
    "capture_repr": (),
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
}

# 标准库的文档不在本站，也不去别的主机取它的索引
nitpick_ignore = [("py:class", "pathlib.Path")]

html_math_renderer = "katex"

html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["kerasguide.css"]
html_js_files = [("interface.js", {"defer": "defer"})]
html_favicon = "_static/icon.svg"
templates_path = ["_templates"]
html_copy_source = False
html_show_sphinx = False

# 只给代码加复制按钮，输出没有
copybutton_selector = (
    "div.cell-code pre, div.highlight-bash pre, div.highlight-python pre"
)
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

doctest_test_doctest_blocks = ""
