"""构建的外壳：一次一个，写不下就先说，做好了才换上去；复制来的源文件与原来的相同。"""

import os
import shutil
import subprocess
import sys
import time

import pytest

from kerasguide.site import build


@pytest.fixture
def root(tmp_path, monkeypatch):
    """一个空的项目。"""
    monkeypatch.setattr(build, "ROOT", tmp_path)
    (tmp_path / ".nox").mkdir()
    return tmp_path


def test_a_second_build_at_once_says_so(root):
    # 另一个进程拿着锁
    hold = "import filelock, sys, time\n"
    hold += f"lock = filelock.FileLock({str(root / '.nox' / 'building.lock')!r})\n"
    hold += "lock.acquire()\nprint('held', flush=True)\ntime.sleep(60)\n"
    command = [sys.executable, "-c", hold]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(build.BuildError, match="另一个构建正在运行"), build.alone():
            pass
        other.kill()  # 被杀的构建不会把门锁死
    with build.alone():
        pass


def test_too_little_room_is_said_before_anything_is_built(root, monkeypatch):
    build.check_room()
    monkeypatch.setattr(build, "ROOM", 10**18)
    with pytest.raises(build.BuildError, match=r"只剩 \d+ MB.*腾出地方"):
        build.check_room()


def test_a_read_only_tree_is_said_before_anything_is_built(root, monkeypatch):
    # root 什么都能写，所以只换掉这一问
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(build.BuildError, match="不能写"):
        build.check_room()


@pytest.mark.parametrize("leftover", [False, True])
def test_the_site_is_switched_in_whole(tmp_path, leftover):
    built, target = tmp_path / "built", tmp_path / "_build" / "html"
    for folder, text in ((built, "new"), (target, "old")):
        folder.mkdir(parents=True)
        (folder / f"{text}.html").write_text(text)
    if leftover:  # 上一次换到一半被杀
        target.with_name("html-old").mkdir()
    build.publish(built, target)
    assert [path.name for path in target.iterdir()] == ["new.html"]
    assert [path.name for path in target.parent.iterdir()] == ["html"]


def test_copied_sources_follow_the_content_not_the_time(root):
    """Sphinx 看修改时间：内容没变的不动，变了的总是新的，哪怕源文件的时间倒退了。"""
    page, other = root / "docs" / "page.md", root / "docs" / "other.md"
    script = root / "examples" / "chapter" / "topic.py"
    for path in (page, other, script):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first")
    copied = build.copy_sources(root / "build")
    result = copied / "gallery" / "chapter" / "topic.run.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    times = {
        name: (copied / name).stat().st_mtime_ns for name in ("page.md", "other.md")
    }
    page.write_text("second")
    for path in (page, other):
        os.utime(path, (0, 0))
    script.unlink()
    build.copy_sources(root / "build")
    assert (copied / "page.md").read_text() == "second"
    assert (copied / "page.md").stat().st_mtime_ns > times["page.md"]
    assert (copied / "other.md").stat().st_mtime_ns == times["other.md"]
    assert not (root / "build" / "examples" / "chapter" / "topic.py").exists()
    assert result.is_file()


def write(root, **files):
    """在项目里写几个源文件，名字里的两个下划线是文件夹的界线。"""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def copied(root):
    target = root / ".nox" / "build"
    build.copy_sources(target)
    return {
        path.relative_to(target).as_posix(): path.read_text()
        for path in target.rglob("*")
        if path.is_file()
    }


def test_a_folder_may_become_a_file_and_back(root):
    write(root, docs__guide__page="page", examples__a="a")
    assert copied(root) == {"docs/guide/page": "page", "examples/a": "a"}
    (root / "docs" / "guide" / "page").unlink()
    (root / "docs" / "guide").rmdir()
    write(root, docs__guide="a file now")
    assert copied(root) == {"docs/guide": "a file now", "examples/a": "a"}
    (root / "docs" / "guide").unlink()
    write(root, docs__guide__page="page")
    assert copied(root) == {"docs/guide/page": "page", "examples/a": "a"}


def test_only_what_the_build_makes_is_left_out(root):
    """docs/gallery 是生成的；guide 里叫 gallery 的一章不是。"""
    write(
        root,
        docs__gallery__made="made",
        docs___build__made="made",
        docs__guide__gallery__page="page",
        docs__guide___build__page="page",
        examples__gallery__topic="topic",
    )
    assert copied(root) == {
        "docs/guide/gallery/page": "page",
        "docs/guide/_build/page": "page",
        "examples/gallery/topic": "topic",
    }


