"""``nox -s bench`` 和 ``{benchmark}``：页面上的数都取自记录；没有量的、坏了的，都说出来。"""

import json
import sys

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
    "setup": {
        "installer": "uv",
        "sessions": [
            {"title": title, "seconds": [120.4, 30.6], "megabytes": 2345}
            for title in benchmark.SESSIONS.values()
        ],
    },
    "checks": {
        "date": "2026-01-01",
        "commit": "def5678（之后有改动）",
        "parts": [["站点", 150.4], ["tests", 300.6], ["站点", 2.0]],
        "total": 500.2,
    },
}
TABLES = "".join(
    f"## {kind}\n\n```{{benchmark}} {kind}\n```\n\n"
    for kind in ("builds", "setup", "checks")
)
# 不在 guide 里的页面，句子里的数不必有出处
PERFORMANCE = f"---\norphan: true\n---\n\n# 性能\n\n{TABLES}"


@pytest.fixture
def build(tiny, tmp_path):
    def build(text, page=PERFORMANCE):
        (tmp_path / "docs").mkdir(exist_ok=True)
        file = tmp_path / "docs" / "records" / "benchmark.json"
        if text is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        write(tmp_path / "docs" / "performance.md", page)
        return tiny()

    return build


def rows(table):
    return [
        [cell.get_text(strip=True) for cell in row.select("td")]
        for row in table.select("tbody tr")
    ]


def test_the_page_shows_the_record(build):
    site = build(json.dumps(RECORD))
    assert site.log == ""
    page = site.page("performance")
    text = page.get_text()
    assert "测量于 2026-01-02，提交 abc1234，Python 3.11.2；一台机器" in text
    ratios, measured, setup, checks = page.select("table")
    titles = benchmark.TITLES
    told = {what: numbers for what, *numbers in rows(ratios)}
    assert told[f"{titles['cold']} ÷ {titles['one_process']}"] == ["1.30", "1.15", "否"]
    assert told[f"{titles['page']} ÷ {titles['noop']}"] == ["1.30", "1.5", "是"]
    # 够不着的不算要求
    each = f"{titles['cold']} ÷ {titles['process_each']}"
    assert told[each] == ["1.30", "—", "—"]
    assert "2.0、4.0" in measured.get_text()
    assert len(page.select(".bench-row")) == len(titles)
    assert rows(setup)[0] == [benchmark.SESSIONS["docs"], "120", "31", "2,345"]
    assert "由 uv 安装" in text
    assert rows(checks) == [
        ["站点", "150"],
        ["tests", "301"],
        ["站点", "2"],
        ["一共", "500"],
    ]
    assert "nox 在 2026-01-01 记下，提交 def5678（之后有改动）" in text


def test_without_a_record_nothing_is_claimed(build):
    site = build(None)
    assert site.log == ""
    assert site.page("performance").get_text().count("尚未测量。") == 3
    assert not site.page("performance").select("table")


@pytest.mark.parametrize("nothing", [{}, {"setup": None, "checks": None}])
def test_what_was_not_measured_is_said(build, nothing):
    record = {key: RECORD[key] for key in RECORD if key not in ("setup", "checks")}
    site = build(json.dumps(record | nothing))
    assert site.log == ""
    page = site.page("performance")
    for kind, tables in (("builds", 2), ("setup", 0), ("checks", 0)):
        section = page.select_one(f"section#{kind}")
        assert len(section.select("table")) == tables
        assert ("尚未测量。" in section.get_text()) is (tables == 0)


@pytest.mark.parametrize(
    ("text", "damaged"),
    [
        ("", 3),
        ("{", 3),
        ("[]", 3),
        ('{"measured": []}', 1),
        (json.dumps({**RECORD, "setup": {"installer": "uv"}}), 1),
        (json.dumps({**RECORD, "checks": {"parts": 1}}), 1),
    ],
)
def test_a_damaged_record_says_what_to_do(build, text, damaged):
    log = build(text).log
    assert log.count("读不了记录") == damaged
    assert "nox -s bench" in log


def test_an_unknown_table_names_the_known_ones(build):
    log = build(json.dumps(RECORD), PERFORMANCE.replace("} setup", "} set-up")).log
    assert "要写成 builds、setup、checks 之一，不认识 'set-up'" in log


def test_what_is_compared_is_measured():
    for of, to, _ in benchmark.RATIOS:
        assert {of, to} <= benchmark.TITLES.keys()


def test_what_cannot_be_reached_is_no_goal():
    limits = {(of, to): limit for of, to, limit in benchmark.RATIOS}
    assert limits["cold", "process_each"] is None
    assert limits["noop_twice", "noop"] == 1.3


