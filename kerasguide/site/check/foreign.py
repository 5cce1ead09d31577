"""浏览器自己去取的一切都要出自本站：有一样要向别的主机要，构建就失败。

图片、框架、脚本、样式、字体……读者一打开页面，浏览器就去取：他的网络不一定连得上，离线时
更没有，而且别的主机由此知道谁在读哪一页。链接不算，读者点了才去。

看两遍，同一个地址只说一次：

- 读页面时看文档树：图片、原样的 HTML、``meta``，说得出哪一页、哪一行；
- 写好以后看这次写的网页，和全部样式、SVG、自己的脚本：模板、设置、扩展加上去的，只有
  在这里看得见。

HTML 的属性不列举哪些会去取，而是列举哪些不会（:data:`_CLICKED`、:data:`_WORDS`、
:data:`_NOT_FETCHED`），别的属性里都不能有别的主机的地址。脚本里看的是字符串，不看它拿去做
什么：自己的脚本用不着别的主机的地址。看不出来的，是脚本一段一段拼出来的地址，和别人的脚本
里面的：那些由浏览器里的测试（``tests/browser``）去看。
"""

import base64
import html.parser
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from docutils import nodes
from sphinx.application import Sphinx

import kerasguide
from kerasguide.site.base import pages
from kerasguide.site.base.warn import warn

# 照浏览器的读法：斜杠、反斜杠相同，几个都行；主机名总要有一个字
_HOST = r"[\\/]{2,}[^\\/\s]"
_FOREIGN = re.compile(rf"(?:https?|wss?|ftp):[\\/]*[^\\/\s]|{_HOST}", re.IGNORECASE)
_SOMEWHERE = re.compile(rf"\b(?:https?|wss?|ftp):{_HOST}[^\s\"'`<>]*", re.IGNORECASE)
# 读地址之前，浏览器先去掉它们
_IGNORED = re.compile(r"^[\x00-\x20]+|[\t\n\r]")

_WHOLE_COMMENT = re.compile("<!---?>")
# 属性大多是这样的，例如 class：不必细看
_NO_ADDRESS = re.compile(r"[\w .#-]*")

#: 点了才去的
_CLICKED = {("a", "href"), ("a", "xlink:href"), ("area", "href")}
#: 名字，和给人看的话
_WORDS = frozenset(
    (
        *("alt", "cite", "content", "label", "placeholder", "title", "value"),
        *("about", "itemid", "itemtype", "profile", "resource", "vocab"),
        *("rdf:about", "rdf:resource"),
    )
)
#: ``<link>`` 的 ``rel``：只说明关系，浏览器不去取
_NOT_FETCHED = frozenset(
    (
        *("alternate", "author", "bookmark", "canonical", "contents", "copyright"),
        *("help", "index", "license", "next", "prev", "search", "top", "up"),
    )
)
# 里面有几个地址的属性，地址之间隔着什么；srcset 的读法不同
_SEVERAL = {"ping": r"\s+", "attributionsrc": r"\s+", "values": r"\s*;\s*"}
_SRCSET = re.compile(r"[\s,]*([^\s,]\S*)(?:[^,(]|\([^)]*\))*")
_REFRESH = re.compile(r"[\s\d.]*[;,]?\s*(?:url\s*=)?[\s\"']*", re.IGNORECASE)

_CSS = re.compile(
    r"/\*.*?\*/"
    r"|@(?P<rule>[\w-]+)"
    r"|url\(\s*(?P<bare>[^\s\"')][^)]*)\)"
    r"|(?P<call>[\w-]*)\("
    r"|(?P<string>\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')"
    r"|(?P<end>[);{}])",
    re.DOTALL | re.IGNORECASE,
)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})[ \t]?|([g-z:/.@-]))", re.IGNORECASE)
#: 这些括号里的字符串是地址；别处的是文字，例如 ``content: "…"``
_CSS_FETCHES = frozenset(("url", "src", "image", "image-set", "-webkit-image-set"))

_SCRIPT = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)"
    # 正则表达式：引号在它里面不算；前面是值的斜杠是除号
    r"|(?:[(,=:\[!&|?{;+*%~^<>-]|\b(?:return|typeof))\s*"
    r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/",
    re.DOTALL,
)
_SCRIPT_ESCAPE = re.compile(
    r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|u\{([0-9a-f]+)\}|\n|(.))", re.IGNORECASE
)
# 命名空间是名字，没有人去取
_NAMESPACE = "http://www.w3.org/"

