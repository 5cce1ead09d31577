"""真数据：放在 Keras 的缓存的哪里，完不完好，怎样取来。

载入数据的是 :mod:`kerasguide.datasets`；这里不用 NumPy，也不用任何框架。
"""

import hashlib
import os
import queue
import tempfile
import threading
import time
from pathlib import Path
from typing import BinaryIO, NamedTuple

from kerasguide import backends

#: ``KERASGUIDE_DATA`` 可以取的值。
SOURCES = ("auto", "cache", "download", "embedded")

# 连接每一步最多等多久，开始下载以后多久没有数据就不再等（秒）
_STALL_SECONDS = 5.0
# 从开始到收到第一点数据最多等多久（秒）：查地址、换网址、慢慢送来的标头都算在内
_ANSWER_SECONDS = 30.0
# auto 时，从第一点数据算起，预计要下载更久就改用内置数据（秒）
_PATIENCE_SECONDS = 120.0
_PIECE = 64 * 1024


class Remote(NamedTuple):
    """一种真数据：叫什么，从哪里取，取来的应当是什么样，放在缓存的哪里。"""

    title: str
    url: str
    sha256: str
    size: int  # 字节
    cache_name: str  # keras.datasets 在缓存里用的文件名


# 网址和校验和取自 Keras 3.15.1 的 keras/src/datasets/mnist.py 与 cifar10.py，
# 大小是 Keras 下载时的进度条显示的
MNIST = Remote(
    "MNIST",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
    11_490_434,
    "mnist.npz",
)
CIFAR10 = Remote(
    "CIFAR-10",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    170_498_071,
    "cifar-10-batches-py-target_archive",
)


def expected(title: str) -> str | None:
    """现在载入一种数据，会用哪一份。

    Args:
        title: 数据的名字，``"MNIST"`` 或 ``"CIFAR-10"``。

    Returns:
        str: ``"real"`` 或 ``"embedded"``；要看下载得成下载不成，就是 ``None``。

    Examples:
        >>> import os, tempfile
        >>> os.environ["KERASGUIDE_DATA"] = "embedded"
        >>> expected("MNIST")
        'embedded'
        >>> os.environ["KERASGUIDE_DATA"] = "auto"
        >>> os.environ["KERAS_HOME"] = tempfile.mkdtemp()
        >>> expected("MNIST") is None
        True
        >>> del os.environ["KERAS_HOME"], os.environ["KERASGUIDE_DATA"]
    """
    source = os.environ.get("KERASGUIDE_DATA") or "auto"
    if source == "embedded":
        return "embedded"
    (remote,) = (known for known in (MNIST, CIFAR10) if known.title == title)
    intact = why_unusable(folder() / remote.cache_name, remote) is None
    return "real" if source != "auto" or intact else None


def states() -> list[tuple[str, Path, str | None]]:
    """每种真数据在不在缓存里、完不完好，写给人看。

    Returns:
        list: ``(数据的名字, 它在缓存里的路径, 为什么用不了)``；用得了，最后一项是 ``None``。

    Examples:
        >>> import os, tempfile
        >>> os.environ["KERAS_HOME"] = tempfile.mkdtemp()
        >>> [(title, problem is None) for title, _, problem in states()]
        [('MNIST', False), ('CIFAR-10', False)]
        >>> del os.environ["KERAS_HOME"]
    """
    files = [(remote, folder() / remote.cache_name) for remote in (MNIST, CIFAR10)]
    return [(remote.title, path, why_unusable(path, remote)) for remote, path in files]


def folder() -> Path:
    """Keras 放数据的文件夹，与 ``keras.utils.get_file`` 的规则相同。

    规则不同，真数据就会放到 Keras 不看的地方，Keras 便自己再去下载，没有时限。
    """
    home = backends.keras_home()
    # 还没有的文件夹，Keras 导入时会建它
    folders = (home, *home.parents)
    nearest = next((each for each in folders if os.access(each, os.F_OK)), home)
    # KERAS_HOME 是空的，在 Keras 看来也是不能写
    if os.environ.get("KERAS_HOME") == "" or not os.access(nearest, os.W_OK):
        temporary = Path("/tmp")  # noqa: S108  Keras 就是这样写的
        if not temporary.is_dir():
            temporary = Path(tempfile.gettempdir())
        home = temporary / ".keras"
    return home / "datasets"


def why_unusable(cached: Path, remote: Remote) -> str | None:
    """缓存的文件为什么不能用；能用就返回 ``None``。"""
    try:
        if not cached.is_file():
            return f"缓存里没有 {cached}"
        with cached.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError as error:
        return f"缓存的 {cached} 读不了（{error.strerror}）"
    if digest.hexdigest() != remote.sha256:
        return f"缓存的 {cached} 校验和不对，可能没有下载完整"
    return None


def download(remote: Remote, cached: Path, patient: bool) -> None:
    """下载到 ``cached``：pooch 先写临时文件，校验和对了才改名。"""
    import pooch

    mirror = os.environ.get("KERASGUIDE_MIRROR")
    url = remote.url
    if mirror:
        url = f"{mirror.rstrip('/')}/{url.rsplit('/', 1)[-1]}"

    def stream(url: str, output_path: str, _: object) -> None:
        with Path(output_path).open("wb") as output:
            _receive(url, remote.size, output, patient)

    pooch.utils.get_logger().setLevel("WARNING")
    pooch.retrieve(
        url,
        known_hash=f"sha256:{remote.sha256}",
        fname=cached.name,
        path=cached.parent,
        downloader=stream,
    )


def _receive(url: str, size: int, output: BinaryIO, patient: bool) -> None:
    """把 ``url`` 的内容写进 ``output``，写够 ``size`` 个字节为止；等多久都有个头。

    requests 的时限只管每一次读：服务器隔一会儿送来一个字节的标头或者内容，
    它就一直等下去。所以由另一个线程去读，这里看着钟。
    """
    import requests

    arrived: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
    given_up = threading.Event()

    def fetch() -> None:
        try:
            with requests.get(url, stream=True, timeout=_STALL_SECONDS) as response:
                response.raise_for_status()
                # read1 来多少给多少；iter_content 要等满一片
                while piece := response.raw.read1(_PIECE, decode_content=True):
                    arrived.put(piece)
                    if given_up.is_set():
                        return
            arrived.put(b"")
        except Exception as error:  # noqa: BLE001  交给等着的线程去说
            arrived.put(error)

    # 不等它结束：它也许还卡在一次读上
    threading.Thread(target=fetch, daemon=True).start()
    started, received = 0.0, 0
    try:
        while received < size:
            limit = _STALL_SECONDS if received else _ANSWER_SECONDS
            try:
                piece = arrived.get(timeout=limit)
            except queue.Empty:
                raise TimeoutError(f"{limit:g} 秒没有收到数据") from None
            if isinstance(piece, Exception):
                raise piece
            if not piece:
                return
            output.write(piece)
            now = time.monotonic()
            started = started or now
            received += len(piece)
            elapsed = now - started
            if patient or elapsed < _STALL_SECONDS:
                continue
            remaining = (size - received) * elapsed / received
            if remaining > 0 and elapsed + remaining > _PATIENCE_SECONDS:
                raise TimeoutError(
                    f"太慢，预计还要 {remaining / 60:.0f} 分钟；"
                    f"愿意等就设 KERASGUIDE_DATA=download"
                )
    finally:
        given_up.set()
