"""例子之间不留痕迹：每个例子都像在新进程里一样，次序不起作用。"""

PROBE = '''"""
Probe
=====

Says what it finds.
"""

# %% probe
# Everything that an earlier example could have left behind.

import os
import random

import keras
import matplotlib.pyplot as plt
import numpy as np

print(keras.layers.Dense(1).name, keras.layers.Dense(1).name)
print(random.random(), np.random.rand(), float(keras.random.uniform(())))
print(plt.get_fignums(), plt.rcParams["figure.dpi"])
print(keras.config.floatx(), keras.config.dtype_policy().name)
print(keras.config.image_data_format(), keras.config.epsilon())
print(len(keras.saving.get_custom_objects()))
print(np.array([1 / 3]), os.environ["COLUMNS"])
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.summary()

# %% disturb
# And now leave as much behind as possible.

keras.config.set_floatx("float64")
keras.config.set_dtype_policy("mixed_float16")
keras.config.set_image_data_format("channels_first")
keras.config.set_epsilon(1e-3)
np.set_printoptions(precision=2)
plt.rcParams["figure.dpi"] = 300
os.environ["COLUMNS"] = "50"
keras.utils.disable_interactive_logging()


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
    site = tiny(PAGE, PROBE, {"second": PROBE})
    assert site.log == ""
    first, second = [
        output.get_text() for output in site.page("index").select(".cell-output")
    ]
    assert first == second
    assert first.splitlines()[0] == "dense dense_1"
    assert "┏━" in first and len(first.splitlines()[-1]) <= 88


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
