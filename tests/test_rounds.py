"""一轮细查哪些例子：变了的一个也不漏，轮到的一个星期轮一遍；说出留下了什么。"""

import subprocess

import pytest

from tests import rounds

NAMES = [f"chapter/example{number}" for number in range(9)]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """一个 git 仓库，九个例子，都已经提交；在 main 之外的分支上。"""
    monkeypatch.setattr(rounds, "ROOT", tmp_path)
    monkeypatch.setattr(rounds, "EXAMPLES", tmp_path / "examples")
    monkeypatch.setenv("KERASGUIDE_TODAY", "2026-11-27")
    for name in ("KERASGUIDE_BASE", "KERASGUIDE_ROUND"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text("")
    for name in NAMES:
        script = tmp_path / "examples" / f"{name}.py"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("print(1)\n")
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "work")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "x")
    rounds.this_round.cache_clear()
    yield tmp_path
    rounds.this_round.cache_clear()


def git(folder, *words):
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.example"]
    command = ["git", "-C", str(folder), *identity, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


def edit(folder, file):
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("print(2)\n")


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("name", [NAMES[3], "chapter/new"])
def test_what_changed_is_chosen(project, name, committed):
    edit(project, f"examples/{name}.py")
    commit(project) if committed else None
    this = rounds.this_round()
    assert dict(this.changed) == {name: [f"examples/{name}.py"]}
    assert name in this.chosen()
    assert set(this.chosen()) == {name, *this.due}
    assert sorted([*this.chosen(), *this.left()]) == sorted({*NAMES, name})


def test_a_file_that_all_depend_on_chooses_all(project):
    edit(project, "docs/conf.py")
    assert rounds.this_round().chosen() == NAMES


def test_a_file_that_no_example_uses_chooses_none(project):
    edit(project, "docs/guide/page.md")
    assert rounds.this_round().chosen() == list(rounds.this_round().due)


def test_what_was_changed_before_the_base_is_not_asked_again(project, monkeypatch):
    edit(project, f"examples/{NAMES[0]}.py")
    monkeypatch.setenv("KERASGUIDE_BASE", commit(project))
    edit(project, f"examples/{NAMES[1]}.py")
    commit(project)
    assert list(rounds.this_round().changed) == [NAMES[1]]


def test_a_first_push_names_no_base(project, monkeypatch):
    """GitHub 给出一串 0：与主分支相比。"""
    monkeypatch.setenv("KERASGUIDE_BASE", "0" * 40)
    edit(project, f"examples/{NAMES[1]}.py")
    assert list(rounds.this_round().changed) == [NAMES[1]]


def test_with_nothing_to_compare_with_all_are_chosen(project):
    git(project, "switch", "--quiet", "main")  # 只有一个提交，就在主分支上
    assert rounds.this_round().chosen() == NAMES


def test_everything_leaves_nothing(project, monkeypatch):
    monkeypatch.setenv("KERASGUIDE_ROUND", "everything")
    assert rounds.this_round().chosen() == NAMES
    assert rounds.this_round().left() == []
    assert "留给" not in rounds.describe(rounds.this_round())


def test_in_a_week_each_has_its_turn(project, monkeypatch):
    due = []
    for day in range(1, 8):
        monkeypatch.setenv("KERASGUIDE_TODAY", f"2026-11-0{day}")
        rounds.this_round.cache_clear()
        due += rounds.this_round().due
    assert sorted(due) == NAMES


def test_it_says_what_was_left_and_why(project):
    for number in (3, 4):
        edit(project, f"examples/{NAMES[number]}.py")
    this = rounds.this_round()
    said = rounds.describe(this)
    assert f"- {NAMES[3]}，因为变了：examples/{NAMES[3]}.py" in said
    assert f"{'、'.join(this.due)}，今天轮到" in said
    assert f"另外 {len(this.left())} 个" in said
    assert "main 的合并起点" in said


def test_many_files_are_not_all_told():
    files = [f"file{number}" for number in range(5)]
    changed = {"a": [*files, "only a"], "b": files}
    this = rounds.Round(["a", "b"], changed, [], "x")
    said = rounds.describe(this)
    assert "- 全部 2 个，因为变了：file0、file1、file2 等 5 个文件" in said
    assert "only a" not in said
