"""指纹：例子的输出取决于什么；哪一样变了，就重新运行受影响的例子，别的不动。

sphinx-gallery 只在脚本的文字改变时重新运行它。可是输出还取决于脚本导入的小工具、读的
文件、Keras 和后端的版本、``keras.json``、环境变量、用的数据。例子运行成功之后，这里给
它的结果封口（``<例子>.seal.json``）：运行之前的指纹，和每个结果文件的校验和。构建开始
时，封口不在、指纹变了、哪个文件与封口时不同，例子就要重新运行。脚本已经不在的，它的
页面、图片、记录也删去。每个例子为什么运行、为什么不运行，写进构建的日志。
"""

import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

import kerasguide
from kerasguide import backends, cache, files, scripts
from kerasguide.site.base import examples

_logger = logging.getLogger(__name__)

_PACKAGE = Path(kerasguide.__file__).parent
# 每个例子的运行和记录都经过它们
_ALWAYS = (
    *("__init__.py", "backends.py", "files.py", "runtime.py", "scripts.py"),
    "site/base/examples.py",
)
_DISTRIBUTIONS = (
    *("keras", "numpy", "matplotlib", "pydot", "graphviz-pure", "pillow"),
    *("scikit-learn", "sphinx-gallery"),
)
# 影响输出怎样收集的设置
_SETTINGS = ("capture_repr", "remove_config_comments")
# Keras 和各个后端读的环境变量；KERAS_HOME 只说 keras.json 和数据在哪里，它们另外看
_VARIABLES = re.compile(
    r"(KERAS|TF|XLA|JAX|TORCH|PYTORCH|CUDA|OMP|MKL|OPENBLAS)_(?!HOME$|CLI_)\w+"
)
# 没有 keras.json 时，Keras 自己写一份这样的
_KERAS_DEFAULTS = {
    "floatx": "float32",
    "epsilon": 1e-07,
    "backend": "tensorflow",
    "image_data_format": "channels_last",
}
_MISSING = "没有安装"
_IMPORT = re.compile(r"\bfrom +(\w+)[\w.]* +import\b|\bimport +([\w., ]+)")
_HELPER = re.compile(
    r"\bkerasguide[./](\w+)"
    r"|\bfrom\s+kerasguide\s+import\s*((?:\([^)]*\)|\\\n|[^\n(\\])*)"
)
# 看不出导入的是哪一个
_HIDDEN_IMPORT = re.compile(
    r"\b(import_module|__import__)\b"
    r"|\bkerasguide\s+import\s*\*|\bimport\s+kerasguide\s+as\b"
)


def of(
    script: Path, gallery_conf: Mapping[str, Any], listed: Sequence[str] | None = None
) -> dict[str, str]:
    """一个例子的指纹：输出取决于的每一样东西，名字和值都是文字。

    Args:
        script: 例子的脚本，在例子的文件夹里。
        gallery_conf: sphinx-gallery 的设置。
        listed: 例子的文件夹里的文件；一次看许多例子，只列一遍。
    """
    parts = {"Python": platform.python_version()}
    used = sources(script, listed)
    for name, path in used.items():
        parts[name] = _hash(path)
    only = backends.only_on(script)
    backend = only[0] if only else default_backend()
    for name in sorted({*_DISTRIBUTIONS, backend, *_distributions(used.values())}):
        parts[name] = _version(name)
    for name in sorted(filter(_VARIABLES.fullmatch, os.environ)):
        parts[name] = os.environ[name]
    # 只用于一个后端的，由工作进程设好：构建开始时的环境里没有它
    parts["KERAS_BACKEND"] = backend
    for key, value in _keras_json().items():
        if _KERAS_DEFAULTS.get(key) != value:
            parts[f"keras.json 的 {key}"] = str(value)
    if "kerasguide/datasets.py" in used:
        parts["KERASGUIDE_MIRROR"] = os.environ.get("KERASGUIDE_MIRROR", "")
    for name in _SETTINGS:
        parts[name] = repr(gallery_conf.get(name))
    return parts


