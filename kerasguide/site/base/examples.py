"""读例子：脚本里的命名代码块，以及运行它们之后留下的记录。

脚本用 percent 格式，``# %% 名字`` 开始一个代码块。sphinx-gallery 把脚本复制进
``docs/gallery``，在旁边写出 reST 页面；:mod:`kerasguide.site.run.gallery` 再写一份
``<例子>.run.json``，记下每个代码块的图片、变量，以及运行的是哪一份源码。
旧笔记的代码还多一份在 Keras 3 上运行的记录，见 :mod:`kerasguide.site.run.legacy`。
"""

import copy
import dataclasses
import functools
import itertools
import json
import re
from pathlib import Path
from typing import Any, TypedDict, cast

from docutils.utils import column_width
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from kerasguide import backends, files, scripts

#: 加在例子的名字后面，指旧代码在 Keras 3 上的那一遍运行
ON_KERAS_3 = "@keras3"
#: 图片按两倍像素密度画（plot_model 默认 200 dpi），显示成一半大
PIXEL_DENSITY = 2

_MARKER = re.compile(r"^# ?%%(.*)$")
_RULE = re.compile(r"=+")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SECTION = re.compile(
    r"^\.\. GENERATED FROM PYTHON SOURCE LINES (\d+)-\d+$", re.MULTILINE
)
_INDENT = " " * 4  # sphinx-gallery 把输出缩进这么多
_OUTPUT = re.compile(
    r"^ *\.\. rst-class:: sphx-glr-script-out\n\n"
    r" *\.\. code-block:: none\n\n"
    rf"(?P<text>(?:(?:{_INDENT}.*| *)\n)*)",  # 只有空格的行，它不缩进
    re.MULTILINE,
)


# 进度条用的退格之类：页面上看不见，EPUB 里不能有
_CONTROL = re.compile(r"[^\n\t\x20-\x7e\xa0-\u2027\u202a-\U0010ffff]")


class ExampleError(Exception):
    """例子或代码块用不了；消息说明是哪一个、为什么、该怎么办。"""


class ExampleFailed(ExampleError):
    """例子运行失败：不管几处用到它，毛病只有一个。"""

    def __init__(self, name: str, block: str, error: str) -> None:
        super().__init__(f"例子 {name!r} 运行失败，停在代码块 {block!r}：{error}")
        self.block = block


class Drawn(TypedDict):
    """一张结构图的数据，由 :mod:`kerasguide.site.run.plotted` 记下。"""

    model: str
    svg: str
    layers: list[dict[str, Any]]


@dataclasses.dataclass
class Block:
    """例子的一个代码块，和它在这次运行里给出的一切。"""

    name: str
    line: int
    code: str
    output: str = ""
    #: 图片，相对于文档根，以 / 开头
    images: list[str] = dataclasses.field(default_factory=list)
    #: 图片里的结构图，和它们的数据
    diagrams: dict[str, Drawn] = dataclasses.field(default_factory=dict)
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: 练习的检查说的，见 :class:`kerasguide.exercises.Mark`
    marks: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    #: 旧代码在 Keras 3 上的异常；别的例子出错就算失败
    error: str | None = None


def are_run(config: Config) -> bool:
    """这次构建运行例子吗？doctest 和 linkcheck 用不着输出，以 ``plot_gallery=0`` 省去。"""
    return bool(config.sphinx_gallery_conf["plot_gallery"])


def directories(site: Sphinx | BuildEnvironment) -> tuple[Path, Path]:
    """例子的文件夹和 sphinx-gallery 的输出文件夹。"""
    settings = site.config.sphinx_gallery_conf
    source = Path(site.srcdir)
    return (
        (source / settings["examples_dirs"]).resolve(),
        source / settings["gallery_dirs"],
    )


def script_name(name: str) -> str:
    """``note/mnist_mlp_2020@keras3`` 和 ``note/mnist_mlp_2020`` 是同一个脚本。"""
    return name.removesuffix(ON_KERAS_3)


def on_keras_3(code: str) -> str:
    r"""同样的代码，导入的是今天的 Keras。

    Examples:
        >>> on_keras_3("import tf_keras as keras\nfrom tf_keras import layers")
        'import keras\nfrom keras import layers'
    """
    return backends.KERAS_2.sub("keras", code).replace(
        "import keras as keras", "import keras"
    )


