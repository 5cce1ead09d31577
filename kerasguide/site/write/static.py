"""随站点一起发布的文件：公式的样式和字体、搜索的脚本，在 ``published`` 里。"""

from pathlib import Path

from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", _publish)


def _publish(app: Sphinx) -> None:
    if app.builder.format == "html":
        folder = Path(__file__).with_name("published")
        app.config.html_static_path.append(str(folder))
