"""``{cell}``：页面上是例子这次运行的代码、输出和图片；用不了就报错，说清在哪里。"""

import pytest

from tests.conftest import EXAMPLE, PAGE

THREE_BLOCKS = (
    EXAMPLE
    + """
# %% silent
# Compute without printing.

answer = 6 * 7

# %% shout
# Say it loud.

print("HELLO", answer)
"""
)


def classes(cell):
    return [
        next(name for name in child["class"] if name.startswith("cell-"))
        for child in cell.find_all(recursive=False)
        if child.get("class")
    ]


def cells(site):
    return site.page("index").find_all("div", class_="cell")


def test_shows_code_then_output_then_link_to_the_example(tiny):
    site = tiny()
    assert site.log == ""
    (cell,) = cells(site)
    assert classes(cell) == ["cell-source", "cell-code", "cell-output"]
    assert cell.find(class_="cell-code").get_text().strip() == 'print("hello")'
    assert cell.find(class_="cell-output").get_text().strip() == "hello"
    assert cell.find("a")["href"] == "gallery/chapter/topic.html"


def test_several_blocks_in_a_row(tiny):
    page = PAGE.replace("hello\n", "hello silent shout\n")
    site = tiny(page, THREE_BLOCKS)
    assert site.log == ""
    (cell,) = cells(site)
    kinds = ["cell-code", "cell-output", "cell-code", "cell-code", "cell-output"]
    assert classes(cell) == ["cell-source", *kinds]
    assert cell.find_all(class_="cell-output")[1].get_text().strip() == "HELLO 42"


@pytest.mark.parametrize(
    ("show", "kinds"), [("code", ["cell-code"]), ("output", ["cell-output"])]
)
def test_code_alone_or_output_alone(tiny, show, kinds):
    site = tiny(PAGE.replace("hello\n", f"hello\n:show: {show}\n"))
    assert site.log == ""
    assert classes(cells(site)[0]) == ["cell-source", *kinds]


def test_multi_line_output_keeps_blank_lines_and_indentation(tiny):
    example = EXAMPLE.replace('print("hello")', 'print("a\\n\\n    b  \\nc")')
    (cell,) = cells(tiny(example=example))
    assert cell.find(class_="cell-output").get_text().rstrip() == "a\n\n    b\nc"


def test_indentation_that_all_lines_share_stays(tiny):
    example = EXAMPLE.replace('print("hello")', 'print("    a\\n      b")')
    (cell,) = cells(tiny(example=example))
    assert cell.find(class_="cell-output").get_text().rstrip() == "    a\n      b"


def test_names_the_blocks_of_the_note(tiny):
    site = tiny(PAGE.replace("hello\n", "hello\n:note: B08 B09\n"))
    assert site.log == ""
    note = cells(site)[0].find(class_="cell-note")
    assert note.get_text() == "旧笔记 B08、B09"


PICTURES = (
    EXAMPLE
    + """
# %% draw
# Three pictures of three kinds.

import keras
import matplotlib.pyplot as plt

from kerasguide import figures

inputs = keras.Input((2,))
model = keras.Model(inputs, keras.layers.Dense(1)(inputs))
keras.utils.plot_model(model, figures.path("model.png"))
saved, axes = plt.subplots()
axes.plot([1, 2])
saved.savefig(figures.path("saved.png"))
unsaved, axes = plt.subplots()
axes.plot([2, 1])
"""
)
PICTURES_PAGE = PAGE.replace("hello\n", "hello draw\n:alt: model | saved | unsaved\n")


def test_takes_plot_model_and_matplotlib_pictures_each_once(tiny):
    site = tiny(PICTURES_PAGE, PICTURES)
    assert site.log == ""
    figure = cells(site)[0].select_one("figure.model-diagram")
    assert figure["aria-label"] == "model"
    images = cells(site)[0].find_all("img")
    assert [image["alt"] for image in images] == ["saved", "unsaved"]
    for image in images:
        picture = (site.html / image["src"]).read_bytes()
        assert picture.startswith(b"\x89PNG")
    import matplotlib.pyplot as plt

    assert plt.get_fignums() == []


