"""一次构建，从头到尾：``python -m kerasguide.site.build html``。

- ``html``：站点，放在 ``docs/_build/html``；
- ``book``：PDF、EPUB 和可以离线浏览的 zip，放在 ``docs/_build/book``；
- ``checked``：同样的站点，用内置的数据，放在 ``.nox/checked/html``，给测试用；
- ``doctest``：运行页面里的小例子，不运行整个例子库；
- ``copied``：只复制源文件，给 :mod:`kerasguide.site.live`。

源文件先复制到 ``.nox`` 里，例子的结果和读过的页面留在那里，下次接着用；哪些还能用，由
:mod:`kerasguide.site.run.fingerprint` 和 :mod:`kerasguide.site.write.rebuild` 决定。
同一处一次只有一个构建；写不下、写不了，开始之前就说；做好了才换上去。
"""

import contextlib
import importlib.util
import io
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import filelock

from kerasguide.site.base import wheel

ROOT = Path(__file__).resolve().parents[2]
ROOM = 300_000_000  # 字节：站点、书和例子的结果加起来还不到它的一半

# 测试和小例子不看有没有网络，也不要 TensorFlow 启动时的话
CHECKED = {"KERASGUIDE_DATA": "embedded", "TF_CPP_MIN_LOG_LEVEL": "3"}

# 不是源文件：Python 编译好的，编辑器的（.page.md.swp、page.md~、.ipynb_checkpoints）
NOT_SOURCES = r"/__pycache__(/|$)|/\.[^/]*$|/\.ipynb_checkpoints/|~$"
# 它们要是 UTF-8，别的原样复制
_TEXTS = {".py", ".md", ".rst", ".txt", ".toml", ".json", ".css", ".js", ".html"}


class BuildError(Exception):
    """构建不了；消息说明为什么、该怎么办。"""


def _sources(folder: Path) -> set[Path]:
    """一个文件夹里的源文件，生成的除外。

    Raises:
        BuildError: 里面有指向文件夹的符号链接。
    """
    made = {"_build", "gallery"} if folder.name == "docs" else set()
    for path in folder.rglob("*"):
        if path.is_symlink() and path.is_dir() and path.name not in made:
            raise BuildError(
                f"{path} 是指向文件夹的符号链接，里面的不会复制：换成文件夹"
            )
    return {
        inside
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".mo"
        and not re.search(NOT_SOURCES, path.as_posix())
        and (inside := path.relative_to(folder)).parts[0] not in made
    }


def copy_sources(target: Path) -> Path:
    """让 ``target`` 里的 docs 和 examples 与源文件相同；返回其中的 docs。

    内容没变的文件不动它：Sphinx 看修改时间决定重读哪些页面，而源文件的时间可能倒退
    （换了分支，从备份里取回）。
    """
    for folder in ("docs", "examples"):
        wanted = _sources(ROOT / folder)
        for inside in _sources(target / folder) - wanted:
            (target / folder / inside).unlink()
        for inside in wanted:
            content = _read(ROOT / folder / inside)
            copy = target / folder / inside
            if copy.is_dir():  # 原来是文件夹，现在是文件
                shutil.rmtree(copy)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.is_file() or copy.read_bytes() != content:
                copy.write_bytes(content)
    return target / "docs"


def _read(path: Path) -> bytes:
    content = path.read_bytes()
    if path.suffix in _TEXTS:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise BuildError(f"{path}:{line} 不是 UTF-8：另存为 UTF-8 再来") from None
        if path.suffix == ".py" and text.startswith("\ufeff"):
            raise BuildError(f"{path} 开头有 BOM：另存为不带 BOM 的 UTF-8 再来")
    return content


