"""真浏览器里的测试：``nox -s browser`` 装好 Chromium 和 Playwright 再运行它们。

站点由 ``site`` fixture 从头构建，既从 127.0.0.1 打开，也直接从磁盘打开。
"""

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import ROOT, Site

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def served(site: Site) -> Iterator[str]:
    """站点在 127.0.0.1 上的地址。"""
    handler = functools.partial(_Quiet, directory=str(site.html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "没有找到 chromium：请用 nox -s browser 运行"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def page_names(site: Site) -> list[str]:
    """站点的每一页，相对于根。"""
    return sorted(
        path.relative_to(site.html).as_posix() for path in site.html.rglob("*.html")
    )


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """截图放在这里，供人看；几个进程写的是不同的文件。"""
    folder = ROOT / "docs" / "_build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