@pytest.mark.parametrize("dangling", [False, True])
def test_a_symbolic_link_stays_one(tmp_path, dangling):
    """站点放在别的磁盘上的，那里换成新的，链接不动，再来一次也行。"""
    built, elsewhere = tmp_path / "built", tmp_path / "disk" / "html"
    target = tmp_path / "_build" / "html"
    for folder in (built, elsewhere, target.parent):
        folder.mkdir(parents=True)
    (elsewhere / "old.html").write_text("old")
    target.symlink_to(elsewhere)
    if dangling:
        (elsewhere / "old.html").unlink()
        elsewhere.rmdir()
    for text in ("first", "second"):
        (built / "page.html").write_text(text)
        build.publish(built, target)
        assert target.is_symlink()
        assert [path.name for path in elsewhere.iterdir()] == ["page.html"]
        assert (elsewhere / "page.html").read_text() == text
        assert [path.name for path in elsewhere.parent.iterdir()] == ["html"]


def test_an_edit_within_a_second_is_seen(root):
    """长短、修改时间都没变：Python 会接着用编译好的旧的。"""
    write(root, kerasguide__one="")
    module = root / "kerasguide" / "one.py"
    ask = "import sys; sys.path.insert(0, 'kerasguide'); import one; print(one.VALUE)"
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    seen = []
    for value in (1, 2):
        module.write_text(f"VALUE = {value}\n")
        os.utime(module, (0, 0))
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", ask],
                check=True,
                cwd=root,
                env=environment,
                capture_output=True,
                text=True,
            )
            build._trust_content()
        seen.append(done.stdout.strip())
    assert seen == ["1", "2"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("docs/page.md", "# 标题\n\n页\n".encode("gbk"), "page.md:1 不是 UTF-8"),
        ("examples/a/b.py", b"# ok\n\xff", "b.py:2 不是 UTF-8"),
        ("examples/a/b.py", b"\xef\xbb\xbf# ok", "b.py 开头有 BOM"),
    ],
)
def test_a_source_in_another_encoding_is_named(root, name, content, said):
    path = root / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    with pytest.raises(build.BuildError, match=said):
        build.copy_sources(root / "build")


def test_a_link_to_a_folder_is_not_left_out_silently(root):
    write(root, elsewhere__page="page", docs__index="index")
    (root / "docs" / "more").symlink_to(root / "elsewhere")
    with pytest.raises(build.BuildError, match="more 是指向文件夹的符号链接"):
        build.copy_sources(root / "build")


def test_a_switch_that_was_cut_short_is_undone(root):
    old = root / "docs" / "_build" / "html-old"
    old.mkdir(parents=True)
    (root / "docs" / "conf.py").write_text("1 / 0\n")
    assert build.main(["html"]).startswith("没有建成：")
    assert [path.name for path in old.parent.iterdir()] == ["html"]


def test_ended_it_ends_sphinx_too(tmp_path):
    """被结束的构建，它的 Sphinx 不再接着写：锁已经开了。"""
    shutil.copytree(build.ROOT / "kerasguide", tmp_path / "kerasguide")
    (tmp_path / "docs").mkdir()
    (tmp_path / "examples").mkdir()
    mark = tmp_path / "mark"
    settings = f"import os, pathlib, time\npathlib.Path({str(mark)!r})"
    settings += ".write_text(str(os.getpid()))\ntime.sleep(60)\n"
    (tmp_path / "docs" / "conf.py").write_text(settings)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "kerasguide.site.build", "html"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment) as process:
        deadline = time.monotonic() + 60
        while not (mark.is_file() and mark.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.terminate()
        assert process.wait(10) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


def test_warnings_of_another_build_are_not_said_again(root):
    write(root, **{"docs__index.md": "# 一页\n", ".nox__build__warnings.txt": "old"})
    (root / "examples").mkdir()
    with pytest.raises(build.BuildError) as said:
        build.sphinx(root / ".nox" / "build", "html", "--nonsense")
    assert str(said.value) == "没有建成：上面说了为什么"


def test_a_failed_build_is_one_message(root, monkeypatch, capfd):
    write(root, **{"docs__index.md": "# 一页\n\n[断了](nowhere.md)\n"})
    (root / "examples").mkdir()
    (root / "docs" / "conf.py").write_text("extensions = ['myst_parser']\n")
    said = build.main(["html"])
    # 末尾再说一遍；路径是源文件的，不是复制品的
    assert said.startswith("没有建成：\n\ndocs/index.md:3: WARNING:")
    assert "nowhere.md" in said
    assert "nowhere.md" in capfd.readouterr().err
    assert not (root / "docs" / "_build").exists()
