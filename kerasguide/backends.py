"""Keras 3 的几个后端，以及哪些例子只用于其中一个。"""

import os
import re
from pathlib import Path

#: 后端在 ``KERAS_BACKEND`` 里的名字，和写给人看的名字；包也叫前一个名字。
TITLES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}

_ONLY = re.compile(rf"^只用于 ({'|'.join(TITLES.values())}) 后端：(.+)$", re.MULTILINE)
KERAS_2 = re.compile(r"\btf_keras\b")


def is_legacy(script: Path) -> bool:
    """例子用的是 tf-keras，即今天还能装的 Keras 2 吗？这样的都是旧笔记的代码。"""
    return bool(KERAS_2.search(script.read_text(encoding="utf-8")))


def only_on(script: Path) -> tuple[str, str] | None:
    r"""例子只用于哪个后端，为什么；在哪个后端上都能用，就是 ``None``。

    这样的例子在开头的说明里单独写一行“只用于 JAX 后端：原因。”，它自己的代码里
    也设好 ``KERAS_BACKEND``。它总有自己的进程：它常要在导入框架之前设置别的。

    Args:
        script: 例子的脚本。

    Returns:
        tuple: 后端在 ``KERAS_BACKEND`` 里的名字，和原因。

    Examples:
        >>> import tempfile
        >>> script = Path(tempfile.mkdtemp()) / "sharding.py"
        >>> text = '\"\"\"\n只用于 JAX 后端：别的后端没有它。\n\"\"\"\n'
        >>> script.write_text(text, encoding="utf-8") > 0
        True
        >>> only_on(script)
        ('jax', '别的后端没有它。')
    """
    if found := _ONLY.search(script.read_text(encoding="utf-8")):
        names = {title: name for name, title in TITLES.items()}
        return names[found[1]], found[2]
    if is_legacy(script):
        return "tensorflow", "2020 年的代码由 tf-keras 运行，它只有 TensorFlow。"
    return None


def keras_home() -> Path:
    """Keras 放设置（``keras.json``）和数据的文件夹，与 Keras 的规则相同，不导入它。

    Returns:
        pathlib.Path: ``KERAS_HOME`` 指定的；没有设置，就是主目录下的 ``.keras``，
        主目录不能写就是 ``/tmp`` 下的。

    Examples:
        >>> import os
        >>> os.environ["KERAS_HOME"] = "/somewhere"
        >>> keras_home().as_posix()
        '/somewhere'
        >>> del os.environ["KERAS_HOME"]
    """
    # Path.expanduser 找不到主目录就报错，Keras 用的这个原样返回
    if (named := os.environ.get("KERAS_HOME")) is not None:
        return Path(os.path.expanduser(named))  # noqa: PTH111
    home = Path(os.path.expanduser("~"))  # noqa: PTH111
    # Keras 就是这样写的
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"  # noqa: S108
