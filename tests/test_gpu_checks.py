"""GPU 的检查本身：没有 GPU 不会被当作通过，有而没用是失败，检查的函数在 CPU 上都成立。"""

import json
import os
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import ROOT
from tests.gpu import checks, devices, report

RECORDS = ROOT / "docs" / "records" / "gpu"


def run(folder, plugin="", *arguments, **environment):
    """真的运行 ``python -m pytest -m gpu``；``plugin`` 是先运行的代码。"""
    (folder / "before.py").write_text(textwrap.dedent(plugin), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-m", "gpu", "-p", "before", *arguments]
    paths = [str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
    )


def records():
    return sorted(RECORDS.glob("**/*"))


DRIVER_ONLY = """
    from tests.gpu import devices

    devices.of_the_machine = lambda: ["GPU 0: NVIDIA Fake"]
    devices.of_the_backend = lambda place: []
"""
IDLE = """
    from pathlib import Path

    from tests.gpu import checks, devices, report

    devices.of_the_backend = lambda place: ["NVIDIA Fake 1"]
    report.FOLDER = Path(__file__).parent / "records"
    wanted = ("named", "tensor", "train-mlp-float32")
    checks.CHECKS = tuple(c for c in checks.CHECKS if c.name in wanted)
"""


@pytest.mark.skipif(bool(devices.of_the_machine()), reason="这台机器有 GPU")
@pytest.mark.parametrize(
    ("backend", "quiet"), [("tensorflow", ()), ("jax", ("-q",)), ("jax", ("-qq",))]
)
def test_no_gpu_is_not_a_pass(tmp_path, backend, quiet):
    before = records()
    done = run(tmp_path, "", *quiet, KERAS_BACKEND=backend)
    assert done.returncode == devices.NOTHING_CHECKED
    assert devices.NO_GPU in done.stdout
    assert "passed" not in done.stdout
    assert records() == before


def test_a_gpu_that_the_backend_does_not_see_is_a_failure(tmp_path):
    done = run(tmp_path, DRIVER_ONLY)
    assert done.returncode == 1
    assert "机器上有 GPU（GPU 0: NVIDIA Fake）" in done.stdout
    assert "pip install 'tensorflow[and-cuda]'" in done.stdout
    assert "passed" not in done.stdout


def test_an_idle_gpu_is_a_failure(tmp_path):
    done = run(tmp_path, IDLE)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    by_name = {line.split("  ")[0].strip(): line for line in lines if line.strip()}
    assert "通过" in by_name["设备的名字"]
    assert "失败" in by_name["张量放在设备上"]
    assert "没有用 gpu：张量 在 cpu 上" in by_name["张量放在设备上"]
    assert "失败" in by_name["训练多层感知机，float32"]
    (path,) = (tmp_path / "records").iterdir()
    assert path.name == "tensorflow-nvidia-fake-1.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["device"] == "NVIDIA Fake 1"
    assert [check["passed"] for check in content["checks"]] == [True, False, False]


def test_a_part_of_the_checks_leaves_no_record(tmp_path):
    done = run(tmp_path, IDLE, "-k", "named")
    assert done.returncode == 0, done.stdout
    assert "只检查了一部分，没有写记录" in done.stdout
    assert not (tmp_path / "records").exists()


def test_a_backend_that_is_not_there_says_so(tmp_path):
    done = run(tmp_path, KERAS_BACKEND="torhc")
    assert done.returncode not in (0, devices.NOTHING_CHECKED)
    assert "GPU 没有检查：Unable to import backend : torhc" in done.stdout
    assert "passed" not in done.stdout


def test_other_tests_are_not_even_imported(tmp_path):
    # 检查 GPU 的机器上可以没有 Sphinx、Beautiful Soup 和 Matplotlib
    block = """
        import sys

        for name in ("sphinx", "bs4", "matplotlib", "nox"):
            sys.modules[name] = None
    """
    done = run(tmp_path, block, "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    names = [line for line in done.stdout.splitlines() if "::" in line]
    assert len(names) == len(checks.CHECKS)
    assert all(name.startswith("tests/gpu/") for name in names)


def test_the_ordinary_run_leaves_the_gpu_alone():
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "test_gpu_checks.py" in done.stdout
    assert "tests/gpu/" not in done.stdout


def test_devices_of_the_machine_come_from_nvidia_smi(tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA Fake (UUID: GPU-1)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert devices.of_the_machine() == ["GPU 0: NVIDIA Fake (UUID: GPU-1)"]
    program.write_text("#!/bin/sh\necho 'NVIDIA-SMI has failed'\nexit 9\n")
    assert "NVIDIA-SMI has failed" not in devices.of_the_machine()


@pytest.fixture(scope="module")
def cpu():
    with checks.hidden_process() as executor:
        yield executor


# 每个函数都真的运行；每个模型、每种精度的全部组合只在 GPU 上做
ON_CPU = [
    check
    for check in checks.CHECKS
    if check.name in ("named", "tensor")
    or "mlp" in check.name
    or (check.name.endswith("-float32") and check.name.startswith("train"))
]


@pytest.mark.parametrize("check", ON_CPU, ids=lambda check: check.name)
def test_every_check_holds_on_the_cpu(check, cpu):
    assert check.run("cpu", cpu)


def test_the_hidden_process_sees_no_gpu(cpu, monkeypatch):
    monkeypatch.delenv("JAX_PLATFORMS", raising=False)
    assert cpu.submit(os.getenv, "CUDA_VISIBLE_DEVICES").result() == "-1"
    assert "JAX_PLATFORMS" not in os.environ


@pytest.mark.parametrize("check", [checks.tensor_placed, checks.trained])
def test_a_check_asks_where_things_are(check, cpu):
    options = {"name": "mlp"} if check is checks.trained else {}
    with pytest.raises(AssertionError, match="没有用 gpu"):
        check("gpu", cpu, **options)


def test_predictions_that_differ_are_a_failure(cpu, monkeypatch):
    monkeypatch.setitem(checks.TOLERANCES, "exact", -1.0)
    with pytest.raises(AssertionError, match="预测最多相差"):
        checks.same_on_cpu("cpu", cpu, name="mlp", precision="exact")


def test_training_that_does_nothing_is_a_failure():
    model, inputs, targets = checks._compiled("mlp")
    model.trainable = False
    model.compile(optimizer="sgd", loss=model.loss)
    with (
        pytest.warns(UserWarning, match="does not have any trainable weights"),
        pytest.raises(AssertionError, match="权重没有变"),
    ):
        checks._train(model, inputs, targets)


def test_a_record_is_whole_or_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FOLDER", tmp_path)
    monkeypatch.setattr(devices, "of_the_backend", lambda place: ["NVIDIA A/B 2"])
    rows = [
        report.Row("名字", True, "好"),
        report.Row("训练", False, "坏"),
        report.Row("编译", None, "没有编译器"),
    ]
    content = report.record(rows)
    path = report.write(content)
    assert path.name == "tensorflow-nvidia-a-b-2.json"
    assert json.loads(path.read_text(encoding="utf-8")) == content
    assert set(content["versions"]) == {"python", "keras", "tensorflow"}
    assert content["checks"] == [
        {"name": "名字", "passed": True, "detail": "好"},
        {"name": "训练", "passed": False, "detail": "坏"},
    ]
    assert content["not_checked"] == [{"name": "编译", "detail": "没有编译器"}]

    def full(self, target):
        raise OSError("磁盘满了")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="磁盘满了"):
        report.write({**content, "date": "2000-01-01"})
    assert json.loads(path.read_text(encoding="utf-8")) == content


def test_the_table_lines_up():
    rows = [report.Row("设备", True, "x"), report.Row("long name", None, "y")]
    lines = report.table(rows).splitlines()
    assert lines == [
        "检查       结果      细节",
        "设备       通过      x",
        "long name  没有检查  y",
    ]
