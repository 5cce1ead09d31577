"""构建的外壳：一次一个，写不下就先说，做好了才换上去。"""

import importlib.util
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.gpu import devices


class Stopped(Exception):
    pass


class Session:
    def __init__(self, *posargs):
        self.posargs = posargs
        self.notified = []

    def error(self, message):
        raise Stopped(message)

    def notify(self, name, posargs):
        self.notified.append((name, posargs))


@pytest.fixture(scope="module")
def module():
    """nox 不许一个会话登记两次，所以只载入一次。"""
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def noxfile(module, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / ".nox").mkdir()
    return module


def test_a_second_build_at_once_says_so(noxfile, tmp_path):
    # 另一个进程拿着锁
    hold = "import filelock, sys, time\n"
    hold += f"lock = filelock.FileLock({str(tmp_path / '.nox' / 'building.lock')!r})\n"
    hold += "lock.acquire()\nprint('held', flush=True)\ntime.sleep(60)\n"
    other = subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE)
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(Stopped, match="另一个构建正在运行"), noxfile.alone(Session()):
        pass
    other.kill()  # 被杀的构建不会把门锁死
    other.wait()
    with noxfile.alone(Session()):
        pass


def test_too_little_room_is_said_before_anything_is_built(noxfile, monkeypatch):
    noxfile.check_room(Session())
    monkeypatch.setattr(noxfile, "ROOM", 10**18)
    with pytest.raises(Stopped, match=r"只剩 \d+ MB.*腾出地方"):
        noxfile.check_room(Session())


def test_a_read_only_tree_is_said_before_anything_is_built(noxfile, monkeypatch):
    # root 什么都能写，所以只换掉这一问
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(Stopped, match="不能写"):
        noxfile.check_room(Session())


@pytest.mark.parametrize("leftover", [False, True])
def test_the_site_is_switched_in_whole(noxfile, tmp_path, leftover):
    built, target = tmp_path / "built", tmp_path / "_build" / "html"
    for folder, text in ((built, "new"), (target, "old")):
        folder.mkdir(parents=True)
        (folder / f"{text}.html").write_text(text)
    if leftover:  # 上一次换到一半被杀
        target.with_name("html-old").mkdir()
    noxfile.publish(built, target)
    assert [path.name for path in target.iterdir()] == ["new.html"]
    assert [path.name for path in target.parent.iterdir()] == ["html"]


def test_copied_sources_follow_the_content_not_the_time(noxfile, tmp_path):
    """Sphinx 看修改时间：内容没变的不动，变了的总是新的，哪怕源文件的时间倒退了。"""
    page, other = tmp_path / "docs" / "page.md", tmp_path / "docs" / "other.md"
    script = tmp_path / "examples" / "chapter" / "topic.py"
    for path in (page, other, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first")
    copied = noxfile.copy_sources(tmp_path / "build")
    result = copied / "gallery" / "chapter" / "topic.run.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    times = {
        name: (copied / name).stat().st_mtime_ns for name in ("page.md", "other.md")
    }
    page.write_text("second")
    for path in (page, other):
        os.utime(path, (0, 0))
    script.unlink()
    noxfile.copy_sources(tmp_path / "build")
    assert (copied / "page.md").read_text() == "second"
    assert (copied / "page.md").stat().st_mtime_ns > times["page.md"]
    assert (copied / "other.md").stat().st_mtime_ns == times["other.md"]
    assert not (tmp_path / "build" / "examples" / "chapter" / "topic.py").exists()
    assert result.is_file()


def test_the_weekly_run_ignores_the_pins(noxfile, monkeypatch):
    monkeypatch.delenv("KERASGUIDE_NEWEST", raising=False)
    assert noxfile.versions() == ("--constraint", str(ROOT / "docs/constraints.txt"))
    monkeypatch.setenv("KERASGUIDE_NEWEST", "1")
    assert "--constraint" not in noxfile.versions()
    assert "--upgrade" in noxfile.versions()


class GpuSession(Session):
    """记下运行和安装了什么；``gpu`` 是机器上有没有 GPU。"""

    def __init__(self, gpu, *posargs):
        self.gpu, self.posargs = gpu, posargs
        self.env, self.installed, self.ran = {}, (), []

    def install(self, *arguments):
        self.installed = arguments

    def run(self, *command, env=None):
        self.ran.append((command, env))
        if "tests.gpu.devices" in command and not self.gpu:
            raise Stopped


def test_without_a_gpu_nothing_is_installed(noxfile):
    session = GpuSession(False)
    with pytest.raises(Stopped):
        noxfile.gpu.func(session)
    assert session.installed == ()


@pytest.mark.parametrize("backend", devices.PACKAGES)
def test_the_gpu_is_checked_on_the_backend_that_was_named(noxfile, backend):
    session = GpuSession(True, backend, "-x")
    noxfile.gpu.func(session)
    assert devices.PACKAGES[backend] in session.installed
    command, environment = session.ran[-1]
    assert command == ("python", "-m", "pytest", "-m", "gpu", "-x")
    assert environment == {"KERAS_BACKEND": backend}


def test_an_unknown_backend_is_said(noxfile):
    with pytest.raises(Stopped, match="没有后端 torhc：写成 nox -s gpu -- tensorflow"):
        noxfile.gpu.func(GpuSession(True, "torhc"))


def test_the_first_words_name_the_backends(module, monkeypatch):
    monkeypatch.setattr(module, "_asked", {})
    session = Session("torch", "jax", "basics/mnist_mlp", "-x")
    module.by_backend(session, "matrix", module.BACKENDS)
    words = ["matrix", "basics/mnist_mlp", "-x"]
    assert session.notified == [("on-jax", words), ("on-torch", words)]


def test_two_tasks_at_once_are_refused(module, monkeypatch):
    monkeypatch.setattr(module, "_asked", {})
    module.by_backend(Session("jax"), "examples", ("tensorflow",))
    with pytest.raises(Stopped, match="不能写在一条命令里：分两次运行"):
        module.by_backend(Session("jax"), "matrix", module.BACKENDS)


def test_without_a_name_the_default_runs(module, monkeypatch):
    monkeypatch.setattr(module, "_asked", {})
    session = Session()
    module.by_backend(session, "examples", ("tensorflow",))
    assert session.notified == [("on-tensorflow", ["examples"])]


def test_an_unknown_backend_is_one_message_with_the_known_ones(module):
    with pytest.raises(Stopped, match="没有后端 jaxx，有的是：tensorflow、jax、torch"):
        module.by_backend(Session("jaxx"), "examples", ("tensorflow",))
