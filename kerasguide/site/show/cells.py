"""``{cell}``：在页面上展示例子的代码块，连同它这次运行的输出和图片。

::

    ```{cell} basics/mnist_mlp define-model
    :note: B08 B09
    ```

第一个参数是例子，后面是一个或几个代码块，按次序展示。旧笔记的代码（用 tf-keras
的例子）运行了两遍：``note/mnist_mlp_2020`` 是 Keras 2 的，
``note/mnist_mlp_2020@keras3`` 是同样的代码在 Keras 3 上的。选项：

- ``show``：``code`` 只要代码，``output`` 只要输出（文字和图片），默认都要；
- ``note``：对应旧笔记的哪几段代码（B01–B38）；
- ``alt``：图片的替代文字，几张图之间用 ``|`` 隔开；有图就必须写；
- ``photo``：图里有照片，深色主题下不能反色。
"""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.images import get_image_size
from sphinx.util.typing import OptionSpec

from kerasguide import backends, marking, scripts
from kerasguide.site.base import examples, note, pages
from kerasguide.site.base.warn import warn
from kerasguide.site.show import blocks, diagrams

# 更长的行是句子，多半是报错：折起来，不用横着滚动
_LONG = 90


def setup(app: Sphinx) -> None:
    app.add_directive("cell", Cell)
    app.connect("env-check-consistency", _check_all_shown)
    # 早于 diagrams 换掉它的结点
    app.connect("doctree-resolved", _describe_gallery_images, priority=400)


