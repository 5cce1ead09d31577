"""练习：检查怎样说，脚本怎样拿掉答案，页面上有什么，发给读者的里没有什么。"""

import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from py_mini_racer import MiniRacer

from kerasguide import exercises, marking, scripts
from tests.conftest import EXAMPLE, PAGE, ROOT

EXERCISES = '''"""
Exercises
=========

Fill in what is missing.
"""

# %% imports
# What is needed.

from kerasguide import exercises

# %% area
# 长 3、宽 4 的长方形，*面积*是多少？
#
# 提示：长乘以宽。
#
# 提示：不是周长。

# 长乘以宽
area = 3 * 4

# %% area-check
# 数一数。

exercises.check_value("area", area, 12, slips=[(7, "是乘，不是加"), (14, "这是周长")])

# %% double
# 两倍。


def double(x):
    """x 的两倍。"""
    # 加上自己
    return x + x


# %% double-check
# 三的两倍。


@exercises.check("double", double)
def doubles():
    assert double(3) == 6, "3 的两倍是 6"
    assert double(-1) == -2, "-1 的两倍是 -2"


# %% mended-start
# 改好它。


def triple(x):
    return x**3


# %% mended
# 三倍，可是错了。


def triple(x):
    return 3 * x


# %% mended-check
# 二的三倍。


@exercises.check("mended", triple)
def triples():
    assert triple(2) == 6, "2 的三倍是 6"


# %% look
# 看看。

print("seen", area)
'''
LESSON = (
    PAGE
    + "\n## 试一试\n\n"
    + "".join(
        f"```{{exercise}} chapter/topic_exercises {name}\n```\n\n"
        for name in ("area", "double", "mended", "look")
    )
)


def marks(text, filename="learner.py"):
    return {mark.name: mark for mark in marking.run(text, filename)}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in scripts.names(ROOT / "examples")
        if name.endswith(marking.SUFFIX)
    ],
)
def test_every_exercise_has_a_task_and_is_on_a_page(name):
    text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
    pages = "".join(p.read_text("utf-8") for p in (ROOT / "docs").glob("guide/**/*.md"))
    for question in marking.questions(text):
        assert marking.parts(text)[question].task
        assert f"{{exercise}} {name} {question}\n" in pages


def test_without_answers_nothing_of_an_answer_is_left():
    text = marking.without_answers(EXERCISES)
    for answer in ("3 * 4", "长乘以宽\narea", "x + x", "加上自己", "3 * x", "-start"):
        assert answer not in text
    for given in ("area = ...\n", '    """x 的两倍。"""\n    ...\n', "x**3", "seen"):
        assert given in text
    assert {name: mark.state for name, mark in marks(text).items()} == {
        "area": exercises.UNTRIED,
        "double": exercises.UNTRIED,
        "mended": exercises.WRONG,
    }


def test_another_right_answer_passes_and_a_wrong_one_says_why():
    text = marking.without_answers(EXERCISES)
    other = text.replace("area = ...", "import numpy\narea = numpy.int64(12)")
    other = other.replace("    ...\n", "    return 2 * x\n").replace(
        "x**3", "x + x + x"
    )
    assert {mark.state for mark in marks(other).values()} == {exercises.RIGHT}
    wrong = text.replace("area = ...", "area = 3 + 4")
    wrong = wrong.replace("    ...\n", "    return x**2\n").replace("x**3", "x / none")
    found = marks(wrong)
    assert found["area"].reason == "是乘，不是加"
    assert found["double"].reason == "3 的两倍是 6"
    line = wrong.splitlines().index("    return x / none") + 1
    said = found["mended"].reason
    assert said == f"运行到第 {line} 行出错，NameError: name 'none' is not defined"


def test_the_error_is_said_and_not_what_is_noted_beside_it():
    error = ValueError("two rows\nof three")
    error.add_note("JAX has removed its internal frames")
    assert exercises.failure(error, "learner.py") == (
        "运行时出错，ValueError: two rows of three"
    )


def test_the_answer_is_left_out_and_not_the_same_words_of_the_task():
    text = "# %% sum\n# 写成 `total = 2` 的样子。\n\ntotal = 2\n# %% sum-check\n"
    left = marking.without_answers(text)
    assert "`total = 2`" in left
    assert "\ntotal = ...\n" in left


def test_an_experiment_at_the_end_runs_once(tmp_path):
    log = tmp_path / "log"
    text = EXERCISES + f"open({str(log)!r}, 'a').write('x')\n"
    assert list(marking.problems(text, "counted.py")) == []
    assert not log.exists()


