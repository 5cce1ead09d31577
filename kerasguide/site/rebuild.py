"""改了什么，就重写什么，而结果总与从头构建相同。

Sphinx 重读改过的页面，以及它们声明过的依赖（``{cell}`` 用到的运行记录、术语表……），
只重写这些页面。它看不见的由这里补上：

- 不是页面、也不是例子的东西（本站的扩展、设置、模板、样式、各个包的版本）变了，
  全部从头来：它们的校验和就是 ``env_version``；
- 一页让别的页面看得见的（标题、目录、能链接到的地方、图片的替代文字）变了，
  全部页面重写，但不重读；
- 页面没有了，它的 HTML、图片和下载的文件也删去；
- 上次没有完成（被杀，或者 ``-W`` 之下有警告），全部页面重读：Sphinx 存下读过的页面时，
  HTML 还没有写，而警告只在读到、写到那一页时才说。
"""

import hashlib
import importlib.metadata
from pathlib import Path

from sphinx import addnodes

import kerasguide
from kerasguide.site import cells, search

_DISTRIBUTIONS = (
    *("docutils", "furo", "myst-parser", "pygments", "sphinx", "sphinx-copybutton"),
    *("sphinx-design", "sphinx-gallery", "sphinx-notfound-page"),
)


# 不多于这么多页，就不分给几个进程
_FEW = 5


def setup(app):
    app.connect("env-get-outdated", _begin)
    app.connect("env-before-read-docs", _stay_in_this_process_for_few)
    app.connect("env-updated", _rewrite_all_if_visible)
    app.connect("build-finished", _sweep)
    app.connect("build-finished", _finish, priority=999)


def version(confdir: Path) -> str:
    """页面和例子之外的一切的校验和。

    Args:
        confdir: 放 ``conf.py`` 的文件夹。
    """
    digest = hashlib.sha256(kerasguide.__version__.encode())
    for name in _DISTRIBUTIONS:
        digest.update(f"{name} {importlib.metadata.version(name)}\n".encode())
    for folder in (Path(confdir), Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            made = {"_build", "gallery", "__pycache__"} & set(inside.parts)
            if made or path.suffix in (".md", ".mo") or not path.is_file():
                continue
            digest.update(inside.as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _unfinished(app) -> Path:
    """构建开始时写下，顺利结束才删去。"""
    return Path(app.doctreedir) / "unfinished"


def _finish(app, exception):
    # 警告在 -W 之下才算失败；Sphinx 没有公开这两个数
    if not exception and not (app._warncount and app._fail_on_warnings):
        _unfinished(app).unlink(missing_ok=True)


def _begin(app, env, added, changed, removed):
    """删去已经没有的页面；上次没有完成，就返回全部页面，让 Sphinx 重读。"""
    if app.builder.format == "html":
        for docname in removed:
            Path(app.builder.get_outfilename(docname)).unlink(missing_ok=True)
            search.text_file(app, docname).unlink(missing_ok=True)
    unfinished = _unfinished(app)
    read_again = sorted(env.found_docs) if unfinished.is_file() else []
    unfinished.touch()
    return read_again


def _stay_in_this_process_for_few(app, env, docnames):
    """只有几页时不分给几个进程：把读过的一切传过去、传回来，比读、写这几页更久。"""
    app.kerasguide_parallel = app.parallel
    if len(docnames) <= _FEW:
        app.parallel = 1


def _rewrite_all_if_visible(app, env):
    """别的页面看得见的变了没有；变了，就返回全部页面，让 Sphinx 重写。"""
    now = visible(env)
    before = getattr(env, "kerasguide_visible", now)
    env.kerasguide_visible = now
    if before == now:
        return []
    app.parallel = app.kerasguide_parallel
    return sorted(env.found_docs)


def visible(env) -> str:
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
        sorted(domains.python_domain.objects.items()),
        # MyST 给各级标题的锚点
        sorted(
            (docname, slug, *target[1:])
            for docname, metadata in env.metadata.items()
            for slug, target in metadata.get("myst_slugs", {}).items()
        ),
        sorted(
            (docname, *alt)
            for docname, on_page in cells.alts(env).items()
            for alt in on_page.items()
        ),
    )
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _sweep(app, exception):
    """哪一页都不再用的图片和下载的文件，从发布的文件夹里删去。"""
    if exception or app.builder.format != "html" or app.builder.name == "singlehtml":
        return
    outdir, env = Path(app.outdir), app.env
    images = {name for _, name in env.images.values()}
    downloads = {name for _, name in env.dlfiles.values()}
    for folder, used in (("_images", images), ("_downloads", downloads)):
        for path in (outdir / folder).rglob("*"):
            inside = path.relative_to(outdir / folder).as_posix()
            if path.is_file() and inside not in used:
                path.unlink()
