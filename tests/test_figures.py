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


@pytest.fixture
def nothing_can_be_written(monkeypatch):
    """root 什么都能写，所以换掉的是问能不能写的那一句。"""
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)


def test_named_folder_that_cannot_be_written(
    tmp_path, monkeypatch, nothing_can_be_written
):
    monkeypatch.setenv("KERASGUIDE_FIGURES", str(tmp_path))
    with pytest.raises(OSError, match=r"KERASGUIDE_FIGURES=.*Permission denied"):
        figures.path("a.png")


def test_nowhere_to_write(tmp_path, monkeypatch, nothing_can_be_written):
    monkeypatch.delenv("KERASGUIDE_FIGURES", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(figures.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    with pytest.raises(OSError, match="请用 KERASGUIDE_FIGURES 指定一个可写的文件夹"):
        figures.directory()


def test_a_user_without_a_home(tmp_path, monkeypatch):
    """容器里的用户常常没有主目录。"""

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("KERASGUIDE_FIGURES", raising=False)
    monkeypatch.setattr(figures.Path, "home", no_home)
    monkeypatch.setattr(figures.tempfile, "gettempdir", lambda: str(tmp_path))
    assert figures.directory() == tmp_path / "kerasguide-figures"
    monkeypatch.setenv("KERASGUIDE_FIGURES", "~nobody-has-this-name/figures")
    with pytest.raises(OSError, match="KERASGUIDE_FIGURES=~nobody-has-this-name"):
        figures.directory()


@pytest.mark.parametrize("files", [None, []])
def test_graphviz_that_is_half_installed_changes_nothing(files, monkeypatch):
    import pydot

    create = pydot.Dot.create
    monkeypatch.setattr("importlib.metadata.files", lambda name: files)
    figures.use_bundled_graphviz.__wrapped__()
    assert pydot.Dot.create is create


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
    code = """if True:
        import importlib, pkgutil, sys
        import kerasguide.site
        packages = kerasguide.site.__path__, "kerasguide.site."
        for module in pkgutil.walk_packages(*packages):
            if module.name != "kerasguide.site.run.preload":  # 例子的进程
                importlib.import_module(module.name)
        print({"tensorflow", "keras", "jax", "torch"} & sys.modules.keys())
    """
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout == "set()\n"


def test_chinese_in_a_figure_is_drawn_without_the_systems_fonts(tmp_path):
    draw = (
        "import matplotlib.pyplot as plt\n"
        "from kerasguide import figures\n"
        "figures.use_chinese_font()\n"
        "plt.title('训练的损失 -1')\n"
        f"plt.savefig({str(tmp_path / 'a.png')!r})\n"
    )
    # 缺一个字，Matplotlib 就警告：Glyph … missing from font(s)
    command = [sys.executable, "-W", "error", "-c", draw]
    environment = {**os.environ, "MPLBACKEND": "agg"}
    subprocess.run(command, check=True, env=environment)
    assert (tmp_path / "a.png").is_file()
