"""每个例子在自己的进程里运行：一个例子做什么，都碰不到别的例子，也碰不到 Sphinx。

要运行的例子由 :mod:`~kerasguide.site.run.fingerprint` 给出。它们排成一队，上次运行得
最久的排在最前，一个核运行一个。导入框架要好几秒，所以先有一个进程导入它
（:mod:`~kerasguide.site.run.preload`），每个例子的进程从它分出来（标准库的
``forkserver``）；不能这样做的系统上，每个进程自己导入。只用于一个后端的例子（见
:mod:`kerasguide.backends`）也自己导入：它要在导入之前设置别的。

运行、写例子的页面用的是 sphinx-gallery 的 ``generate_file_rst``，和它自己运行时一样；
轮到 sphinx-gallery 时，它看到这些例子都是新的，只把页面编成例子库。

进程死了（内存不够、框架崩溃、停在 C 代码里超过时限），失败的只是它正在运行的例子。
例子结束，它起的别的进程也都结束；Sphinx 的进程没了，全都结束。
"""

import contextlib
import dataclasses
import json
import logging as standard_logging
import multiprocessing
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx_gallery.gen_rst import generate_file_rst

from kerasguide import backends
from kerasguide.site.base import examples
from kerasguide.site.base.warn import warn
from kerasguide.site.run import fingerprint, gallery

_logger = logging.getLogger(__name__)

# 一个例子（TensorFlow、Keras 和它的数据）最多要这么多内存
_MEMORY = 2_000_000_000
# 没有例子结束时，隔这么多秒说一次正在运行什么
_HEARTBEAT = 20
# 例子自己停不下来，过了时限再等这么多秒就结束它的进程
_GRACE = 60
# 例子做完了，等它的进程自己结束这么多秒：它的线程、信号量要收拾
_PATIENCE = 2
# 一边运行，它取决于的东西一边在改，这么多次就不再试
_ATTEMPTS = 3

# 全新的进程：框架由例子自己导入
_SPAWN = multiprocessing.get_context("spawn")
# macOS 的系统库在 fork 之后不能用，Windows 没有 fork
_CAN_FORK = sys.platform == "linux"
_FORK = multiprocessing.get_context("forkserver") if _CAN_FORK else _SPAWN


def setup(app: Sphinx) -> None:
    app.add_config_value("kerasguide_workers", "auto", "", types=frozenset({int, str}))
    app.add_config_value("kerasguide_time_limit", 600, "", types=frozenset({int}))
    # sphinx-gallery 读设置（10）的前后
    app.connect("config-inited", _hide_matplotlib, priority=9)
    app.connect("config-inited", _show_matplotlib, priority=11)
    # 先于 sphinx-gallery（500）
    app.connect("builder-inited", fingerprint.forget_stale, priority=450)
    app.connect("builder-inited", run_examples, priority=460)


def _hide_matplotlib(app: Sphinx, config: Config) -> None:
    """sphinx-gallery 读设置时顺便导入 Matplotlib，没有它也行：画图的是例子的进程。"""
    sys.modules.setdefault("matplotlib", None)  # type: ignore[arg-type]


def _show_matplotlib(app: Sphinx, config: Config) -> None:
    if sys.modules.get("matplotlib") is None:
        sys.modules.pop("matplotlib", None)


