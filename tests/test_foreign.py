"""浏览器自己去取的，有一样在别的主机上就构建失败；链接、命名空间、data: 放行。"""

import base64
import re

import pytest

from kerasguide.site.check import foreign
from tests.conftest import EXAMPLE, PAGE

IMPORT = base64.b64encode(b"@import url(//a.example/x.css)").decode()

FOREIGN_HTML = [
    '<img src="https://a.example/x.png" alt="x">',
    '<IMG SRC=HTTP://a.example/x.png alt="x">',
    '<img alt="x" src=" \n//a.example/x.png">',
    '<img alt="x" src="\\\\a.example/x.png">',
    '<img alt="x" src="/\\a.example/x.png">',
    '<img alt="x" src="ht&#10;tps://a.example/x.png">',
    '<img alt="x" src="&#104;ttps://a.example/x.png">',
    '<img alt="x" src="https:a.example/x.png">',
    '<img alt="x" src="x.png" srcset="y.png 1x, //a.example/z.png 2x">',
    '<img alt="x" src="x.png" srcset="data:image/png;base64,AA 1x,//a.example/z 2x">',
    '<img/alt="x"/src="//a.example/x.png"/>',
    '<img src="//a.example/x.png" src="x.png" alt="x">',
    '<!--><img src="//a.example/x.png" alt="x">-->',
    '<!-- x --!><img src="//a.example/x.png" alt="x"> -->',
    '<![CDATA[><img src="//a.example/x.png" alt="x">]]>',
    '<![x]><img src="//a.example/x.png" alt="x">',
    '<picture><source srcset="https://a.example/x.webp"></picture>',
    '<iframe src="https://a.example/"></iframe>',
    "<iframe srcdoc=\"&lt;img alt='' src='//a.example/x'&gt;\"></iframe>",
    "<iframe src=\"data:text/html,%3Cimg src='https://a.example/x'%3E\"></iframe>",
    '<object data="//a.example/x.svg"></object>',
    '<embed src="//a.example/x.svg">',
    '<video poster="//a.example/x.jpg" src="x.mp4"></video>',
    '<video><source src="//a.example/x.mp4"><track src="x.vtt"></video>',
    '<video><track src="//a.example/x.vtt"></video>',
    '<audio src="//a.example/x.mp3"></audio>',
    '<input type="image" src="//a.example/x.png" alt="x">',
    '<table background="//a.example/x.png"></table>',
    '<script src="//a.example/x.js"></script>',
    '<script type="module">import "https://a.example/x.js";</script>',
    '<script type="importmap">{"imports": {"x": "https://a.example/x.js"}}</script>',
    "<script>fetch('//a.example/x')",
    '<link rel="stylesheet" href="https://a.example/x.css">',
    '<link rel="alternate stylesheet" href="https://a.example/x.css">',
    '<link rel="preload" as="image" imagesrcset="//a.example/x.png 2x">',
    '<link rel="icon" href="//a.example/x.ico">',
    '<link rel="preconnect" href="https://a.example">',
    '<link rel="dns-prefetch" href="//a.example">',
    '<link href="https://a.example/x.css">',
    f'<link rel="stylesheet" href="data:text/css;base64,{IMPORT}">',
    '<base href="https://a.example/">',
    '<meta http-equiv="Refresh" content="5; URL=\'https://a.example/\'">',
    '<p style="background: url(https://a.example/x.png)"></p>',
    '<style>@import "//a.example/x.css";</style>',
    '<svg><image href="https://a.example/x.png"/></svg>',
    '<svg><image xlink:href="https://a.example/x.png"/></svg>',
    '<svg><use href="//a.example/x.svg#y"/></svg>',
    '<svg><rect fill="url(//a.example/x.svg#y)"/></svg>',
    '<svg><set attributeName="href" to="//a.example/x.png"/></svg>',
    '<svg><animate attributeName="href" values="x.png;//a.example/x.png"/></svg>',
    "<body onload=\"fetch('https://a.example/x')\"></body>",
    '<a href="x.html" ping="/here https://a.example/ping">x</a>',
    "<a href=\"javascript:fetch('https://a.example/x')\">x</a>",
    '<form action="https://a.example/"></form>',
    '<noscript><img src="//a.example/x.png" alt="x"></noscript>',
    '<?xml-stylesheet href="https://a.example/x.css"?><svg/>',
]

