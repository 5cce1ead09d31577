"""发布用的文件：工作流只有最少的权限、动作按哈希固定、会话都在；容器里的服务器真的能用。

工作流里的脚本由 bash 真的运行，要用的命令（nox、gh）换成记下参数的。
"""

import json
import os
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

from kerasguide import cache
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


def load(stem):
    return parse(ROOT / ".github" / "workflows" / f"{stem}.yml")


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def commands(job):
    """一个作业里全部的命令。"""
    return "\n".join(step.get("run", "") for step in job["steps"])


def actions(job):
    """一个作业用到的动作，不写版本。"""
    return [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step]


def the_step(job, words):
    """一个作业里唯一的一步，它的命令里有这几个词。"""
    (found,) = (step for step in job["steps"] if words in step.get("run", ""))
    return found


def run_script(step, folder, **environment):
    """像 GitHub 那样运行一步的脚本。"""
    strict = ("--noprofile", "--norc", "-eo", "pipefail")
    options = strict if step.get("shell") == "bash" else ("-e",)
    return subprocess.run(
        ["bash", *options, "-c", step["run"]],
        cwd=folder,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )


def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


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
    assert [path.stem for path in WORKFLOWS] == ["release", "site", "tests", "weekly"]


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
    allowed = {
        "site": {("publish", "pages"), ("publish", "id-token")},
        "release": {("publish", "contents")},
    }
    assert writes == allowed.get(path.stem, set())
    # 有写权限的作业不运行仓库里的代码，也不装别人的包
    for job in {job for job, _ in writes}:
        content = workflow["jobs"][job]
        assert "actions/checkout" not in actions(content)
        assert not re.search(r"noxfile|pip |python", commands(content))
    assert "pull_request_target" not in workflow["on"]
    assert "secrets" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_jobs_end_and_leave_no_credentials(path):
    workflow = parse(path)
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
            assert set(step["with"]) <= {"persist-credentials", "fetch-depth"}
        # 表达式不写进命令：它的值会当作命令执行
        assert "${{" not in step.get("run", "")
    assert "continue-on-error" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_every_script_is_bash(path):
    for step in steps(parse(path)):
        command = ["bash", "-n", "-c", step.get("run", "")]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def environments(workflow):
    """各处设的环境变量：``(名字, 值, 看得到它的命令)``。"""
    whole = "\n".join(commands(job) for job in workflow["jobs"].values())
    places = [(workflow, whole)]
    for job in workflow["jobs"].values():
        places.append((job, commands(job)))
        places += [(step, step.get("run", "")) for step in job["steps"]]
    for place, seen in places:
        for key, value in place.get("env", {}).items():
            yield key, value, seen


@pytest.mark.parametrize("path", WORKFLOWS, ids=name)
def test_every_environment_variable_is_read(path):
    files = [
        ROOT / "noxfile.py",
        ROOT / "docs" / "conf.py",
        ROOT / "tests" / "rounds.py",
    ]
    files += (ROOT / "kerasguide").rglob("*.py")
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    for key, value, seen in environments(parse(path)):
        if key.startswith("KERAS"):
            assert re.search(rf'environ(\.get\(|\[)"{key}"', code), key
        elif key.startswith("GH_"):
            assert re.search(r"^gh ", seen, re.MULTILINE), key
        else:
            assert f'"${key}"' in seen, key
        if key == "KERASGUIDE_DATA":
            assert value in cache.SOURCES


@pytest.mark.parametrize("session", sorted(set(sessions_used())))
def test_every_session_that_is_run_exists(session, sessions):
    assert session in sessions


def test_each_push_runs_the_readmes_command():
    workflow = load("tests")
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
    # 它太慢，不在那条命令里；但是不能等到每周一次
    assert "python3 noxfile.py -s coverage" in {step.get("run") for step in asks}


