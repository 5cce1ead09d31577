"""界面：例子的页面没有英文，每页说明自己的输出是怎样做成的。"""

import importlib.metadata
import platform
import re


def test_the_gallery_speaks_chinese(site):
    english = re.compile(
        r"Go to the end|download the full|Total running time|Download |Gallery generated"
    )
    pages = ["gallery/index", "gallery/basics/mnist_fit", "gallery/basics/index"]
    for name in pages:
        text = site.page(name).select_one("article").get_text(" ")
        assert not english.search(text), name
    text = site.page("gallery/basics/mnist_fit").select_one("article").get_text()
    text = re.sub(r"\s+", "", text)
    assert re.search(r"这个脚本运行了\d+\.\d秒", text)
    assert "到页末下载完整的例子" in text
    assert "下载Jupyter笔记本" in text


def test_labels_for_screen_readers_are_chinese(site):
    for name in ("index", "guide/basics/fit", "search"):
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
    text = site.page("guide/basics/fit").select_one(".made").get_text(" ", strip=True)
    assert f"Keras {importlib.metadata.version('keras')}" in text
    assert f"tensorflow {importlib.metadata.version('tensorflow')}" in text
    assert f"Python {platform.python_version()}" in text
    assert "MNIST：内置的替代数据" in text
    assert re.search(r"运行于 \d{4}-\d\d-\d\d，共用 \d+ 秒", text)


def test_a_page_that_shows_code_of_2020_names_keras_2(site):
    made = site.page("guide/note/mnist_model").select_one(".made").get_text()
    assert "Keras 2（tf-keras" in made


def test_every_page_describes_itself(site):
    for path in site.html.rglob("*.html"):
        page = site.page(path.relative_to(site.html).with_suffix("").as_posix())
        described = [tag["content"] for tag in page.select("meta[name=description]")]
        assert len(described) == 1, path
        assert 4 < len(described[0]) <= 120, path
        assert not described[0].endswith("："), path


def test_pages_carry_only_the_styles_they_use(site):
    plain, tabs = site.page("index"), site.page("guide/note/mnist_model")
    example = site.page("gallery/basics/mnist_mlp")
    for page, wanted in ((plain, ()), (tabs, ("design-",)), (example, ("sg_",))):
        files = " ".join(tag["href"] for tag in page.select("link[rel=stylesheet]"))
        files += " ".join(tag["src"] for tag in page.select("script[src]"))
        assert "sphinx-design" not in files
        for kind in ("design-", "sg_"):
            assert (kind in files) == (kind in wanted)


def test_the_page_that_is_not_there(site):
    page = site.page("404")
    assert page.h1.get_text().startswith("没有这一页")
    assert page.select_one("article a")["href"] == "/"
    # 它在哪一层都可能出现：样式从根取
    assert all(
        tag["href"].startswith("/") for tag in page.select("link[rel=stylesheet]")
    )


def test_no_address_is_invented(site):
    assert not site.page("index").select("link[rel=canonical]")
    assert not (site.html / "sitemap.xml").exists()


def test_a_given_address_makes_canonical_links_and_a_sitemap(tiny, monkeypatch):
    monkeypatch.setenv("KERASGUIDE_BASEURL", "https://guide.example/keras/")
    built = tiny()
    assert not built.log, built.log
    canonical = built.page("index").select_one("link[rel=canonical]")
    assert canonical["href"] == "https://guide.example/keras/index.html"
    sitemap = (built.html / "sitemap.xml").read_text(encoding="utf-8")
    assert "https://guide.example/keras/index.html" in sitemap
    assert "404" not in sitemap
    assert built.page("404").select_one("article a")["href"] == "/keras/"


def test_images_are_described_alike_and_leave_room(site):
    for name in ("guide/basics/fit", "gallery/basics/mnist_fit"):
        image = site.page(name).find("img", alt=lambda alt: "两幅曲线图" in (alt or ""))
        assert image["loading"] == "lazy"
        assert int(image["width"]) > int(image["height"]) > 0
    for name in ("guide/basics/functional", "gallery/basics/mnist_mlp"):
        labels = [
            figure["aria-label"]
            for figure in site.page(name).select("figure.model-diagram")
        ]
        assert "依次接着三个 Dense" in labels[0]