class Cell(SphinxDirective):
    required_arguments = 2
    optional_arguments = 20
    option_spec: ClassVar[OptionSpec] = {
        "show": lambda argument: directives.choice(argument, ("code", "output")),
        "note": directives.unchanged_required,
        "alt": directives.unchanged_required,
        "photo": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        if not examples.are_run(self.config):
            return []
        example, *block_names = self.arguments
        alts = [
            alt.strip() for alt in self.options.get("alt", "").split("|") if alt.strip()
        ]
        is_whole = True
        cell = nodes.container(classes=["cell"])
        self.set_source_info(cell)
        cell += self._header(example)
        for block_name in block_names:
            # 先记下再去取：取不到时只报一次错，不再说它没有出现在页面上
            shown = (examples.script_name(example), block_name)
            self._page().shown.add(shown)
            try:
                block = blocks.load(self.env, example, block_name)
            except examples.ExampleError as error:
                blocks.warn_unusable("cell", "{cell}", error, self.get_location())
                self._page().broken.add(examples.script_name(example))
                is_whole = False
                continue
            if self.options.get("show") != "output":
                cell += self._literal(block.code, "python", "cell-code")
            if self.options.get("show") != "code":
                cell.extend(self._outcome(block, alts))
        if alts and is_whole:
            self._warn(f"{{{self.name}}}：替代文字 {alts[0]!r} 没有对应的图片")
        return [cell]

    def _outcome(self, block: examples.Block, alts: list[str]) -> Iterator[nodes.Node]:
        """一个代码块打印的、画的；用掉 ``alts`` 里的替代文字。"""
        if block.output:
            # 手机上要缩小，见 kerasguide.css
            more = ["summary"] if "Param #" in block.output else []
            widest = max(map(len, block.output.splitlines()))
            # Keras 2 的表格也宽
            if not more and widest > _LONG and "____" not in block.output:
                more = ["wraps"]
            yield self._literal(block.output, "none", "cell-output", *more)
        for uri in block.images:
            if not alts:
                self._warn(
                    f"{{{self.name}}}：例子 {self.arguments[0]!r} 的代码块 {block.name!r} "
                    f"有图片 {uri}，请用 :alt: 写上替代文字，几张图用 | 隔开"
                )
            alt = alts.pop(0) if alts else ""
            yield self._image(uri, alt, block.diagrams.get(uri))

    def _page(self) -> pages.Page:
        return pages.of(self.env, self.env.docname)

    def _header(self, example: str) -> nodes.paragraph:
        script = f"{examples.script_name(example)}.py"
        name = nodes.literal("", script)
        header = nodes.paragraph("", "", classes=["cell-source"])
        title = f"完整的例子 {script}"
        header += blocks.link(self.env.docname, example, title, name)
        if engine := self._engine(example):
            header += nodes.inline("", engine, classes=["cell-engine"])
        if names := self.options.get("note", "").split():
            for unknown in [name for name in names if name not in note.BLOCKS]:
                self._warn(f"{{cell}}：旧笔记没有代码块 {unknown!r}，它们是 B01–B38")
            label = nodes.inline("", "旧笔记 ", classes=["cell-note"])
            for index, block in enumerate(names):
                label += nodes.Text("、" if index else "")
                label += self._link_to_ledger(block)
            header += label
        return header

    def _link_to_ledger(self, block: str) -> addnodes.pending_xref:
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

    def _engine(self, example: str) -> str | None:
        """旧代码要写明是谁运行的。"""
        if example.endswith(examples.ON_KERAS_3):
            return "2020 年的代码，由 Keras 3 运行"
        script = examples.directories(self.env)[0] / f"{example}.py"
        if script.is_file() and backends.is_legacy(script):
            return "2020 年的代码，由 Keras 2 运行"
        return None

    def _literal(self, text: str, language: str, *css_classes: str) -> nodes.Node:
        literal = nodes.literal_block(
            text, text, language=language, classes=[*css_classes]
        )
        self.set_source_info(literal)
        return literal

    def _image(self, uri: str, alt: str, drawn: examples.Drawn | None) -> nodes.image:
        self._page().alts[uri.lstrip("/")] = alt
        image = nodes.image(uri=uri, alt=alt, classes=["cell-image"])
        if "photo" in self.options:
            image["classes"].append("photo")
            self._page().photos.add(uri.lstrip("/"))
        if drawn:
            image = diagrams.diagram(**image.attributes)
            image["drawn"], image["docname"] = drawn, self.env.docname
        self.set_source_info(image)
        if size := get_image_size(Path(self.env.srcdir) / uri.lstrip("/")):
            # 没有单位，就写成 img 的属性：图取来之前，浏览器先把位置留好
            image["width"], image["height"] = (
                str(pixels // examples.PIXEL_DENSITY) for pixels in size
            )
        image["loading"] = "lazy"  # 读到那里再取，网慢的读者先看到文字
        return image

    def _warn(self, message: str) -> None:
        warn("cell", message, location=self.get_location())


def _describe_gallery_images(
    app: Sphinx, doctree: nodes.document, docname: str
) -> None:
    """例子自己的页面上，同一张图用同样的替代文字，照片也是照片。"""
    if not docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"):
        return
    every = pages.every(app.env).values()
    known = {uri: alt for page in every for uri, alt in page.alts.items()}
    photos = {uri for page in every for uri in page.photos}
    for image in doctree.findall(nodes.image):
        uri = image["uri"].lstrip("/")
        if alt := known.get(uri):
            image["alt"] = alt
        if uri in photos:
            image["classes"].append("photo")


def _check_all_shown(app: Sphinx, env: BuildEnvironment) -> None:
    if not examples.are_run(app.config):
        if app.builder.format == "html":
            warn(
                "cell",
                "plot_gallery=0：没有运行例子，页面上不会有它们的代码、输出和数字",
            )
        return
    every = pages.every(env).values()
    shown = {one for page in every for one in page.shown}
    broken = {name for page in every for name in page.broken}
    examples_dir, _ = examples.directories(app)
    for name in scripts.names(examples_dir):
        script = examples_dir / f"{name}.py"
        wanted = {block.name for block in examples.read_source(script)[0]}
        if marking.is_exercises(script):  # 准备用的代码块不必展示
            wanted &= {*marking.questions(script.read_text(encoding="utf-8"))}
        for block in examples.read_source(script)[0]:
            if block.name not in wanted:
                continue
            if (name, block.name) not in shown and name not in broken:
                warn(
                    "unshown",
                    "例子 %s 的代码块 %r 没有出现在任何页面上："
                    "请用 {cell}（练习用 {exercise}）展示它，或者删掉它",
                    name,
                    block.name,
                    location=f"{script}:{block.line}",
                )
