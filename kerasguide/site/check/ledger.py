"""``{ledger}``：勘误与验证的表，旧笔记的每一段代码、每一条说法一行。

旧笔记说了什么，记在 ``docs/ledger.toml``；这次构建得到了什么，取自例子的运行。
凡是比较能够决定的结论都由这里算出，不能手写：

- 一段代码（``code``，一个 ``_2020`` 例子的若干块）由 Keras 2 和 Keras 3 各运行一遍。
  在 Keras 3 上报错，结论是“写法已变”；
- 一个数（``figures``）拿旧笔记的与两遍运行的比较。都相同，“仍然成立”；只有 Keras 3
  的不同，“写法已变”；两遍运行相同而旧笔记不同，“笔误”；
- 一条说法（编号以 C 开头）按它推出的值（``note``）与运行得到的比较，相同就“仍然成立”，
  不同就“说法有误”。

比较决定不了的，写明 ``verdict``，并用 ``proof`` 指出证据是哪个代码块、用 ``shows`` 写出
那里的输出必须含有的字样（证据是图片时不用写）。没有证据的行、与比较相矛盾的结论，
都让构建失败。
"""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from kerasguide import backends
from kerasguide.site.base import examples, note, tables
from kerasguide.site.base.warn import warn
from kerasguide.site.show import blocks, facts

HOLDS, CHANGED, BUG, TYPO, WRONG = VERDICTS = (
    "仍然成立",
    "写法已变",
    "当年的缺陷",
    "笔误",
    "说法有误",
)
_CSS_CLASSES = dict(
    zip(VERDICTS, ("holds", "changed", "bug", "typo", "wrong"), strict=True)
)


class LedgerError(Exception):
    """一行站不住脚。"""


@dataclasses.dataclass
class Figure:
    """旧笔记的一个值，和运行得到的；只有今天的一遍时，``then`` 是 ``None``。"""

    name: str
    note: str
    then: str | None
    now: str

    def same(self, value: str) -> bool:
        return _normal(self.note) == _normal(value)


def setup(app: Sphinx) -> None:
    app.add_directive("ledger", Ledger)


def judge(row: note.Row, figures: Sequence[Figure], errors: Sequence[str]) -> str:
    """由比较得出一行的结论；比较决定不了时用写明的 ``verdict``。

    Args:
        row: 数据文件里的一行。
        figures: 旧笔记的值和运行得到的值。
        errors: 旧代码在 Keras 3 上的报错，没有就是空的。

    Returns:
        str: :data:`VERDICTS` 之一。

    Raises:
        LedgerError: 没有证据，或者写明的结论与比较的结果矛盾。

    Examples:
        >>> row = note.Row("B22", "层", "说了什么", "guide/encoder", code="例子 块")
        >>> judge(row, [Figure("参数", "4335", "4624", "4,624")], [])
        '笔误'
        >>> judge(row, [Figure("参数", "50240", "50240", "50,240")], [])
        '仍然成立'
        >>> judge(row, [], ["ValueError: …"])
        '写法已变'
    """
    typed = row.verdict
    if typed and typed not in VERDICTS:
        raise LedgerError(f"没有 {typed!r} 这种结论，有的是：{'、'.join(VERDICTS)}")
    computed = _compare(row, figures, errors)
    if computed is None:
        if not typed:
            raise LedgerError("没有可以比较的代码和数，请写明 verdict 和 proof")
        if not row.proof:
            raise LedgerError("手写的结论要有证据：请写明 proof")
        return typed
    # 两遍运行一致、旧笔记不同：是抄错了，还是那个版本的缺陷，比较不出来
    if typed == BUG and computed == TYPO and row.proof:
        return BUG
    if typed:
        raise LedgerError(f"比较的结果是“{computed}”，不能手写 verdict：请删去它")
    return computed


