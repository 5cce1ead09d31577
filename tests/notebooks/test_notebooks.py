"""笔记本与脚本逐格相同；下载来的，真的能从头运行到尾。

笔记本由构建站点时的 sphinx-gallery 写出。每一本都与它的脚本比较，不必运行；变了的和
轮到的（见 ``tests/rounds.py``），在自己的内核里运行，用空的主目录，没有网络。
"""

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbclient
import nbformat
import pytest
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from kerasguide import marking, scripts
from tests import rounds
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"


@pytest.fixture
def notebook(site):
    """返回一个函数：一个例子的笔记本。"""

    def read(name):
        notebook = nbformat.read(published(site, name, "ipynb"), as_version=4)
        nbformat.validate(notebook)
        return notebook

    return read


def published(site, name, suffix):
    """读者下载的；练习的没有答案。"""
    gallery = site.source / "gallery"
    if marking.is_exercises(EXAMPLES / f"{name}.py"):
        return (gallery / name).parent / "handouts" / f"{Path(name).name}.{suffix}"
    return gallery / f"{name}.{suffix}"


def test_the_first_cell_says_what_to_install(notebook):
    for name in scripts.names(EXAMPLES):
        first = notebook(name).cells[0].source
        assert "%pip install" in first
        assert "kerasguide" in first


@pytest.mark.parametrize("name", scripts.names(EXAMPLES))
def test_every_cell_is_the_scripts(name, notebook, site):
    blocks = split_code_and_text_blocks(published(site, name, "py"))[1]
    cells = notebook(name).cells[1:]
    kinds = {"code": "code", "text": "markdown"}
    assert [cell.cell_type for cell in cells] == [kinds[kind] for kind, *_ in blocks]
    for cell, (kind, content, _) in zip(cells, blocks, strict=True):
        if kind == "code":
            assert cell.source.strip("\n") == content.strip("\n")
            assert cell.outputs == []
        else:
            assert cell.source.strip()


@pytest.fixture
def no_home_no_network(tmp_path, monkeypatch):
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("KERASGUIDE_DATA", "auto")
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.usefixtures("no_home_no_network")
@pytest.mark.parametrize("name", rounds.this_round().chosen())
def test_runs_from_top_to_bottom(name, notebook, tmp_path):
    notebook = notebook(name)
    programs = (EXAMPLES / name).with_name("programs")
    if programs.is_dir():  # 与笔记本一起下载的，放在它旁边
        shutil.copytree(programs, tmp_path / "programs")
    elsewhere = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=300, resources=elsewhere)
    client.execute()  # 有一格出错就抛出 CellExecutionError，带着那一格和报错
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    assert any(cell.outputs for cell in cells)


def test_the_first_cell_installs_kerasguide_from_the_site(
    site, tmp_path, no_home_no_network
):
    """另一台机器：笔记本，旁边是从网站下载的安装文件；别的包都有，只没有 kerasguide。"""
    wheels = list((site.html / "_static").glob("kerasguide-*.whl"))
    shutil.copy(*wheels, tmp_path)
    shutil.copy(site.source / "gallery/start/first_model.ipynb", tmp_path)
    packages = tmp_path / "packages"
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if "kerasguide" not in path.name:
            (packages / path.name).symlink_to(path)
    venv.create(tmp_path / "env", with_pip=True)
    installed = next((tmp_path / "env").rglob("site-packages"))
    (installed / "others.pth").write_text(str(packages), encoding="utf-8")
    python = tmp_path / "env" / "bin" / "python"
    done = subprocess.run(
        [python, "-m", "IPython", "--no-banner", "first_model.ipynb"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert "first_model.keras" in done.stdout, done.stdout + done.stderr
    assert (installed / "kerasguide").is_dir()
