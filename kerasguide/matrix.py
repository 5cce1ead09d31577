"""后端对照的记录：每个例子在每个后端上量得什么，什么时候、在什么机器上。

``nox -s matrix`` 在每个后端自己的环境里运行::

    python -m kerasguide.matrix 例子的文件夹 记录.json 基准的文件夹 [例子……]

记录是一个 JSON 文件，``cells`` 里一个例子一项，其中一个后端一格：

- ``status``：``passed``、``failed``、``skipped``；后两种有 ``reason``；
- ``seconds``：``import`` 导入框架、``first_step`` 走完第一步、``step`` 之后的每一步，
  没有训练的是 ``null``；
- ``difference``：与 TensorFlow 用同样的权重，预测最多差多少；没有可比的是 ``null``；
- ``prints``：打印得与 TensorFlow 不同的代码块，和它打印的；
- ``date``、``machine``、``versions``、``source``（脚本的 SHA-256）：量的时候是怎样的。

只量一个例子、一个后端，别的格不动。README 里测试过的版本也由记录写出。
"""

import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TypeAlias

from kerasguide import backends, files, scripts

#: 一格，和 JSON 里的一样；里面该有什么，:func:`load` 检查
Cell: TypeAlias = dict[str, Any]
#: 全部的格：例子到后端到一格
Cells: TypeAlias = dict[str, dict[str, Cell]]

REFERENCE_BACKEND = "tensorflow"
STATUSES = ("passed", "failed", "skipped")
#: README 里写测试过哪些版本的地方
TESTED = re.compile(r"(<!-- tested -->).*?(<!-- /tested -->)", re.DOTALL)
_KEYS = {"date", "machine", "source", "status", "versions"}
_MORE_KEYS = {"passed": {"seconds"}, "failed": {"reason"}, "skipped": {"reason"}}
_SECONDS = {"import", "first_step", "step"}
_LIMIT = 600  # 一个例子最多运行多少秒


class RecordError(Exception):
    """记录文件读不懂；消息说明哪里不对。"""


def load(file: Path) -> Cells:
    """读记录：例子到后端到一格；没有这个文件就是空的。

    Raises:
        RecordError: 不是合法的 JSON，或者缺了什么。

    Examples:
        >>> load(Path("/nowhere/matrix.json"))
        {}
    """
    if not file.is_file():
        return {}
    try:
        cells: Cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        for name, row in cells.items():
            for backend, cell in row.items():
                if backend not in backends.TITLES:
                    raise RecordError(f"{name} 里有不认识的后端 {backend}")
                if missing := _missing(backend, cell):
                    raise RecordError(
                        f"{name} 在 {backend} 的一格缺少 {'、'.join(sorted(missing))}"
                    )
                if cell["status"] not in STATUSES:
                    raise RecordError(f"{name} 的 status {cell['status']!r} 不认识")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordError(f"不是一份记录（{type(error).__name__}：{error}）") from error
    return cells


def _missing(backend: str, cell: Cell) -> set[str]:
    """一格里该有而没有的键。"""
    missing = _KEYS - cell.keys()
    missing |= _MORE_KEYS.get(cell.get("status", ""), set()) - cell.keys()
    missing |= {"python", "keras", "numpy", backend} - cell.get("versions", {}).keys()
    if cell.get("status") == "passed":
        missing |= _SECONDS - cell.get("seconds", {}).keys()
    return missing


def save(file: Path, cells: Cells) -> None:
    """写记录，次序和格式固定：同样的内容总是同样的字节。"""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    files.write_whole(file, f"{text}\n".encode())


def versions_tested(cells: Cells) -> list[dict[str, Any]]:
    """测试过的版本：每种组合一项，和它通过、失败了几个例子，最近一次是哪天。"""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in cells.values():
        for backend, cell in row.items():
            if cell["status"] == "skipped":
                continue
            names = (backend, "python", "keras", "numpy")
            versions = [cell["versions"][name] for name in names]
            kept = found.setdefault(
                (list(backends.TITLES).index(backend), *versions),
                {
                    "backend": backend,
                    **dict(zip(("version", *names[1:]), versions, strict=True)),
                    "date": cell["date"],
                    "passed": 0,
                    "failed": 0,
                },
            )
            kept[cell["status"]] += 1
            kept["date"] = max(kept["date"], cell["date"])
    return [found[key] for key in sorted(found)]


def versions_text(cells: Cells) -> str:
    """测试过的版本写成一句话，给 README。"""
    rows = versions_tested(cells)
    if not rows:
        return "尚未测量"
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        kept = newest.get(row["backend"])
        if kept is None or row["date"] >= kept["date"]:
            newest[row["backend"]] = row
    return "；".join(
        f"{backends.TITLES[name]} {row['version']}"
        f"（Python {row['python']}、Keras {row['keras']}、NumPy {row['numpy']}，"
        f"{row['date']}）"
        for name, row in newest.items()
    )


