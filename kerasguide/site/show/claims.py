"""``{claim}``：一句话的依据，是一个代码块，里面的 ``assert`` 说这句话成立。

::

    `.weights.h5` 里也有优化器的状态{claim}`basics/save_load weights-keep-optimizer`。
    截断过的概率又归一化了一次{claim}`basics/mnist_mlp clipped tensorflow`。

写在句子里，句号之前。前两个词是例子和代码块；这句话只在某些后端上成立，就在后面写出
它们的名字，代码块里用 ``keras.backend.backend()`` 区分。用作依据的代码块不必再用
``{cell}`` 展示。

读者看到一个小小的 ✓，点开是代码、它打印的、它在哪些后端上运行过；它们都在页面末尾，
没有脚本时，✓ 就是到那里的链接。页面末尾还数出这一页有多少个运行得到的数、多少个小例子。
"""

import ast
import contextlib
from collections.abc import Iterable, Iterator, Sequence

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxRole

from kerasguide import backends, matrix
from kerasguide.site.base import examples, measured, pages, sentences, tree
from kerasguide.site.base.warn import warn
from kerasguide.site.show import blocks


def setup(app: Sphinx) -> None:
    app.add_role("claim", Claim())
    app.connect("doctree-read", _add_grounds, priority=800)


class Claim(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if not examples.are_run(self.config):
            return [], []
        example, _, rest = self.text.partition(" ")
        block, *only = rest.split() or [""]
        if not block or not set(only) < backends.TITLES.keys():
            warn(
                "claim",
                "{claim}`%s`：要写成 例子 代码块，后面可以有后端：%s，不能三个都写",
                self.text,
                "、".join(backends.TITLES),
                location=self.get_location(),
            )
            return [], []
        page = pages.of(self.env, self.env.docname)
        page.shown.add((examples.script_name(example), block))
        # 早早取一次：例子变了，这一页要重读；取不到，等知道了是哪一句再说
        with contextlib.suppress(examples.ExampleError):
            blocks.load(self.env, example, block)
        mark = nodes.reference("", "✓", internal=True, classes=["claim"])
        names = "、".join(backends.TITLES[name] for name in only)
        if names:
            mark += nodes.inline("", f" {names}", classes=["claim-only"])
        mark += nodes.inline("", "（依据）", classes=["visually-hidden"])
        mark["proof"] = (example, block, only)
        mark["location"] = self.get_location()
        return [mark], []


def problem(code: str, only: Sequence[str] = ()) -> str | None:
    r"""一个代码块为什么不能当依据；能，就是 ``None``。

    要有一个 ``assert``，总会运行到，而且有可能不成立。

    Args:
        code: 代码块。
        only: 这句话只在这些后端上成立，``assert`` 因此写在 ``if`` 里；没有，就在各个后端上
            都成立。

    Examples:
        >>> problem("assert model.built")
        >>> problem("print(1)")
        '没有 assert'
        >>> problem("if x:\n    assert model.built")
        'assert 都写在 if、except 或者函数里，不一定运行到'
        >>> problem("assert True")
        '第 1 行的 assert 不会失败'
        >>> code = "if keras.backend.backend() == 'jax':\n    assert model.built"
        >>> problem(code, ["jax"]), problem(code, ["jax", "torch"])
        (None, '在 PyTorch 上，没有一个 assert 一定运行到')
    """
    parsed = ast.parse(code)
    every = [node for node in ast.walk(parsed) if isinstance(node, ast.Assert)]
    if not every:
        return "没有 assert"
    for node in every:
        if _cannot_fail(node.test):
            return f"第 {node.lineno} 行的 assert 不会失败"
    chooses = any(
        isinstance(node, ast.If) and "backend()" in ast.unparse(node.test)
        for node in ast.walk(parsed)
    )
    if chooses and not only:
        return "它只用于某些后端，{claim} 里却没有写是哪些"
    if only and not chooses:
        return "{claim} 里写了后端，代码里却没有 if keras.backend.backend() …"
    for backend in only or [""]:
        reached = _reached(parsed.body, backend)
        if not any(isinstance(one, ast.Assert) for one in reached):
            if backend:
                return f"在 {backends.TITLES[backend]} 上，没有一个 assert 一定运行到"
            return "assert 都写在 if、except 或者函数里，不一定运行到"
    return None


def _cannot_fail(test: ast.expr) -> bool:
    if isinstance(test, ast.Constant | ast.Tuple | ast.JoinedStr):
        return True
    if isinstance(test, ast.Compare):
        sides = [test.left, *test.comparators]
        if len({ast.dump(side) for side in sides}) == 1:
            return True
        return all(isinstance(side, ast.Constant) for side in sides)
    return False


def _reached(body: Iterable[ast.stmt], backend: str) -> Iterator[ast.stmt]:
    """总会运行到的语句；说了后端，看后端的 ``if`` 里的也算。"""
    for node in body:
        yield node
        match node:
            case ast.With() | ast.For():
                yield from _reached(node.body, backend)
            case ast.Try():
                # 没有出错就 raise，except 里的才一定运行到
                if any(isinstance(end, ast.Raise) for end in node.orelse):
                    for handler in node.handlers:
                        yield from _reached(handler.body, backend)
                yield from _reached(node.finalbody, backend)
            case ast.If() if backend:
                taken = _is_taken(node.test, backend)
                if taken is not None:
                    yield from _reached(node.body if taken else node.orelse, backend)


def _is_taken(test: ast.expr, backend: str) -> bool | None:
    """``if keras.backend.backend() in (…)`` 走不走这一边；说的是别的，就不知道。"""
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]) if ast.unparse(
            left
        ) in ("keras.backend.backend()", "keras.config.backend()"):
            try:
                named = ast.literal_eval(right)
            except ValueError:
                return None
            match operator:
                case ast.Eq():
                    return bool(backend == named)
                case ast.NotEq():
                    return bool(backend != named)
                case ast.In():
                    return backend in named
                case ast.NotIn():
                    return backend not in named
    return None


