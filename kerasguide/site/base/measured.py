"""以前量的记录 ``docs/records``：在哪里，什么时候算旧。

什么时候算旧，只看记录和源码：例子的脚本改过，或者记录里的版本与
``docs/constraints.txt`` 的不同。
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerasguide import backends, scripts

#: 记录里各个包的名字，写给人看的
TITLES = {
    "python": "Python",
    "keras": "Keras",
    "tf-keras": "tf-keras",
    "numpy": "NumPy",
    **backends.TITLES,
}


def records(srcdir: Path) -> Path:
    """放记录的文件夹。"""
    return Path(srcdir) / "records"


def why_old(
    cell: Mapping[str, Any], script: Path, pinned: Mapping[str, str]
) -> list[str]:
    """一格为什么旧了；没有旧，就是空的。

    Args:
        cell: 记录里的一格。
        script: 例子的脚本。
        pinned: 现在用的版本，来自 :func:`pinned_versions`。
    """
    reasons = []
    if cell["source"] != scripts.source_hash(script):
        reasons.append("脚本后来改过")
    for name, version in cell["versions"].items():
        # 2.13.0+cpu 是 2.13.0 的一种构建
        if name in pinned and version.partition("+")[0] != pinned[name]:
            reasons.append(f"{TITLES[name]} 现在是 {pinned[name]}")
    return reasons


def pinned_versions(srcdir: Path) -> dict[str, str]:
    """``constraints.txt`` 里固定的版本。"""
    file = Path(srcdir) / "constraints.txt"
    if not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    pins = [line.partition("==") for line in lines if not line.startswith("#")]
    return {name: version for name, _, version in pins if version}