_PACKAGE = Path(kerasguide.__file__).parent


class Found(NamedTuple):
    """一样要向别的主机要的东西：在第几行，是什么，它的地址。"""

    line: int
    what: str
    address: str


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _check_page)
    app.connect("builder-inited", _note_written_before)
    # 晚于 rebuild 删去不再有的网页，早于它记下这次有没有警告
    app.connect("build-finished", _check_written, priority=900)


def is_foreign(address: str) -> bool:
    r"""浏览器会向别的主机要这个地址吗？

    Examples:
        >>> is_foreign("https://a.example/x.png"), is_foreign("//a.example/x.png")
        (True, True)
        >>> is_foreign("../_images/x.png"), is_foreign("data:image/png;base64,//8=")
        (False, False)
        >>> is_foreign("\t/\\a.example"), is_foreign("ht\ntps:a.example")
        (True, True)
    """
    return bool(_FOREIGN.match(_IGNORED.sub("", address)))


def in_html(text: str) -> list[Found]:
    r"""网页（也可以是其中一段，或者 SVG）里要向别的主机要的。

    Examples:
        >>> in_html('<a href="https://a.example">去</a>\n<img src="//a.example/x">')
        [Found(line=2, what='<img src>', address='//a.example/x')]
    """
    # 照浏览器的读法：<![CDATA[ 是到下一个 > 为止的注释，<!--> 是完整的注释，--!> 结束注释
    text = text.replace("<![", "<!").replace("--!>", "-->")
    reader = _Reader()
    reader.feed(_WHOLE_COMMENT.sub("<!---->", text))
    reader.close()
    return reader.found


def in_css(text: str) -> list[Found]:
    r"""样式里要向别的主机要的。

    Examples:
        >>> in_css('@import "//a.example/x.css";\na { content: "//a.example" }')
        [Found(line=1, what='@import', address='//a.example/x.css')]
        >>> in_css("a {\n background: u\\72l(https://a.example/x.png) }")
        [Found(line=2, what='url()', address='https://a.example/x.png')]
    """
    text = _CSS_ESCAPE.sub(_plain, text)
    found: list[Found] = []
    rule, calls = "", list[str]()
    for token in _CSS.finditer(text):
        if token["rule"]:
            rule = token["rule"].lower()
        elif token["call"] is not None:
            calls.append(token["call"].lower())
        elif token["end"] == ")":
            del calls[-1:]
        elif token["end"]:
            rule, calls = "", []
        elif rule != "namespace" and (token["bare"] or token["string"]):
            fetched = "url" if token["bare"] else _innermost(calls, _CSS_FETCHES)
            what = "@import" if rule == "import" else f"{fetched}()"
            if rule == "import" or fetched:
                address = token["bare"] or token["string"][1:-1]
                found += _at(text, token.start(), _one(what, address.strip()))
    return found


def in_script(text: str) -> list[Found]:
    r"""脚本里写着的别的主机的地址，不论拿去做什么。

    Examples:
        >>> in_script("// https://a.example\nfetch('https://a.example/x')")
        [Found(line=2, what='脚本', address='https://a.example/x')]
        >>> in_script('document.createElementNS("http://www.w3.org/2000/svg", "g")')
        []
    """
    found: list[Found] = []
    for token in _SCRIPT.finditer(text):
        if not token["string"]:
            continue
        string = _SCRIPT_ESCAPE.sub(_character, token["string"][1:-1])
        inside = list[Found]()
        if is_foreign(string):
            inside = [Found(1, "脚本", string)]
        elif "<" in string:
            inside = in_html(string)
        elif address := _SOMEWHERE.search(string):
            inside = [Found(1, "脚本", address[0])]
        if "${" in token["string"] and token["string"][0] == "`":
            inside += in_script(token["string"][1:-1])
        found += _at(text, token.start(), inside)
    return [
        one for one in dict.fromkeys(found) if not one.address.startswith(_NAMESPACE)
    ]


_LANGUAGES: dict[str, Callable[[str], list[Found]]] = {
    "text/html": in_html,
    "application/xhtml+xml": in_html,
    "image/svg+xml": in_html,
    "text/css": in_css,
    "text/javascript": in_script,
    "application/javascript": in_script,
}