def sources(script: Path, listed: Sequence[str] | None = None) -> dict[str, Path]:
    """例子的输出取决于哪些源文件：名字（写给人看）和路径。

    脚本自己；它用到的 kerasguide 模块，连同它们再用到的；它那一章的文件夹里不是例子的
    文件，和它的文字里提到名字的别的文件。
    """
    folder = script.parent.parent
    found = {"脚本": script}
    text = script.read_text(encoding="utf-8")
    for inside in _files(folder) if listed is None else listed:
        chapter, _, name = inside.partition("/")
        here = chapter == script.parent.name
        stem, suffix = os.path.splitext(name)  # noqa: PTH122  几千次，文字快得多
        if suffix == ".py" and "/" not in name:  # 别的例子，或者几个例子共用的
            here = folder / inside != script and stem in _imports(text)
        if here or (name.rpartition("/")[2] in text):
            found[inside] = folder / inside
    programs = [path for path in found.values() if path.suffix == ".py"]
    for module in sorted(_helpers(programs)):
        found[f"kerasguide/{module}"] = _PACKAGE / module
    return found


def _files(folder: Path) -> list[str]:
    """例子的文件夹里的文件，相对于它的路径；章的标题和编译出来的除外。"""
    found = []
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        inside = os.path.relpath(where, folder).replace(os.sep, "/")
        found += [f"{inside}/{name}" for name in names if name != "GALLERY_HEADER.rst"]
    return sorted(found)