def read_source(path: Path) -> tuple[list[Block], list[tuple[int, str]]]:
    """读脚本的代码块，不看运行结果。

    Returns:
        tuple: ``(blocks, problems)``；``problems`` 里每项是行号和毛病，
        例如没有名字的块、重复的名字。
    """
    blocks, problems = _read_source(path, path.read_text(encoding="utf-8"))
    return [dataclasses.replace(block) for block in blocks], list(problems)


@functools.cache  # 一页上的每个 {cell}、{fact} 都要读一遍它的脚本
def _read_source(path: Path, text: str) -> tuple[list[Block], list[tuple[int, str]]]:
    markers = [
        (line, match[1].strip())
        for line, source in enumerate(text.split("\n"), 1)
        if (match := _MARKER.match(source))
    ]
    problems = _title_problems(text)
    blocks: dict[str, Block] = {}
    for kind, code, line in split_code_and_text_blocks(path)[1]:
        if kind != "code":
            continue
        at, name = next(
            (marker for marker in reversed(markers) if marker[0] < line), (line, "")
        )
        if not _NAME.fullmatch(name):
            problems.append(
                (at, f"代码块的名字 {name!r} 不行：请写成“# %% define-model”的样子")
            )
        elif name in blocks:
            problems.append(
                (at, f"代码块 {name!r} 重名：第 {blocks[name].line} 行已经有一个")
            )
        else:
            blocks[name] = Block(name, line, code.strip("\n"))
    return list(blocks.values()), problems


def _title_problems(text: str) -> list[tuple[int, str]]:
    pairs = itertools.pairwise(text.split("\n"))
    for line, (title, rule) in enumerate(pairs, 2):
        if _RULE.fullmatch(rule):
            width = column_width(title)
            if len(rule) < width:
                said = f"标题“{title}”占 {width} 列（一个汉字占两列），"
                return [(line, f"{said}下面的等号只有 {len(rule)} 个")]
            break
    return []


def record_path(script: Path) -> Path:
    """``docs/gallery`` 里的脚本对应的运行记录。"""
    return script.with_suffix(".run.json")


def write_record(script: Path, record: dict[str, Any]) -> None:
    """写下 ``docs/gallery`` 里一个脚本的运行记录。"""
    text = json.dumps(_freeze(record), indent=1)
    files.write_whole(record_path(script), text.encode())


def read_record(script: Path) -> dict[str, Any]:
    """读 ``docs/gallery`` 里一个脚本的运行记录。

    Raises:
        OSError: 没有这份记录。
        ValueError: 它不是 JSON。
        TypeError: 它是 JSON，可不是一份记录。
    """
    text = record_path(script).read_text(encoding="utf-8")
    record = json.loads(text, object_hook=_thaw)
    if not isinstance(record, dict):
        raise TypeError(f"{record_path(script).name} 不是一份记录")
    return record


def recorded_diagrams(script: Path) -> dict[str, Drawn]:
    """``docs/gallery`` 里的脚本画的结构图：图片到数据。"""
    return {
        uri: drawn
        for block in read_record(script)["blocks"].values()
        for uri, drawn in block["diagrams"].items()
    }


def load(name: str, examples_dir: Path, gallery_dir: Path) -> dict[str, Block]:
    """读一个例子的代码块和它们的运行结果。

    Args:
        name: 例子的名字，如 ``"basics/mnist_mlp"``；末尾加上 ``@keras3``，
            要的就是旧代码在 Keras 3 上的那一遍。
        examples_dir: 放脚本的文件夹。
        gallery_dir: sphinx-gallery 写页面的文件夹。

    Returns:
        dict: 块名到 :class:`Block`。

    Raises:
        ExampleError: 没有这个例子；它没有运行；它运行失败；
            或者记录来自另一份源码。
    """
    original = examples_dir / f"{script_name(name)}.py"
    if not original.is_file():
        known = "、".join(scripts.names(examples_dir))
        raise ExampleError(f"没有例子 {name!r}；现有的是：{known}")
    script = gallery_dir / f"{script_name(name)}.py"
    try:
        stamps = tuple(
            path.stat().st_mtime_ns
            for path in (original, record_path(script), script.with_suffix(".rst"))
        )
        blocks = _load(name, original, script, stamps)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ExampleError(
            f"例子 {name!r} 没有运行，页面上就没有它的输出"
            f"（{type(error).__name__}：{error}）；请用 nox -s docs 从头构建"
        ) from error
    return copy.copy(blocks)


