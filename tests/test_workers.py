"""每个例子有自己的进程：最久的先开始，死掉、卡住的只是它自己，什么也不留下。"""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from kerasguide.site.base import examples
from tests.conftest import EXAMPLE, PAGE, titled

PAGES = PAGE + "\n```{cell} chapter/other hello\n```\n"
# 这些例子用不着框架：用最轻的后端，少等几秒
LIGHT = {"KERAS_BACKEND": "numpy"}


@pytest.fixture
def project(tiny, tmp_path):
    """两个例子的小项目，还没有运行过；返回写脚本、构建的函数。"""
    tiny(PAGES, more_examples={"other": titled(EXAMPLE, "other")}, plot_gallery=False)

    class Project:
        html = tmp_path / "html"
        gallery = tmp_path / "docs" / "gallery" / "chapter"

        def write(self, name, code):
            script = tmp_path / "examples" / "chapter" / f"{name}.py"
            text = titled(EXAMPLE, name).replace('print("hello")', code)
            script.write_text(text, encoding="utf-8")

        def start(self, workers, limit=100, stdin=None, **environment):
            command = [sys.executable, "-m", "sphinx", "-n", "-W", "-T", "--keep-going"]
            command += ["-D", f"kerasguide_workers={workers}"]
            command += ["-D", f"kerasguide_time_limit={limit}"]
            command += [str(tmp_path / "docs"), str(self.html)]
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                env={**os.environ, **LIGHT, **environment},
            )

        def build(self, workers=2, **options):
            process = self.start(workers, **options)
            log, _ = process.communicate(timeout=300)
            return process.returncode, log

        def outputs(self):
            page = (self.html / "index.html").read_text(encoding="utf-8")
            return re.findall(
                r"cell-output.*?<span></span>(.*?)\n</pre>", page, re.DOTALL
            )

        def has_run(self, name):
            return (self.gallery / f"{name}.seal.json").is_file()

        def commit(self):
            return examples.read_record(self.gallery / "topic.py")["made"]["commit"]

    return Project()


def test_two_workers_run_the_examples_and_say_how_far_they_are(project):
    project.write("other", 'print("other")')
    returncode, log = project.build()
    assert returncode == 0, log
    assert "要运行 2 个例子，用 2 个工作进程" in log
    assert re.search(r"例子 1/2：chapter/\w+ 用了 [\d.]+ 秒；正在运行 chapter/\w+", log)
    assert re.search(r"例子 2/2：chapter/\w+ 用了 [\d.]+ 秒\n", log)
    assert project.outputs() == ["hello", "other"]


def test_warnings_that_one_example_ignores_are_said_in_the_next(project):
    project.write("other", "import warnings\n\nwarnings.filterwarnings('ignore')")
    project.write("topic", "import keras\n\nkeras.layers.Dense(1, input_shape=(4,))")
    returncode, log = project.build(workers=1)
    assert returncode == 0, log
    assert log.index("chapter/other 用了") < log.index("chapter/topic 用了")
    # 不说是哪个文件说的：每台机器不同
    assert project.outputs()[0].startswith("UserWarning: Do not pass an")


def test_the_longest_starts_first(project):
    project.write("topic", 'import time\n\ntime.sleep(1)\nprint("long")')
    assert project.build()[0] == 0
    for name in ("other", "topic"):
        project.write(name, f'import time\n\ntime.sleep(0.1)\nprint("{name} again")')
    returncode, log = project.build(workers=1)
    assert returncode == 0, log
    started = re.findall(r"例子 \d/2：(chapter/\w+) 用了", log)
    assert started == ["chapter/topic", "chapter/other"]
    assert re.search(r"等着 1 个，大约还要 \d+ 秒|正在运行 chapter/other", log)


