"""本站的 Sphinx 扩展：页面上的代码、输出、图片和数字都取自例子的一次真实运行。

每件事一个模块，各有一个 ``setup``：

- :mod:`~kerasguide.site.gallery`：sphinx-gallery 运行例子时的钩子，写下运行记录；
- :mod:`~kerasguide.site.fingerprint`：输出取决于的东西变了，才重新运行例子；
- :mod:`~kerasguide.site.workers`：在工作进程里运行例子；
- :mod:`~kerasguide.site.examples`：读例子的命名代码块和它们的运行记录；
- :mod:`~kerasguide.site.cells`：``{cell}``，在页面上展示一个代码块和它的输出；
- :mod:`~kerasguide.site.plotted`：运行例子时记下结构图，
  :mod:`~kerasguide.site.diagrams`：把它内嵌在页面里；
- :mod:`~kerasguide.site.facts`：``{fact}``，把运行得到的一个数写进句子；
- :mod:`~kerasguide.site.numbers`：句子里没有出处的数让构建失败；
- :mod:`~kerasguide.site.legacy`：旧笔记的代码在 Keras 3 上再运行一遍；
- :mod:`~kerasguide.site.ledger`：``{ledger}``，勘误与验证的表；
- :mod:`~kerasguide.site.matrix`：``{matrix}``，各个后端的对照；
- :mod:`~kerasguide.site.glossary`：术语表、术语的链接、不用的译名；
- :mod:`~kerasguide.site.interface`：例子页面的中文，页末“本页是怎样做成的”；
- :mod:`~kerasguide.site.navigation`：全站目录只画一次；
- :mod:`~kerasguide.site.maths`：构建时画好公式，页面不向别的主机要脚本和字体；
- :mod:`~kerasguide.site.benchmark`：``{benchmark}``，构建的性能；
- :mod:`~kerasguide.site.book`：整本书的 PDF 和电子书；
- :mod:`~kerasguide.site.search`：不用词典的中文搜索；
- :mod:`~kerasguide.site.rebuild`：改了什么就重写什么，结果与从头构建相同。

这个包从不导入深度学习框架：没有例子要运行时，构建不必等框架导入。
"""

from pathlib import Path

from kerasguide import __version__
from kerasguide.site import (
    benchmark,
    book,
    cells,
    diagrams,
    facts,
    gallery,
    glossary,
    interface,
    ledger,
    maths,
    matrix,
    navigation,
    numbers,
    rebuild,
    search,
    workers,
)


def _publish_static(app):
    """公式的样式和字体、搜索的脚本，随站点一起发布。"""
    if app.builder.format == "html":
        app.config.html_static_path.append(str(Path(__file__).parent / "static"))


def setup(app):
    app.connect("builder-inited", _publish_static)
    gallery.setup(app)
    workers.setup(app)
    book.setup(app)
    cells.setup(app)
    diagrams.setup(app)
    facts.setup(app)
    numbers.setup(app)
    ledger.setup(app)
    matrix.setup(app)
    glossary.setup(app)
    interface.setup(app)
    navigation.setup(app)
    maths.setup(app)
    benchmark.setup(app)
    search.setup(app)
    rebuild.setup(app)
    return {
        "version": __version__,
        "env_version": rebuild.version(app.confdir),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
