"""同样的源文件，两次构建，得到同样的站点：变了的和轮到的例子再运行一遍，页面全部再写一遍。

只有写明的几处可以不同：运行的日期和时间，源文件的提交，压缩包里文件的时间，``.buildinfo``
（它含有源文件夹的路径）。
"""

import re
import shutil
import subprocess
import sys
import zipfile

from kerasguide.site.base import wheel
from tests import rounds
from tests.conftest import ROOT

_DECLARED = re.compile(
    r"\d+(\.\d+)?(s|ms|us)(?!\w)"  # 训练日志里的时间
    r"|运行于 [\d-]+( 至 [\d-]+)?，共用 \d+ 秒"
    r"|这个脚本运行了 [\d.]+ 秒"
    r"| *提交 [0-9a-f]+(、[0-9a-f]+)*。"  # 复制来的源文件不在 git 里
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


def test_another_build_gives_the_same_site(site, tmp_path):
    chosen = rounds.this_round().chosen()
    shutil.copytree(site.source.parent / "docs", tmp_path / "docs")
    shutil.copytree(site.source.parent / "examples", tmp_path / "examples")
    for name in chosen:
        (tmp_path / "docs" / "gallery" / f"{name}.seal.json").unlink()
    out = tmp_path / "elsewhere"
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "-d", str(tmp_path / "read")]
    command += [str(tmp_path / "docs"), str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"要运行 {len(chosen)} 个例子" in done.stdout
    wheel.build(ROOT, out)  # 不由 Sphinx 写
    assert files(out) == files(site.html)
    different = [
        name
        for name in sorted(files(out))
        if contents(out / name) != contents(site.html / name)
    ]
    assert different == []