def how_many(setting: int | str, cores: int, memory: int) -> int:
    """同时运行几个例子：每个核一个，内存也要够。

    Args:
        setting: ``kerasguide_workers`` 的值：``"auto"``，或者就是几个。
        cores: 能用的核数。
        memory: 空闲的内存，字节。

    Raises:
        ValueError: ``setting`` 不是 ``"auto"``，也不是正整数。

    Examples:
        >>> how_many("auto", cores=8, memory=24_000_000_000)
        8
        >>> how_many("auto", cores=8, memory=5_000_000_000)
        2
        >>> how_many("auto", cores=1, memory=500_000_000)
        1
        >>> how_many("3", cores=2, memory=24_000_000_000)
        3
        >>> how_many(0, cores=2, memory=24_000_000_000)
        Traceback (most recent call last):
        ...
        ValueError: kerasguide_workers=0 不行：要写 auto，或者同时运行几个例子，至少 1 个
    """
    if setting == "auto":
        return max(1, min(cores, memory // _MEMORY))
    if not str(setting).isdecimal() or int(setting) < 1:
        raise ValueError(
            f"kerasguide_workers={setting} 不行：要写 auto，"
            f"或者同时运行几个例子，至少 1 个"
        )
    return int(setting)


def run_examples(app: Sphinx) -> None:
    """运行要运行的例子。"""
    gallery_conf = app.config.sphinx_gallery_conf
    if not examples.are_run(app.config):
        return
    limit = app.config.kerasguide_time_limit
    if limit < 1:
        raise ExtensionError(
            f"kerasguide_time_limit={limit} 不行：要写一个例子最多运行多少秒，至少 1 秒"
        )
    try:
        count = how_many(app.config.kerasguide_workers, _cores(), _free_memory())
    except ValueError as error:
        raise ExtensionError(str(error)) from error
    examples_dir, gallery_dir = examples.directories(app)
    jobs = [
        _Job(examples_dir / f"{name}.py", gallery_dir / f"{name}.py")
        for name in fingerprint.to_run(examples_dir, gallery_dir)
    ]
    if not jobs:
        return
    count = min(len(jobs), count)
    _logger.info("要运行 %s 个例子，用 %s 个工作进程", len(jobs), count)
    failed = _Pool(jobs, count, limit, gallery_conf).run()
    if failed:
        # 已经失败的不让 sphinx-gallery 再运行一遍；它在构建结束时总结失败的例子
        gallery_conf["failing_examples"].update(failed)
        ends = "|".join(re.escape(path) for path in failed)
        pattern = gallery_conf["filename_pattern"]
        gallery_conf["filename_pattern"] = rf"^(?!(?:{ends})$).*(?:{pattern})"


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _free_memory() -> int:
    names = getattr(os, "sysconf_names", {})
    if "SC_AVPHYS_PAGES" not in names:  # Windows、macOS 没有
        return sys.maxsize
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _commit(source: Path) -> str:
    """源文件的提交；之后有改动就说明；不在 git 仓库里，或者没有 git，就是空的。"""

    def git(*words: str) -> str:
        command = ["git", "-C", str(source), *words]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    try:
        commit = git("rev-parse", "--short", "HEAD")
        changed = git("status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit}（之后有改动）" if changed else commit


class _Job:
    """一个要运行的例子。"""

    def __init__(self, script: Path, copy: Path) -> None:
        self.name = f"{script.parent.name}/{script.stem}"
        self.script = script
        self.copy = copy
        self.attempts = 0
        self.is_legacy = backends.is_legacy(script)
        only = backends.only_on(script)
        self.only_on = only[0] if only and not self.is_legacy else None
        # sphinx-gallery 记下的上次运行的时间
        self.seconds = _last_time(copy)


def _last_time(copy: Path) -> float | None:
    try:
        cost = json.loads(copy.with_suffix(".cost.json").read_text("utf-8"))
        return float(cost["time"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclasses.dataclass(frozen=True)
class _Task:
    """交给例子的进程的东西。"""

    copy: Path
    script: Path
    log: Path
    environment: dict[str, str]
    gallery_conf: dict[str, Any]
    conditions: gallery.Conditions


class _Worker:
    """一个例子的进程。"""

    def __init__(
        self,
        context: "multiprocessing.context.SpawnContext | multiprocessing.context.ForkServerContext",
        job: _Job,
        task: _Task,
        fingerprint: dict[str, str],
    ) -> None:
        self.job = job
        self.fingerprint = fingerprint  # 运行之前的
        self.folder = task.log.parent
        self.log = task.log  # 框架打印的东西平时不看，出了事才看
        self.limit = task.conditions.limit
        self.warned = False
        self.log.touch()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, task))
        self.began = time.monotonic()
        self.process.start()
        theirs.close()

    def seconds(self) -> float:
        return time.monotonic() - self.began

    def finished(self) -> bool:
        """有了结果，或者进程没了：它分出的进程可能还拿着管道，所以两样都看。"""
        if self.connection.poll() or not self.process.is_alive():
            return True
        return self.seconds() > self.limit + _GRACE

    def result(self) -> str | None:
        """例子失败的样子；没有失败就是 ``None``。"""
        if self.connection.poll():
            try:
                problem: str | None
                messages: list[str]
                problem, messages = self.connection.recv()
            except (EOFError, OSError):
                return self._last_words()
            if not problem:  # 失败了的，说的是同一件事
                self.warned = bool(messages)
                for message in messages:
                    warn("example", "例子 %s：%s", self.job.name, message)
            return problem
        if self.process.is_alive():
            return (
                f"例子 {self.job.name} 运行了 {self.seconds():.0f} 秒还停不下来，"
                f"只好结束它的进程；真要这么久，就把 docs/conf.py 的 "
                f"kerasguide_time_limit 改大"
            )
        return self._last_words()

    def _last_words(self) -> str:
        fingerprint.forget(self.job.copy)  # 写到一半的
        self.process.join(_HEARTBEAT)
        code = self.process.exitcode
        how = f"自己退出了（退出码 {code}）"
        if code is None:
            how = "不再回答"
        elif code < 0:
            how = f"被信号 {_signal_name(-code)} 结束（退出码 {code}）"
        advice = "上面是它最后打印的，改好例子再来一次"
        if code == -getattr(signal, "SIGKILL", 0):
            advice = (
                "多半是内存不够：关掉别的程序，或者把 docs/conf.py 的 "
                "kerasguide_workers 设成 1，再来一次"
            )
        printed = self.log.read_text("utf-8", errors="replace").splitlines()
        last = f"运行例子 {self.job.name} 的进程{how}。{advice}"
        return "\n".join([*printed[-30:], last])

    def stop(self, patience: float = 0) -> None:
        """结束它，连同它起的别的进程，收走它的文件夹；先等一等，让它自己收拾。"""
        self.process.join(patience)
        if self.process.pid is not None:
            _kill_group(self.process.pid)
        self.process.kill()
        self.process.join()
        self.connection.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _signal_name(number: int) -> str:
    known = {one.value: one.name for one in signal.Signals}
    return known.get(number, str(number))


def _kill_group(pid: int) -> None:
    if hasattr(os, "killpg"):
        # 都已经没了，或者还没有来得及自成一组
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


class _Pool:
    """运行一队例子；``run`` 返回失败的。"""

    def __init__(
        self,
        jobs: list[_Job],
        count: int,
        limit: int,
        gallery_conf: dict[str, Any],
    ) -> None:
        # 没有记录的当作最久的：宁可早点开始
        self.waiting = sorted(
            jobs, key=lambda job: (job.seconds is not None, -(job.seconds or 0))
        )
        self.total = len(jobs)
        self.count = count
        self.limit = limit
        self.gallery_conf = gallery_conf
        self.commit = _commit(Path(gallery_conf["src_dir"]))
        self.folder = tempfile.TemporaryDirectory(
            prefix="kerasguide-", ignore_cleanup_errors=True
        )
        self.workers: list[_Worker] = []
        self.failed: dict[str, str] = {}
        self.took: list[float] = []
        self.package = fingerprint.package()
        preload = [f"{__package__}.preload"]
        if any(job.is_legacy for job in jobs):
            preload.append("tf_keras")
        if _CAN_FORK:
            _FORK.set_forkserver_preload(preload)

    def run(self) -> dict[str, str]:
        try:
            while self.waiting or self.workers:
                self._hand_out()
                waited = [worker.connection for worker in self.workers]
                ended = [worker.process.sentinel for worker in self.workers]
                wait([*waited, *ended], _HEARTBEAT)
                finished = [worker for worker in self.workers if worker.finished()]
                for worker in finished:
                    self._take_back(worker)
                if not finished:
                    self._say("还没有例子结束")
        finally:
            for worker in self.workers:
                worker.stop()
            self.folder.cleanup()
        return self.failed

    def _hand_out(self) -> None:
        while self.waiting and len(self.workers) < self.count:
            job = self.waiting.pop(0)
            job.attempts += 1
            fingerprint.forget(job.copy)
            (job.copy.parent / "images" / "thumb").mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self.folder.name))
            figures = folder / "figures"
            figures.mkdir()
            environment = dict(os.environ)
            if job.only_on:
                environment["KERAS_BACKEND"] = job.only_on
            task = _Task(
                job.copy,
                job.script,
                folder / "log",
                environment,
                self.gallery_conf,
                gallery.Conditions(
                    figures, self.limit, self.commit, fresh=bool(job.only_on)
                ),
            )
            # 分出进程的那一个，载入的是开始时的代码：后来改了，就要重新载入
            changed = fingerprint.package() != self.package
            context = _SPAWN if job.only_on or changed else _FORK
            self.workers.append(_Worker(context, job, task, self._now(job)))

    def _now(self, job: _Job) -> dict[str, str]:
        return fingerprint.of(job.script, self.gallery_conf)

    def _take_back(self, worker: _Worker) -> None:
        job, problem, seconds = worker.job, worker.result(), worker.seconds()
        worker.stop(_PATIENCE)
        self.workers.remove(worker)
        self.took.append(seconds)
        if not problem and self._now(job) != worker.fingerprint:
            if job.attempts < _ATTEMPTS:
                self.waiting.insert(0, job)
                self._say(f"{job.name} 运行的时候，它取决于的东西改了：再运行一次")
                return
            changed = fingerprint.difference(worker.fingerprint, self._now(job))
            problem = (
                f"例子 {job.name} 每次运行的时候，它取决于的东西都在改"
                f"（{'、'.join(changed)}）：没有人在改，就是有例子往自己的文件夹里写，"
                f"请它写到临时文件夹里"
            )
        if problem:
            self.failed[os.path.normpath(job.script)] = problem
            _logger.info("例子 %s 失败了：\n%s", job.name, problem, color="red")
        elif not worker.warned:  # 有警告的，下次再运行一遍，再说一次
            fingerprint.seal(job.copy, worker.fingerprint)
        self._say(f"{job.name} 用了 {seconds:.1f} 秒")

    def _say(self, what: str) -> None:
        """做完几个，正在运行什么，等着几个，大约还要多久。"""
        done = self.total - len(self.waiting) - len(self.workers)
        running = "、".join(worker.job.name for worker in self.workers)
        _logger.info(
            "例子 %s/%s：%s%s%s",
            done,
            self.total,
            what,
            f"；正在运行 {running}" if running else "",
            f"；等着 {len(self.waiting)} 个，大约还要 {self._left():.0f} 秒"
            if self.waiting
            else "",
        )

    def _left(self) -> float:
        known = [job.seconds for job in self.waiting if job.seconds is not None]
        usual = statistics.mean([*self.took, *known]) if self.took or known else 0
        seconds = sum(
            usual if job.seconds is None else job.seconds for job in self.waiting
        )
        for worker in self.workers:
            expected = usual if worker.job.seconds is None else worker.job.seconds
            seconds += max(0, expected - worker.seconds())
        return seconds / self.count


class _Said(standard_logging.Handler):
    """Sphinx 和 sphinx-gallery 在例子的进程里说的警告：由 Sphinx 的进程再说，``-W`` 才看得见。"""

    def __init__(self) -> None:
        super().__init__(standard_logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: standard_logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _work(connection: Connection, task: _Task) -> None:
    """例子的进程：运行它，写好它的页面，报告它失败的样子。"""
    if hasattr(os, "setsid"):
        os.setsid()  # 自成一组：结束它时，它起的别的进程也一起结束
    with task.log.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)  # 没有人能回答它的提问
    os.environ.clear()
    os.environ.update(task.environment)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    said = _Said()
    standard_logging.getLogger("sphinx").addHandler(said)
    gallery.begin(task.conditions)
    where = (task.copy.name, str(task.copy.parent), str(task.script.parent))
    try:
        result = generate_file_rst(*where, task.gallery_conf)[3]
        problem = result.get("formatted_exception")
    except ExtensionError as error:  # 收它的图片时
        problem = str(error)
    connection.send((problem, said.messages))


def _end_with_parent() -> None:
    """Sphinx 的进程被杀，这里也跟着结束：没有谁再来改 docs/gallery。"""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        _kill_group(os.getpgrp())
    os._exit(1)
