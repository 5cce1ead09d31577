"""``python -m kerasguide``：什么都说得出来，缺什么都不会崩。"""

import os
import subprocess
import sys

import keras
import pytest

from kerasguide import __main__ as command
from kerasguide import cache


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


# 找不到几个模块和它们的版本，就像没有装它们
WITHOUT = """
import importlib.metadata, importlib.machinery, runpy, sys
version = importlib.metadata.version
missing = sys.argv[1:]
def version_without(name):
    if name in missing:
        raise importlib.metadata.PackageNotFoundError(name)
    return version(name)
class Without(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] not in missing:
            return super().find_spec(name, path, target)
importlib.metadata.version = version_without
finders = {importlib.machinery.PathFinder: Without}
sys.meta_path[:] = [finders.get(finder, finder) for finder in sys.meta_path]
sys.argv = ["kerasguide"]
runpy.run_module("kerasguide", run_name="__main__")
"""


def run_without(*modules, **environment):
    """没有装 ``modules`` 时的报告；``KERAS_BACKEND`` 没有给就不设。"""
    inherited = {
        name: text for name, text in os.environ.items() if "KERAS_" not in name
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *modules],
        check=False,
        capture_output=True,
        text=True,
        env={**inherited, **environment},
    )
    assert "Traceback" not in done.stderr
    assert "图片写到：" in done.stdout  # 别的照样检查
    return done


@pytest.mark.parametrize(
    ("backend", "advice"),
    [
        (
            "torhc",
            "KERAS_BACKEND=torhc 不是后端的名字：改成 tensorflow、jax、torch 之一",
        ),
        ("torch", "后端 torch 没有装：pip install torch，或者换一个 KERAS_BACKEND"),
        (
            "openvino",
            "后端 openvino 没有装：pip install openvino，或者换一个 KERAS_BACKEND",
        ),
    ],
)
def test_a_backend_that_can_not_be_imported(backend, advice):
    done = run_without("torch", "openvino", KERAS_BACKEND=backend)
    assert done.returncode == 1
    assert f"  → {advice}\n" in done.stdout
    assert "Graphviz：能画结构图" in done.stdout


NOT_INSTALLED = (
    "{file} 指定的后端 torch 没有装：pip install torch，"
    "或者把文件里的 backend 改成 jax，或者设环境变量 KERAS_BACKEND，它优先"
)
NOT_A_BACKEND = (
    "{file} 里的 backend 是 {written}，不是后端的名字："
    "改成 tensorflow、jax、torch 之一，或者设环境变量 KERAS_BACKEND，它优先"
)
NOT_UNDERSTOOD = (
    "毛病在设置文件 {file}：照上面说的改好它，或者删掉它，Keras 会写一份新的"
)
NOT_CHOSEN = (
    "没有指定后端，Keras 就用 tensorflow，它没有装：pip install tensorflow，"
    "或者把环境变量 KERAS_BACKEND 设成 jax"
)
MAX_EPOCHS = "KERAS_MAX_EPOCHS=two 不是整数：改好它，或者取消这个环境变量"


@pytest.mark.parametrize(
    ("settings", "environment", "advice"),
    [
        ('{"backend": "torch"}', {}, NOT_INSTALLED),
        ('{"backend": "torch"}', {"KERAS_BACKEND": ""}, NOT_INSTALLED),
        ('{"backend": "torhc"}', {}, NOT_A_BACKEND.replace("{written}", '"torhc"')),
        ('{"backend": ["jax"]}', {}, NOT_A_BACKEND.replace("{written}", '["jax"]')),
        ('{"floatx": "float31"}', {}, NOT_UNDERSTOOD),
        ('{"floatx": []}', {"KERAS_BACKEND": "jax"}, NOT_UNDERSTOOD),
        ('["backend"]', {}, NOT_UNDERSTOOD),
        ("{}", {"KERAS_MAX_EPOCHS": "two"}, MAX_EPOCHS),
        (None, {}, NOT_CHOSEN),
        ('{"backend": "torch"', {}, NOT_CHOSEN),
    ],
)
def test_the_advice_names_who_is_to_blame(settings, environment, advice, tmp_path):
    file = tmp_path / "keras.json"
    if settings is not None:
        file.write_text(settings, encoding="utf-8")
    without = ("tensorflow", "torch")
    done = run_without(*without, KERAS_HOME=str(tmp_path), **environment)
    assert done.returncode == 1
    after = done.stdout.partition("\nKeras：导入失败")[2].splitlines()[1]
    assert after == "  → " + advice.replace("{file}", str(file))
    damaged = settings in ('["backend"]', '{"backend": "torch"')
    assert (f"keras.json：{file} 不是" in done.stdout) == damaged


def test_a_damaged_settings_file_that_keras_ignores_is_named(tmp_path):
    (tmp_path / "keras.json").write_text('{"backend": "to', encoding="utf-8")
    done = run_without("torch", KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    assert done.returncode == 0
    said = done.stdout.partition(f"keras.json：{tmp_path / 'keras.json'} 不是 JSON")[2]
    assert said.splitlines()[1] == "  → 改好它，或者删掉它，Keras 会写一份新的"
    assert "后端：jax" in done.stdout


def test_settings_that_can_not_be_read(tmp_path, monkeypatch):
    (tmp_path / "keras.json").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert lines()["keras.json"].value.startswith(f"{tmp_path / 'keras.json'} 读不了")


def test_a_module_that_is_missing_is_not_blamed_on_the_backend(tmp_path):
    done = run_without("absl", KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    assert done.returncode == 1
    assert "  → 少了模块 absl：在新的环境里重新安装 keras 和 jax\n" in done.stdout


def test_without_numpy(tmp_path):
    done = run_without("numpy", KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")
    assert done.returncode == 1
    assert "少了模块 numpy" in done.stdout
    assert "numpy：没有装\n  → pip install numpy\n" in done.stdout
    assert "MNIST：缓存里没有" in done.stdout


def test_devices_that_can_not_be_listed(monkeypatch):
    def broken(backend):
        raise RuntimeError("Unable to initialize backend 'cuda'")

    monkeypatch.setattr(command, "_devices", broken)
    assert lines()["设备"].value == (
        "查不了（RuntimeError：Unable to initialize backend 'cuda'）"
    )


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
    state = [("MNIST", cache.Path("/somewhere/mnist.npz"), None)]
    monkeypatch.setattr(cache, "states", lambda: state)
    assert lines()["MNIST"] == ("MNIST", "/somewhere/mnist.npz，完好", "")


def test_figures_can_not_be_written(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("KERASGUIDE_FIGURES", str(file / "inside"))
    assert "请换一个可写的文件夹" in lines()["图片写到"].advice
