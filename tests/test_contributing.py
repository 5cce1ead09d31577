"""``docs/contributing.md`` 教人写的脚本和页面，照原样加进真的站点，能建成。"""

import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT, Site

TEXT = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
FILE = re.compile(
    r"^(?P<fence>`{3,})\{code-block\} \w+\n:caption: (?P<path>\S+)\n\n"
    r"(?P<code>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)


def shown_files():
    """这一页给出的文件；分几段给出的，合在一起。"""
    files = {}
    for match in FILE.finditer(TEXT):
        before = files.get(match["path"])
        files[match["path"]] = f"{before}\n{match['code']}" if before else match["code"]
    return files


@pytest.fixture(scope="module")
def lesson(site, tmp_path_factory):
    """真的站点，加上这一页教的一课；别的例子用 ``site`` 已有的结果。"""
    project = tmp_path_factory.mktemp("project")
    for name in ("docs", "examples"):
        shutil.copytree(site.source.parent / name, project / name)
    for path, text in shown_files().items():
        file = project / path
        if file.exists():  # 目录里加一行，接在最后一行之后
            before, end = file.read_text("utf-8").rsplit("```", 1)
            file.write_text(f"{before}{text}```{end}", encoding="utf-8")
        else:
            file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going"]
    command += [str(project / "docs"), str(project / "html")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "要运行 3 个例子" in done.stdout
    return Site(project / "docs", project / "html")


def test_a_lesson_is_three_files_and_a_line():
    """页面、例子、练习；旧笔记的那一份脚本，只有讲旧笔记时才要。"""
    assert list(shown_files()) == [
        "examples/basics/neuron.py",
        "docs/guide/basics/neuron.md",
        "docs/guide/basics/index.md",
        "examples/basics/neuron_exercises.py",
        "examples/note/neuron_2020.py",
        "docs/guide/note/neuron.md",
        "docs/guide/note/index.md",
    ]
    # 说了有的例子，别的地方没有
    assert not (ROOT / "examples" / "basics" / "neuron.py").exists()


def test_what_it_shows_is_built_as_it_stands(lesson):
    page = lesson.page("guide/basics/neuron")
    assert page.h1.get_text().startswith("一个神经元有几个参数")
    text = page.get_text(" ", strip=True)
    assert re.search(r"一共\s+5\s+个参数，输入有\s+4\s+个", text)
    assert "received input with shape (1, 3)" in text
    assert page.select_one(".mistake")
    assert page.select_one(".exercise .exercise-field")
    assert "Total params" in page.select_one(".widget .widget-still").get_text()
    assert page.select_one("svg")
    mark = page.select_one("a.claim")
    assert "偏置" in page.select_one(mark["href"]).get_text()
    note = lesson.page("guide/note/neuron")
    text = note.get_text(" ", strip=True)
    assert "UserWarning: Do not pass an `input_shape`" in text
    assert "site-packages" not in text
    assert note.select_one(".erratum")
    assert len(note.select(".sd-tab-set > label")) == 2
    index = lesson.page("guide/basics/index")
    assert index.select_one('a[href="neuron.html"]')


def test_every_directive_and_role_that_it_names_is_shown():
    """说到的指令和角色，上面建过的页面里都有；别的不会有人替它们试。"""
    built = "".join(shown_files().values())
    prose = FILE.sub("", TEXT)
    named = set(re.findall(r"`\{([\w-]+)\}`", prose))
    assert {"cell", "fact", "claim", "doctest"} <= named
    for name in named:
        assert f"{{{name}}}" in built, name


def test_the_paths_that_it_names_exist():
    named = set(re.findall(r"`((?:docs|kerasguide|tests)/[\w./]+)`", TEXT))
    named |= {
        f"kerasguide/site/{path}"
        for path in re.findall(
            r"`((?:base|run|show|check|write|report)/\w+\.py)`", TEXT
        )
    }
    assert len(named) > 20
    made = ("docs/gallery/", "docs/_build/", "docs/records/gpu")
    missing = [
        path
        for path in sorted(named)
        if not path.startswith(made) and not (ROOT / path).exists()
    ]
    assert missing == []


def test_every_session_is_in_the_table():
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    sessions = set(
        re.findall(r"^@nox\.session.*\n(?:def (\w+))", noxfile, re.MULTILINE)
    )
    sessions = {name.replace("docs_live", "docs-live") for name in sessions}
    table = set(re.findall(r"^\| `nox -s ([\w-]+)", TEXT, re.MULTILINE))
    assert sessions - table == {"checks", "report"}  # 由别的会话叫起
    assert table <= sessions