def _one(what: str, address: str) -> list[Found]:
    """一个地址：别的主机的，或者是 data:，它自己又是一个网页、样式、脚本。"""
    if is_foreign(address):
        return [Found(1, what, address)]
    scheme, _, rest = _IGNORED.sub("", address).partition(":")
    if scheme.lower() == "javascript":
        return in_script(unquote(rest))
    if scheme.lower() != "data":
        return []
    head, _, body = rest.partition(",")
    media, *options = (part.strip().lower() for part in head.split(";"))
    if media not in _LANGUAGES:
        return []
    try:
        content = unquote(body)
        if "base64" in options:
            content = base64.b64decode(content).decode("utf-8", "replace")
    except ValueError:  # 浏览器也读不了
        return []
    return [
        Found(1, f"{what} 里的 {one.what}", one.address)
        for one in _LANGUAGES[media](content)
    ]


def _at(text: str, start: int, inside: Iterable[Found]) -> Iterator[Found]:
    """从 ``start`` 处的一小段里找到的，行号改成从 ``text`` 的开头数起。"""
    before = text.count("\n", 0, start)
    return (one._replace(line=one.line + before) for one in inside)


def _innermost(calls: Sequence[str], wanted: frozenset[str]) -> str:
    return next((call for call in reversed(calls) if call in wanted), "")


def _plain(escape: re.Match[str]) -> str:
    """样式里用转义写的字母；引号、括号的转义留着，免得把字符串拆坏。"""
    if not escape[1]:
        return escape[2]
    code = int(escape[1], 16)
    character = chr(code) if 0 < code < 0x80 else ""
    return character if character.isalnum() or character in ":/.@-" else escape[0]


def _character(escape: re.Match[str]) -> str:
    """脚本里的一个转义写的是哪个字；反斜杠加换行是续行，什么也不是。"""
    code = escape[1] or escape[2] or escape[3]
    if not code:
        letter = escape[4] or ""
        return {"n": "\n", "r": "\r", "t": "\t"}.get(letter, letter)
    return chr(min(int(code, 16), 0x10FFFF))


