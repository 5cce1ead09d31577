"""构建有多快：``nox -s bench`` 运行它，结果写进 ``docs/records/benchmark.json``。

在一份复制来的源文件里，一遍接一遍地交替测量，取中位数；报告的是比值：机器忙的时候，
秒数会变，比值不大变。每样测的是什么，见 :data:`TITLES`。最后从什么也没有装起，装一次
会话的环境。检查的命令各部分用了多久，由 ``nox`` 自己记下（``.nox/report.json``），
这里只取来。
"""

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sphinx_gallery.utils import get_md5sum

from kerasguide import matrix, scripts
from kerasguide.site.run import fingerprint

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "records" / "benchmark.json"
REPORT = ROOT / ".nox" / "report.json"

#: 测量的名字，写给人看的说明；次序就是报告的次序。
TITLES = {
    "cold": "从头构建：全部例子和页面",
    "one_process": "全部脚本，在一个进程里接连运行",
    "process_each": "全部脚本，每个各用一个进程",
    "noop": "什么也没改，再构建一次",
    "noop_twice": "脚本和讲它们的页面都加一倍：什么也没改，再构建一次",
    "plain_noop": "同样的页面，只用 Sphinx、主题和 MyST：什么也没改，再构建一次",
    "page": "改了一页的一句话",
    "example": "改了一个例子",
    "helper": "改了一个小工具（kerasguide/datasets.py）",
    "pages": "40 页的小站点，从头构建",
    "ten_times": "400 页的小站点，从头构建",
}
#: 比值：哪个比哪个，最多可以是多少（没有要求的是 ``None``）。
RATIOS = [
    ("cold", "one_process", 1.15),
    ("cold", "process_each", None),
    ("noop", "plain_noop", 1.2),
    ("noop_twice", "noop", 1.3),
    ("page", "noop", 1.5),
    ("example", "cold", None),
    ("helper", "cold", None),
    ("ten_times", "pages", 10.5),
]
#: 从什么也没有装起的会话，写给人看的说明。
SESSIONS = {
    "docs": "构建站点的环境（nox -s docs）",
    "checks": "各种检查的环境（nox）",
}

#: 秒数，和各进程内存的峰值（MB，从大到小）。
Run = tuple[float, list[int]]

_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERASGUIDE_DATA": "embedded"}


class Project:
    """源文件的一份复制品，可以随便改。"""

    def __init__(self, folder: Path, origin: Path = ROOT) -> None:
        self.folder = folder
        for name in ("docs", "examples", "kerasguide"):
            ignore = shutil.ignore_patterns("__pycache__", "_build", "gallery")
            shutil.copytree(origin / name, folder / name, ignore=ignore)
        self.environment = {
            **os.environ,
            **_QUIET,
            "PYTHONPATH": str(folder),
            "KERASGUIDE_FIGURES": str(folder / "figures"),
        }
        self.scripts = sorted((folder / "examples").glob("*/*.py"))

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        if old not in text:
            sys.exit(f"{name} 里没有 {old!r}：请改 tests/benchmark.py")
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def run(self, *command: str) -> Run:
        """运行一个命令，返回秒数和各进程内存的峰值（MB，从大到小）。"""
        began = time.monotonic()
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env=self.environment,
        )
        peaks: dict[int, float] = {}
        watch = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
        watch.start()
        log, _ = process.communicate()
        seconds = time.monotonic() - began
        watch.join()
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))} 失败了：\n{log[-3000:]}")
        self.log = log
        return seconds, sorted((round(peak) for peak in peaks.values()), reverse=True)

    def sphinx(self, source: str = "docs", out: str = "out", *options: str) -> Run:
        gate = ("-n", "-T", "--keep-going", "-j", "auto")
        return self.run(sys.executable, "-m", "sphinx", *gate, *options, source, out)


def _watch(process: subprocess.Popen[str], peaks: dict[int, float]) -> None:
    """记下一个进程和它的后代的内存峰值；只有 Linux 有 ``/proc``。"""
    while process.poll() is None:
        for pid in _descendants(process.pid):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            if found := re.search(r"VmHWM:\s+(\d+) kB", status):
                peaks[pid] = max(peaks.get(pid, 0), int(found[1]) / 1024)
        time.sleep(0.1)


