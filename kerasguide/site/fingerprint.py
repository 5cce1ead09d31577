"""指纹：例子的输出取决于什么；哪一样变了，就重新运行受影响的例子，别的不动。

sphinx-gallery 只在脚本的文字改变时重新运行它。可是输出还取决于脚本导入的小工具、
Keras 和后端的版本、用的数据、运行的设置。每次运行的记录里存着当时的指纹，构建开始时
与现在的比较，不同就删去 sphinx-gallery 的 ``.md5``，它便会重新运行。脚本已经不在的，
它的页面、图片、记录也删去。每个例子为什么运行、为什么不运行，写进构建的日志。
"""

import ast
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
from pathlib import Path

from sphinx.util import logging
from sphinx_gallery.gen_rst import md5sum_is_current

import kerasguide
from kerasguide import backends, datasets
from kerasguide.site import examples

logger = logging.getLogger(__name__)

_PACKAGE = Path(kerasguide.__file__).parent
# 每个例子的运行和记录都经过它们
_ALWAYS = (
    *("__init__", "backends", "runtime", "site/gallery", "site/legacy"),
    *("site/examples", "site/plotted"),
)
_DISTRIBUTIONS = (
    *("keras", "numpy", "matplotlib", "pydot", "graphviz-pure", "pillow"),
    *("scikit-learn", "sphinx-gallery"),
)
# 影响输出怎样收集的设置
_SETTINGS = ("capture_repr", "remove_config_comments")
_VARIABLES = ("KERASGUIDE_DATA", "KERASGUIDE_MIRROR", "KERAS_HOME")


def of(script: Path, gallery_conf: dict) -> dict[str, str]:
    """一个例子的指纹：输出取决于的每一样东西，名字和值都是文字。

    Args:
        script: 例子的脚本，原件或 sphinx-gallery 复制的都行。
        gallery_conf: sphinx-gallery 的设置。
    """
    modules = _imported(script)
    parts = {"脚本": _hash(script), "Python": platform.python_version()}
    for module in sorted(modules):
        parts[f"kerasguide/{module}.py"] = _hash(_PACKAGE / f"{module}.py")
    only = backends.only_on(script)
    backend = only[0] if only else os.environ.get("KERAS_BACKEND") or "tensorflow"
    distributions = [*_DISTRIBUTIONS, backend]
    if backends.is_legacy(script):
        distributions.append("tf-keras")
    for name in dict.fromkeys(distributions):
        parts[name] = _version(name)
    for name in _VARIABLES:
        parts[name] = os.environ.get(name, "")
    # 只用于一个后端的，由工作进程设好：构建开始时的环境里没有它
    parts["KERAS_BACKEND"] = backend
    if "datasets" in modules:
        parts["缓存里的数据"] = datasets.cached()
    for name in _SETTINGS:
        parts[name] = repr(gallery_conf.get(name))
    return parts


