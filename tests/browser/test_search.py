"""搜索：读者会敲的词，该找到的页面要找到，不该的不能有。"""

import json
import urllib.parse

import pytest

GUIDE = "guide/"

# 查询 → 必须找到的页面；第一个要排在前三
FINDS = {
    # 词
    "转置卷积": ["vision/transposed_convolution", "vision/autoencoder"],
    "自编码器": ["vision/autoencoder"],
    "全连接层": ["basics/sequential"],
    "残差连接": ["vision/residual"],
    "重新编译": ["basics/save_load", "note/save_load"],
    "准确率": ["note/accuracy_riddle", "basics/evaluate"],
    "独热": ["basics/compile", "note/residual"],
    "过拟合": ["basics/fit"],
    "权重共享": ["basics/ensemble"],
    "符号张量": ["basics/functional", "basics/ensemble"],
    "全局最大池化": ["vision/convolution"],
    "上采样": ["vision/transposed_convolution"],
    "子类化": ["custom/custom_model"],
    "后端": ["start/install"],
    "占位符": ["note/custom_model"],
    "广播": ["vision/residual", "vision/autoencoder"],
    "优化器的状态": ["basics/save_load"],
    "训练过程": ["basics/fit"],
    "瞎猜": ["vision/residual", "basics/fit"],
    # 一个字
    "池": ["vision/convolution"],
    "嵌": ["basics/multiple_inputs_outputs"],
    # 名字和符号
    "Conv2DTranspose": ["vision/transposed_convolution"],
    "plot_model": ["basics/plot_model"],
    "RMSprop": ["basics/compile"],
    "from_logits=True": ["basics/compile"],
    "to_categorical": ["note/residual"],
    "CustomDense": ["custom/custom_layer"],
    "get_config": ["custom/custom_layer"],
    "KERAS_BACKEND": ["backends/differences"],
    ".h5": ["deploy/saving_contracts", "basics/save_load"],
    "sequential_6": ["note/sequential"],
    # 中英混写、几个词
    "Dense 参数": ["basics/sequential", "custom/custom_model"],
    "LSTM 参数": ["basics/multiple_inputs_outputs"],
    "函数式 API": ["basics/functional"],
    "准确率 0.102": ["note/accuracy_riddle"],
    "卷积核 步幅": ["vision/convolution"],
    "MNIST 下载": ["basics/data"],
    # 报错的原文
    "Invalid filepath extension for saving": ["note/save_load", "basics/save_load"],
    "File format not supported": ["note/from_2020", "deploy/saving_contracts"],
    "No module named 'keras.utils.vis_utils'": ["note/dependencies", "note/from_2020"],
    "You must install graphviz": ["basics/plot_model"],
    "expected min_ndim=4, found ndim=3": ["vision/convolution"],
    "No such layer: input_1": ["note/from_2020"],
    "A KerasTensor cannot be used as input": ["note/from_2020"],
    "has no attribute 'output_shape'": ["note/from_2020"],
    "URL fetch failure": ["note/from_2020"],
    "Could not locate class": ["deploy/saving_contracts", "custom/custom_layer"],
    # 同义词，两个方向
    "反卷积": ["vision/transposed_convolution"],
    "汇聚": ["vision/convolution"],
    "序贯模型": ["basics/sequential"],
    "稠密层": ["basics/sequential"],
    "跳跃连接": ["vision/residual"],
    "activation function": ["basics/sequential"],
    "transposed convolution": ["vision/transposed_convolution"],
}
# 查询 → 一定不能找到的页面
FINDS_NOT = {
    "转置卷积": ["basics/ensemble", "custom/custom_layer", "start/install"],
    "自编码器": ["basics/sequential", "vision/residual"],
    "残差连接": ["basics/fit", "basics/plot_model"],
    "函数式 API": ["vision/transposed_convolution"],
    "Dense 参数": ["start/install"],
    "准确率 0.102": ["basics/ensemble", "vision/convolution"],
    "优化器的状态": ["vision/convolution", "basics/ensemble"],
    "sequential_6": ["vision/convolution"],
    "LSTM 参数": ["vision/convolution", "custom/custom_layer"],
}
NOTHING = ["不存在的词语", "积卷置转", "zzzyyyxxx", "卷积 量子计算机"]
# 没有字可找的查询
EMPTY = ["", "   ", '"', "“", '""', "“”", "“ ”", "，。", "...", "=="]
# 标点不算字 → 和它结果一样的查询
PUNCTUATED = {
    "残差连接？": "残差连接",
    "「残差连接」": "残差连接",
    "卷积、池化": "卷积 池化",
    "Dense?": "Dense",
    "残差 == 连接": "残差 连接",
}


