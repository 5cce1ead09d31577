"""页面的骨架：走不到的课、没有替代文字的图片、跳级的标题、相同的标题，都让构建失败。"""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import EXAMPLE, PAGE

TOCTREE = "\n```{toctree}\n%s\n```\n"


@pytest.fixture
def build(tiny, tmp_path):
    """小站点，另有几页；返回本检查的每条警告：在哪里、说了什么。"""

    def build(pages=None, page=PAGE, example=EXAMPLE, **options):
        source = tmp_path / "docs"
        for name, text in {"x.svg": "<svg/>", **(pages or {})}.items():
            file = source / (name if "." in name else f"{name}.md")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        site = tiny(page, example, **options)
        return [
            line for line in site.log.splitlines() if "kerasguide.structure" in line
        ]

    return build


LISTED = PAGE + TOCTREE % "guide/part/index"
PART = {"guide/part/index": "# 一章\n" + TOCTREE % "lesson"}


def test_a_lesson_that_its_part_lists_is_reached(build):
    assert build({**PART, "guide/part/lesson": "# 一课\n"}, LISTED) == []


@pytest.mark.parametrize(
    "listed",
    [
        "# 一课\n",  # 在目录里，也不能写着 orphan
        "# 一课\n" + TOCTREE % "more",
    ],
)
def test_a_lesson_may_not_be_an_orphan(build, listed):
    orphan = "---\norphan: true\n---\n\n# 又一课\n"
    pages = {**PART, "guide/part/lesson": listed, "guide/part/more": orphan}
    (complaint,) = build(pages, LISTED)
    assert "docs/guide/part/more.md: " in complaint
    assert "orphan" in complaint


def test_other_pages_may_be_orphans(build):
    assert build({"other": "---\norphan: true\n---\n\n# 别的\n"}) == []


def test_a_lesson_only_an_unreachable_page_lists_is_not_reached(build):
    pages = {
        "other": "---\norphan: true\n---\n\n# 别的\n" + TOCTREE % "guide/lost",
        "guide/lost": "# 走丢了\n" + TOCTREE % "further",
        "guide/further": "# 走得更远\n",
    }
    further, lost = build(pages)
    assert "docs/guide/further.md: " in further
    assert "docs/guide/lost.md: " in lost
    assert "走不到" in lost


@pytest.mark.parametrize(
    ("page", "index", "entry"),
    [
        ("guide/part/lost", "guide/part/index", "lost"),
        ("guide/other/index", "index", "guide/other/index"),
        ("lost", "index", "lost"),
    ],
)
def test_a_page_in_no_toctree_is_told_where_to_be_listed(build, page, index, entry):
    (complaint,) = build({**PART, page: "# 走丢了\n"}, LISTED)
    assert f"docs/{page}.md: " in complaint
    assert f"在 {index}.md 的目录（toctree）里加一行 {entry}" in complaint


def test_a_lesson_that_is_only_included_is_not_reached(build):
    pages = {
        "guide/lost.rst": "走丢了\n======\n",
        "other.rst": ".. include:: guide/lost.rst\n",
    }
    (complaint,) = [
        line for line in build(pages, PAGE + TOCTREE % "other") if "走不到" in line
    ]
    assert "docs/guide/lost.rst: " in complaint


def test_two_toctrees_may_not_list_the_same_page(build):
    pages = {**PART, "guide/part/lesson": "# 一课\n"}
    both = LISTED + "\n一句话。\n" + TOCTREE % "guide/part/lesson"
    (complaint,) = build(pages, both)
    assert f"docs/index.md:{LISTED.count(chr(10)) + 4}: " in complaint
    assert "guide/part/lesson 已经在 guide/part/index 的目录里" in complaint


PICTURES_WITHOUT = [
    "![](x.svg)",
    "一段 ![ ](x.svg) 文字",
    "![……](x.svg)",
    "```{image} x.svg\n```",
    "```{image} x.svg\n:alt: \n```",
    "```{figure} x.svg\n题\n```",
    "```{eval-rst}\n.. image:: x.svg\n```",
    '<img src="x.svg">',
    '一段 <img src="x.svg" alt=" "> 文字',
    '<img src="x.svg" alt="">',
    '<img src="x.svg" role="presentation">',
    '<input type="image" src="x.svg">',
]

PICTURES_WITH = [
    "![图](x.svg)",
    "```{image} x.svg\n:alt: 图\n```",
    "```{figure} x.svg\n:alt: 图\n\n题\n```",
    '<img src="x.svg" alt="图">',
    '<img src="x.svg" alt="" role="presentation">',
    '<img src="x.svg" alt="" aria-hidden="true">',
    '<div aria-hidden="true"><img src="x.svg" alt=""></div>',
    '`<img src="x.svg">`',
    '<input type="text">',
]


def test_pictures_without_words_fail_with_their_lines(build):
    page, expected = PAGE, set()
    for picture in PICTURES_WITHOUT:
        page += f"\n{picture}\n"
        expected.add(page[: page.rindex("x.svg")].count("\n") + 1)
    complaints = build(page=page)
    found = {int(re.search(r"index\.md:(\d+)", line)[1]) for line in complaints}
    assert found == expected
    assert len(complaints) == len(PICTURES_WITHOUT)


def test_pictures_with_words_and_decorations_pass(build):
    assert build(page="\n\n".join((PAGE, *PICTURES_WITH))) == []


def test_pictures_in_the_text_of_an_example(build):
    picture = "# Say hello.\n#\n# .. image:: /x.svg\n#    :alt: %s"
    without = EXAMPLE.replace("# Say hello.", picture % "")
    (complaint,) = build(example=without)
    assert "docs/gallery/chapter/topic.rst:" in complaint
    assert build(example=EXAMPLE.replace("# Say hello.", picture % "x")) == []


