"""例子的进程由一个已经导入框架的进程分出来（fork）：这里是要先导入的。

Matplotlib 和 Keras（连同它的后端）导入要好几秒，每个例子都要用，而它们在导入之后、
使用之前还没有线程在做事，分出来的进程里一样能用。
"""

import contextlib
import os

from kerasguide import runtime

# 每个例子的进程都要用
from kerasguide.site.run import workers  # noqa: F401


def _import_quietly() -> None:
    """框架启动时写到 stderr 的话，不让它们夹在构建的日志里。"""
    runtime.quiet()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), 2)
    # 导入不了（没有这个后端），就由例子自己的导入报错
    try:
        with contextlib.suppress(Exception):
            import keras  # noqa: F401
            import matplotlib.pyplot  # noqa: F401

            # 只要装了它，keras.utils.set_random_seed 就导入它，不管后端是哪一个
            import tensorflow  # noqa: F401
    finally:
        os.dup2(kept, 2)
        os.close(kept)


_import_quietly()
