"""读起来怎样：标题、代码、表格、框、图，在手机上和大屏上，浅色和深色。"""

import pytest

SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


@pytest.fixture(params=[*SIZES], scope="module")
def size(request):
    return SIZES[request.param]


@pytest.fixture(params=["light", "dark"], scope="module")
def scheme(request):
    return request.param


@pytest.fixture(scope="module")
def window(browser, size, scheme):
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def lessons(site):
    return [name for name in site.pages() if not name.endswith("/index")]


def found(window, served, lessons, script):
    """每一课上，``script`` 找出的不对的地方。"""
    wrong = {}
    for name in lessons:
        window.goto(f"{served}/{name}.html")
        if said := window.evaluate(script):
            wrong[name] = said
    return wrong


def test_every_lesson_reads_well(window, served, lessons, scheme):
    script = """(dark) => {
      const wrong = [];
      const lines = (element) => element.getBoundingClientRect().height;
      for (const heading of document.querySelectorAll("article :is(h1, h2, h3)")) {
        const before = lines(heading);
        const link = heading.querySelector(".headerlink");
        if (link) link.style.display = "none";
        if (lines(heading) !== before) wrong.push("空行：" + heading.textContent);
        const style = getComputedStyle(heading);
        if (heading.tagName !== "H1" && parseFloat(style.marginTop) < 2 * parseFloat(style.marginBottom))
          wrong.push("离下面远：" + heading.textContent);
      }
      for (const span of document.querySelectorAll(".highlight span"))
        if (getComputedStyle(span).textDecorationLine !== "none")
          wrong.push("代码里的下划线：" + span.textContent);
      for (const box of document.querySelectorAll(".highlight pre, .table-wrapper, div.math"))
        if (box.scrollWidth > box.clientWidth && !getComputedStyle(box).backgroundImage.includes("gradient"))
          wrong.push("没有阴影：" + box.textContent.slice(0, 40));
      const size = (element) => getComputedStyle(element).fontSize;
      const body = document.querySelector("article > section > p");
      for (const text of document.querySelectorAll(".admonition > p:not(.admonition-title)"))
        if (size(text) !== size(body)) wrong.push("框里的字小：" + text.textContent.slice(0, 40));
      for (const image of document.querySelectorAll("img.cell-image")) {
        const inverted = getComputedStyle(image).filter.includes("invert");
        if (inverted !== (dark && !image.classList.contains("photo"))) wrong.push("图：" + image.src);
      }
      for (const output of document.querySelectorAll(".summary pre")) {
        const text = [...output.childNodes].map((node) => node.textContent).join("");
        const walker = document.createTreeWalker(output, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const at = walker.currentNode.textContent.indexOf("Param #");
          if (at < 0 || !output.offsetParent) continue;
          const range = document.createRange();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + 7);
          if (range.getBoundingClientRect().right > output.getBoundingClientRect().right)
            wrong.push("看不见 Param #：" + text.slice(0, 40));
        }
      }
      return wrong;
    }"""
    dark = "true" if scheme == "dark" else "false"
    assert found(window, served, lessons, f"({script})({dark})") == {}


@pytest.fixture(scope="module")
def lesson_with_a_claim(window, served):
    window.goto(f"{served}/guide/start/first_model.html")
    return window


def test_a_claim_opens_where_it_stands(lesson_with_a_claim):
    window = lesson_with_a_claim
    mark = window.locator("button.claim").first
    address = window.url
    for way in ("click", "Enter", "Space"):
        if way == "click":
            mark.click()
        else:
            mark.press(way)
        proof = window.locator(".proof")
        assert "assert" in proof.inner_text()
        assert mark.get_attribute("aria-expanded") == "true"
        box = proof.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= window.viewport_size["width"]
        assert box["y"] + box["height"] <= window.viewport_size["height"]
        window.keyboard.press("Escape")
        assert window.locator(".proof").count() == 0
        assert mark.get_attribute("aria-expanded") == "false"
        assert mark.evaluate("mark => document.activeElement === mark")
    assert window.url == address


def test_without_scripts_a_claim_is_a_link(browser, served):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served}/guide/start/first_model.html")
    page.locator("a.claim").first.click()
    assert page.url.endswith("#claim-1")
    assert page.locator("#claim-1 pre").is_visible()
    context.close()


def test_the_map_shows_what_was_read(browser, served):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served}/index.html")
    links = page.locator(".road-lessons a")
    first, second = links.nth(0), links.nth(1)
    assert page.locator(".road-said").inner_text() == ""
    first.click()
    page.get_by_role("button", name="标为读完").click()
    page.go_back()
    assert "read" in first.get_attribute("class")
    assert "读完了 1 课" in page.locator(".road-said").inner_text()
    name = second.inner_text()
    assert page.locator(".road-said a").inner_text() == name
    page.get_by_role("button", name="清除记录").click()
    assert page.locator(".road-lessons a.read").count() == 0
    page.reload()
    assert page.locator(".road-lessons a.read").count() == 0
    context.close()
