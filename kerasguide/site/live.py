"""改动后自动重建，在浏览器里看：``python -m kerasguide.site.live``，直到按下 Ctrl-C。

sphinx-autobuild 看着 docs、examples、kerasguide；每次重建之前，源文件先复制到
``.nox/build``，与别的构建一样。别的选项（如 ``--port 8001``）都传给它。
"""

import contextlib
import functools
import importlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from kerasguide.site import build

_PATIENCE = 5  # 秒
_SERVED = "served"  # 这个模块在服务器的进程里运行时，参数的第一个


def live(options: Sequence[str]) -> None:
    """页面、例子、小工具一改就重建，浏览器里的页面跟着刷新；直到按下 Ctrl-C。

    Args:
        options: 给 sphinx-autobuild 的选项。

    Raises:
        BuildError: 已经有构建在运行，写不下，或者服务器自己停了。
    """
    out = build.ROOT / ".nox" / "build"
    site = out / "live"
    # 有警告也接着看，所以读过的页面不能与 html 共用：那里一个警告就算失败
    command = [sys.executable, "-m", "kerasguide.site.live", _SERVED]
    command += ["-n", "-j", "auto", "-d", str(out / "live-doctrees"), *options]
    command += ["--no-initial"]  # 由 _serve 来做
    for folder in ("docs", "examples", "kerasguide"):
        command += ["--watch", str(build.ROOT / folder)]
    # 构建自己写下的不是改动
    command += ["--ignore", str(out), "--ignore", str(build.ROOT / "docs" / "_build")]
    command += ["--re-ignore", build.NOT_SOURCES]
    copy = [sys.executable, "-m", "kerasguide.site.build", "copied"]
    command += ["--pre-build", shlex.join(copy)]
    with build.alone(), contextlib.suppress(KeyboardInterrupt):
        build.check_room()
        command += [str(build.copy_sources(out)), str(site)]
        site.mkdir(exist_ok=True)
        if not any(site.iterdir()):  # 构建好之前就打开的，也会自己刷新
            site.joinpath("index.html").write_text("正在构建……", encoding="utf-8")
        if code := _run_until_interrupted(command):
            raise build.BuildError(
                f"服务器停了（退出码 {code}）：上面说了为什么。"
                f"要是端口有别的程序在用，就换一个：nox -s docs-live -- --port 8001"
            )


def _run_until_interrupted(command: list[str]) -> int:
    """运行它，直到它自己结束，或者按下 Ctrl-C：不管怎样，它起的进程一个也不留。

    Raises:
        KeyboardInterrupt: 按下了 Ctrl-C，都停下了。
    """
    # 同一秒里改了两次、长短又一样的小工具，Python 会当作没有改，接着用编译好的
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    server = subprocess.Popen(
        command, stdin=subprocess.PIPE, env=environment, start_new_session=True
    )
    try:
        return server.wait()
    except KeyboardInterrupt:
        _signal_group(server.pid, signal.SIGINT)
        # 正在运行的例子由 Sphinx 停下；它正好在起步，就可能没有听见
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_PATIENCE)
        raise
    finally:
        # 它自己先没了，它起的进程也可能还在
        _signal_group(server.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        server.kill()
        server.wait()


def _signal_group(pid: int, number: int) -> None:
    if hasattr(os, "killpg"):  # Windows 没有；在那里它自己也收到 Ctrl-C
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, number)


def _serve(arguments: Sequence[str]) -> None:
    """``live`` 的服务器：sphinx-autobuild，改两处它没有选项的；``live`` 没了就结束。"""
    # 检查类型的环境里没有它们
    uvicorn = importlib.import_module("uvicorn")
    watchfiles = importlib.import_module("watchfiles")
    autobuild = importlib.import_module("sphinx_autobuild.__main__")
    watch = watchfiles.awatch

    async def watch_then_build(*paths: Path, **options: Any) -> AsyncIterator[Any]:
        # 先看着，再做第一次构建：它要几分钟，那时的改动也要看见
        options |= {"rust_timeout": 200, "yield_on_timeout": True}
        built = False
        async for changes in watch(*paths, **options):
            if changes or not built:
                built = True
                yield changes

    vars(watchfiles)["awatch"] = watch_then_build
    # 例子的图改了，名字不变：不说，浏览器就用它留着的
    fresh = [("Cache-Control", "no-store")]
    vars(uvicorn)["run"] = functools.partial(uvicorn.run, headers=fresh)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    autobuild.main(arguments)


def _end_with_parent() -> None:
    """``live`` 拿着标准输入的另一头：它被杀，这里就读到了头。"""
    os.read(0, 1)
    _signal_group(0, getattr(signal, "SIGKILL", signal.SIGTERM))
    os._exit(1)


def main(arguments: Sequence[str]) -> str | None:
    """返回停下的原因；是按 Ctrl-C 停下的，就是 ``None``。"""
    if arguments[:1] == [_SERVED]:
        _serve(arguments[1:])
        return None
    try:
        live(arguments)
    except build.BuildError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