def difference(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """两个指纹哪里不同，写给人看。

    Examples:
        >>> difference({"keras": "3.15.0"}, {"keras": "3.15.1", "脚本": "0a1b"})
        ['keras 3.15.0 → 3.15.1', '脚本 没有 → 0a1b']
    """
    return [
        f"{name} {then.get(name) or '没有'} → {now.get(name) or '没有'}"
        for name in dict.fromkeys([*then, *now])
        if then.get(name) != now.get(name)
    ]


def forget_stale(app):
    """让指纹变了的例子重新运行，把脚本已经不在的例子清除干净。"""
    if not app.config.sphinx_gallery_conf["plot_gallery"]:
        return
    examples_dir, gallery_dir = examples.directories(app.config, app.srcdir)
    known = examples.names(examples_dir)
    _remove_deleted(gallery_dir, set(known))
    for name in known:
        now = of(examples_dir / f"{name}.py", app.config.sphinx_gallery_conf)
        if reason := _why_run(gallery_dir / f"{name}.py", now):
            # 上次的结果一件也不留：sphinx-gallery 在写页面之前就写了 .md5，这时若被
            # 杀死，旧页面会被当成新的；没有图的例子，失败时的缩略图它也不会换掉
            for written in _written(gallery_dir / f"{name}.py"):
                written.unlink(missing_ok=True)
            logger.info("例子 %s：要运行，因为%s", name, reason)
        else:
            logger.info("例子 %s：不必运行，指纹没有变", name)


def to_run(examples_dir: Path, gallery_dir: Path) -> list[str]:
    """在 :func:`forget_stale` 之后：要运行的例子，它们没有 ``.md5``。"""
    return [
        name
        for name in examples.names(examples_dir)
        if not (gallery_dir / f"{name}.py.md5").is_file()
    ]


def _written(copy: Path) -> list[Path]:
    """一个例子运行之后该有的文件，图片除外：图片的个数要看运行记录。"""
    return [
        copy.with_name(f"{copy.name}.md5"),
        examples.record_path(copy),
        *(copy.with_suffix(suffix) for suffix in (".rst", ".ipynb", ".zip")),
        copy.parent / "images" / "thumb" / f"sphx_glr_{copy.stem}_thumb.png",
    ]


def _why_run(copy: Path, now: dict[str, str]) -> str:
    """为什么要运行；不必运行就是空的。"""
    if not (copy.is_file() and md5sum_is_current(copy, mode="t")):
        return "还没有运行成功过"
    try:
        record = json.loads(examples.record_path(copy).read_text(encoding="utf-8"))
        then, pictures = record["fingerprint"], record["pictures"]
        reasons = difference(then, now)
        source = copy.parent.parent.parent
        kept = {source / uri.lstrip("/"): known for uri, known in pictures.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "运行记录不在或者损坏了"
    for path in (*_written(copy), *kept):
        if not path.is_file():
            return f"{path.name} 不见了"
    for picture, known in kept.items():
        if examples.source_hash(picture) != known:
            return f"{picture.name} 损坏了"
    return "、".join(reasons)


def _remove_deleted(gallery_dir: Path, known: set[str]):
    for copy in gallery_dir.glob("*/*.py"):
        name = copy.relative_to(gallery_dir).with_suffix("").as_posix()
        if name in known:
            continue
        logger.info("例子 %s：脚本已经不在，清除它的页面和图片", name)
        leftovers = [
            *copy.parent.glob(f"{copy.stem}.*"),
            *copy.parent.glob(f"images/sphx_glr_{copy.stem}_[0-9][0-9][0-9].png"),
            *_written(copy),
        ]
        for leftover in leftovers:
            leftover.unlink(missing_ok=True)
    chapters = {name.partition("/")[0] for name in known}
    for folder in gallery_dir.glob("*/"):
        if folder.is_dir() and folder.name not in chapters | {"images"}:
            shutil.rmtree(folder)


def _imported(script: Path) -> set[str]:
    """脚本真正用到的 kerasguide 模块，连同它们再导入的。"""
    found = set(_ALWAYS)
    waiting = [script]
    while waiting:
        path = waiting.pop()
        if path.is_relative_to(_PACKAGE):
            found.add(path.relative_to(_PACKAGE).with_suffix("").as_posix())
        for module in _mentioned(path.read_text(encoding="utf-8")):
            target = _PACKAGE / f"{module}.py"
            if target.is_file() and module not in found and target not in waiting:
                waiting.append(target)
    return found


@functools.cache
def _mentioned(text: str) -> set[str]:
    """一段代码导入的 kerasguide 模块，如 ``datasets``、``site/examples``。"""
    modules = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            names.append(node.module)
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        modules |= {
            name.removeprefix("kerasguide.").replace(".", "/")
            for name in names
            if name.startswith("kerasguide.")
        }
    return modules


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@functools.cache
def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "没有安装"
