"""后端对照：量例子的工具，记录，和由记录做成的页面。"""

import json
import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

from kerasguide import backends, matrix, measure, scripts
from kerasguide.site.base import measured
from tests.conftest import EXAMPLE, ROOT, titled, write

CELL = "```{cell} chapter/topic hello\n```\n\n"
PAGE = "# Tiny\n\n" + CELL + "```{matrix} table\n```\n"
VERSIONS = {"python": "3.11.7", "keras": "3.15.1", "numpy": "2.4.6"}

ONLY_JAX = '''"""
Only JAX
========

只用于 JAX 后端：别的后端没有它。
"""

# %% hello
# Say hello.

print("hello")
'''


@pytest.fixture
def record(tmp_path):
    """返回一个函数：写小站点的记录，每格只说与默认不同的；``source`` 默认与脚本相符。"""

    def write(example=EXAMPLE, **by_backend):
        script = tmp_path / "examples" / "chapter" / "topic.py"
        script.parent.mkdir(parents=True)
        script.write_text(example, encoding="utf-8")
        cells = {}
        for backend, changes in by_backend.items():
            cell = {
                "date": "2026-01-02",
                "machine": "一台机器",
                "source": scripts.source_hash(script),
                "status": "passed",
                "seconds": {"import": 4.89, "first_step": 0.767, "step": None},
                "versions": {**VERSIONS, backend: "1.0.0"},
            }
            cells[backend] = {**cell, **changes}
        file = tmp_path / "docs" / "records" / "matrix.json"
        matrix.save(file, {"chapter/topic": cells})
        return file

    return write


def cells_of(site):
    (row,) = site.page("index").select("table.matrix-cells tbody tr")
    return row.select("td")


def test_a_cell_says_what_was_measured_when_and_where(tiny, record):
    record(tensorflow={}, jax={"difference": 3.81e-6})
    site = tiny(PAGE)
    assert site.log == ""
    name, tensorflow, jax, torch = cells_of(site)
    assert name.select_one('a[href="gallery/chapter/topic.html"]')
    assert "通过 2026-01-02" in tensorflow.get_text()
    assert "导入 4.89 s" in tensorflow.get_text()
    assert "首步 767 ms" in tensorflow.get_text()
    assert "每步 —" in tensorflow.get_text()
    assert "预测差" not in tensorflow.get_text()
    assert "预测差 3.8e-06" in jax.get_text()
    assert torch.get_text().strip() == "没有测"


def test_the_conditions_are_read_without_hovering(tiny, record):
    record(tensorflow={}, jax={})
    page = tiny(PAGE).page("index")
    (link,) = page.select("table.matrix-cells td:nth-of-type(3) a")
    condition = page.find(id=link["href"].removeprefix("#"))
    said = "2026-01-02，Python 3.11.7、Keras 3.15.1、NumPy 2.4.6、JAX 1.0.0，一台机器"
    assert condition.get_text().strip() == said
    assert link["title"] == said


def test_a_failure_says_why(tiny, record):
    record(tensorflow={"status": "failed", "reason": "代码块 hello：ValueError：不行"})
    cell = cells_of(tiny(PAGE))[1]
    assert "失败" in cell.get_text()
    assert "代码块 hello：ValueError：不行" in cell.get_text()


def test_an_example_of_one_backend_says_so_on_the_others(tiny, record):
    record(ONLY_JAX, jax={})
    site = tiny(PAGE, ONLY_JAX)
    assert site.log == ""
    _, tensorflow, jax, torch = cells_of(site)
    for other in (tensorflow, torch):
        assert other.get_text().strip() == "不运行：只用于 JAX，别的后端没有它。"
    assert "通过" in jax.get_text()


def test_a_cell_of_another_text_of_the_script_looks_old(tiny, record):
    record(tensorflow={"source": "0" * 64}, jax={})
    _, tensorflow, jax, _ = cells_of(tiny(PAGE))
    assert tensorflow.select_one(".matrix-old").get_text() == "旧：脚本后来改过"
    assert not jax.select(".matrix-old")


