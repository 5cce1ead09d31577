"""结构图：网页里是内嵌的 SVG，带着每层的形状、参数和链接；同样的内容也写成文字。"""

import re

import pytest

from tests.conftest import PAGE

NESTED = '''"""
Diagram
=======

A model with a model in it.
"""

# %% hello
# Plot it.

import keras
from keras import layers

from kerasguide import figures


class Mine(layers.Layer):
    def call(self, inputs):
        return inputs


inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="inner")
inputs = keras.Input(shape=(3,), name="numbers")
outputs = inner(Mine(name="mine")(inputs)) + inputs[:, :2]
model = keras.Model(inputs, outputs, name="outer")
keras.utils.plot_model(
    model, figures.path("outer.png"), show_shapes=True, expand_nested=True
)
'''

WITH_ALT = PAGE.replace("hello\n```", "hello\n:alt: 一个模型\n```")

GLOSSARY = """
[[term]]
zh = "全连接层"
en = "dense"
api = ["Dense", "InputLayer"]
layers = ["GetItem"]
meaning = "层。"
page = "other"
"""


@pytest.fixture
def built(tiny, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    (docs / "other.md").write_text("---\norphan: true\n---\n# Other\n", "utf-8")
    return tiny(WITH_ALT, NESTED)


def test_the_page_has_the_drawing_itself(built):
    figure = built.page("index").select_one("figure.model-diagram")
    assert figure["aria-label"] == "一个模型"
    assert figure.svg["aria-hidden"] == "true"
    assert "numbers" not in figure.svg.select_one("text").get_text()
    assert figure.svg.find("text", string="InputLayer")
    assert "white" not in {  # 背景透明，随主题
        polygon["fill"] for polygon in figure.svg.g.find_all("polygon", recursive=False)
    }
    # 对象的编号每次不同，不能留在页面上
    assert not re.search(r"\d{12}", str(figure))
    # 网页用不着 PNG，就不随站点发布
    assert not list(built.html.glob("_images/*_001.png"))


def test_each_box_says_what_it_is_and_where_it_is_taught(built):
    svg = built.page("index").select_one("figure.model-diagram svg")
    titles = [title.get_text() for title in svg.select("g.node > title")]
    dense = next(title for title in titles if "Dense" in title)
    assert "输出形状 (None, 2)" in dense
    assert "8 个参数" in dense
    anchor = svg.find("text", string="Dense").find_parent("a")
    assert anchor["href"] == "other.html"
    assert anchor["tabindex"] == "-1"
    # 例子自己定义的类，没有别的页面讲它
    assert svg.find("text", string="Mine").find_parent("a") is None


def test_the_same_in_words(built):
    words = [
        item.get_text()
        for item in built.page("index").select("figure.model-diagram details li")
    ]
    assert words[0] == "numbers（InputLayer）：输出形状 (None, 3)，0 个参数。"
    assert "mine（Mine）：接在 numbers 之后，输出形状 (None, 3)，0 个参数。" in words
    assert any(
        re.fullmatch(
            r"dense（Dense）：接在 \w+ 之后，输出形状 \(None, 2\)，8 个参数。", word
        )
        for word in words
    )
    add = next(word for word in words if "（Add）" in word)
    # 展开之后，里面那个模型的最后一层接到外面；运算没有参数可说
    assert "接在 get_item、dense 之后" in add
    assert "个参数" not in add


def test_a_layer_that_no_page_teaches_is_reported(built):
    assert (
        "结构图里有 Add，可是术语表里没有哪个术语的 api 或 layers 写着它" in built.log
    )
    assert "结构图里有 Mine" not in built.log


def test_the_page_of_the_example_shows_it_too(built):
    figure = built.page("gallery/chapter/topic").select_one("figure.model-diagram")
    assert figure["aria-label"] == "一个模型"
    assert figure.svg.find("text", string="Dense")


def test_a_book_gets_the_picture(tiny, tmp_path):
    tiny(WITH_ALT, NESTED)
    built = tiny(WITH_ALT, NESTED, buildername="epub")
    assert not built.page("index").select("svg")
    image = built.page("index").find("img", alt="一个模型")
    assert image["src"].endswith(".png")
