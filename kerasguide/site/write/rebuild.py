"""改了什么，就重写什么，而结果总与从头构建相同。

Sphinx 重读改过的页面，和声明过的依赖（``{cell}`` 用到的运行记录……）变了的页面，只重写
它们。它看不见的由这里补上：

- 不是页面、也不是例子的东西（本项目的代码、设置、模板、样式、装着的各个包）变了，
  全部从头来：它们的校验和就是 ``env_version``；
- 一页让别的页面看得见的（标题、目录、能链接到的地方、公式的编号、图片的替代文字）变了，
  全部页面重写，但不重读；
- 从头构建不会有的（没有了的页面、索引、图片、下载的文件、样式，搜索用的文字），从发布的
  文件夹里删去；搜索的索引也补成从头构建的样子；
- 上次没有完成（被杀，或者 ``-W`` 之下有警告），全部页面重读：Sphinx 存下读过的页面时，
  HTML 还没有写，而警告只在读到、写到那一页时才说。
"""

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import CONFIG_OK, BuildEnvironment
from sphinx.util.index_entries import split_index_msg

import kerasguide
from kerasguide.site.base import pages
from kerasguide.site.write import search

_PACKAGE = Path(kerasguide.__file__).parent

# 不多于这么多页，就不分给几个进程
_FEW = 5

# Sphinx 写的页面里都有这句；别的网页不是我们的，不删
_OURS = b"Generated with Sphinx"


def setup(app: Sphinx) -> None:
    app.connect("env-get-outdated", _begin)
    app.connect("env-before-read-docs", _stay_in_this_process_for_few)
    # Sphinx 给目录编号（500）之后
    app.connect("env-get-updated", _rewrite_all_if_visible, priority=600)
    app.connect("html-collect-pages", _complete_search_index)
    app.connect("html-page-context", _note_rendered)
    app.connect("build-finished", _sweep)
    app.connect("build-finished", _finish, priority=999)


def version(confdir: Path) -> str:
    """页面和例子之外的一切的校验和。

    Args:
        confdir: 放 ``conf.py`` 的文件夹。
    """
    digest = hashlib.sha256(sys.version.encode())
    for name in sorted(_installed()):
        digest.update(f"{name}\n".encode())
    for folder in (Path(confdir), _PACKAGE):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            made = (
                inside.parts[0] in ("_build", "gallery")
                or "__pycache__" in inside.parts
            )
            if made or path.suffix in (".md", ".mo") or not path.is_file():
                continue
            content = path.read_bytes()
            digest.update(f"{inside.as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _installed() -> Iterator[str]:
    """装着的每个包的名字和版本，如 ``furo-2025.12.19.dist-info``。"""
    for folder in map(Path, dict.fromkeys(sys.path)):
        if folder.is_dir():
            yield from (path.name for path in folder.glob("*.dist-info"))


def _unfinished(app: Sphinx) -> Path:
    """构建开始时写下，顺利结束才删去。"""
    return Path(app.doctreedir) / "unfinished"


def _finish(app: Sphinx, exception: Exception | None) -> None:
    # 警告在 -W 之下才算失败；Sphinx 没有公开这两个数
    if not exception and not (app._warncount and app._fail_on_warnings):
        _unfinished(app).unlink(missing_ok=True)


def _begin(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],
    changed: set[str],
    removed: set[str],
) -> list[str]:
    """上次没有完成，就返回全部页面，让 Sphinx 重读。"""
    if _publishes(app) and env.config_status != CONFIG_OK:
        # 设置、样式、扩展变了，反正全都要重写：不留下不再有的
        shutil.rmtree(Path(app.outdir) / "_static", ignore_errors=True)
    unfinished = _unfinished(app)
    # 时钟往回拨过：读到的时间在将来，改了也看不出来
    from_future = max(env.all_docs.values(), default=0) > time.time_ns() // 1000
    again = unfinished.is_file() or from_future
    read_again = sorted(env.found_docs) if again else []
    unfinished.touch()
    return read_again


def _publishes(app: Sphinx) -> bool:
    """这次构建写的是站点，一页一个文件。"""
    return app.builder.name in ("html", "dirhtml")


def _stay_in_this_process_for_few(
    app: Sphinx, env: BuildEnvironment, docnames: list[str]
) -> None:
    """只有几页时不分给几个进程：把读过的一切传过去、传回来，比读、写这几页更久。"""
    vars(app)["kerasguide_parallel"] = app.parallel
    if len(docnames) <= _FEW:
        app.parallel = 1


