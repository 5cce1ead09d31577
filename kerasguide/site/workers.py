"""例子在工作进程里运行：Sphinx 自己的进程从不导入框架，框架在每个进程里只导入一次。

要运行的例子由 :mod:`~kerasguide.site.fingerprint` 给出。它们排成一队，上次运行得最久
的排在最前；每个工作进程做完一个，领下一个。运行、写例子的页面用的是 sphinx-gallery
的 ``generate_file_rst``，和它自己运行时一样；轮到 sphinx-gallery 时，它看到这些例子都
是新的，只把页面编成例子库。只用于一个后端的例子（见 :mod:`kerasguide.backends`）
各有一个全新的进程，运行完就结束。

进程死了（内存不够、框架崩溃、停在 C 代码里超过时限），失败的只是它正在运行的例子：
换一个新的进程，别的例子接着运行。
"""

import json
import multiprocessing
import multiprocessing.connection
import os
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from sphinx.util import logging
from sphinx_gallery.gen_rst import generate_file_rst

from kerasguide import backends
from kerasguide.site import examples, fingerprint, gallery

logger = logging.getLogger(__name__)

# 一个工作进程（TensorFlow、Keras 和一个例子的数据）最多要这么多内存
_MEMORY = 2_000_000_000
# 没有例子结束时，隔这么多秒说一次正在运行什么
_HEARTBEAT = 20


def setup(app):
    app.add_config_value("kerasguide_workers", "auto", "", types=frozenset({int, str}))
    # sphinx-gallery 读设置（10）的前后
    app.connect("config-inited", _hide_matplotlib, priority=9)
    app.connect("config-inited", _show_matplotlib, priority=11)
    # 晚于 fingerprint.forget_stale（450），先于 sphinx-gallery（500）
    app.connect("builder-inited", run_examples, priority=460)


def _hide_matplotlib(app, config):
    """sphinx-gallery 读设置时顺便导入 Matplotlib，没有它也行：画图的是工作进程。"""
    sys.modules.setdefault("matplotlib", None)


def _show_matplotlib(app, config):
    if sys.modules["matplotlib"] is None:
        del sys.modules["matplotlib"]