def _compare(
    row: note.Row, figures: Sequence[Figure], errors: Sequence[str]
) -> str | None:
    if row.is_claim():
        if not figures:
            return None
        return HOLDS if all(figure.same(figure.now) for figure in figures) else WRONG
    if not figures and not row.code:
        return None
    changed = bool(errors)
    for figure in figures:
        if figure.then is not None and not figure.same(figure.then):
            if _normal(figure.then) == _normal(figure.now):
                return TYPO
            raise LedgerError(
                f"{figure.name}：旧笔记是 {figure.note}，Keras 2 是 {figure.then}，"
                f"Keras 3 是 {figure.now}，三者各不相同，请查明原因"
            )
        changed = changed or not figure.same(figure.now)
    return CHANGED if changed else HOLDS


def _normal(value: str) -> float | str:
    """50240、50,240 和 50240.0 是同一个数。"""
    try:
        return float(value.replace(",", ""))
    except ValueError:
        return value.strip()


class Ledger(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        if not examples.are_run(self.config):
            return []
        file = note.path(self.env)
        try:
            rows = note.load(file)
        except tables.TableError as error:
            self._warn(file, error)
            return []
        if missing := note.BLOCKS - {name for row in rows for name in row.names()}:
            self._warn(file, f"缺少旧笔记的代码块 {'、'.join(sorted(missing))}")
        table_rows, count = [], Counter[str]()
        for row in rows:
            try:
                verdict, table_row = self._row(row)
            except (LedgerError, examples.ExampleError) as error:
                self._warn(file, f"{row.id}：{error}", row.id)
                continue
            count[verdict] += 1
            table_rows.append(table_row)
        return [_filter(count), _table(table_rows)]

    def _row(self, row: note.Row) -> tuple[str, nodes.row]:
        example, *block_names = row.code.split() or [""]
        errors = []
        for name in block_names:
            blocks.load(self.env, example, name)  # 先要由 Keras 2 运行成功
            block = blocks.load(self.env, example + examples.ON_KERAS_3, name)
            if block.error:
                errors.append(block.output.splitlines()[-1])
        figures = [self._figure(noted) for noted in row.figures]
        verdict = judge(row, figures, errors)
        evidence = nodes.bullet_list(classes=["ledger-evidence"])
        for figure in figures:
            evidence += _item(_describe(row, figure))
        for name in block_names:
            evidence += _item(self._proof(example, name))
        for said in errors:
            evidence += _item(nodes.Text("Keras 3 报错："), nodes.literal("", said))
        if row.proof:
            evidence += self._shown(row)
        if row.measured:
            evidence += _item(nodes.Text(row.measured))
        if not len(evidence):
            raise LedgerError("没有证据")
        # 引用了值的代码块，也要链接过去
        for example, name in dict.fromkeys(
            (at[0], at[1]) for at in (noted["at"].split() for noted in row.figures)
        ):
            if name not in block_names:
                evidence += _item(self._proof(example, name))
        labels = [f"ledger-{name.lower()}" for name in row.names()]
        table_row = nodes.row(classes=[_CSS_CLASSES[verdict]], ids=labels)
        domain = self.env.domains.standard_domain
        for label in labels:  # {cell} 的 :note: 链接到这里
            domain.labels[label] = (self.env.docname, label, row.topic)
            domain.anonlabels[label] = (self.env.docname, label)
        page = addnodes.pending_xref(
            "",
            nodes.inline("", row.topic),
            refdomain="std",
            reftype="doc",
            refdoc=self.env.docname,
            reftarget=f"/{row.page}",
            refexplicit=True,
            refwarn=True,
        )
        for cell in (
            nodes.paragraph("", "、".join(row.names())),
            nodes.paragraph("", "", page),
            nodes.paragraph("", row.said),
            nodes.paragraph("", "", nodes.strong("", verdict)),
            evidence,
        ):
            table_row += nodes.entry("", cell)
        return verdict, table_row

    def _figure(self, noted: note.Noted) -> Figure:
        if len(words := noted["at"].split(maxsplit=2)) != 3:
            raise LedgerError(f"at 要写成“例子 代码块 值”，不能是 {noted['at']!r}")
        example, name, query = words
        values = [facts.look_up(blocks.load(self.env, example, name), query)]
        script = examples.directories(self.env)[0] / f"{example}.py"
        if backends.is_legacy(script):
            today = blocks.load(self.env, example + examples.ON_KERAS_3, name)
            values.append(facts.look_up(today, query))
        then = values[0] if len(values) == 2 else None
        return Figure(noted["name"], noted["note"], then, values[-1])

    def _proof(self, example: str, name: str) -> nodes.inline:
        child = nodes.literal("", f"{example}.py {name}")
        link = blocks.link(self.env.docname, example, f"代码块 {name}", child)
        return nodes.inline("", "", nodes.Text("证据："), link)

    def _shown(self, row: note.Row) -> nodes.list_item:
        if len(words := row.proof.split()) != 2:
            raise LedgerError(f"proof 要写成“例子 代码块”，不能是 {row.proof!r}")
        example, name = words
        block = blocks.load(self.env, example, name)
        proof = self._proof(example, name)
        if not row.shows:
            if not block.images:
                raise LedgerError(f"{row.proof} 没有画图，请用 shows 写明输出里的证据")
            return _item(proof, nodes.Text(f" 画了 {len(block.images)} 张图"))
        if row.shows not in block.output:
            raise LedgerError(
                f"{row.proof} 的输出里没有 {row.shows!r}。它的输出是：\n{block.output}"
            )
        return _item(proof, nodes.Text(" 打印了 "), nodes.literal("", row.shows))

    def _warn(self, file: Path, message: object, row_id: str = "") -> None:
        line = ":1"
        if row_id:
            before = file.read_text(encoding="utf-8").partition(f'id = "{row_id}"')[0]
            line = f":{before.count(chr(10)) + 1}"
        warn("ledger", "勘误表：%s", message, location=f"{file}{line}")


def _describe(row: note.Row, figure: Figure) -> nodes.Text:
    if row.is_claim():
        return nodes.Text(
            f"{figure.name}：照这个说法应是 {figure.note}，运行得到 {figure.now}"
        )
    if figure.then is None:
        runs = f"运行得到 {figure.now}"
    elif _normal(figure.then) == _normal(figure.now):
        runs = f"Keras 2 和 Keras 3 都是 {figure.now}"
    else:
        runs = f"Keras 2 是 {figure.then}，Keras 3 是 {figure.now}"
    return nodes.Text(f"{figure.name}：旧笔记 {figure.note}，{runs}")


def _item(*children: nodes.Node) -> nodes.list_item:
    return nodes.list_item("", nodes.paragraph("", "", *children))


def _filter(count: Counter[str]) -> nodes.raw:
    """按结论筛选：只用 CSS，不要脚本，离线也能用。"""
    choices = [("all", f"全部（{sum(count.values())}）")]
    choices += [
        (_CSS_CLASSES[verdict], f"{verdict}（{count[verdict]}）")
        for verdict in VERDICTS
        if count[verdict]
    ]
    checked = ' checked="checked"'  # 电子书要的写法
    buttons = "".join(
        f'<label><input type="radio" name="ledger-filter" value="{value}"'
        f"{checked if value == 'all' else ''} />{text}</label>"
        for value, text in choices
    )
    html = (
        '<fieldset class="ledger-filter"><legend>按结论筛选</legend>'
        f"{buttons}</fieldset>"
    )
    return nodes.raw("", html, format="html", classes=["generated"])


def _table(rows: Sequence[nodes.row]) -> nodes.table:
    table = nodes.table(classes=["ledger", "colwidths-given"])
    group = nodes.tgroup(cols=5)
    group += [nodes.colspec(colwidth=width) for width in (8, 13, 27, 12, 40)]
    head = nodes.row()
    for title in ("旧笔记", "讲解", "旧笔记说", "结论", "这次构建的证据"):
        head += nodes.entry("", nodes.paragraph("", title))
    group += nodes.thead("", head)
    group += nodes.tbody("", *rows)
    table += group
    return table
