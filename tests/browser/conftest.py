"""真浏览器里的测试：``nox -s browser`` 装好 Chromium 和 Playwright 再运行它们。

站点由 ``site`` fixture 从头构建，既从 127.0.0.1 打开，也直接从磁盘打开。
"""

import functools
import http.server
import shutil
import threading

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import ROOT

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="session")
def served(site):
    """站点在 127.0.0.1 上的地址。"""
    handler = functools.partial(_Quiet, directory=str(site.html))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    program = shutil.which("chromium")
    assert program, "没有找到 chromium：请用 nox -s browser 运行"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def page_names(site):
    """站点的每一页，相对于根。"""
    return sorted(
        path.relative_to(site.html).as_posix() for path in site.html.rglob("*.html")
    )


@pytest.fixture(scope="session")
def artefacts():
    """截图放在这里，供人看。"""
    folder = ROOT / "docs" / "_build" / "screenshots"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