OWN_HTML = [
    '<a href="https://a.example/">x</a>',
    '<area href="//a.example/">',
    '<svg xmlns="http://www.w3.org/2000/svg"><a xlink:href="https://a.example/"/></svg>',
    '<link rel="canonical" href="https://a.example/x.html">',
    '<link rel="next" href="https://a.example/y.html">',
    '<meta property="og:image" content="https://a.example/x.png">',
    '<meta http-equiv="refresh" content="0; url=y.html">',
    '<img src="../_images/x.png" alt="//a.example 的截图" title="https://a.example/">',
    '<img src="data:image/png;base64,//8AAA==" alt="x">',
    '<img src="x.png" alt="x" srcset="y.png 1x, data:image/png;base64,//8= 2x">',
    "<pre>&lt;img src=&quot;https://a.example/x.png&quot;&gt;</pre>",
    '<!-- <img src="https://a.example/x.png"> -->',
    '<img src="x.png" src="//a.example/x.png" alt="x">',
    '<p style="background: url(x.png)" aria-label="//a.example"></p>',
    '<script type="application/ld+json">{"@context": "https://schema.org"}</script>',
    '<script src="x.js"></script><p>fetch("https://a.example/")</p>',
    '<svg><metadata><x rdf:resource="http://purl.org/x"/></metadata></svg>',
    '<iframe src="data:text/html;base64,坏"></iframe>',
]


@pytest.mark.parametrize("html", FOREIGN_HTML)
def test_what_the_browser_fetches_from_another_host_is_found(html):
    (found,) = foreign.in_html(f"<p>\n</p>\n{html}")
    assert "a.example" in found.address.replace("\\", "/")
    assert found.line in (3, 4)


@pytest.mark.parametrize("html", OWN_HTML)
def test_links_names_and_words_are_not(html):
    assert foreign.in_html(html) == []


FOREIGN_CSS = [
    "@import 'https://a.example/x.css';",
    "@import url(//a.example/x.css) print;",
    "@\\69mport 'https://a.example/x.css';",
    "a { background: URL( 'https://a.example/x.png' ) }",
    "a { background: u\\72l(https://a.example/x.png) }",
    "a { background: url(\\68 ttps://a.example/x.png) }",
    "a { background: url(https\\:\\/\\/a.example/x.png) }",
    "a { background: image-set('//a.example/x.png' 1x, 'x.png' 2x) }",
    "@font-face { src: local('x'), url(//a.example/x.woff2) format('woff2') }",
    ":root { --x: url(//a.example/x.png) }",
    "a { content: ')'; cursor: url('//a.example/x.cur'), auto }",
]

OWN_CSS = [
    "/* @import 'https://a.example/x.css'; */ a { background: url(x.png) }",
    "@namespace svg url(http://www.w3.org/2000/svg);",
    "a::after { content: '//a.example' }",
    "a[href^='https://a.example'] { color: red }",
    "a { background: url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/x'/>\") }",
    "a { background: url(data:image/png;base64,//8AAA==) }",
]


FOREIGN_SCRIPTS = [
    "fetch('https://a.example/x');",
    "import x from 'https://a.example/x.js';",
    "const x = await import(`https://a.example/${name}.js`);",
    "new Worker('//a.example/x.js');",
    "request.open('GET', 'https:\\/\\/a.example\\/x');",
    "navigator.sendBeacon('\\x68ttps://a.example/x');",
    "new WebSocket('wss://a.example/');",
    "new EventSource('\\u{68}ttps://a.example/');",
    "const address = 'https://a.example/'; /* 后来 */ fetch(address);",
    "element.innerHTML = '<img src=\"//a.example/x.png\">';",
    "element.style = 'background: url(https://a.example/x.png)';",
    "call(`${fetch('https://a.example/')}`);",
    "fetch('ht\\\ntps://a.example/');",
    "const quote = /[\"']/; fetch('https://a.example/');",
    "half = all / 2; fetch('https://a.example/'); // '",
]

OWN_SCRIPTS = [
    "// fetch('https://a.example/')",
    "/* 'https://a.example/' */ fetch('x.json');",
    "document.createElementNS('http://www.w3.org/2000/svg', 'g');",
    "if (location.protocol === 'https:' || address.startsWith('https://')) go();",
    "element.innerHTML = '<a href=\"https://a.example/\">';",
    "const comment = /'\\/\\/a.example/; call('//');",
]


def each(css, scripts):
    """每段样式和脚本，连同读它的函数。"""
    return [
        *((foreign.in_css, text) for text in css),
        *((foreign.in_script, text) for text in scripts),
    ]


@pytest.mark.parametrize(("read", "text"), each(FOREIGN_CSS, FOREIGN_SCRIPTS))
def test_styles_and_scripts_that_fetch_are_found(read, text):
    (found,) = read(f"\n{text}")
    assert (found.line, "a.example" in found.address) == (2, True)


@pytest.mark.parametrize(("read", "text"), each(OWN_CSS, OWN_SCRIPTS))
def test_styles_and_scripts_that_do_not_are_not(read, text):
    assert read(text) == []


def complaints(site):
    return [line for line in site.log.splitlines() if "kerasguide.foreign" in line]


IN_PAGES = [
    "![图](https://a.example/%d.png)",
    "一段[![图](https://a.example/%d.png)](https://b.example)",
    "```{image} https://a.example/%d.png\n:alt: 图\n```",
    "```{figure} https://a.example/%d.png\n:alt: 图\n\n题\n```",
    '一段 <img src="//a.example/%d.png" alt="图">',
    '<iframe src="//a.example/%d"></iframe>',
    "```{raw} html\n<script>fetch('//a.example/%d')</script>\n```",
    "```{eval-rst}\n.. image:: https://a.example/%d.png\n   :alt: 图\n```",
]


