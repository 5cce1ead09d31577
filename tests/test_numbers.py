"""句子里没有出处的数让构建失败；有出处的、只是名字的放行。"""

import pytest

from tests.conftest import EXAMPLE

NUMBERS = (
    EXAMPLE
    + """
# %% total
# A total of two sizes.

units = 64
total = 784 * units + units
print("Total", total)
"""
)

LEDGER = """
[[row]]
id = "B22"
topic = "t"
said = "参数 4,335 个"
page = "index"
"""


def page(prose):
    return (
        "# Tiny\n\n```{cell} chapter/topic hello total\n```\n\n"
        f"## 一节\n\n{prose}\n\n## 后一节\n\n```{{doctest}}\n>>> 6 * 7\n42\n```\n"
    )


def complaints(site):
    return [line for line in site.log.splitlines() if "kerasguide.number" in line]


@pytest.mark.parametrize(
    "prose",
    [
        "代码里写着 64 和 784。",
        "结果是 {fact}`chapter/topic total total`。",
        "前面的 {fact}`chapter/topic total units`{fact}`chapter/topic total units` 连在一起。",
        "概率在 0 到 1 之间。",
        "2020 年的 Keras 2.4.3，TensorFlow 2.3，第 3 节第 12 题，议题 #42045。",
        "类型 float32 是 32 位，`Conv2D` 与 `dense_3`、CIFAR-10、B18。",
        "旧笔记写的是 4,335 个。",
        "公式 $x^2 + 3x$ 里的一位数。",
        "$$\nx^2 + 3x\n$$",
        "### 试一试\n\n1. 把 64 改成 128。",
        "```{doctest}\n>>> 784 * 64\n50176\n```\n\n算得 50,176，即 5.0176 万。",
        "Keras 3 与 Python 3.11；32 位浮点数，64 位精度。",
        "3 千字节、2 百分点都不是数量词的千和百：`3` 与 `2`。\n\n```{doctest}\n>>> 3, 2\n(3, 2)\n```",
        "占 20%：\n\n```{doctest}\n>>> 1 / 5\n0.2\n```",
    ],
)
def test_numbers_with_a_source_pass(tiny, prose):
    assert complaints(tiny(page(prose), NUMBERS, ledger=LEDGER)) == []


@pytest.mark.parametrize(
    ("prose", "number"),
    [
        ("一共 50,240 个参数。", "50,240"),  # 输出里有，也要用 {fact}
        ("每层 65 个单元。", "65"),
        ("准确率 97.5%。", "97.5%"),
        ("## 共 77 层", "77"),
        ("| 层 | 参数 |\n|---|---|\n| a | 4160 |", "4160"),
        ("$$\n\\ln 10 = 2.3026\n$$", "10"),
        ("行内 $\\ln n = 2.3$ 公式。", "2.3"),
        ("`Dense(32)` 里的数。", "32"),
        ("一共 4,335 个参数。", "4,335"),  # 没有说是旧笔记的
        ("旧笔记写的是 4,336 个。", "4,336"),  # 旧笔记没有这个数
        ("- 列表里的 33 个", "33"),
        ("### 试一试\n\n1. 把 64 改成 128。\n\n一共 129 个。", "129"),
        ("共 6 万张。", "6 万"),
        ("共 3 亿个。", "3 亿"),
        ("共 64 百万个。", "64 百万"),
        ("共 3 千个。", "3 千"),
        ("97 位用户。", "97"),
        ("32 位用户。", "32"),
        ("JAX 1321 倍。", "1321"),
        ("JAX 13 倍。", "13"),
        ("训练完了。97 张图。", "97"),
        ("训练完了。\n97 张图。", "97"),
        (":::{figure} /_static/icon.svg\n:alt: 图\n\n共 91 层\n:::", "91"),
        ("```{code-block} text\n:caption: 共 92 行\n\nx\n```", "92"),
        (":::{rubric} 共 93 步\n:::", "93"),
        ("定义 94\n: 说明", "94"),
        ("定义\n: 说明 95", "95"),
        ("::::{tab-set}\n:::{tab-item} 第 96 个\n好\n:::\n::::", "96"),
        (":::{dropdown} 展开 97\n好\n:::", "97"),
        (":::{card} 卡片 98\n好\n:::", "98"),
        ("<p>共 99 个</p>", "99"),
        ("好 <b>81</b> 个", "81"),
        ("```text\nloss: 0.82\n```", "0.82"),
        ("{abbr}`词 (解释)` 83 个", "83"),
        ("一句话。[^n]\n\n[^n]: 脚注 84。", "84"),
        ("> 引文 85", "85"),
        ("```{epigraph}\n好\n\n-- 作者 86\n```", "86"),
        ("后一节才算出 42。", "42"),
        (":::{admonition} 共 88 个\n好。\n:::", "88"),
    ],
)
def test_numbers_without_a_source_fail_with_their_place(tiny, prose, number):
    site = tiny(page(prose), NUMBERS, ledger=LEDGER)
    found = complaints(site)
    assert any(f"数 {number} 没有出处" in line for line in found), site.log
    assert all("index.md:" in line for line in found)


def test_an_alternative_text_may_say_what_the_output_says(tiny):
    draw = (
        "\n# %% draw\n# Draw.\n\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2])\n"
    )
    text = page("好。") + "\n```{cell} chapter/topic draw\n:alt: 共 50,240 个%s\n```\n"
    assert complaints(tiny(text % "", NUMBERS + draw)) == []
    (complaint,) = complaints(tiny(text % "，99 条线", NUMBERS + draw))
    assert "数 99 没有出处" in complaint


DESCRIPTION = "---\nmyst:\n  html_meta:\n    description: 共 71 个\n---\n\n"


def test_a_description_for_search_engines_is_a_sentence_too(tiny):
    (complaint,) = complaints(tiny(DESCRIPTION + page("好。"), NUMBERS, ledger=LEDGER))
    assert "数 71 没有出处" in complaint
    good = DESCRIPTION.replace("71", "64")
    assert complaints(tiny(good + page("好。"), NUMBERS, ledger=LEDGER)) == []


@pytest.mark.parametrize(
    "text",
    [
        "开头 72。\n\n" + page("好。"),
        "开头 72。\n\n```{cell} chapter/topic hello total\n```\n",
    ],
    ids=["before the first heading", "no heading at all"],
)
def test_text_that_is_in_no_section_is_checked(tiny, text):
    found = complaints(tiny(text, NUMBERS, ledger=LEDGER))
    assert any("数 72 没有出处" in line and "index.md:1" in line for line in found)
    assert complaints(tiny(text.replace("72", "64"), NUMBERS, ledger=LEDGER)) == []
