"""每个例子在选中的后端上运行，打印出该有的数：``nox -s examples -- jax``。

后端取自 ``KERAS_BACKEND``。每个脚本有自己的进程，在别的文件夹里，没有屏幕，不用网络。
该打印什么记在 ``tests/golden.toml``。
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kerasguide import backends, marking, runtime, scripts

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
NAMES = scripts.names(EXAMPLES)
BACKEND = os.environ.get("KERAS_BACKEND") or "tensorflow"
GOLDEN = tomllib.loads((ROOT / "tests/golden.toml").read_text(encoding="utf-8"))


def golden(name: str, backend: str) -> list[str]:
    """例子在这个后端上该打印的每一样。"""
    expected = list(GOLDEN["prints"].get(name, []))
    for exception in GOLDEN["exception"]:
        if (exception["example"], exception["backend"]) == (name, backend):
            expected[expected.index(exception["prints"])] = exception["instead"]
    return expected


def run(*command, cwd):
    """在选中的后端上运行一个程序。"""
    kept = {
        key: value for key, value in os.environ.items() if not key.endswith("DISPLAY")
    }
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=cwd,
        env={
            **kept,
            "COLUMNS": runtime.COLUMNS,
            "KERAS_BACKEND": BACKEND,
            "KERASGUIDE_DATA": "embedded",
            "KERASGUIDE_FIGURES": str(cwd / "figures"),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        },
        capture_output=True,
        text=True,
    )


def for_this_backend(name):
    """一个例子的脚本；只用于别的后端的，跳过。"""
    script = EXAMPLES / f"{name}.py"
    only = backends.only_on(script)
    if only and only[0] != BACKEND:
        pytest.skip(f"只用于 {backends.TITLES[only[0]]}：{only[1]}")
    return script


@pytest.mark.parametrize("name", NAMES)
def test_runs_and_prints_what_it_must(name, tmp_path):
    script = for_this_backend(name)
    done = run(str(script), cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-5000:]
    missing = [text for text in golden(name, BACKEND) if text not in done.stdout]
    assert missing == [], done.stdout


EXERCISES = [name for name in NAMES if marking.is_exercises(EXAMPLES / f"{name}.py")]


@pytest.mark.parametrize("name", EXERCISES)
def test_every_check_does_its_work(name, tmp_path):
    script = for_this_backend(name)
    done = run("-m", "kerasguide.marking", str(script), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr[-2000:]


def test_golden_values_and_exceptions_name_examples_that_exist():
    exceptions = GOLDEN["exception"]
    assert set(GOLDEN["prints"]) <= set(NAMES)
    assert {exception["example"] for exception in exceptions} <= set(NAMES)
    for name in NAMES:
        for backend in backends.TITLES:
            golden(name, backend)  # 例外换掉的，一定是该打印的


def test_every_exception_says_why_and_is_shown_on_a_page():
    for exception in GOLDEN["exception"]:
        assert exception["reason"], exception
        page = ROOT / "docs" / f"{exception['page']}.md"
        assert exception["example"] in page.read_text(encoding="utf-8"), exception
