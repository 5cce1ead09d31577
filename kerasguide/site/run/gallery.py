"""sphinx-gallery 的钩子：在例子自己的进程里，收下它的图片和变量，写下运行记录。

``conf.py`` 用字符串名指向 :func:`reset` 和 :func:`scrape`。每个例子有自己的进程（见
:mod:`kerasguide.site.run.workers`），所以不必收拾它改动过的东西。
"""

import contextlib
import dataclasses
import faulthandler
import functools
import io
import os
import re
import shutil
import signal
import sys
import time
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.images import get_image_size

from kerasguide import backends, exercises, marking, runtime, scripts
from kerasguide.site.base import examples
from kerasguide.site.base.warn import warn
from kerasguide.site.run import legacy, plotted, values


@dataclasses.dataclass(frozen=True)
class Conditions:
    """一个例子在什么样的条件下运行。"""

    #: 图片写到哪里；一个空的文件夹
    figures: Path
    #: 最多运行多少秒
    limit: int
    #: 源文件的提交
    commit: str
    #: 框架还没有导入，由例子自己导入，它才能设置框架怎样启动
    fresh: bool


@dataclasses.dataclass
class _Run:
    """这个进程里的一次运行。"""

    conditions: Conditions
    began: float
    #: 例子自己存成文件的 Matplotlib 图
    saved_figures: weakref.WeakSet[Any] = dataclasses.field(
        default_factory=weakref.WeakSet
    )


_run: _Run


def setup(app: Sphinx) -> None:
    # 先于 sphinx-gallery（优先级 500）：块名有毛病，就不必等例子跑完才知道
    app.connect("builder-inited", check_names, priority=400)


def check_names(app: Sphinx) -> None:
    """检查所有脚本放在哪里、叫什么，和其中的块名。

    Raises:
        ExtensionError: 有的脚本 sphinx-gallery 不会照例子来运行。
    """
    examples_dir, _ = examples.directories(app)
    if misplaced := list(_misplaced(examples_dir)):
        raise ExtensionError("\n".join(misplaced))
    for name in scripts.names(examples_dir):
        script = examples_dir / f"{name}.py"
        for line, problem in examples.read_source(script)[1]:
            location = f"{script}:{line}"
            warn("block_name", "例子 %s：%s", name, problem, location=location)


def _misplaced(examples_dir: Path) -> Iterator[str]:
    for script in sorted(examples_dir.glob("*.py")):
        yield f"{script}：例子要放在一章的文件夹里，例如 examples/basics"
    for script in sorted(examples_dir.glob("*/*.py")):
        name = script.stem
        if not re.fullmatch(r"\w+", name) or name == "index" or name[:2] == "__":
            yield (
                f"{script}：例子不能叫这个名字，用小写字母、数字和下划线，"
                f"例如 mnist_mlp.py"
            )
        if not (script.parent / "GALLERY_HEADER.rst").is_file():
            yield f"{script}：这一章没有 GALLERY_HEADER.rst，里面写这一章的标题"


def begin(conditions: Conditions) -> None:
    """这个进程要运行一个例子。"""
    global _run  # noqa: PLW0603  钩子由 sphinx-gallery 按名字调用，没有别处可以传
    _run = _Run(conditions, time.monotonic())


def reset(gallery_conf: dict[str, Any], fname: str | None, when: str) -> None:
    """在例子之前：一切从头开始，开始计时。sphinx-gallery 的 ``reset_modules``。"""
    if fname is None:  # 进入一个文件夹时也会调用，那时还没有例子要运行
        return
    if when == "after":
        _stop_clock()
        return
    os.environ["KERASGUIDE_FIGURES"] = str(_run.conditions.figures)
    if _run.conditions.fresh:
        runtime.quiet()
    else:
        runtime.reset()
    warnings.formatwarning = _warning
    _watch_savefig()
    _watch_plot_model()
    _run.began = time.monotonic()
    _start_clock(fname, _run.conditions.limit)


def _warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """页面上的警告：说了什么，不说是这台机器的哪个文件、哪一行说的。"""
    return f"{category.__name__}: {message}\n"


def _start_clock(fname: str, limit: int) -> None:
    """到了时限，例子就像别的出错的例子一样失败，别的例子不受影响。"""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise TimeoutError(
            f"例子 {fname} 运行了 {limit} 秒还没有完，停在这里。真要这么久，"
            f"就把 docs/conf.py 的 kerasguide_time_limit 改大"
        )

    # 停在框架的 C 代码里，Python 的异常插不进去：再过一会儿结束整个进程，说出停在哪一行
    faulthandler.dump_traceback_later(limit + 30, exit=True, file=2)
    if hasattr(signal, "setitimer"):  # Windows 没有
        signal.signal(signal.SIGALRM, stop)
        # 例子要是把这个异常当成自己的接住了，过一秒再来
        signal.setitimer(signal.ITIMER_REAL, limit, 1)


