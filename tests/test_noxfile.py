"""noxfile.py：只有会话；装什么、怎样装，没有 GPU 时怎么说。"""

import contextlib
import importlib.util
import json
import os
import time

import nox
import nox.registry
import pytest

from tests.conftest import ROOT
from tests.gpu import devices


class Stopped(Exception):
    pass


class Session:
    venv_backend = "uv"

    def __init__(self, *posargs):
        self.posargs = posargs
        self.notified = []

    def error(self, message):
        raise Stopped(message)

    def notify(self, name, posargs=()):
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
    return module


def test_everything_has_what_its_sessions_need(module):
    """由 notify 叫起的会话，nox 不管它们要先有什么。"""
    sessions = nox.registry.get()
    needed = {need for name in nox.options.sessions for need in sessions[name].requires}
    assert needed <= set(sessions["everything"].requires)
    assert needed


def test_everything_runs_all_of_them(module, monkeypatch):
    monkeypatch.setenv("KERASGUIDE_ROUND", "")  # 之后恢复原来的
    session = Session()
    module.everything.func(session)
    assert os.environ["KERASGUIDE_ROUND"] == "everything"
    # coverage 就是 tests，多量一样
    expected = {*nox.options.sessions, "coverage"} - {"tests"}
    assert {name for name, _ in session.notified} == expected


def test_the_weekly_run_ignores_the_pins(noxfile, monkeypatch):
    monkeypatch.delenv("KERASGUIDE_NEWEST", raising=False)
    pinned = ("--constraint", str(ROOT / "docs" / "constraints.txt"))
    assert noxfile.versions(Session()) == pinned
    monkeypatch.setenv("KERASGUIDE_NEWEST", "1")
    assert noxfile.versions(Session()) == ("--upgrade",)
    with_pip = Session()
    with_pip.venv_backend = "virtualenv"
    assert "--upgrade-strategy" in noxfile.versions(with_pip)


@pytest.fixture
def report(noxfile, tmp_path, monkeypatch):
    """运行 ``report``，有哪些部分由测试给出；返回它留给 bench 的，没有就是 ``None``。"""
    (tmp_path / ".nox").mkdir()
    monkeypatch.delenv("KERASGUIDE_ROUND", raising=False)
    monkeypatch.setattr(noxfile, "check", lambda session, *command: None)
    monkeypatch.setattr(noxfile, "_began", time.monotonic() - 600)
    monkeypatch.setattr(noxfile, "_took", [])

    def report(*parts, posargs=()):
        for part in parts:
            with contextlib.suppress(Stopped), noxfile.timed(part.strip("!")):
                if part.endswith("!"):
                    raise Stopped
        noxfile.report.func(Session(*posargs))
        file = tmp_path / ".nox" / "report.json"
        return json.loads(file.read_text("utf-8")) if file.is_file() else None

    return report


WHOLE = ("lint", "doctest", "站点", "tests", "站点", "notebooks", "站点", "browser")


def test_what_the_whole_command_took_is_kept_for_bench(report):
    kept = report(*WHOLE)
    assert [part for part, _ in kept["parts"]] == list(WHOLE)
    assert kept["total"] == pytest.approx(600, abs=30)
    assert kept["date"]


@pytest.mark.parametrize(
    "parts", [WHOLE[:-1], (*WHOLE[:-1], "browser!")], ids=["part of it", "failed"]
)
def test_what_is_not_the_whole_command_is_not_kept(report, capsys, parts):
    assert report(*parts) is None
    assert ("browser（没有通过）" in capsys.readouterr().out) is ("browser!" in parts)


def test_nor_is_another_command(report, monkeypatch):
    assert report(*WHOLE, posargs=["-k", "alt"]) is None
    monkeypatch.setenv("KERASGUIDE_ROUND", "everything")
    assert report(*WHOLE) is None


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
