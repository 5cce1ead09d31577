"""练习脚本：读出题目，拿掉答案，一块一块地运行，看哪几道对。

``examples/<部分>/<课>_exercises.py`` 里，有检查的代码块（``名字-check``）的，是一道题。它的
最后一个语句是答案：一个赋值，一个函数或者一个类；拿掉答案，就是把它和紧挨在上面的注释
（解释）换成 ``...``，前面的语句照给。前面还有 ``名字-start`` 的，是找错误：学习者从那一块的
代码改起。没有检查的，是实验或者准备。

代码块开头的注释是题目，``提示：`` 开头的一段是一个提示。

写练习的人用 ``python -m kerasguide.marking 文件`` 看每道题的检查是不是管用：带着答案要通过，
拿掉哪一个，哪一个要失败，别的不受影响。站点的构建也这样做。
"""

import ast
import contextlib
import dataclasses
import functools
import io
import linecache
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerasguide import exercises
from kerasguide.exercises import RIGHT, UNTRIED, WRONG, Mark

#: 练习脚本的名字以它结尾
SUFFIX = "_exercises"
CHECK, START = "-check", "-start"
_MARKER = re.compile(r"^# ?%%[ \t]*(.*)$", re.MULTILINE)
_HINT = "提示："
# 装包的那一格
_MAGIC = re.compile(r"^\s*[%!]", re.MULTILINE)
_CHECKS = re.compile(r"exercises\.check\w*\(\s*[\"']([\w-]+)[\"']")
_OPTION = re.compile(r"^- (\w)：(.+)$", re.MULTILINE)


class MarkingError(Exception):
    """练习脚本用不了；消息说为什么，该怎么办。"""


@dataclasses.dataclass(frozen=True)
class Part:
    """脚本的一个代码块，或者它开头的说明。"""

    #: 没有名字的，是脚本的开头
    name: str
    #: 从第几行开始，连同 ``# %%`` 的一行
    line: int
    text: str

    @property
    def comment(self) -> str:
        """开头的注释，去掉 ``#``。"""
        lines = self._split()[0]
        return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)

    @property
    def code(self) -> str:
        """注释后面的代码。"""
        return "\n".join(self._split()[1]).strip("\n")

    @property
    def task(self) -> str:
        """题目，不算提示。"""
        return "\n\n".join(p for p in self._paragraphs() if not p.startswith(_HINT))

    @property
    def hints(self) -> list[str]:
        """提示，一个一个的。"""
        return [
            paragraph.removeprefix(_HINT)
            for paragraph in self._paragraphs()
            if paragraph.startswith(_HINT)
        ]

    @property
    def options(self) -> dict[str, str]:
        """选择题的选项：``- a：……``。"""
        return dict(_OPTION.findall(self.task))

    def _split(self) -> tuple[list[str], list[str]]:
        lines = self.text.splitlines()[1:]
        comments = next(
            (n for n, line in enumerate(lines) if not line.startswith("#")), len(lines)
        )
        return lines[:comments], lines[comments:]

    def _paragraphs(self) -> list[str]:
        return [text.strip() for text in re.split(r"\n\s*\n", self.comment) if text]


def is_exercises(script: Path) -> bool:
    """是练习脚本吗？看名字。"""
    return script.stem.endswith(SUFFIX)


@functools.lru_cache(maxsize=64)
def parts(text: str) -> dict[str, Part]:
    r"""脚本的开头和各个代码块，按名字。

    Examples:
        >>> list(parts("import keras\n\n# %% sum\n# 一加一。\nanswer = 2\n"))
        ['', 'sum']
    """
    starts = [(0, ""), *((m.start(), m[1].strip()) for m in _MARKER.finditer(text))]
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {
        name: Part(name, text.count("\n", 0, start) + 1, text[start:end])
        for (start, name), end in zip(starts, ends, strict=True)
    }


def from_notebook(notebook: Any) -> str:
    """笔记本的代码，写成脚本的样子：检查和它前面的一格，是一道题。

    Args:
        notebook: 读进来的 ``.ipynb``。

    Raises:
        LookupError: 它不是笔记本；也可能是 ``TypeError``。
    """
    names: list[str] = []
    codes: list[str] = []
    for cell in notebook["cells"]:
        code = "".join(cell["source"])
        if cell["cell_type"] != "code" or _MAGIC.search(code):
            continue
        checked = _CHECKS.search(code)
        if checked and names:
            names[-1] = checked[1]
        names.append(f"{checked[1]}{CHECK}" if checked else f"cell-{len(names) + 1}")
        codes.append(code)
    pairs = zip(names, codes, strict=True)
    return "".join(f"# %% {name}\n\n{code}\n\n" for name, code in pairs)


def questions(text: str) -> list[str]:
    r"""有检查的题，按次序。

    Examples:
        >>> questions("# %% a\na = 1\n\n# %% b\nb = 2\n# %% b-check\n")
        ['b']
    """
    known = parts(text)
    return [name for name in known if f"{name}{CHECK}" in known]