def start(page, address, query):
    # 不等 load：它要等正在取的文字
    address = f"{address}/search.html?q={urllib.parse.quote(query)}"
    page.goto(address, wait_until="domcontentloaded")


def search(page, address, query):
    """结果的页面名，按次序，不带锚点。"""
    start(page, address, query)
    page.wait_for_function("document.querySelector('.search-summary')?.innerText")
    links = page.locator("ul.search li > a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    return [link.removeprefix("./").partition(".html")[0] for link in links]


def summary(page):
    return page.locator(".search-summary").inner_text()


TEXT = "KerasguideSearch.page(...%s);"


def texts_of(site):
    """每一页的文字，小写：搜索就在这里面核对。"""
    start, end = TEXT.split("%s")
    found = {}
    for path in (site.html / "_static" / "search").rglob("*.js"):
        script = path.read_text(encoding="utf-8").strip()
        if script.startswith(start):
            script = script.removeprefix(start).removesuffix(end)
            name, sections = json.loads(script)
            found[name] = "\n".join(part for one in sections for part in one[1:])
    return {name: text.lower() for name, text in found.items()}


def pretend(page, texts, answer=None):
    """让站点好像有另外一些页面：made/0、made/1……，索引和文字都是编的。

    ``answer(number, route, script)`` 决定怎样给出一页的文字，默认照给。
    """
    names = [f"made/{number}" for number in range(len(texts))]
    everywhere = list(range(len(texts)))
    index = {
        "docnames": names,
        "titles": [f"第 {number} 页" for number in everywhere],
        "terms": dict.fromkeys(["模型", "alpha", "beta"], everywhere),
        "titleterms": {},
    }

    def give(route):
        number = int(route.request.url.rpartition("/")[2].removesuffix(".js"))
        section = ["", index["titles"][number], texts[number]]
        script = TEXT % json.dumps([names[number], [section]])
        if answer:
            answer(number, route, script)
        else:
            route.fulfill(body=script)

    script = f"Search.setIndex({json.dumps(index)})"
    page.route("**/searchindex.js*", lambda route: route.fulfill(body=script))
    page.route("**/_static/search/made/*.js", give)


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def results(browser, served):
    page = browser.new_page()
    found = {query: search(page, served, query) for query in [*FINDS, *NOTHING]}
    page.close()
    return found


@pytest.mark.parametrize("query", FINDS)
def test_finds_what_it_must(results, query):
    wanted = [GUIDE + name for name in FINDS[query]]
    assert [name for name in wanted if name not in results[query]] == []
    guide_first = [name for name in results[query] if not name.startswith("gallery/")]
    assert wanted[0] in guide_first[:3]


@pytest.mark.parametrize("query", FINDS_NOT)
def test_does_not_find_what_it_must_not(results, query):
    unwanted = [GUIDE + name for name in FINDS_NOT[query]]
    assert [name for name in unwanted if name in results[query]] == []


@pytest.mark.parametrize("query", NOTHING)
def test_finds_nothing_where_nothing_is(results, query):
    assert results[query] == []


@pytest.mark.parametrize("query", EMPTY)
def test_asks_for_words_where_there_are_none(page, served, query):
    assert search(page, served, query) == []
    assert "没有要找的字" in summary(page)


@pytest.mark.parametrize("query", PUNCTUATED)
def test_punctuation_is_not_looked_for(page, served, query):
    found = search(page, served, query)
    assert found
    assert found == search(page, served, PUNCTUATED[query])


def test_finds_every_page_that_holds_the_word(page, served, site):
    wanted = {name for name, text in texts_of(site).items() if "模型" in text}
    assert len(wanted) > 60
    found = search(page, served, "模型")
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert f" {len(wanted)} " in summary(page)


def test_first_results_come_before_the_last_of_many_pages(page, served):
    """400 页：先到的先显示，不一下子全要；都到了才说有几页，次序也对。"""
    held = []

    def answer(number, route, script):
        if number < 100 or held is None:
            route.fulfill(body=script)
        else:
            held.append((route, script))

    pretend(page, ["模型" * (number + 1) for number in range(400)], answer)
    start(page, served, "模型")
    page.wait_for_function("document.querySelectorAll('ul.search li').length === 100")
    assert summary(page) == ""
    assert len(held) < 50
    waiting, held = held, None
    for route, script in waiting:
        route.fulfill(body=script)
    page.wait_for_function("document.querySelector('.search-summary').innerText")
    links = page.locator("ul.search li > a").all_inner_texts()
    assert links == [f"第 {number} 页" for number in reversed(range(400))]
    assert " 400 " in summary(page)


@pytest.mark.parametrize("fault", ["失败", "没有回音", "不是那一页"])
def test_a_text_that_does_not_come_is_left_out_and_said(page, served, fault):
    def answer(number, route, script):
        if number != 1:
            route.fulfill(body=script)
        elif fault == "失败":
            route.abort()
        elif fault == "不是那一页":
            route.fulfill(body="")

    pretend(page, ["模型"] * 30, answer)
    found = search(page, served, "模型")
    assert len(found) == 29
    assert "made/1" not in found
    assert " 29 " in summary(page)
    assert "1 个页面没有取到" in summary(page)


def test_a_text_that_comes_late_is_counted(page, served):
    late = []

    def answer(number, route, script):
        if number == 1:
            late.append((route, script))
        else:
            route.fulfill(body=script)

    pretend(page, ["模型"] * 30, answer)
    assert len(search(page, served, "模型")) == 29
    [(route, script)] = late
    route.fulfill(body=script)
    page.wait_for_function("document.querySelectorAll('ul.search li').length === 30")
    page.wait_for_function(
        "document.querySelector('.search-summary').innerText.includes(' 30 ')"
    )
    assert "没有取到" not in summary(page)


def test_says_when_the_index_does_not_come(page, served):
    page.route("**/searchindex.js*", lambda route: route.abort())
    assert search(page, served, "模型") == []
    assert "没有取到搜索的索引" in summary(page)


def test_searches_where_nothing_may_be_stored(page, served):
    page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('不许存'); }"
    )
    assert "guide/vision/residual" in search(page, served, "残差连接")


