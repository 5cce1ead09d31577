"""验收：改一个数，说到它的每句话都跟着变；手写一个错的数，构建不过。"""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT, SETTINGS

PAGES = ("functional", "evaluate")
#: 这两页用到的例子
SCRIPTS = (
    *("functional", "growing_model", "mnist_data", "mnist_fit", "mnist_mlp"),
    *(f"{name}_exercises" for name in PAGES),
)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """构建两页和它们的例子；``edit`` 在构建之前改动源文件。"""

    def build(edit):
        folder = tmp_path_factory.mktemp("living")
        docs, examples = folder / "docs", folder / "examples"
        (docs / "guide" / "basics").mkdir(parents=True)
        (examples / "basics").mkdir(parents=True)
        for name in (*SETTINGS, "glossary.toml", "ledger.toml"):
            shutil.copy(ROOT / "docs" / name, docs)
        for name in ("_static", "_templates"):
            shutil.copytree(ROOT / "docs" / name, docs / name)
        for name in PAGES:
            source = ROOT / "docs" / "guide" / "basics" / f"{name}.md"
            shutil.copy(source, docs / "guide" / "basics")
        for name in ("GALLERY_HEADER.rst", *(f"{name}.py" for name in SCRIPTS)):
            source = ROOT / "examples" / "basics" / name
            shutil.copy(source, examples / "basics")
        shutil.copy(ROOT / "examples" / "GALLERY_HEADER.rst", examples)
        toctree = "\n".join(f"guide/basics/{name}" for name in PAGES)
        index = f"# 两页\n\n```{{toctree}}\n{toctree}\ngallery/index\n```\n"
        (docs / "index.md").write_text(index, encoding="utf-8")
        edit(folder)
        done = subprocess.run(
            [sys.executable, "-m", "sphinx", "-q", str(docs), str(folder / "html")],
            check=False,
            capture_output=True,
            text=True,
        )
        # 这个小站没有别的页面：链接不到它们、没有展示别的代码块都不算
        log = [
            line
            for line in done.stderr.splitlines()
            if ("kerasguide." in line or "Error" in line)
            and "kerasguide.unshown" not in line
        ]
        return folder, log

    return build


def prose(folder, name):
    """页面上的句子，不要代码和输出。"""
    from bs4 import BeautifulSoup

    html = folder / "html" / "guide" / "basics" / f"{name}.html"
    page = BeautifulSoup(html.read_text(encoding="utf-8"), "html.parser")
    article = page.select_one("article")
    for tag in article.select(".highlight, .katex, .exercise"):
        tag.decompose()
    return article.get_text()


def widen(folder):
    for name in ("mnist_data", "mnist_fit", "mnist_mlp"):
        script = folder / "examples" / "basics" / f"{name}.py"
        text = script.read_text(encoding="utf-8")
        assert text.count('layers.Dense(64, activation="relu")') >= 2
        text = text.replace("layers.Dense(64, ", "layers.Dense(65, ")
        script.write_text(text, encoding="utf-8")


def test_one_more_unit_changes_every_sentence_and_trips_the_golden_figures(build):
    folder, log = build(widen)
    assert log == []
    define = prose(folder, "functional")
    # 65 个单元：784·65+65、65·65+65、65·10+10
    for number in ("51,025", "4,290", "660", "55,975"):
        assert number in define, number
    evaluate = prose(folder, "evaluate")
    assert "总数是 111,952，而训练之前是 55,975" in evaluate
    for stale in ("50,240", "55,050", "110,102", "55,052", "64 个单元"):
        assert stale not in define + evaluate, stale
    # 黄金数字（见 test_site.py）在今天的输出里已经找不到
    html = (folder / "html/guide/basics/functional.html").read_text(encoding="utf-8")
    today = re.sub(r"<[^>]+>", "", html)
    assert "Total params: 55,975" in today
    assert "Total params: 55,050" not in today


WRONG = {
    "functional": ["这个模型共有 55,051 个参数。", "中间每层 66 个单元。"],
    "evaluate": ["测试准确率是 95.79%。", "每轮 751 步。", "损失是 0.1419。"],
}


@pytest.mark.parametrize("where", ["middle", "end"])
def test_a_wrong_figure_typed_into_a_page_fails(build, where):
    def edit(folder):
        for page, sentences in WRONG.items():
            path = folder / "docs" / "guide" / "basics" / f"{page}.md"
            text = path.read_text(encoding="utf-8")
            typed = "\n\n".join(sentences)
            if where == "end":
                text += f"\n\n{typed}\n"
            else:
                text = text.replace("\n## ", f"\n{typed}\n\n## ", 1)
            path.write_text(text, encoding="utf-8")

    _, log = build(edit)
    for page, sentences in WRONG.items():
        for sentence in sentences:
            number = re.search(r"[\d,.]+%?", sentence)[0]
            complaints = [line for line in log if f"数 {number} 没有出处" in line]
            assert any(f"{page}.md:" in line for line in complaints), (number, log)