def test_a_broken_answer_spares_the_others():
    text = marking.without_answers(EXERCISES)
    text = text.replace("area = ...", "area = 3 * (")
    text = text.replace("    ...\n", "    return x + x\n").replace("x**3", "exit()")
    found = marks(text)
    assert found["area"].state == exercises.WRONG
    assert "SyntaxError" in found["area"].reason
    assert found["double"].state == exercises.RIGHT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("area = 3 * 4", "area = 3 + 4", "带着答案，'area' 该是“对”"),
        ('assert double(3) == 6, "3 的两倍是 6"', "pass", None),
        (
            """assert double(3) == 6, "3 的两倍是 6"
    assert double(-1) == -2, "-1 的两倍是 -2\"""",
            "double(3)",
            "拿掉 'double' 的答案，'double' 该是“还没有做”，却是“double：对”",
        ),
        ("return x**3", "return 3 * x", "拿掉 'mended' 的答案，'mended' 该是“不对”"),
        ("assert triple(2) == 6", "assert triple(2) == double(3)", "'mended' 该是“对”"),
        ('check_value("area"', 'check_value("surface"', "没有打印它的名字"),
    ],
)
def test_a_check_that_does_not_do_its_work_is_found(old, new, said):
    assert old in EXERCISES
    found = list(marking.problems(EXERCISES.replace(old, new), "changed.py"))
    if said is None:
        assert found == []
    else:
        assert said in "\n".join(found)


@pytest.mark.parametrize("answer", ["print(1)", "a, b = 1, 2", "area.x = 3"])
def test_an_answer_that_can_not_be_left_out_is_named(answer):
    text = EXERCISES.replace("area = 3 * 4", answer)
    with pytest.raises(marking.MarkingError, match=r"area.*最后一个语句"):
        marking.without_answers(text)


# 该是多少、填的什么、怎样说：Python 和网页上的要说得一样
ANSWERS = [
    (50240, "50240", "对"),
    (50240, "50,240", "对"),
    (50240, " 50 240 ", "对"),
    (50240, "５０２４０", "对"),
    (50240, "50176", "不对：忘了偏置"),
    (50240, "1e9", "不对：大了"),
    (50240, "-3", "不对：小了"),
    (50240, "", "这里要填一个数"),
    (50240, "很多", "这里要填一个数"),
    (0.5, "0.52", "对"),
    (0.5, "50%", "对"),
    (0.5, "0.7", "不对：大了"),
    ((None, 28), "(None, 28)", "对"),
    ((None, 28), "none,28", "对"),
    ((None, 28), "（None，28）", "对"),
    ((None, 28), "[None 28]", "对"),
    ((None, 28), "(28,)", "不对：形状里该有 2 个数，你的有 1 个"),
    ((None, 28), "(None, 29)", "不对：第 2 个数不对"),
    ((None, 28), "(1, 28)", "不对：第 1 个数不对"),
    ((None, 28), "大", "这里要填一个形状，如 (None, 28)"),
    ((None, 28), "(-1, 28)", "不对：第 1 个数不对"),
    (True, "true", "对"),
    (True, "False", "不对：正好相反"),
    ("b", "B", "对"),
    ("b", "c", "不对：不是这个"),
]


@pytest.fixture(scope="module")
def judge():
    engine = MiniRacer()
    engine.eval((ROOT / "docs/_static/exercises.js").read_text(encoding="utf-8"))

    def said(question, text):
        call = f"JSON.stringify(judge({json.dumps(question)}, {json.dumps(text)}))"
        return json.loads(engine.eval(call))

    return said


@pytest.mark.parametrize(("expected", "text", "said"), ANSWERS)
def test_the_field_on_the_page_judges(judge, expected, text, said):
    exercises.marks.clear()
    slips = [(50176, "忘了偏置")]
    exercises.check_value("x", ..., expected, tolerance=0.05, slips=slips)
    found = judge(exercises.marks.pop().question, text)
    assert found == {"right": said == "对", "said": said}


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [
        (np.float32(2.5), 2.5, "对"),
        (np.array(7), 7, "对"),
        ([None, 28], (None, 28), "对"),
        (np.True_, True, "对"),
        (1, True, "不对：这里要 True 或者 False"),
        ("7", 7, "不对：这里要一个数，你的是 '7'"),
        (7, (7,), "不对：这里要一个形状，如 (None, 28)，你的是 7"),
        ((None, ...), (None, 28), "还没有做：把 ... 换成你的答案，再运行"),
        (None, 7, "不对：这里要一个数，你的是 None"),
    ],
)
def test_answers_of_many_kinds(answer, expected, said, capsys):
    exercises.check_value("x", answer, expected)
    assert capsys.readouterr().out == f"x：{said}\n"


def check(*words, cwd):
    command = [sys.executable, "-m", "kerasguide", "check", *words]
    return subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)


