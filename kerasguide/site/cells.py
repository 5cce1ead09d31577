"""``{cell}``：在页面上展示例子的代码块，连同它这次运行的输出和图片。

::

    ```{cell} basics/mnist_mlp define-model
    :note: B08 B09
    ```

第一个参数是例子，后面是一个或几个代码块，按次序展示。旧笔记的代码（用 tf-keras
的例子）运行了两遍：``basics/mnist_mlp_2020`` 是 Keras 2 的，
``basics/mnist_mlp_2020@keras3`` 是同样的代码在 Keras 3 上的。选项：

- ``show``：``code`` 只要代码，``output`` 只要输出（文字和图片），默认都要；
- ``note``：对应旧笔记的哪几段代码（B01–B38）；
- ``alt``：图片的替代文字，几张图之间用 ``|`` 隔开；有图就必须写。
"""

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.images import get_image_size
from sphinx.util.nodes import make_refnode

from kerasguide import backends
from kerasguide.site import diagrams, examples

logger = logging.getLogger(__name__)

NOTE_BLOCKS = frozenset(f"B{number:02}" for number in range(1, 39))


def setup(app):
    app.add_directive("cell", Cell)
    app.connect("env-purge-doc", _purge)
    app.connect("env-merge-info", _merge)
    app.connect("env-check-consistency", _check_all_shown)
    app.connect("missing-reference", _resolve_example)
    # 早于 diagrams 换掉它的结点
    app.connect("doctree-resolved", _describe_gallery_images, priority=400)


def examples_run(config) -> bool:
    """这次构建运行例子吗？doctest 和 linkcheck 用不着输出，以 ``plot_gallery=0`` 省去。"""
    return config.sphinx_gallery_conf["plot_gallery"]


def load_block(env, example: str, block: str) -> examples.Block:
    """取一个代码块，并让当前页面在例子重新运行后重建。

    Raises:
        examples.ExampleError: 例子或代码块用不了。
    """
    examples_dir, gallery_dir = examples.directories(env.config, env.srcdir)
    script = f"{examples.script_name(example)}.py"
    env.note_dependency(examples_dir / script)
    env.note_dependency(examples.record_path(gallery_dir / script))
    blocks = examples.load(example, examples_dir, gallery_dir)
    if block not in blocks:
        known = "、".join(blocks)
        raise examples.ExampleError(
            f"例子 {example!r} 没有代码块 {block!r}；它有：{known}"
        )
    return blocks[block]


def link_to_example(docname: str, example: str, title: str, child: nodes.Node):
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


def _resolve_example(app, env, node, content):
    if node["reftype"] != "example":
        return None
    if node["reftarget"] not in env.all_docs:
        # 书里没有例子自己的页面
        return content if app.tags.has("book") else None
    arguments = (node["refdoc"], node["reftarget"], "", content, node["reftitle"])
    return make_refnode(app.builder, *arguments)


