"""本站的 Sphinx 扩展：页面上的代码、输出、图片和数字都取自例子的一次真实运行。

模块放在几个房间里。``run`` 和 ``show`` 只用 ``base``，``check``、``write``、``report`` 只用
``base`` 和 ``show``（``pyproject.toml`` 里 import-linter 的契约）：

- :mod:`~kerasguide.site.base`：人人要用的：读例子和数据文件，记住每一页有什么，给出警告；
- :mod:`~kerasguide.site.run`：运行例子，收下它们打印的、画的、算出的；
- :mod:`~kerasguide.site.show`：在页面上展示它们；
- :mod:`~kerasguide.site.check`：页面站不住脚，就让构建失败；
- :mod:`~kerasguide.site.write`：写网页，写书；
- :mod:`~kerasguide.site.report`：由以前的记录做成的页面；
- :mod:`~kerasguide.site.build`、:mod:`~kerasguide.site.live`：在这一切外面：一次构建从头
  到尾，边改边看；``nox`` 的会话运行它们。

Sphinx 的进程从不导入深度学习框架：没有例子要运行时，构建不必等框架导入。
"""

from typing import TYPE_CHECKING

from kerasguide import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: "Sphinx") -> "ExtensionMetadata":
    # 到这里才导入：build 也在这个包里，它不必等 Sphinx
    from kerasguide.site.base import pages
    from kerasguide.site.check import (
        foreign,
        glossary,
        ledger,
        numbers,
        sentences,
        structure,
    )
    from kerasguide.site.report import benchmark, matrix
    from kerasguide.site.run import gallery, workers
    from kerasguide.site.show import (
        blocks,
        cells,
        claims,
        diagrams,
        exercises,
        facts,
        widgets,
    )
    from kerasguide.site.write import (
        book,
        handouts,
        interface,
        maths,
        navigation,
        rebuild,
        road,
        search,
        sitemap,
        static,
    )

    for module in (
        *(pages, gallery, workers),
        *(blocks, cells, claims, diagrams, exercises, facts, widgets),
        *(numbers, sentences, ledger, glossary, foreign, structure),
        *(
            static,
            handouts,
            book,
            interface,
            navigation,
            maths,
            road,
            search,
            rebuild,
            sitemap,
        ),
        *(matrix, benchmark),
    ):
        module.setup(app)
    return {
        "version": __version__,
        "env_version": int(rebuild.version(app.confdir)[:15], 16),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
