"""这一轮细查哪些例子：单独运行，当作笔记本运行，再运行一遍比较字节。

每个例子都由站点的构建运行过一遍，那一遍的结果给所有的检查用。另外再运行的，是与基准
相比变了的例子（它们取决于的随便哪一样变了都算），和按日期轮到的一份。全部例子都细查的
是 ``nox -s everything``：每周一次，发布之前也要。

基准由环境变量 ``KERASGUIDE_BASE`` 说明；没有说，就是与主分支的合并起点；已经在主分支上
的，就是一天以前的主分支。看不出基准，就当作全都变了。

``python -m tests.rounds`` 说出这一轮运行什么，留下什么，为什么。
"""

import dataclasses
import datetime
import functools
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from kerasguide import scripts
from kerasguide.site.run import fingerprint

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
SHARES = 7  # 天天推送，一个星期轮一遍
SHOWN = 3  # 变了的文件，说出这么多个就够了
MAIN = ("origin/HEAD", "origin/main", "main")
# 它们变了，每个例子都可能变
COMMON = ("docs/constraints.txt", "docs/conf.py")


@dataclasses.dataclass(frozen=True)
class Round:
    """一轮细查。"""

    names: Sequence[str]
    #: 变了的例子，和它取决于的、变了的文件
    changed: Mapping[str, Sequence[str]]
    #: 轮到的
    due: Sequence[str]
    base: str

    def chosen(self) -> list[str]:
        """要细查的例子。"""
        return [name for name in self.names if name in self.changed or name in self.due]

    def left(self) -> list[str]:
        """留给下一轮的。"""
        return [name for name in self.names if name not in self.chosen()]


def is_everything() -> bool:
    """是 ``nox -s everything`` 吗？"""
    return os.environ.get("KERASGUIDE_ROUND") == "everything"


@functools.cache
def this_round() -> Round:
    """这一轮；日期取自 ``KERASGUIDE_TODAY``，跨过半夜也不变。"""
    names = scripts.names(EXAMPLES)
    if is_everything():
        return Round(names, {}, names, "这是全部，不看变了没有")
    today = os.environ.get("KERASGUIDE_TODAY")
    now = datetime.datetime.now(datetime.UTC).date()
    day = (datetime.date.fromisoformat(today) if today else now).toordinal()
    due = names[day % SHARES :: SHARES]
    base = _base()
    if base is None:
        why = "看不出与什么相比（没有 git，或者没有以前的提交）"
        return Round(names, {name: ["不知道"] for name in names}, due, why)
    commit, said = base
    files = _changed_files(commit)
    changed = {name: used for name in names if (used := _changed(name, files))}
    return Round(names, changed, due, f"{said}（{commit[:9]}）")


def _changed(name: str, files: set[Path]) -> list[str]:
    common = {ROOT / file for file in COMMON}
    used = {*fingerprint.sources(EXAMPLES / f"{name}.py").values(), *common}
    return [path.relative_to(ROOT).as_posix() for path in sorted(used & files)]


def _git(*words: str) -> str | None:
    """git 说什么；它不在，或者不肯，就是 ``None``。"""
    command = ["git", "-C", str(ROOT), *words]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None


def _base() -> tuple[str, str] | None:
    """与哪个提交相比：它，和写给人看的名字。"""
    head = _git("rev-parse", "HEAD")
    if head is None:
        return None
    # 新分支的第一次推送，GitHub 给出的是一串 0，没有这样的提交
    if base := _git("merge-base", "HEAD", os.environ.get("KERASGUIDE_BASE", "")):
        return base, "KERASGUIDE_BASE"
    for branch in MAIN:
        base = _git("merge-base", "HEAD", branch)
        if base is not None and base != head:
            return base, f"与 {branch} 的合并起点"
    # 就在主分支上：一次推送可能有几个提交，所以看一天
    day = int(_git("show", "--no-patch", "--format=%ct", "HEAD") or 0) - 24 * 3600
    old = _git("rev-list", "-1", "--first-parent", f"--before={day}", "HEAD")
    return (old, "一天以前的主分支") if old else None


def _changed_files(base: str) -> set[Path]:
    """与 ``base`` 相比变了的文件，没有提交的也算。"""
    tracked = _git("diff", "--name-only", base, "--") or ""
    new = _git("ls-files", "--others", "--exclude-standard") or ""
    return {ROOT / name for name in (tracked + "\n" + new).splitlines() if name}


def describe(this: Round) -> str:
    """这一轮运行什么，留下什么，为什么，写给人看。"""
    chosen, left = this.chosen(), this.left()
    lines = [f"{len(this.names)} 个例子都由构建运行过，笔记本都与脚本逐格比过。"]
    lines[0] += f"其中 {len(chosen)} 个还单独运行、当作笔记本运行、"
    lines[0] += f"再运行一遍比较字节（{this.base}）："
    lines += [
        f"- {_listed(names, this.names)}，因为变了：{_listed_files(files)}"
        for names, files in _causes(this.changed)
    ]
    if this.due:
        lines.append(f"- {_listed(this.due, this.names)}，今天轮到")
    if left:
        lines.append(
            f"留给 nox -s everything 的：另外 {len(left)} 个，它们取决于的都没有变，"
            f"{SHARES} 天轮到一遍；真数据大小的构建。每周和发布之前全部运行"
        )
    return "\n".join(lines)


def _causes(
    changed: Mapping[str, Sequence[str]],
) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """哪些例子因为哪些文件：影响得最多的在前，前面说过的例子不再说。"""
    examples: dict[str, list[str]] = {}
    for name, files in changed.items():
        for file in files:
            examples.setdefault(file, []).append(name)
    files_of: dict[tuple[str, ...], list[str]] = {}
    for file, names in examples.items():
        files_of.setdefault(tuple(names), []).append(file)
    said: set[str] = set()
    for group, files in sorted(files_of.items(), key=lambda one: -len(one[0])):
        if not said.issuperset(group):
            yield group, files
        said.update(group)


def _listed_files(files: Sequence[str]) -> str:
    more = f" 等 {len(files)} 个文件" if len(files) > SHOWN else ""
    return "、".join(files[:SHOWN]) + more


def _listed(names: Sequence[str], every: Sequence[str]) -> str:
    return f"全部 {len(names)} 个" if len(names) == len(every) else "、".join(names)


if __name__ == "__main__":
    print(describe(this_round()))
