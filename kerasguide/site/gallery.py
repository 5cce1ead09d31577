"""sphinx-gallery 的钩子：例子之间不留痕迹，收集图片，写下运行记录。

``conf.py`` 用字符串名指向 :func:`reset` 和 :func:`scrape`；它们在运行例子的
工作进程里被调用。:func:`check_names` 在运行之前检查所有脚本的块名。
"""

import ast
import contextlib
import faulthandler
import functools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path
from types import ModuleType

from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.images import get_image_size

from kerasguide import backends, runtime
from kerasguide.site import examples, fingerprint, legacy, plotted

logger = logging.getLogger(__name__)

_saved_figures = weakref.WeakSet()
_started = 0.0  # 这个例子开始运行的时刻
_fresh = False  # 进程是全新的，只为一个例子：框架由它自己导入

_LIMIT_VARIABLE = "KERASGUIDE_TIME_LIMIT"

# 记录变量时，更长的列表和字典不记：它们不会出现在句子里
_LONGEST = 100


def setup(app):
    app.add_config_value("kerasguide_time_limit", 600, "", types=frozenset({int}))
    app.connect("builder-inited", _tell_workers, priority=400)
    # 先于 sphinx-gallery（优先级 500）：块名有毛病，就不必等例子跑完才知道
    app.connect("builder-inited", check_names, priority=400)
    app.connect("builder-inited", fingerprint.forget_stale, priority=450)


def check_names(app):
    examples_dir, _ = examples.directories(app.config, app.srcdir)
    for name in examples.names(examples_dir):
        script = examples_dir / f"{name}.py"
        for line, problem in examples.read_source(script)[1]:
            logger.warning(
                "例子 %s：%s",
                name,
                problem,
                location=f"{script}:{line}",
                type="kerasguide",
                subtype="block_name",
            )


def _tell_workers(app):
    """工作进程不读 ``conf.py``，时限由环境变量告诉它们。"""
    os.environ[_LIMIT_VARIABLE] = str(app.config.kerasguide_time_limit)


def start_without_framework():
    """这个进程只为一个例子：在它之前什么也不导入，它才能设置框架怎样启动。"""
    global _fresh
    _fresh = True


def reset(gallery_conf, fname, when):
    """在每个例子之前：一切从头开始。sphinx-gallery 的 ``reset_modules``。"""
    if fname is None:  # 进入一个文件夹时也会调用，那时还没有例子要运行
        return
    if when == "after":
        _stop_clock()
        return
    if _fresh:
        runtime.quiet()
    else:
        runtime.reset()
    _watch_savefig()
    _empty_scratch_folder()
    os.environ["KERASGUIDE_FIGURES"] = str(_scratch_folder())
    global _started
    _started = time.monotonic()
    _start_clock(fname, int(os.environ[_LIMIT_VARIABLE]))


def _start_clock(fname, limit):
    """到了时限，例子就像别的出错的例子一样失败，别的例子不受影响。"""

    def stop(signum, frame):
        raise TimeoutError(
            f"例子 {fname} 运行了 {limit} 秒还没有完，停在这里。真要这么久，"
            f"就把 docs/conf.py 的 kerasguide_time_limit 改大"
        )

    # 停在框架的 C 代码里，Python 的异常插不进去：再过一分钟结束整个进程，说出停在哪一行
    faulthandler.dump_traceback_later(limit + 60, exit=True, file=sys.__stderr__)
    if hasattr(signal, "setitimer"):  # Windows 没有
        signal.signal(signal.SIGALRM, stop)
        # 例子要是把这个异常当成自己的接住了，过一秒再来
        signal.setitimer(signal.ITIMER_REAL, limit, 1)


def _stop_clock():
    faulthandler.cancel_dump_traceback_later()
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)


def scrape(block, block_vars, gallery_conf):
    """在每个代码块之后：收图片，记变量。sphinx-gallery 的 ``image_scrapers``。"""
    script = Path(block_vars["target_file"])
    for engine in ("keras", "tf_keras"):
        if engine in sys.modules:  # 例子在第一块导入它
            plotted.watch(engine)
    record = block_vars.setdefault(
        "kerasguide_record",
        {
            "source": examples.source_hash(script),
            "made": runtime.describe(legacy=backends.is_legacy(script))
            | {"commit": _commit(gallery_conf["src_dir"])},
            "blocks": {},
            "pictures": {},
        },
    )
    record["made"]["seconds"] = round(time.monotonic() - _started, 1)
    source = Path(gallery_conf["src_dir"])
    images, drawn = _collect_images(block_vars["image_path_iterator"])
    uris = [f"/{image.relative_to(source).as_posix()}" for image in images]
    # 下次构建要知道它们还完好
    record["pictures"].update(zip(uris, map(examples.source_hash, images), strict=True))
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
    elif name is not None:
        record["blocks"][name] = {
            "images": uris,
            "diagrams": diagrams,
            "values": _values(block.content, block_vars["example_globals"]),
        }
        if name == [*blocks.values()][-1]:  # 全都运行成功了
            record["fingerprint"] = fingerprint.of(script, gallery_conf)
        # 旧代码的最后一块：Keras 2 已经运行完，换 Keras 3 从头再来一遍
        if name == [*blocks.values()][-1] and backends.is_legacy(script):
            record["keras_3"] = legacy.run_on_keras_3(script, _values)
            _empty_scratch_folder()  # 那一遍的图不用：今天的图由今天的例子画
    examples.write_record(script, record)
    return _show(images, uris, diagrams)


