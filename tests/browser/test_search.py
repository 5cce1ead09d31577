"""搜索：读者会敲的词，该找到的页面要找到，不该的不能有。"""

import urllib.parse

import pytest

GUIDE = "guide/"

# 查询 → 必须找到的页面；第一个要排在前三
FINDS = {
    # 词
    "转置卷积": ["convolution/transposed_convolution", "convolution/autoencoder"],
    "自编码器": ["convolution/autoencoder"],
    "全连接层": ["basics/define_model"],
    "残差连接": ["functional/resnet"],
    "重新编译": ["basics/save_load", "basics/accuracy_riddle"],
    "准确率": ["basics/accuracy_riddle", "basics/train"],
    "独热": ["basics/train", "functional/resnet"],
    "过拟合": ["basics/train"],
    "权重共享": ["functional/ensemble"],
    "符号张量": ["basics/define_model", "functional/ensemble"],
    "全局最大池化": ["convolution/encoder"],
    "上采样": ["convolution/transposed_convolution"],
    "子类化": ["custom/custom_model"],
    "后端": ["setup/dependencies"],
    "占位符": ["custom/custom_model"],
    "广播": ["functional/resnet", "convolution/autoencoder"],
    "优化器的状态": ["basics/save_load"],
    "训练曲线": ["basics/train"],
    "瞎猜": ["functional/resnet", "basics/train"],
    # 一个字
    "池": ["convolution/encoder"],
    "嵌": ["functional/multiple_inputs_outputs"],
    # 名字和符号
    "Conv2DTranspose": ["convolution/transposed_convolution"],
    "plot_model": ["setup/plotting"],
    "RMSprop": ["basics/train"],
    "from_logits=True": ["basics/train"],
    "to_categorical": ["functional/resnet"],
    "CustomDense": ["custom/custom_layer"],
    "get_config": ["custom/custom_layer"],
    "KERAS_BACKEND": ["backends/differences"],
    ".h5": ["basics/save_load"],
    "sequential_6": ["sequential/growing_model"],
    # 中英混写、几个词
    "Dense 参数": ["custom/custom_model", "basics/define_model"],
    "LSTM 参数": ["functional/multiple_inputs_outputs"],
    "函数式 API": ["basics/define_model", "functional/resnet"],
    "准确率 0.102": ["basics/accuracy_riddle"],
    "卷积核 步幅": ["convolution/encoder"],
    "MNIST 下载": ["basics/train"],
    # 报错的原文
    "Invalid filepath extension for saving": ["basics/save_load"],
    "File format not supported": ["basics/save_load"],
    "No module named 'keras.utils.vis_utils'": ["setup/plotting"],
    "You must install graphviz": ["setup/plotting"],
    "expected min_ndim=4, found ndim=3": ["convolution/encoder"],
    "No such layer: input_1": ["migration/from_2020"],
    "A KerasTensor cannot be used as input": ["migration/from_2020"],
    "has no attribute 'output_shape'": ["migration/from_2020"],
    "URL fetch failure": ["migration/from_2020"],
    "Could not locate class": ["basics/saving_contracts", "custom/custom_layer"],
    # 同义词，两个方向
    "反卷积": ["convolution/transposed_convolution"],
    "汇聚": ["convolution/encoder"],
    "序贯模型": ["sequential/sequential"],
    "稠密层": ["basics/define_model"],
    "跳跃连接": ["functional/resnet"],
    "activation function": ["basics/define_model"],
    "transposed convolution": ["convolution/transposed_convolution"],
}
# 查询 → 一定不能找到的页面
FINDS_NOT = {
    "转置卷积": ["functional/ensemble", "custom/custom_layer", "setup/dependencies"],
    "自编码器": ["sequential/sequential", "functional/resnet"],
    "残差连接": ["basics/train", "setup/plotting"],
    "函数式 API": ["convolution/transposed_convolution"],
    "Dense 参数": ["setup/dependencies"],
    "准确率 0.102": ["functional/ensemble", "convolution/encoder"],
    "优化器的状态": ["convolution/encoder", "functional/ensemble"],
    "sequential_6": ["convolution/encoder"],
    "LSTM 参数": ["convolution/encoder", "custom/custom_layer"],
}
NOTHING = ["不存在的词语", "积卷置转", "zzzyyyxxx", "卷积 量子计算机"]


def search(page, address, query):
    """结果的页面名，按次序，不带锚点。"""
    page.goto(f"{address}/search.html?q={urllib.parse.quote(query)}")
    page.wait_for_function(
        "document.querySelector('.search-summary')?.innerText.length > 0"
    )
    links = page.locator("ul.search li > a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    return [link.removeprefix("./").partition(".html")[0] for link in links]


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
    assert found[0] == "guide/convolution/autoencoder"
    assert page.locator("p.context .highlighted").count()
    page.close()
