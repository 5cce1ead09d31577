"""图片写到哪里，以及没有系统 Graphviz 时怎样画图。"""

import os
import stat
import subprocess
import sys

import pytest

from kerasguide import figures

DRAW = """
import keras
from kerasguide import figures
inputs = keras.Input((2,))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
keras.utils.plot_model(model, figures.path("model.png"))
"""


def test_draws_without_a_dot_on_the_path_and_says_where(tmp_path):
    environment = {
        **os.environ,
        "PATH": str(tmp_path),
        "HOME": str(tmp_path),
        "KERASGUIDE_FIGURES": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        check=True,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    picture = tmp_path / "kerasguide-figures" / "model.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert done.stdout == f"图片写到了：\n  {picture}\n"


def test_home_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "kerasguide-figures").write_text("a file is in the way")
    monkeypatch.delenv("KERASGUIDE_FIGURES", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(figures.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    assert figures.directory() == tmp_path / "tmp" / "kerasguide-figures"
    assert stat.S_ISDIR(figures.directory().stat().st_mode)


def test_named_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KERASGUIDE_FIGURES", str(tmp_path / "file" / "folder"))
    with pytest.raises(OSError, match="KERASGUIDE_FIGURES"):
        figures.directory()


@pytest.mark.parametrize("name", ["sub/a.png", "sub\\a.png", "/a.png", "../a.png"])
def test_only_names_without_folders(name):
    with pytest.raises(ValueError, match=r"只写文件名，例如 'a\.png'"):
        figures.path(name)


def test_importing_the_package_imports_no_framework_and_no_sphinx():
    code = (
        "import sys, kerasguide.datasets, kerasguide.figures, kerasguide.runtime;"
        "print({'tensorflow', 'keras', 'jax', 'torch', 'sphinx'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"


def test_the_sphinx_extension_imports_no_framework():
    code = (
        "import sys, kerasguide.site;"
        "print({'tensorflow', 'keras', 'jax', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"
