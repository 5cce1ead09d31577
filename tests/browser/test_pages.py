"""每一页在浏览器里：不向别处要任何东西，没有报错，从磁盘打开也一样。"""

import pytest

KINDS = {
    "front": "index.html",
    "guide": "guide/basics/compile.html",
    "tabs": "guide/note/mnist_model.html",
    "ledger": "guide/note/ledger.html",
    "glossary": "glossary.html",
    "gallery": "gallery/index.html",
    "example": "gallery/basics/mnist_fit.html",
    "search": "search.html?q=反卷积",
    "reference": "reference.html",
}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


def visit(page, address, names):
    """依次打开各页，记下请求、控制台和脚本的错误。"""
    wrong = []
    current = [""]
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((address, "data:"))
            else wrong.append((current[0], "请求", request.url))
        ),
    )
    page.on(
        "requestfailed",
        lambda request: (
            None  # 换到下一页时还没有取完的图标
            if request.failure == "net::ERR_ABORTED"
            else wrong.append((current[0], "失败", request.url))
        ),
    )
    page.on("pageerror", lambda error: wrong.append((current[0], "脚本", str(error))))
    page.on(
        "console",
        lambda message: (
            wrong.append((current[0], "控制台", message.text))
            if message.type in ("error", "warning")
            else None
        ),
    )
    for name in names:
        current[0] = name
        page.goto(f"{address}/{name}")
    page.wait_for_timeout(200)
    return wrong


def test_no_page_asks_elsewhere_or_complains(browser, served, page_names):
    page = browser.new_page()
    assert visit(page, served, page_names) == []
    page.close()


def test_the_same_from_disk(browser, site, page_names):
    page = browser.new_page()
    # 404 页由主机在任何地址上给出，它的链接从根写起，从磁盘上没有人会到那里
    names = [name for name in page_names if name != "404.html"]
    assert visit(page, site.html.as_uri(), names) == []
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_no_page_is_wider_than_the_window(browser, served, page_names, size):
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    wide = []
    for name in page_names:
        page.goto(f"{served}/{name}")
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(name)
    page.close()
    assert wide == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_screenshots_for_people(browser, served, artefacts, size, scheme):
    width, height = SIZES[size]
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    for kind, name in KINDS.items():
        page.goto(f"{served}/{name}")
        page.wait_for_load_state("networkidle")
        target = artefacts / f"{kind}-{size}-{scheme}.png"
        page.screenshot(path=target)
        assert target.stat().st_size > 5000
    page.close()


def test_tabs_of_both_years_switch_together(browser, served):
    page = browser.new_page()
    page.goto(f"{served}/guide/note/mnist_model.html")
    today = page.locator("pre", has_text="input_layer (InputLayer)").first
    assert today.is_hidden()
    page.locator("label.sd-tab-label", has_text="今天运行").first.click()
    assert today.is_visible()
    assert page.locator("text=input_1 (InputLayer)").first.is_hidden()
    page.close()


def test_the_ledger_filters_without_a_script(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/guide/note/ledger.html")
    rows = page.locator("table.ledger tbody tr")
    visible = [rows.nth(index).is_visible() for index in range(rows.count())]
    assert all(visible)
    page.get_by_label("笔误").check()
    verdicts = [
        rows.nth(index).locator("strong").first.inner_text()
        for index in range(rows.count())
        if rows.nth(index).is_visible()
    ]
    assert verdicts
    assert set(verdicts) == {"笔误"}
    context.close()


def test_box_tables_line_up(browser, served):
    """summary 的表格：每一行的右边线在同一条竖线上。"""
    page = browser.new_page()
    page.goto(f"{served}/guide/basics/functional.html")
    edges = page.evaluate(
        """async () => {
          await document.fonts.ready;
          const pre = [...document.querySelectorAll(".cell-output pre")]
            .find((pre) => pre.textContent.includes("┏"));
          const node = pre.lastChild, text = node.data, edges = [];
          const range = document.createRange();
          for (let at = 0; at < text.length; at++)
            if ("┓┃┩│┤┘".includes(text[at]) && (text[at + 1] ?? "\\n") === "\\n") {
              range.setStart(node, at);
              range.setEnd(node, at + 1);
              edges.push(range.getBoundingClientRect().right);
            }
          return edges;
        }"""
    )
    assert len(edges) > 8
    assert max(edges) - min(edges) < 1
    page.close()
