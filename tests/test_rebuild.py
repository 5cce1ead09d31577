"""改了什么就重写什么，结果与从头构建相同；有警告的、没有完成的，下次还说得出来。"""

import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from kerasguide.site.write import rebuild
from tests.conftest import EXAMPLE, PAGE, ROOT, titled, write

SECOND = titled(EXAMPLE, "The second").replace('"hello"', '"second"')
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


def test_another_name_in_a_toctree_rewrites_them_all(build, text, tmp_path):
    (tmp_path / "docs").mkdir()
    write(tmp_path / "docs" / "further.md", "# 再一页\n")
    guide = "# 另一页\n\n```{{toctree}}\n{} <further>\n```\n"
    everything = build(guide=guide.format("那一页"))
    assert build(guide=guide.format("换个叫法")) == everything
    assert "换个叫法" in text()["gallery/chapter/other.html"]


def test_an_example_that_changed_rewrites_the_pages_that_show_it(build, text):
    build()
    written = build(other=SECOND.replace('"second"', '"third"'))
    assert {"index", "gallery/chapter/other"} <= written
    assert "gallery/chapter/topic" not in written
    assert "third" in text()["index.html"]


TERMS = '[[term]]\nzh = "术语"\nen = "term"\nmeaning = "{}。"\npage = "index"\n'
MODULE = "# 模块\n\n```{eval-rst}\n.. py:module:: shown\n\n.. py:function:: f()\n```\n"
EQUATIONS = "# 公式\n\n$$\na = b\n$$ (first)\n\n$$\nc = d\n$$ (second)\n"
PICTURE = "\n![图](picture.png)\n\n{download}`文件 <data.csv>`\n"


