"""保存的契约：一个进程存，另一个进程读。

全部组合：格式 × 自定义层（没有、登记、没登记）× 编译与否 × 读的进程导入了那些类没有。
该相等的逐位相等；该失败的，异常和话都与页面上展示的一样。
"""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PAGE = "guide/deploy/saving_contracts"
LAYERS = ["none", "registered", "plain"]

# 页面上的哪一行，展示的是哪一种失败；最后几行不报错，结果却不对
NOT_IMPORTED = "my_layers is not imported"
IMPORTED = "my_layers is imported"
NO_ERROR = "no error"
UNKNOWN_CLASS = "TypeError: Could not locate class"
UNKNOWN_LAYER = "ValueError: Unknown layer: "
NO_CONFIG = "ValueError: No model config found in the file at"
NOT_A_MODEL = "ValueError: File format not supported: filepath="
OTHER_SIZE = "ValueError: A total of"
NOT_COMPILED = "ValueError: You must call `compile()` before using the model."


def run(program, folder):
    """运行 tests/programs 里的一个程序，返回它打印的最后一行。"""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "programs" / program), str(folder)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """存好的文件夹，和存的进程自己读回一个模型的结果。"""
    folder = tmp_path_factory.mktemp("saved")
    return folder, run("save_models.py", folder)


@pytest.fixture(scope="session")
def results(saved):
    """另一个进程读回的全部结果。"""
    return run("load_models.py", saved[0])


@pytest.fixture(scope="session")
def shown(site):
    """页面打印的 {进程和标题: 结果}；几行的报错连成一行。"""
    found, process = {}, None
    for output in site.page(PAGE).select(".cell-output"):
        process = None
        for line in output.get_text().splitlines():
            if line in (NOT_IMPORTED, IMPORTED, NO_ERROR):
                process = line
            elif match := re.match(r"(\S.*?) {2,}(\S.*)", line):
                found[key := (process, match[1])] = match[2]
            elif line.startswith("    "):
                separator = " " if ": " in found[key] else ": "
                found[key] += separator + line.strip()
    return found


def message(error):
    """报错的原文，去掉外面包着的一层：``类型: 话``。"""
    kind, _, reason = error.partition(": ")
    reason = reason.split("Exception encountered: ")[-1]
    return " ".join(f"{kind}: {reason}".split())


def whether_compiled(name, uncompiled_result):
    return True if name.endswith("-compiled") else uncompiled_result


def check(cell, predict, evaluate):
    """一格与契约相符；字符串是报错的开头。"""
    assert "load" not in cell, cell
    assert cell["predict"] is predict
    if isinstance(evaluate, str):
        assert message(cell["evaluate"]).startswith(evaluate)
    else:
        assert cell["evaluate"] is evaluate


def models(*layers):
    return [f"{layer}-{how}" for layer in layers for how in ("compiled", "uncompiled")]


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("name", models("none"))
@pytest.mark.parametrize("reader", ["strange", "known"])
def test_built_in_layers_need_no_code(results, reader, name, suffix):
    evaluate = whether_compiled(name, NOT_COMPILED)
    check(results[reader][f"{name}.{suffix}"], True, evaluate)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("name", models("registered"))
def test_a_registered_layer_needs_only_the_import(results, name, suffix):
    evaluate = whether_compiled(name, NOT_COMPILED)
    check(results["known"][f"{name}.{suffix}"], True, evaluate)


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("name", models(*LAYERS))
def test_custom_objects_stand_in_for_registration(results, name, suffix):
    file = f"{name}.{suffix} custom_objects"
    check(results["known"][file], True, whether_compiled(name, NOT_COMPILED))
    check(results["known"][f"{file} compile"], True, True)


@pytest.mark.parametrize("name", models(*LAYERS))
def test_weights_need_the_model_and_compile(results, name):
    file = f"{name}.weights.h5"
    check(results["known"][file], True, NOT_COMPILED)
    check(results["known"][f"{file} compile"], True, True)


@pytest.mark.parametrize("name", models(*LAYERS, "outside"))
def test_an_export_needs_no_class_at_all(results, name):
    check(results["strange"][f"{name}-export"], True, NOT_COMPILED)
    check(results["known"][f"{name}-export compile"], True, True)


@pytest.mark.parametrize(
    ("reader", "layer"),
    [("strange", "registered"), ("strange", "plain"), ("known", "plain")],
)
@pytest.mark.parametrize("how", ["compiled", "uncompiled"])
@pytest.mark.parametrize(
    ("suffix", "words"), [("keras", UNKNOWN_CLASS), ("h5", UNKNOWN_LAYER)]
)
def test_an_unknown_class_cannot_be_loaded(results, reader, layer, how, suffix, words):
    error = message(results[reader][f"{layer}-{how}.{suffix}"]["load"])
    assert error.startswith(words)
    assert layer.title() in error