@functools.lru_cache(maxsize=64)
def _load(
    name: str, original: Path, script: Path, stamps: tuple[int, ...]
) -> dict[str, Block]:
    record = read_record(script)
    page = script.with_suffix(".rst").read_text(encoding="utf-8")
    if "failed" in record:
        raise ExampleFailed(name, record["failed"]["block"], record["failed"]["error"])
    if record["source"] != scripts.source_hash(original):
        raise ExampleError(
            f"例子 {name!r} 改过之后没有重新运行；请用 nox -s docs 从头构建"
        )
    if name.endswith(ON_KERAS_3):
        return _on_keras_3(name, original, record)
    outputs = _outputs(page)
    blocks = {}
    for block in read_source(original)[0]:
        ran = record["blocks"].get(block.name)
        if ran is None:
            raise ExampleError(f"例子 {name!r} 的代码块 {block.name!r} 没有运行")
        block.output = outputs.get(block.line, "")
        _check_output(name, block)
        block.images = ran["images"]
        block.diagrams = ran["diagrams"]
        block.values = ran["values"]
        block.marks = ran["marks"]
        blocks[block.name] = block
    return blocks


def _check_output(name: str, block: Block) -> None:
    if found := _CONTROL.search(block.output):
        raise ExampleError(
            f"例子 {name!r} 的代码块 {block.name!r} 打印了控制字符 {found[0]!r}："
            f"多半是进度条，请用 verbose=2"
        )


def _on_keras_3(name: str, original: Path, record: dict[str, Any]) -> dict[str, Block]:
    if "keras_3" not in record:
        raise ExampleError(
            f"例子 {script_name(name)!r} 没有用 tf_keras，它本来就是由 Keras 3 运行的："
            f"请去掉 {ON_KERAS_3}"
        )
    blocks = {}
    for block in read_source(original)[0]:
        block.code = on_keras_3(block.code)
        ran = record["keras_3"][block.name]
        block.output, block.values = ran["output"], ran["values"]
        _check_output(name, block)
        block.error = ran["error"]
        blocks[block.name] = block
    return blocks


def _outputs(page: str) -> dict[int, str]:
    """从 sphinx-gallery 生成的页面取出每个代码块的文字输出，键是块的行号。"""
    parts = _SECTION.split(page)[1:]
    outputs = {}
    for line, section in zip(parts[::2], parts[1::2], strict=True):
        if match := _OUTPUT.search(section):
            rows = match["text"].strip("\n").split("\n")
            # 各行都有的空格是输出自己的，只去掉 sphinx-gallery 加的
            rows = [row.removeprefix(_INDENT).rstrip() for row in rows]
            outputs[int(line)] = "\n".join(rows)
    return outputs


def _freeze(value: object) -> object:
    """JSON 没有元组，而形状都是元组：写成 ``{"tuple": […]}``。

    Examples:
        >>> [_thaw(_freeze(one)) for one in ({"tuple": 5}, {"a": 1})]
        [{'tuple': 5}, {'a': 1}]
    """
    if isinstance(value, tuple):
        return {"tuple": [_freeze(item) for item in value]}
    if isinstance(value, list):
        return [_freeze(item) for item in value]
    if isinstance(value, dict):
        frozen = {key: _freeze(item) for key, item in value.items()}
        if frozen.keys() & {"tuple", "items"}:  # 例子自己的，不是记号
            return {"items": [[key, item] for key, item in frozen.items()]}
        return frozen
    return value


def _thaw(mapping: dict[str, Any]) -> Any:
    if mapping.keys() == {"tuple"}:
        return tuple(cast(list[Any], mapping["tuple"]))
    if mapping.keys() == {"items"}:
        return dict(cast(list[Any], mapping["items"]))
    return mapping
