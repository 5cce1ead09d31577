"""改了什么就重写什么，结果与从头构建相同；有警告的、没有完成的，下次还说得出来。"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from kerasguide.site.write import rebuild
from tests.conftest import EXAMPLE, PAGE, write

SECOND = EXAMPLE.replace('"hello"', '"second"')
PAGES = PAGE + "\n```{cell} chapter/other hello\n```\n"


@pytest.fixture
def build(tiny, tmp_path):
    """不从头来的构建；返回这次写了哪些页面。``guide`` 是首页之外的一页。"""
    html = tmp_path / "_build" / "html"

    def build(page=PAGES, guide="# 另一页\n\n正文。\n", other=SECOND, **options):
        before = {path: path.stat().st_mtime_ns for path in html.rglob("*.html")}
        (tmp_path / "docs").mkdir(exist_ok=True)
        write(tmp_path / "docs" / "guide.md", guide)
        more = {} if other is None else {"other": other}
        page += "\n```{toctree}\nguide\n```\n"
        site = tiny(page, more_examples=more, freshenv=False, **options)
        assert site.log == ""
        return {
            path.relative_to(html).with_suffix("").as_posix()
            for path in html.rglob("*.html")
            if before.get(path) != path.stat().st_mtime_ns
        } - {"search", "genindex", "404"}

    return build


@pytest.fixture
def text(tmp_path):
    """发布的文件夹里所有的文字，按文件。"""

    def text():
        html = tmp_path / "_build" / "html"
        return {
            path.relative_to(html).as_posix(): path.read_text("utf-8")
            for path in html.rglob("*")
            if path.suffix in (".html", ".js") and path.is_file()
        }

    return text


def test_an_edited_page_is_written_alone(build):
    assert {"index", "guide"} <= build()
    # 目录里有它的页面也写：Sphinx 总是这样
    assert build(guide="# 另一页\n\n改了正文。\n") == {"guide", "index"}


def test_nothing_edited_writes_nothing(build):
    build()
    assert build() == set()


@pytest.mark.parametrize(
    "guide",
    [
        "# 换了标题\n\n正文。\n",
        "# 另`一`页\n\n正文。\n",
        "# 另一页\n\n正文。\n\n## 新的一节\n\n一句话。\n",
    ],
)
def test_what_other_pages_can_see_rewrites_them_all(build, guide):
    everything = build()
    assert build(guide=guide) == everything


def test_another_name_in_a_toctree_rewrites_them_all(build, text):
    guide = "# 另一页\n\n```{{toctree}}\n{} <gallery/chapter/topic>\n```\n"
    everything = build(guide=guide.format("例子"))
    assert build(guide=guide.format("换个叫法")) == everything
    assert "换个叫法" in text()["gallery/chapter/other.html"]


def test_an_example_that_changed_rewrites_the_pages_that_show_it(build, text):
    build()
    written = build(other=SECOND.replace('"second"', '"third"'))
    assert {"index", "gallery/chapter/other"} <= written
    assert "gallery/chapter/topic" not in written
    assert "third" in text()["index.html"]


def index(text):
    """搜索的索引；Sphinx 从索引里去掉一页时，留下没有页面的词，它们不算。"""
    text = text["searchindex.js"].removeprefix("Search.setIndex(").removesuffix(")")
    entries = json.loads(text)
    for kind in ("terms", "titleterms"):
        entries[kind] = {word: at for word, at in entries[kind].items() if at != []}
    return entries


def test_edits_give_what_a_fresh_build_gives(build, text, tmp_path):
    build()
    changed = {"guide": "# 换了标题\n\n见[首页](index.md)。\n", "other": None}
    (tmp_path / "examples" / "chapter" / "other.py").unlink()
    build(page=PAGE, **changed)
    edited = text()
    for folder in ("_build", "docs/gallery"):
        shutil.rmtree(tmp_path / folder)
    build(page=PAGE, **changed)
    fresh = text()
    assert edited.keys() == fresh.keys()
    assert edited["guide.html"] == fresh["guide.html"]
    assert index(edited) == index(fresh)


def test_a_deleted_example_and_page_leave_nothing(build, text, tmp_path):
    drawing = SECOND + (
        "\nimport matplotlib\n\nmatplotlib.use('agg')\n"
        "import matplotlib.pyplot as plt\n\nplt.plot([1, 2])\n"
    )
    page = PAGES.replace("other hello\n", "other hello\n:alt: 一条线\n")
    build(page=page, other=drawing)
    html = tmp_path / "_build" / "html"
    assert any("other" in path.name for path in html.rglob("*"))
    (tmp_path / "examples" / "chapter" / "other.py").unlink()
    build(page=PAGE, other=None)
    assert [path for path in html.rglob("*") if "other" in path.name] == []
    assert "chapter/other" not in text()["searchindex.js"]


def sphinx(project, *options):
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going", *options]
    command += [str(project), str(project.parent / "html")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def add_extension(project, name, code):
    """给小站点加一个扩展；返回原来的 ``conf.py``。"""
    (project / f"{name}.py").write_text(code, "utf-8")
    conf = project / "conf.py"
    settings = conf.read_text("utf-8")
    more = settings.replace('"kerasguide.site",', f'"kerasguide.site", "{name}",')
    conf.write_text(f"import sys\n\nsys.path.append({str(project)!r})\n{more}", "utf-8")
    return settings


@pytest.fixture
def project(tiny, tmp_path):
    """一个建好的小站点的源文件夹，它的例子不必再运行。"""
    assert tiny().log == ""
    (tmp_path / "docs" / "guide.md").write_text("# 另一页\n\n正文。\n", "utf-8")
    index = tmp_path / "docs" / "index.md"
    index.write_text(
        index.read_text("utf-8") + "\n```{toctree}\nguide\n```\n", encoding="utf-8"
    )
    assert sphinx(tmp_path / "docs")[0] == 0
    return tmp_path / "docs"


def test_a_warning_is_said_again_until_it_is_mended(project):
    guide = project / "guide.md"
    guide.write_text("# 另一页\n\n[断了](nowhere.md)\n", "utf-8")
    for _ in range(2):
        returncode, log = sphinx(project)
        assert returncode == 1
        assert "nowhere.md" in log
    guide.write_text("# 另一页\n\n正文。\n", "utf-8")
    assert sphinx(project)[0] == 0
    assert "0 added, 0 changed, 0 removed" in sphinx(project)[1]


def test_killed_before_the_pages_are_written(project):
    """Sphinx 存下读过的页面之后、写 HTML 之前被杀：下次都要写。"""
    (project / "guide.md").write_text("# 另一页\n\n改了正文。\n", "utf-8")
    kill = "import os\n\n\ndef setup(app):\n"
    kill += "    app.connect('env-check-consistency', lambda *_: os._exit(9))\n"
    settings = add_extension(project, "kill", kill)
    assert sphinx(project)[0] == 9
    # 源文件的时间不比写过的 HTML 新：只看时间的话，会以为它不必写
    html = project.parent / "html" / "guide.html"
    os.utime(html)
    (project / "conf.py").write_text(settings, "utf-8")
    (project / "kill.py").unlink()
    assert sphinx(project)[0] == 0
    assert "改了正文" in html.read_text("utf-8")


_PIDS = """
import os