def test_a_cell_of_other_versions_looks_old(tiny, record, tmp_path):
    record(torch={"versions": {**VERSIONS, "torch": "2.12.0+cpu"}}, jax={})
    pins = "# 说明\nkeras==3.15.1\ntorch==2.13.0\njax==1.0.0\n"
    (tmp_path / "docs" / "constraints.txt").write_text(pins, encoding="utf-8")
    _, _, jax, torch = cells_of(tiny(PAGE))
    assert torch.select_one(".matrix-old").get_text() == "旧：PyTorch 现在是 2.13.0"
    assert not jax.select(".matrix-old")


def test_a_build_for_the_cpu_is_the_same_version(tmp_path):
    script = tmp_path / "topic.py"
    script.write_text(EXAMPLE, encoding="utf-8")
    cell = {
        "source": scripts.source_hash(script),
        "versions": {"torch": "2.13.0+cpu"},
    }
    assert measured.why_old(cell, script, {"torch": "2.13.0"}) == []


def test_the_versions_that_were_tested(tiny, record):
    failed = {"status": "failed", "reason": "不行"}
    record(tensorflow={}, torch=failed)
    site = tiny("# Tiny\n\n" + CELL + "```{matrix} versions\n```\n")
    assert site.log == ""
    rows = [
        [cell.get_text().strip() for cell in row.select("td")]
        for row in site.page("index").select("table.matrix-versions tbody tr")
    ]
    versions = ["3.11.7", "3.15.1", "2.4.6"]
    assert rows == [
        ["TensorFlow 1.0.0", *versions, "1 个通过，0 个失败", "2026-01-02"],
        ["PyTorch 1.0.0", *versions, "0 个通过，1 个失败", "2026-01-02"],
    ]


def test_what_other_backends_print_comes_from_the_record(tiny, record):
    record(jax={"prints": {"hello": "hello from JAX"}}, torch={"prints": {}})
    page = "# Tiny\n\n" + CELL + "```{matrix} prints chapter/topic hello\n```\n"
    site = tiny(page)
    assert site.log == ""
    jax, torch = site.page("index").select("div.matrix")
    assert "由 JAX 运行" in jax.get_text() and "2026-01-02" in jax.get_text()
    assert jax.select_one(".cell-output").get_text().strip() == "hello from JAX"
    assert "打印的与 TensorFlow 的一样" in torch.get_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("prints chapter/topic hello", "记录里没有 chapter/topic 在 JAX 上打印的"),
        ("prints chapter/topic bye", "没有例子 'chapter/topic' 的代码块 'bye'"),
        ("prints chapter/none hello", "没有例子 'chapter/none' 的代码块 'hello'"),
        ("tabel", "不认识 'tabel'"),
        ("table chapter/topic", "不认识 'table chapter/topic'"),
    ],
)
def test_what_cannot_be_shown_is_a_warning(tiny, record, arguments, complaint):
    record(torch={"prints": {}})
    site = tiny(f"# Tiny\n\n{CELL}```{{matrix}} {arguments}\n```\n")
    assert complaint in site.log
    assert "index.md:" in site.log


GPU = {
    "date": "2026-01-02",
    "machine": "一台机器",
    "backend": "torch",
    "device": "NVIDIA H100",
    "versions": {"keras": "3.15.1", "torch": "2.13.0"},
    "environment": {"XLA_FLAGS": "--quick"},
    "checks": [
        {"name": "训练", "passed": True, "detail": "损失 0.25"},
        {"name": "混合精度", "passed": False, "detail": "溢出"},
    ],
}
GPU_PAGE = "# Tiny\n\n" + CELL + "```{matrix} gpu\n```\n"