def _stop_clock() -> None:
    faulthandler.cancel_dump_traceback_later()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def scrape(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """在每个代码块之后：收图片，记变量。sphinx-gallery 的 ``image_scrapers``。"""
    script = Path(block_vars["target_file"])
    _watch_plot_model()
    record = block_vars.setdefault(
        "kerasguide_record", {"source": scripts.source_hash(script), "blocks": {}}
    )
    source = Path(gallery_conf["src_dir"])
    images, drawn = _collect_images(block_vars["image_path_iterator"])
    uris = [f"/{image.relative_to(source).as_posix()}" for image in images]
    diagrams = {
        uri: drawn[image]
        for uri, image in zip(uris, images, strict=True)
        if image in drawn
    }
    blocks = {known.line: known.name for known in examples.read_source(script)[0]}
    name = blocks.get(block.lineno)
    if error := block_vars.get("formatted_exception"):
        last_line = error.strip().splitlines()[-1]
        record["failed"] = {"block": name, "error": last_line}
    elif name:
        record["blocks"][name] = {
            "images": uris,
            "diagrams": diagrams,
            "values": values.mentioned(block.content, block_vars["example_globals"]),
            "marks": [dataclasses.asdict(mark) for mark in exercises.marks],
        }
        exercises.marks.clear()
        if name == [*blocks.values()][-1]:
            record.update(_finished(script))
    examples.write_record(script, record)
    return _show(images, uris, diagrams)


def _finished(script: Path) -> dict[str, Any]:
    """最后一块也运行完了：这次运行是怎样的。"""
    from kerasguide import datasets  # 连同 NumPy：Sphinx 的进程用不着

    if marking.is_exercises(script):
        _check_exercises(script)
    is_legacy = backends.is_legacy(script)
    more: dict[str, Any] = {
        "made": {
            **runtime.describe(legacy=is_legacy),
            "commit": _run.conditions.commit,
            "data": dict(datasets.used),
        }
    }
    if is_legacy:  # Keras 2 已经运行完，换 Keras 3 从头再来一遍
        more["keras_3"] = legacy.run_on_keras_3(script, values.mentioned)
        _empty(_run.conditions.figures)  # 那一遍的图不用：今天的图由今天的例子画
    more["made"]["seconds"] = round(time.monotonic() - _run.began, 1)
    return more


def _check_exercises(script: Path) -> None:
    """每道题拿掉答案再运行一遍：它的检查要失败，别的题不受影响。"""
    text = script.read_text(encoding="utf-8")
    with contextlib.redirect_stderr(io.StringIO()):
        found = list(marking.problems(text, str(script)))
    _empty(_run.conditions.figures)
    if found:
        raise ExtensionError("\n".join([f"练习 {script.stem} 用不了：", *found]))


def _show(
    images: list[Path], uris: list[str], diagrams: dict[str, examples.Drawn]
) -> str:
    """例子页面上的图；替代文字由展示它的 ``{cell}`` 给出，见 ``show.cells``。"""
    rst = ""
    for image, uri in zip(images, uris, strict=True):
        if drawn := diagrams.get(uri):
            alt = f"模型 {drawn['model']} 的结构图，{len(drawn['layers'])} 个方框"
            rst += f"\n.. model-diagram:: {uri}\n   :alt: {alt}\n"
            continue
        width, height = get_image_size(image) or (0, 0)
        rst += f"\n.. image:: {uri}\n   :class: cell-image\n   :loading: lazy\n"
        rst += f"   :width: {width // examples.PIXEL_DENSITY}\n"
        rst += f"   :height: {height // examples.PIXEL_DENSITY}\n"
    return rst


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _watch_plot_model() -> None:
    for engine in ("keras", "tf_keras"):
        if engine in sys.modules:  # 全新的进程里，例子在第一块导入它
            plotted.watch(engine)


@functools.cache
def _watch_savefig() -> None:
    """记住哪些 Matplotlib 图已由例子自己存成文件，免得同一张图收两次。"""
    from matplotlib.figure import Figure

    original = Figure.savefig

    @functools.wraps(original)
    def savefig(self: Figure, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        _run.saved_figures.add(self)

    Figure.savefig = savefig  # type: ignore[method-assign]


def _collect_images(
    image_paths: Iterator[str],
) -> tuple[list[Path], dict[Path, examples.Drawn]]:
    """这个代码块写进图片文件夹的文件，再加上还开着、没有存过的 Matplotlib 图。

    Returns:
        tuple: 图片的路径，和其中结构图的数据。
    """
    import matplotlib.pyplot as plt

    folder = _run.conditions.figures
    if not folder.is_dir():  # 例子自己把它删了
        _empty(folder)
    images, drawn = [], {}
    for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns):
        if path.suffix != ".png" or not path.is_file():
            raise ExtensionError(f"图片 {path.name} 不是 PNG：请把扩展名改成 .png")
        images.append(Path(next(image_paths)))
        if diagram := plotted.take(path):
            drawn[images[-1]] = diagram
        shutil.move(path, images[-1])
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if figure not in _run.saved_figures:
            images.append(Path(next(image_paths)))
            figure.savefig(images[-1], dpi=200)
    plt.close("all")
    return images, drawn