def test_a_phrase_may_go_over_the_end_of_a_line(page, served):
    pretend(page, ["alpha\nbeta", "beta alpha"])
    assert search(page, served, '"alpha beta"') == ["made/0"]


def test_the_count_is_announced(page, served):
    search(page, served, "残差连接")
    assert page.get_by_role("status").inner_text() == summary(page)


def test_recall_and_precision(results, site, capsys):
    """召回率照上面的清单；准确率看结果的页面上是不是真有这些字或它们的同义词。"""
    wanted = [(query, GUIDE + name) for query, names in FINDS.items() for name in names]
    recall = sum(name in results[query] for query, name in wanted) / len(wanted)
    shown = [
        (query, name)
        for query in ("转置卷积", "优化器的状态", "残差连接", "准确率 0.102", "RMSprop")
        for name in results[query]
    ]
    synonyms = {"转置卷积": ["反卷积", "conv2dtranspose", "transposed convolution"]}
    synonyms["残差连接"] = ["跳跃连接", "residual connection"]
    right = 0
    for query, name in shown:
        text = site.page(name).get_text().lower()
        choices = [[word.lower(), *synonyms.get(word, [])] for word in query.split()]
        choices = [
            [*words, "adam", "sgd", "optimizer", "优化器"]
            if "rmsprop" in words
            else words
            for words in choices
        ]
        right += all(any(word in text for word in words) for words in choices)
    precision = right / len(shown)
    with capsys.disabled():
        print(
            f"\n搜索：{len(FINDS)} 个查询，召回率 {recall:.2f}，准确率 {precision:.2f}"
        )
    assert recall == 1
    assert precision == 1


def test_results_carry_a_line_of_context_with_the_words_marked(browser, served):
    page = browser.new_page()
    search(page, served, "反卷积")
    context = page.locator("ul.search li").first.locator("p.context")
    marked = context.locator(".highlighted").all_inner_texts()
    assert "反卷积" in marked
    page.locator("ul.search li > a").first.click()
    page.wait_for_selector("article .highlighted")
    assert "反卷积" in page.locator("article .highlighted").all_inner_texts()
    page.close()


def test_search_works_from_disk(browser, site):
    page = browser.new_page()
    found = search(page, site.html.as_uri(), "自编码器")
    assert found[0] == "guide/vision/autoencoder"
    assert page.locator("p.context .highlighted").count()
    page.close()