def how_many(setting: int | str, cores: int, memory: int) -> int:
    """用几个工作进程：每个核一个，内存也要够。

    Args:
        setting: ``kerasguide_workers`` 的值：``"auto"``，或者就是几个。
        cores: 能用的核数。
        memory: 空闲的内存，字节。

    Examples:
        >>> how_many("auto", cores=8, memory=24_000_000_000)
        8
        >>> how_many("auto", cores=8, memory=5_000_000_000)
        2
        >>> how_many("auto", cores=1, memory=500_000_000)
        1
        >>> how_many(3, cores=2, memory=24_000_000_000)
        3
    """
    if setting != "auto":
        return int(setting)
    return max(1, min(cores, memory // _MEMORY))


def run_examples(app):
    """运行要运行的例子。``kerasguide_workers`` 是 0 时不管：由 sphinx-gallery 在这个进程里运行。"""
    gallery_conf = app.config.sphinx_gallery_conf
    setting = app.config.kerasguide_workers
    if not gallery_conf["plot_gallery"] or setting == 0:
        return
    examples_dir, gallery_dir = examples.directories(app.config, app.srcdir)
    jobs = [
        _Job(name, examples_dir / f"{name}.py", gallery_dir / f"{name}.py")
        for name in fingerprint.to_run(examples_dir, gallery_dir)
    ]
    if not jobs:
        return
    count = min(len(jobs), how_many(setting, _cores(), _free_memory()))
    logger.info("要运行 %s 个例子，用 %s 个工作进程", len(jobs), count)
    failed = _Pool(jobs, count, gallery_conf).run()
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


class _Job:
    """一个要运行的例子。"""

    def __init__(self, name, script, copy):
        self.name = name
        self.script = script
        self.copy = copy
        self.only_on = None
        if not backends.is_legacy(script) and (only := backends.only_on(script)):
            self.only_on = only[0]
        try:  # sphinx-gallery 记下的上次运行的时间
            cost = json.loads(copy.with_suffix(".cost.json").read_text("utf-8"))
            self.seconds = float(cost["time"])
        except (OSError, ValueError, KeyError, TypeError):
            self.seconds = None


class _Worker:
    """一个工作进程，和它正在运行的例子。"""

    def __init__(self, log, backend, gallery_conf):
        self.log = log  # 框架打印的东西平时不看，出了事才看
        log.touch()
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = (theirs, log, backend, gallery_conf)
        self.process = context.Process(target=_work, args=arguments)
        self.process.start()
        theirs.close()
        self.job = None

    def begin(self, job):
        self.job = job
        self.began = time.monotonic()
        where = (job.copy.name, str(job.copy.parent), str(job.script.parent))
        self.connection.send(where)

    def finish(self) -> str | None:
        """等到例子结束；返回它失败的样子，没有失败就是 ``None``。"""
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self.process.join()
            return self._last_words()

    def _last_words(self):
        code = self.process.exitcode
        how = f"被信号 {signal.Signals(-code).name} 结束" if code < 0 else "自己退出了"
        advice = "上面是它最后打印的，改好例子再来一次"
        if code == -getattr(signal, "SIGKILL", 0):
            advice = (
                "多半是内存不够：关掉别的程序，或者把 docs/conf.py 的 "
                "kerasguide_workers 设成 1，再来一次"
            )
        printed = self.log.read_text("utf-8", errors="replace").splitlines()
        last = f"运行例子 {self.job.name} 的进程{how}（退出码 {code}）。{advice}"
        return "\n".join([*printed[-30:], last])

    def stop(self):
        self.connection.close()  # 闲着的进程读到结尾，自己结束
        if self.job:
            self.process.kill()
        self.process.join()


class _Pool:
    """运行一队例子；``run`` 返回失败的。"""

    def __init__(self, jobs, count, gallery_conf):
        # 没有记录的当作最久的：宁可早点开始
        self.waiting = sorted(
            jobs, key=lambda job: (job.seconds is not None, -(job.seconds or 0))
        )
        self.total = len(jobs)
        self.count = count
        self.gallery_conf = gallery_conf
        self.logs = tempfile.TemporaryDirectory(prefix="kerasguide-logs-")
        self.workers = []
        self.failed = {}
        self.took = []

    def run(self) -> dict[str, str]:
        try:
            while self.waiting or self._busy():
                self._hand_out()
                ready = multiprocessing.connection.wait(
                    [worker.connection for worker in self._busy()], _HEARTBEAT
                )
                for worker in self._busy():
                    if worker.connection in ready:
                        self._take_back(worker)
                if not ready:
                    self._say("还没有例子结束")
        finally:
            for worker in self.workers:
                worker.stop()
            self.logs.cleanup()
        return self.failed

    def _busy(self):
        return [worker for worker in self.workers if worker.job]

    def _hand_out(self):
        while self.waiting and len(self._busy()) < self.count:
            job = self.waiting.pop(0)
            (job.copy.parent / "images" / "thumb").mkdir(parents=True, exist_ok=True)
            self._worker_for(job).begin(job)

    def _worker_for(self, job):
        if not job.only_on:
            for worker in self.workers:
                if not worker.job and worker.process.is_alive():
                    return worker
        log = Path(self.logs.name, job.copy.stem)
        worker = _Worker(log, job.only_on, self.gallery_conf)
        self.workers.append(worker)
        return worker

    def _take_back(self, worker):
        job, problem = worker.job, worker.finish()
        seconds = time.monotonic() - worker.began
        self.took.append(seconds)
        if problem:
            self.failed[os.path.normpath(job.script)] = problem
            logger.info("例子 %s 失败了：\n%s", job.name, problem, color="red")
        worker.job = None
        if job.only_on or not worker.process.is_alive():
            worker.stop()
            self.workers.remove(worker)
        self._say(f"{job.name} 用了 {seconds:.1f} 秒")

    def _say(self, what):
        """做完几个，正在运行什么，等着几个，大约还要多久。"""
        done = self.total - len(self.waiting) - len(self._busy())
        running = "、".join(worker.job.name for worker in self._busy())
        logger.info(
            "例子 %s/%s：%s%s%s",
            done,
            self.total,
            what,
            f"；正在运行 {running}" if running else "",
            f"；等着 {len(self.waiting)} 个，大约还要 {self._left():.0f} 秒"
            if self.waiting
            else "",
        )

    def _left(self):
        known = [job.seconds for job in self.waiting if job.seconds is not None]
        usual = statistics.mean([*self.took, *known]) if self.took or known else 0
        seconds = sum(
            usual if job.seconds is None else job.seconds for job in self.waiting
        )
        for worker in self._busy():
            expected = usual if worker.job.seconds is None else worker.job.seconds
            seconds += max(0, expected - (time.monotonic() - worker.began))
        return seconds / self.count


def _work(connection, log, backend, gallery_conf):
    """工作进程：一个接一个地运行例子，直到没有了。"""
    with log.open("wb") as file:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(file.fileno(), stream.fileno())
    # Sphinx 的进程被杀，这里也跟着结束：没有谁再来改 docs/gallery
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if backend:
        os.environ["KERAS_BACKEND"] = backend
        gallery.start_without_framework()
    while True:
        try:
            name, target, source = connection.recv()
        except EOFError:
            return
        result = generate_file_rst(name, target, source, gallery_conf)[3]
        connection.send(result.get("formatted_exception"))


def _end_with_parent():
    multiprocessing.parent_process().join()
    os._exit(1)
