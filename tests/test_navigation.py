"""全站目录只画一次，得到的与 Furo 为每一页各画一遍的相同。"""

import re

import pytest
from bs4 import BeautifulSoup

from kerasguide.site.write import navigation
from tests.conftest import PAGE, write


@pytest.fixture
def drawn(tiny, tmp_path, monkeypatch):
    """两种画法画出的目录，按页面。"""

    def draw():
        for name, text in {
            "one/index": "# 第一章 `code`\n\n```{toctree}\npage\nother\n```\n",
            "one/page": "# 一页\n\n## 一节\n",
            "one/other": '# 另一页 & "别的"\n\n```{toctree}\ndeep/page\n```\n',
            "one/deep/page": "# 最深的一页\n",
        }.items():
            path = tmp_path / "docs" / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            write(path, text)
        page = PAGE + "\n```{toctree}\n首页之外 <one/index>\n```\n"
        site = tiny(page)
        assert site.log == ""
        return {
            path.relative_to(site.html).as_posix(): BeautifulSoup(
                path.read_text(encoding="utf-8"), "html.parser"
            ).select_one(".sidebar-tree")
            for path in site.html.rglob("*.html")
        }

    once = draw()
    monkeypatch.setattr(navigation, "_ours", lambda app, pagename: False)
    return once, draw()


def test_drawn_once_is_what_furo_draws(drawn):
    once, each = drawn
    assert {"index.html", "one/deep/page.html", "search.html"} <= each.keys()
    for name, tree in each.items():
        assert str(once[name]) == str(tree), name
    assert len(once["one/deep/page.html"].select(".current")) >= 3


def test_labels_are_chinese(drawn):
    for name, tree in drawn[0].items():
        labels = [one["aria-label"] for one in tree.select("input")]
        assert labels, name
        assert all(re.fullmatch("显示或收起：.+", label) for label in labels), name


def test_drawn_again_only_when_it_changed(tiny, monkeypatch):
    count = []
    draw = navigation.get_navigation_tree
    monkeypatch.setattr(
        navigation, "get_navigation_tree", lambda html: (count.append(1), draw(html))[1]
    )
    tiny()
    site = tiny(PAGE + "\n改了正文。\n", freshenv=False)
    assert "改了正文" in site.page("index").text
    assert len(count) == 1
    site = tiny(PAGE.replace("# Tiny", "# 换了标题"), freshenv=False)
    assert len(count) == 2
    assert "换了标题" in site.page("index").text
