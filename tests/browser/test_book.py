"""书：PDF 有目录和页码，中文搜得到，表格对得齐；EPUB 是完好的，没有脚本。"""

import re
import shutil
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import pypdf
import pytest

from kerasguide.site.write import print_pdf


@pytest.fixture(scope="session")
def as_book(site, tmp_path_factory):
    """返回一个函数：用站点的例子的结果，把书写成网页或电子书。"""
    folder = tmp_path_factory.mktemp("book")
    for name in ("docs", "examples"):  # 别的进程也在用 site
        shutil.copytree(site.source.parent / name, folder / name)

    def build(builder):
        out = folder / builder
        gate = ["-q", "-n", "-W", "-T", "--keep-going", "-t", "book"]
        command = [sys.executable, "-m", "sphinx", "-b", builder, *gate]
        command += ["-d", str(folder / "doctrees"), str(folder / "docs"), str(out)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return out

    return build


@pytest.fixture(scope="session")
def pdf(as_book, tmp_path_factory):
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    # 另一个进程：这个进程里可能已经有一个 Playwright
    command = [sys.executable, "-m", "kerasguide.site.write.print_pdf"]
    command += [str(as_book("singlehtml") / "index.html"), str(target)]
    subprocess.run(command, check=True)
    return pypdf.PdfReader(target)


def test_pdf_has_an_outline_of_every_page(pdf, site):
    def titles(outline):
        for entry in outline:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield entry.title

    found = set(titles(pdf.outline))
    for name in site.pages():
        heading = site.page(name).h1
        heading.a.decompose()  # 段落标记
        assert heading.get_text() in found


def test_pdf_pages_are_numbered(pdf):
    total = len(pdf.pages)
    for number in (1, total // 2, total):
        text = pdf.pages[number - 1].extract_text()
        assert re.search(rf"{number} ?/ ?{total}", text)


def test_pdf_is_searchable_and_its_tables_line_up(pdf):
    texts = [page.extract_text() for page in pdf.pages]
    assert any("转置卷积" in text for text in texts)
    rows = [row for text in texts for row in text.splitlines() if "┃" in row]
    assert len(rows) > 10
    # 一行没有断成两行：表头的每一行有左右两条边
    assert all(row.strip()[0] == row.strip()[-1] == "┃" for row in rows)


def test_pdf_needs_the_page_first(tmp_path):
    with pytest.raises(FileNotFoundError, match="nox -s book"):
        print_pdf.print_pdf(tmp_path / "index.html", tmp_path / "book.pdf")
    assert not (tmp_path / "book.pdf").exists()


def test_epub_is_whole_and_readable_without_scripts(as_book):
    book = zipfile.ZipFile(as_book("epub") / "kerasguide.epub")
    first = book.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    package = ElementTree.fromstring(book.read("content.opf"))
    listed = {
        item.get("href") for item in package.iter("{http://www.idpf.org/2007/opf}item")
    }
    assert listed <= set(book.namelist())
    assert any(name.endswith(".woff2") for name in listed)
    pages = [name for name in listed if name.endswith(".xhtml")]
    assert "guide/vision/residual.xhtml" in pages
    assert not any(name.startswith("gallery/") for name in pages)
    for name in pages:
        page = ElementTree.fromstring(book.read(name))
        assert not list(page.iter("{http://www.w3.org/1999/xhtml}script")), name
    contents = book.read("nav.xhtml").decode("utf-8")
    assert "残差网络 ResNet" in contents
    assert "img" in book.read("guide/vision/residual.xhtml").decode("utf-8")