def test_gpu_records_are_tables(tiny, tmp_path):
    folder = tmp_path / "docs" / "records" / "gpu"
    folder.mkdir(parents=True)
    (folder / "torch.json").write_text(json.dumps(GPU), encoding="utf-8")
    site = tiny(GPU_PAGE)
    assert site.log == ""
    text = site.page("index").select_one("div.matrix").get_text()
    assert "PyTorch，NVIDIA H100：2026-01-02" in text
    assert "XLA_FLAGS=--quick" in text
    rows = [
        [cell.get_text().strip() for cell in row.select("td")]
        for row in site.page("index").select("table.matrix-gpu tbody tr")
    ]
    assert rows == [["训练", "通过", "损失 0.25"], ["混合精度", "失败", "溢出"]]


def test_without_gpu_records_the_page_says_so(tiny):
    site = tiny(GPU_PAGE)
    assert site.log == ""
    assert "尚未测量" in site.page("index").get_text()


@pytest.mark.parametrize(
    ("name", "text", "page", "command"),
    [
        ("matrix.json", "{", PAGE, "nox -s matrix"),
        ("matrix.json", "[]", PAGE, "nox -s matrix"),
        ("matrix.json", '{"cells": {"a/b": {"jax": {}}}}', PAGE, "nox -s matrix"),
        ("gpu/torch.json", "[]", GPU_PAGE, "nox -s gpu"),
        ("gpu/torch.json", '{"date": "2026-01-02"}', GPU_PAGE, "nox -s gpu"),
    ],
)
def test_a_damaged_record_is_one_warning(tiny, tmp_path, name, text, page, command):
    file = tmp_path / "docs" / "records" / name
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    site = tiny(page + page.partition(CELL)[2])
    assert site.log.count("WARNING") == 1
    assert str(file) in site.log
    assert f"用 git 恢复它，或者删掉它，再运行 {command}" in site.log


def test_numbers_in_the_tables_need_no_source(tiny, record):
    record(tensorflow={"seconds": {"import": 4.89, "first_step": 55.0, "step": 7.0}})
    assert tiny(PAGE).log == ""


@pytest.mark.parametrize(
    "change",
    [{"status": "good"}, {"seconds": {}}, {"versions": {"keras": "3"}}],
)
def test_a_cell_that_lacks_something_is_refused(record, change):
    with pytest.raises(matrix.RecordError):
        matrix.load(record(tensorflow=change))


def test_the_same_record_is_the_same_bytes(tmp_path):
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    matrix.save(first, {"b": {"x": 1, "a": 2}, "a": {}})
    matrix.save(second, {"a": {}, "b": {"a": 2, "x": 1}})
    assert first.read_bytes() == second.read_bytes()


def run_matrix(folder, *names, backend="tensorflow"):
    command = [sys.executable, "-m", "kerasguide.matrix"]
    paths = ("examples", "record.json", "reference")
    return subprocess.run(
        [*command, *(str(folder / path) for path in paths), *names],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )


TRAINS = '''"""Train."""

# %% train
# A model, four steps.

import keras
import numpy as np

model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="two")
model.compile(loss="mse")
rows = np.ones((8, 3)), np.ones((8, 2))
history = model.fit(*rows, batch_size=2, verbose=0, callbacks=[])
print("steps", history.params["steps"])

# %% say
# Something else.

print("done")
'''


def test_measuring_one_cell_leaves_the_others(tmp_path):
    for name, text in (("one", TRAINS), ("two", "raise ValueError('no')\n")):
        script = tmp_path / "examples" / "chapter" / f"{name}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(text, encoding="utf-8")
    done = run_matrix(tmp_path)
    assert done.returncode == 1
    assert "失败：chapter/two：代码块 ：ValueError：no" in done.stdout
    assert "raise ValueError('no')" in done.stderr
    cells = matrix.load(tmp_path / "record.json")
    measured = cells["chapter/one"]["tensorflow"]
    assert measured["status"] == "passed"
    assert measured["versions"].keys() == {"python", "keras", "tensorflow", "numpy"}
    assert measured["seconds"]["import"] > 0.5
    assert measured["seconds"]["first_step"] > measured["seconds"]["step"] > 0

    (tmp_path / "examples" / "chapter" / "two.py").write_text("print(2)\n")
    assert run_matrix(tmp_path, "chapter/two").returncode == 0
    again = matrix.load(tmp_path / "record.json")
    assert again["chapter/two"]["tensorflow"]["status"] == "passed"
    assert again["chapter/one"] == cells["chapter/one"]