def _add_grounds(app: Sphinx, doctree: nodes.document) -> None:
    """页面末尾：每句话的依据，这一页的数和小例子。"""
    marks = [node for node in doctree.findall(nodes.reference) if "proof" in node]
    said = {
        mark: sentence.text
        for block in tree.written(doctree)
        for sentence in sentences.split(block)
        for mark in sentence.inside(nodes.reference)
        if "proof" in mark
    }
    proofs = nodes.enumerated_list(enumtype="arabic", suffix=".", classes=["claims"])
    for number, mark in enumerate(marks, 1):
        mark["refid"], name = f"claim-{number}", f"claim-mark-{number}"
        mark["ids"].append(name)
        proofs += _proof(app.env, mark, said.get(mark, ""))
        del mark["proof"], mark["location"]
    facts, doctests = nodes.bullet_list(), nodes.bullet_list()
    if app.env.docname.startswith("guide/"):
        facts.extend(_facts(doctree))
        doctests.extend(_doctests(doctree))
    grounds = nodes.container(classes=["grounds", "generated"])
    for title, listed in (
        ("句话有依据", proofs),
        ("个数来自运行", facts),
        ("个小例子", doctests),
    ):
        if len(listed):
            opening = f"<details><summary>{len(listed)} {title}</summary>"
            grounds += nodes.raw("", opening, format="html")
            grounds += listed
            grounds += nodes.raw("", "</details>", format="html")
    if len(grounds):
        next(doctree.findall(nodes.section), doctree).append(grounds)


def _proof(
    env: BuildEnvironment, mark: nodes.reference, sentence: str
) -> nodes.list_item:
    example, name, only = mark["proof"]
    back = nodes.reference(
        "", "回到这句话", internal=True, refid=mark["ids"][0], classes=["claim-back"]
    )
    said = nodes.paragraph("", f"{sentence} ", back, classes=["claim-said"])
    item = nodes.list_item("", said, ids=[mark["refid"]])
    try:
        block = blocks.load(env, example, name)
        why = problem(block.code, only)
    except examples.ExampleError as error:
        why = str(error)
        if isinstance(error, examples.ExampleFailed) and error.block == name:
            why = f"“{sentence}” 没有通过：{why}"
    if why:
        message = "{claim}`%s %s`：%s"
        warn("claim", message, example, name, why, location=mark["location"])
        pages.of(env, env.docname).broken.add(examples.script_name(example))
        return item
    source = nodes.literal("", f"{examples.script_name(example)}.py {name}")
    title = f"例子 {example}"
    item += nodes.paragraph("", "", blocks.link(env.docname, example, title, source))
    item += nodes.literal_block(block.code, block.code, language="python")
    if block.output:
        item += nodes.literal_block(block.output, block.output, language="none")
    item += nodes.paragraph("", _where_run(env, example, only), classes=["claim-run"])
    return item


def _where_run(env: BuildEnvironment, example: str, only: Sequence[str]) -> str:
    """由谁检验的：这次构建，和记录里别的后端；只看这句话说到的后端。"""
    examples_dir, gallery_dir = examples.directories(env)
    script = examples_dir / f"{examples.script_name(example)}.py"
    ran = examples.read_record(gallery_dir / script.relative_to(examples_dir))
    engine = ran["made"]["engine"]
    said = f"这次构建由 {engine} 运行"
    if only and not any(f"后端 {name} " in engine for name in only):
        said += "，没有检验到这句话"
    said += "。"
    record = measured.records(env.srcdir) / "matrix.json"
    env.note_dependency(str(record))
    try:
        cells = matrix.load(record).get(examples.script_name(example), {})
    except matrix.RecordError:  # {matrix} 会报告
        cells = {}
    pinned = measured.pinned_versions(env.srcdir)
    for backend, cell in cells.items():
        if f"后端 {backend} " in engine or (only and backend not in only):
            continue
        if cell["status"] == "passed":
            old = measured.why_old(cell, script, pinned)
            version = f"{backends.TITLES[backend]} {cell['versions'][backend]}"
            said += f"{version} 上也运行过，{cell['date']}"
            said += f"（旧：{'；'.join(old)}）。" if old else "。"
    return said


def _facts(doctree: nodes.document) -> Iterator[nodes.list_item]:
    """每个 ``{fact}`` 一项：数，和它从哪个代码块来。"""
    for fact in doctree.findall(nodes.inline):
        link = fact.parent
        if fact["classes"] == ["fact"] and isinstance(link, addnodes.pending_xref):
            copied = link.deepcopy()
            source = nodes.Text(f"：{link['reftitle']}")
            yield nodes.list_item("", nodes.paragraph("", "", copied, source))


def _doctests(doctree: nodes.document) -> Iterator[nodes.list_item]:
    """每个 ``{doctest}`` 一项：第一行代码，链接到那里。"""
    for block in doctree.findall(nodes.literal_block):
        if block.get("testnodetype") != "doctest":
            continue
        name = nodes.make_id(f"doctest-{block.line}")
        block["ids"].append(name)
        first = nodes.literal("", block.astext().splitlines()[0].removeprefix(">>> "))
        link = nodes.reference("", "", first, internal=True, refid=name)
        yield nodes.list_item("", nodes.paragraph("", "", link))
