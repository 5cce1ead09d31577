"""出了事，说清楚；再构建一次，就是对的：没有陈旧的输出，没有一半的东西。"""

import collections
import hashlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import EXAMPLE, PAGE, ROOT, SETTINGS, titled

# 这些例子用不着框架：用最轻的后端，少等几秒
LIGHT = {"KERAS_BACKEND": "numpy"}
NAMES = ("one", "two", "three")
NUMBERED = '''"""
Numbered
========

Says its number, slowly enough to be killed at.
"""

# %% hello
# Say it.

import pathlib
import time

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(1, 1))
axes.set_title("NUMBER")
time.sleep(0.2)
print("number NUMBER")
'''


@pytest.fixture
def project(tmp_path):
    """三个例子的小项目；返回源文件夹，例子的数字由 ``write`` 改。"""
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in SETTINGS:
        shutil.copy(ROOT / "docs" / name, docs)
    shutil.copytree(ROOT / "docs" / "_templates", docs / "_templates")
    shutil.copytree(ROOT / "docs" / "_static", docs / "_static")
    cells = "".join(
        f"```{{cell}} chapter/{name} hello\n:alt: 图\n```\n\n" for name in NAMES
    )
    page = f"# Tiny\n\n{cells}```{{toctree}}\n:hidden:\ngallery/index\n```\n"
    (docs / "index.md").write_text(page, encoding="utf-8")
    chapter = tmp_path / "examples" / "chapter"
    chapter.mkdir(parents=True)
    for folder in (chapter, chapter.parent):
        header = folder / "GALLERY_HEADER.rst"
        header.write_text("Examples\n========\n", encoding="utf-8")
    return docs


def write(project, number):
    for name in NAMES:
        script = project.parent / "examples" / "chapter" / f"{name}.py"
        text = titled(NUMBERED, name).replace("NUMBER", str(number))
        script.write_text(text, encoding="utf-8")


def start(project, **environment):
    out = project.parent / "html"
    command = [sys.executable, "-m", "sphinx", "-n", "-W", "-T", "--keep-going"]
    command += [str(project), str(out)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # 工作进程也在这一组里，一起杀
        env={**os.environ, **LIGHT, **environment},
    )


def build(project, **environment):
    process = start(project, **environment)
    log, _ = process.communicate(timeout=300)
    return process.returncode, log


def shown(project):
    page = (project.parent / "html" / "index.html").read_text(encoding="utf-8")
    return collections.Counter(map(int, re.findall(r">number (\d+)\n", page)))


def test_killed_at_random_moments_nothing_is_stale(project):
    """杀 8 次，每次之后改例子再构建：页面上只有新的数。"""
    seed = int(time.time())
    print("种子：", seed)
    chance = random.Random(seed)
    write(project, 0)
    began = time.monotonic()
    assert build(project)[0] == 0
    whole = time.monotonic() - began
    for number in range(1, 9):
        write(project, number)
        process = start(project)
        time.sleep(chance.uniform(0.1, whole))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if number % 4:  # 有时接连被杀几次，才有一次完整的
            continue
        returncode, log = build(project)
        assert returncode == 0, f"种子 {seed}：{log}"
        assert shown(project)[number] == len(NAMES), f"种子 {seed}：{log}"
        assert shown(project).total() == len(NAMES)


#: 例子的哪样结果坏了或者没了，构建怎样说
DAMAGES = [
    (".run.json", "损坏了"),
    (".py.md5", "损坏了"),
    (".seal.json", "运行记录不在或者损坏了"),
    (".rst", "不见了"),
    (".zip", "不见了"),
    ("picture", "损坏了"),
]


def damage(example, kind):
    if kind == "picture":
        picture = example.parent / "images" / f"sphx_glr_{example.name}_001.png"
        picture.write_bytes(picture.read_bytes()[:100])
    elif kind in (".rst", ".zip"):
        example.with_suffix(kind).unlink()
    else:
        example.with_suffix(kind).write_text("{")


def test_damaged_results_are_made_again(project):
    """三个例子，一次坏两个：说出坏在哪里，再运行它们；没有坏的不再运行。"""
    write(project, 1)
    assert build(project)[0] == 0
    chapter = project / "gallery" / "chapter"
    pictures = [*chapter.glob("images/*_001.png")]
    whole = [picture.read_bytes() for picture in pictures]
    for pair in zip(DAMAGES[::2], DAMAGES[1::2], strict=True):
        for name, (kind, _) in zip(("one", "two"), pair, strict=True):
            damage(chapter / name, kind)
        returncode, log = build(project)
        assert returncode == 0, log
        for name, (_, said) in zip(("one", "two"), pair, strict=True):
            assert re.search(f"chapter/{name}：要运行.*{said}", log), log
        assert "chapter/three：不必运行" in log
    assert [picture.read_bytes() for picture in pictures] == whole
    assert len(pictures) == len(NAMES)


