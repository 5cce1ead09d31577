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

import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kerasguide import backends

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


def names(examples: Path) -> list[str]:
    """所有例子的名字，如 ``basics/mnist_mlp``，按名字排序。"""
    return sorted(
        path.relative_to(examples).with_suffix("").as_posix()
        for path in examples.glob("*/*.py")
    )


def source_hash(script: Path) -> str:
    return hashlib.sha256(script.read_bytes()).hexdigest()


def load(file: Path) -> dict[str, dict[str, dict]]:
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
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
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


def _missing(backend, cell) -> set[str]:
    """一格里该有而没有的键。"""
    wanted = _KEYS | _MORE_KEYS.get(cell.get("status"), set())
    missing = wanted - cell.keys()
    missing |= {"python", "keras", "numpy", backend} - cell.get("versions", {}).keys()
    if cell.get("status") == "passed":
        missing |= _SECONDS - cell.get("seconds", {}).keys()
    return missing


def save(file: Path, cells: dict) -> None:
    """写记录，次序和格式固定：同样的内容总是同样的字节。"""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.rename(file)


def versions_tested(cells: dict) -> list[dict]:
    """测试过的版本：每种组合一项，和它通过、失败了几个例子，最近一次是哪天。"""
    found = {}
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


def versions_text(cells: dict) -> str:
    """测试过的版本写成一句话，给 README。"""
    rows = versions_tested(cells)
    if not rows:
        return "尚未测量"
    newest = {}
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


def conditions(backend: str, legacy: bool) -> dict:
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


def update_readme(file: Path, cells: dict) -> None:
    """把测试过的版本写进 README 里两个记号之间。"""
    text = file.read_text(encoding="utf-8")
    said = versions_text(cells)
    file.write_text(TESTED.sub(rf"\g<1>{said}\g<2>", text), encoding="utf-8")


def measure(name: str, backend: str, examples: Path, reference: Path) -> dict:
    """在新的进程里运行并测量一个例子，返回它的一格。"""
    script = examples / f"{name}.py"
    only = backends.only_on(script)
    skipped = only is not None and only[0] != backend
    legacy = not skipped and backends.is_legacy(script)
    cell = {"source": source_hash(script), **conditions(backend, legacy)}
    if skipped:
        return {**cell, "status": "skipped", "reason": only[1]}
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
        try:
            done = subprocess.run(
                [sys.executable, "-m", "kerasguide.measure", *arguments],
                check=False,
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                timeout=_LIMIT,
            )
        except subprocess.TimeoutExpired:
            reason = f"运行了 {_LIMIT} 秒还没有完"
            return {**cell, "status": "failed", "reason": reason}
        if not result.is_file():
            print(done.stderr[-3000:], file=sys.stderr)
            reason = f"进程没有写出结果，退出码 {done.returncode}"
            return {**cell, "status": "failed", "reason": reason}
        measured = json.loads(result.read_text(encoding="utf-8"))
        if measured["status"] == "failed":
            print(measured.pop("traceback"), file=sys.stderr)
    return {**cell, **_rounded(measured)}


def _rounded(value):
    """量得的小数只留三位有效数字。"""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return float(f"{value:.3g}") if isinstance(value, float) else value


def main(examples: Path, record: Path, reference: Path, chosen: list[str]) -> int:
    """量选中的例子（没有选就是全部），每量好一个就写一次记录。"""
    backend = os.environ["KERAS_BACKEND"]
    known = names(examples)
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
    paths = [Path(argument).resolve() for argument in sys.argv[1:4]]
    sys.exit(main(*paths, sys.argv[4:]))
