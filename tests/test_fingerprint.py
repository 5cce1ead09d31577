"""指纹：输出取决于的东西变了，才重新运行；什么也没变，就不运行；输出从不陈旧。"""

import importlib.metadata
import json
import shutil

import pytest

from kerasguide.site.base import examples
from kerasguide.site.run import fingerprint
from tests.conftest import PAGE, ROOT, titled

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

MORE = {"other": titled(CLOCK, "Another clock")}
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


def seal(tmp_path, name="topic"):
    return tmp_path / "docs" / "gallery" / "chapter" / f"{name}.seal.json"


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
    [
        *("keras", "numpy", "Python", "kerasguide/runtime.py"),
        *("kerasguide/site/run/gallery.py", "kerasguide/site/run/values.py"),
    ],
)
def test_a_changed_version_or_helper_runs_again(outputs, tmp_path, part):
    before = outputs()
    sealed = json.loads(seal(tmp_path).read_text(encoding="utf-8"))
    assert part in sealed["fingerprint"]
    sealed["fingerprint"][part] = "另一版"
    seal(tmp_path).write_text(json.dumps(sealed), encoding="utf-8")
    after = outputs()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_another_setting_runs_everything_again(outputs, monkeypatch):
    before = outputs()
    monkeypatch.setenv("KERAS_MAX_EPOCHS", "1")
    after = outputs()
    assert after[0] != before[0]
    assert after[1] != before[1]


