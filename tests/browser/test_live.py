"""nox -s docs-live：改了什么，浏览器里总是最新的；停下以后，什么都不留在运行。"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import filelock
import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as NotShown

from tests.conftest import ROOT, SETTINGS

PATIENCE = 60  # 秒：等一件事最多这么久
SOON = 10  # 秒：Ctrl-C 之后最多这么久
BROKEN = """
[nowhere](nowhere.md)

```{cell} chapter/nothing word
```
"""
PAGE = """# Tiny

WORDS

```{cell} chapter/topic word
:alt: 图
```

```{toctree}
:hidden:
:glob:
more*
gallery/index
```
"""
# 门关着，它就一直在运行
EXAMPLE = '''"""
Topic
=====

Says two words, draws a figure.
"""

# %% word
# Say them.

import pathlib
import time

import matplotlib.pyplot as plt

from kerasguide import helper

plt.figure(figsize=(helper.SIZE, 1))
gate = pathlib.Path("GATE")
gate.with_name("started").touch()
while gate.exists():
    time.sleep(0.05)
print("WORDS", helper.WORD)
'''
HELPER = 'WORD = "{}"\nSIZE = {}\n'
# 收不到 Ctrl-C 的 Sphinx
DEAF = """
import signal
import time

while Path("FOLDER", "deaf").exists():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path("FOLDER", "started").touch()
    time.sleep(0.05)