class _Reader(html.parser.HTMLParser):
    """从头到尾读网页，记下要向别的主机要的。"""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []
        # 正在读的脚本或样式：从哪一行开始，怎样读，读到的文字
        self._inside: tuple[int, Callable[[str], list[Found]], list[str]] | None = None

    def handle_starttag(
        self, tag: str, attrs: Sequence[tuple[str, str | None]]
    ) -> None:
        line = self.getpos()[0]
        # 写了两遍的属性，浏览器用前面的
        known = {name: value or "" for name, value in reversed(attrs)}
        for name, value in known.items():
            if not _NO_ADDRESS.fullmatch(value):
                self._add(line, _in_attribute(tag, name, value, known))
        if tag == "style":
            self._inside = line, in_css, []
        # JSON 是数据；importmap、speculationrules 里的地址却会去取
        elif tag == "script" and "json" not in known.get("type", "").lower():
            self._inside = line, in_script, []

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._inside[2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag in ("script", "style"):
            line, read, text = self._inside
            self._inside = None
            self._add(line, read("".join(text)))

    def handle_pi(self, data: str) -> None:
        # SVG、电子书里的 <?xml-stylesheet href="…"?>
        if data.startswith("xml-stylesheet"):
            self._add(self.getpos()[0], in_html(f"<{data.rstrip('?')}>"))

    def close(self) -> None:
        super().close()
        # 没有写结束标签，浏览器读到底；有的 Python 版本没有交出最后一段
        self.handle_data(self.rawdata)
        self.handle_endtag("script")

    def _add(self, line: int, inside: Iterable[Found]) -> None:
        self.found += (one._replace(line=line + one.line - 1) for one in inside)


def _in_attribute(
    tag: str, name: str, value: str, known: dict[str, str]
) -> Iterator[Found]:
    """一个属性里要向别的主机要的。"""
    what = f"<{tag} {name}>"
    if name == "style":
        yield from in_css(value)
    elif name == "srcdoc":
        yield from in_html(value)
    elif name.startswith("on"):
        yield from in_script(value)
    elif name in ("srcset", "imagesrcset"):
        for address in _SRCSET.findall(value):
            yield from _one(what, address.rstrip(","))
    elif name in _SEVERAL:
        for address in re.split(_SEVERAL[name], value):
            yield from _one(what, address)
    elif tag == "meta" and known.get("http-equiv", "").lower() == "refresh":
        if name == "content":
            yield from _one(what, _REFRESH.sub("", value, count=1))
    elif _is_fetched(tag, name, known):
        yield from _one(what, value)
        if "(" in value:  # SVG 的 fill="url(…)"
            yield from in_css(value)
    elif not is_foreign(value):  # <a href="javascript:…">
        yield from _one(what, value)


def _is_fetched(tag: str, name: str, known: dict[str, str]) -> bool:
    if (tag, name) in _CLICKED or name in _WORDS or name.startswith(("aria-", "xmlns")):
        return False
    relations = set(known.get("rel", "").lower().split())
    only_says = bool(relations) and relations <= _NOT_FETCHED
    return not (tag == "link" and name == "href" and only_says)


def _check_page(app: Sphinx, doctree: nodes.document) -> None:
    for node in doctree.findall(nodes.Element):
        for found in _in_node(node):
            pages.of(app.env, app.env.docname).foreign.add(found.address)
            _warn(found, pages.place(node, app.env.docname))


def _in_node(node: nodes.Element) -> list[Found]:
    if isinstance(node.parent, nodes.substitution_definition):
        return []  # 用到它的地方另有一份
    if isinstance(node, nodes.image):
        return _one("图片", node.get("uri", ""))
    if isinstance(node, nodes.raw) and "html" in node.get("format", "").split():
        return in_html(node.astext())
    if isinstance(node, nodes.meta):
        reader = _Reader()
        reader.handle_starttag("meta", list(node.attributes.items()))
        return reader.found
    return []


def _note_written_before(app: Sphinx) -> None:
    vars(app)["kerasguide_written_before"] = _written(app)


def _written(app: Sphinx) -> dict[Path, int]:
    """写好的网页，和它们写好的时间。"""
    return {
        path: path.stat().st_mtime_ns
        for path in Path(app.outdir).rglob("*")
        if path.suffix in (".html", ".htm", ".xhtml") and "_downloads" not in path.parts
    }


def _check_written(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    said = set[str]().union(*(page.foreign for page in pages.every(app.env).values()))
    before = vars(app)["kerasguide_written_before"]
    now = _written(app)
    places: dict[tuple[str, str], list[str]] = {}
    for page in sorted(now):
        # _static 里的是复制来的，时间看不出这次写了没有
        if now[page] == before.get(page) and "_static" not in page.parts:
            continue
        text = page.read_text(encoding="utf-8", errors="replace")
        for line, what, address in in_html(text):
            if address not in said:
                places.setdefault((what, address), []).append(f"{page}:{line}")
    for (what, address), where in places.items():
        template = _in_templates(app, address)
        _warn(Found(0, what, address), template or where[0], len(where))
    for file in sorted(Path(app.outdir).rglob("*")):
        if "_downloads" not in file.parts:
            _check_file(app, file)


def _check_file(app: Sphinx, file: Path) -> None:
    """样式和 SVG 全看；脚本只看自己的，别人的里面有说明、链接，分不清。"""
    readers = {".css": in_css, ".svg": in_html, ".js": in_script, ".mjs": in_script}
    read = readers.get(file.suffix)
    if read is None:
        return
    ours = _source(app, file.relative_to(app.outdir))
    if read is in_script and not ours:
        return
    for found in read(file.read_text(encoding="utf-8", errors="replace")):
        _warn(found, f"{ours or file}:{found.line}")


def _source(app: Sphinx, published: Path) -> Path | None:
    """``_static`` 里的一个文件取自本项目的哪个文件；不是本项目的，就没有。"""
    if published.parts[0] != "_static":
        return None
    for folder in app.config.html_static_path:
        source = Path(app.confdir, folder, *published.parts[1:])
        ours = source.is_relative_to(app.confdir) or source.is_relative_to(_PACKAGE)
        if ours and source.is_file():
            return source
    return None


def _in_templates(app: Sphinx, address: str) -> str | None:
    """哪个模板的哪一行写着这个地址。"""
    for folder in app.config.templates_path:
        for template in sorted(Path(app.confdir, folder).rglob("*.html")):
            before, found, _ = template.read_text(encoding="utf-8").partition(address)
            if found:
                return f"{template}:{before.count(chr(10)) + 1}"
    return None


def _warn(found: Found, location: nodes.Node | str, times: int = 1) -> None:
    warn(
        "foreign",
        "取自别的主机：%s（%s%s）；读者不一定连得上，请把它放进本站，写相对的地址；"
        "只是给人去看的，写成链接",
        found.address,
        found.what,
        f"，一共 {times} 处" if times > 1 else "",
        location=location,
    )
