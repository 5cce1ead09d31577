"""例子把图片写到哪里，以及没有系统 Graphviz 时怎样画结构图。"""

import atexit
import os
import tempfile
from pathlib import Path

_DIRECTORY_VARIABLE = "KERASGUIDE_FIGURES"
_handed_out: list[Path] = []


def directory() -> Path:
    """返回放图片的文件夹，没有就建一个。

    环境变量 ``KERASGUIDE_FIGURES`` 优先；没有设置时用主目录下的 ``kerasguide-figures``；
    主目录不可写时用系统的临时文件夹。图片从不写在脚本旁边，也不写进本项目。

    Returns:
        pathlib.Path: 一个已经存在的文件夹的绝对路径。

    Raises:
        OSError: ``KERASGUIDE_FIGURES`` 指定的文件夹不能建立。

    Examples:
        >>> import os, tempfile
        >>> os.environ["KERASGUIDE_FIGURES"] = tempfile.mkdtemp()
        >>> directory().is_dir()
        True
    """
    if named := os.environ.get(_DIRECTORY_VARIABLE):
        folder = Path(named).expanduser().absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OSError(
                f"不能把图片写到 {_DIRECTORY_VARIABLE}={named}（{error}）。"
                f"请换一个可写的文件夹，或者取消这个环境变量。"
            ) from error
        return folder
    folder = Path.home() / "kerasguide-figures"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = None
    if folder is None or not os.access(folder, os.W_OK):
        folder = Path(tempfile.gettempdir()) / "kerasguide-figures"
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def path(name: str) -> Path:
    """返回名叫 ``name`` 的图片应写的路径，脚本结束时打印它在哪里。

    返回的路径可以直接交给 ``keras.utils.plot_model`` 或 Matplotlib 的 ``savefig``。
    同时，如果装了 pygraphviz，就让 pydot 用它自带的 Graphviz 画图：
    这样不必安装系统的 ``dot``，各台机器上画出来的图也一样。

    Args:
        name: 文件名，带扩展名，例如 ``"mnist_mlp.png"``；不含文件夹。

    Returns:
        pathlib.Path: ``directory()`` 下的绝对路径；文件还不存在，要由调用者写。

    Raises:
        ValueError: ``name`` 里含有文件夹。

    Examples:
        >>> path("model.png").name
        'model.png'
        >>> path("sub/model.png")
        Traceback (most recent call last):
        ...
        ValueError: 图片名 'sub/model.png' 里不能有文件夹，请只写文件名，例如 'model.png'。
    """
    if Path(name).name != name or "\\" in name:
        bare = name.replace("\\", "/").rsplit("/", 1)[-1]
        raise ValueError(
            f"图片名 {name!r} 里不能有文件夹，请只写文件名，例如 {bare!r}。"
        )
    _use_bundled_graphviz()
    target = directory() / name
    if not _handed_out:
        atexit.register(_report)
    if target not in _handed_out:
        _handed_out.append(target)
    return target


def _report() -> None:
    written = [target for target in _handed_out if target.exists()]
    if written:
        print("图片写到了：")
        for target in written:
            print(f"  {target}")


def _use_bundled_graphviz() -> None:
    """让 ``pydot.Dot.create`` 调用 pygraphviz 的轮子里自带的 Graphviz。

    ``keras.utils.plot_model`` 只经过 ``pydot.Dot.create`` 接触 Graphviz，
    所以换掉这一个方法就够了。没有装 pygraphviz 时什么也不做：
    pydot 照旧去找系统的 ``dot``，找不到时 Keras 会说明要装什么。
    """
    try:
        import pydot

        _fix_fonts()
        import pygraphviz
    except ImportError:
        return

    def create(self, prog=None, format="ps", encoding=None):
        source = self.to_string()
        return pygraphviz.AGraph(source).draw(format=format, prog=prog or "dot")

    pydot.Dot.create = create


def _fix_fonts() -> None:
    """让自带的 Graphviz 用 Matplotlib 自带的 DejaVu 字体。

    裸机上往往一个字体也没有，框里就没有字；装了的字体又各不相同，框的大小就不一样。
    已经设置了 ``FONTCONFIG_FILE`` 的人自有主张，不去改它。
    """
    if "FONTCONFIG_FILE" in os.environ:
        return
    import matplotlib

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    scratch = Path(tempfile.mkdtemp(prefix="kerasguide-fontconfig-"))
    configuration = scratch / "fonts.conf"
    configuration.write_text(
        f"<fontconfig><dir>{fonts}</dir><cachedir>{scratch}</cachedir></fontconfig>\n",
        encoding="utf-8",
    )
    atexit.register(_remove, scratch)
    os.environ["FONTCONFIG_FILE"] = str(configuration)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
