"""提供一个文件夹里的站点：``serve.py 文件夹 [端口]``；没有的页面用站点自己的 404 页。"""

import functools
import http.server
import signal
import sys
from pathlib import Path


class Handler(http.server.SimpleHTTPRequestHandler):
    """找不到时，送出的是 404.html。"""

    def send_error(self, code, message=None, explain=None):
        page = Path(self.directory) / "404.html"
        if code != http.HTTPStatus.NOT_FOUND or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main(folder, port="8000"):
    """一直提供，直到被停下。"""
    # 容器里它是 1 号进程，不说就收不到停止的信号
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("", int(port)), handler) as server:
        print(f"站点在 http://127.0.0.1:{server.server_address[1]}/", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