def test_the_command_says_which_are_right(tmp_path):
    text = marking.without_answers(EXERCISES)
    file = tmp_path / "topic_exercises.py"
    file.write_text(text.replace("area = ...", "area = 1 / 0"), encoding="utf-8")
    done = check(file.name, cwd=tmp_path)
    line = text.splitlines().index("area = ...") + 1
    look = text.splitlines().index('print("seen", area)') + 1
    assert done.stdout.splitlines() == [
        f"area：不对：运行到第 {line} 行出错，ZeroDivisionError: division by zero",
        "double：还没有做：把 ... 换成你的答案，再运行",
        "mended：不对：2 的三倍是 6",
        f"look：运行到第 {look} 行出错，NameError: name 'area' is not defined",
        "一共 3 道：不对 2 道，还没有做 1 道",
    ]
    assert (done.returncode, done.stderr) == (1, "")
    file.write_text(EXERCISES, encoding="utf-8")
    done = check(file.name, cwd=tmp_path)
    assert done.stdout.splitlines()[-1] == "一共 3 道：对 3 道"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nothing.py", None, "读不了 nothing.py"),
        ("picture.py", b"\x89PNG", "读不了 picture.py"),
        ("lesson.py", b"print(1)", "里面没有练习"),
        ("broken.ipynb", b"{", "读不了 broken.ipynb"),
        ("other.ipynb", b"[]", "读不了 other.ipynb"),
    ],
)
def test_a_file_that_is_no_exercise_is_said(name, content, said, tmp_path):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = check(name, cwd=tmp_path)
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


def test_on_the_page(tiny):
    site = tiny(LESSON, EXAMPLE, {"topic_exercises": EXERCISES})
    assert site.log == ""
    page = site.page("index")
    area, double, mended, look = page.select(".exercise")
    titles = [one.get_text() for one in page.select(".exercise-title")]
    assert titles == ["练习 1", "练习 2", "练习 3", "实验 4"]
    assert area.select_one("em").get_text() == "面积"
    question = json.loads(area.select_one(".exercise-field")["data-question"])
    assert question["expected"] == 12
    assert [1, "是乘，不是加"] not in question["slips"]
    assert [7, "是乘，不是加"] in question["slips"]
    folded = [one.get_text() for one in area.select("summary")]
    assert folded == ["提示 1", "提示 2", "答案", "怎样检查"]
    shown = [one.get_text() for one in double.find_all("pre", recursive=True)]
    assert shown[0].rstrip().endswith("...")
    assert "return x + x" in shown[1]
    assert "x**3" in mended.find("pre").get_text()
    assert area.find("pre").find_parent("details")
    assert "seen 12" in look.select_one("details").get_text()
    assert any("exercises.js" in one.get("src", "") for one in page.find_all("script"))


def test_code_that_a_question_gives_is_shown_above_its_field(tiny):
    given = EXERCISES.replace("area = 3 * 4", "area = 3 * width")
    given = given.replace("# 长乘以宽\n", "width = 4\n# 长乘以宽\n")
    site = tiny(LESSON, EXAMPLE, {"topic_exercises": given})
    assert site.log == ""
    shown = site.page("index").select_one(".exercise").find("pre")
    assert not shown.find_parent("details")
    assert shown.get_text().split() == ["width", "=", "4", "area", "=", "..."]


def test_what_readers_download_has_no_answers(tiny):
    site = tiny(LESSON, EXAMPLE, {"topic_exercises": EXERCISES})
    downloads = [
        path for path in site.html.rglob("*") if path.stem == "topic_exercises"
    ]
    assert sorted(path.suffix for path in downloads) == [".ipynb", ".py"]
    for path in downloads:
        text = path.read_text(encoding="utf-8")
        assert "3 * 4" not in text
        assert "x + x" not in text
    notebook = next(path for path in downloads if path.suffix == ".ipynb")
    done = check(str(notebook), cwd=site.html)
    assert done.stdout.splitlines()[-1] == "一共 3 道：不对 1 道，还没有做 2 道"
    for package in site.html.rglob("gallery_*.zip"):
        with zipfile.ZipFile(package) as archive:
            inside = [one for one in archive.namelist() if "_exercises" in one]
            assert len(inside) == 1
            assert b"x + x" not in archive.read(inside[0])
    for page in site.html.rglob("*.html"):
        assert page.name == "index.html" or "x + x" not in page.read_text("utf-8")


def test_an_answer_that_fails_fails_the_build(tiny):
    wrong = EXERCISES.replace("area = 3 * 4", "area = 3 + 4")
    log = tiny(LESSON, EXAMPLE, {"topic_exercises": wrong}).log
    assert "练习 topic_exercises 用不了" in log
    assert "'area' 该是“对”" in log


def test_a_question_on_no_page_is_named(tiny):
    page = LESSON.replace("```{exercise} chapter/topic_exercises double\n```", "")
    log = tiny(page, EXAMPLE, {"topic_exercises": EXERCISES}).log
    assert "'double' 没有出现在任何页面上" in log
    assert "imports" not in log


def test_an_unknown_question_is_named(tiny):
    page = LESSON.replace("topic_exercises area", "topic_exercises volume")
    log = tiny(page, EXAMPLE, {"topic_exercises": EXERCISES}).log
    assert "{exercise}：例子 'chapter/topic_exercises' 没有代码块 'volume'" in log
