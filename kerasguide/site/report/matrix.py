"""``{matrix}``：后端对照，页面上的每个数都取自 ``nox -s matrix`` 写下的记录。

::

    ```{matrix} table
    ```

第一个词说要哪一样：

- ``table``：例子 × 后端的表，和表里各格的测量条件；
- ``versions``：记录里测试过的版本；
- ``gpu``：``docs/records/gpu`` 里每份记录一张表；
- ``prints 例子 代码块``：同一块代码，别的后端打印的与 TensorFlow 有什么不同。

记录是以前量的，这次构建不量。什么时候算旧，只看记录和源码：例子的脚本改过，
或者记录里的版本与 ``docs/constraints.txt`` 的不同，就标上“旧”和原因。
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from kerasguide import backends, matrix, scripts
from kerasguide.site.base import examples, measured
from kerasguide.site.base.warn import warn
from kerasguide.site.show import blocks

_STATUSES = {"passed": "通过", "failed": "失败", "skipped": "不运行"}
_GPU_KEYS = {
    *("date", "machine", "backend", "device", "versions", "environment", "checks")
}


def setup(app: Sphinx) -> None:
    app.add_directive("matrix", Matrix)


class Matrix(SphinxDirective):
    required_arguments = 1
    optional_arguments = 2

    def run(self) -> list[nodes.Node]:
        kind, *arguments = self.arguments
        makers: dict[str, Callable[..., list[nodes.Node]]] = {
            "table": self._cells_table,
            "versions": self._versions,
            "gpu": self._gpu,
            "prints": self._prints,
        }
        if kind not in makers or len(arguments) != (2 if kind == "prints" else 0):
            self._warn(
                "{matrix}：要写成 table、versions、gpu，或者 prints 例子 代码块，"
                f"不认识 {' '.join(self.arguments)!r}"
            )
            return []
        self.examples = examples.directories(self.env)[0]
        return makers[kind](*arguments)

    def _cells(self) -> dict[str, dict[str, dict[str, Any]]]:
        file = measured.records(self.env.srcdir) / "matrix.json"
        try:
            return matrix.load(file)
        except matrix.RecordError as error:
            self._warn_of(file, error, "nox -s matrix")
            return {}

    def _cells_table(self) -> list[nodes.Node]:
        cells = self._cells()
        # 多了、少了例子，这一页要重读：Sphinx 对用通配符的目录就是这样
        self.env.glob_toctrees.add(self.env.docname)
        pinned = measured.pinned_versions(self.env.srcdir)
        numbers: dict[str, int] = {}
        for text in sorted(
            _conditions(cell)
            for row in cells.values()
            for cell in row.values()
            if cell["status"] != "skipped"
        ):
            numbers.setdefault(text, len(numbers) + 1)
        rows = []
        for name in scripts.names(self.examples):
            script = self.examples / f"{name}.py"
            self.env.note_dependency(str(script))
            label = nodes.literal("", name)
            link = blocks.link(self.env.docname, name, f"例子 {name}", label)
            entries: list[list[nodes.Node]] = [[nodes.paragraph("", "", link)]]
            for backend in backends.TITLES:
                cell = cells.get(name, {}).get(backend)
                entries.append(self._cell(script, backend, cell, numbers, pinned))
            rows.append(_row(entries))
        conditions = nodes.enumerated_list(enumtype="arabic", suffix=".")
        for text, number in numbers.items():
            item = nodes.list_item("", nodes.paragraph("", text))
            item["ids"].append(f"matrix-{number}")
            conditions += item
        head = ["例子", *backends.TITLES.values()]
        table = _table(head, rows, "matrix-cells", (19, 25, 28, 28))
        return [_wrapped(table, *([conditions] if numbers else []))]

    def _cell(
        self,
        script: Path,
        backend: str,
        cell: Mapping[str, Any] | None,
        numbers: Mapping[str, int],
        pinned: Mapping[str, str],
    ) -> list[nodes.Node]:
        only = backends.only_on(script)
        if only and only[0] != backend:
            text = f"不运行：只用于 {backends.TITLES[only[0]]}，{only[1]}"
            return [nodes.paragraph("", text, classes=["matrix-skipped"])]
        if cell is None or cell["status"] == "skipped":
            return [nodes.paragraph("", "没有测", classes=["matrix-skipped"])]
        status = nodes.paragraph("", classes=[f"matrix-{cell['status']}"])
        status += nodes.strong("", _STATUSES[cell["status"]])
        number = numbers[_conditions(cell)]
        status += nodes.Text(f" {cell['date']} ")
        status += nodes.reference(
            "",
            f"[{number}]",
            refid=f"matrix-{number}",
            internal=True,
            reftitle=_conditions(cell),
        )
        lines: list[nodes.Node] = [status]
        if cell["status"] == "failed":
            lines.append(nodes.paragraph("", cell["reason"]))
        else:
            lines += [nodes.paragraph("", text) for text in _figures(cell)]
        if reasons := measured.why_old(cell, script, pinned):
            old = nodes.paragraph("", classes=["matrix-old"])
            old += nodes.strong("", "旧")
            old += nodes.Text("：" + "；".join(reasons))
            lines.insert(0, old)
        return lines

    def _versions(self) -> list[nodes.Node]:
        rows = [
            _row(
                [
                    [nodes.paragraph("", text)]
                    for text in (
                        f"{backends.TITLES[row['backend']]} {row['version']}",
                        row["python"],
                        row["keras"],
                        row["numpy"],
                        f"{row['passed']} 个通过，{row['failed']} 个失败",
                        row["date"],
                    )
                ]
            )
            for row in matrix.versions_tested(self._cells())
        ]
        if not rows:
            return [nodes.paragraph("", "尚未测量。")]
        head = ["后端", "Python", "Keras", "NumPy", "例子", "最近一次"]
        return [_wrapped(_table(head, rows, "matrix-versions"))]

    def _gpu(self) -> list[nodes.Node]:
        made: list[nodes.Node] = []
        for file in sorted((measured.records(self.env.srcdir) / "gpu").glob("*.json")):
            try:
                made += _gpu_record(json.loads(file.read_text(encoding="utf-8")))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                why = f"不是一份记录（{type(error).__name__}：{error}）"
                self._warn_of(file, why, "nox -s gpu")
        return [_wrapped(*made)] if made else [nodes.paragraph("", "尚未测量。")]

    def _prints(self, name: str, block: str) -> list[nodes.Node]:
        script = self.examples / f"{name}.py"
        if not script.is_file() or block not in {
            known.name for known in examples.read_source(script)[0]
        }:
            self._warn(f"{{matrix}}：没有例子 {name!r} 的代码块 {block!r}")
            return []
        cells = self._cells()
        self.env.note_dependency(str(script))
        pinned = measured.pinned_versions(self.env.srcdir)
        made: list[nodes.Node] = []
        for backend, title in backends.TITLES.items():
            if backend == matrix.REFERENCE_BACKEND:
                continue
            cell = cells.get(name, {}).get(backend)
            if cell is None or "prints" not in cell:
                self._warn(
                    f"{{matrix}}：记录里没有 {name} 在 {title} 上打印的："
                    f"请运行 nox -s matrix -- tensorflow {backend} {name}"
                )
                continue
            header = nodes.paragraph("", classes=["cell-source"])
            header += nodes.inline("", f"由 {title} 运行", classes=["cell-engine"])
            header += nodes.Text(f" {_conditions(cell)}")
            if reasons := measured.why_old(cell, script, pinned):
                header += nodes.Text(" ")
                header += nodes.strong("", "旧", classes=["matrix-old"])
                header += nodes.Text("：" + "；".join(reasons))
            printed = cell["prints"].get(block)
            body: nodes.Node
            if printed is None:
                body = nodes.paragraph("", "打印的与 TensorFlow 的一样。")
            else:
                body = nodes.literal_block(
                    printed, printed, language="none", classes=["cell-output"]
                )
            made.append(nodes.container("", header, body, classes=["cell", "matrix"]))
        return made

    def _warn(self, message: str) -> None:
        warn("matrix", message, location=self.get_location())

    def _warn_of(self, file: Path, why: object, command: str) -> None:
        # 几个指令读同一份记录，只报一次
        warn(
            "matrix",
            "后端对照的记录读不懂：%s。用 git 恢复它，或者删掉它，再运行 %s",
            str(why),  # 同样的文字才算同一条
            command,
            location=f"{file}:1",
            once=True,
        )


def _conditions(cell: Mapping[str, Any]) -> str:
    versions = "、".join(
        f"{measured.TITLES[name]} {version}"
        for name in measured.TITLES
        if (version := cell["versions"].get(name))
    )
    return f"{cell['date']}，{versions}，{cell['machine']}"


def _figures(cell: Mapping[str, Any]) -> list[str]:
    seconds = cell["seconds"]
    times = [f"导入 {_duration(seconds['import'])}"]
    times.append(f"首步 {_duration(seconds['first_step'])}")
    times.append(f"每步 {_duration(seconds['step'])}")
    if "difference" not in cell:
        return times
    difference = cell["difference"]
    return [*times, f"预测差 {'—' if difference is None else f'{difference:.2g}'}"]


def _duration(seconds: float | None) -> str:
    """时间写给人看：短的用毫秒，没有的是一横。

    Examples:
        >>> _duration(4.89), _duration(0.00141), _duration(None)
        ('4.89 s', '1.41 ms', '—')
    """
    if seconds is None:
        return "—"
    return f"{seconds * 1000:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _gpu_record(record: Mapping[str, Any]) -> list[nodes.Node]:
    if missing := _GPU_KEYS - record.keys():
        raise KeyError("、".join(sorted(missing)))
    versions = "、".join(
        f"{measured.TITLES.get(name, name)} {version}"
        for name, version in sorted(record["versions"].items())
    )
    title = f"{backends.TITLES[record['backend']]}，{record['device']}"
    said = f"{title}：{record['date']}，{versions}，{record['machine']}"
    for name, value in record["environment"].items():
        said += f"，{name}={value}"
    rows = [
        _row(
            [
                [nodes.paragraph("", check["name"])],
                [nodes.paragraph("", "", _verdict(check["passed"]))],
                [nodes.paragraph("", check["detail"])],
            ]
        )
        for check in record["checks"]
    ]
    table = _table(["检查", "结果", "细节"], rows, "matrix-gpu")
    return [nodes.paragraph("", said), table]


def _verdict(passed: bool) -> nodes.strong:
    status = "passed" if passed else "failed"
    return nodes.strong("", _STATUSES[status], classes=[f"matrix-{status}"])


def _wrapped(*children: nodes.Node) -> nodes.container:
    """里面的数取自记录，不是手写的，也不当作正文去找术语。"""
    return nodes.container("", *children, classes=["matrix"])


def _row(entries: Iterable[Sequence[nodes.Node]]) -> nodes.row:
    row = nodes.row()
    for children in entries:
        row += nodes.entry("", *children)
    return row


def _table(
    titles: Sequence[str],
    rows: Sequence[nodes.row],
    css_class: str,
    widths: Sequence[int] = (),
) -> nodes.table:
    table = nodes.table(classes=[css_class, *(["colwidths-given"] if widths else [])])
    group = nodes.tgroup(cols=len(titles))
    group += [nodes.colspec(colwidth=width) for width in widths or (1,) * len(titles)]
    group += nodes.thead("", _row([[nodes.paragraph("", title)] for title in titles]))
    group += nodes.tbody("", *rows)
    table += group
    return table