def test_each_push_runs_every_python_and_backend():
    workflow = load("tests")
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
    workflow = load("weekly")
    assert {"schedule", "workflow_dispatch"} == set(workflow["on"])
    newest = workflow["jobs"]["newest"]
    runs = [step for step in newest["steps"] if "noxfile.py" in step.get("run", "")]
    assert runs
    for step in runs:
        assert step["env"]["KERASGUIDE_NEWEST"] == "1"
        assert step["shell"] == "bash"  # 没有 pipefail，tee 会盖住失败
    # 别处用固定的版本
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    assert text.count("KERASGUIDE_NEWEST") == len(runs)
    assert not any("gh " in step.get("run", "") for step in steps(workflow))


@pytest.mark.parametrize("stem", ["weekly", "release"])
def test_each_week_and_each_release_run_everything(stem):
    jobs = load(stem)["jobs"]
    (job,) = (job for job in jobs.values() if "-s everything" in commands(job))
    # 就是这一句，后面没有什么盖住它的失败
    assert the_step(job, "noxfile.py")["run"] == "python3 noxfile.py -s everything"
    assert job.get("if") is None and "strategy" not in job
    assert not any("if" in step for step in job["steps"])


def test_chinese_fonts_are_there_where_a_browser_runs():
    needed = re.compile(r"noxfile\.py($| -s (everything|browser|book)\b)", re.MULTILINE)
    for path in WORKFLOWS:
        for job in parse(path)["jobs"].values():
            if found := needed.search(commands(job)):
                assert 0 <= commands(job).find("fonts-noto-cjk") < found.start()


# 给读者的：在工作流里的哪个作业，哪个会话
FOR_READERS = [("site", "build", "docs"), ("weekly", "real", "docs")]
FOR_READERS += [("release", "book", "book")]


def test_all_that_is_for_readers_is_known():
    built = {
        (path.stem, name, session)
        for path in WORKFLOWS
        for name, job in parse(path)["jobs"].items()
        for session in _SESSION.findall(commands(job))
        if session in ("docs", "book")
    }
    assert built == set(FOR_READERS)


@pytest.mark.parametrize(("stem", "name", "session"), FOR_READERS)
def test_readers_get_the_real_data(stem, name, session, tmp_path):
    """真数据在构建之前取来；取不来就停下，不改用内置的。"""
    job = load(stem)["jobs"][name]
    fetching = the_step(job, "--install-only")
    building = [
        step
        for step in job["steps"]
        if step.get("run") == f"python3 noxfile.py -s {session}"
    ]
    (building,) = building
    assert job["steps"].index(fetching) < job["steps"].index(building)
    # 构建也看得到它：另外的设置不能盖过作业的
    assert "KERASGUIDE_DATA" not in building.get("env", {})

    python = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" "$@"'
    write_program(tmp_path / ".nox" / session / "bin" / "python", python)
    write_program(tmp_path / "bin" / "python3", 'echo "$@" > asked')
    where = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "KERAS_HOME": str(tmp_path / "keras"),
        "KERASGUIDE_MIRROR": "http://127.0.0.1:9",
    }
    done = run_script(fetching, tmp_path, **where, **job["env"])
    asked = (tmp_path / "asked").read_text(encoding="utf-8").strip()
    assert asked == f"noxfile.py -s {session} --install-only"
    assert done.returncode != 0
    assert "MNIST：下载失败" in done.stderr
    # 有数据的时候，两种都取
    embedded = {**job["env"], "KERASGUIDE_DATA": "embedded"}
    done = run_script(fetching, tmp_path, **where, **embedded)
    assert done.returncode == 0
    assert re.findall(r"^([\w-]+)：", done.stdout, re.MULTILINE) == [
        "MNIST",
        "CIFAR-10",
    ]


