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
import functools
import tomllib
from collections import Counter
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from kerasguide import backends
from kerasguide.site import examples, facts
from kerasguide.site.cells import (
    NOTE_BLOCKS,
    examples_run,
    link_to_example,
    load_block,
)

logger = logging.getLogger(__name__)

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
_KNOWN_KEYS = {
    "id",
    "topic",
    "said",
    "page",
    "code",
    "figures",
    "verdict",
    "proof",
    "shows",
    "measured",
}


class LedgerError(Exception):
    """数据文件里的一行有毛病。"""


@dataclasses.dataclass
class Figure:
    """旧笔记的一个值，和运行得到的；只有今天的一遍时，``then`` 是 ``None``。"""

    name: str
    note: str
    then: str | None
    now: str

    def same(self, value: str) -> bool:
        return _normal(self.note) == _normal(value)


def setup(app):
    app.add_directive("ledger", Ledger)


def path(srcdir) -> Path:
    return Path(srcdir) / "ledger.toml"


def load(file: Path) -> list[dict]:
    """读数据文件；没有这个文件就是空的。

    Raises:
        LedgerError: 不是合法的 TOML，或者有不认识的键、缺少的键、重复的编号。
    """
    if not file.is_file():
        return []
    return _load(file, file.stat().st_mtime_ns)


@functools.lru_cache(maxsize=1)
def _load(file, mtime):
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8")).get("row", [])
    except tomllib.TOMLDecodeError as error:
        raise LedgerError(f"{file.name} 不是合法的 TOML：{error}") from error
    for row in rows:
        name = row.get("id", "（没有编号的一行）")
        if unknown := row.keys() - _KNOWN_KEYS:
            raise LedgerError(f"{name}：不认识的键 {'、'.join(sorted(unknown))}")
        if missing := {"id", "topic", "said", "page"} - row.keys():
            raise LedgerError(f"{name}：缺少 {'、'.join(sorted(missing))}")
    for name, count in Counter(name for row in rows for name in _ids(row)).items():
        if count > 1:
            raise LedgerError(f"{name} 出现了 {count} 次，每段代码、每条说法只有一行")
    return rows


def numbers_of_the_note(app) -> set[float]:
    """旧笔记里有过的数，以及另外测得、记在数据文件里的数。"""
    from kerasguide.site.numbers import in_code

    file = path(app.srcdir)
    try:
        rows = load(file)
    except LedgerError:  # {ledger} 会报告
        return set()
    texts = [row["said"] + row.get("measured", "") for row in rows]
    texts += [figure["note"] for row in rows for figure in row.get("figures", [])]
    return set().union(*map(in_code, texts))


