"""网慢的读者：打开第一页要取的东西不多，搜索的索引也不大。"""

import gzip

FIRST_PAGE = 60_000
INDEX_PER_PAGE = 1_600


def compressed(body: bytes, url: str) -> int:
    """在网上传的字节数；字体和图片本来就是压缩的。"""
    if url.endswith((".woff2", ".png")):
        return len(body)
    return len(gzip.compress(body, 9))


def test_the_first_page_is_light(browser, served):
    page = browser.new_page()
    responses = []
    page.on("response", lambda response: responses.append(response))  # noqa: PLW0108  它要往函数上写
    page.goto(f"{served}/index.html")
    page.wait_for_load_state("networkidle")
    sizes = {
        response.url: compressed(response.body(), response.url.partition("?")[0])
        for response in responses
    }
    page.close()
    assert len(sizes) > 10
    assert sum(sizes.values()) <= FIRST_PAGE, sizes


def test_the_search_index_is_light(site, page_names):
    index = gzip.compress((site.html / "searchindex.js").read_bytes(), 9)
    assert len(index) <= INDEX_PER_PAGE * len(page_names)
