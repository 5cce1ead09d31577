"""页面和脚本的规矩，不必构建就能检查的那些。"""

import re

import pytest

from tests.conftest import ROOT

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "docs").rglob("*.md")
    if "_build" not in path.parts
)
FENCE = re.compile(r"^(`{3,}|~{3,}) *(\{?[\w-]*\}?)")


def fences(text):
    """页面里的代码框：语言（或指令）和内容。"""
    mark = language = None
    body = []
    for line in text.splitlines():
        match = FENCE.match(line)
        if mark is None and match:
            mark, language, body = match[1], match[2], []
        elif mark is not None and line.strip() == mark:
            whole = "\n".join(body)
            # contributing.md 给出的页面：看它里面的代码框
            inner = list(fences(whole)) if language == "{code-block}" else []
            yield from inner or [(language, whole)]
            mark = None
        elif mark is not None:
            body.append(line)


@pytest.mark.parametrize("page", PAGES)
def test_prompts_stand_only_where_doctest_runs_them(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    untested = [
        body
        for language, body in fences(text)
        if language != "{doctest}" and re.search(r"^>>> ", body, re.MULTILINE)
    ]
    assert untested == []


@pytest.mark.parametrize("page", [page for page in PAGES if "guide/" in page])
def test_prose_holds_no_python_that_never_ran(page):
    """页面上的 Python 代码来自例子；手写的只能是旧笔记的原文，前面一段要说明。"""
    text = (ROOT / page).read_text(encoding="utf-8")
    for match in re.finditer(r"(?P<before>[^\n]+)\n\n```(python|py)\n", text):
        assert "旧笔记" in match["before"], match[0]
    for language, _ in fences(text):
        assert language in {
            "{cell}",
            "{doctest}",
            "{exercise}",
            "{ledger}",
            "{matrix}",
            "{toctree}",
            "{literalinclude}",
            "{widget}",
            "python",
            "bash",
            "bat",
            "powershell",
            "text",
        }
    # 例子运行的程序，照原样展示
    for path in re.findall(r"\{literalinclude\} (\S+)", text):
        shown = (ROOT / page).parent.joinpath(path).resolve()
        assert shown.is_relative_to(ROOT / "examples"), path


def test_constraints_name_no_index():
    text = (ROOT / "docs" / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
