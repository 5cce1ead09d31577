"""真数据那么大的数据：用到它们的例子和页面照样建成，一个警告也没有。

读者看到的站点建在能得到 MNIST（60,000 张）和 CIFAR-10（50,000 张）的地方，别的测试用的却是
小得多的内置数据。这里把内置的图片平移、加上噪声，造成真数据的大小和格式，放进一个 Keras 的
缓存，从那里建整个站点：用到它们的例子重新运行，别的用 ``site`` 已有的结果。
"""

import hashlib
import io
import json
import pickle
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

import numpy as np
import pytest

from kerasguide import datasets
from tests import rounds
from tests.conftest import Site

pytestmark = pytest.mark.skipif(
    not rounds.is_everything(),
    reason="要几分钟：只在 nox -s everything 里运行（KERASGUIDE_ROUND=everything）",
)

# 造的文件的校验和不是真文件的。每个 Python 启动时都运行它：这两个模块一导入，就改成认得它们
HOOK = """
import importlib.machinery
import sys

MNIST, CIFAR10 = {sums}


def accept(module):
    if module.__name__ == "kerasguide.cache":
        module.MNIST = module.MNIST._replace(sha256=MNIST)
        module.CIFAR10 = module.CIFAR10._replace(sha256=CIFAR10)
    else:
        module.validate_file = lambda *_, **__: True


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in ("kerasguide.cache", "keras.src.utils.file_utils"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            accept(module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder)
"""


def grow(images, labels, count, rng):
    """由这些图片造出 ``count`` 张：平移至多两个像素，加一点噪声。"""
    chosen = rng.permutation(np.arange(count) % len(images))
    grown = images[chosen]
    for axis in (1, 2):
        shift = rng.integers(-2, 3, size=count)
        for pixels in (-2, -1, 1, 2):
            grown[shift == pixels] = np.roll(grown[shift == pixels], pixels, axis)
    noise = rng.integers(0, 16, size=grown.shape, dtype="uint8")
    return np.maximum(grown, noise), labels[chosen]


def write_mnist(path):
    """Keras 的 ``mnist.npz``：28×28，训练 60,000 张，测试 10,000 张。"""
    rng = np.random.default_rng(0)
    (x_train, y_train), (x_test, y_test) = datasets.load_mnist()
    x_train, y_train = grow(x_train, y_train, 60_000, rng)
    x_test, y_test = grow(x_test, y_test, 10_000, rng)
    np.savez_compressed(
        path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test
    )


def write_cifar10(path):
    """CIFAR-10 的压缩包：五个训练的文件和一个测试的，各 10,000 张，通道在前。"""
    rng = np.random.default_rng(0)
    train, test = datasets.load_cifar10()
    parts = {f"data_batch_{number}": train for number in range(1, 6)}
    parts["test_batch"] = test
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, part in parts.items():
            images, labels = grow(*part, 10_000, rng)
            rows = images.transpose(0, 3, 1, 2).reshape(10_000, -1)
            batch = {b"data": rows, b"labels": labels[:, 0].tolist()}
            content = pickle.dumps(batch, protocol=4)  # Keras 不肯读更新的
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def environment():
    """让例子用造的数据的环境变量；用完就删，它们有几百 MB。"""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "datasets"
        cache.mkdir()
        mnist = cache / "mnist.npz"
        cifar10 = cache / "cifar-10-batches-py-target_archive"
        write_mnist(mnist)
        write_cifar10(cifar10)
        sums = [sha256(path) for path in (mnist, cifar10)]
        hook = Path(folder) / "hook"
        hook.mkdir()
        hook.joinpath("sitecustomize.py").write_text(HOOK.format(sums=sums), "utf-8")
        yield {
            "KERAS_HOME": folder,
            "KERASGUIDE_DATA": "cache",
            "PYTHONPATH": str(hook),
        }


@pytest.fixture
def real(site, environment, tmp_path):
    """用造的数据建的整个站点，警告就是错误。"""
    from kerasguide.site import build

    shutil.copytree(site.source / "gallery", tmp_path / "docs" / "gallery")
    html = build.sphinx(tmp_path, "html", environment={**build.CHECKED, **environment})
    return Site(tmp_path / "docs", html)


def records(site):
    """用到数据的例子，和它们的运行记录。"""
    found = {}
    for path in sorted(site.source.glob("gallery/*/*.run.json")):
        made = json.loads(path.read_text(encoding="utf-8"))["made"]
        if made["data"]:
            found[f"{path.parent.name}/{path.name.removesuffix('.run.json')}"] = made
    return found


def said(page):
    """页面的输出和页脚说的：哪种数据，用的是哪一份。"""
    tags = page.select(".cell-output, section.made")
    text = "\n".join(tag.get_text() for tag in tags)
    return re.findall(r"(MNIST|CIFAR-10)：(内置的替代数据|Keras 缓存里的真数据)", text)


def test_the_pages_that_use_the_data_are_built_on_it(site, real, capsys):
    """一次构建要几分钟，所以都在一个测试里：分给几个进程，就要建几次。"""
    small, large = records(site), records(real)
    loaded = {name: made["data"] for name, made in large.items()}
    wanted = {name: dict.fromkeys(made["data"], "real") for name, made in small.items()}
    assert loaded == wanted != {}

    sources = {
        name: [(title, "Keras 缓存里的真数据") for title, _ in said(site.page(name))]
        for name in site.pages()
    }
    assert {name: said(real.page(name)) for name in real.pages()} == sources
    for name in ("guide/basics/fit", "guide/vision/residual"):
        foot = real.page(name).select_one("section.made")
        assert "Keras 缓存里的真数据" in foot.get_text()

    # 快慢随机器忙不忙而变：打印出来给人看，不作判断
    with capsys.disabled():
        print("\n用到数据的例子，内置的和真数据大小的各要多少秒：")
        for name, made in small.items():
            print(f"  {name:30}{made['seconds']:8.1f}{large[name]['seconds']:8.1f}")
        before, after = (
            sum(made["seconds"] for made in one.values()) for one in (small, large)
        )
        print(f"  {'一共':28}{before:8.1f}{after:8.1f}，是 {after / before:.2f} 倍")
