"""提供一个文件夹里的站点：``serve.py 文件夹 [端口]``；没有的页面用站点自己的 404 页。"""

import contextlib
import functools
import http.server
import signal
import sys
from http import HTTPStatus
from pathlib import Path
from typing import IO


class Handler(http.server.SimpleHTTPRequestHandler):
    """只有文件，不列文件夹；找不到时，送出的是 404.html。"""

    timeout = 60  # 连上了却不说话、不收数据的，不一直等

    def handle(self) -> None:
        # 看的人走了，不算毛病
        with contextlib.suppress(ConnectionError):
            super().handle()

    def send_head(self) -> IO[bytes] | None:  # type: ignore[override]
        try:
            return super().send_head()
        except ValueError:  # 文件名里不能有的字符，例如 %00
            self.send_error(HTTPStatus.NOT_FOUND)
            return None

    def list_directory(self, path: object) -> None:
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(
        self, code: int, message: str | None = None, explain: str | None = None
    ) -> None:
        page = Path(self.directory) / "404.html"
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main(folder: str, port: str = "8000") -> None:
    """一直提供，直到被停下。"""
    if not Path(folder).is_dir():
        sys.exit(f"没有文件夹 {folder}：先构建站点")
    # 容器里它是 1 号进程，不说就收不到停止的信号
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("", int(port)), handler) as server:
        print(f"站点在 http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
