"""公式：构建时由 KaTeX 画好，页面上没有脚本，也不向别的主机要任何东西。

KaTeX 的脚本由 mini-racer（嵌在 Python 里的 V8）运行，构建的机器不需要 node。
``katex.min.js`` 和 ``published/katex`` 里的样式、字体都取自 npm 上的 katex 0.16.22，
升级时要一起换；样式里只留下 woff2 字体，别的都没有改。
"""

import functools
import json
from pathlib import Path
from typing import Any

from docutils import nodes
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

from kerasguide.site.base.warn import warn

_HERE = Path(__file__).parent


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_display, None))
    app.connect("html-page-context", _add_styles)


@functools.cache
def _katex() -> MiniRacer:
    engine = MiniRacer()
    engine.eval(_HERE.joinpath("katex.min.js").read_text(encoding="utf-8"))
    return engine


@functools.cache
def render(latex: str, display: bool) -> str:
    r"""把 LaTeX 画成 HTML，里面带着给读屏软件的 MathML。

    Args:
        latex: 公式，不带两边的 ``$``。
        display: 是否独占一行。

    Raises:
        ValueError: KaTeX 不认识这个公式；消息是 KaTeX 的原话。

    Examples:
        >>> render("x^2", False).startswith('<span class="katex">')
        True
        >>> render(r"\nosuchcommand", False)
        Traceback (most recent call last):
        ...
        ValueError: ...nosuchcommand...
    """
    options = {"displayMode": display, "throwOnError": True, "strict": "ignore"}
    call = f"katex.renderToString({json.dumps(latex)}, {json.dumps(options)})"
    try:
        return str(_katex().eval(call))
    except JSEvalException as error:
        raise ValueError(str(error).splitlines()[0]) from error


def _render_node(node: nodes.Element, display: bool) -> str:
    try:
        return render(node.astext(), display)
    except ValueError as error:
        warn("maths", "公式 %r 画不出来：%s", node.astext(), error, location=node)
        return ""


def _visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(f'<span class="math">{_render_node(node, False)}</span>')
    raise nodes.SkipNode


def _visit_display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{_render_node(node, True)}</div>')
    raise nodes.SkipNode


def _add_styles(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if not context.get("has_maths_elements"):
        return
    styles = "katex/katex.min.css"
    if app.builder.name == "epub":  # 电子书里没有脚本
        app.add_css_file(styles)
        return
    # 公式的字体不小，不让整页等它们：没有脚本的浏览器照普通的样式取
    app.add_css_file(styles, media="print", onload="this.media='all'")
    uri = context["pathto"](f"_static/{styles}", resource=True)
    context["metatags"] += (
        f'<noscript><link rel="stylesheet" href="{uri}" /></noscript>\n'
    )
