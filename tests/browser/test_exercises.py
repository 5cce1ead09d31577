"""练习：填空说对不对、错在哪里，做对了的记得住，也清得掉；没有脚本也看得到提示和答案。"""

import pytest

PAGE = "guide/basics/sequential.html"


@pytest.fixture
def context(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield context
    context.close()


def first_field(page):
    return page.locator("#exercise-count-dense")


def answer(exercise, text):
    exercise.get_by_label("你的答案").fill(text)
    exercise.get_by_role("button", name="检查").click()
    return exercise.get_by_role("status").inner_text()


@pytest.mark.parametrize("place", ["served", "disk"])
def test_the_field_says_what_is_wrong_then_right(context, served, site, place):
    page = context.new_page()
    root = served if place == "served" else site.html.as_uri()
    page.goto(f"{root}/{PAGE}")
    exercise = first_field(page)
    assert answer(exercise, "50176") == "不对：忘了偏置，每个单元还有一个"
    assert answer(exercise, "很多") == "这里要填一个数"
    assert not exercise.evaluate("one => one.classList.contains('solved')")
    # 不用鼠标：在框里按回车
    exercise.get_by_label("你的答案").fill("50,240")
    page.keyboard.press("Enter")
    assert exercise.get_by_role("status").inner_text() == "对"
    done = exercise.get_by_role("button", name="做对了")
    assert done.get_attribute("aria-pressed") == "true"
    page.reload()
    assert "做对了" in first_field(page).inner_text()


def test_what_was_solved_is_on_the_map_and_can_be_cleared(context, served):
    page = context.new_page()
    page.goto(f"{served}/{PAGE}")
    count = page.locator(".exercise").count()
    answer(first_field(page), "50240")
    page.locator("#exercise-softmax").get_by_role("button", name="标为做对").click()
    page.goto(f"{served}/index.html")
    item = page.locator(".road-lessons li", has=page.locator("a[href*=sequential]"))
    assert item.get_attribute("data-solved") == f"练习 2 / {count}"
    assert "做对了 2 道练习" in page.locator(".road-said").inner_text()
    page.get_by_role("button", name="清除记录").click()
    assert item.get_attribute("data-solved") == ""
    page.goto(f"{served}/{PAGE}")
    assert page.locator(".exercise.solved").count() == 0


def test_hints_unfold_one_by_one_then_the_answer(context, served):
    page = context.new_page()
    page.goto(f"{served}/{PAGE}")
    exercise = first_field(page)
    answer_code = exercise.get_by_text("count_dense = ")
    assert not exercise.get_by_text("每个单元对每个输入有一个权重").is_visible()
    exercise.get_by_text("提示 1").click()
    assert exercise.get_by_text("每个单元对每个输入有一个权重").is_visible()
    assert not exercise.get_by_text("权重之外").is_visible()
    assert not answer_code.first.is_visible()
    exercise.get_by_text("答案", exact=True).click()
    assert answer_code.first.is_visible()


def test_a_reading_program_hears_the_task_the_field_and_the_verdict(context, served):
    page = context.new_page()
    page.goto(f"{served}/{PAGE}")
    exercise = first_field(page)
    answer(exercise, "1")
    heard = exercise.aria_snapshot()
    for said in ("你的答案", 'button "检查"', "不对：小了", "提示 1", "答案"):
        assert said in heard


def test_without_scripts_the_task_and_the_answer_are_there(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/{PAGE}")
    exercise = first_field(page)
    assert exercise.get_by_text("它有多少个参数").is_visible()
    exercise.get_by_text("答案", exact=True).click()
    assert exercise.get_by_text("64 个单元，每个有").is_visible()
    context.close()


def test_pages_without_exercises_do_not_load_their_script(context, served):
    page = context.new_page()
    page.goto(f"{served}/index.html")
    assert page.locator("script[src*='exercises.js']").count() == 0
    page.goto(f"{served}/{PAGE}")
    assert page.locator("script[src*='exercises.js']").count() == 1
