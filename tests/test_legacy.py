"""2020 年的代码：由 Keras 2 运行，再一字不改由 Keras 3 运行一遍。"""

import logging

import pytest

from kerasguide.site.base import note

LEGACY = '''"""
Old
===

Code of 2020.
"""

# %% define
# A model.

import tf_keras as keras
import tf_keras.layers as layers

inputs = keras.Input(shape=(4,))
print(inputs.dtype)
model = keras.Model(inputs, layers.Dense(2)(inputs))
model.summary()

# %% save
# Into a folder.

import tempfile

with tempfile.TemporaryDirectory() as folder:
    model.save(folder + "/demo")
print("saved")

# %% after
# Goes on.

import random

print(model.count_params(), random.random())
'''

# 与 LEGACY 的最后一块打印同一个随机数：Keras 3 的那一遍不能搅乱它
PAGE = """# Old

```{cell} chapter/topic define save after
```

```{cell} chapter/topic@keras3 define save after
```

{fact}`chapter/topic@keras3 after model.params` 个参数，
Keras 2 打印 {fact}`chapter/topic define printed[0]`，
Keras 3 打印 {fact}`chapter/topic@keras3 define printed[0]`。
"""


@pytest.fixture
def built(tiny):
    return tiny(PAGE, LEGACY)


def test_both_worlds_stand_on_the_page(built):
    assert built.log == ""
    page = built.page("index")
    then, today = page.select("div.cell")
    assert (
        then.select_one(".cell-engine").get_text() == "2020 年的代码，由 Keras 2 运行"
    )
    assert (
        today.select_one(".cell-engine").get_text() == "2020 年的代码，由 Keras 3 运行"
    )
    assert "import tf_keras as keras" in then.get_text()
    assert "tf_keras" not in today.select_one(".cell-code").get_text()
    assert "input_1 (InputLayer)        [(None, 4)]" in then.get_text()
    assert "input_layer (InputLayer)" in today.get_text()
    text = page.get_text()
    assert "10 个参数" in text
    assert "Keras 2 打印 <dtype: 'float32'>" in text
    assert "Keras 3 打印 float32" in text


def test_an_error_on_keras_3_is_shown_and_the_next_block_runs(built):
    then, today = built.page("index").select("div.cell")
    assert "saved" in then.get_text()
    assert "saved" not in [
        output.get_text().strip() for output in today.select(".cell-output")
    ]
    outputs = [output.get_text().strip() for output in today.select(".cell-output")]
    assert outputs[1].startswith("ValueError: Invalid filepath extension for saving")
    assert outputs[2].startswith("10 ")
    assert "\x1b" not in today.get_text()


def test_both_runs_start_from_the_same_random_numbers(built):
    numbers = [
        cell.select(".cell-output")[2].get_text().split()[1]
        for cell in built.page("index").select("div.cell")
    ]
    assert numbers[0] == numbers[1]


WARNS = LEGACY.replace(
    "import random\n", "import random\nimport logging\nlogging.warning('noticed')\n"
)


def test_warnings_stay_with_the_run_that_gave_them(tiny):
    """两遍各提醒一次：后一遍的不能混进前一遍的输出，也不能丢。"""
    before = logging.getLogger().handlers[:]
    site = tiny(
        PAGE.replace("{fact}`chapter/topic@keras3 after model.params` 个", ""), WARNS
    )
    assert site.log == ""
    last = [
        cell.select(".cell-output")[-1].get_text().count("noticed")
        for cell in site.page("index").select("div.cell")
    ]
    assert last[1] == 1
    assert last[0] <= 1
    assert [h for h in logging.getLogger().handlers if h not in before] == []


def test_the_block_counts_as_shown_by_either_run(tiny):
    page = "# Old\n\n```{cell} chapter/topic@keras3 define save after\n```\n"
    assert tiny(page, LEGACY).log == ""


def test_an_example_of_today_has_no_second_run(tiny):
    site = tiny("# Tiny\n\n```{cell} chapter/topic@keras3 hello\n```\n")
    assert "本来就是由 Keras 3 运行的：请去掉 @keras3" in site.log


def test_the_ledger_compares_the_note_with_both_runs(tiny):
    blocks = " ".join(sorted(note.BLOCKS - {"B01", "B02", "B03"}))
    text = f"""
[[row]]
id = "{blocks}"
topic = "t"
said = "s"
page = "index"
code = "chapter/topic define"

[[row]]
id = "B01"
topic = "t"
said = "s"
page = "index"
code = "chapter/topic save"

[[row]]
id = "B02"
topic = "t"
said = "s"
page = "index"
code = "chapter/topic define"
figures = [
    {{ name = "类型", note = "<dtype: 'float32'>", at = "chapter/topic define printed[0]" }},
]

[[row]]
id = "B03"
topic = "t"
said = "s"
page = "index"
code = "chapter/topic define"
figures = [{{ name = "参数", note = "11", at = "chapter/topic after model.params" }}]
"""
    site = tiny(PAGE + "\n```{ledger}\n```\n", LEGACY, ledger=text)
    assert site.log == ""
    rows = site.page("index").select("table.ledger tbody tr")
    found = [row.find("strong").get_text() for row in rows]
    assert found == ["仍然成立", "写法已变", "写法已变", "笔误"]
    assert "Invalid filepath extension" in rows[1].get_text()


def test_control_characters_on_keras_3_are_refused_too(tiny):
    bell = 'print("ran", "\\a" * (keras.__name__ == "keras"))\n'
    example = LEGACY.replace("print(inputs.dtype)\n", bell)
    log = tiny(PAGE.replace("define printed[0]", "after model.params"), example).log
    assert "例子 'chapter/topic@keras3' 的代码块 'define' 打印了控制字符" in log
    assert "例子 'chapter/topic' 的代码块 'define' 打印了控制字符" not in log
