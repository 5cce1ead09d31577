"""每一页有什么：展示了哪些代码块，图片的替代文字，标题……

一页重读时，以前记下的由 Sphinx 叫这里忘掉；几个进程分头读页面时，各自记下的由 Sphinx
叫这里合在一起。要记住新的一样，在 :class:`Page` 里加一个字段；别的页面要用它，
还要写进 :func:`kerasguide.site.write.rebuild.visible`。
"""

import dataclasses
from collections.abc import Set as AbstractSet

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from kerasguide.site.base import tree


@dataclasses.dataclass
class Page:
    """一页有什么。"""

    #: 展示了的代码块：例子和块名
    shown: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    #: 有代码块展示不了的例子：由此而来的别的毛病，等它好了再说
    broken: set[str] = dataclasses.field(default_factory=set)
    #: 图片的替代文字，按图片相对于文档根的路径
    alts: dict[str, str] = dataclasses.field(default_factory=dict)
    #: 里面有照片的图，按同样的路径
    photos: set[str] = dataclasses.field(default_factory=set)
    #: 标题和它的行号；没有标题，就是空的
    title: str = ""
    title_line: int | None = None
    #: 第一段话，只记各部分的目录页的，首页的地图要用
    opening: str = ""
    #: 练习，按次序：脚本和题目
    exercises: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    #: 已经报告过的、浏览器会向别的主机要的地址
    foreign: set[str] = dataclasses.field(default_factory=set)

    def examples(self) -> set[str]:
        """展示了哪些例子。"""
        return {example for example, _ in self.shown}


def setup(app: Sphinx) -> None:
    app.add_env_collector(_Keeper)


def every(env: BuildEnvironment) -> dict[str, Page]:
    """记下过什么的每一页，按页面的名字。"""
    kept: dict[str, Page] = vars(env).setdefault("kerasguide_pages", {})
    return kept


def of(env: BuildEnvironment, docname: str) -> Page:
    """一页有什么；还没有记下什么，就是空的，可以往里记。"""
    return every(env).setdefault(docname, Page())


def place(node: nodes.Node, docname: str) -> nodes.Node | str:
    """给警告的位置：行内的结点自己没有行号，就用它的上一级的；都没有，就是这一页。"""
    return next((one for one in (node, *tree.parents(node)) if one.line), docname)


class _Keeper(EnvironmentCollector):
    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        every(env).pop(docname, None)

    def merge_other(
        self,
        app: Sphinx,
        env: BuildEnvironment,
        docnames: AbstractSet[str],
        other: BuildEnvironment,
    ) -> None:
        for docname in every(other).keys() & docnames:
            every(env)[docname] = every(other)[docname]

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """读页面的时候，指令和检查就记下了。"""
