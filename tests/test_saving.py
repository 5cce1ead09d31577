"""保存的契约：一个进程存，另一个进程读；该相等的逐位相等，该失败的照页面上的样子失败。"""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROGRAMS = ROOT / "tests" / "programs"
NAMES = ["registered-True", "registered-False", "plain-True", "plain-False"]


def run(program, *arguments):
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program), *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    run("save_models.py", folder)
    return folder


@pytest.fixture(scope="module")
def expected(saved):
    return json.loads((saved / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def imported(saved):
    """读的进程先导入了自定义的类。"""
    return json.loads(run("load_models.py", saved, "import").splitlines()[-1])


@pytest.fixture(scope="module")
def not_imported(saved):
    return json.loads(run("load_models.py", saved, "no-import").splitlines()[-1])


@pytest.fixture(scope="module")
def page(site):
    """页面上打印的失败，空白都压成一个空格。"""
    cells = site.page("guide/basics/saving_contracts").select(".cell-output")
    return " ".join(" ".join(cell.get_text() for cell in cells).split())


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("name", ["registered-True", "registered-False"])
def test_registered_layers_come_back_the_same(imported, expected, name, suffix):
    result = imported[f"{name}.{suffix}"]
    assert result["same"]
    if name.endswith("True"):
        assert result["scores"] == expected[name]
    else:
        assert "You must call `compile()`" in result["no_scores"]


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("name", ["plain-True", "plain-False"])
def test_plain_layers_come_back_with_custom_objects(imported, expected, name, suffix):
    result = imported[f"{name}.{suffix} custom_objects"]
    assert result["same"]
    if name.endswith("True"):
        assert result["scores"] == expected[name]


@pytest.mark.parametrize("name", NAMES)
def test_weights_and_compile_give_the_same(imported, expected, name):
    result = imported[f"{name}.weights.h5"]
    assert result["same"]
    assert result["scores"] == expected[name]


@pytest.mark.parametrize("name", NAMES)
def test_an_export_needs_no_class_at_all(not_imported, name):
    assert not_imported[f"{name} export"]["same"]


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("registered-True.keras", "TypeError: Could not locate class"),
        ("registered-True.h5", "ValueError: Unknown layer:"),
        ("plain-True.keras", "TypeError: Could not locate class"),
        ("registered-True export load_model", "ValueError: File format not supported"),
        (
            "registered-True other shape",
            "ValueError: A total of 1 objects could not be",
        ),
    ],
)
def test_what_must_fail_fails_as_the_page_shows(not_imported, page, key, words):
    error = re.sub(r"\x1b\[[0-9;]*m", "", not_imported[key]["error"])
    kind, _, message = words.partition(": ")
    assert error.startswith(kind)
    assert message in " ".join(error.split())
    assert words in page


def test_a_model_that_was_never_compiled_fails_as_the_page_shows(imported, page):
    error = imported["registered-False.keras"]["no_scores"]
    assert error.startswith("ValueError: You must call `compile()` before")
    assert error.split(".")[0] in page


def test_the_page_reports_only_equal_results(page):
    assert page.count("same predictions True") == 4
    assert "same predictions False" not in page
    assert page.count("same loss and accuracy True") == 3
