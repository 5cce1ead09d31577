"""各个测试共用的东西：真站点的一次从头构建，和小站点的构建工具。"""

import dataclasses
import datetime
import io
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# 检查 GPU 的机器上可以没有 Sphinx，所以用到时才导入
if TYPE_CHECKING:
    from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent

# 在导入任何框架之前：测试不看终端的宽度，也不看有没有网络
os.environ["KERASGUIDE_DATA"] = "embedded"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ.setdefault("MPLBACKEND", "agg")


# xdist 的几个进程要收集到同样的测试，跨过半夜也一样
os.environ.setdefault(
    "KERASGUIDE_TODAY", datetime.datetime.now(datetime.UTC).date().isoformat()
)

GPU = ROOT / "tests" / "gpu"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """``-m gpu`` 只看 tests/gpu，别的测试文件连导入都不必；不带它，从不看。"""
    if config.option.markexpr != "gpu":
        return None  # 由 norecursedirs 决定
    related = collection_path in GPU.parents or GPU in collection_path.parents
    return None if related else collection_path != GPU


# 一个小站点要从真站点拿来的设置
SETTINGS = ("conf.py", "docutils.conf", "thumbnail.png")


@dataclasses.dataclass
class Site:
    """一个建好的站点。"""

    source: Path
    html: Path
    log: str = ""

    def page(self, name: str) -> "BeautifulSoup":
        from bs4 import BeautifulSoup

        suffix = "html" if (self.html / f"{name}.html").is_file() else "xhtml"
        text = (self.html / f"{name}.{suffix}").read_text(encoding="utf-8")
        return BeautifulSoup(text, "html.parser")

    def pages(self) -> list[str]:
        """指南里所有页面的名字。"""
        return sorted(
            path.relative_to(self.html).with_suffix("").as_posix()
            for path in self.html.glob("guide/**/*.html")
        )


@pytest.fixture(scope="session")
def site() -> Site:
    """真站点，警告就是错误；``nox`` 的会话已经建好它，直接用 pytest 就在这里建。"""
    import filelock

    from kerasguide.site import build

    checked = ROOT / ".nox" / "checked"
    if not os.environ.get("KERASGUIDE_CHECKED"):
        checked.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(checked / "tests.lock"):  # 几个进程都在等它
            build.checked()
    return Site(checked / "docs", checked / "html")


EXAMPLE = '''"""
A tiny example
==============

It says hello.
"""

# %% hello
# Say hello.

print("hello")
'''

PAGE = """# Tiny

```{cell} chapter/topic hello
```
"""


def titled(script: str, title: str) -> str:
    """脚本换一个标题：两个例子的标题不能相同。"""
    return re.sub(r'\A"""\n.+\n=+\n', f'"""\n{title}\n{"=" * 2 * len(title)}\n', script)


def write(path: Path, text: str) -> None:
    """写一个源文件；内容没变就不动它，Sphinx 看的是修改时间。"""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Site]:
    """返回一个函数：用给的例子和页面构建小站点，得到 ``Site``。

    设置取自真站点的 ``conf.py``，只是例子就在测试进程里运行，省去再导入框架的时间。
    """
    from sphinx.errors import ExtensionError
    from sphinx.testing.util import SphinxTestApp

    def build(
        page: str = PAGE,
        example: str = EXAMPLE,
        more_examples: Mapping[str, str] | None = None,
        ledger: str | None = None,
        buildername: str = "html",
        freshenv: bool = True,
        **overrides: Any,
    ) -> Site:
        source = tmp_path / "docs"
        source.mkdir(exist_ok=True)
        for name in SETTINGS:
            shutil.copy2(ROOT / "docs" / name, source)
        templates = ROOT / "docs" / "_templates"
        shutil.copytree(templates, source / "_templates", dirs_exist_ok=True)
        (source / "_static").mkdir(exist_ok=True)
        for name in ("kerasguide.css", "interface.js", "exercises.js", "icon.svg"):
            (source / "_static" / name).touch()
        if ledger is not None:
            write(source / "ledger.toml", ledger)
        toctree = "\n\n```{toctree}\n:hidden:\ngallery/index\n```\n"
        write(source / "index.md", page + toctree)
        chapter = tmp_path / "examples" / "chapter"
        chapter.mkdir(parents=True, exist_ok=True)
        for folder in (chapter, chapter.parent):
            write(folder / "GALLERY_HEADER.rst", "Examples\n========\n")
        scripts = {"topic": example, **(more_examples or {})}
        for name, text in scripts.items():
            write(chapter / f"{name}.py", text)
        warnings = io.StringIO()
        app = SphinxTestApp(
            buildername,
            srcdir=source,
            builddir=tmp_path / "_build",
            freshenv=freshenv,
            confoverrides=overrides,
            warning=warnings,
        )
        try:
            app.build()
            failure = ""
        except ExtensionError as error:  # sphinx-gallery 对失败的例子的总结
            failure = str(error)
        finally:
            app.cleanup()
        log = warnings.getvalue() + failure
        return Site(source, Path(app.outdir), log)

    return build
