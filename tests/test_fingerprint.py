"""指纹：输出取决于的东西变了，才重新运行；什么也没变，就不运行；输出从不陈旧。"""

import importlib.metadata
import json
import shutil

import pytest

from kerasguide.site import examples, fingerprint
from tests.conftest import PAGE, ROOT

# 每次运行打印的都不同：看得出有没有重新运行
CLOCK = '''"""
Clock
=====

What time is it?
"""

# %% hello
# Now.

import time

print(time.time_ns())
'''

MORE = {"other": CLOCK}
PAGES = PAGE + "\n```{cell} chapter/other hello\n```\n"


@pytest.fixture
def outputs(tiny, tmp_path):
    """构建，返回两个例子的输出。"""

    def build(example=CLOCK, page=PAGES):
        site = tiny(page, example, MORE)
        assert site.log == ""
        cells = site.page("index").select(".cell-output")
        return [cell.get_text().strip() for cell in cells]

    return build


def record(tmp_path, name="topic"):
    return tmp_path / "docs" / "gallery" / "chapter" / f"{name}.run.json"


def test_nothing_changed_runs_nothing(outputs):
    assert outputs() == outputs()


def test_a_change_of_prose_runs_nothing(outputs):
    before = outputs()
    assert outputs(page=PAGES.replace("# Tiny", "# 改了标题")) == before


def test_a_changed_script_runs_alone(outputs):
    before = outputs()
    after = outputs(CLOCK.replace("# Now.", "# Right now."))
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize(
    "part",
    ["keras", "numpy", "Python", "kerasguide/runtime.py", "kerasguide/site/gallery.py"],
)
def test_a_changed_version_or_helper_runs_again(outputs, tmp_path, part):
    before = outputs()
    saved = json.loads(record(tmp_path).read_text(encoding="utf-8"))
    assert part in saved["fingerprint"]
    saved["fingerprint"][part] = "另一版"
    record(tmp_path).write_text(json.dumps(saved), encoding="utf-8")
    after = outputs()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_another_setting_runs_everything_again(outputs, monkeypatch):
    before = outputs()
    monkeypatch.setenv("KERASGUIDE_MIRROR", "http://127.0.0.1:9/mirror")
    after = outputs()
    assert after[0] != before[0]
    assert after[1] != before[1]


def test_a_damaged_record_runs_again(outputs, tmp_path):
    before = outputs()
    for damaged in ("", "{", "[]", '{"fingerprint": 1}'):
        record(tmp_path).write_text(damaged, encoding="utf-8")
        after = outputs()
        assert after[0] != before[0], damaged
        assert after[1] == before[1]
        before = after


def test_a_lost_page_or_picture_runs_again(tiny, tmp_path):
    drawing = CLOCK + (
        "\n# %% draw\n# Draw.\n\nimport matplotlib.pyplot as plt\n\nplt.plot([1, 2])\n"
    )
    page = "# Tiny\n\n```{cell} chapter/topic hello draw\n:alt: 一条线\n```\n"

    def output():
        site = tiny(page, drawing)
        assert site.log == ""
        return site.page("index").select_one(".cell-output").get_text()

    before = output()
    assert output() == before
    gallery = tmp_path / "docs" / "gallery" / "chapter"
    gallery.joinpath("images", "sphx_glr_topic_001.png").unlink()
    after = output()
    assert after != before
    gallery.joinpath("topic.rst").unlink()
    assert output() != after


def test_an_example_that_failed_runs_again(tiny, tmp_path):
    broken = CLOCK + "\n# %% fail\n# Fail.\n\n1 / 0\n"
    page = PAGE.replace("hello\n", "hello fail\n")
    assert "ZeroDivisionError" in tiny(page, broken).log
    assert "ZeroDivisionError" in tiny(page, broken).log
    assert tiny(page, broken.replace("1 / 0", "1 / 1")).log == ""


def test_a_deleted_example_leaves_nothing_behind(outputs, tiny, tmp_path):
    outputs()
    gallery = tmp_path / "docs" / "gallery" / "chapter"
    assert list(gallery.glob("other*"))
    (tmp_path / "examples" / "chapter" / "other.py").unlink()
    assert tiny(PAGE, CLOCK).log == ""
    assert list(gallery.rglob("*other*")) == []
    assert list(gallery.glob("topic*"))


def test_the_key_names_what_the_script_really_imports():
    conf = {}
    plain = fingerprint.of(ROOT / "examples" / "setup" / "versions.py", conf)
    with_data = fingerprint.of(ROOT / "examples" / "basics" / "mnist_mlp.py", conf)
    legacy = fingerprint.of(ROOT / "examples" / "basics" / "mnist_mlp_2020.py", conf)
    assert "kerasguide/datasets.py" not in plain
    assert {"kerasguide/datasets.py", "kerasguide/figures.py"} <= with_data.keys()
    assert "tf-keras" not in with_data
    assert legacy["tf-keras"] == importlib.metadata.version("tf-keras")
    assert with_data["keras"] == importlib.metadata.version("keras")


def test_another_backend_is_another_key(monkeypatch):
    script = ROOT / "examples" / "setup" / "versions.py"
    before = fingerprint.of(script, {})
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    changes = fingerprint.difference(before, fingerprint.of(script, {}))
    assert "KERAS_BACKEND tensorflow → jax" in changes
    assert any(change.startswith("tensorflow") for change in changes)


def test_the_cached_data_is_part_of_the_key(monkeypatch, tmp_path):
    script = ROOT / "examples" / "basics" / "mnist_mlp.py"
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    before = fingerprint.of(script, {})
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "mnist.npz").write_bytes(b"data")
    (change,) = fingerprint.difference(before, fingerprint.of(script, {}))
    assert change.startswith("缓存里的数据 没有 → mnist.npz 4")


def test_the_results_can_be_carried_to_a_fresh_tree(outputs, tiny, tmp_path):
    """``nox -s docs`` 每次用新的一份源文件，只带上次的结果。"""
    before = outputs()
    gallery = tmp_path / "docs" / "gallery"
    shutil.move(gallery, tmp_path / "kept")
    shutil.rmtree(tmp_path / "docs")
    (tmp_path / "docs").mkdir()
    shutil.copytree(tmp_path / "kept", gallery)
    assert outputs() == before
    assert examples.record_path(gallery / "chapter" / "topic.py").is_file()


def test_a_mended_example_loses_the_broken_thumbnail(tiny, tmp_path):
    assert "ZeroDivisionError" in tiny(PAGES, CLOCK + "1 / 0\n", MORE).log
    assert tiny(PAGES, CLOCK, MORE).log == ""
    thumbs = tmp_path / "docs" / "gallery" / "chapter" / "images" / "thumb"
    mended, other = (
        (thumbs / f"sphx_glr_{name}_thumb.png").read_bytes()
        for name in ("topic", "other")
    )
    assert mended == other
