"""发布用的文件：工作流只有最少的权限、动作按哈希固定、会话都在；容器里的服务器真的能用。"""

import json
import re
import runpy
import socket
import struct
import subprocess
import sys
import tomllib
import urllib.error
import urllib.parse
import urllib.request

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CONTAINER = ROOT / ".container"
PUBLISHING = [
    *WORKFLOWS,
    ROOT / ".github" / "dependabot.yml",
    ROOT / ".dockerignore",
    *sorted(CONTAINER.iterdir()),
]
_SESSION = re.compile(r'noxfile\.py"?,? "?-s"?,? "?(\$?[\w-]+)')


def name(path):
    return path.name


def parse(path):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 把 on 读成真值
    return {"on" if key is True else key: value for key, value in content.items()}


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def matrices(workflow):
    """各个作业的矩阵里全部的 ``(名字, 取值)``。"""
    for job in workflow["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {})
        listed = {key: value for key, value in matrix.items() if key != "include"}
        yield from ((key, one) for key, values in listed.items() for one in values)
        for extra in matrix.get("include", []):
            yield from extra.items()


def sessions_used():
    """发布用的文件里运行的 nox 会话。"""
    for path in WORKFLOWS:
        workflow = parse(path)
        for found in _SESSION.findall(path.read_text(encoding="utf-8")):
            if found == "$SESSION":
                yield from (one for key, one in matrices(workflow) if key == "session")
            else:
                yield found
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    yield from _SESSION.findall(text)


@pytest.fixture(scope="module")
def sessions():
    """noxfile.py 里的全部会话；另一个进程载入它，这里就不会登记两次。"""
    program = "import json, noxfile, nox.registry\n"
    program += "print(json.dumps(list(nox.registry.get())))"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_there_are_workflows():
    assert [path.stem for path in WORKFLOWS] == ["site", "tests", "weekly"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_every_action_is_pinned_by_its_hash(path):
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"actions/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_one_version_of_each_action():
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    pins = set(re.findall(r"uses: actions/([\w-]+)[\w/-]*@(\w+)", text))
    assert len({action for action, _ in pins}) == len(pins)


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_permissions_are_the_least(path):
    workflow = parse(path)
    assert workflow["permissions"] == {"contents": "read"}
    writes = {
        (job, permission)
        for job, content in workflow["jobs"].items()
        for permission, level in content.get("permissions", {}).items()
        if level == "write"
    }
    allowed = {("publish", "pages"), ("publish", "id-token")}
    assert writes == (allowed if path.stem == "site" else set())
    assert "pull_request_target" not in workflow["on"]
    assert "secrets" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_jobs_end_and_leave_no_credentials(path):
    workflow = parse(path)
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}
        # 表达式不写进命令：它的值会当作命令执行
        assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("session", sorted(set(sessions_used())))
def test_every_session_that_is_run_exists(session, sessions):
    assert session in sessions


def test_each_push_runs_the_readmes_command():
    workflow = parse(ROOT / ".github" / "workflows" / "tests.yml")
    assert {"push", "pull_request"} <= set(workflow["on"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^(python3 noxfile\.py) +#.*检查", readme, re.MULTILINE)[1]
    runs = [step for step in steps(workflow) if step.get("run") == command]
    assert len(runs) == 1
    # 没有以前的提交，就看不出这次改了什么
    whole = [
        step for step in steps(workflow) if step.get("with", {}).get("fetch-depth") == 0
    ]
    asks = [
        step for step in steps(workflow) if "KERASGUIDE_BASE" in step.get("env", {})
    ]
    assert runs[0] in asks
    assert len(whole) == len(asks)


def test_each_push_runs_every_python_and_backend():
    workflow = parse(ROOT / ".github" / "workflows" / "tests.yml")
    values = set(matrices(workflow))
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest = tomllib.loads(pyproject)["project"]["requires-python"].removeprefix(">=")
    checked = {
        step["with"]["python-version"]
        for step in steps(workflow)
        if "setup-python" in step.get("uses", "")
    }
    assert oldest in checked
    assert {one for key, one in values if key == "python"} == {"3.12", "3.13"}
    assert {one for key, one in values if key == "backend"} == {
        "tensorflow",
        "jax",
        "torch",
    }


def test_the_weekly_run_uses_the_newest_and_opens_nothing():
    workflow = parse(ROOT / ".github" / "workflows" / "weekly.yml")
    runs = [step for step in steps(workflow) if "noxfile.py" in step.get("run", "")]
    assert runs
    for step in runs:
        assert step["env"]["KERASGUIDE_NEWEST"] == "1"
        assert step["shell"] == "bash"  # 没有 pipefail，tee 会盖住失败
    assert not any("gh " in step.get("run", "") for step in steps(workflow))


def test_the_results_are_kept_where_the_build_keeps_them():
    workflow = parse(ROOT / ".github" / "workflows" / "site.yml")
    cached = [step for step in steps(workflow) if "/cache/" in step.get("uses", "")]
    assert {step["with"]["path"] for step in cached} == {".nox/build/docs/gallery"}
    assert len({step["with"]["key"] for step in cached}) == 1
    code = (ROOT / "kerasguide" / "site" / "build.py").read_text(encoding="utf-8")
    assert '".nox" / "build"' in code


@pytest.mark.parametrize("path", PUBLISHING, ids=name)
def test_no_address_is_made_up(path):
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://([^/\s:{}]+)", text)) <= {"127.0.0.1"}
    assert not re.search(r"[\w-]+\.(?:com|org|net|io|dev)\b", text)


def test_dependabot_looks_where_the_pins_are():
    updates = parse(ROOT / ".github" / "dependabot.yml")["updates"]
    folders = {update["package-ecosystem"]: update["directory"] for update in updates}
    assert folders == {"pip": "/docs", "github-actions": "/", "docker": "/.container"}
    assert (ROOT / "docs" / "constraints.txt").is_file()
    assert (ROOT / ".container" / "Containerfile").is_file()


def test_the_container_file():
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line[:1] not in ("", "#")]
    for image in (line[1] for line in lines if line[0] == "FROM"):
        assert re.fullmatch(r"python:3\.\d+-slim", image)
    users = [line[1] for line in lines if line[0] == "USER"]
    assert users == ["65534:65534"]
    copied = [line[1:] for line in lines if line[0] == "COPY"]
    from_here = [source for source, *_ in copied if not source.startswith("--from")]
    assert all((ROOT / source).exists() for source in from_here)
    # 镜像里的站点从头构建
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".nox", "docs/_build", "docs/gallery"} <= set(ignored)


@pytest.fixture
def served(tmp_path):
    """容器里的命令，真的提供一个小站点。"""
    (tmp_path / "secret.txt").write_text("外面的")
    site = tmp_path / "site"
    (site / "guide").mkdir(parents=True)
    (site / "guide" / "index.html").write_text("<p>一页</p>", encoding="utf-8")
    (site / "_images").mkdir()
    (site / "_images" / "a.svg").write_text("<svg/>", encoding="utf-8")
    (site / "404.html").write_text("<p>没有这一页</p>", encoding="utf-8")
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    command = json.loads(re.search(r"^CMD (.*)$", text, re.MULTILINE)[1])
    assert command == ["python3", "/serve.py", "/site"]
    server = subprocess.Popen(
        [sys.executable, str(CONTAINER / "serve.py"), str(site), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield re.search(r"http://\S+", server.stdout.readline())[0]
    server.terminate()
    log = server.communicate(timeout=10)[1]
    assert server.returncode == 0  # 说停就停，不等容器来杀
    assert "Traceback" not in log


def ask(address, request):
    """原样送一个请求，urllib 不肯送的也送；返回状态和内容。"""
    host = urllib.parse.urlsplit(address)
    with socket.create_connection((host.hostname, host.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    return int(head.split()[1]), body.decode()


def fetch(address):
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_container_serves_pages_and_its_own_404(served):
    assert fetch(f"{served}guide/") == (200, "<p>一页</p>")
    for missing in ("nothing.html", "guide/deep/er.html", "../secret.txt"):
        assert fetch(f"{served}{missing}") == (404, "<p>没有这一页</p>")


@pytest.mark.parametrize(
    "path",
    [
        "/%00",
        "/guide/%00/index.html",
        "/",  # 没有 index.html 的文件夹
        "/_images/",
        "/%zz",
        "/%",
        "/%ff%fe",
        "/%ed%a0%80",  # 半个代理对，不是字符
        "/" + "a" * 300,
        "/" + "a/" * 20_000,
        "/../secret.txt",
        "/guide/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..\\secret.txt",
        "/guide\\index.html",
        "http://[/..",  # 不是网址
        "secret.txt",
        "/guide/index.html/",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_malformed_path_is_one_more_missing_page(served, method, path):
    status, body = ask(served, f"{method} {path} HTTP/1.0\r\n\r\n".encode())
    assert status == 404
    assert body == ("<p>没有这一页</p>" if method == "GET" else "")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.0\r\n\r\n", 414),
        (b"GET / / HTTP/1.0\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n" + b"a: b\r\n" * 200 + b"\r\n", 431),
        (b"POST /guide/ HTTP/1.0\r\nContent-Length: 1\r\n\r\n1", 501),
        (b"PUT /guide/index.html HTTP/1.0\r\n\r\n", 501),
    ],
)
def test_other_malformed_requests_are_refused(served, request_, status):
    assert ask(served, request_)[0] == status
    assert fetch(f"{served}guide/")[0] == 200


def test_a_reader_who_leaves_is_not_an_error(served, tmp_path):
    (tmp_path / "site" / "large.bin").write_bytes(bytes(20_000_000))
    host = urllib.parse.urlsplit(served)
    for _ in range(3):
        connection = socket.create_connection((host.hostname, host.port), timeout=10)
        connection.sendall(b"GET /large.bin HTTP/1.0\r\n\r\n")
        assert connection.recv(10)
        # 丢下没有收的数据，立刻断开
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
    assert fetch(f"{served}guide/")[0] == 200


def test_a_folder_that_is_not_there_is_one_clear_message(tmp_path):
    done = subprocess.run(
        [sys.executable, str(CONTAINER / "serve.py"), str(tmp_path / "none"), "0"],
        check=False,
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert done.returncode == 1
    assert done.stderr == f"没有文件夹 {tmp_path / 'none'}：先构建站点\n"


def test_a_silent_visitor_is_not_waited_for_without_end():
    served = runpy.run_path(str(CONTAINER / "serve.py"))
    assert 0 < served["Handler"].timeout <= 60