TIME = '''"""
A tiny example
==============

What time it is: topic.py knows.
"""

# %% draw
# Draw.

import time

import matplotlib.pyplot as plt

print(time.time(), "topic.py")
plt.plot([1, 2])
'''
PAGE = """# 很小的一课

(here)=

## 画

```{cell} chapter/topic draw
:alt: 一条线
```

印着 {fact}`chapter/topic draw printed[0]`；chapter/topic 是它的名字。
"""


def test_a_script_again_does_not_run_again(tiny, tmp_path):
    """结果是原来那一次的：印的时间相同；每一处说的又都是它自己。"""
    assert tiny(page=PAGE, example=TIME).log == ""
    script = tmp_path / "examples" / "chapter" / "topic.py"
    copy = tmp_path / "docs" / "gallery" / "chapter" / "topic.py"
    benchmark.script_again(script, copy)
    again = benchmark.page_again(PAGE, ["chapter/topic"])
    assert again.startswith("# 再：很小的一课\n\n(here-again)=")
    assert "chapter/topic 是它的名字" in again
    write(tmp_path / "docs" / "again.md", f"---\norphan: true\n---\n\n{again}")
    site = tiny(page=PAGE, example=TIME)
    assert site.log == ""
    first, second = site.page("index"), site.page("again")
    printed = [page.select_one(".cell-output").get_text() for page in (first, second)]
    assert printed[0] == printed[1]
    assert printed[0].strip().endswith(" topic.py")
    pictures = [page.select_one("img.cell-image")["src"] for page in (first, second)]
    assert pictures[1].endswith("sphx_glr_topic_again_001.png")
    assert (site.html / pictures[1]).is_file()
    own = site.page("gallery/chapter/topic_again")
    assert own.h1.get_text().startswith("再：A tiny example")
    downloads = {link["href"].rpartition("/")[2] for link in own.select("a[download]")}
    names = {f"topic_again.{suffix}" for suffix in ("py", "ipynb", "zip")}
    assert downloads == names


@pytest.fixture
def installs(monkeypatch, tmp_path):
    """不真的安装：记下每次安装之前有什么，写下装好的样子。"""
    seen = []

    def run(self, *command):
        installed = self.folder / ".nox" / command[-1]
        cache = self.folder / "cache"
        seen.append((command, installed.exists(), cache.exists(), self.environment))
        installed.mkdir(parents=True)
        cache.mkdir(exist_ok=True)
        (installed / "pyvenv.cfg").write_text("home = /usr\nuv = 0.9\n")
        (installed / "tensorflow").write_bytes(b"x" * 3_000_000)
        return 60.04 / len(seen), [100]

    monkeypatch.setattr(benchmark.Project, "run", run)
    return seen


def test_the_first_set_up_begins_with_nothing(installs, tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGUIDE_PYTHON", "/its/python")
    setup = benchmark.set_up(tmp_path / "setup")
    assert setup == {
        "installer": "uv",
        "sessions": [
            {"title": title, "seconds": seconds, "megabytes": 3}
            for title, seconds in zip(
                benchmark.SESSIONS.values(), ([60.0, 30.0], [20.0, 15.0]), strict=True
            )
        ],
    }
    assert [command[-1] for command, *_ in installs] == ["docs"] * 2 + ["checks"] * 2
    for command, installed, _, environment in installs:
        assert command[:3] == ("/its/python", "noxfile.py", "--install-only")
        assert not installed
        # 不用这里装好的，也不用以前下载的
        assert "PYTHONPATH" not in environment
        for cache in ("UV_CACHE_DIR", "PIP_CACHE_DIR"):
            assert environment[cache].startswith(str(tmp_path))
    downloaded = [downloaded for _, _, downloaded, _ in installs]
    assert downloaded == [False, True, False, True]
    assert (tmp_path / "setup" / "noxfile.py").is_file()


def test_by_itself_it_installs_with_the_python_that_runs_it(
    installs, tmp_path, monkeypatch
):
    monkeypatch.delenv("KERASGUIDE_PYTHON", raising=False)
    benchmark.set_up(tmp_path / "setup")
    assert installs[0][0][0] == sys.executable


def test_the_record_takes_over_what_nox_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "REPORT", tmp_path / "report.json")
    seconds = {name: [1.0] for name in benchmark.TITLES}
    peaks = {name: [1] for name in benchmark.TITLES}
    assert benchmark.record_of(seconds, peaks)["checks"] is None
    (tmp_path / "report.json").write_text(json.dumps(RECORD["checks"]), "utf-8")
    assert benchmark.record_of(seconds, peaks)["checks"] == RECORD["checks"]
