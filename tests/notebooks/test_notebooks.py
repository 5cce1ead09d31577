"""下载的笔记本真的能从头运行到尾：``nox -s notebooks`` 装好 Jupyter 的内核再运行它们。

笔记本由 sphinx-gallery 生成，不必运行例子；这里每一个都在自己的内核里运行，
用空的主目录，没有网络。
"""

import subprocess
import sys

import nbclient
import nbformat
import pytest

from kerasguide import scripts
from tests.conftest import ROOT, copy_sources


@pytest.fixture(scope="session")
def gallery(tmp_path_factory):
    source = copy_sources(tmp_path_factory.mktemp("notebooks"))
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "dummy"]
    command += ["-D", "plot_gallery=0", str(source), str(source.parent / "out")]
    subprocess.run(command, check=True)
    return source / "gallery"


@pytest.fixture(autouse=True)
def no_home_no_network(tmp_path, monkeypatch):
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("KERASGUIDE_DATA", "auto")
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.parametrize("name", scripts.names(ROOT / "examples"))
def test_runs_from_top_to_bottom(name, gallery, tmp_path):
    notebook = nbformat.read(gallery / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    first = notebook.cells[0].source
    assert "%pip install" in first
    assert "kerasguide" in first
    elsewhere = {"metadata": {"path": str(tmp_path)}}
    client = nbclient.NotebookClient(notebook, timeout=300, resources=elsewhere)
    client.execute()  # 有一格出错就抛出 CellExecutionError，带着那一格和报错
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)
    assert any(cell.outputs for cell in cells)