def test_an_example_that_hangs_is_stopped_and_named(tiny):
    hanging = EXAMPLE.replace('print("hello")', "import time\ntime.sleep(60)")
    more = {"other": titled(EXAMPLE, "Another")}
    page = PAGE + "\n```{cell} chapter/other hello\n```\n"
    began = time.monotonic()
    log = tiny(page, hanging, more, kerasguide_time_limit=2).log
    assert time.monotonic() - began < 50
    assert "例子 topic.py 运行了 2 秒还没有完" in log
    assert "kerasguide_time_limit" in log
    # 别的例子的结果还在，改好了就只运行改好的
    site = tiny(page, EXAMPLE, more)
    assert site.log == ""
    assert [
        cell.get_text().strip() for cell in site.page("index").select(".cell-output")
    ]


def test_a_swallowed_time_limit_comes_again(tiny):
    hanging = EXAMPLE.replace(
        'print("hello")',
        "import time\nfor _ in range(3):\n"
        "    try:\n        time.sleep(60)\n"
        "    except OSError:\n        print('swallowed')\n"
        "time.sleep(60)",
    )
    log = tiny(PAGE, hanging, kerasguide_time_limit=1).log
    assert "例子 topic.py 运行了 1 秒还没有完" in log


def test_an_example_that_raises_shows_its_traceback_and_spares_the_others(project):
    write(project, 1)
    script = project.parent / "examples" / "chapter" / "two.py"
    good = script.read_text(encoding="utf-8")
    script.write_text(good + "\n1 / 0\n", encoding="utf-8")
    returncode, log = build(project)
    assert returncode != 0
    assert "ZeroDivisionError: division by zero" in log
    assert "two.py" in log
    script.write_text(good, encoding="utf-8")
    returncode, log = build(project)
    assert returncode == 0, log
    assert "chapter/one：不必运行" in log
    assert "chapter/two：要运行" in log
    assert shown(project)[1] == len(NAMES)


@pytest.fixture
def small_disk(tmp_path):
    """一个 3 MB 的文件系统。"""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("不能挂载 tmpfs：要 root，而且容器允许")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_fails_and_the_next_build_is_right(project, small_disk, tmp_path):
    write(project, 1)
    inside = small_disk / "docs"
    shutil.copytree(project, inside)
    shutil.copytree(tmp_path / "examples", small_disk / "examples")
    free = shutil.disk_usage(small_disk).free
    filler = small_disk / "filler"
    filler.write_bytes(b"x" * (free - 150_000))
    returncode, log = build(inside)
    assert returncode != 0
    assert "No space left on device" in log
    filler.unlink()
    subprocess.run(["mount", "-o", "remount,size=50m", str(small_disk)], check=True)
    returncode, log = build(inside)
    assert returncode == 0, log
    assert shown(inside)[1] == len(NAMES)


MNIST = NUMBERED.replace(
    'print("number NUMBER")',
    "from kerasguide import datasets\n\n"
    "(x, y), _ = datasets.load_mnist()\nprint('number', len(x))",
)


@pytest.mark.parametrize("network", ["none", "hangs"])
def test_without_network_the_build_uses_the_embedded_data(project, tmp_path, network):
    """连不上的，和连上了却从不回答的：都用内置的数据，页面上说明。"""
    write(project, 1)
    script = tmp_path / "examples" / "chapter" / "one.py"
    script.write_text(MNIST, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if network == "none":
            server.close()
        returncode, log = build(
            project,
            KERASGUIDE_DATA="auto",
            KERASGUIDE_MIRROR=f"http://127.0.0.1:{port}",
            KERAS_HOME=str(tmp_path / "home"),
        )
    assert returncode == 0, log
    page = (tmp_path / "html" / "index.html").read_text(encoding="utf-8")
    assert "MNIST：内置" in page
    assert not list((tmp_path / "home").rglob("*.npz"))


def test_stopped_between_the_run_and_its_page(tiny, tmp_path):
    """sphinx-gallery 写了 .md5 之后、写页面之前被杀：旧页面不能当成新的。"""
    assert tiny(PAGE, EXAMPLE).log == ""
    changed = EXAMPLE.replace('"hello"', '"changed"')
    copy = tmp_path / "docs" / "gallery" / "chapter" / "topic.py"
    copy.write_text(changed, encoding="utf-8")
    md5 = hashlib.md5(changed.encode(), usedforsecurity=False).hexdigest()
    copy.with_name("topic.py.md5").write_text(md5)
    copy.with_suffix(".seal.json").unlink()
    output = tiny(PAGE, changed).page("index").select_one(".cell-output")
    assert output.get_text().strip() == "changed"
