"""站点上带着的安装文件：例子的脚本和笔记本要用的 ``kerasguide``。"""

from pathlib import Path

from kerasguide import __version__

#: 文件名，放在 ``_static`` 里；``conf.py`` 让笔记本的第一格装它
NAME = f"kerasguide-{__version__}-py3-none-any.whl"


def build(root: Path, site: Path) -> None:
    """把安装文件放进建好的站点；同样的源码总是同样的字节。

    Args:
        root: 放 ``pyproject.toml`` 的文件夹。
        site: 建好的站点。
    """
    from hatchling.builders.wheel import WheelBuilder

    for old in (site / "_static").glob("kerasguide-*.whl"):
        old.unlink()
    builder = WheelBuilder(str(root))
    for _ in builder.build(directory=str(site / "_static"), versions=["standard"]):
        pass
