"""页面用到一个代码块时：取它，让页面跟着它重建，链接到例子自己的页面。"""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

from kerasguide import marking
from kerasguide.site.base import examples
from kerasguide.site.base.warn import warn


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", _resolve)


def load(env: BuildEnvironment, example: str, block: str) -> examples.Block:
    """取一个代码块，并让当前页面在例子重新运行后重建。

    Raises:
        examples.ExampleError: 例子或代码块用不了。
    """
    examples_dir, gallery_dir = examples.directories(env)
    script = f"{examples.script_name(example)}.py"
    env.note_dependency(str(examples_dir / script))
    env.note_dependency(str(examples.record_path(gallery_dir / script)))
    blocks = examples.load(example, examples_dir, gallery_dir)
    if block not in blocks:
        known = "、".join(blocks)
        raise examples.ExampleError(
            f"例子 {example!r} 没有代码块 {block!r}；它有：{known}"
        )
    return blocks[block]


def warn_unusable(
    kind: str, written: str, error: examples.ExampleError, location: str
) -> None:
    """说一个代码块为什么用不了。

    Args:
        kind: 哪一种警告，见 :func:`kerasguide.site.base.warn.warn`。
        written: 页面上是怎样写的，如 ``"{cell}"``。
        error: 为什么用不了；例子运行失败，就只在用到它的第一处说。
        location: 页面和行号。
    """
    if isinstance(error, examples.ExampleFailed):
        warn(kind, "%s", str(error), location=location, once=True)
    else:
        warn(kind, "%s：%s", written, error, location=location)


def link(
    docname: str, example: str, title: str, child: nodes.Node
) -> addnodes.pending_xref:
    """指向例子页面的链接；鼠标停在上面时显示 ``title``。"""
    return addnodes.pending_xref(
        "",
        child,
        refdomain="",
        reftype="example",
        refdoc=docname,
        reftarget=f"gallery/{examples.script_name(example)}",
        reftitle=title,
    )


def _resolve(
    app: Sphinx,
    env: BuildEnvironment,
    node: addnodes.pending_xref,
    content: nodes.TextElement,
) -> nodes.Element | None:
    if node["reftype"] != "example":
        return None
    if node["reftarget"] not in env.all_docs:
        # 书里没有例子自己的页面，练习在哪里都没有
        is_exercises = marking.is_exercises(Path(node["reftarget"]))
        return content if is_exercises or app.tags.has("book") else None
    arguments = (node["refdoc"], node["reftarget"], "", content, node["reftitle"])
    return make_refnode(app.builder, *arguments)