def test_the_pictures_an_example_draws_are_left_to_cell(tiny):
    draw = "\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2])\n"
    log = tiny(example=EXAMPLE + draw).log
    assert log.count("WARNING") == 1
    assert "用 :alt: 写上替代文字" in log


IN_ORDER = [
    "# 一\n\n## 二\n\n### 三\n\n## 二二\n\n<h3>三</h3>\n",
    "# 一一\n\n:::{note}\n## 不算标题\n:::\n",
    "# 一一一\n\n```{rubric} 二\n:heading-level: 2\n```\n",
]

OUT_OF_ORDER = [
    ("# 甲\n\n# 又一\n", 3, "一级标题不止一个：“甲”和“又一”"),
    ("# 乙\n\n<h1>又一</h1>\n", 3, "一级标题不止一个：“乙”和“又一”"),
    ("# 丙\n\n<h3>三</h3>\n", 3, "标题“三”从 1 级跳到了 3 级"),
    ("# 丁\n\n```{rubric} 四\n:heading-level: 4\n```\n", 3, "“四”从 1 级跳到了 4 级"),
    ("# 戊\n\n## 二\n\n<div><h4>四</h4></div>\n", 5, "“四”从 2 级跳到了 4 级"),
]


def test_headings_in_order_pass(build):
    pages = {f"page{number}": text for number, text in enumerate(IN_ORDER)}
    assert build(pages, PAGE + TOCTREE % "\n".join(pages)) == []


def test_headings_out_of_order_fail_with_their_lines(build):
    pages = {f"page{number}": text for number, (text, _, _) in enumerate(OUT_OF_ORDER)}
    complaints = build(pages, PAGE + TOCTREE % "\n".join(pages))
    assert len(complaints) == len(OUT_OF_ORDER)
    for number, (_, line, said) in enumerate(OUT_OF_ORDER):
        (complaint,) = [one for one in complaints if f"page{number}.md:{line}: " in one]
        assert said in complaint


def test_headings_in_rest(build):
    pages = {"other.rst": "一一\n====\n\n二二\n----\n\n又一\n====\n"}
    (complaint,) = build(pages, PAGE + TOCTREE % "other")
    assert "docs/other.rst:8: WARNING: 一级标题不止一个" in complaint


def test_what_myst_and_sphinx_say_is_not_said_again(build, tiny):
    said = {"# 一\n\n### 三\n": "myst.header", "## 二\n": "myst.header"}
    said["文字。\n"] = "toc.no_title"
    pages = {f"page{number}": text for number, text in enumerate(said)}
    listed = PAGE + TOCTREE % "\n".join(pages)
    assert build(pages, listed) == []
    log = tiny(listed).log
    for page, kind in zip(pages, said.values(), strict=True):
        assert re.search(rf"\b{page}\b.*\[{kind}\]", log)


def test_a_page_without_a_title_in_no_toctree(build):
    (complaint,) = build({"other": "---\norphan: true\n---\n\n文字。\n"})
    assert "docs/other.md: WARNING: 这一页没有一级标题" in complaint


def test_two_pages_may_not_have_one_title(build):
    titles = ["一 课", "一课。", "一\N{IDEOGRAPHIC SPACE}课"]
    others = {f"page{number}": f"\n# {title}\n" for number, title in enumerate(titles)}
    pages = {**PART, "guide/part/lesson": "# 一课\n", **others}
    complaints = build(pages, LISTED + TOCTREE % "\n".join(others))
    assert len(complaints) == len(titles)
    for number, title in enumerate(titles):
        said = (
            f"page{number}.md:2: WARNING: 标题“{title}”与 guide/part/lesson.md 的相同"
        )
        assert any(said in line for line in complaints)


def test_titles_that_only_look_alike(build):
    pages = {**PART, "guide/part/lesson": "# 一章一课\n", "other": "# 一章：二\n"}
    assert build(pages, LISTED + TOCTREE % "other") == []


def test_two_examples_may_not_have_one_title(build):
    (complaint,) = build(more_examples={"other": EXAMPLE}, page=PAGES_OF_TWO)
    assert "docs/gallery/chapter/topic.rst:" in complaint
    assert "gallery/chapter/other.rst 的相同" in complaint


PAGES_OF_TWO = PAGE + "\n```{cell} chapter/other hello\n```\n"


def test_an_example_may_have_the_title_of_its_lesson(build):
    assert build(page=PAGE.replace("# Tiny", "# A tiny example")) == []


def test_it_is_said_again_until_it_is_mended_also_in_parallel(build, tmp_path):
    """同名的两页在不同的进程里读，改好以前每次都说，改好了就不再说。"""
    pages = {f"page{number}": f"# 第 {number} 页\n" for number in range(12)}
    listed = PAGE + TOCTREE % "\n".join(pages)
    assert build(pages, listed) == []
    last = tmp_path / "docs" / "page11.md"

    def sphinx():
        command = [sys.executable, "-m", "sphinx", "-n", "-W", "--keep-going"]
        command += ["-j", "2", str(tmp_path / "docs"), str(tmp_path / "html")]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return done.returncode, done.stderr

    assert sphinx() == (0, "")
    for file in (tmp_path / "docs").glob("page*.md"):
        os.utime(file)
    last.write_text("# 第 3 页\n\n<img src='x.svg'>\n", "utf-8")
    for _ in range(2):
        returncode, log = sphinx()
        assert returncode == 1
        assert "page3.md:1: WARNING: 标题“第 3 页”与 page11.md 的相同" in log
        assert "page11.md:3: WARNING: 图片 x.svg 没有替代文字" in log
    last.write_text(pages["page11"], "utf-8")
    assert sphinx() == (0, "")