def without_answers(text: str) -> str:
    r"""给学习者的脚本：每个答案都换成 ``...``，找错误的换成有错的代码。

    Raises:
        MarkingError: 一道题的最后一个语句不是赋值、函数或者类。

    Examples:
        >>> print(without_answers("# %% sum\nx = 1\nsum = x + 1\n# %% sum-check\n"))
        # %% sum
        x = 1
        sum = ...
        # %% sum-check
        <BLANKLINE>
    """
    for name in questions(text):
        text = without_answer(text, name)
    known = parts(text)
    starts = {f"{name}{START}" for name in questions(text)}
    return "".join(part.text for name, part in known.items() if name not in starts)


def without_answer(text: str, name: str) -> str:
    """把一道题的答案换成 ``...``，或者有错的代码。

    Args:
        text: 练习脚本。
        name: 哪一道。

    Raises:
        MarkingError: 它的最后一个语句不是赋值、函数或者类。
    """
    known = parts(text)
    part, start = known[name], known.get(f"{name}{START}")
    stub = start.code if start else _stub(part)
    # 题目里也可能写着同样的代码，换的是最后的
    before, _, after = part.text.rpartition(part.code)
    new = before + stub + after
    return "".join(new if one is part else one.text for one in known.values())


def _stub(part: Part) -> str:
    code = part.code
    body = ast.parse(code).body
    lines = code.splitlines()
    gaps: list[tuple[int, int, str]] = []
    match body[-1] if body else None:
        case ast.Assign(targets=[ast.Name(id=name)]) as last:
            gaps.append((_start(last, lines), _end(last), f"{name} = ..."))
        case ast.FunctionDef() as last:
            gaps.append(_gap(last, lines))
        case ast.ClassDef() as last:
            gaps += [
                _gap(n, lines) for n in last.body if isinstance(n, ast.FunctionDef)
            ]
    if not gaps:
        raise MarkingError(
            f"练习 {part.name!r}（第 {part.line} 行）的最后一个语句要是它的答案："
            f"一个赋值，一个函数，或者有方法的类"
        )
    for first, last_line, new in reversed(gaps):
        lines[first - 1 : last_line] = [new]
    return "\n".join(lines)


def _gap(function: ast.FunctionDef, lines: list[str]) -> tuple[int, int, str]:
    """函数的里面，说明除外：从第几行到第几行，换成什么。"""
    first = function.body[0]
    if ast.get_docstring(function) is not None and len(function.body) > 1:
        first = function.body[1]
    return _start(first, lines), _end(function), f"{' ' * first.col_offset}..."


def _start(node: ast.stmt, lines: list[str]) -> int:
    """一个语句从第几行开始，连同紧挨在它上面的注释：那是答案的解释。"""
    start = node.lineno
    while start > 1 and lines[start - 2].lstrip().startswith("#"):
        start -= 1
    return start


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def run(text: str, filename: str) -> Iterator[Mark]:
    """一块一块地运行，给出每道题做得怎样；一块出了错，后面的照样运行。

    Args:
        text: 学习者的脚本。
        filename: 它叫什么，报错时说到它。

    Yields:
        Mark: 一道题；准备用的代码块出了错，也有一项，名字是那一块的。
    """
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, Any] = {"__name__": "__main__", "__file__": filename}
    failed = set[str]()
    for name, part in parts(text).items():
        if name.removesuffix(CHECK) in failed:
            continue
        before = len(exercises.marks)
        # 行号与文件里的一样
        source = "\n" * (part.line - 1) + part.text
        try:
            exec(compile(source, filename, "exec"), namespace)  # noqa: S102
        # 学习者的代码什么错都可能出，都要说得出来
        except (Exception, SystemExit) as error:  # noqa: BLE001
            failed.add(name)
            reason = exercises.failure(error, filename)
            yield Mark(name.removesuffix(CHECK) or "开头", WRONG, reason)
        yield from exercises.marks[before:]


def problems(text: str, filename: str) -> Iterator[str]:
    """练习自己的毛病：答案通不过检查；没有答案，检查却通过了；连累了别的题。

    Args:
        text: 练习脚本，带着答案。
        filename: 它叫什么。

    Yields:
        str: 一个毛病。
    """
    names = questions(text)
    if not names:
        yield "里面没有一道有检查的题：题后面要有名字以 -check 结尾的代码块"
    text = _up_to_the_last_check(text)
    for left_out in (None, *names):
        tried = without_answer(text, left_out) if left_out else text
        with contextlib.redirect_stdout(io.StringIO()):
            found = {mark.name: mark for mark in run(tried, filename)}
        is_start = f"{left_out}{START}" in parts(text)
        for name in {*names, *found}:
            mark = found.get(name)
            wanted = RIGHT
            if name == left_out:
                wanted = WRONG if is_start else UNTRIED
            if mark is None:
                yield f"练习 {name!r} 的检查没有打印它的名字：写成 check({name!r}, …)"
            elif mark.state != wanted:
                when = f"拿掉 {left_out!r} 的答案" if left_out else "带着答案"
                yield f"{when}，{name!r} 该是“{wanted}”，却是“{mark}”"


def _up_to_the_last_check(text: str) -> str:
    """后面的是实验，影响不到检查：不必每道题都运行一遍。"""
    known = list(parts(text).values())
    last = max(
        (n for n, one in enumerate(known) if one.name.endswith(CHECK)), default=0
    )
    return "".join(one.text for one in known[: last + 1])


def main() -> int:
    """说出练习自己的毛病；没有就返回 0。"""
    script = Path(sys.argv[1])
    found = list(problems(script.read_text(encoding="utf-8"), str(script)))
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
