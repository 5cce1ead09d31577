"""构建的外壳：一次一个，写不下就先说，做好了才换上去。"""

import importlib.util
import subprocess
import sys

import pytest

from tests.conftest import ROOT


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


def test_a_failed_build_leaves_the_results_of_the_others(noxfile, tmp_path):
    gallery = tmp_path / "fresh" / "gallery"
    with pytest.raises(Stopped), noxfile.kept_results(gallery):
        gallery.mkdir(parents=True)
        (gallery / "one.rst").write_text("one")
        raise Stopped
    again = tmp_path / "again" / "gallery"
    with noxfile.kept_results(again):
        assert (again / "one.rst").read_text() == "one"


def test_the_first_words_name_the_backends(module):
    session = Session("torch", "jax", "basics/mnist_mlp", "-x")
    module.by_backend(session, "matrix", module.BACKENDS)
    words = ["matrix", "basics/mnist_mlp", "-x"]
    assert session.notified == [("on-jax", words), ("on-torch", words)]


def test_without_a_name_the_default_runs(module):
    session = Session()
    module.by_backend(session, "examples", ("tensorflow",))
    assert session.notified == [("on-tensorflow", ["examples"])]


def test_an_unknown_backend_is_one_message_with_the_known_ones(module):
    with pytest.raises(Stopped, match="没有后端 jaxx，有的是：tensorflow、jax、torch"):
        module.by_backend(Session("jaxx"), "examples", ("tensorflow",))