def test_pages_that_fetch_fail_with_their_lines_and_only_once(tiny):
    page, expected = PAGE, {}
    for number, text in enumerate(IN_PAGES):
        page += f"\n{text % number}\n"
        last = page.rindex("a.example")
        expected[f"a.example/{number}"] = page[:last].count("\n") + 1
    said = complaints(tiny(page))
    assert len(said) == len(IN_PAGES)
    for address, line in expected.items():
        (complaint,) = [one for one in said if address in one]
        # 原样的一块，行号是它开头的
        assert any(f"index.md:{at}: " in complaint for at in (line, line - 1))


def test_links_and_own_pictures_pass(tiny, tmp_path):
    (tmp_path / "docs").mkdir()
    picture = '<svg xmlns="http://www.w3.org/2000/svg"/>'
    (tmp_path / "docs" / "own.svg").write_text(picture, "utf-8")
    page = (
        f"{PAGE}\n[去](https://a.example/) ![图](own.svg)\n\n`<img src=//a.example>`\n"
    )
    assert tiny(page, html_baseurl="https://b.example/guide/").log == ""


def test_the_text_of_an_example_is_looked_at_too(tiny):
    picture = "# .. image:: https://a.example/x.png\n#    :alt: x"
    example = EXAMPLE.replace("# Say hello.", f"# Say hello.\n#\n{picture}")
    (complaint,) = complaints(tiny(example=example))
    assert "gallery/chapter/topic.rst:" in complaint


def test_a_page_may_not_send_the_reader_away(tiny):
    refresh = '---\nmyst:\n  html_meta:\n    "http-equiv=refresh": "%s"\n---\n\n'
    assert complaints(tiny(refresh % "9; url=index.html" + PAGE)) == []
    (complaint,) = complaints(tiny(refresh % "9; url=//a.example" + PAGE))
    assert "index.md" in complaint


@pytest.fixture
def site_with(tiny, tmp_path):
    """小站点，它的文件夹里另有几个文件。"""

    def build(files, **options):
        for name, text in files.items():
            file = tmp_path / "docs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        return tiny(**options)

    return build


def test_a_template_is_named_once_for_all_pages(site_with):
    script = '<script src="https://a.example/x.js"></script>'
    base = '{% extends "!base.html" %}\n{% block extrahead %}\nX\n{% endblock %}'
    templates = {"_templates/base.html": base.replace("X", script)}
    (complaint,) = complaints(site_with(templates))
    assert "_templates/base.html:3" in complaint
    assert "取自别的主机：https://a.example/x.js（<script src>，一共" in complaint


@pytest.mark.parametrize(
    "options",
    [
        {"html_css_files": ["https://a.example/x.css"]},
        {"html_js_files": ["//a.example/x.js"]},
        {"html_theme_options": {"announcement": "<img src='//a.example/x'>"}},
    ],
)
def test_settings_are_looked_at_too(tiny, options):
    (complaint,) = complaints(tiny(**options))
    assert "a.example/x" in complaint
    assert ".html:" in complaint


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("more.css", "\n@import 'https://a.example/x.css';"),
        ("deep/more.css", "\na { background: url(//a.example/x.png) }"),
        ("more.js", "\nfetch('https://a.example/x')"),
        ("more.svg", "<svg>\n<image href='https://a.example/x.png'/></svg>"),
    ],
)
def test_own_static_files_are_looked_at_too(site_with, name, text):
    site = site_with({f"_static/{name}": text})
    (complaint,) = complaints(site)
    assert f"docs/_static/{name}:2: " in complaint


def test_the_same_is_said_again_until_it_is_mended(site_with, tiny):
    shared = {
        "_static/more.css": "@import '//a.example/x.css';",
        "_static/more.html": "<iframe src='//a.example'></iframe>",
    }
    picture = f"{PAGE}\n![图](https://a.example/x.png)\n"
    assert len(complaints(site_with(shared, page=picture))) == 3
    # 这个小站点没有 -W，没有变的页面不重读；_static 总是看
    said = complaints(tiny(picture, freshenv=False))
    assert sorted(re.findall(r"more\.\w+:1", "".join(said))) == [
        "more.css:1",
        "more.html:1",
    ]
    mended = dict.fromkeys(shared, "")
    assert complaints(site_with(mended, freshenv=False)) == []


@pytest.mark.parametrize("builder", ["singlehtml", "epub"])
def test_the_book_is_looked_at_too(site_with, builder):
    shared = {"_static/more.css": "@import '//a.example/x.css';"}
    site = site_with(shared, buildername=builder)
    assert [line for line in complaints(site) if "more.css:1" in line]
