"""界面：例子页面上的英文换成中文，每页末尾写明它的输出是怎样做成的。

sphinx-gallery 把几句英文写死在它生成的页面里；:data:`_CHINESE` 逐句替换。
页面末尾的一段由模板 ``_templates/page.html`` 画出，数据取自这一页展示的例子的运行记录。
"""

import functools
import json
import re
import subprocess

from kerasguide.site import examples
from kerasguide.site.cells import examples_run, shown_on

_CHINESE = [
    (
        r":ref:`Go to the end <(\S+)>`\n *to download the full example code\.",
        r":ref:`到页末 <\1>`\\ 下载完整的例子。",
    ),
    (
        r"\*\*Total running time of the script:\*\* \((\d+) minutes ([\d.]+) seconds\)",
        lambda match: f"这个脚本运行了 {60 * int(match[1]) + float(match[2]):.1f} 秒",
    ),
    (r"Download Jupyter notebook:", "下载 Jupyter 笔记本："),
    (r"Download Python source code:", "下载 Python 脚本："),
    (r"Download zipped:", "下载压缩包："),
    (r"Download all examples in Python source code:", "下载全部例子的 Python 脚本："),
    (r"Download all examples in Jupyter notebooks:", "下载全部例子的 Jupyter 笔记本："),
]
# datasets 打印的那一行，在 sphinx-gallery 生成的页面里
_DATA = re.compile(r"^ +((?:MNIST|CIFAR-10)：.+)$", re.MULTILINE)


def setup(app):
    app.connect("source-read", _translate_gallery)
    app.connect("html-page-context", _add_made)


def _translate_gallery(app, docname, source):
    if docname.startswith(f"{app.config.sphinx_gallery_conf['gallery_dirs']}/"):
        for english, chinese in _CHINESE:
            source[0] = re.sub(english, chinese, source[0])


def _add_made(app, pagename, templatename, context, doctree):
    if doctree is None or not examples_run(app.config):
        return
    _, gallery_dir = examples.directories(app.config, app.srcdir)
    records = []
    for name in sorted(shown_on(app.env, pagename)):
        record = examples.record_path(gallery_dir / f"{name}.py")
        if record.is_file():
            text = record.read_text(encoding="utf-8")
            records.append((json.loads(text), gallery_dir / f"{name}.rst"))
    if records:
        context["made"] = _summarise(records) | {"commit": _commit(app.srcdir)}


def _summarise(records) -> dict:
    made = [record["made"] for record, _ in records]
    data = {
        line for _, page in records for line in _DATA.findall(page.read_text("utf-8"))
    }
    dates = sorted({one["date"] for one in made})
    return {
        "engines": sorted({one["engine"] for one in made}, reverse=True),
        "python": made[0]["python"],
        "data": sorted(data),
        "date": dates[0] if len(dates) == 1 else f"{dates[0]} 至 {dates[-1]}",
        "seconds": round(sum(one["seconds"] for one in made)),
    }


@functools.cache
def _commit(srcdir) -> str:
    """源文件的提交；不在 git 仓库里，或者没有 git，就是空的。"""
    command = ["git", "-C", str(srcdir), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
