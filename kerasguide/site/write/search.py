"""中文搜索：不分词，按单字和相邻两字建索引。

Sphinx 自带的中文搜索要靠 jieba 分词：没有装它，一个中文词也搜不到；装了，术语
（转置卷积、全连接层）又常被切错，而且 9.0.4 的脚本在浏览器里会报错。两字一组不需要
词典：索引里有每个汉字和每两个相邻的汉字，查询拆成两字一组去找候选的页面。

候选的页面再用它的文字核对，见 ``published/search.js``：所有的词都要有，连着的字要连着；
术语表里的同义词通用。每页的文字写成 ``_static/search/<页面>.js``，只取候选页面的。
"""

import json
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

from kerasguide.site.base import tables, terms

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_PIECE = re.compile(rf"[{_HAN}]+|[a-zA-Z0-9_]+")
# 训练日志里每步的毫秒数：没有人搜，每次构建却都不同
_TIME = re.compile(r"\d+(ms|us|s)")
_IS_HAN = re.compile(rf"[{_HAN}]")


class SearchChinese(SearchEnglish):
    """汉字按两字一组，其余照英文处理。"""

    lang = "zh"
    js_splitter_code = f"""
function splitQuery(query) {{
  const terms = [];
  for (const [piece] of query.matchAll(/[{_HAN}]+|[a-zA-Z0-9_]+/g)) {{
    if (piece.length === 1 || !/[{_HAN}]/.test(piece)) terms.push(piece);
    else for (let i = 0; i + 1 < piece.length; i++) terms.push(piece.slice(i, i + 2));
  }}
  return terms;
}}
"""

    def split(self, input: str) -> list[str]:  # noqa: A002  名字由 Sphinx 定
        """拆成索引用的词：英文单词、单个汉字、相邻的两个汉字。

        Examples:
            >>> SearchChinese({}).split("转置卷积 Conv2D")
            ['转', '置', '卷', '积', '转置', '置卷', '卷积', 'Conv2D']
        """
        words = []
        for piece in _PIECE.findall(input):
            if _IS_HAN.match(piece):
                words += piece
                words += [piece[i : i + 2] for i in range(len(piece) - 1)]
            elif not _TIME.fullmatch(piece):
                words.append(piece)
        return words


def setup(app: Sphinx) -> None:
    app.add_search_language(SearchChinese)
    app.connect("html-page-context", _write_text)
    app.connect("html-page-context", _add_script)


def _add_script(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if pagename == "search":
        _write_synonyms(app)  # 先写好，它的地址里才有校验码
        # 晚于 searchtools.js，早于它在文档读完之后开始的搜索
        for script in ("search.js", "search/synonyms.js"):
            app.add_js_file(script, loading_method="defer")


def _write_text(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    if doctree is None or app.builder.name not in ("html", "dirhtml"):
        return
    sections = sections_of(doctree)
    data = json.dumps([pagename, sections], ensure_ascii=False)
    _write(text_file(app, pagename), f"KerasguideSearch.page(...{data});\n")


def _write_synonyms(app: Sphinx) -> None:
    try:
        known = terms.load(terms.path(app))
    except tables.TableError:  # {glossary-table} 已经报告
        known = []
    groups = json.dumps(terms.synonyms(known), ensure_ascii=False)
    _write(text_file(app, "synonyms"), f"KerasguideSearch.synonyms = {groups};\n")


def text_file(app: Sphinx, name: str) -> Path:
    """放一页的文字的脚本。"""
    return Path(app.outdir) / "_static" / "search" / f"{name}.js"


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def sections_of(doctree: nodes.document) -> list[list[str]]:
    """一页的文字，按小节：``[锚点, 标题, 文字]``；没有标题的页面是空的。"""
    sections: list[list[str]] = []
    for section in doctree.findall(nodes.section):
        title = section[section.first_child_matching_class(nodes.title) or 0]
        own = [
            _text(child)
            for child in section.children
            if not isinstance(child, nodes.section | nodes.title)
        ]
        anchor = section["ids"][0] if sections else ""
        text = "\n".join(part for part in own if part)
        sections.append([anchor, title.astext(), text])
    return sections


def _text(node: nodes.Node) -> str:
    """看得见的文字；公式的 LaTeX 不算。"""
    if isinstance(node, nodes.math | nodes.math_block | nodes.comment | nodes.raw):
        return ""
    if isinstance(node, nodes.Text):
        return node.astext()
    separator = "" if isinstance(node, nodes.TextElement) else "\n"
    return separator.join(filter(None, map(_text, node.children)))
