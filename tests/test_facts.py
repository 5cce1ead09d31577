"""``{fact}``：句子里的数取自运行；找不到或者不止一个，构建就失败。"""

import pytest

from tests.conftest import EXAMPLE

TRAINED = (
    EXAMPLE
    + """
# %% run
# Print a few numbers and keep a few variables.

import numpy as np

total = 55050
accuracy = 0.95678
history = {"loss": [0.5, 0.25]}
rows = np.zeros((1500, 784), dtype="float32")
print("Total params: 55,050 (215.04 KB)")
print("Trainable params: 55,050 (215.04 KB)")
print("version 3.15.1")
print("shape (None, 784)")
print("twice 1\\ntwice 2")
"""
)


def page(query):
    return f"""# Tiny

```{{cell}} chapter/topic hello run
```

There are {{fact}}`chapter/topic run {query}` of them.
"""


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"Total params"', "55,050"),
        ('"version"', "3.15.1"),
        ('"Total params" .0f', "55050"),
        ('"shape"', "(None, 784)"),
        ("total", "55,050"),
        ("total d", "55050"),
        ("accuracy", "0.9568"),
        ("accuracy .1%", "95.7%"),
        ("history.loss[-1]", "0.25"),
        ("rows.shape", "(1500, 784)"),
        ("rows.shape[0]", "1,500"),
        ("rows.dtype", "float32"),
    ],
)
def test_takes_the_value_of_the_run(tiny, query, text):
    site = tiny(page(query), TRAINED)
    assert site.log == ""
    fact = site.page("index").find(class_="fact")
    assert fact.get_text() == text
    link = fact.find_parent("a")
    assert link["href"] == "gallery/chapter/topic.html"
    assert "chapter/topic.py" in link["title"] and "run" in link["title"]


NUMBERS = (
    EXAMPLE
    + """
# %% run
# Print numbers in all their forms.

print("val_loss: 2.5")
print("loss: -0.5")
print("rate .25")
print("epsilon 1E-3")
print("rows 1_000")
print("pair 10, 20")
print("share | 97.5%")
print("big 1,234,567.")
"""
)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("loss", "-0.5"),  # 不是 val_loss 的
        ("rate", ".25"),
        ("epsilon", "1E-3"),
        ("rows", "1,000"),
        ("pair", "10"),
        ("share", "97.5%"),
        ("big", "1,234,567"),
    ],
)
def test_a_number_is_taken_whole(tiny, label, text):
    site = tiny(page(f'"{label}"'), NUMBERS)
    assert site.log == ""
    assert site.page("index").find(class_="fact").get_text() == text


@pytest.mark.parametrize("printed", ["1.2M", "12:30", "10,20", "12ms", "3x", "1__0"])
def test_what_is_not_a_whole_number_is_not_cut_to_one(tiny, printed):
    example = EXAMPLE + f"\n# %% run\n# Print.\n\nprint('value {printed}')\n"
    log = tiny(page('"value"'), example).log
    assert f"后面的 {printed} 不是一个完整的数" in log


def test_follows_the_code_without_touching_the_prose(tiny):
    changed = TRAINED.replace("total = 55050", "total = 55915")
    fact = tiny(page("total"), changed).page("index").find(class_="fact")
    assert fact.get_text() == "55,915"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ('"Total parms"', ["Total params: 55,050"]),
        ('"params"', ["2 次"]),
        ('"twice"', ["2 次"]),
        ("totals", ["totals", "total"]),
        ("history.val_loss", ["val_loss", "loss"]),
        ("history.loss[7]", ["7", "0.25"]),
        ("history", ["不是一个数"]),
        ("accuracy d", ["'d'"]),
        ('"shape" .1f', ["(None, 784)", "'.1f'"]),
        ("", ["例子 代码块"]),
        ('"Total', ["引号"]),
    ],
)
def test_what_cannot_be_found_says_where_and_what_there_is(tiny, query, says):
    log = tiny(page(query), TRAINED).log
    assert "index.md:6: WARNING" in log
    assert "chapter/topic" in log
    assert all(word in log for word in says), log


def test_values_of_keras_objects(tiny):
    example = (
        EXAMPLE
        + """
# %% run
# A model and its training.

import keras

inputs = keras.Input((2,))
model = keras.Model(inputs, keras.layers.Dense(3, name="dense")(inputs), name="m")
chain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
model.compile(loss="mse")
history = model.fit(keras.ops.ones((4, 2)), keras.ops.ones((4, 3)), verbose=0)
"""
    )
    facts = {
        "inputs.shape": "(None, 2)",
        "model.params": "9",
        "model.name": "m",
        "model.output_shape": "(None, 3)",
        "model.layers.dense.params": "9",
        "model.layers.dense.output_shape": "(None, 3)",
        "chain.output_shape": "(None, 3)",
        "history.epoch[-1]": "0",
    }
    text = "# Tiny\n\n```{cell} chapter/topic hello run\n```\n\n"
    text += "\n\n".join(f"{{fact}}`chapter/topic run {query}`" for query in facts)
    site = tiny(text, example)
    assert site.log == ""
    found = [fact.get_text() for fact in site.page("index").find_all(class_="fact")]
    assert found == list(facts.values())
