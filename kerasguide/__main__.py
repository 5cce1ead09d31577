"""命令：这台机器上有什么，练习做对了几道。

- ``python -m kerasguide``：这台机器上有什么，缺了什么，怎样补上。一行一样东西；缺了的、
  坏了的，下面一行以“→”开头，说怎么办；
- ``python -m kerasguide check 文件``：运行一份练习（脚本或者笔记本），说哪几道对了。一道
  出了错，后面的照样检查。
"""

import argparse
import collections
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

from kerasguide import (
    __version__,
    backends,
    cache,
    exercises,
    figures,
    marking,
    runtime,
)

_PACKAGES = ("numpy", "matplotlib", "pydot", "graphviz-pure", "tf-keras")
# Keras 还有这两个后端，本站的例子不用
_OTHER_BACKENDS = ("numpy", "openvino")
# Keras 导入时读的、要是整数的环境变量
_NUMBERS = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
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
    yield from _data()
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
    # 在导入之前：没有 keras.json，Keras 一导入就写一份
    settings, problem = _settings()
    if problem:
        advice = "改好它，或者删掉它，Keras 会写一份新的"
        yield Line("keras.json", f"{_settings_file()} {problem}", advice)
    runtime.quiet()
    try:
        import keras
    except Exception as error:  # noqa: BLE001  什么都可能，都要说得出来
        yield Line(
            "Keras",
            f"导入失败（{type(error).__name__}：{error}）",
            _why(error, settings),
        )
        yield Line(
            "装了的后端", said or "没有", "" if said else "pip install tensorflow"
        )
        return
    backend = keras.backend.backend()
    yield Line("Keras", keras.__version__)
    yield Line("后端", f"{backend} {_version(backend)}".rstrip())
    yield Line("装了的后端", said)
    try:
        yield _devices(backend)
    except Exception as error:  # noqa: BLE001  驱动、环境变量的毛病，各个后端报得不同
        yield Line("设备", f"查不了（{type(error).__name__}：{error}）")


def _settings_file() -> Path:
    return backends.keras_home() / "keras.json"


