"""让一次运行不受之前运行的影响：名字、随机数、图和输出的宽度都从头开始。"""

import importlib.metadata
import logging
import os
import platform
import sys
import time
import warnings
from typing import Any, cast

#: ``summary()`` 的表格按终端宽度减 4 画，这样就是 72 列，手机上缩小了也看得全；
#: 固定它，输出才不随终端变。
COLUMNS = "76"
SEED = 42

_warning_filters: list[Any] = []  # 第一次恢复时的


def quiet() -> None:
    """在导入框架之前调用：TensorFlow 的启动信息不再打印，输出宽度固定。

    已经设置的环境变量不改，除了 ``COLUMNS``：它由终端设置，正是要固定的东西。

    Examples:
        >>> quiet()
        >>> os.environ["COLUMNS"]
        '76'
    """
    os.environ["COLUMNS"] = COLUMNS
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("MPLBACKEND", "agg")
    # TensorFlow 的“重复追踪”警告取决于这个进程里之前跑过多少模型，里面还有内存地址
    logging.getLogger("tensorflow").setLevel(logging.ERROR)


def reset() -> None:
    """把 Keras、Matplotlib、警告和随机数恢复到刚启动的样子。

    同一个进程里连着运行几个例子时，在每个例子之前调用，
    前一个例子的层名编号、种子、精度策略、打开的图、不看的警告就不会影响后一个。
    这个函数会导入 Keras（和它的后端）。

    Examples:
        >>> import keras
        >>> keras.layers.Dense(1).name == keras.layers.Dense(1).name
        False
        >>> reset()
        >>> keras.layers.Dense(1).name
        'dense'
    """
    quiet()
    import keras
    import matplotlib.pyplot as plt
    import numpy as np

    # 旧笔记的例子用 Keras 2；没有用过就不必为它导入
    if legacy_keras := sys.modules.get("tf_keras"):
        legacy_keras.backend.clear_session()
        # tf-keras 把自己的优化器也注册在这张表里，只去掉别人注册的
        registered = legacy_keras.utils.get_custom_objects()
        for name, registered_class in list(registered.items()):
            if not registered_class.__module__.startswith("tf_keras."):
                del registered[name]
        legacy_keras.utils.enable_interactive_logging()
    keras.utils.clear_session()
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.enable_interactive_logging()
    keras.config.enable_traceback_filtering()
    keras.utils.set_random_seed(SEED)
    # 例子注册过的自定义类会留在这张表里，让下一个例子误以为自己也能载入
    keras.saving.get_custom_objects().clear()
    np.set_printoptions(
        edgeitems=3,
        infstr="inf",
        linewidth=75,
        nanstr="nan",
        precision=8,
        suppress=False,
        threshold=1000,
        formatter=None,
    )
    plt.close("all")
    plt.rcdefaults()
    plt.switch_backend("agg")
    # 前一个例子不看的警告，这一个也许要看；说过的警告，再说一次
    _warning_filters[:] = _warning_filters or warnings.filters
    warnings.resetwarnings()
    # 类型里它是只读的，其实是列表
    cast("list[Any]", warnings.filters).extend(_warning_filters)


def describe(legacy: bool = False) -> dict[str, str]:
    """这次运行用的是什么：引擎、Python 和日期，都是写给人看的。

    Args:
        legacy: 用的是 Keras 2（tf-keras），不是 Keras 3。

    Returns:
        dict: ``engine``、``python``、``date``（年-月-日，世界时；设置了
        ``SOURCE_DATE_EPOCH`` 就用它）。

    Examples:
        >>> sorted(describe())
        ['date', 'engine', 'python']
        >>> describe(legacy=True)["engine"].startswith("Keras 2（tf-keras ")
        True
    """
    import keras

    version = importlib.metadata.version
    if legacy:
        name, backend = f"Keras 2（tf-keras {version('tf-keras')}）", "tensorflow"
    else:
        name, backend = f"Keras {keras.__version__}", keras.backend.backend()
    now = float(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return {
        "engine": f"{name}，后端 {backend} {version(backend)}",
        "python": platform.python_version(),
        "date": time.strftime("%Y-%m-%d", time.gmtime(now)),
    }