def _rewrite_all_if_visible(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """别的页面看得见的变了没有；变了，就返回全部页面，让 Sphinx 重写。"""
    _name_pictures(env)
    _forget_numbers(env)
    now = visible(env)
    before = getattr(env, "kerasguide_visible", now)
    vars(env)["kerasguide_visible"] = now
    if before == now:
        return []
    app.parallel = vars(app)["kerasguide_parallel"]
    return sorted(env.found_docs)


def _name_pictures(env: BuildEnvironment) -> None:
    """同名的图片，Sphinx 按读到的先后编号：改成按路径，先读到哪一张都一样。"""
    named = type(env.images)()
    for file in sorted(env.images):
        for docname in env.images[file][0]:
            named.add_file(docname, file)
    env.images = named


def _forget_numbers(env: BuildEnvironment) -> None:
    """目录不再编号（``:numbered:``）：标题上的编号，Sphinx 只会加，不会去掉。"""
    for docname in env.titles.keys() - env.toc_secnumbers.keys():
        for node in (env.titles[docname], env.tocs[docname]):
            for one in node.findall(nodes.Element):
                one.attributes.pop("secnumber", None)


def visible(env: BuildEnvironment) -> str:
    """一页让别的页面看得见的一切的校验和。

    Args:
        env: Sphinx 的 ``BuildEnvironment``，页面都读过了。
    """
    domains = env.domains
    seen = (
        sorted((docname, str(title)) for docname, title in env.titles.items()),
        # 目录的每一条：指向哪里、写的什么字
        sorted(
            (docname, [str(node) for node in contents.findall(addnodes.toctree)])
            for docname, contents in env.tocs.items()
        ),
        sorted(domains.standard_domain.labels.items()),
        sorted(domains.standard_domain.anonlabels.items()),
        # 能链接到的：术语、命令行的选项、环境变量、函数……
        sorted(
            (domain.name, *map(str, one))
            for domain in domains.sorted()
            for one in domain.get_objects()
        ),
        sorted(domains.math_domain.equations.items()),
        # 换了名字的图片
        sorted(
            (file, name)
            for file, (_, name) in env.images.items()
            if name != Path(file).name
        ),
        # MyST 给各级标题的锚点
        sorted(
            (docname, slug, *target[1:])
            for docname, metadata in env.metadata.items()
            for slug, target in metadata.get("myst_slugs", {}).items()
        ),
        sorted(
            (docname, *alt)
            for docname, page in pages.every(env).items()
            for alt in page.alts.items()
        ),
        sorted(uri for page in pages.every(env).values() for uri in page.photos),
        sorted(
            (name, page.opening, page.exercises)
            for name, page in pages.every(env).items()
        ),
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _complete_search_index(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """搜索的索引接着上次的写，Sphinx 却留下没有页面的词，也不读回索引的条目。"""
    indexer = getattr(app.builder, "indexer", None)
    if indexer is None:
        return []
    indexer.prune(app.env.all_docs)
    for words in (indexer._mapping, indexer._title_mapping):
        for word in [word for word, found in words.items() if not found]:
            del words[word]
    entries = app.env.domains.index_domain.entries
    indexer._index_entries = {
        docname: sorted(
            {
                (text, target, main)
                for kind, value, target, main, _ in entries.get(docname, ())
                for text in split_index_msg(kind, value)
            }
        )
        for docname in sorted(app.env.all_docs)
    }
    return []


def _note_rendered(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    vars(app).setdefault("kerasguide_rendered", set()).add(pagename)


def _sweep(app: Sphinx, exception: Exception | None) -> None:
    """从发布的文件夹里删去从头构建不会有的东西。"""
    builder = app.builder
    if exception or not isinstance(builder, StandaloneHTMLBuilder):
        return
    if not _publishes(app):
        return
    outdir, env = Path(app.outdir), app.env
    # 索引、搜索、404 这样的页面每次都写，这次没有写的就是不再有的
    rendered = vars(app).get("kerasguide_rendered", set())
    written = {builder.get_output_path(name) for name in {*env.found_docs, *rendered}}
    for page in set(outdir.rglob("*.html")) - written:
        if _OURS in page.read_bytes()[:1000]:
            page.unlink()
    texts = {search.text_file(app, name) for name in {*env.found_docs, "synonyms"}}
    images = {outdir / "_images" / name for _, name in env.images.values()}
    downloads = {outdir / "_downloads" / name for _, name in env.dlfiles.values()}
    for used, folder in (
        (texts, outdir / "_static" / "search"),
        (images, outdir / "_images"),
        (downloads, outdir / "_downloads"),
    ):
        for path in folder.rglob("*"):
            if path.is_file() and path not in used:
                path.unlink()
    (outdir / ".buildinfo.bak").unlink(missing_ok=True)
    for folder in sorted(outdir.rglob("*/"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