def test_the_data_is_kept_between_runs():
    """几个工作流共用一份；没有它，放数据的主机坏一天就发布不了。"""
    kept = []
    for stem, name, _ in FOR_READERS:
        job = load(stem)["jobs"][name]
        (step,) = (
            step
            for step in job["steps"]
            if step.get("uses", "").startswith("actions/cache@")
        )
        kept.append(step["with"])
        assert job["steps"].index(step) < job["steps"].index(
            the_step(job, "--install-only")
        )
    assert kept == [kept[0]] * len(kept)
    names = [one.cache_name for one in (cache.MNIST, cache.CIFAR10)]
    assert kept[0]["path"].split() == [f"~/.keras/datasets/{name}" for name in names]
    (source,) = re.findall(r"hashFiles\('(.*?)'\)", kept[0]["key"])
    assert (ROOT / source).is_file()
    assert kept[0]["key"].startswith(kept[0]["restore-keys"])


@pytest.mark.parametrize(
    ("records", "accepted"),
    [
        ([{"MNIST": "real"}, {"CIFAR-10": "real"}, {}], True),
        ([{"MNIST": "real"}, {"CIFAR-10": "real"}, {"MNIST": "embedded"}], False),
        ([{"MNIST": "real"}, {"CIFAR-10": "embedded"}], False),
        ([{"MNIST": "real"}, {}], False),
        ([], False),
    ],
)
def test_each_week_the_records_say_real(records, accepted, tmp_path):
    steps = load("weekly")["jobs"]["real"]["steps"]
    assert [step.get("run") for step in steps].index("python3 noxfile.py -s docs") == (
        len(steps) - 2
    )
    folder = tmp_path / ".nox" / "build" / "docs" / "gallery" / "basics"
    folder.mkdir(parents=True)
    for number, data in enumerate(records):
        text = json.dumps({"made": {"data": data}}, indent=1)
        (folder / f"{number}.run.json").write_text(text, encoding="utf-8")
    summary = tmp_path / "summary"
    done = run_script(steps[-1], tmp_path, GITHUB_STEP_SUMMARY=str(summary))
    assert (done.returncode == 0) is accepted
    assert ("::error::" in done.stdout) is not accepted
    assert ('"MNIST": "real"' in summary.read_text(encoding="utf-8")) is bool(records)


def test_a_release_is_made_only_after_everything():
    workflow = load("release")
    assert workflow["on"] == {"push": {"tags": ["v*"]}, "workflow_dispatch": None}
    jobs = workflow["jobs"]
    assert set(jobs) == {"version", "everything", "book", "publish"}
    assert set(jobs["publish"]["needs"]) == {"version", "everything", "book"}
    assert jobs["everything"]["needs"] == jobs["book"]["needs"] == "version"
    assert "needs" not in jobs["version"]
    # 写成别的条件（always 之类），前面失败了也会发布
    assert jobs["publish"]["if"] == "github.ref_type == 'tag'"
    assert not any("if" in step for step in steps(workflow))
    publishing = [name for name, job in jobs.items() if "gh " in commands(job)]
    assert publishing == ["publish"]


def test_the_book_is_what_is_published(tmp_path):
    jobs = load("release")["jobs"]
    assert actions(jobs["publish"]) == ["actions/download-artifact"]
    download, release = jobs["publish"]["steps"]
    upload = jobs["book"]["steps"][-1]
    assert upload["uses"].startswith("actions/upload-artifact@")
    assert upload["with"]["name"] == download["with"]["name"]
    assert upload["with"]["path"] == "docs/_build/book"
    assert upload["with"]["if-no-files-found"] == "error"
    code = (ROOT / "kerasguide" / "site" / "build.py").read_text(encoding="utf-8")
    assert '"docs" / "_build" / "book"' in code

    files = ["kerasguide-html.zip", "kerasguide.epub", "kerasguide.pdf"]
    folder = tmp_path / download["with"]["path"]
    folder.mkdir()
    for file in files:
        (folder / file).write_bytes(b"")
    write_program(tmp_path / "bin" / "gh", 'printf "%s\\n" "$@" > asked')
    done = run_script(
        release,
        tmp_path,
        PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        GITHUB_REF_NAME="v1.2.3",
        NOTES="- 一条 `命令` $HOME",
    )
    assert done.returncode == 0
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert asked[:4] == ["release", "create", "v1.2.3", "--verify-tag"]
    assert asked[asked.index("--title") + 1] == "Keras 3 中文指南 1.2.3"
    assert asked[asked.index("--notes") + 1] == "- 一条 `命令` $HOME"
    assert asked[-3:] == [f"book/{file}" for file in files]
    assert release["env"]["NOTES"] == "${{ needs.version.outputs.notes }}"