def test_a_killed_worker_is_named_and_spares_the_others(project):
    kill = "import os\nimport signal\n\nos.kill(os.getpid(), signal.SIGKILL)"
    project.write("other", kill)  # 先运行的死了，后面的要换一个进程
    returncode, log = project.build(workers=1)
    assert returncode != 0
    assert "运行例子 chapter/other 的进程被信号 SIGKILL 结束" in log
    assert "多半是内存不够" in log
    assert (project.gallery / "topic.py.md5").is_file()
    project.write("other", 'print("mended")')
    returncode, log = project.build()
    assert returncode == 0, log
    assert "要运行 1 个例子" in log
    assert project.outputs() == ["hello", "mended"]


def test_a_worker_that_ends_shows_what_it_printed_last(project):
    last = "import os\n\nos.write(2, b'last words\\n')\nos._exit(3)"
    project.write("topic", last)
    returncode, log = project.build()
    assert returncode != 0
    assert "last words\n运行例子 chapter/topic 的进程自己退出了（退出码 3）" in log


def test_a_worker_that_dies_writing_its_page_spares_the_others(project):
    project.write("topic", "print('a\\ud800b')")
    returncode, log = project.build(workers=1)
    assert returncode != 0
    assert "运行例子 chapter/topic 的进程自己退出了" in log
    assert "Could not find internal" not in log
    assert project.has_run("other")
    project.write("topic", "print('mended')")
    returncode, log = project.build()
    assert returncode == 0, log


def test_what_sphinx_gallery_warns_of_fails_the_build(project):
    project.write("topic", "print(1)\n# sphinx_gallery_thumbnail_path = 'no.png'")
    for _ in range(2):  # 没有改，就再说一次
        returncode, log = project.build()
        assert returncode != 0
        assert "WARNING: 例子 chapter/topic：" in log
        assert "no.png" in log


def test_a_question_to_the_user_is_not_waited_for(project):
    project.write("topic", "import subprocess\n\nprint(subprocess.call(['cat']))")
    ours, theirs = os.pipe()  # 没有人在另一头说话，也不挂断
    assert project.build(stdin=ours, limit=20)[0] == 0
    for end in (ours, theirs):
        os.close(end)
    assert project.outputs()[0] == "0"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("loose.py", "例子要放在一章的文件夹里"),
        ("chapter/topic.more.py", "例子不能叫这个名字"),
        ("chapter/index.py", "例子不能叫这个名字"),
        ("chapter/my example.py", "例子不能叫这个名字"),
        ("new/lesson.py", "这一章没有 GALLERY_HEADER.rst"),
    ],
)
def test_a_script_that_is_no_example_is_named(project, tmp_path, name, said):
    script = tmp_path / "examples" / name
    script.parent.mkdir(exist_ok=True)
    script.write_text(EXAMPLE, encoding="utf-8")
    returncode, log = project.build()
    assert returncode != 0
    assert f"{script}：" in log or f"{script.name}：" in log
    assert said in log


@pytest.mark.parametrize("limit", [0, -1])
def test_a_time_limit_that_can_not_be(project, limit):
    returncode, log = project.build(limit=limit)
    assert returncode != 0
    assert f"kerasguide_time_limit={limit} 不行" in log


FORK = """
import os
import signal
import time

if os.fork() == 0:
    time.sleep(60)
    os._exit(0)
"""


ENDINGS = {
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "left": "os._exit(3)",
    "mute": "os.closerange(3, 100)\nos.kill(os.getpid(), signal.SIGKILL)",
}


def test_a_child_that_outlives_its_example_stops_nothing(project):
    """它分出的进程还拿着管道：看的是进程还在不在，不只是管道。"""
    for name, ending in ENDINGS.items():
        project.write(name, FORK + ending)
    began = time.monotonic()
    returncode, log = project.build()
    assert time.monotonic() - began < 50, log
    assert returncode != 0
    for name in ENDINGS:
        assert f"运行例子 chapter/{name} 的进程" in log
    assert project.has_run("other")


LEFTOVERS = {
    "fork": FORK,
    "subprocess": """import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])""",
    "thread": """import threading, time
threading.Thread(target=time.sleep, args=(60,)).start()""",
}


