"""中文搜索：不分词，按单字和相邻两字建索引。

Sphinx 自带的中文搜索要靠 jieba 分词：没有装它，一个中文词也搜不到；装了，术语
（转置卷积、全连接层）又常被切错，而且 9.0.4 的脚本在浏览器里会报错。两字一组不需要
词典：索引里有每个汉字和每两个相邻的汉字，查询拆成两字一组，全都出现的页面才算找到。
"""

import re

from sphinx.search.en import SearchEnglish

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_PIECE = re.compile(rf"[{_HAN}]+|[a-zA-Z0-9_]+")
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

    def split(self, input: str) -> list[str]:
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
            else:
                words.append(piece)
        return words


def setup(app):
    app.add_search_language(SearchChinese)
