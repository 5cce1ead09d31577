"""发给读者的练习：没有答案的脚本和笔记本，连同“下载全部例子”的压缩包里的。

写在 ``docs/gallery/<部分>/handouts`` 里，由 ``{exercise}`` 给出下载的链接。
"""

import json
import os
import shutil
import tempfile
import zipfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx_gallery.notebook import jupyter_notebook
from sphinx_gallery.py_source_parser import split_code_and_text_blocks

from kerasguide import files, marking, scripts
from kerasguide.site.base import examples
from kerasguide.site.show.exercises import HANDOUTS


def setup(app: Sphinx) -> None:
    # 晚于 sphinx-gallery（500）：它打包了带着答案的
    app.connect("builder-inited", _write, priority=600)


def _write(app: Sphinx) -> None:
    if not examples.are_run(app.config):
        return
    examples_dir, gallery_dir = examples.directories(app)
    written = set[Path]()
    for name in scripts.names(examples_dir):
        script = examples_dir / f"{name}.py"
        if marking.is_exercises(script):
            folder = (gallery_dir / name).parent / HANDOUTS
            written |= _write_one(app, script, folder)
    for old in gallery_dir.glob(f"*/{HANDOUTS}/*"):
        if old not in written:
            old.unlink()
    for package in gallery_dir.glob("*.zip"):
        _replace_answers(package, gallery_dir)


def _write_one(app: Sphinx, script: Path, folder: Path) -> set[Path]:
    try:
        text = marking.without_answers(script.read_text(encoding="utf-8"))
    except (marking.MarkingError, SyntaxError) as error:
        raise ExtensionError(f"{script}：{error}") from error
    handout = folder / script.name
    folder.mkdir(parents=True, exist_ok=True)
    _update(handout, text)
    parts = split_code_and_text_blocks(handout)[1]
    notebook = jupyter_notebook(parts, app.config.sphinx_gallery_conf, str(folder))
    _update(handout.with_suffix(".ipynb"), json.dumps(notebook, indent=1) + "\n")
    return {handout, handout.with_suffix(".ipynb")}


def _update(file: Path, text: str) -> None:
    # 没有变的不写：时间变了，Sphinx 就会重读用到它的页面
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        files.write_whole(file, text.encode())


def _replace_answers(package: Path, gallery_dir: Path) -> None:
    """压缩包里，练习换成没有答案的；没有练习，就不碰它。"""
    with zipfile.ZipFile(package) as archive:
        contents = {item: archive.read(item) for item in archive.infolist()}
    names = [Path(item.filename) for item in contents]
    if not any(map(marking.is_exercises, names)):
        return
    with tempfile.TemporaryDirectory() as folder:
        new = Path(folder) / package.name
        with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made:
            for item, content in contents.items():
                inside = Path(item.filename)
                if marking.is_exercises(inside):
                    handout = gallery_dir / inside.parent / HANDOUTS / inside.name
                    made.write(handout, item.filename)
                else:
                    made.writestr(item, content)
        # sphinx-gallery 每次都写回带着答案的：里面的都没有变，时间也就不变，
        # 给出它的页面不必重读
        times = [path.stat().st_mtime for path in gallery_dir.glob("*/*.*")]
        os.utime(new, (max(times), max(times)))
        shutil.move(new, package)
