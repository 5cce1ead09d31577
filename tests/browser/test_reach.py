"""人人可达：axe 在每一页的深浅两色上找不出毛病；只用键盘也能走。"""

import pytest
from axe_playwright_python.sync_playwright import Axe


# 深色的一遍只看颜色：别的与颜色无关，浅色的一遍都看了
@pytest.mark.parametrize(
    ("scheme", "options"), [("light", {}), ("dark", {"runOnly": ["color-contrast"]})]
)
def test_axe_finds_nothing(browser, served, page_names, scheme, options):
    page = browser.new_page(color_scheme=scheme)
    axe, found = Axe(), []
    for name in page_names:
        page.goto(f"{served}/{name}")
        for violation in axe.run(page, options=options).response["violations"]:
            found += [
                (name, violation["id"], node["html"][:120])
                for node in violation["nodes"]
            ]
    page.close()
    assert found == []


def test_the_keyboard_reaches_content_search_and_theme(browser, served):
    page = browser.new_page()
    page.goto(f"{served}/guide/basics/compile.html")
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => { const e = document.activeElement;"
                " return e.className + ' ' + (e.getAttribute('aria-label') || ''); }"
            )
        )
    assert any("skip-to-content" in one for one in reached)
    assert any("sidebar-search" in one for one in reached)
    assert any("切换浅色、深色、跟随系统" in one for one in reached)
    page.close()


def test_a_wide_output_scrolls_with_the_keyboard(browser, served):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served}/guide/basics/functional.html")
    wide = page.locator(".cell-output pre[tabindex='0']").first
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert wide.evaluate("element => element.scrollLeft") > 0
    page.close()


def test_200_percent_zoom_keeps_everything_readable(browser, served):
    # 1280 像素宽的窗口放大到 200%，就是 640 像素宽
    page = browser.new_page(viewport={"width": 640, "height": 450})
    page.goto(f"{served}/guide/basics/compile.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640
    assert page.locator("h1").first.is_visible()
    page.close()
