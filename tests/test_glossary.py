"""术语：第一次出现时链接到术语表，不用的译名让构建失败。"""

import re
import tomllib

import pytest

from kerasguide.site.base import terms
from tests.conftest import ROOT

TERMS = """
[[term]]
zh = "卷积"
en = "convolution"
meaning = "一个小窗口滑过全图。"
page = "index"

[[term]]
zh = "转置卷积"
en = "transposed convolution"
api = ["Conv2DTranspose"]
others = [
    { name = "反卷积", who = "旧笔记", rejected = true },
    { name = "逆卷积", who = "别人" },
]
meaning = "左乘转置。"
page = "index"

[[term]]
zh = "批"
en = "batch"
meaning = "若干个样本。"
page = "index"
"""


@pytest.fixture
def build(tiny, tmp_path):
    def build(prose, terms=TERMS):
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "glossary.toml").write_text(terms, encoding="utf-8")
        return tiny(
            f"# Tiny\n\n```{{cell}} chapter/topic hello\n```\n\n{prose}\n\n"
            "## 术语\n\n```{glossary-table}\n```\n"
        )

    return build


def links(site):
    return [
        (link.get_text(), link["href"])
        for link in site.page("index").select("a:has(> .term)")
    ]


def test_the_first_use_of_a_term_links_to_the_table(build):
    site = build("先说转置卷积，再说卷积，又是卷积和转置卷积。\n\n还是卷积。")
    assert site.log == ""
    assert links(site) == [
        ("转置卷积", "#term-transposed-convolution"),
        ("卷积", "#term-convolution"),
    ]
    link = site.page("index").select_one("a:has(> .term)")
    assert link["title"] == "转置卷积（transposed convolution）：左乘转置。"
    assert site.page("index").find(id="term-transposed-convolution")


def test_code_links_headings_and_single_characters_are_left_alone(build):
    site = build("`卷积` 与 [卷积](index.md)，一批。\n\n## 卷积\n\n好。")
    assert site.log == ""
    assert links(site) == []


def test_the_table_shows_other_translations_and_who_uses_them(build):
    row = build("好。").page("index").select_one("tr#term-transposed-convolution")
    cells = [cell.get_text(" ", strip=True) for cell in row.find_all("td")]
    assert cells[1] == "transposed convolution Conv2DTranspose"
    assert cells[2] == "反卷积（旧笔记）；逆卷积（别人）"


def test_a_rejected_translation_fails_with_its_place(build):
    site = build("用一层反卷积放大。")
    assert "译名 '反卷积' 不用，本站叫“转置卷积”" in site.log
    assert "index.md:6" in site.log


@pytest.mark.parametrize(
    "prose",
    [
        "转置卷积，也有人叫“反卷积”。",
        "转置卷积（旧称反卷积）。",
        "旧笔记写的是反卷积。",
        ":::{admonition} 勘误：反卷积\n:class: erratum\n\n反卷积。\n:::",
        "逆卷积没有被拒绝。",
    ],
)
def test_a_rejected_translation_may_be_talked_about(build, prose):
    assert build(prose).log == ""


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        ("[[term]\n", "不是合法的 TOML"),
        (TERMS + '[[term]]\nzh = "层"\n', "层：缺少 en、meaning、page"),
        (TERMS.replace('en = "batch"', 'en = "batch"\neng = "x"'), "不认识的键 eng"),
        (TERMS.replace("逆卷积", "卷积"), "卷积 出现了两次"),
        (TERMS.replace('en = "batch"', "en = 3"), "值的类型不对"),
        (TERMS.replace('en = "batch"', 'en = "batch"\napi = "Dense"'), "类型不对"),
        ("term = [1, 2]\n", "第 1 行：要写成 [[term]]"),
    ],
)
def test_a_damaged_data_file_fails_the_build(build, terms, complaint):
    site = build("好。", terms)
    assert complaint in site.log
    assert "glossary.toml" in site.log


def test_every_page_of_the_real_glossary_exists():
    for term in terms.load(ROOT / "docs" / "glossary.toml"):
        assert (ROOT / "docs" / f"{term.page}.md").is_file(), term.zh


def test_the_real_glossary_is_tidy():
    text = (ROOT / "docs" / "glossary.toml").read_text(encoding="utf-8")
    for term in tomllib.loads(text)["term"]:
        assert term["meaning"].endswith("。")
        assert not re.search(r"\s$", term["zh"] + term["en"])