def test_what_an_example_started_ends_with_it(project):
    for name, leftover in LEFTOVERS.items():
        project.write(name, f"{leftover}\nprint('done')")
    began = time.monotonic()
    _, log = project.build()
    assert time.monotonic() - began < 50, log
    for name in LEFTOVERS:
        assert project.has_run(name), log
        assert "done\n" in (project.gallery / f"{name}.rst").read_text("utf-8")
    running = subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    )
    assert "import time; time.sleep(60)" not in running.stdout


HARMS = [
    "import shutil\nfrom kerasguide import figures\nshutil.rmtree(figures.directory())",
    "from kerasguide import figures\n(figures.directory() / 'notes').mkdir()",
    "from kerasguide import figures\n(figures.directory() / 'notes.txt').touch()",
    "import sys\nsys.stdout.close()",
    "import os\nos.close(1)\nos.close(2)",
    "import sys\nsys.__stdout__.close()\nsys.__stderr__.close()",
    "import builtins\nbuiltins.print = None",
]


def test_harm_stays_with_the_example_that_did_it(project):
    """一个接一个搞乱自己的图片文件夹、stdout，最后无辜的不受影响。"""
    for number, harm in enumerate(HARMS):
        project.write(f"harm_{number}", harm)
    project.write("topic", 'print("innocent")')
    _, log = project.build(workers=1)
    names = [f"harm_{number}" for number in range(len(HARMS))]
    ended = [log.index(f"chapter/{name} 用了") for name in [*names, "topic"]]
    assert ended == sorted(ended)
    assert project.has_run("topic"), log
    assert "例子 chapter/topic 失败了" not in log


#: 变量的值，和记下的；记不下的是 ``None``
VALUES = [
    ("mock.Mock()", None),
    ("type('Bad', (), {'shape': property(lambda self: 1 / 0), 'dtype': 1})()", None),
    ("type('Bad', (), {'__getattr__': lambda self, name: self})()", None),
    ("'\\ud800'", None),
    ("{'\\ud800': 1, 'a': '\\udfff', 'b': 2}", {"b": 2}),
    ("float('nan')", "nan"),
    ("10**5000", None),
    ("'good'", "good"),
]


def test_a_variable_that_can_not_be_recorded_harms_nothing(project):
    lines = [f"value_{number} = {value}" for number, (value, _) in enumerate(VALUES)]
    code = "\n".join(["from unittest import mock\n", *lines, "print('ran')"])
    project.write("topic", code)
    returncode, log = project.build()
    assert returncode == 0, log
    assert project.outputs()[0] == "ran"
    record = examples.read_record(project.gallery / "topic.py")
    values = record["blocks"]["hello"]["values"]
    recorded = [str(values.get(f"value_{number}")) for number in range(len(VALUES))]
    assert recorded == [str(kept) for _, kept in VALUES]


def test_an_example_edited_while_it_runs_is_run_again(project, tmp_path):
    """读了旧的小工具，运行完时它已经改了：这一遍的输出不能当成新的。"""
    data = tmp_path / "examples" / "chapter" / "data.txt"
    data.write_text("old")
    code = (
        "import pathlib\nimport time\n\n"
        f"text = pathlib.Path({str(data)!r}).read_text()\n"
        f"pathlib.Path({str(data)!r}).write_text('new')\nprint(text)"
    )
    project.write("topic", code)
    returncode, log = project.build()
    assert returncode == 0, log
    assert "运行的时候，它取决于的东西改了：再运行一次" in log
    assert project.outputs()[0] == "new"


def test_an_example_that_never_stops_changing_is_given_up(project, tmp_path):
    data = tmp_path / "examples" / "chapter" / "data.txt"
    data.write_text("0")
    project.write("topic", f"open({str(data)!r}, 'a').write('x')")
    returncode, log = project.build()
    assert returncode != 0
    assert "例子 chapter/topic 每次运行的时候，它取决于的东西都在改" in log
    assert "data.txt" in log
    assert "写到临时文件夹里" in log


