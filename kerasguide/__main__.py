"""``python -m kerasguide``：这台机器上有什么，缺了什么，怎样补上。

一行一样东西；缺了的、坏了的，下面一行以“→”开头，说怎么办。
"""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator
from typing import NamedTuple

from kerasguide import __version__, backends, datasets, figures, runtime

_PACKAGES = ("numpy", "matplotlib", "pydot", "graphviz-pure", "tf-keras")
# Matplotlib 找得到其中一种，图里就能写中文
_CHINESE_FONTS = (
    *("PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "SimHei"),
    *("Noto Sans CJK", "Source Han Sans", "WenQuanYi Zen Hei"),
)


class Line(NamedTuple):
    """报告的一行：``advice`` 不空，就是缺了什么。"""

    label: str
    value: str
    advice: str = ""


def report() -> Iterator[Line]:
    """逐样检查，一样一样给出；哪一样坏了，都不妨碍检查别的。"""
    yield Line("kerasguide", __version__)
    yield Line("Python", f"{platform.python_version()}，{platform.platform()}")
    yield from _keras()
    for name in _PACKAGES:
        version = _version(name)
        yield Line(name, version or "没有装", "" if version else f"pip install {name}")
    yield _graphviz()
    yield _fonts()
    for title, path, problem in datasets.cache_state():
        yield Line(title, problem or f"{path}，完好", _DATA_ADVICE if problem else "")
    yield _figures()


_DATA_ADVICE = (
    "不补也行：例子会下载它，下载不到就用内置的替代数据。能上网的机器上下载好，"
    "拷到这个位置，或者用 KERASGUIDE_MIRROR 指定镜像"
)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _keras() -> Iterator[Line]:
    installed = {name: _version(name) for name in backends.TITLES}
    said = "、".join(
        f"{name} {version}" for name, version in installed.items() if version
    )
    chosen = os.environ.get("KERAS_BACKEND")
    runtime.quiet()
    try:
        import keras
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        yield Line(
            "Keras",
            f"导入失败（{type(error).__name__}：{error}）",
            _why(chosen, installed),
        )
        yield Line(
            "装了的后端", said or "没有", "" if said else "pip install tensorflow"
        )
        return
    backend = keras.backend.backend()
    yield Line("Keras", keras.__version__)
    yield Line("后端", f"{backend} {installed.get(backend, '')}".rstrip())
    yield Line("装了的后端", said)
    yield _devices(backend)


def _why(chosen: str | None, installed: dict[str, str]) -> str:
    if not _version("keras"):
        return "pip install keras tensorflow"
    if chosen and chosen not in installed:
        return (
            f"KERAS_BACKEND={chosen} 不是后端的名字：改成 {'、'.join(installed)} 之一"
        )
    missing = chosen or "tensorflow"
    if not installed[missing]:
        return f"后端 {missing} 没有装：pip install {missing}，或者换一个 KERAS_BACKEND"
    return f"后端 {missing} 装了，可是导入不了：在新的环境里重新安装它"


def _devices(backend: str) -> Line:
    """后端看得见的 GPU。"""
    if backend == "tensorflow":
        import tensorflow

        names = [gpu.name for gpu in tensorflow.config.list_physical_devices("GPU")]
        extra = "tensorflow[and-cuda]"
    elif backend == "jax":
        import jax

        names = [str(device) for device in jax.devices() if device.platform != "cpu"]
        extra = "jax[cuda13]"
    elif backend == "torch":
        import torch

        names = [
            torch.cuda.get_device_name(index)
            for index in range(torch.cuda.device_count())
        ]
        extra = "torch"
    else:
        return Line("设备", "这个后端的设备不认得")
    if names:
        return Line("设备", "、".join(names))
    return Line(
        "设备", f"CPU（没有找到 GPU；有 NVIDIA 的 GPU，就装带 CUDA 的 {extra}）"
    )


def _graphviz() -> Line:
    try:
        import pydot

        figures._use_bundled_graphviz()
        drawn = pydot.Dot("check").create(format="svg")
    except (ImportError, OSError, RuntimeError, AssertionError) as error:
        return Line(
            "Graphviz",
            f"画不了结构图（{type(error).__name__}）",
            "pip install pydot graphviz-pure，或者装系统的 graphviz",
        )
    return Line("Graphviz", "能画结构图" if b"<svg" in drawn else "画出来的是空的")


def _fonts() -> Line:
    try:
        from matplotlib import font_manager
    except ImportError:
        return Line("中文字体", "没有 Matplotlib，查不了", "pip install matplotlib")
    known = {font.name for font in font_manager.fontManager.ttflist}
    # 一个 ttc 文件里有几种语言的，Matplotlib 只列出第一种，字形是全的
    found = sorted(name for name in known if name.startswith(_CHINESE_FONTS))
    if found:
        return Line("中文字体", found[0])
    return Line(
        "中文字体",
        "Matplotlib 没有找到",
        "例子的图只用英文，不受影响；自己的图要写中文，装一种，例如 fonts-noto-cjk",
    )


def _figures() -> Line:
    try:
        return Line("图片写到", str(figures.directory()))
    except OSError as error:
        return Line("图片写到", "写不了", str(error))


def main() -> int:
    """打印报告；返回 0，框架导入不了就返回 1。"""
    broken = 0
    for line in report():
        print(f"{line.label}：{line.value}", flush=True)
        if line.advice:
            print(f"  → {line.advice}")
        broken |= line.label == "Keras" and bool(line.advice)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