@contextlib.contextmanager
def alone(what: str = "building") -> Iterator[None]:
    """同一处一次只有一个构建：它们共用例子的结果。进程没了，锁自己就开了。

    Raises:
        BuildError: 另一个构建正在运行。
    """
    lock = filelock.FileLock(ROOT / ".nox" / f"{what}.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except filelock.Timeout:
        raise BuildError(
            "另一个构建正在运行：等它结束，再来一次；docs-live 要按 Ctrl-C 才结束"
        ) from None


def check_room() -> None:
    """开始之前就说写不下、写不了，不等构建到一半。

    Raises:
        BuildError: 写不下，或者不能写。
    """
    for folder in (ROOT, ROOT / ".nox", ROOT / "docs" / "_build"):
        if folder.exists() and not os.access(folder, os.W_OK):
            raise BuildError(
                f"不能写 {folder}：换一个可写的文件夹放源码，或者改它的权限"
            )
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        raise BuildError(
            f"{ROOT} 所在的磁盘只剩 {free / 1e6:.0f} MB，构建要 {ROOM / 1e6:.0f} MB："
            f"腾出地方，再来一次"
        )


def _trust_content() -> None:
    """编译好的小工具和扩展，由内容决定还能不能用。

    Python 自己只看修改时间（到秒）和长短：同一秒里改了两次、长短又一样的，它接着用旧的。
    """
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    for path in (ROOT / "kerasguide").rglob("*.py"):
        compiled = Path(importlib.util.cache_from_source(path))
        # 第 5 到 8 个字节说它是哪一种
        if compiled.is_file() and compiled.read_bytes()[4:8] != b"\3\0\0\0":
            py_compile.compile(str(path), quiet=2, invalidation_mode=mode)


def sphinx(
    out: Path, builder: str, *options: str, environment: Mapping[str, str] | None = None
) -> Path:
    """运行有变化的例子，重写有变化的页面，一个警告就算失败。

    Args:
        out: 源文件的复制品、例子的结果、读过的页面和写好的都放在这里。
        builder: Sphinx 的构建器，如 ``html``。
        options: 给 Sphinx 的别的选项。
        environment: 另外设置的环境变量。

    Returns:
        pathlib.Path: 写好的东西所在的文件夹。

    Raises:
        BuildError: 有例子失败，或者有警告；Sphinx 已经说了是哪里。
    """
    check_room()
    _trust_content()
    source = copy_sources(out)
    # 读过的页面不放在站点里
    gate = ("-n", "-W", "-T", "--keep-going", "-j", "auto")
    command = [sys.executable, "-m", "sphinx", "-b", builder, *gate]
    warnings = out / "warnings.txt"
    warnings.unlink(missing_ok=True)  # Sphinx 没有起来，就不写它
    command += ["-d", str(out / "doctrees"), "-w", str(warnings), *options]
    command += [str(source), str(out / builder)]
    done = subprocess.run(
        command, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        said = warnings.read_text(encoding="utf-8") if warnings.is_file() else ""
        raise BuildError(f"没有建成：{_of_sources(said, out) or '上面说了为什么'}")
    if builder == "html":
        wheel.build(ROOT, out / builder)
    return out / builder


def _of_sources(said: str, out: Path) -> str:
    """警告里复制品的路径，换成源文件的：要改的是源文件。"""
    made = re.escape(str(Path("docs", "gallery") / "_")[:-1])
    here = re.escape(f"{out}{os.sep}")
    copied = rf"{here}(?!{made})(?=(?:docs|examples)\b)"
    said = re.sub(copied, "", said).strip()
    return f"\n\n{said}" if said else ""


def publish(built: Path, target: Path) -> None:
    """做好了才换上去：``target`` 从来不是一半新、一半旧。"""
    target = target.resolve()  # 是符号链接，就换掉它指向的文件夹
    new, old = (target.with_name(f"{target.name}-{age}") for age in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(built, new)
    if target.is_file():
        target.unlink()
    if target.is_dir():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _take_back(target: Path) -> None:
    """上一次换到一半被杀：原来的还在旁边，放回去，这次没有建成也有它。"""
    target = target.resolve()
    old = target.with_name(f"{target.name}-old")
    if old.is_dir() and not target.exists():
        old.rename(target)


def html() -> None:
    """站点，放在 ``docs/_build/html``。"""
    site = ROOT / "docs" / "_build" / "html"
    with alone():
        _take_back(site)
        publish(sphinx(ROOT / ".nox" / "build", "html"), site)
    print(f"\n站点建好了，用浏览器打开：\n  {site.joinpath('index.html').as_uri()}\n")


def checked() -> None:
    """给测试用的站点，放在 ``.nox/checked/html``。"""
    with alone("checking"):
        sphinx(ROOT / ".nox" / "checked", "html", environment=CHECKED)


def book() -> None:
    """整本带走：PDF、EPUB、可以离线浏览的 zip，放在 ``docs/_build/book``。"""
    target = ROOT / "docs" / "_build" / "book"
    out = ROOT / ".nox" / "build"
    # 书的页面和站点的不同，不能共用读过的页面；整本总是一起写，不必留着
    made = ROOT / ".nox" / "build-book"
    shutil.rmtree(made, ignore_errors=True)
    parts = made / "parts"
    parts.mkdir(parents=True)
    as_book = ("-t", "book", "-E", "-d", str(made / "doctrees"))
    with alone():
        publish(sphinx(out, "html"), made / "kerasguide")
        page = sphinx(out, "singlehtml", *as_book) / "index.html"
        print_pdf = [sys.executable, "-m", "kerasguide.site.write.print_pdf"]
        print_pdf += [str(page), str(parts / "kerasguide.pdf")]
        if subprocess.run(print_pdf, check=False).returncode:
            raise BuildError("PDF 没有印成：上面的报错说明了为什么")
        shutil.copy(sphinx(out, "epub", *as_book) / "kerasguide.epub", parts)
        shutil.make_archive(str(parts / "kerasguide-html"), "zip", made, "kerasguide")
        publish(parts, target)
    shutil.rmtree(made)
    print("\n书做好了：")
    for path in sorted(target.iterdir()):
        print(f"  {path}（{path.stat().st_size / 1e6:.1f} MB）")


def doctest() -> None:
    """运行页面里的小例子；例子库不运行，所以不用别处的结果。"""
    out = ROOT / ".nox" / "doctest"
    with alone("doctest"):
        sphinx(out, "doctest", "-D", "plot_gallery=0", "-E", environment=CHECKED)


def copied() -> None:
    """只复制源文件：``live`` 每次重建之前。"""
    copy_sources(ROOT / ".nox" / "build")


KINDS: dict[str, Callable[[], None]] = {
    one.__name__: one for one in (html, book, checked, doctest, copied)
}


def main(arguments: list[str]) -> str | None:
    """做 ``arguments`` 里的那一样；返回做不成的原因，做成了就是 ``None``。

    Examples:
        >>> main(["pdf"])
        "不认识 'pdf'：要写 html、book、checked、doctest、copied 之一"
    """
    kind = " ".join(arguments)
    if kind not in KINDS:
        return f"不认识 {kind!r}：要写 {'、'.join(KINDS)} 之一"
    try:
        KINDS[kind]()
    except BuildError as error:
        return str(error)
    return None


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):  # 终端写不出汉字，也不因此失败
        sys.stdout.reconfigure(errors="replace")
    # 被结束时，正在运行的 Sphinx 也跟着结束
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("构建被结束了"))
    sys.exit(main(sys.argv[1:]))
