"""脚本单独运行：另一个文件夹，空的主目录，没有屏幕、网络和系统的 Graphviz。

脚本在新进程里打印的，要和页面上的一样。站点的例子是构建时运行的，所以这也说明构建
没有添上、去掉什么。运行哪些脚本，见 ``tests/rounds.py``。
"""

import os
import re
import subprocess
import sys

import pytest

from kerasguide import runtime, scripts
from kerasguide.site.base import examples
from tests import rounds
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


def without_times(text: str) -> str:
    """``verbose=2`` 的日志里只有时间每次不同；颜色码只在页面上去掉。"""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = re.sub(r"\b\d+(\.\d+)?(s|ms|us)\b", "<time>", text)
    return "\n".join(line.rstrip() for line in text.splitlines() if line.strip())


@pytest.mark.parametrize("name", rounds.this_round().chosen())
def test_runs_alone_and_prints_what_the_page_shows(name, site, tmp_path):
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "home"
    elsewhere.mkdir()
    home.mkdir()
    environment = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "COLUMNS": runtime.COLUMNS,
        "KERASGUIDE_DATA": "auto",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # 没有网络：代理指向一个没有人听的端口
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    if "KERAS_BACKEND" in os.environ:
        environment["KERAS_BACKEND"] = os.environ["KERAS_BACKEND"]
    before = snapshot()
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        check=False,
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]

    printed, _, pictures = done.stdout.partition("图片写到了：\n")
    blocks = examples.load(name, EXAMPLES, site.source / "gallery").values()
    shown = "\n".join(block.output for block in blocks)
    # sphinx-gallery 把 stderr 也收进页面：Keras 的提醒在那里
    stderr = without_times(done.stderr)
    # 警告前面的路径和行号，页面上没有，见 run/gallery.py
    warned = {*stderr.splitlines(), *re.findall(r"\b\w+Warning: .*", stderr)}
    shown = [line for line in without_times(shown).splitlines() if line not in warned]
    assert without_times(printed).splitlines() == shown

    reported = [line.strip() for line in pictures.splitlines()]
    written = sorted(str(path) for path in home.glob("kerasguide-figures/*"))
    assert sorted(reported) == written
    assert len(written) == sum(len(block.images) for block in blocks)

    assert list(elsewhere.iterdir()) == []
    assert snapshot() == before


def snapshot():
    """项目里的文件，不算 git 忽略的生成物。"""
    return sorted(
        (path.relative_to(ROOT).as_posix(), path.stat().st_mtime_ns)
        for folder in ("examples", "kerasguide", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.is_relative_to(ROOT / "docs" / "gallery")
        and not path.is_relative_to(ROOT / "docs" / "_build")
    )


@pytest.mark.parametrize("name", scripts.names(EXAMPLES))
def test_example_keeps_to_its_side_of_the_house(name):
    source = (EXAMPLES / f"{name}.py").read_text(encoding="utf-8")
    assert "kerasguide.site" not in source
    assert "sphinx" not in source