def conditions(backend: str, legacy: bool) -> Cell:
    """这次测量的日期、机器和版本；2020 年的代码是由 tf-keras 运行的。"""
    version = importlib.metadata.version
    packages = ("keras", backend, "numpy", *(["tf-keras"] if legacy else []))
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
    }


def machine() -> str:
    """这台机器：处理器、核数、系统。"""
    processor = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                processor = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return f"{processor}，{cores or os.cpu_count()} 核，{platform.system()}"


def update_readme(file: Path, cells: Cells) -> None:
    """把测试过的版本写进 README 里两个记号之间。"""
    text = file.read_text(encoding="utf-8")
    said = versions_text(cells)
    files.write_whole(file, TESTED.sub(rf"\g<1>{said}\g<2>", text).encode())


def measure(name: str, backend: str, examples: Path, reference: Path) -> Cell:
    """在新的进程里运行并测量一个例子，返回它的一格。"""
    script = examples / f"{name}.py"
    only = backends.only_on(script)
    elsewhere = only[1] if only is not None and only[0] != backend else None
    legacy = elsewhere is None and backends.is_legacy(script)
    cell = {"source": scripts.source_hash(script), **conditions(backend, legacy)}
    if elsewhere is not None:
        return {**cell, "status": "skipped", "reason": elsewhere}
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        role = "reference" if backend == REFERENCE_BACKEND else "compared"
        arguments = (str(script), str(reference), str(result), role)
        environment = {
            **os.environ,
            "KERAS_BACKEND": backend,
            "KERASGUIDE_DATA": "embedded",
            "KERASGUIDE_FIGURES": folder,
            "MPLBACKEND": "agg",
        }
        log = Path(folder) / "log"
        command = [sys.executable, "-m", "kerasguide.measure", *arguments]
        code = _run(command, Path(folder), environment, log)
        if code is None:
            reason = f"运行了 {_LIMIT} 秒还没有完"
            return {**cell, "status": "failed", "reason": reason}
        if not result.is_file():
            said = log.read_text(encoding="utf-8", errors="replace")
            print(said[-3000:], file=sys.stderr)
            reason = f"进程没有写出结果，退出码 {code}"
            return {**cell, "status": "failed", "reason": reason}
        measured: Cell = json.loads(result.read_text(encoding="utf-8"))
        if measured["status"] == "failed":
            print(measured.pop("traceback"), file=sys.stderr)
    return {**cell, **{key: _rounded(value) for key, value in measured.items()}}


def _run(
    command: list[str], folder: Path, environment: dict[str, str], log: Path
) -> int | None:
    """运行到结束，返回退出码；到了时限就停下它，返回 ``None``。

    例子自己启动的进程也一起结束：留下来，后面的例子就量不准。错误写进文件，不用管道：
    留下来的进程握着管道，就要等到时限。
    """
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        ) as process,
    ):
        try:
            return process.wait(timeout=_LIMIT)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if os.name == "posix":
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()


def _rounded(value: object) -> object:
    """量得的小数只留三位有效数字。"""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


def main(examples: Path, record: Path, reference: Path, chosen: list[str]) -> int:
    """量选中的例子（没有选就是全部），每量好一个就写一次记录。"""
    backend = os.environ.get("KERAS_BACKEND", "")
    if backend not in backends.TITLES:
        print(
            f"KERAS_BACKEND={backend} 不是后端的名字："
            f"设成 {'、'.join(backends.TITLES)} 之一",
            file=sys.stderr,
        )
        return 2
    known = scripts.names(examples)
    if unknown := set(chosen) - set(known):
        print(
            f"没有例子 {'、'.join(sorted(unknown))}，有的是：{'、'.join(known)}",
            file=sys.stderr,
        )
        return 2
    try:
        cells = load(record)
    except RecordError as error:
        print(
            f"{record}：{error}。用 git 恢复它，或者删掉它，全部重量", file=sys.stderr
        )
        return 2
    reference.mkdir(parents=True, exist_ok=True)
    if backend != REFERENCE_BACKEND and not any(reference.iterdir()):
        print(
            "没有 TensorFlow 的基准可比：先运行 nox -s matrix -- tensorflow",
            file=sys.stderr,
        )
        return 2
    cells = {name: row for name, row in cells.items() if name in known}
    failed = []
    for name in chosen or known:
        started = time.monotonic()
        cell = measure(name, backend, examples, reference)
        cells.setdefault(name, {})[backend] = cell
        save(record, cells)
        if (readme := examples.parent / "README.md").is_file():
            update_readme(readme, cells)
        failed += [name] if cell["status"] == "failed" else []
        took = time.monotonic() - started
        print(f"{backend:11}{name:45}{cell['status']:8}{took:6.1f} s", flush=True)
    for name in failed:
        print(f"失败：{name}：{cells[name][backend]['reason']}")
    return int(bool(failed))


if __name__ == "__main__":
    _examples, _record, _reference = (Path(each).resolve() for each in sys.argv[1:4])
    sys.exit(main(_examples, _record, _reference, sys.argv[4:]))
