"""形状与参数计算器，像读者那样用：填、选、加、复制；只用键盘；手机上；没有脚本时。"""

import pytest
from axe_playwright_python.sync_playwright import Axe

CONVOLUTION = "guide/vision/convolution.html"
SEQUENTIAL = "guide/basics/sequential.html"


@pytest.fixture(params=["served", "file"])
def page(request, browser, served, site):
    """卷积一课，从网上和从磁盘打开；一条报错也没有。"""
    address = served if request.param == "served" else site.html.as_uri()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda one: one.type == "error" and wrong.append(one.text))
    page.goto(f"{address}/{CONVOLUTION}")
    yield page
    context.close()
    assert wrong == []


def parts(page):
    tool = page.locator(".widget-live[data-widget='layer-calculator']")
    return tool, tool.locator(".widget-said")


def fill(tool, label, text):
    tool.get_by_label(label).fill(text)


def test_a_reader_builds_the_encoder(page):
    tool, said = parts(page)
    assert said.inner_text() == "输出 (None, 26, 26, 16)，参数 160 个"
    assert "(3×3×1 + 1) × 16 = 160" in tool.inner_text()
    add = tool.get_by_role("button", name="加到模型里")
    add.click()
    assert said.inner_text().startswith("接在第 1 层后面：输出 (None, 24, 24, 16)")
    fill(tool, "filters", "32")
    add.click()
    tool.get_by_role("combobox", name="层", exact=True).select_option("MaxPooling2D")
    fill(tool, "pool_size", "3")
    add.click()
    tool.get_by_role("combobox", name="层", exact=True).select_option(
        "GlobalMaxPooling2D"
    )
    add.click()
    rows = tool.locator("tbody tr")
    assert rows.count() == 4
    assert "(None, 8, 8, 32)" in rows.nth(2).inner_text()
    assert "7 × 7" in rows.nth(2).inner_text()
    assert "4,800" in tool.locator("tfoot").inner_text()
    tool.get_by_text("Keras 代码", exact=True).click()
    code = tool.locator("pre").inner_text()
    assert "layers.Conv2D(32, 3)," in code
    assert "layers.MaxPooling2D(3)," in code
    # 去掉一层，后面的跟着变
    tool.get_by_role("button", name="去掉第 3 层 MaxPooling2D").click()
    assert rows.count() == 3
    assert "MaxPooling2D(3)" not in tool.locator("pre").inner_text()


def test_what_keras_refuses_is_said_in_its_words(page):
    tool, said = parts(page)
    add = tool.get_by_role("button", name="加到模型里")
    fill(tool, "模型的输入，不写批", "28, 28")
    assert "expected min_ndim=4, found ndim=3" in said.inner_text()
    assert add.is_disabled()
    fill(tool, "模型的输入，不写批", "28, x")
    assert "输入的形状写成" in said.inner_text()
    fill(tool, "模型的输入，不写批", "None, 28, 3")
    assert "(None, None, 26, 16)，参数 448 个" in said.inner_text()
    fill(tool, "kernel_size", "3, 30")
    assert "Computed output size would be zero or negative." in said.inner_text()
    assert "28 格放不下跨 30 格的窗口" in said.inner_text()
    fill(tool, "kernel_size", "")
    assert "这里要填整数" in said.inner_text()
    fill(tool, "kernel_size", "3")
    assert add.is_enabled()
    # 加进去以后，改输入让它不对：表里说是哪一层
    add.click()
    fill(tool, "模型的输入，不写批", "2, 28, 3")
    assert "zero or negative" in tool.locator("tbody tr").first.inner_text()


def test_dropped_pixels_and_more_settings(page):
    tool, said = parts(page)
    fill(tool, "strides", "4, 2")
    facts = tool.locator(".widget-facts").inner_text()
    assert "末尾 1 行、1 列，窗口之间 6 行，没有窗口看到" in facts
    fill(tool, "strides", "1")
    assert "没有，每一格都有窗口看到" in tool.locator(".widget-facts").inner_text()
    tool.get_by_text("更多设置").click()
    tool.get_by_label("groups").fill("3")
    assert "evenly divisible" in said.inner_text()
    tool.get_by_label("groups").fill("1")
    tool.get_by_label("use_bias").uncheck()
    assert "参数 144 个" in said.inner_text()


