"""检查的结果：打印成一张表，写成网站能展示的一个文件。"""

import importlib.metadata
import json
import os
import platform
import re
import time
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import keras

from tests.gpu import devices

#: 记录放在这里，一个后端在一种设备上一个文件。
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "records" / "gpu"


class Row(NamedTuple):
    """一项检查的结果；``passed`` 是 ``None``，就是没有检查。"""

    name: str
    passed: bool | None
    detail: str


def table(rows: list[Row]) -> str:
    """对得齐的一张表：检查、通过没有、细节。"""
    said = {True: "通过", False: "失败", None: "没有检查"}
    cells = [("检查", "结果", "细节")]
    cells += [(row.name, said[row.passed], row.detail) for row in rows]
    widths = [max(_width(line[column]) for line in cells) for column in (0, 1)]
    return "\n".join(
        "  ".join(
            text + " " * (width - _width(text))
            for text, width in zip(line, (*widths, 0), strict=True)
        )
        for line in cells
    )


def record(rows: list[Row]) -> dict[str, Any]:
    """写进文件的内容；没有检查的另列，不混在通过的里面。"""
    backend = keras.backend.backend()
    version = importlib.metadata.version
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{platform.system()} {platform.machine()}，{os.cpu_count()} 个 CPU",
        "backend": backend,
        "device": devices.of_the_backend("gpu")[0],
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            backend: version(backend),
        },
        # 它左右编译和时间
        "environment": {
            name: os.environ[name] for name in ("XLA_FLAGS",) if name in os.environ
        },
        "checks": [row._asdict() for row in rows if row.passed is not None],
        "not_checked": [
            {"name": row.name, "detail": row.detail}
            for row in rows
            if row.passed is None
        ],
    }


def write(content: Mapping[str, Any]) -> Path:
    """把记录写成文件，同一后端、同一种设备的旧记录被换掉；返回它的路径。"""
    device = re.sub(r"[^a-z0-9]+", "-", content["device"].lower()).strip("-")
    path = FOLDER / f"{content['backend']}-{device}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    # 先写在旁边再改名：文件从来不会只有一半
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(f"{text}\n", encoding="utf-8")
    unfinished.replace(path)
    return path


def _width(text: str) -> int:
    """在终端里占几列：汉字和全角标点占两列。"""
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