@pytest.mark.parametrize("suffix", ["seal.json", "run.json"])
def test_a_damaged_record_runs_again(outputs, tmp_path, suffix):
    before = outputs()
    record = seal(tmp_path).with_name(f"topic.{suffix}")
    for damaged in (
        "",
        "{",
        "[]",
        '{"fingerprint": 1}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        record.write_text(damaged, encoding="utf-8")
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
    plain = fingerprint.of(ROOT / "examples" / "custom" / "custom_layer.py", conf)
    with_data = fingerprint.of(ROOT / "examples" / "basics" / "mnist_data.py", conf)
    legacy = fingerprint.of(ROOT / "examples" / "note" / "mnist_mlp_2020.py", conf)
    assert "kerasguide/datasets.py" not in plain
    assert {"kerasguide/datasets.py", "kerasguide/figures.py"} <= with_data.keys()
    assert "tf_keras" not in with_data
    assert legacy["tf_keras"] == importlib.metadata.version("tf-keras")
    assert with_data["keras"] == importlib.metadata.version("keras")


def test_another_backend_is_another_key(monkeypatch):
    script = ROOT / "examples" / "start" / "first_model.py"
    before = fingerprint.of(script, {})
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    changes = fingerprint.difference(before, fingerprint.of(script, {}))
    assert "KERAS_BACKEND tensorflow → jax" in changes
    assert any(change.startswith("tensorflow") for change in changes)


DATA = CLOCK.replace(
    "import time\n",
    "import time\n\nfrom kerasguide import datasets\n\ndatasets.load_mnist()\n",
)


def test_the_data_that_was_used_is_part_of_the_key(tiny, monkeypatch, tmp_path):
    """用内置数据得到的，有了真数据就不再算数；下载得成下载不成还不知道，就先留着。"""
    page = PAGE.replace("hello", "hello\n:show: output")

    def output():
        site = tiny(page, DATA)
        assert site.log == ""
        return site.page("index").select_one(".cell-output").get_text()

    before = output()
    record = examples.read_record(tmp_path / "docs/gallery/chapter/topic.py")
    assert record["made"]["data"] == {"MNIST": "embedded"}
    monkeypatch.setenv("KERASGUIDE_DATA", "auto")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    assert output() == before
    monkeypatch.setattr("kerasguide.cache.expected", lambda title: "real")
    monkeypatch.setenv("KERASGUIDE_DATA", "embedded")
    assert output() != before


@pytest.mark.parametrize(
    ("name", "code", "old", "new"),
    [
        ("data.csv", "Path(__file__).with_name('data.csv').read_text()", "1", "2"),
        ("programs/run.py", "runpy.run_path('programs/run.py')", "a = 1", "a = 2"),
        ("../shared/text.txt", "open('text.txt')", "old", "new"),
        ("neighbour.py", "import neighbour", "a = 1", "a = 2"),
        ("../common/tool.py", "sys.path.append('../common')\nimport tool", "1", "2"),
    ],
)
def test_a_file_that_the_script_reads_is_part_of_the_key(
    tmp_path, name, code, old, new
):
    script = tmp_path / "examples" / "chapter" / "topic.py"
    file = script.parent / name
    file.parent.mkdir(parents=True)
    script.parent.mkdir(exist_ok=True)
    script.write_text(code, encoding="utf-8")
    file.write_text(old, encoding="utf-8")
    before = fingerprint.of(script, {})
    assert fingerprint.of(script, {}) == before
    file.write_text(new, encoding="utf-8")
    assert fingerprint.of(script, {}) != before


def test_another_example_of_the_chapter_is_not_part_of_the_key(tmp_path):
    script, other = (tmp_path / "examples/chapter" / name for name in ("a.py", "b.py"))
    script.parent.mkdir(parents=True)
    script.write_text("print('b')", encoding="utf-8")
    before = fingerprint.of(script, {})
    other.write_text("print(1)", encoding="utf-8")
    (script.parent / "GALLERY_HEADER.rst").write_text("标题")
    assert fingerprint.of(script, {}) == before


@pytest.mark.parametrize(
    "code",
    [
        "from kerasguide import figures",
        "from kerasguide import (  # 小工具\n    datasets,\n    figures,\n)",
        "from kerasguide import \\\n    figures",
        "from  kerasguide  import figures",
        "from kerasguide import*",
        "import kerasguide as kg\nkg.figures.path('a.png')",
        "import importlib\nimportlib.import_module('kerasguide.figures')",
        "import importlib\nimportlib.import_module('.'.join(['kerasguide', name]))",
        "__import__(name)",
    ],
)
def test_a_helper_is_part_of_the_key_however_it_is_imported(tmp_path, code):
    script = tmp_path / "examples" / "chapter" / "topic.py"
    script.parent.mkdir(parents=True)
    script.write_text(code, encoding="utf-8")
    assert "kerasguide/figures.py" in fingerprint.of(script, {})


def test_so_is_a_helper_of_a_helper(tmp_path):
    script = tmp_path / "examples" / "chapter" / "topic.py"
    script.parent.mkdir(parents=True)
    script.write_text("import tool", encoding="utf-8")
    code = "from kerasguide import figures"
    script.with_name("tool.py").write_text(code, encoding="utf-8")
    assert "kerasguide/figures.py" in fingerprint.of(script, {})


@pytest.mark.parametrize(
    "settings", [{"backend": "jax"}, {"floatx": "float64"}, {"epsilon": 1e-3}]
)
def test_the_settings_of_keras_are_part_of_the_key(monkeypatch, tmp_path, settings):
    script = ROOT / "examples" / "custom" / "custom_layer.py"
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    before = fingerprint.of(script, {})
    defaults = {"backend": "tensorflow", "floatx": "float32", "epsilon": 1e-07}
    # Keras 第一次导入时自己写的那份，不是改动
    for content, same in ((defaults, True), ({**defaults, **settings}, False)):
        (tmp_path / "keras.json").write_text(json.dumps(content))
        assert (fingerprint.of(script, {}) == before) is same


def test_the_version_of_whatever_it_imports_is_part_of_the_key(tmp_path):
    script = tmp_path / "examples" / "chapter" / "topic.py"
    script.parent.mkdir(parents=True)
    script.write_text("import os\nimport bs4\nfrom PIL import Image", encoding="utf-8")
    key = fingerprint.of(script, {})
    assert key["beautifulsoup4"] == importlib.metadata.version("beautifulsoup4")
    assert "os" not in key


def test_so_is_what_a_program_that_it_writes_out_imports(tmp_path):
    """几个进程一起训练的例子，写出程序再运行它。"""
    script = tmp_path / "examples" / "chapter" / "topic.py"
    script.parent.mkdir(parents=True)
    program = "import time, bs4 as soup\n\nif True:\n    from PIL.Image import open"
    script.write_text(f'PROGRAM = """\n{program}\n"""\n', encoding="utf-8")
    key = fingerprint.of(script, {})
    assert key["beautifulsoup4"] == importlib.metadata.version("beautifulsoup4")
    assert key["pillow"] == importlib.metadata.version("pillow")
    assert not {"time", "soup", "open", "PIL"} & key.keys()


@pytest.mark.parametrize("suffix", ["rst", "ipynb", "zip", "run.json"])
def test_a_result_that_was_changed_by_hand_is_made_again(tiny, tmp_path, suffix):
    """hello 改成了 hellO：封口之后谁也不能动它。"""
    assert tiny().log == ""
    file = tmp_path / "docs" / "gallery" / "chapter" / f"topic.{suffix}"
    whole = file.read_bytes()
    file.write_bytes(whole.replace(b"hello", b"hellO") + b" ")
    site = tiny()
    assert site.log == ""
    text = site.page("index").select_one(".cell-output").get_text()
    assert text.strip() == "hello"
    assert b"hellO" not in file.read_bytes()


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
