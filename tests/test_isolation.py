"""例子之间不留痕迹：每个例子有自己的进程，一个做什么，别的都碰不到，次序不起作用。"""

from tests.conftest import titled

PROBE = '''"""
Probe
=====

Says what it finds.
"""

# %% probe
# Everything that an earlier example could have left behind.

import atexit
import decimal
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

print(keras.layers.Dense(1).name, keras.layers.Dense(1).name)
print(random.random(), np.random.rand(), float(keras.random.uniform(())))
print(plt.get_fignums(), plt.rcParams["figure.dpi"])
print(keras.config.floatx(), keras.config.dtype_policy().name)
print(keras.config.image_data_format(), keras.config.epsilon())
print(len(keras.saving.get_custom_objects()))
print(np.array([1 / 3, -0.0, 1e-9]), os.environ["COLUMNS"], np.geterr())
print(sorted(name for name in os.environ if name.startswith("LEFT_BEHIND")))
print(Path.cwd(), os.umask(0o22), sys.getrecursionlimit(), len(sys.path))
print(len(sys.argv), len(sys.meta_path), signal.getsignal(signal.SIGUSR1))
print(decimal.getcontext().prec, locale.setlocale(locale.LC_ALL))
print(logging.getLogger().level, logging.getLogger("left").handlers)
print([thread.name for thread in threading.enumerate() if "left" in thread.name])
print("left_behind" in sys.modules, len(warnings.filters))
print(keras.layers.Dense.__call__.__qualname__, keras.config.max_epochs())
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.summary()

# %% disturb
# And now leave as much behind as possible.

import time
import types

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("mixed_float16")
keras.config.set_image_data_format("channels_first")
keras.config.set_epsilon(1e-3)
keras.config.set_max_epochs(1)
np.set_printoptions(precision=2, floatmode="fixed", sign="+", legacy="1.13")
np.seterr(all="ignore")
plt.rcParams["figure.dpi"] = 300
os.environ["COLUMNS"] = "50"
os.environ["LEFT_BEHIND"] = "1"
keras.utils.disable_interactive_logging()
os.chdir("/")
os.umask(0o77)
sys.setrecursionlimit(3000)
sys.path.insert(0, "/left/behind")
sys.argv.append("left")
sys.meta_path.append(types.SimpleNamespace(find_spec=lambda *_: None))
sys.modules["left_behind"] = types.ModuleType("left_behind")
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
decimal.getcontext().prec = 3
logging.getLogger().setLevel(logging.DEBUG)
logging.getLogger("left").addHandler(logging.NullHandler())
threading.Thread(target=time.sleep, args=(60,), name="left").start()
warnings.filterwarnings("ignore")
atexit.register(print, "left behind")
keras.layers.Dense.__call__ = lambda *_: None


@keras.saving.register_keras_serializable(package="left_behind")
class LeftBehind(keras.layers.Layer):
    pass
'''

PAGE = """# Probe

```{cell} chapter/topic probe disturb
```

```{cell} chapter/second probe disturb
```
"""


def test_the_second_example_finds_what_the_first_one_found(tiny):
    site = tiny(
        PAGE, PROBE, {"second": titled(PROBE, "Another probe")}, kerasguide_workers=1
    )
    assert site.log == ""
    first, second = [
        output.get_text() for output in site.page("index").select(".cell-output")
    ]
    assert first == second
    assert first.splitlines()[0] == "dense dense_1"
    assert "┏━" in first
    assert len(first.splitlines()[-1]) <= 88


def test_colour_codes_never_reach_a_page(tiny):
    example = (
        '"""\nColours\n=======\n\nPrint some.\n"""\n\n'
        '# %% colours\n# In red.\n\nprint("\\x1b[31mred\\x1b[0m text")\n'
    )
    page = "# Colours\n\n```{cell} chapter/topic colours\n```\n"
    site = tiny(page, example)
    assert site.log == ""
    assert (
        site.page("index").select_one(".cell-output").get_text().strip() == "red text"
    )
