"""``{benchmark}``：``nox -s bench`` 的记录，画成图和表。

::

    ```{benchmark} builds
    ```

第一个词说要哪一样：

- ``builds``：各样构建的秒数、比值；
- ``setup``：第一次装好环境，要多久，占多少；
- ``checks``：检查的命令 ``nox``，各部分用了多久。

记录是 ``docs/records/benchmark.json``，由 ``tests/benchmark.py`` 写；页面上的数都取自它。
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from kerasguide.site.base.warn import warn


def setup(app: Sphinx) -> None:
    app.add_directive("benchmark", Benchmark)


class Benchmark(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        makers: dict[str, Callable[[Mapping[str, Any]], list[nodes.Node]]] = {
            "builds": _builds,
            "setup": _setup,
            "checks": _checks,
        }
        kind = self.arguments[0]
        if kind not in makers:
            self._warn(f"要写成 {'、'.join(makers)} 之一，不认识 {kind!r}")
            return []
        file = Path(self.env.srcdir) / "records" / "benchmark.json"
        if not file.is_file():
            return [_unmeasured()]
        try:
            return makers[kind](json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            why = f"{type(error).__name__}：{error}"
            self._warn(f"读不了记录（{why}）；请运行 nox -s bench 重新测量")
            return []

    def _warn(self, message: str) -> None:
        location = self.get_location()
        warn("benchmark", f"{{benchmark}}：{message}", location=location)


def _unmeasured() -> nodes.paragraph:
    return nodes.paragraph("", "尚未测量。")


def _setup(record: Mapping[str, Any]) -> list[nodes.Node]:
    setup = record.get("setup")
    if not setup:
        return [_unmeasured()]
    table = _table(
        ("装的是什么", "什么都要下载（秒）", "下载过的还在（秒）", "占磁盘（MB）"),
        [
            (
                one["title"],
                *(f"{seconds:.0f}" for seconds in one["seconds"]),
                f"{one['megabytes']:,}",
            )
            for one in setup["sessions"]
        ],
    )
    when = (
        f"测量于 {record['date']}，由 {setup['installer']} 安装；{record['machine']}。"
    )
    return [nodes.paragraph("", when), table]


def _checks(record: Mapping[str, Any]) -> list[nodes.Node]:
    checks = record.get("checks")
    if not checks:
        return [_unmeasured()]
    parts = [*checks["parts"], ["一共", checks["total"]]]
    when = f"nox 在 {checks['date']} 记下，提交 {checks['commit']}。"
    rows = [(name, f"{seconds:.0f}") for name, seconds in parts]
    return [nodes.paragraph("", when), _table(("哪一部分", "秒"), rows)]


def _builds(record: Mapping[str, Any]) -> list[nodes.Node]:
    titles = {one["name"]: one["title"] for one in record["measured"]}
    # 从头构建每遍量一次；有的一遍里量几次，有的只在第一遍量
    rounds = len(record["measured"][0]["seconds"])
    when = nodes.paragraph(
        "",
        f"测量于 {record['date']}，提交 {record['commit']}，Python {record['python']}；"
        f"{record['machine']}；{record['examples']} 个例子，"
        f"测了 {rounds} 遍，取中位数（各次的秒数都在表里）。",
    )
    ratios = _table(
        ("哪个比哪个", "比值", "要求不超过", "做到了吗"),
        [
            (
                f"{titles[one['of']]} ÷ {titles[one['to']]}",
                f"{one['ratio']:.2f}",
                "—" if one["limit"] is None else f"{one['limit']:g}",
                "—"
                if one["limit"] is None
                else ("是" if one["ratio"] <= one["limit"] else "否"),
            )
            for one in record["ratios"]
        ],
    )
    measured = _table(
        ("测的是什么", "中位数（秒）", "各次（秒）", "各进程内存的峰值（MB）"),
        [
            (
                one["title"],
                f"{one['median']:.1f}",
                "、".join(f"{seconds:.1f}" for seconds in one["seconds"]),
                "、".join(map(str, one["peaks"][:4])),
            )
            for one in record["measured"]
        ],
    )
    return [when, _chart(record), ratios, measured]


def _chart(record: Mapping[str, Any]) -> nodes.raw:
    """每样的秒数，一条横杠；宽窄由 CSS 画，数字写在旁边。"""
    longest = max(one["median"] for one in record["measured"])
    bars = "".join(
        f'<div class="bench-row"><span>{one["title"]}</span>'
        f'<div class="bench-bar" style="--share: {one["median"] / longest:.4f}"></div>'
        f"<span>{one['median']:.1f} 秒</span></div>"
        for one in record["measured"]
    )
    html = f'<figure class="bench"><figcaption>各样的秒数</figcaption>{bars}</figure>'
    return nodes.raw("", html, format="html")


def _table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> nodes.table:
    table = nodes.table()
    group = nodes.tgroup(cols=len(titles))
    group += [nodes.colspec(colwidth=1) for _ in titles]
    group += nodes.thead("", _row(titles))
    group += nodes.tbody("", *map(_row, rows))
    table += group
    return table


def _row(texts: Iterable[str]) -> nodes.row:
    return nodes.row(
        "", *(nodes.entry("", nodes.paragraph("", text)) for text in texts)
    )