@pytest.mark.parametrize("reader", ["strange", "known"])
@pytest.mark.parametrize("name", models(*LAYERS))
def test_load_model_refuses_weights_and_exports(results, reader, name):
    cells = results[reader]
    error = message(cells[f"{name}.weights.h5 load_model"]["load"])
    assert error.startswith(NO_CONFIG)
    error = message(cells[f"{name}-export load_model"]["load"])
    assert error.startswith(NOT_A_MODEL)


@pytest.mark.parametrize("name", models(*LAYERS))
def test_weights_of_another_size_are_refused(results, name):
    error = message(results["known"][f"{name}.weights.h5 other size"]["load"])
    assert error.startswith(OTHER_SIZE)
    assert re.search(
        r"variable\.shape=\(6, 4\), Received: value\.shape=\(6, 3\)", error
    )


@pytest.mark.parametrize("suffix", ["keras", "h5"])
def test_a_value_outside_the_layer_is_lost_without_a_word(saved, results, suffix):
    assert saved[1] is True  # 在存的进程里，看不出来
    check(results["known"][f"outside-compiled.{suffix}"], False, False)


def test_weights_of_a_missing_layer_are_dropped_without_a_word(results):
    cell = results["known"]["registered-compiled.weights.h5 one layer less"]
    check(cell, False, False)


# 页面上的一行，矩阵里的一格，和两处都有的话
SHOWN_FAILURES = [
    (NOT_IMPORTED, "registered.keras", "registered-compiled.keras", UNKNOWN_CLASS),
    (NOT_IMPORTED, "registered.h5", "registered-compiled.h5", UNKNOWN_LAYER),
    (
        NOT_IMPORTED,
        "registered.weights.h5, load_model",
        "registered-compiled.weights.h5 load_model",
        NO_CONFIG,
    ),
    (
        NOT_IMPORTED,
        "registered_export, load_model",
        "registered-compiled-export load_model",
        NOT_A_MODEL,
    ),
    (
        NOT_IMPORTED,
        "registered_export, evaluate",
        "registered-compiled-export",
        NOT_COMPILED,
    ),
    (IMPORTED, "plain.keras", "plain-compiled.keras", UNKNOWN_CLASS),
    (IMPORTED, "plain.h5", "plain-compiled.h5", UNKNOWN_LAYER),
    (
        IMPORTED,
        "registered.weights.h5, units=16",
        "registered-compiled.weights.h5 other size",
        OTHER_SIZE,
    ),
    (
        IMPORTED,
        "uncompiled.keras, evaluate",
        "registered-uncompiled.keras",
        NOT_COMPILED,
    ),
]


@pytest.mark.parametrize(("process", "title", "cell", "words"), SHOWN_FAILURES)
def test_the_page_shows_the_failure_that_happens(
    results, shown, process, title, cell, words
):
    cell = results["strange" if process == NOT_IMPORTED else "known"][cell]
    error = message(cell.get("load") or cell["evaluate"])
    on_the_page = shown[process, title].removeprefix("predictions same, ")
    assert error.startswith(words)
    assert on_the_page.startswith(words)
    # 名字、路径和大小之外，话也一字不差
    for sentence in re.split(r"(?<=\.) ", on_the_page)[1:]:
        if not re.search(r"[/=<]", sentence):
            assert sentence in error


def test_every_failure_on_the_page_is_in_the_matrix(shown):
    failures = [key for key in shown if key[0] in (NOT_IMPORTED, IMPORTED)]
    assert failures == [row[:2] for row in SHOWN_FAILURES]


HOLDS = [
    "registered.keras",
    "registered.h5",
    "registered.weights.h5 + compile",
    "registered_export + compile",
    "uncompiled.keras + compile",
    "plain.keras + custom_objects",
    "plain.h5 + custom_objects",
    "inside.keras",
]


@pytest.mark.parametrize("title", HOLDS)
def test_the_page_shows_equal_results(shown, title):
    assert shown[None, title] == "predictions same, scores same"


def test_the_page_shows_what_only_another_process_can_see(shown):
    assert shown[None, "outside"] == "predictions same"
    for title in ("outside.keras", "registered.weights.h5, no Scale"):
        assert shown[NO_ERROR, title].startswith(
            "predictions different, scores different"
        )
