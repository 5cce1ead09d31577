"""界面：例子的页面没有英文，每页说明自己的输出是怎样做成的。"""

import importlib.metadata
import platform
import re


def test_the_gallery_speaks_chinese(site):
    english = re.compile(
        r"Go to the end|download the full|Total running time|Download |Gallery generated"
    )
    pages = ["gallery/index", "gallery/basics/mnist_mlp", "gallery/basics/index"]
    for name in pages:
        text = site.page(name).select_one("article").get_text(" ")
        assert not english.search(text), name
    text = site.page("gallery/basics/mnist_mlp").select_one("article").get_text()
    text = re.sub(r"\s+", "", text)
    assert re.search(r"这个脚本运行了\d+\.\d秒", text)
    assert "到页末下载完整的例子" in text
    assert "下载Jupyter笔记本" in text


def test_labels_for_screen_readers_are_chinese(site):
    for name in ("index", "guide/basics/train", "search"):
        labels = {
            tag["aria-label"]
            for tag in site.page(name).select("[aria-label]")
            # 页面里的标签页、公式等不算界面
            if not tag.find_parent("article")
        }
        assert labels
        assert all(re.search(r"[\u4e00-\u9fff]", label) for label in labels), labels


def test_every_page_with_examples_says_how_it_was_made(site):
    for name in site.pages():
        page = site.page(name)
        made = page.select_one("section.made")
        assert bool(page.select(".cell")) == bool(made), name
    text = site.page("guide/basics/train").select_one(".made").get_text(" ", strip=True)
    assert f"Keras {importlib.metadata.version('keras')}" in text
    assert f"tensorflow {importlib.metadata.version('tensorflow')}" in text
    assert f"Python {platform.python_version()}" in text
    assert "MNIST：内置的替代数据" in text
    assert re.search(r"运行于 \d{4}-\d\d-\d\d，共用 \d+ 秒", text)


def test_a_page_that_shows_code_of_2020_names_keras_2(site):
    made = site.page("guide/basics/define_model").select_one(".made").get_text()
    assert "Keras 2（tf-keras" in made