def _descendants(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _descendants(int(child))


# 用 sphinx-gallery 运行例子时一样：例子之间恢复原状；旧代码在 Keras 3 上再来一遍
_ONE_PROCESS = """
import contextlib, io, runpy, subprocess, sys
from pathlib import Path
from kerasguide import backends, runtime
from kerasguide.site.run import legacy
for name in sys.argv[1:]:
    script = Path(name)
    if not backends.is_legacy(script) and backends.only_on(script):
        subprocess.run([sys.executable, name], check=True)
        continue
    runtime.reset()
    with contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(name, run_name="__main__")
        if backends.is_legacy(script):
            legacy.run_on_keras_3(script, lambda code, namespace: {})
"""


def measure(project: Project, round_number: int) -> Iterator[tuple[str, Run]]:
    """每样测一遍，给出名字和 ``run`` 的结果。"""
    scripts = [str(script) for script in project.scripts]
    yield "one_process", project.run(sys.executable, "-c", _ONE_PROCESS, *scripts)
    yield "cold", project.sphinx()
    plain = _plain(project)
    twice = _twice(project)
    for _ in range(3):  # 一两秒的事，一遍里多量几次
        yield "noop", project.sphinx()
        yield "noop_twice", twice.sphinx()
        yield "plain_noop", project.run(*plain)
        project.edit("docs/guide/basics/fit.md", "。", "（又改了一次）。")
        yield "page", project.sphinx()
    script = "examples/basics/growing_model.py"
    project.edit(script, "\n\n# %%", f"\n# {round_number}\n\n# %%")
    yield "example", project.sphinx()
    project.edit("kerasguide/datasets.py", '"""\n', f'"""\n# {round_number}\n')
    yield "helper", project.sphinx()
    for name, count in (("pages", 40), ("ten_times", 400)):
        yield name, _many_pages(project, name, count)
    if round_number == 0:  # 一次就要好几分钟，只测一次
        began, peaks = time.monotonic(), []
        for script in scripts:
            peaks += project.run(sys.executable, script)[1][:1]
        yield "process_each", (time.monotonic() - began, sorted(peaks)[-1:])


def _plain(project: Project) -> Sequence[str]:
    """构建同样的页面，没有本站的扩展和 sphinx-gallery；返回再构建一次的命令。"""
    shutil.copytree(project.folder / "docs", project.folder / "plain")
    conf = project.folder / "plain" / "conf.py"
    text = conf.read_text(encoding="utf-8")
    for ours in ('"kerasguide.site",', '"sphinx_gallery.gen_gallery",'):
        text = text.replace(ours, "")
    conf.write_text(text.replace('html_math_renderer = "katex"\n', ""), "utf-8")
    command = (sys.executable, "-m", "sphinx", "-q", "-j", "auto", "plain", "plain-out")
    project.run(*command)  # 没有的指令有警告，但页面读过了
    return command


def _twice(project: Project) -> Project:
    """另一份源文件，脚本和讲它们的页面都有两份，已经构建过一次。

    例子的结果取自 ``project``，第二份的也是：指纹说不必运行的，就不再运行一遍。
    """
    folder = project.folder.with_name(f"{project.folder.name}-twice")
    twice = Project(folder, project.folder)
    gallery = twice.folder / "docs" / "gallery"
    shutil.copytree(project.folder / "docs" / "gallery", gallery)
    names = scripts.names(twice.folder / "examples")
    for name in names:
        script_again(twice.folder / "examples" / f"{name}.py", gallery / f"{name}.py")
    for page in sorted((twice.folder / "docs" / "guide").glob("*/*.md")):
        text = page.read_text(encoding="utf-8")
        if "{cell}" in text:
            again = page.with_stem(f"{page.stem}_again")
            again.write_text(page_again(text, names), encoding="utf-8")
            index = page.relative_to(twice.folder).with_name("index.md")
            listed = f"\n{page.stem}\n"
            twice.edit(str(index), listed, f"{listed}{again.stem}\n")
    twice.sphinx("docs", "out", "-W")
    return twice


def script_again(script: Path, copy: Path) -> None:
    """同一个脚本再来一份，换了名字和标题，连同它的结果。

    Args:
        script: 运行过的脚本。
        copy: sphinx-gallery 复制的，结果在它旁边。
    """
    chapter, stem, again = script.parent.name, script.stem, f"{script.stem}_again"
    text = script.read_text(encoding="utf-8")
    title, rule = text.splitlines()[1:3]
    titles = (f"\n{title}\n{rule}\n", f"\n再：{title}\n===={rule}\n")
    other, copied = script.with_stem(again), copy.with_stem(again)
    other.write_text(text.replace(*titles, 1), encoding="utf-8")
    hashes = (scripts.source_hash(script), scripts.source_hash(other))
    # 结果里说到自己的地方：页面、图片、下载的文件的名字；代码里同样的字不换
    itself = re.compile(
        rf"((?<={chapter}[/_])|(?<=: )|(?<=<)){stem}(?=\.(py|ipynb|zip)\b)"
        rf"|(?<=\bsphx_glr_){stem}(?=_(\d{{3}}|thumb)\.)"
    )
    for path in fingerprint._results(copy):
        new = path.with_name(path.name.replace(stem, again, 1))
        if path.suffix in {".json", ".rst"}:
            text = itself.sub(again, path.read_text(encoding="utf-8"))
            text = text.replace(*titles, 1)
            text = text.replace(*hashes)
            new.write_text(text, encoding="utf-8")
        else:
            shutil.copy(path, new)
    shutil.copy(other, copied)
    copied.with_suffix(".py.md5").write_text(get_md5sum(other, "t"))
    sealed = json.loads(copy.with_suffix(".seal.json").read_text(encoding="utf-8"))
    changed = {"脚本": fingerprint._hash(other)}
    fingerprint.seal(copied, {**sealed["fingerprint"], **changed})


def page_again(text: str, names: Sequence[str]) -> str:
    """同一页再来一份，讲的是另一份脚本；换了标题和链接的目标。

    Args:
        text: 这一页的源文件。
        names: 所有例子的名字。
    """
    used = rf"((?:{{cell}} |{{fact}}`)(?:{'|'.join(names)}))(?!\w)"
    text = re.sub(used, r"\1_again", text)
    text = re.sub(r"^\((.+)\)=$", r"(\1-again)=", text, flags=re.MULTILINE)
    return text.replace("# ", "# 再：", 1)


_PAGE = """# 第 {number} 页

这一页为测量而写，讲的是池化与转置卷积。

## 想法

输入 $x$ 经过一层，得到 $y = Wx + b$。

$$
y_i = \\sum_j w_{{ij}} x_j + b_i
$$

{paragraphs}

## 做法

```python
import keras

model = keras.Sequential([keras.Input(shape=(4,)), keras.layers.Dense(2)])
```

| 名字 | 意思 |
|---|---|
| 层 | 模型的一步 |
| 批 | 一起训练的几个样本 |

见[下一页](page{following}.md)。
"""


def _many_pages(project: Project, name: str, count: int) -> Run:
    """``count`` 页的小站点，设置与真站点相同，没有例子。"""
    source = project.folder / name
    ignore = shutil.ignore_patterns(
        "guide", "gallery", "*.md", "records", "ledger.toml"
    )
    shutil.copytree(project.folder / "docs", source, ignore=ignore)
    examples = project.folder / f"{name}-examples"
    examples.mkdir(exist_ok=True)
    header = project.folder / "examples" / "GALLERY_HEADER.rst"
    shutil.copy(header, examples)
    conf = source / "conf.py"
    settings = conf.read_text(encoding="utf-8")
    settings = settings.replace('"../examples"', f'"../{name}-examples"')
    settings = re.sub(
        r'    "subsection_order": \[.*?\],\n', "", settings, flags=re.DOTALL
    )
    conf.write_text(settings, encoding="utf-8")
    (source / "glossary.toml").unlink()
    chapters = range(0, count, 10)
    toctree = "```{{toctree}}\n{}\n```\n"
    index = "\n".join(f"chapter{first}/index" for first in chapters)
    (source / "index.md").write_text(
        "# 很多页\n\n" + toctree.format(f"{index}\ngallery/index"), encoding="utf-8"
    )
    for first in chapters:
        chapter = source / f"chapter{first}"
        chapter.mkdir()
        names = "\n".join(f"page{number}" for number in range(first, first + 10))
        (chapter / "index.md").write_text(
            f"# 第 {first} 章\n\n" + toctree.format(names), encoding="utf-8"
        )
        for number in range(first, first + 10):
            following = first + (number + 1) % 10
            paragraph = "残差连接让梯度绕过几层，深的网络才训练得动。" * 4
            text = _PAGE.format(
                number=number,
                following=following,
                paragraphs="\n\n".join([paragraph] * 6),
            )
            (chapter / f"page{number}.md").write_text(text, encoding="utf-8")
    return project.sphinx(name, f"{name}-out")


def set_up(folder: Path) -> dict[str, Any]:
    """从什么也没有装起，装好一个个会话的环境：要多少秒，占多少 MB。

    每个装两次：第一次什么都要下载；第二次，下载过的还在。
    """
    project = Project(folder)
    for name in ("noxfile.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    cache = folder / "cache"
    del project.environment["PYTHONPATH"]
    project.environment |= {"UV_CACHE_DIR": str(cache), "PIP_CACHE_DIR": str(cache)}
    # 会话自己的 Python 里没有 nox
    nox = (os.environ.get("KERASGUIDE_PYTHON", sys.executable), "noxfile.py")
    measured = []
    for session, title in SESSIONS.items():
        shutil.rmtree(cache, ignore_errors=True)
        seconds = []
        for _ in range(2):
            shutil.rmtree(folder / ".nox", ignore_errors=True)
            took, _ = project.run(*nox, "--install-only", "--session", session)
            print(f"装好 {session}：{took:.1f} 秒", flush=True)
            seconds.append(round(took, 1))
        made = folder / ".nox"
        size = sum(file.lstat().st_size for file in made.rglob("*"))
        measured.append(
            {"title": title, "seconds": seconds, "megabytes": round(size / 1e6)}
        )
    made_by = (made / session / "pyvenv.cfg").read_text(encoding="utf-8")
    installer = "uv" if re.search("^uv = ", made_by, re.MULTILINE) else "pip"
    return {"installer": installer, "sessions": measured}


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip()


def main(repeats: int) -> None:
    seconds: dict[str, list[float]] = {}
    peaks: dict[str, list[int]] = {}
    with tempfile.TemporaryDirectory(prefix="kerasguide-bench-") as folder:
        for round_number in range(repeats):
            # 每遍都从没有改过的源文件开始
            project = Project(Path(folder) / str(round_number))
            for name, (took, memory) in measure(project, round_number):
                seconds.setdefault(name, []).append(round(took, 2))
                peaks[name] = max(peaks.get(name, []), memory)
                print(f"第 {round_number + 1} 遍 {name}：{took:.1f} 秒", flush=True)
            for made in Path(folder).iterdir():
                shutil.rmtree(made)
            # 测完一遍就写：后面的被打断，前面的还在
            record = record_of(seconds, peaks)
            _write(record)
        record["setup"] = set_up(Path(folder) / "setup")
        _write(record)
    print(f"\n{record['machine']}\n")
    for one in record["measured"]:
        largest = "、".join(map(str, one["peaks"][:4]))
        print(f"{one['median']:8.2f} 秒  {one['title']}（内存峰值 {largest} MB）")
    for one in record["ratios"]:
        limit = f"，要求不超过 {one['limit']}" if one["limit"] else ""
        print(f"{one['ratio']:8.3f}  {one['of']} / {one['to']}{limit}")
    if not record["checks"]:
        print(f"没有 {REPORT}：运行一遍 nox，页面才有检查的命令各部分的时间")
    print(f"\n结果写进了 {RECORD}")


def _write(record: Mapping[str, Any]) -> None:
    RECORD.parent.mkdir(exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    RECORD.write_text(text, encoding="utf-8")


def record_of(
    seconds: Mapping[str, Sequence[float]], peaks: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """要写下的记录；还没有装过环境，没有运行过 ``nox``，那两样就是 ``None``。"""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    medians = {name: statistics.median(took) for name, took in seconds.items()}
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": _commit(),
        "machine": f"{matrix.machine()}，{memory:.0f} GiB 内存",
        "python": platform.python_version(),
        "examples": len(list((ROOT / "examples").glob("*/*.py"))),
        "measured": [
            {
                "name": name,
                "title": title,
                "seconds": seconds[name],
                "median": round(medians[name], 2),
                "peaks": peaks[name],
            }
            for name, title in TITLES.items()
        ],
        "ratios": [
            {
                "of": of,
                "to": to,
                "ratio": round(medians[of] / medians[to], 3),
                "limit": limit,
            }
            for of, to, limit in RATIOS
        ],
        "setup": None,
        "checks": json.loads(REPORT.read_text("utf-8")) if REPORT.is_file() else None,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