def _settings() -> tuple[dict[str, Any], str]:
    """keras.json 的内容，和它有什么毛病；没有这个文件，两样都是空的。"""
    try:
        content = json.loads(_settings_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, ""
    except OSError as error:
        return {}, f"读不了（{error.strerror}）"
    except ValueError as error:
        return {}, f"不是 JSON（{error}），Keras 不看它，用默认的设置"
    return (content, "") if isinstance(content, dict) else ({}, "不是一个 JSON 对象")


def _why(error: Exception, settings: dict[str, Any]) -> str:
    """Keras 导入不了，是谁的毛病，怎么办。"""
    if not _version("keras"):
        return "pip install keras tensorflow"
    if _while_reading_settings(error):
        for name in _NUMBERS:
            value = os.environ.get(name, "0")
            if not re.fullmatch(r"\s*[-+]?\d+\s*", value):
                return f"{name}={value} 不是整数：改好它，或者取消这个环境变量"
        return (
            f"毛病在设置文件 {_settings_file()}：照上面说的改好它，"
            f"或者删掉它，Keras 会写一份新的"
        )
    named = os.environ.get("KERAS_BACKEND")  # Keras 把空的当作没有设置
    backend = named or settings.get("backend", "tensorflow")
    known = "、".join(backends.TITLES)
    if backend not in (*backends.TITLES, *_OTHER_BACKENDS):
        if named:
            return f"KERAS_BACKEND={named} 不是后端的名字：改成 {known} 之一"
        written = json.dumps(backend, ensure_ascii=False)
        return (
            f"{_settings_file()} 里的 backend 是 {written}，不是后端的名字："
            f"改成 {known} 之一，或者设环境变量 KERAS_BACKEND，它优先"
        )
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    missing = (missing or backend).partition(".")[0]
    if missing != backend:
        return f"少了模块 {missing}：在新的环境里重新安装 keras 和 {backend}"
    if importlib.util.find_spec(backend):
        return f"后端 {backend} 装了，可是导入不了：在新的环境里重新安装它"
    if named:
        return f"后端 {backend} 没有装：pip install {backend}，或者换一个 KERAS_BACKEND"
    ready = "、".join(filter(importlib.util.find_spec, backends.TITLES)) or "别的"
    if "backend" in settings:
        return (
            f"{_settings_file()} 指定的后端 {backend} 没有装：pip install {backend}，"
            f"或者把文件里的 backend 改成 {ready}，"
            f"或者设环境变量 KERAS_BACKEND，它优先"
        )
    return (
        f"没有指定后端，Keras 就用 {backend}，它没有装：pip install {backend}，"
        f"或者把环境变量 KERAS_BACKEND 设成 {ready}"
    )


def _while_reading_settings(error: Exception) -> bool:
    """错误就出在 Keras 读 keras.json 和环境变量的那个文件里吗？"""
    frames = traceback.extract_tb(error.__traceback__)
    # 它也导入别的模块，所以只看最里面的一层
    return Path(frames[-1].filename).parts[-3:] == ("src", "backend", "config.py")


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

        figures.use_bundled_graphviz()
        # 声明的是 str，给的是字节
        drawn = cast("bytes", pydot.Dot("check").create(format="svg"))
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
    except ImportError as error:
        return Line("中文字体", f"查不了（{error}）", "pip install matplotlib")
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


def _data() -> Iterator[Line]:
    for title, path, problem in cache.states():
        yield Line(title, problem or f"{path}，完好", _DATA_ADVICE if problem else "")


def _figures() -> Line:
    try:
        return Line("图片写到", str(figures.directory()))
    except OSError as error:
        return Line("图片写到", "写不了", str(error))


def tell() -> int:
    """打印报告；返回 0，框架导入不了就返回 1。"""
    broken = 0
    for line in report():
        print(f"{line.label}：{line.value}", flush=True)
        if line.advice:
            print(f"  → {line.advice}")
        broken |= line.label == "Keras" and bool(line.advice)
    return int(broken)


def check(file: Path) -> int:
    """检查一份练习；返回 0，有一道不对、没有做就返回 1，用不了就返回 2。"""
    try:
        text = _read(file)
    except (OSError, UnicodeDecodeError, ValueError, LookupError, TypeError) as error:
        print(f"读不了 {file}：{error}", file=sys.stderr)
        return 2
    names = marking.questions(text)
    if not names:
        said = "里面没有练习：要的是每一课末尾下载的脚本或者笔记本"
        print(f"{file} {said}", file=sys.stderr)
        return 2
    runtime.quiet()
    states = collections.Counter[str]()
    for mark in marking.run(text, str(file)):
        if mark not in exercises.marks:  # 检查自己打印过的，不再说
            print(mark if mark.name in names else f"{mark.name}：{mark.reason}")
        if mark.name in names:
            states[mark.state] += 1
    counted = "，".join(
        f"{state} {states[state]} 道"
        for state in (exercises.RIGHT, exercises.WRONG, exercises.UNTRIED)
        if states[state]
    )
    print(f"一共 {len(names)} 道：{counted}")
    return int(states[exercises.RIGHT] < len(names))


def _read(file: Path) -> str:
    """脚本的文字；笔记本的，是它的代码。"""
    content = file.read_text(encoding="utf-8")
    if file.suffix != ".ipynb":
        return content
    return marking.from_notebook(json.loads(content))


def main() -> int:
    """命令行。"""
    parser = argparse.ArgumentParser(
        prog="python -m kerasguide",
        description="不写命令，就说这台机器上有什么，缺了什么，怎样补上。",
    )
    commands = parser.add_subparsers(dest="command", title="命令")
    checking = commands.add_parser("check", help="检查一份练习，说哪几道对了")
    checking.add_argument("file", type=Path, help="练习的脚本或者笔记本")
    arguments = parser.parse_args()
    return check(arguments.file) if arguments.command else tell()


if __name__ == "__main__":
    sys.exit(main())
