"""{claim}：句子的依据，怎样才算依据，没有通过时说什么。"""

import json

import pytest

EXAMPLE = '''"""
A tiny example
==============

It says hello.
"""

# %% hello
# Say hello.

print("hello")

# %% adds
# One and one.

total = sum([1, 1])
print(f"total {total}")
assert total == 2
'''
PAGE = """# Tiny

```{cell} chapter/topic hello
```

一加一等于二{claim}`chapter/topic adds`。别的不说。
"""


def test_a_claim_is_a_link_to_its_proof(tiny):
    site = tiny(PAGE, EXAMPLE)
    assert site.log == ""
    page = site.page("index")
    mark = page.select_one("p a.claim")
    proof = page.select_one(mark["href"])
    assert proof.select_one(".claim-said").get_text().startswith("一加一等于二。")
    assert "assert total == 2" in proof.get_text()
    assert "total 2" in proof.get_text()
    assert "这次构建由 Keras" in proof.select_one(".claim-run").get_text()
    back = proof.select_one("a.claim-back")["href"]
    assert page.select_one(back) is mark
    assert page.select_one(".grounds summary").get_text() == "1 句话有依据"


def test_a_claim_says_on_which_backends_it_holds(tiny):
    example = EXAMPLE.replace(
        "assert total == 2",
        'import keras\nif keras.backend.backend() == "tensorflow":\n    assert total == 2',
    )
    page = PAGE.replace("topic adds", "topic adds tensorflow")
    site = tiny(page, example)
    assert site.log == ""
    assert "TensorFlow" in site.page("index").select_one("a.claim").get_text()
    assert "没有写是哪些" in tiny(PAGE, example, freshenv=False).log


def test_a_claim_for_another_backend_is_not_said_to_be_checked(tiny):
    example = EXAMPLE.replace(
        "assert total == 2",
        'import keras\nif keras.backend.backend() == "jax":\n    assert total == 2',
    )
    site = tiny(PAGE.replace("topic adds", "topic adds jax"), example)
    assert site.log == ""
    said = site.page("index").select_one(".claim-run").get_text()
    assert "没有检验到这句话" in said
    log = tiny(PAGE.replace("topic adds", "topic adds torch"), example).log
    assert "在 PyTorch 上，没有一个 assert 一定运行到" in log


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("assert total == 2", "", "没有 assert"),
        ("assert total == 2", "assert True", "不会失败"),
        ("assert total == 2", "assert total == total", "不会失败"),
        ("assert total == 2", 'assert (total, "two")', "不会失败"),
        ("assert total == 2", "if total:\n    assert total == 2", "不一定运行到"),
        ("assert total == 2", "def f():\n    assert total == 2", "不一定运行到"),
        (
            "assert total == 2",
            "try:\n    int(total)\nexcept ValueError as error:\n    assert str(error)",
            "不一定运行到",
        ),
    ],
)
def test_what_proves_nothing_is_a_warning(tiny, old, new, said):
    site = tiny(PAGE, EXAMPLE.replace(old, new))
    assert site.log.count("WARNING") == 1
    assert "index.md:6" in site.log
    assert said in site.log


def test_a_raise_that_is_caught_and_compared_is_a_proof(tiny):
    example = EXAMPLE.replace(
        "assert total == 2",
        'try:\n    int("x")\nexcept ValueError as error:\n    assert "x" in str(error)\n'
        'else:\n    raise AssertionError("no error")',
    )
    assert tiny(PAGE, example).log == ""


def test_a_failing_claim_names_page_line_and_sentence(tiny):
    site = tiny(PAGE, EXAMPLE.replace("sum([1, 1])", "sum([1, 2])"))
    said = [line for line in site.log.splitlines() if "{claim}" in line]
    assert len(said) == 1
    assert "index.md:6" in said[0]
    assert "“一加一等于二。” 没有通过" in said[0]
    assert "AssertionError" in said[0]


@pytest.mark.parametrize(
    "written", ["chapter/topic", "chapter/topic adds cuda", "chapter/topic nosuch"]
)
def test_a_mistyped_claim_is_one_warning(tiny, written):
    site = tiny(PAGE.replace("chapter/topic adds", written), EXAMPLE)
    assert len([line for line in site.log.splitlines() if "{claim}" in line]) == 1
    assert "index.md:6" in site.log


def test_the_record_tells_where_else_it_ran(tiny, tmp_path):
    folder = tmp_path / "docs" / "records"
    folder.mkdir(parents=True)
    cell = {
        "status": "passed",
        "date": "2026-01-02",
        "source": "old",
        "machine": "m",
        "versions": {"python": "3", "keras": "3", "numpy": "2", "jax": "0.9"},
        "seconds": {"import": 1, "first_step": None, "step": None, "total": 1},
        "prints": {},
    }
    record = {"cells": {"chapter/topic": {"jax": cell}}}
    (folder / "matrix.json").write_text(json.dumps(record), encoding="utf-8")
    site = tiny(PAGE, EXAMPLE)
    said = site.page("index").select_one(".claim-run").get_text()
    assert "JAX 0.9 上也运行过，2026-01-02（旧：脚本后来改过）" in said
