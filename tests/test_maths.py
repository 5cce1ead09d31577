"""公式：构建时画好，样式和字体都在站点里，画不出来就报错。"""

import re

PAGE = """# Maths

```{cell} chapter/topic hello
```

Inline $y = xW + b$ and displayed

$$
\\sum_{i=0}^{n} x_i
$$
"""


def test_drawn_at_build_time_with_styles_from_the_site(tiny):
    site = tiny(PAGE)
    assert site.log == ""
    page = site.page("index")
    assert len(page.select("span.math .katex")) == 1
    assert len(page.select("div.math .katex-display")) == 1
    scripts = [script.get("src", "") for script in page.find_all("script")]
    assert all(src.startswith("_static") for src in scripts if src)
    styles = [link["href"] for link in page.select("link[rel=stylesheet]")]
    katex, without_scripts = [href for href in styles if "katex.min.css" in href]
    assert page.select_one("noscript link")["href"] in (katex, without_scripts)
    folder = site.html / katex.split("?")[0].removesuffix("katex.min.css")
    css = (folder / "katex.min.css").read_text()
    fonts = set(re.findall(r"url\(([^)]+)\)", css))
    assert len(fonts) == 20
    assert all((folder / font).is_file() for font in fonts)


def test_pages_without_maths_load_no_maths_styles(tiny):
    page = tiny().page("index")
    assert "katex" not in str(page.head)


def test_wrong_formula_says_where(tiny):
    log = tiny(PAGE.replace("\\sum", "\\suum")).log
    assert "index.md:8: WARNING" in log and "suum" in log
