"""发布用的文件：工作流只有最少的权限、动作按哈希固定、会话都在；容器里的服务器真的能用。"""

import json
import re
import subprocess
import sys
import tomllib
import urllib.error
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


def test_each_push_runs_every_default_session():
    workflow = parse(ROOT / ".github" / "workflows" / "tests.yml")
    assert {"push", "pull_request"} <= set(workflow["on"])
    values = set(matrices(workflow))
    tested = {one for key, one in values if key == "session"}
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(pyproject)["project"]
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    default = json.loads(
        re.search(r"options\.sessions = (\[.*?\])", text, re.DOTALL)[1]
    )
    assert tested == set(default)
    assert {one for key, one in values if key == "backend"} == {
        "tensorflow",
        "jax",
        "torch",
    }
    oldest = project["requires-python"].removeprefix(">=")
    assert min(one for key, one in values if key == "python") == oldest


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
    assert '".nox" / "build"' in (ROOT / "noxfile.py").read_text(encoding="utf-8")


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
    (site / "404.html").write_text("<p>没有这一页</p>", encoding="utf-8")
    text = (CONTAINER / "Containerfile").read_text(encoding="utf-8")
    command = json.loads(re.search(r"^CMD (.*)$", text, re.MULTILINE)[1])
    assert command == ["python3", "/serve.py", "/site"]
    server = subprocess.Popen(
        [sys.executable, str(CONTAINER / "serve.py"), str(site), "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield re.search(r"http://\S+", server.stdout.readline())[0]
    server.terminate()
    assert server.wait(10) == 0  # 说停就停，不等容器来杀


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