def test_picture_without_alternative_text(tiny):
    page = PICTURES_PAGE.replace(":alt: model | saved | unsaved\n", "")
    log = tiny(page, PICTURES).log
    assert "index.md:3: WARNING" in log
    assert "'chapter/topic'" in log and "'draw'" in log and ":alt:" in log


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (PAGE.replace("topic", "other"), ["'chapter/other'", "chapter/topic"]),
        (PAGE.replace("hello", "howdy"), ["'chapter/topic'", "'howdy'", "hello"]),
        (PAGE.replace("hello\n", "hello\n:note: B39\n"), ["'B39'"]),
        (PAGE.replace("hello\n", "hello\n:alt: a cat\n"), ["a cat"]),
    ],
    ids=["example", "block", "note", "alt"],
)
def test_wrong_page_is_an_error_that_says_where(tiny, page, says):
    log = tiny(page).log
    assert "index.md:3: WARNING" in log
    assert all(word in log for word in says), log


def test_failing_example_names_page_line_example_block_and_error(tiny):
    example = THREE_BLOCKS.replace("6 * 7", "1 / 0")
    log = tiny(PAGE.replace("hello\n", "hello silent shout\n"), example).log
    warnings = [line for line in log.splitlines() if "index.md:3: WARNING" in line]
    assert len(warnings) == 1  # 毛病只有一个
    for says in ("'chapter/topic'", "运行失败", "'silent'", "ZeroDivisionError"):
        assert says in warnings[0]


def test_lines_of_spaces_are_part_of_the_output(tiny):
    example = EXAMPLE.replace('print("hello")', 'print("a\\n  \\nb")')
    (cell,) = cells(tiny(example=example))
    assert cell.find(class_="cell-output").get_text().split() == ["a", "b"]


@pytest.mark.parametrize("printed", ["\\x08", "\\x07", "\\x85", "\\u2028"])
def test_control_characters_are_refused(tiny, printed):
    example = EXAMPLE.replace('print("hello")', f'print("a{printed}b")')
    log = tiny(example=example).log
    assert "代码块 'hello' 打印了控制字符" in log
    assert "verbose=2" in log


def test_what_follows_from_a_block_that_is_not_there_is_not_said(tiny):
    page = PAGE.replace("hello\n", "howdy\n:alt: 图\n") + "\n一共 4335 个。\n"
    warnings = [line for line in tiny(page).log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert "没有代码块 'howdy'" in warnings[0]


def test_example_that_did_not_run(tiny):
    log = tiny(plot_gallery=0).log
    assert "plot_gallery=0" in log


def test_example_changed_after_its_run(tiny, tmp_path):
    site = tiny()
    from kerasguide.site.base import examples

    script = tmp_path / "examples" / "chapter" / "topic.py"
    script.write_text(EXAMPLE.replace("hello", "goodbye"), encoding="utf-8")
    with pytest.raises(examples.ExampleError, match="没有重新运行"):
        examples.load("chapter/topic", tmp_path / "examples", site.source / "gallery")


def test_lost_record_is_an_error(tiny, tmp_path):
    site = tiny()
    from kerasguide.site.base import examples

    (site.source / "gallery" / "chapter" / "topic.run.json").write_text("{")
    with pytest.raises(examples.ExampleError, match="没有运行"):
        examples.load("chapter/topic", tmp_path / "examples", site.source / "gallery")


def test_block_shown_nowhere(tiny):
    log = tiny(example=THREE_BLOCKS).log
    assert "topic.py:15: WARNING" in log
    assert "chapter/topic" in log and "'silent'" in log and "'shout'" in log


@pytest.mark.parametrize(
    ("example", "line", "says"),
    [
        (EXAMPLE + "\n# %% hello\n# Again.\n\nprint(2)\n", 13, "重名"),
        (EXAMPLE.replace("A tiny example", "一个小小的例子呀"), 3, "占 16 列"),
        (EXAMPLE + "\n# %%\n# No name.\n\nprint(2)\n", 13, "名字 ''"),
        (EXAMPLE + "\n# %% Not A Name\n# Bad.\n\nprint(2)\n", 13, "Not A Name"),
        (EXAMPLE.replace("# %% hello\n", ""), 7, "名字 ''"),
    ],
    ids=["duplicate", "rule", "unnamed", "bad", "before-the-first"],
)
def test_block_names_are_checked_before_anything_runs(tiny, example, line, says):
    log = tiny(example=example).log
    assert f"topic.py:{line}: WARNING" in log, log
    assert says in log.splitlines()[0]