CHANGELOG = """# 更新记录

## 1.10.0（未发布）

- 还没有的。

## 1.1.0（2026-01-02）

- 一样。

- 又一样。

## 1.1（2025-01-02）

- 以前的。
"""


def check_version(folder, ref, version, changelog=CHANGELOG):
    """运行发布的第一个作业；返回说明，或者报错。"""
    job = load("release")["jobs"]["version"]
    assert job["outputs"] == {"notes": "${{ steps.version.outputs.notes }}"}
    step = job["steps"][-1]
    assert step["id"] == "version"
    folder.joinpath("kerasguide").mkdir()
    text = f'"""说明。"""\n\n__version__ = "{version}"\n'
    folder.joinpath("kerasguide", "__init__.py").write_text(text, encoding="utf-8")
    folder.joinpath("CHANGELOG.md").write_text(changelog, encoding="utf-8")
    kind, _, name = ref.partition(":")
    output = folder / "output"
    done = run_script(
        step,
        folder,
        GITHUB_REF_TYPE=kind,
        GITHUB_REF_NAME=name,
        GITHUB_OUTPUT=str(output),
    )
    if done.returncode:
        assert not output.exists()
        (error,) = re.findall(r"^::error::(.*)$", done.stdout, re.MULTILINE)
        return error
    first, *notes, last = output.read_text(encoding="utf-8").splitlines()
    assert first == f"notes<<{last}"
    return "\n".join(notes).strip()


@pytest.mark.parametrize(
    ("ref", "version", "said"),
    [
        ("tag:v1.1.0", "1.1.0", "- 一样。\n\n- 又一样。"),
        ("tag:v1.1", "1.1", "- 以前的。"),
        ("branch:main", "1.10.0", "- 还没有的。"),
    ],
)
def test_the_notes_are_the_versions_section(ref, version, said, tmp_path):
    assert check_version(tmp_path, ref, version) == said


@pytest.mark.parametrize(
    ("ref", "version", "said"),
    [
        (
            "tag:v1.1.0",
            "1.1.1",
            "标签是 v1.1.0，kerasguide/__init__.py 里的版本是 1.1.1",
        ),
        ("tag:1.1.0", "1.1.0", "标签是 1.1.0，kerasguide/__init__.py 里的版本是 1.1.0"),
        ("tag:v1.10.0", "1.10.0", "CHANGELOG.md 里 1.10.0 还写着未发布"),
        ("tag:v2.0", "2.0", "CHANGELOG.md 里没有 2.0 这一节"),
        ("branch:main", "1.1.1", "CHANGELOG.md 里没有 1.1.1 这一节"),
    ],
)
def test_a_wrong_version_stops_the_release_first(ref, version, said, tmp_path):
    assert check_version(tmp_path, ref, version).startswith(said)


def test_this_version_has_its_notes(tmp_path):
    from kerasguide import __version__

    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pyproject["tool"]["hatch"]["version"]["path"] == "kerasguide/__init__.py"
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    notes = check_version(tmp_path, "branch:main", __version__, changelog)
    assert notes.startswith("- ")
    assert "\n## " not in notes


def test_the_results_are_kept_where_the_build_keeps_them():
    workflow = load("site")
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