class Cell(SphinxDirective):
    required_arguments = 2
    optional_arguments = 20
    option_spec: ClassVar = {
        "show": lambda argument: directives.choice(argument, ("code", "output")),
        "note": directives.unchanged_required,
        "alt": directives.unchanged_required,
    }

    def run(self):
        if not examples_run(self.config):
            return []
        example, *block_names = self.arguments
        alts = [
            alt.strip() for alt in self.options.get("alt", "").split("|") if alt.strip()
        ]
        cell = nodes.container(classes=["cell"])
        self.set_source_info(cell)
        cell += self._header(example)
        for block_name in block_names:
            # 先记下再去取：取不到时只报一次错，不再说它没有出现在页面上
            _shown(self.env).setdefault(self.env.docname, set()).add(
                (examples.script_name(example), block_name)
            )
            try:
                block = load_block(self.env, example, block_name)
            except examples.ExampleError as error:
                self._warn(f"{{cell}}：{error}")
                continue
            if self.options.get("show") != "output":
                cell += self._literal(block.code, "python", "cell-code")
            if self.options.get("show") != "code":
                if block.output:
                    cell += self._literal(block.output, "none", "cell-output")
                for uri in block.images:
                    if not alts:
                        self._warn(
                            f"{{cell}}：例子 {example!r} 的代码块 {block_name!r} "
                            f"有图片 {uri}，请用 :alt: 写上替代文字，几张图用 | 隔开"
                        )
                    alt = alts.pop(0) if alts else ""
                    cell += self._image(uri, alt, block.diagrams.get(uri))
        if alts:
            self._warn(f"{{cell}}：替代文字 {alts[0]!r} 没有对应的图片")
        return [cell]

    def _header(self, example):
        script = f"{examples.script_name(example)}.py"
        name = nodes.literal("", script)
        header = nodes.paragraph("", "", classes=["cell-source"])
        title = f"完整的例子 {script}"
        header += link_to_example(self.env.docname, example, title, name)
        if engine := self._engine(example):
            header += nodes.inline("", engine, classes=["cell-engine"])
        if note := self.options.get("note"):
            blocks = note.split()
            for unknown in [block for block in blocks if block not in NOTE_BLOCKS]:
                self._warn(f"{{cell}}：旧笔记没有代码块 {unknown!r}，它们是 B01–B38")
            label = nodes.inline("", "旧笔记 ", classes=["cell-note"])
            for index, block in enumerate(blocks):
                label += nodes.Text("、" if index else "")
                label += self._link_to_ledger(block)
            header += label
        return header

    def _link_to_ledger(self, block):
        return addnodes.pending_xref(
            "",
            nodes.inline("", block),
            refdomain="std",
            reftype="ref",
            refdoc=self.env.docname,
            reftarget=f"ledger-{block.lower()}",
            refexplicit=True,
            refwarn=False,
        )

    def _engine(self, example):
        """旧代码要写明是谁运行的。"""
        if example.endswith(examples.ON_KERAS_3):
            return "2020 年的代码，由 Keras 3 运行"
        script = examples.directories(self.config, self.env.srcdir)[0] / f"{example}.py"
        if script.is_file() and backends.is_legacy(script):
            return "2020 年的代码，由 Keras 2 运行"
        return None

    def _literal(self, text, language, css_class):
        literal = nodes.literal_block(
            text, text, language=language, classes=[css_class]
        )
        self.set_source_info(literal)
        return literal

    def _image(self, uri, alt, drawn):
        alts(self.env).setdefault(self.env.docname, {})[uri.lstrip("/")] = alt
        kind = {"uri": uri, "alt": alt, "classes": ["cell-image"]}
        if drawn:
            image = diagrams.diagram(drawn=drawn, docname=self.env.docname, **kind)
        else:
            image = nodes.image(**kind)
        self.set_source_info(image)
        if size := get_image_size(Path(self.env.srcdir) / uri.lstrip("/")):
            # 没有单位，就写成 img 的属性：图取来之前，浏览器先把位置留好
            image["width"], image["height"] = (
                str(pixels // examples.PIXEL_DENSITY) for pixels in size
            )
        image["loading"] = "lazy"  # 读到那里再取，网慢的读者先看到文字
        return image

    def _warn(self, message):
        logger.warning(
            message, location=self.get_location(), type="kerasguide", subtype="cell"
        )


def _shown(env) -> dict[str, set[tuple[str, str]]]:
    if not hasattr(env, "kerasguide_shown"):
        env.kerasguide_shown = {}
    return env.kerasguide_shown


def shown_on(env, docname) -> set[str]:
    """一页展示了哪些例子。"""
    return {example for example, _ in _shown(env).get(docname, ())}


def alts(env) -> dict[str, dict[str, str]]:
    if not hasattr(env, "kerasguide_alts"):
        env.kerasguide_alts = {}
    return env.kerasguide_alts


def _describe_gallery_images(app, doctree, docname):
    """例子自己的页面上，同一张图用同样的替代文字。"""
    if not docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"):
        return
    known = {
        uri: alt for on_page in alts(app.env).values() for uri, alt in on_page.items()
    }
    for image in doctree.findall(nodes.image):
        if alt := known.get(image["uri"].lstrip("/")):
            image["alt"] = alt


def _purge(app, env, docname):
    for kept in (_shown(env), alts(env)):
        kept.pop(docname, None)


def _merge(app, env, docnames, other):
    for kept in (_shown, alts):
        for docname in kept(other).keys() & docnames:
            kept(env)[docname] = kept(other)[docname]


def _check_all_shown(app, env):
    if not examples_run(app.config):
        if app.builder.format == "html":
            logger.warning(
                "plot_gallery=0：没有运行例子，页面上不会有它们的代码、输出和数字",
                type="kerasguide",
                subtype="cell",
            )
        return
    shown = set().union(*_shown(env).values())
    examples_dir, _ = examples.directories(app.config, app.srcdir)
    for name in examples.names(examples_dir):
        script = examples_dir / f"{name}.py"
        for block in examples.read_source(script)[0]:
            if (name, block.name) not in shown:
                logger.warning(
                    "例子 %s 的代码块 %r 没有出现在任何页面上：请用 {cell} 展示它，或者删掉它",
                    name,
                    block.name,
                    location=f"{script}:{block.line}",
                    type="kerasguide",
                    subtype="unshown",
                )
