"""搜索：浏览器里怎样拆查询，就怎样建索引，所以中文词搜得到。"""

import json

import pytest
from py_mini_racer import MiniRacer

from kerasguide.site.write.search import SearchChinese
from tests.conftest import PAGE

TEXT = "\n转置卷积（旧称反卷积）把小图变大，Conv2DTranspose 就是它。自编码器用到它。\n"


@pytest.fixture
def built(tiny):
    """小站点的索引，和它在浏览器里运行的那段语言脚本。"""
    site = tiny(PAGE + TEXT)
    assert site.log == ""
    script = MiniRacer()
    # 浏览器里的 window 就是全局对象
    script.eval("var window = globalThis;")
    script.eval((site.html / "_static" / "language_data.js").read_text("utf-8"))
    index = (site.html / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(index.removeprefix("Search.setIndex(").removesuffix(")"))
    return script, index["terms"]


def terms_of(script, query):
    split = f"splitQuery({json.dumps(query)})"
    stem = "word => new Stemmer().stemWord(word.toLowerCase())"
    return json.loads(script.eval(f"JSON.stringify({split}.map({stem}))"))


@pytest.mark.parametrize(
    "query",
    [
        "转置卷积",
        "反卷积",
        "自编码器",
        "图",
        "Conv2DTranspose",
        "转置卷积 conv2dtranspose",
    ],
)
def test_every_term_of_a_query_is_in_the_index(built, query):
    script, index = built
    terms = terms_of(script, query)
    assert terms
    assert [term for term in terms if term not in index] == []


def test_words_that_the_page_does_not_hold_are_not_found(built):
    script, index = built
    # 四个字页面上都有，可是没有这样连在一起
    assert any(term not in index for term in terms_of(script, "积卷置转"))


def test_splits_queries_into_pairs_and_words():
    assert SearchChinese({}).split("全连接层 Dense、ReLU_6") == [
        *("全", "连", "接", "层", "全连", "连接", "接层"),
        *("Dense", "ReLU_6"),
    ]