def test_every_layer_can_be_chosen(page):
    tool, said = parts(page)
    kinds = tool.get_by_role("combobox", name="层", exact=True)
    names = kinds.locator("option").all_inner_texts()
    assert len(names) > 30
    for name in names:
        kinds.select_option(name)
        assert said.inner_text().startswith("输出 (None, "), name
        assert f"layers.{name}(" in tool.locator("pre").text_content()


def test_with_the_keyboard_alone(page):
    tool, said = parts(page)
    tool.get_by_label("模型的输入，不写批").focus()
    press = page.keyboard.press

    def focused():
        return page.evaluate("document.activeElement.textContent")

    press("Control+A")
    page.keyboard.type("784")
    press("Tab")
    for _ in range(3):  # 打字选中它
        page.keyboard.type("Den")
        if "units" in tool.inner_text():
            break
    press("Tab")
    press("Control+A")
    page.keyboard.type("10")
    assert said.inner_text() == "输出 (None, 10)，参数 7,850 个"
    for _ in range(12):
        press("Tab")
        if focused() == "加到模型里":
            break
    press("Enter")
    press("Space")
    assert "合计" in tool.inner_text()
    assert tool.locator("tbody tr").count() == 2
    press("Tab")
    assert focused() == "✕"
    press("Enter")
    # 焦点留在下一个 ✕ 上；没有了，就回到“加到模型里”
    assert focused() == "✕"
    press("Enter")
    assert tool.locator("tbody tr").count() == 0
    assert focused() == "加到模型里"


def test_a_screen_reader_hears_names_and_results(page):
    tool, said = parts(page)
    tool.get_by_role("button", name="加到模型里").click()
    assert said.get_attribute("role") == "status"
    tree = tool.aria_snapshot()
    for heard in (
        'textbox "模型的输入，不写批"',
        'combobox "层"',
        'textbox "卷积核的个数 filters"',
        'combobox "填充 padding"',
        "status: 接在第 1 层后面：输出",
        'button "加到模型里"',
        'table "模型：输入 (None, 28, 28, 1)，1 层，160 个参数"',
        'columnheader "参数"',
        'rowheader "Conv2D(16, 3)"',
        'button "去掉第 1 层 Conv2D"',
        'rowheader "合计"',
    ):
        assert heard in tree
    if page.url.startswith("file:"):
        return  # axe 要取样式表，从磁盘打开的页面不许
    tool.get_by_text("Keras 代码", exact=True).click()
    found = Axe().run(page, context=".widget").response["violations"]
    assert [(one["id"], one["nodes"]) for one in found] == []


def test_the_code_is_copied(browser, served):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{served}/{SEQUENTIAL}")
    tool, _ = parts(page)
    tool.get_by_text("Keras 代码", exact=True).click()
    tool.get_by_role("button", name="复制代码").click()
    tool.get_by_text("已复制").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "keras.Input(shape=(4,))," in copied
    assert "layers.Dense(64)," in copied
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_it_fits(browser, served, artefacts, scheme, width, height):
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{served}/{CONVOLUTION}")
    tool, _ = parts(page)
    add = tool.get_by_role("button", name="加到模型里")
    for name in ("Conv2D", "SeparableConv2D", "BatchNormalization"):
        tool.get_by_role("combobox", name="层", exact=True).select_option(name)
        add.click()
    for folded in tool.locator("summary").all():
        folded.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame = page.locator(".widget").bounding_box()
    for box in tool.locator("input, select, button, dd, .table-wrapper, pre").all():
        if (inside := box.bounding_box()) and not box.locator(
            "xpath=ancestor::*[contains(@class, 'table-wrapper')]"
        ).count():
            assert inside["x"] >= frame["x"]
            assert inside["x"] + inside["width"] <= frame["x"] + frame["width"] + 1
    tool.screenshot(path=artefacts / f"layer-calculator-{width}-{scheme}.png")
    found = Axe().run(page, context=".widget", options={"runOnly": ["color-contrast"]})
    assert found.response["violations"] == []
    context.close()


@pytest.mark.parametrize("name", [CONVOLUTION, SEQUENTIAL])
def test_without_scripts_and_in_print_there_is_a_table(browser, served, name):
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{served}/{name}")
    still = page.locator(".widget-still")
    assert "parameters" in still.inner_text()
    assert page.locator(".widget-live").inner_text() == ""
    plain.close()
    page = browser.new_page()
    page.goto(f"{served}/{name}")
    still = page.locator(".widget-still")
    assert not still.is_visible()
    page.emulate_media(media="print")
    assert still.is_visible()
    assert not page.locator(".widget-live").is_visible()
    page.close()
