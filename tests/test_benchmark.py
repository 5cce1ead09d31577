"""``{benchmark}``：页面上的数都取自记录；记录坏了，说怎么办。"""

import json

import pytest

from tests import benchmark
from tests.conftest import write

RECORD = {
    "date": "2026-01-02",
    "commit": "abc1234",
    "machine": "一台机器",
    "python": "3.11.2",
    "examples": 3,
    "measured": [
        {
            "name": name,
            "title": title,
            "seconds": [2.0, 4.0],
            "median": 3.0,
            "peaks": [900, 100],
        }
        for name, title in benchmark.TITLES.items()
    ],
    "ratios": [
        {"of": of, "to": to, "ratio": 1.3, "limit": limit}
        for of, to, limit in benchmark.RATIOS
    ],
}
# 不在 guide 里的页面，句子里的数不必有出处
PERFORMANCE = "---\norphan: true\n---\n\n# 性能\n\n```{benchmark}\n```\n"


@pytest.fixture
def build(tiny, tmp_path):
    def build(text):
        (tmp_path / "docs").mkdir(exist_ok=True)
        file = tmp_path / "docs" / "records" / "benchmark.json"
        if text is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        write(tmp_path / "docs" / "performance.md", PERFORMANCE)
        return tiny()

    return build


def test_the_page_shows_the_record(build):
    site = build(json.dumps(RECORD))
    assert site.log == ""
    page = site.page("performance")
    text = page.get_text()
    assert "测量于 2026-01-02，提交 abc1234，Python 3.11.2；一台机器" in text
    ratios, measured = page.select("table")
    told = {row.select("td")[0].p.text: row for row in ratios.select("tbody tr")}
    titles = benchmark.TITLES
    cold = told[f"{titles['cold']} ÷ {titles['one_process']}"].get_text(" ", strip=True)
    assert cold.endswith("1.30 1.15 否")
    assert told[f"{titles['page']} ÷ {titles['noop']}"].get_text().split()[-1] == "是"
    assert "2.0、4.0" in measured.get_text()
    assert len(page.select(".bench-row")) == len(titles)


def test_without_a_record_nothing_is_claimed(build):
    site = build(None)
    assert site.log == ""
    assert "尚未测量。" in site.page("performance").get_text()
    assert not site.page("performance").select("table")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"measured": []}'])
def test_a_damaged_record_says_what_to_do(build, text):
    log = build(text).log
    assert "读不了记录" in log
    assert "nox -s bench" in log


def test_what_is_compared_is_measured():
    for of, to, _ in benchmark.RATIOS:
        assert {of, to} <= benchmark.TITLES.keys()
