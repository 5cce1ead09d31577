"""例子把图片写到哪里，图里的汉字用什么字体，没有系统 Graphviz 时怎样画结构图。"""

import atexit
import errno
import functools
import importlib.metadata
import importlib.util
import os
import tempfile
from pathlib import Path

_DIRECTORY_VARIABLE = "KERASGUIDE_FIGURES"
_handed_out: list[Path] = []


def directory() -> Path:
    """返回放图片的文件夹，没有就建一个。

    环境变量 ``KERASGUIDE_FIGURES`` 优先；没有设置时用主目录下的 ``kerasguide-figures``；
    主目录不可写（或者没有）时用系统的临时文件夹。图片从不写在脚本旁边，也不写进本项目。

    Returns:
        pathlib.Path: 一个已经存在的文件夹的绝对路径。

    Raises:
        OSError: ``KERASGUIDE_FIGURES`` 指定的文件夹不能建立或者不能写；没有指定，
            而主目录和临时文件夹都不能写。

    Examples:
        >>> import os, tempfile
        >>> os.environ["KERASGUIDE_FIGURES"] = tempfile.mkdtemp()
        >>> directory().is_dir()
        True
    """
    if named := os.environ.get(_DIRECTORY_VARIABLE):
        try:
            return _writable(Path(named).expanduser().absolute())
        except (OSError, RuntimeError) as error:  # 找不到 ~ 是 RuntimeError
            raise OSError(
                f"不能把图片写到 {_DIRECTORY_VARIABLE}={named}（{error}）。"
                f"请换一个可写的文件夹，或者取消这个环境变量。"
            ) from error
    try:
        return _writable(Path.home() / "kerasguide-figures")
    except (OSError, RuntimeError):
        pass
    try:
        return _writable(Path(tempfile.gettempdir()) / "kerasguide-figures")
    except OSError as error:
        raise OSError(
            f"主目录和临时文件夹都不能放图片（{error}）。"
            f"请用 {_DIRECTORY_VARIABLE} 指定一个可写的文件夹。"
        ) from error


def _writable(folder: Path) -> Path:
    """没有就建一个；已经有的，也要写得进去，免得到画图时才失败。"""
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    return folder


def path(name: str) -> Path:
    """返回名叫 ``name`` 的图片应写的路径，脚本结束时打印它在哪里。

    返回的路径可以直接交给 ``keras.utils.plot_model`` 或 Matplotlib 的 ``savefig``。
    同时，如果装了 graphviz-pure（本项目的依赖），就让 pydot 用它画图：
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
    use_bundled_graphviz()
    target = directory() / name
    if not _handed_out:
        atexit.register(_report)
    if target not in _handed_out:
        _handed_out.append(target)
    return target


def use_chinese_font() -> None:
    """让 Matplotlib 画得出汉字：西文照旧，没有的字取自 zhplot 带来的 Noto Sans SC。

    系统里有没有中文字体、叫什么名字，各台机器不同；字体由一个包带来，画出来的图就相同。
    在第一次画图之前调用。没有装 zhplot 时什么也不改，汉字画成方框。

    Examples:
        >>> import matplotlib
        >>> use_chinese_font()
        >>> matplotlib.rcParams["font.family"]
        ['DejaVu Sans', 'Noto Sans SC']
    """
    spec = importlib.util.find_spec("zhplot")  # 不导入它：它一导入就改设置
    if spec is None or spec.origin is None:
        return
    import matplotlib
    from matplotlib import font_manager

    font = Path(spec.origin).parent / "fonts" / "NotoSansSC-Regular.ttf"
    font_manager.fontManager.addfont(font)
    name = font_manager.FontProperties(fname=font).get_name()
    matplotlib.rcParams["font.family"] = ["DejaVu Sans", name]


def _report() -> None:
    written = [target for target in _handed_out if target.exists()]
    if written:
        print("图片写到了：")
        for target in written:
            print(f"  {target}")


@functools.cache
def use_bundled_graphviz() -> None:
    """让 pydot 默认运行 graphviz-pure：它是一个不依赖系统库的 ``dot``，自带字体。

    系统的 ``dot`` 往往没有装；装了，版本和字体也各不相同。没有装 graphviz-pure 时
    什么也不改：pydot 照旧去找 ``dot``，找不到时 Keras 会说明要装什么。
    """
    try:
        files = importlib.metadata.files("graphviz-pure")
        import pydot
    except ImportError:  # 没有装其中一个；PackageNotFoundError 也是 ImportError
        return
    programs = [file.locate() for file in files or () if file.stem == "graphviz-pure"]
    if not programs:  # 装得不完整
        return
    program = str(Path(programs[0]).resolve())
    original = pydot.Dot.create

    # Keras 用默认的格式试一下能不能画；原来的默认是 ps，而 graphviz-pure 没有它
    @functools.wraps(original)
    def create(
        self: pydot.Dot,
        prog: list[str] | tuple[str] | str | None = None,
        format: str = "svg",  # noqa: A002  名字由 pydot 定
        encoding: str | None = None,
    ) -> str:
        if prog in (None, "dot"):
            prog = program
        return original(self, prog, format, encoding)

    pydot.Dot.create = create  # type: ignore[method-assign]