class Sources:
    """一个小站点的源文件，和改它们的办法。"""

    def __init__(self, docs):
        self.docs = docs
        (docs / "deep" / "er").mkdir(parents=True)
        (docs / "_static").mkdir()
        for name in ("guide", "second", "deep/er/page"):
            self.write(f"{name}.md", f"# {name} 页\n\n正文，讲{name}。\n")
        self.write("glossary.toml", TERMS.format("意思"))
        self.write("_static/extra.css", "a { color: red }")
        self.write("module.md", MODULE)
        self.write("data.csv", "1,2\n")
        shutil.copy(ROOT / "docs" / "thumbnail.png", docs / "picture.png")
        self.write("pictured.md", "# 有图的\n" + PICTURE)
        (docs / "apart").mkdir()
        self.write("apart/pictured.md", "# 有图的另一页\n" + PICTURE)
        for name in ("picture.png", "data.csv"):
            shutil.copy(docs / name, docs / "apart")
        self.write("defines.md", EQUATIONS)
        self.write("refers.md", "# 用到公式的\n\n见{eq}`second`。\n")
        self.example = EXAMPLE
        self.numbered = ":numbered:\n"

    def write(self, name, text):
        (self.docs / name).write_text(text, encoding="utf-8")

    def edit(self, name, old, new):
        text = (self.docs / name).read_text("utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def remove(self, *names):
        for name in names:
            (self.docs / name).unlink()

    def page(self):
        """首页：它的目录里有每一页。"""
        names = sorted(
            path.relative_to(self.docs).with_suffix("").as_posix()
            for path in self.docs.rglob("*.md")
            if path.stem != "index" and "gallery" not in path.parts
        )
        listed = "\n".join(names)
        return f"{PAGES}\n```{{toctree}}\n{self.numbered}{listed}\n```\n"


def rename_while_the_glossary_changes(sources, environment):
    (sources.docs / "guide.md").rename(sources.docs / "renamed.md")
    sources.write("glossary.toml", TERMS.format("别的意思"))


def rename_alone(sources, environment):
    (sources.docs / "guide.md").rename(sources.docs / "renamed.md")


def add_a_page(sources, environment):
    sources.write("added.md", "# 新的一页\n\n正文。\n")


def delete_a_page_and_a_style(sources, environment):
    sources.remove("deep/er/page.md", "_static/extra.css")


def delete_the_last_page_of_a_folder(sources, environment):
    sources.remove("deep/er/page.md")


def delete_the_module(sources, environment):
    sources.remove("module.md")


def edit_the_module_away(sources, environment):
    sources.write("module.md", "# 模块\n\n没有了。\n")


def take_the_picture_away(sources, environment):
    sources.write("pictured.md", "# 有图的\n\n没有了。\n")
    sources.remove("picture.png", "data.csv")


def another_picture_of_the_same_name(sources, environment):
    sources.write("deep/er/page.md", "# 深\n\n![图](picture.png)\n")
    shutil.copy(ROOT / "docs" / "thumbnail.png", sources.docs / "deep" / "er")
    (sources.docs / "deep/er/thumbnail.png").rename(
        sources.docs / "deep/er/picture.png"
    )


def no_address_any_more(sources, environment):
    environment.delenv("KERASGUIDE_BASEURL")


def another_output(sources, environment):
    sources.example = EXAMPLE.replace('"hello"', '"good bye"')


def other_words(sources, environment):
    sources.edit("guide.md", "正文", "换了些从来没有出现过的字")


def another_title(sources, environment):
    sources.edit("second.md", "second 页", "另一个标题")


def a_label_moves(sources, environment):
    sources.edit("guide.md", "正文", "(spot)=\n\n## 一节\n\n正文")
    sources.edit("second.md", "正文", "见[那里](#spot)，正文")


def one_of_two_pictures_goes(sources, environment):
    sources.write("apart/pictured.md", "# 有图的另一页\n\n没有图了。\n")


def an_equation_goes(sources, environment):
    sources.edit("defines.md", "$$\na = b\n$$ (first)\n", "")


def no_numbers_any_more(sources, environment):
    sources.numbered = ""


@pytest.mark.parametrize(
    "edit",
    [
        one_of_two_pictures_goes,
        an_equation_goes,
        no_numbers_any_more,
        rename_while_the_glossary_changes,
        rename_alone,
        add_a_page,
        delete_a_page_and_a_style,
        delete_the_last_page_of_a_folder,
        delete_the_module,
        edit_the_module_away,
        take_the_picture_away,
        another_picture_of_the_same_name,
        no_address_any_more,
        another_output,
        other_words,
        another_title,
        a_label_moves,
    ],
)
def test_what_is_published_is_what_a_fresh_build_gives(
    tiny, tmp_path, monkeypatch, edit
):
    """不只看页面：发布的文件夹里的每一个文件，名字和内容。"""
    monkeypatch.setenv("KERASGUIDE_BASEURL", "https://example.test/keras/")
    (tmp_path / "docs").mkdir()
    sources = Sources(tmp_path / "docs")
    html = tmp_path / "_build" / "html"

    def publish():
        more = {"other": SECOND}
        site = tiny(sources.page(), sources.example, more, freshenv=False)
        assert site.log == ""
        return {
            path.relative_to(html).as_posix(): path.read_bytes()
            for path in html.rglob("*")
            if path.is_file() and path.name != ".buildinfo"
        }, {path.relative_to(html).as_posix() for path in html.rglob("*/")}

    publish()
    edit(sources, monkeypatch)
    edited, edited_folders = publish()
    shutil.rmtree(tmp_path / "_build")
    fresh, fresh_folders = publish()
    assert edited.keys() == fresh.keys()
    assert edited_folders == fresh_folders
    assert [name for name in fresh if edited[name] != fresh[name]] == []


def test_a_clock_that_steps_back_hides_no_edit(build, text, monkeypatch):
    clock = time.time_ns
    with monkeypatch.context() as later:
        later.setattr("time.time_ns", lambda: clock() + 3600 * 10**9)
        build()
    build(guide="# 另一页\n\n改了正文。\n", other=SECOND.replace('"second"', '"third"'))
    assert "改了正文" in text()["guide.html"]
    assert "third" in text()["index.html"]


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
            f"---\norphan: true\n---\n\n# 第 {number} 页\n", "utf-8"
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
