"""``{exercise}``：一道练习：题目、填空、提示，点开才看得到的答案和它真的打印的。

::

    ```{exercise} basics/sequential_exercises count-dense
    ```

两个词是练习脚本和题目；脚本的写法见 :mod:`kerasguide.marking`。答案是一个数、形状或选项的，
页面上有填空，该填什么、常见的错，都是检查这次运行时知道的；没有检查的，是实验，点开看
结果。选项 ``alt``、``photo`` 与 ``{cell}`` 的相同。

一节练习的末尾，给出没有答案的脚本和笔记本，由 :mod:`kerasguide.site.write.handouts` 写出。
"""

import ast
import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.typing import OptionSpec

from kerasguide import marking
from kerasguide.site.base import examples
from kerasguide.site.show import blocks, cells

#: 没有答案的脚本放在练习旁边的这个文件夹里
HANDOUTS = "handouts"


def setup(app: Sphinx) -> None:
    app.add_directive("exercise", Exercise)
    # 早于收集下载文件的（500）
    app.connect("doctree-read", _add_downloads, priority=400)


class Exercise(cells.Cell):
    optional_arguments = 0
    option_spec: ClassVar[OptionSpec] = {
        "alt": directives.unchanged_required,
        "photo": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        if not examples.are_run(self.config):
            return []
        script, name = self.arguments
        page = self._page()
        page.shown.add((script, name))
        try:
            answer = blocks.load(self.env, script, name)
            path = examples.directories(self.env)[0] / f"{script}.py"
            text = path.read_text(encoding="utf-8")
            check = None
            if name in marking.questions(text):
                check = blocks.load(self.env, script, f"{name}{marking.CHECK}")
        except examples.ExampleError as error:
            blocks.warn_unusable("exercise", "{exercise}", error, self.get_location())
            page.broken.add(script)
            return []
        page.exercises.append((script, name))
        part = marking.parts(text)[name]
        exercise = nodes.container(
            classes=["exercise"], ids=[f"exercise-{name}"], script=script
        )
        self.set_source_info(exercise)
        title = "练习" if check else "实验"
        number = nodes.paragraph(
            "", f"{title} {len(page.exercises)}", classes=["exercise-title"]
        )
        exercise += number
        exercise.extend(self.parse_text_to_nodes(part.task))
        question = check and next((mark["question"] for mark in check.marks), None)
        if check:
            stub = marking.parts(marking.without_answer(text, name))[name].code
            # 有填空的，答案不用写成代码；题目给出的代码要看得到
            if not question or len(ast.parse(stub).body) > 1:
                exercise += self._literal(stub, "python", "cell-code")
        if question:
            exercise += _field(question, part.options)
        for count, hint in enumerate(part.hints, 1):
            label = f"提示 {count}" if len(part.hints) > 1 else "提示"
            exercise.extend(_folded(label, self.parse_text_to_nodes(hint)))
        exercise.extend(_folded("答案" if check else "结果", self._answer(answer)))
        if check:
            checked = [self._literal(check.code, "python", "cell-code")]
            exercise.extend(_folded("怎样检查", checked))
        return [exercise]

    def _answer(self, block: examples.Block) -> Iterator[nodes.Node]:
        alts = [
            alt.strip() for alt in self.options.get("alt", "").split("|") if alt.strip()
        ]
        yield self._literal(block.code, "python", "cell-code")
        yield from self._outcome(block, alts)
        if alts:
            self._warn(f"{{exercise}}：替代文字 {alts[0]!r} 没有对应的图片")


def _folded(label: str, inside: Iterable[nodes.Node]) -> list[nodes.Node]:
    """点开才看得到的；书里没有可点的，就接着往下写。"""
    return [
        nodes.raw("", f"<details><summary>{label}</summary>", format="html"),
        *inside,
        nodes.raw("", "</details>", format="html"),
    ]


def _field(question: dict[str, object], options: dict[str, str]) -> nodes.raw:
    """填空：由 ``exercises.js`` 画出，没有脚本就没有它。"""
    known = json.dumps({**question, "options": options}, ensure_ascii=False)
    return nodes.raw(
        "",
        f'<div class="exercise-field" data-question="{escape(known)}"></div>',
        format="html",
    )


def _add_downloads(app: Sphinx, doctree: nodes.document) -> None:
    every = [node for node in doctree.findall(nodes.container) if "script" in node]
    last = {node["script"]: node for node in every}
    for node in every:
        script = node.attributes.pop("script")
        if node is last[script]:
            where = node.parent.index(node) + 1
            node.parent.insert(where, _downloads(app, script))


def _downloads(app: Sphinx, script: str) -> nodes.paragraph:
    gallery = app.config.sphinx_gallery_conf["gallery_dirs"]
    folder = Path(gallery, script).parent / HANDOUTS
    said = nodes.paragraph("", "在自己的电脑上做：", classes=["exercise-files"])
    for number, (suffix, kind) in enumerate((("py", "脚本"), ("ipynb", "笔记本"))):
        file = folder / f"{Path(script).name}.{suffix}"
        link = addnodes.download_reference(
            "",
            "",
            nodes.literal("", file.name),
            reftarget=f"/{file.as_posix()}",
            refdoc=app.env.docname,
        )
        said += [nodes.Text(f"{'、' if number else ''}{kind} "), link]
    said += [
        nodes.Text("，里面没有答案。填好了运行它，或者运行 "),
        nodes.literal("", f"python -m kerasguide check {Path(script).name}.py"),
        nodes.Text("，它说哪几道对了。"),
    ]
    return said
