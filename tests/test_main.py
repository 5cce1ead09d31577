"""``python -m kerasguide``：什么都说得出来，缺什么都不会崩。"""

import os
import subprocess
import sys

import keras
import pytest

from kerasguide import __main__ as command
from kerasguide import datasets


def run(**environment):
    return subprocess.run(
        [sys.executable, "-m", "kerasguide"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def lines(**environment):
    return {line.label: line for line in command.report()}


def test_reports_what_is_there():
    done = run()
    assert done.returncode == 0, done.stderr
    assert f"Keras：{keras.__version__}" in done.stdout
    assert "后端：tensorflow" in done.stdout
    assert "Graphviz：能画结构图" in done.stdout
    assert "Traceback" not in done.stderr


# 换掉一个模块，就像没有装它
WITHOUT_TORCH = """
import importlib.metadata, runpy, sys
version = importlib.metadata.version
def without_torch(name):
    if name == "torch":
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
importlib.metadata.version = without_torch
sys.modules["torch"] = None
sys.argv = ["kerasguide"]
runpy.run_module("kerasguide", run_name="__main__")
"""


@pytest.mark.parametrize(
    ("backend", "advice"),
    [
        (
            "torhc",
            "KERAS_BACKEND=torhc 不是后端的名字：改成 tensorflow、jax、torch 之一",
        ),
        ("torch", "后端 torch 没有装：pip install torch，或者换一个 KERAS_BACKEND"),
    ],
)
def test_a_backend_that_can_not_be_imported(backend, advice):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert done.returncode == 1
    assert f"  → {advice}" in done.stdout
    assert "Graphviz：能画结构图" in done.stdout  # 别的照样检查
    assert "Traceback" not in done.stderr


def test_missing_packages_say_how_to_install_them(monkeypatch):
    monkeypatch.setattr(command, "_version", lambda name: "")
    found = lines()
    assert found["pydot"] == ("pydot", "没有装", "pip install pydot")
    assert found["graphviz-pure"].advice == "pip install graphviz-pure"


def test_no_graphviz(monkeypatch):
    def broken(self, *args, **kwargs):
        raise FileNotFoundError("dot")

    monkeypatch.setattr("pydot.Dot.create", broken)
    line = lines()["Graphviz"]
    assert "画不了" in line.value
    assert "graphviz-pure" in line.advice


def test_no_chinese_font(monkeypatch):
    monkeypatch.setattr("matplotlib.font_manager.fontManager.ttflist", [])
    assert "fonts-noto-cjk" in lines()["中文字体"].advice


def test_damaged_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(b"half")
    found = lines()
    assert "校验和不对" in found["MNIST"].value
    assert "没有" in found["CIFAR-10"].value
    assert "KERASGUIDE_MIRROR" in found["MNIST"].advice


def test_whole_cache(monkeypatch):
    state = [("MNIST", datasets.Path("/somewhere/mnist.npz"), None)]
    monkeypatch.setattr(datasets, "cache_state", lambda: state)
    assert lines()["MNIST"] == ("MNIST", "/somewhere/mnist.npz，完好", "")


def test_figures_can_not_be_written(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("KERASGUIDE_FIGURES", str(file / "inside"))
    assert "请换一个可写的文件夹" in lines()["图片写到"].advice
