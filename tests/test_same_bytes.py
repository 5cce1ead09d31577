"""同样的源文件，两次从头构建，得到同样的站点。

只有写明的几处可以不同：运行的日期和时间，压缩包里文件的时间，``.buildinfo``
（它含有源文件夹的路径）。
"""

import re
import subprocess
import sys
import zipfile

from tests.conftest import copy_sources

_DECLARED = re.compile(
    r"\d+(\.\d+)?(s|ms|us)(?!\w)"  # 训练日志里的时间
    r"|运行于 [\d-]+( 至 [\d-]+)?，共用 \d+ 秒"
    r"|这个脚本运行了 [\d.]+ 秒"
    # 上面这些变了，引用它们的地址里的校验码也跟着变
    r"|\?v=\w+"
)


def contents(path):
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    if path.suffix in (".html", ".js", ".txt"):
        return _DECLARED.sub("", path.read_text(encoding="utf-8"))
    return path.read_bytes()


def files(folder):
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and path.name != ".buildinfo"
        and ".doctrees" not in path.parts
    }


def test_two_fresh_builds_give_the_same_site(site, tmp_path):
    source = copy_sources(tmp_path)
    again = tmp_path / "elsewhere"
    command = [sys.executable, "-m", "sphinx", "-q", str(source), str(again)]
    subprocess.run(command, check=True)
    assert files(again) == files(site.html)
    different = [
        name
        for name in sorted(files(again))
        if contents(again / name) != contents(site.html / name)
    ]
    assert different == []
