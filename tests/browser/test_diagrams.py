"""结构图：放得下就不多事；放不下可以放大、看整张、拖动，拖动不算点了链接。"""

import pytest

RESNET = "guide/vision/residual.html"


@pytest.fixture
def page(browser, served):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{served}/{RESNET}")
    yield page
    page.close()


def width(view):
    return view.evaluate("view => view.firstElementChild.getBoundingClientRect().width")


@pytest.fixture
def figure(page):
    figure = page.locator("figure.model-diagram", has_text="放大").first
    figure.scroll_into_view_if_needed()
    return figure


def test_buttons_zoom_and_restore(figure):
    view = figure.locator(".diagram-view")
    before = width(view)
    figure.get_by_role("button", name="放大").click()
    assert width(view) > before * 1.2
    figure.get_by_role("button", name="整张").click()
    box, drawing = view.bounding_box(), view.locator("svg").bounding_box()
    assert drawing["height"] <= box["height"] + 1
    assert drawing["width"] <= box["width"] + 1
    figure.get_by_role("button", name="还原").click()
    assert width(view) == pytest.approx(before, abs=1)


def test_dragging_moves_and_does_not_follow_the_link(page, figure):
    view = figure.locator(".diagram-view")
    link = view.locator("a").nth(1)
    box = link.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 80, steps=5)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert view.evaluate("view => view.scrollTop") == pytest.approx(100, abs=2)
    assert page.url.endswith(RESNET)
    # 不拖，就是点
    link.click()
    page.wait_for_load_state()
    assert not page.url.endswith(RESNET)


def test_a_small_diagram_has_no_buttons(browser, served):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{served}/guide/basics/functional.html")
    figure = page.locator("figure.model-diagram").first
    figure.scroll_into_view_if_needed()
    assert figure.locator("svg").is_visible()
    assert figure.get_by_role("button").count() == 0
    page.close()


def test_colours_follow_the_theme(browser, served):
    seen = set()
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(f"{served}/{RESNET}")
        box = page.locator(".diagram-view polygon[fill='white']").first
        seen.add(box.evaluate("box => getComputedStyle(box).fill"))
        page.close()
    assert len(seen) == 2


def test_the_keyboard_scrolls_a_large_diagram(page, figure):
    view = figure.locator(".diagram-view[tabindex='0']")
    view.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(300)
    assert view.evaluate("view => view.scrollTop") > 0
