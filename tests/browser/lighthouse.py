"""Lighthouse：每种页面的四项得分（手机）、压缩后的字节数，和搜索索引平均每页的字节数。

``nox -s lighthouse`` 装好 Lighthouse 再运行它：``python -m tests.browser.lighthouse 站点``。
得分随机器的快慢浮动，所以只打印，不断言；字节数不浮动，由 ``test_bytes.py`` 守着。
"""

import contextlib
import functools
import gzip
import http.server
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

KINDS = {
    "首页": "index.html",
    "有公式的页面": "guide/basics/compile.html",
    "例子的页面": "gallery/basics/mnist_fit.html",
    "勘误与验证": "guide/note/ledger.html",
    "搜索": "search.html",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_COMPRESSED = (".html", ".css", ".js", ".svg", ".json", ".txt")


class Handler(http.server.SimpleHTTPRequestHandler):
    """像一般的静态主机那样压缩文字，保持连接。"""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        path = Path(self.translate_path(self.path))
        if path.suffix not in _COMPRESSED or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 9)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *args: object) -> None:
        pass


@contextlib.contextmanager
def serving(site: Path) -> Iterator[str]:
    """在 127.0.0.1 上提供 ``site``，给出地址。"""
    handler = functools.partial(Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def audit(url: str) -> dict[str, Any]:
    """Lighthouse 的报告；手机，模拟的慢网。"""
    command = ["lighthouse", url, "--output=json", "--quiet"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    program = shutil.which("chromium")
    assert program, "没有找到 chromium：请用 nox -s lighthouse 运行"
    environment = {**os.environ, "CHROME_PATH": program}
    done = subprocess.run(
        command, check=True, env=environment, stdout=subprocess.PIPE, text=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def main(site: Path) -> None:
    """打印一张表；没有满分的，列出扣分的是哪几项。"""
    print("四项：性能、无障碍、最佳做法、搜索引擎")
    with serving(site) as address:
        for kind, name in KINDS.items():
            report = audit(f"{address}/{name}")
            scores = [
                round(100 * report["categories"][category]["score"])
                for category in CATEGORIES
            ]
            size = report["audits"]["total-byte-weight"]["numericValue"] / 1000
            print(f"{kind}（{name}）：{scores}，{size:.1f} KB", flush=True)
            for title, value in _failed(report):
                print(f"    {title} {value}")
    index = gzip.compress((site / "searchindex.js").read_bytes(), 9)
    pages = len(list(site.rglob("*.html")))
    print(f"搜索索引：{len(index) / 1000:.1f} KB，{pages} 页，", end="")
    print(f"每页 {len(index) / pages / 1000:.2f} KB")


def _failed(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for category in CATEGORIES:
        for reference in report["categories"][category]["auditRefs"]:
            one = report["audits"][reference["id"]]
            if reference["weight"] and (one["score"] or 0) < 0.9:
                yield one["title"], one.get("displayValue", "")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