def test_an_unknown_example_is_one_clear_message(tmp_path):
    (tmp_path / "examples" / "chapter").mkdir(parents=True)
    (tmp_path / "examples" / "chapter" / "topic.py").write_text("", encoding="utf-8")
    done = run_matrix(tmp_path, "chapter/topc")
    assert done.returncode == 2
    assert done.stderr.strip() == "没有例子 chapter/topc，有的是：chapter/topic"


def test_another_backend_needs_the_reference(tmp_path):
    (tmp_path / "examples" / "chapter").mkdir(parents=True)
    (tmp_path / "examples" / "chapter" / "topic.py").write_text("", encoding="utf-8")
    done = run_matrix(tmp_path, backend="jax")
    assert done.returncode == 2
    assert "先运行 nox -s matrix -- tensorflow" in done.stderr


@pytest.mark.parametrize("backend", ["", "torhc"])
def test_a_backend_that_is_none_is_one_clear_message(tmp_path, backend):
    (tmp_path / "examples").mkdir()
    done = run_matrix(tmp_path, backend=backend)
    assert done.returncode == 2
    assert done.stderr == (
        f"KERAS_BACKEND={backend} 不是后端的名字：设成 tensorflow、jax、torch 之一\n"
    )


def measure_one(folder, text):
    """不导入框架的例子 ``text``，量得的一格。"""
    script = folder / "examples" / "chapter" / "topic.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(text, encoding="utf-8")
    (folder / "reference").mkdir(exist_ok=True)
    return matrix.measure(
        "chapter/topic", "tensorflow", folder / "examples", folder / "reference"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def (:\n", "读脚本：SyntaxError：invalid syntax"),
        ("# %% leave\nraise SystemExit(3)\n", "代码块 leave：SystemExit：3"),
    ],
)
def test_a_failure_names_where_it_was(tmp_path, text, reason):
    cell = measure_one(tmp_path, text)
    assert cell["status"] == "failed"
    assert cell["reason"].startswith(reason)


# 自己再启动一个进程，它一直往一个文件里写，也握着例子的 stderr
LEAVES_ONE_BEHIND = """
import pathlib, subprocess, sys, time
beats = pathlib.Path({beats!r})
code = "import time"
code += "\\nfor _ in range(2000): print(1, flush=True); time.sleep(0.02)"
subprocess.Popen([sys.executable, "-c", code], stdout=beats.open("w"))
while not beats.stat().st_size: time.sleep(0.01)
"""


@pytest.mark.parametrize(
    ("more", "limit", "status"),
    [("", 20, "passed"), ("time.sleep(60)\n", 5, "failed")],
    ids=["done", "too long"],
)
def test_what_an_example_started_ends_with_it(
    tmp_path, monkeypatch, more, limit, status
):
    monkeypatch.setattr(matrix, "_LIMIT", limit)
    beats = tmp_path / "beats"
    started = time.monotonic()
    cell = measure_one(tmp_path, LEAVES_ONE_BEHIND.format(beats=str(beats)) + more)
    assert cell["status"] == status
    assert time.monotonic() - started < 30
    written = beats.stat().st_size
    time.sleep(0.5)
    assert beats.stat().st_size == written > 0


def test_a_process_that_dies_says_how(tmp_path, capfd):
    text = "import os, sys\nprint('last words', file=sys.stderr)\nos._exit(3)\n"
    cell = measure_one(tmp_path, text)
    assert cell["reason"] == "进程没有写出结果，退出码 3"
    assert "last words" in capfd.readouterr().err


