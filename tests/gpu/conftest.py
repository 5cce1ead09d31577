"""``python -m pytest -m gpu``：没有 GPU 就说没有，什么也不运行；有，就逐样检查。

结果是终端里的一张表，和 docs/records/gpu 里的一个文件。
"""

import os
from collections.abc import Iterator
from concurrent.futures import Executor

import pytest

# 在导入框架之前：不独占 GPU 的全部内存，CPU 的那个进程才不会受影响
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

try:
    import keras
except (ImportError, ValueError) as error:  # 没有装，或者后端的名字写错了
    pytest.exit(
        f"Keras 或者它的后端（KERAS_BACKEND）用不了，GPU 没有检查：{error}",
        returncode=1,
    )

from tests.gpu import checks, devices, report

_rows: list[report.Row] = []


def pytest_collection_finish(session: pytest.Session) -> None:
    """收集完、运行之前：不能检查，就此结束，退出码不是 0。"""
    here = [
        item
        for item in session.items
        if isinstance(item, pytest.Function) and item.get_closest_marker("gpu")
    ]
    if not here or session.config.option.collectonly:
        return
    if problem := devices.why_not(keras.backend.backend()):
        message, returncode = problem
        pytest.exit(message, returncode=returncode)
    for item in here:  # 准备没有做成的检查，在表里也有一行
        check = item.callspec.params["check"]
        assert isinstance(check, checks.Check)
        item.user_properties.append(("check", check.title))


@pytest.fixture(scope="session")
def cpu() -> Iterator[Executor]:
    """看不见 GPU 的另一个进程。"""
    with checks.hidden_process() as executor:
        yield executor


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        _keep(report)


def _keep(result: pytest.TestReport) -> None:
    said = {name: str(value) for name, value in result.user_properties}
    if result.skipped:
        assert isinstance(result.longrepr, tuple)  # 文件、行、原因
        _rows.append(report.Row(said["check"], None, result.longrepr[2]))
    elif result.failed:
        crash = getattr(result.longrepr, "reprcrash", None)
        text = crash.message if crash else str(result.longrepr)
        detail = text.strip().splitlines()[0].removeprefix("AssertionError: ")
        _rows.append(report.Row(said["check"], False, detail))
    else:
        _rows.append(report.Row(said["check"], True, said["detail"]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _rows:
        return
    terminalreporter.section("GPU 的检查")
    terminalreporter.write_line(report.table(_rows))
    if len(_rows) == len(checks.CHECKS):
        path = report.write(report.record(_rows))
        terminalreporter.write_line(f"\n记录写到了：{path}")
    else:
        terminalreporter.write_line("\n只检查了一部分，没有写记录")