def _show(images, uris, diagrams) -> str:
    """例子页面上的图；替代文字由展示它的 ``{cell}`` 给出，见 ``cells``。"""
    rst = ""
    for image, uri in zip(images, uris, strict=True):
        if drawn := diagrams.get(uri):
            alt = f"模型 {drawn['model']} 的结构图，{len(drawn['layers'])} 个方框"
            rst += f"\n.. model-diagram:: {uri}\n   :alt: {alt}\n"
            continue
        width, height = get_image_size(image)
        rst += f"\n.. image:: {uri}\n   :class: cell-image\n   :loading: lazy\n"
        rst += f"   :width: {width // examples.PIXEL_DENSITY}\n"
        rst += f"   :height: {height // examples.PIXEL_DENSITY}\n"
    return rst


@functools.cache
def _commit(source) -> str:
    """源文件的提交；不在 git 仓库里，或者没有 git，就是空的。"""
    command = ["git", "-C", str(source), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


@functools.cache
def _temporary_directory():
    # 放在缓存里，进程结束时才由它自己清理
    return tempfile.TemporaryDirectory(prefix="kerasguide-figures-")


def _scratch_folder() -> Path:
    return Path(_temporary_directory().name)


def _empty_scratch_folder():
    for leftover in _scratch_folder().iterdir():
        leftover.unlink()


@functools.cache
def _watch_savefig():
    """记住哪些 Matplotlib 图已由例子自己存成文件，免得同一张图收两次。"""
    from matplotlib.figure import Figure

    original = Figure.savefig

    @functools.wraps(original)
    def savefig(self, *args, **kwargs):
        original(self, *args, **kwargs)
        _saved_figures.add(self)

    Figure.savefig = savefig


def _collect_images(image_paths) -> tuple[list[Path], dict[Path, dict]]:
    """这个代码块写进图片文件夹的文件，再加上还开着、没有存过的 Matplotlib 图。

    Returns:
        tuple: 图片的路径，和其中结构图的数据。
    """
    import matplotlib.pyplot as plt

    written = sorted(
        _scratch_folder().iterdir(), key=lambda path: path.stat().st_mtime_ns
    )
    images, drawn = [], {}
    for path in written:
        if path.suffix != ".png":
            raise ExtensionError(f"图片 {path.name} 不是 PNG：请把扩展名改成 .png")
        images.append(Path(next(image_paths)))
        if diagram := plotted.take(path):
            drawn[images[-1]] = diagram
        shutil.move(path, images[-1])
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if figure not in _saved_figures:
            images.append(Path(next(image_paths)))
            figure.savefig(images[-1], dpi=200)
    plt.close("all")
    return images, drawn


def _values(code: str, namespace: dict) -> dict:
    """代码块里提到的变量此刻的值，只留下可以写进句子的那些。"""
    mentioned = {
        node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)
    }
    described = {
        name: _describe(namespace[name])
        for name in sorted(mentioned & namespace.keys())
    }
    return {name: value for name, value in described.items() if value is not _SKIP}


_SKIP = object()


def _describe(value, depth=0):
    """数、字符串、形状，以及由它们组成的东西；别的都略过。

    张量、层、模型只看属性，不看类型：这样不必导入任何框架。
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value if not isinstance(value, str) or len(value) < 500 else _SKIP
    if depth > 6 or isinstance(value, type | ModuleType):
        return _SKIP
    deeper = functools.partial(_describe, depth=depth + 1)
    if isinstance(value, tuple | list):
        items = [deeper(item) for item in value[:_LONGEST]]
        if len(value) > _LONGEST or any(item is _SKIP for item in items):
            return _SKIP
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, dict):
        items = {str(key): deeper(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not _SKIP}
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        shape = tuple(value.shape)
        if shape == () and hasattr(value, "item"):
            return deeper(value.item())
        described = {
            "shape": shape,
            "dtype": str(getattr(value.dtype, "name", value.dtype)),
        }
        return {
            key: item for key, item in described.items() if deeper(item) is not _SKIP
        }
    if hasattr(value, "count_params") and hasattr(value, "built"):
        described = {"name": value.name, "built": value.built}
        if hasattr(value, "units"):
            described["units"] = value.units
        if value.built:
            described["params"] = value.count_params()
        if hasattr(value, "layers"):
            described["layers"] = {layer.name: deeper(layer) for layer in value.layers}
        for side in ("input", "output"):
            # 模型有 output_shape；函数式模型里的层没有，但记得自己的符号输出
            with contextlib.suppress(AttributeError, ValueError):
                described[f"{side}_shape"] = deeper(tuple(getattr(value, side).shape))
            with contextlib.suppress(AttributeError, ValueError):
                described[f"{side}_shape"] = deeper(getattr(value, f"{side}_shape"))
        return {key: item for key, item in described.items() if item is not _SKIP}
    if hasattr(value, "history") and hasattr(value, "epoch"):  # keras.callbacks.History
        kept = ("history", "epoch", "params")
        return {name: deeper(getattr(value, name)) for name in kept}
    return _SKIP