def package() -> str:
    """本项目的代码现在的校验和：运行中的进程载入的可能是改动之前的。"""
    digest = hashlib.sha256()
    for path in sorted(_PACKAGE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def default_backend() -> str:
    """例子自己不说时用的后端，与 Keras 的规则相同。"""
    return os.environ.get("KERAS_BACKEND") or str(
        _keras_json().get("backend", _KERAS_DEFAULTS["backend"])
    )


def difference(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
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


def forget_stale(app: Sphinx) -> None:
    """让指纹变了的例子重新运行，把脚本已经不在的例子清除干净。"""
    if not examples.are_run(app.config):
        return
    examples_dir, gallery_dir = examples.directories(app)
    known = scripts.names(examples_dir)
    _remove_deleted(gallery_dir, set(known))
    listed = _files(examples_dir)
    for name in known:
        script = examples_dir / f"{name}.py"
        now = of(script, app.config.sphinx_gallery_conf, listed)
        if reason := _why_run(gallery_dir / f"{name}.py", now):
            forget(gallery_dir / f"{name}.py")
            _logger.info("例子 %s：要运行，因为%s", name, reason)
        else:
            _logger.info("例子 %s：不必运行，指纹没有变", name)


def forget(copy: Path) -> None:
    """上次的结果一件也不留：sphinx-gallery 看到 ``.md5`` 就不运行，看到缩略图就不换。"""
    for written in _results(copy):
        if not written.name.endswith(".cost.json"):  # 用了多久，还有用
            written.unlink()


def to_run(examples_dir: Path, gallery_dir: Path) -> list[str]:
    """在 :func:`forget_stale` 之后：要运行的例子，它们没有封口。"""
    return [
        name
        for name in scripts.names(examples_dir)
        if not _seal(gallery_dir / f"{name}.py").is_file()
    ]


def seal(copy: Path, fingerprint: Mapping[str, str]) -> None:
    """例子运行成功，结果都写好了：封口。

    Args:
        copy: sphinx-gallery 复制的脚本。
        fingerprint: 运行之前的指纹。
    """
    results = set(_results(copy)) - {_seal(copy)}
    content = {
        "fingerprint": fingerprint,
        "data": _data_used(copy),
        "files": {
            path.relative_to(copy.parent).as_posix(): _hash(path)
            for path in sorted(results)
        },
    }
    files.write_whole(_seal(copy), json.dumps(content, indent=1).encode())


def _seal(copy: Path) -> Path:
    return copy.with_suffix(".seal.json")


def _results(copy: Path) -> list[Path]:
    """一个例子的结果：页面、笔记本、记录、图片、缩略图……"""
    pictures = re.compile(rf"sphx_glr_{re.escape(copy.stem)}_(\d{{3}}|thumb)\.\w+")
    return [
        *copy.parent.glob(f"{copy.stem}.*"),
        *(
            path
            for path in copy.parent.glob(f"images/**/sphx_glr_{copy.stem}_*")
            if pictures.fullmatch(path.name)
        ),
    ]


def _data_used(copy: Path) -> dict[str, str]:
    try:
        used: dict[str, str] = examples.read_record(copy)["made"]["data"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return used


def _why_run(copy: Path, now: Mapping[str, str]) -> str:
    """为什么要运行；不必运行就是空的。"""
    if not _seal(copy).is_file():
        return "还没有运行成功过"
    try:
        sealed = json.loads(_seal(copy).read_text(encoding="utf-8"))
        reasons = difference(sealed["fingerprint"], now)
        results = {copy.parent / name: sum_ for name, sum_ in sealed["files"].items()}
        data = dict(sealed["data"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return "运行记录不在或者损坏了"
    for path, known in results.items():
        if not path.is_file():
            return f"{path.name} 不见了"
        if _hash(path) != known:
            return f"{path.name} 损坏了"
    for title, source in data.items():
        if cache.expected(title) not in (source, None):
            reasons.append(f"{title} 的数据换了")
    return "、".join(reasons)


def _remove_deleted(gallery_dir: Path, known: set[str]) -> None:
    for copy in gallery_dir.glob("*/*.py"):
        name = copy.relative_to(gallery_dir).with_suffix("").as_posix()
        if name in known:
            continue
        _logger.info("例子 %s：脚本已经不在，清除它的页面和图片", name)
        for leftover in _results(copy):
            leftover.unlink()
    chapters = {name.partition("/")[0] for name in known}
    for folder in gallery_dir.glob("*/"):
        if folder.is_dir() and folder.name not in chapters | {"images"}:
            shutil.rmtree(folder)


def _helpers(programs: Sequence[Path]) -> set[str]:
    """几个程序用到的 kerasguide 模块，连同它们再用到的，相对于这个包的路径。"""
    # 收集输出的代码（run）变了，每个例子都要重新运行
    found = {*_ALWAYS, *(f"site/run/{path.name}" for path in _RUN.glob("*.py"))}
    waiting = [*programs]
    while waiting:
        path = waiting.pop()
        if path.is_relative_to(_PACKAGE):
            found.add(path.relative_to(_PACKAGE).as_posix())
        for module in _mentioned(path.read_text(encoding="utf-8")):
            target = _PACKAGE / f"{module}.py"
            if target.is_file() and target.name not in found and target not in waiting:
                waiting.append(target)
    return found


_RUN = _PACKAGE / "site" / "run"


@functools.cache
def _mentioned(text: str) -> set[str]:
    """一段代码提到的 kerasguide 模块，如 ``datasets``。

    名字写在文字里就算，不只看 ``import``：``importlib.import_module("kerasguide.data")``
    也是一种导入。看不出是哪一个的，就当作全都用到了。
    """
    if _HIDDEN_IMPORT.search(text):
        return {path.stem for path in _PACKAGE.glob("*.py") if path.stem[:2] != "__"}
    return {
        name
        for match in _HELPER.finditer(text)
        for name in re.findall(r"\w+", match[1] or match[2])
    }


def _distributions(files: Iterable[Path]) -> set[str]:
    """这些源文件导入的包，各属于哪个发行包。"""
    return {
        _distribution(module)
        for path in files
        if path.suffix == ".py" and not path.is_relative_to(_PACKAGE)
        for module in _imports(path.read_text(encoding="utf-8"))
    }


@functools.cache
def _distribution(module: str) -> str:
    if _version(module) != _MISSING:  # 多半同名，不必翻遍所有的包
        return module
    if importlib.util.find_spec(module) is None:  # 没有装，或者是例子自己写出来的
        return module
    return importlib.metadata.packages_distributions().get(module, [module])[0]


@functools.cache
def _imports(text: str) -> set[str]:
    """一段代码导入的顶层模块，标准库和本项目的除外。

    也只看文字：例子写出来、另起一个进程运行的程序，也导入它们。
    """
    modules = set()
    for match in _IMPORT.finditer(text):
        names = [match[1]] if match[1] else match[2].split(",")
        modules |= {name.strip().partition(" ")[0].partition(".")[0] for name in names}
    return modules - sys.stdlib_module_names - {"kerasguide", ""}


def _keras_json() -> dict[str, Any]:
    """``keras.json`` 的内容；没有，或者读不懂（Keras 也就不看它），就是空的。"""
    file = backends.keras_home() / "keras.json"
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _hash(path: Path) -> str:
    status = path.stat()
    return _hash_once(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=4096)  # 小工具是每个例子都要看的
def _hash_once(path: Path, mtime: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


@functools.cache
def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _MISSING