@pytest.mark.parametrize("workers", ["0", "-1", "two", "1.5"])
def test_a_number_of_workers_that_can_not_be(project, workers):
    began = time.monotonic()
    returncode, log = project.build(workers=workers)
    assert time.monotonic() - began < 15
    assert returncode != 0
    assert f"kerasguide_workers={workers} 不行" in log


def test_the_commit_says_whether_it_gave_this_output(project, tmp_path):
    def git(*words):
        names = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", "-C", str(tmp_path), *names, *words], check=True)

    git("init", "--quiet")
    (tmp_path / ".gitignore").write_text("docs/gallery\nhtml\n*.pyc\n_build\n")
    git("add", "--all")
    git("commit", "--quiet", "--message=one")
    assert project.build()[0] == 0
    commit = project.commit()
    assert re.fullmatch(r"[0-9a-f]{7,}", commit)
    project.write("topic", 'print("changed, not committed")')
    assert project.build()[0] == 0
    assert project.commit() == f"{commit}（之后有改动）"


def test_out_of_memory_inside_an_example(project):
    greedy = "import resource\n\nlimit = 3 * 10**9\n"
    greedy += "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
    greedy += "hoard = bytearray(10**10)"
    project.write("topic", greedy)
    returncode, log = project.build(workers=1)
    assert returncode != 0
    assert "MemoryError" in log
    assert "topic.py" in log
    assert (project.gallery / "other.py.md5").is_file()


def test_a_failed_example_runs_once(project, tmp_path):
    runs = tmp_path / "runs"
    project.write("topic", f"open({str(runs)!r}, 'a').write('x')\n1 / 0")
    returncode, log = project.build()
    assert returncode != 0
    assert "ZeroDivisionError: division by zero" in log
    assert runs.read_text() == "x"


ASK = """import os
import sys

print(os.environ.get("KERAS_BACKEND"), "keras" in sys.modules)"""


@pytest.mark.parametrize("for_jax", ["topic", "other"])
def test_an_example_for_one_backend_has_a_fresh_process(project, tmp_path, for_jax):
    script = tmp_path / "examples" / "chapter" / f"{for_jax}.py"
    script.write_text(
        titled(EXAMPLE, for_jax)
        .replace("It says hello.", "只用于 JAX 后端：只有它有这个。")
        .replace('print("hello")', ASK),
        encoding="utf-8",
    )
    project.write("other" if for_jax == "topic" else "topic", ASK)
    # 一次一个，先运行 other：它在后面的例子之前导入了 Keras，或者用过 JAX
    returncode, log = project.build(workers=1)
    assert returncode == 0, log
    assert sorted(project.outputs()) == ["jax False", "numpy True"]
    # 例子运行时设好的后端，下次构建开始时还没有：指纹不能因此不同
    returncode, log = project.build()
    assert returncode == 0, log
    assert log.count("不必运行") == 2


def test_the_process_of_sphinx_imports_nothing_slow(project, tmp_path):
    code = (
        "import sys\nfrom sphinx.cmd.build import main\n"
        "if __name__ == '__main__':\n"
        f"    print(main([{str(tmp_path / 'docs')!r}, {str(project.html)!r}]))\n"
        "    slow = {'keras', 'tensorflow', 'jax', 'torch', 'matplotlib', 'numpy'}\n"
        "    print(slow & set(sys.modules))\n"
        "    import matplotlib\n"
    )
    program = tmp_path / "build.py"
    program.write_text(code)
    done = subprocess.run(
        [sys.executable, str(program)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **LIGHT},
    )
    assert done.stdout.endswith("0\nset()\n"), done.stdout + done.stderr
    assert "要运行 2 个例子" in done.stdout


def test_workers_end_with_sphinx(project, tmp_path):
    """Sphinx 的进程被杀，没有留下谁接着改它的结果。"""
    mark = tmp_path / "mark"
    project.write(
        "topic",
        "import os\nimport time\n\n"
        f"open({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)",
    )
    process = project.start(2)
    deadline = time.monotonic() + 100
    while not (mark.is_file() and mark.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    worker = int(mark.read_text())
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("工作进程还活着")
    process.stdout.close()