def test_a_file_is_whole_or_as_before(tmp_path, monkeypatch):
    """写到一半没有地方了：原来的记录、README、基准都还在。"""
    record, readme = tmp_path / "matrix.json", tmp_path / "README.md"
    arrays = tmp_path / "chapter+topic.npz"
    readme.write_text("<!-- tested --><!-- /tested -->\n", encoding="utf-8")
    matrix.save(record, {})
    measure.save_reference({}, arrays)
    before = {path: path.read_bytes() for path in (record, readme, arrays)}

    def half(self, content, *args, **kwargs):
        with self.open("wb") as file:
            file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    monkeypatch.setattr(Path, "write_text", half)
    for save in (
        lambda: matrix.save(record, {"a": {}}),
        lambda: matrix.update_readme(readme, {}),
        lambda: measure.save_reference({}, arrays),
    ):
        with pytest.raises(OSError, match="No space left"):
            save()
    assert {path: path.read_bytes() for path in before} == before


def test_predictions_are_compared_with_the_same_weights(tmp_path):
    """存下的模型换上别的权重，比较时又换回来：差别只剩运算本身的。"""
    import keras

    def build():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        return {"model": model, "number": 3}

    file = tmp_path / "chapter+topic.npz"
    measure.save_reference(build(), file)
    assert measure.largest_difference(build(), file) < 1e-6
    other = dict(np.load(file))
    other["model y 0"] = other["model y 0"] + 0.5
    np.savez(file, **other)
    assert measure.largest_difference(build(), file) == pytest.approx(0.5, abs=1e-6)
    assert measure.largest_difference({}, file) is None


def test_only_what_training_gives_may_differ():
    table = "Total params: 55,050 (215.04 KB)"
    assert measure.steady(f"loss: 0.25 - 3ms/step\n{table}") == measure.steady(
        f"loss: 1.5e-3 - 12s/step\n{table}"
    )
    padded = "[[0.1 2.1 -0.3]\n [ 1.  0.  0. ]]"
    assert measure.steady(padded) == measure.steady("[[ 0.1 2.  0.3]\n [1.5 0.  1.1]]")
    assert measure.steady(table) != measure.steady(table.replace("55,050", "55,051"))


GOLDEN = tomllib.loads((ROOT / "tests" / "golden.toml").read_text(encoding="utf-8"))


def test_every_measured_difference_of_what_is_printed_is_named():
    """JAX、PyTorch 打印的与 TensorFlow 不同，要么有人看过，要么是毛病。"""
    named = {
        (one["example"], block) for one in GOLDEN["differs"] for block in one["blocks"]
    }
    measured = {
        (name, block)
        for name, row in matrix.load(ROOT / "docs/records/matrix.json").items()
        for cell in row.values()
        for block in cell.get("prints", {})
    }
    assert measured == named
    assert all(one["reason"] for one in GOLDEN["differs"])


def test_the_readme_names_the_versions_of_the_record():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    cells = matrix.load(ROOT / "docs/records/matrix.json")
    assert matrix.versions_text(cells) in text


def test_the_noxfile_knows_the_same_backends():
    names = ", ".join(f'"{name}"' for name in backends.TITLES)
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert f"BACKENDS = ({names})" in source


def test_a_new_and_a_deleted_example_change_the_table(tiny, tmp_path):
    """表列出全部例子：多了一个、少了一个，不从头来也要看得见。"""
    more = titled(EXAMPLE, "Another").replace('"hello"', '"extra"')
    both = PAGE + "\n```{cell} chapter/other hello\n```\n"
    guide = tmp_path / "docs" / "table.md"

    def listed(page, examples):
        guide.parent.mkdir(exist_ok=True)
        write(guide, "---\norphan: true\n---\n\n# 表\n\n```{matrix} table\n```\n")
        site = tiny(page, more_examples=examples, freshenv=False)
        assert site.log == ""
        return [
            row.td.get_text(strip=True)
            for row in site.page("table").select(".matrix-cells tbody tr")
        ]

    assert listed(PAGE, {}) == ["chapter/topic"]
    assert listed(both, {"other": more}) == ["chapter/other", "chapter/topic"]
    (tmp_path / "examples" / "chapter" / "other.py").unlink()
    assert listed(PAGE, {}) == ["chapter/topic"]
