"""把一页的网页印成 PDF::

    python -m kerasguide.site.write.print_pdf 一页的网页 书.pdf

由 Chromium 印：目录（outline）、页码、可以搜索的中文都由它给出。``nox -s book`` 装好它。
"""

import shutil
import sys
from pathlib import Path

_FOOTER = (
    '<div style="width:100%;font-size:8px;text-align:center;color:#555">'
    '<span class="title"></span>　<span class="pageNumber"></span> / '
    '<span class="totalPages"></span></div>'
)


def print_pdf(html: Path, pdf: Path) -> None:
    """把 ``html`` 印成 ``pdf``：A4，有目录和页码。

    Args:
        html: ``singlehtml`` 写的那一页。
        pdf: 写到哪里；已经有的会被换掉。

    Raises:
        FileNotFoundError: 没有 ``html``，或者没有 Chromium。
    """
    from playwright.sync_api import sync_playwright

    if not html.is_file():
        raise FileNotFoundError(f"没有 {html}：请用 nox -s book 先构建它")
    program = shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("没有找到 chromium：请用 nox -s book，或者先装好它")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(color_scheme="light")
        page.goto(html.absolute().as_uri())
        # 图片平时读到才取，印之前要全都取来
        page.evaluate(
            """async () => {
              for (const image of document.images) image.loading = "eager";
              await Promise.all([...document.images].map((image) => image.decode()));
              await document.fonts.ready;
            }"""
        )
        page.pdf(
            path=pdf,
            format="A4",
            margin={"top": "15mm", "bottom": "18mm", "left": "15mm", "right": "15mm"},
            print_background=True,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=_FOOTER,
        )
        browser.close()


if __name__ == "__main__":
    print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))