def setup(app):
    for event in ("builder-inited", "source-read", "html-page-context"):
        app.connect(event, lambda *_: print("process", os.getpid(), flush=True))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
"""


def test_few_pages_are_not_worth_another_process(project):
    add_extension(project, "pids", _PIDS)
    for number in range(6):
        (project / f"page{number}.md").write_text(
            "---\norphan: true\n---\n\n# 一页\n", "utf-8"
        )

    def processes():
        returncode, log = sphinx(project, "-j", "2")
        assert returncode == 0, log
        return len(set(re.findall(r"process \d+", log)))

    assert processes() > 1
    guide = project / "guide.md"
    guide.write_text("# 另一页\n\n改了正文。\n", "utf-8")
    assert processes() == 1
    # 读的还是一页，写的却是全部
    guide.write_text("# 换了标题\n\n改了正文。\n", "utf-8")
    assert processes() > 1


@pytest.mark.parametrize("name", ["conf.py", "glossary.toml", "_static/icon.svg"])
def test_anything_else_that_changed_means_from_scratch(tmp_path, name):
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("first")
    (tmp_path / "page.md").write_text("page")
    before = rebuild.version(tmp_path)
    (tmp_path / "page.md").write_text("another page")
    assert rebuild.version(tmp_path) == before
    file.write_text("second")
    assert rebuild.version(tmp_path) != before


def test_pages_read_by_another_version_are_read_again(project):
    pickle = next(project.parent.rglob("environment.pickle"))
    for damaged in (b"", b"another version", pickle.read_bytes()[:1000]):
        for path in project.parent.rglob("environment.pickle"):
            path.write_bytes(damaged)
        assert sphinx(project)[0] == 0