def judge(row: dict, figures: list[Figure], errors: list[str]) -> str:
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
        >>> judge({"id": "B22"}, [Figure("参数", "4335", "4624", "4,624")], [])
        '笔误'
        >>> judge({"id": "B09"}, [Figure("参数", "50240", "50240", "50,240")], [])
        '仍然成立'
        >>> judge({"id": "B16", "code": "…"}, [], ["ValueError: …"])
        '写法已变'
    """
    typed = row.get("verdict")
    if typed is not None and typed not in VERDICTS:
        raise LedgerError(f"没有 {typed!r} 这种结论，有的是：{'、'.join(VERDICTS)}")
    computed = _compare(row, figures, errors)
    if computed is None:
        if typed is None:
            raise LedgerError("没有可以比较的代码和数，请写明 verdict 和 proof")
        if "proof" not in row:
            raise LedgerError("手写的结论要有证据：请写明 proof")
        return typed
    # 两遍运行一致、旧笔记不同：是抄错了，还是那个版本的缺陷，比较不出来
    if typed == BUG and computed == TYPO and "proof" in row:
        return BUG
    if typed is not None:
        raise LedgerError(f"比较的结果是“{computed}”，不能手写 verdict：请删去它")
    return computed


def _compare(row, figures, errors):
    if _is_claim(row):
        if not figures:
            return None
        return HOLDS if all(figure.same(figure.now) for figure in figures) else WRONG
    if not figures and "code" not in row:
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


def _is_claim(row):
    return row["id"].startswith("C")


def _normal(value: str):
    """50240、50,240 和 50240.0 是同一个数。"""
    try:
        return float(value.replace(",", ""))
    except ValueError:
        return value.strip()


def _ids(row) -> list[str]:
    """``B08 B09`` 一行管两段代码。"""
    return row["id"].split()


class Ledger(SphinxDirective):
    def run(self):
        if not examples_run(self.config):
            return []
        file = path(self.env.srcdir)
        try:
            rows = load(file)
        except LedgerError as error:
            self._warn(file, error)
            return []
        if missing := NOTE_BLOCKS - {name for row in rows for name in _ids(row)}:
            self._warn(file, f"缺少旧笔记的代码块 {'、'.join(sorted(missing))}")
        table_rows, count = [], Counter()
        for row in rows:
            try:
                verdict, table_row = self._row(row)
            except (LedgerError, examples.ExampleError) as error:
                self._warn(file, f"{row['id']}：{error}", row["id"])
                continue
            count[verdict] += 1
            table_rows.append(table_row)
        return [_filter(count), _table(table_rows)]

    def _row(self, row):
        example, *block_names = row["code"].split() if "code" in row else [""]
        errors = []
        for name in block_names:
            load_block(self.env, example, name)  # 先要由 Keras 2 运行成功
            block = load_block(self.env, example + examples.ON_KERAS_3, name)
            if block.error:
                errors.append(block.output.splitlines()[-1])
        figures = [self._figure(figure) for figure in row.get("figures", [])]
        verdict = judge(row, figures, errors)
        evidence = nodes.bullet_list(classes=["ledger-evidence"])
        for figure in figures:
            evidence += _item(_describe(row, figure))
        for name in block_names:
            evidence += self._proof(example, name)
        for error in errors:
            evidence += _item(nodes.Text("Keras 3 报错："), nodes.literal("", error))
        if "proof" in row:
            evidence += self._shown(row)
        if "measured" in row:
            evidence += _item(nodes.Text(row["measured"]))
        if not len(evidence):
            raise LedgerError("没有证据")
        # 引用了值的代码块，也要链接过去
        for example, name in dict.fromkeys(
            tuple(figure["at"].split()[:2]) for figure in row.get("figures", [])
        ):
            if name not in block_names:
                evidence += self._proof(example, name)
        labels = [f"ledger-{name.lower()}" for name in _ids(row)]
        table_row = nodes.row(classes=[_CSS_CLASSES[verdict]], ids=labels)
        domain = self.env.domains.standard_domain
        for label in labels:  # {cell} 的 :note: 链接到这里
            domain.labels[label] = (self.env.docname, label, row["topic"])
            domain.anonlabels[label] = (self.env.docname, label)
        page = addnodes.pending_xref(
            "",
            nodes.inline("", row["topic"]),
            refdomain="std",
            reftype="doc",
            refdoc=self.env.docname,
            reftarget=f"/{row['page']}",
            refexplicit=True,
            refwarn=True,
        )
        for cell in (
            nodes.paragraph("", "、".join(_ids(row))),
            nodes.paragraph("", "", page),
            nodes.paragraph("", row["said"]),
            nodes.paragraph("", "", nodes.strong("", verdict)),
            evidence,
        ):
            table_row += nodes.entry("", cell)
        return verdict, table_row

    def _figure(self, figure) -> Figure:
        example, name, query = figure["at"].split(maxsplit=2)
        values = [facts.look_up(load_block(self.env, example, name), query)]
        script = examples.directories(self.config, self.env.srcdir)[0] / f"{example}.py"
        if backends.is_legacy(script):
            today = load_block(self.env, example + examples.ON_KERAS_3, name)
            values.append(facts.look_up(today, query))
        then = values[0] if len(values) == 2 else None
        return Figure(figure["name"], figure["note"], then, values[-1])

    def _proof(self, example, name):
        child = nodes.literal("", f"{example}.py {name}")
        link = link_to_example(self.env.docname, example, f"代码块 {name}", child)
        return _item(nodes.Text("证据："), link)

    def _shown(self, row):
        example, name = row["proof"].split()
        block = load_block(self.env, example, name)
        item = self._proof(example, name)
        if "shows" not in row:
            if not block.images:
                raise LedgerError(
                    f"{row['proof']} 没有画图，请用 shows 写明输出里的证据"
                )
            item[0] += nodes.Text(f" 画了 {len(block.images)} 张图")
            return item
        if row["shows"] not in block.output:
            raise LedgerError(
                f"{row['proof']} 的输出里没有 {row['shows']!r}。它的输出是：\n{block.output}"
            )
        item[0] += nodes.Text(" 打印了 ")
        item[0] += nodes.literal("", row["shows"])
        return item

    def _warn(self, file, message, row_id=None):
        line = ""
        if row_id is not None:
            before = file.read_text(encoding="utf-8").partition(f'id = "{row_id}"')[0]
            line = f":{before.count(chr(10)) + 1}"
        logger.warning(
            "勘误表：%s",
            message,
            location=f"{file}{line}",
            type="kerasguide",
            subtype="ledger",
        )


def _describe(row, figure: Figure):
    if _is_claim(row):
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


def _item(*children):
    return nodes.list_item("", nodes.paragraph("", "", *children))


def _filter(count):
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
    return nodes.raw("", html, format="html")


def _table(rows):
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