"""


class Live:
    """一个小项目，和它的 ``docs-live``。"""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        self.gate = folder / "gate"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.log_file = folder / "log"
        self.mark = f"KERASGUIDE_MARK={uuid.uuid4()}"
        self.process: subprocess.Popen[str] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        docs, chapter = self.root / "docs", self.root / "examples" / "chapter"
        chapter.mkdir(parents=True)
        unwanted = shutil.ignore_patterns("__pycache__")
        package = self.root / "kerasguide"
        shutil.copytree(ROOT / "kerasguide", package, ignore=unwanted)
        for name in ("_templates", "_static"):
            shutil.copytree(ROOT / "docs" / name, docs / name)
        for name in SETTINGS:
            shutil.copy(ROOT / "docs" / name, docs)
        with (docs / "conf.py").open("a", encoding="utf-8") as settings:
            settings.write(DEAF.replace("FOLDER", str(folder)))
        for header in (chapter.parent, chapter):
            header.joinpath("GALLERY_HEADER.rst").write_text("Examples\n========\n")
        self.page("page zero")
        self.example("example zero")
        self.helper("helper zero", 1)

    def page(self, words: str, more: str = "") -> None:
        text = PAGE.replace("WORDS", words) + more
        (self.root / "docs" / "index.md").write_text(text, encoding="utf-8")

    def example(self, words: str, more: str = "") -> None:
        text = EXAMPLE.replace("WORDS", words).replace("GATE", str(self.gate)) + more
        script = self.root / "examples" / "chapter" / "topic.py"
        script.write_text(text, encoding="utf-8")

    def helper(self, word: str, size: int) -> None:
        """长短不变，修改时间也不变：Python 只看这两样，决定用不用编译好的。"""
        path = self.root / "kerasguide" / "helper.py"
        before = path.stat().st_mtime_ns if path.exists() else None
        path.write_text(HELPER.format(word, size))
        if before:
            os.utime(path, ns=(before, before))

    def run(
        self, module: str, *arguments: str, stdout: int | IO[bytes]
    ) -> subprocess.Popen[str]:
        """在小项目里运行 ``python -m kerasguide.site.…``。"""
        name, _, value = self.mark.partition("=")
        environment = {
            **os.environ,
            name: value,
            "KERAS_BACKEND": "numpy",  # 例子用不着框架：最轻的
            "PYTHONPATH": str(self.root),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.temporary),
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", f"kerasguide.site.{module}", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.root.parent,  # 在哪里运行都行
            env=environment,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def said(self, *arguments: str) -> tuple[str, int]:
        """运行到底：退出码和说了什么。"""
        process = self.run(*arguments, stdout=subprocess.PIPE)
        try:
            return process.communicate(timeout=PATIENCE)[0], process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"过了 {PATIENCE} 秒还没有结束：{process.communicate()[0]}")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """运行着的就接着用。"""
        if self.process is None:
            with self.log_file.open("wb") as log:
                self.process = self.run("live", "--port", str(self.port), stdout=log)

    def start_held(self, gate: str = "gate") -> None:
        """从头开始，第一次构建停在例子那里，门开了才往下走。"""
        self.stop()
        self.example(f"example {uuid.uuid4()}")
        self.hold(gate)
        self.start()
        self.is_held()

    def hold(self, gate: str = "gate") -> None:
        self.gate.with_name("started").unlink(missing_ok=True)
        self.gate.with_name(gate).touch()

    def is_held(self) -> None:
        self.wait("停在门前", self.gate.with_name("started").exists)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def wait(self, what: str, true: Callable[[], bool]) -> None:
        assert self.process is not None
        deadline = time.monotonic() + PATIENCE
        while not true():
            ended = self.process.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "docs-live 停了" if ended else f"过了 {PATIENCE} 秒"
                pytest.fail(f"{why}，还没有等到{what}：\n{self.log()}")
            time.sleep(0.05)

    def wait_for_builds(self, number: int) -> None:
        self.wait(
            f"第 {number} 次构建", lambda: self.log().count("Serving on") >= number
        )

    def interrupt(self) -> tuple[int, float]:
        """终端里的 Ctrl-C：前台的整个进程组都收到；返回退出码和过了几秒。"""
        assert self.process is not None
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended(), time.monotonic() - began

    def ended(self) -> int:
        assert self.process is not None
        try:
            returncode = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            pytest.fail(f"过了 {PATIENCE} 秒还没有停下：\n{self.log()}")
        self.process = None
        for gate in ("gate", "deaf"):
            self.gate.with_name(gate).unlink(missing_ok=True)
        return returncode

    def running(self) -> dict[int, str]:
        """它起的进程，例子的也在内：环境变量里都带着记号。"""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = command.decode()
            except OSError:  # 别人的，或者刚刚没了
                continue
        return found

    def nothing_is_left(self) -> None:
        assert self.running() == {}, self.log()
        lock = self.root / ".nox" / "building.lock"
        with filelock.FileLock(lock, timeout=0):
            pass

    def sources(self) -> set[str]:
        """源文件的名字；``docs/_build`` 里的不是。"""
        return {
            path.relative_to(self.root).as_posix()
            for folder in ("docs", "examples")
            for path in (self.root / folder).rglob("*")
            if "_build" not in path.parts
        }

    def stop(self) -> None:
        if self.process is not None:
            self.interrupt()

    def destroy(self) -> None:
        for pid in self.running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()


class Shown:
    """浏览器里的一页；打开以后，测试不再刷新它。"""

    def __init__(self, live: Live, page: Page) -> None:
        self.live = live
        self.page = page
        page.set_default_timeout(PATIENCE * 1000)

    def open(self) -> None:
        self.page.goto(self.live.address)

    def shows(self, selector: str, text: str) -> None:
        try:
            place = self.page.locator(selector, has_text=text)
            place.first.wait_for(state="attached")
        except NotShown:
            shown = self.page.locator("body").inner_text()
            pytest.fail(f"页面上没有 {text!r}，只有：\n{shown}\n{self.live.log()}")

    def becomes(self, script: str) -> object:
        """等到页面里的 ``script`` 成立，返回它的值；这时页面可能正在刷新。"""
        try:
            value: object = self.page.wait_for_function(script).json_value()
        except NotShown:
            pytest.fail(f"页面上一直不是 {script}：\n{self.live.log()}")
        return value


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    live = Live(tmp_path_factory.mktemp("live"))
    # 在后台起的命令不理会 Ctrl-C，它起的进程也跟着不理会：像在终端里一样起 live
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield live
    signal.signal(signal.SIGINT, before)
    live.destroy()


@pytest.fixture
def page(live: Live, browser: Browser) -> Iterator[Shown]:
    context = browser.new_context()
    yield Shown(live, context.new_page())
    context.close()


@pytest.fixture
def opened(live: Live, page: Shown) -> Shown:
    """运行着的 ``docs-live`` 的首页。"""
    live.start()
    live.wait_for_builds(1)
    page.open()
    return page


def test_edits_are_shown_from_the_first_build_on(live: Live, page: Shown) -> None:
    """第一次构建的时候改的也算；页面、例子、小工具、样式，改一样，新一样。"""
    sources = live.sources()
    site = live.root / ".nox" / "build" / "live"
    shutil.rmtree(site, ignore_errors=True)
    live.start_held()
    page.open()
    page.shows("body", "正在构建")
    live.page("page one")
    live.gate.unlink()
    page.shows("article", "page one")

    # 图是很久以前的，浏览器就以为还能用很久
    (picture,) = site.glob("_images/*_topic_001.png")
    os.utime(picture, (0, 0))
    page.open()
    width = "document.querySelector('article img').naturalWidth"
    before = page.becomes(width)
    assert isinstance(before, int)
    live.example("example one")
    page.shows(".cell-output", "example one helper zero")
    live.helper("helper two!", 2)
    page.shows(".cell-output", "example one helper two!")
    page.becomes(f"{width} == {2 * before}")

    style = live.root / "docs" / "_static" / "kerasguide.css"
    with style.open("a") as file:
        file.write("\nh1 { color: rgb(1, 2, 3) }\n")
    color = "getComputedStyle(document.querySelector('h1')).color"
    page.becomes(f"{color} == 'rgb(1, 2, 3)'")
    assert live.sources() == sources  # 除了 docs/_build，什么也没有写


def test_errors_are_named_and_mended(live: Live, opened: Shown) -> None:
    live.page("page wrong", BROKEN)
    live.example("example wrong", "1 / 0\n")
    opened.shows("article", "page wrong")
    log = live.log()
    assert re.search(r"docs/index.md:\d+: WARNING.*nowhere.md", log), log
    assert re.search(r"docs/index.md:\d+: WARNING.*chapter/nothing", log), log
    assert re.search(r"例子 chapter/topic 失败了：[^例]*ZeroDivisionError", log), log

    # 还没有改对，又改：正在构建的时候，接连两次
    live.hold()
    live.example("example better")
    live.is_held()
    live.page("page better")
    live.example("example best")
    time.sleep(0.1)
    live.page("page best")
    live.gate.unlink()
    opened.shows("article", "page best")
    opened.shows(".cell-output", "example best")


def test_pages_come_and_go(live: Live, opened: Shown) -> None:
    more = live.root / "docs" / "more.md"
    for words in ("page more", "page much more"):  # 接连两次
        more.write_text(f"# More\n\n{words}\n")
        time.sleep(0.1)
    opened.shows(".sidebar-tree a", "More")
    opened.page.locator(".sidebar-tree a", has_text="More").click()
    opened.shows("article", "page much more")
    more.unlink()
    opened.shows("article", "没有这一页")


def test_only_one_at_a_time(live: Live, opened: Shown) -> None:
    for again in (["live"], ["build", "html"]):
        said, returncode = live.said(*again)
        assert said.startswith("另一个构建正在运行：")
        assert said.endswith("docs-live 要按 Ctrl-C 才结束\n")
        assert returncode == 1


def test_a_port_in_use_is_said(live: Live) -> None:
    live.stop()
    with socket.create_server(("127.0.0.1", live.port)):
        said, returncode = live.said("live", "--port", str(live.port))
    assert returncode == 1
    assert "address already in use" in said
    assert "换一个：nox -s docs-live -- --port 8001" in said
    live.nothing_is_left()


def test_nothing_is_built_for_nothing(live: Live, opened: Shown) -> None:
    """构建写下的、编辑器的临时文件，都不是改动，也不是站点的源文件。"""

    def begun() -> int:
        return live.log().count("pre-build")

    live.wait("构建完", lambda: live.log().count("Serving on") == begun())
    before = begun()
    for name in (
        "docs/_build/html/index.html",
        "docs/.index.md.swp",
        "docs/index.md~",
        "kerasguide/__pycache__/helper.pyc",
    ):
        path = live.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    time.sleep(1)
    assert begun() == before, live.log()
    live.page("page after")
    opened.shows("article", "page after")
    copied = {path.name for path in (live.root / ".nox/build/docs").iterdir()}
    assert copied == {"_static", "_templates", "gallery", "index.md", *SETTINGS}


def test_ctrl_c_stops_it(live: Live, opened: Shown) -> None:
    """浏览器开着。"""
    returncode, seconds = live.interrupt()
    live.nothing_is_left()
    assert (returncode, seconds < SOON) == (0, True), f"{seconds} 秒\n{live.log()}"
    assert "Traceback" not in live.log()


def test_ctrl_c_stops_a_running_example(live: Live) -> None:
    live.start_held()
    returncode, seconds = live.interrupt()
    live.nothing_is_left()
    assert (returncode, seconds < SOON) == (0, True), f"{seconds} 秒\n{live.log()}"
    assert list(live.temporary.glob("kerasguide-*")) == []


def test_ctrl_c_stops_what_does_not_hear_it(live: Live) -> None:
    live.start_held("deaf")
    returncode, seconds = live.interrupt()
    live.nothing_is_left()
    assert (returncode, seconds < SOON) == (0, True), f"{seconds} 秒\n{live.log()}"


@pytest.mark.parametrize(
    ("whose", "gate"), [("live --port", "gate"), ("live served", "deaf")]
)
def test_killed_it_leaves_nothing(live: Live, whose: str, gate: str) -> None:
    """被杀的是它，或者是它的服务器：别的也都结束。"""
    live.start_held(gate)
    commands = live.running()
    pid = min(pid for pid, command in commands.items() if whose in command)
    os.kill(pid, signal.SIGKILL)
    live.ended()
    deadline = time.monotonic() + 5
    while live.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    live.nothing_is_left()
    if whose == "live served":
        assert "服务器停了（退出码 -9）" in live.log()
