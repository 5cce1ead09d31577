"""MNIST、CIFAR-10 和工单：有网络时用真数据，没有网络也能用。

``load_mnist`` 和 ``load_cifar10`` 的返回值与 ``keras.datasets`` 的同名数据集一致
（类型、轴的顺序都一样，只有行数可能不同）。数据按这个次序找：

1. Keras 自己的缓存（``~/.keras/datasets``，或 ``KERAS_HOME`` 指定的地方）；
2. 下载，校验无误后放进同一个缓存；连不上、没有数据、太慢，就不等了；
3. 内置的替代数据，不需要网络。

环境变量：

- ``KERASGUIDE_DATA``：``auto``（默认，上面的次序）、``cache``、``download``、``embedded``，
  后三个只用那一种，用不了就报错；``download`` 慢也等，没有数据才不等；
- ``KERASGUIDE_MIRROR``：镜像的网址前缀，从那里取 ``mnist.npz`` 和 ``cifar-10-python.tar.gz``。
"""

import os
import sys
import textwrap
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kerasguide import cache

_Bytes: TypeAlias = NDArray[np.uint8]
_Data: TypeAlias = tuple[tuple[_Bytes, _Bytes], tuple[_Bytes, _Bytes]]
_Columns: TypeAlias = dict[str, NDArray[np.int32 | np.float32]]

#: ``KERASGUIDE_DATA`` 可以取的值。
SOURCES = cache.SOURCES

#: 这个进程里载入过哪些数据，用的是哪一份：数据的名字到 ``"real"`` 或 ``"embedded"``。
used: dict[str, str] = {}

#: 内置的替代 CIFAR-10 的十个类别，下标就是标签。
SYNTHETIC_CIFAR10_CLASSES = (
    "disk",
    "ring",
    "square",
    "frame",
    "triangle",
    "cross",
    "horizontal stripes",
    "vertical stripes",
    "diagonal stripes",
    "checkerboard",
)

#: 工单的部门，下标就是类别。
TICKET_DEPARTMENTS = ("billing", "technical", "shipping", "returns")


def load_mnist() -> _Data:
    """载入 MNIST 手写数字，返回值与 ``keras.datasets.mnist.load_data()`` 一致。

    用了哪一份数据会打印出来。内置的替代数据是 scikit-learn 自带的 1,797 张 8×8
    手写数字（UCI 的 Optical Recognition of Handwritten Digits），
    放大到 20×20，四周各留 4 个像素，打乱后前 1,500 张作训练集。

    Returns:
        tuple: ``(x_train, y_train), (x_test, y_test)``。
        ``x`` 是 ``uint8``、形状 ``(n, 28, 28)``、取值 0–255；
        ``y`` 是 ``uint8``、形状 ``(n,)``、取值 0–9。

    Raises:
        ValueError: ``KERASGUIDE_DATA`` 不是 :data:`SOURCES` 之一。
        OSError: 指定了 ``cache`` 或 ``download``，而它用不了。

    Examples:
        >>> import os
        >>> os.environ["KERASGUIDE_DATA"] = "embedded"
        >>> (x_train, y_train), (x_test, y_test) = load_mnist()
        MNIST：内置的替代数据（scikit-learn 手写数字），训练 1500 张，测试 297 张
        >>> x_train.shape, x_train.dtype.name, y_train.shape, y_train.dtype.name
        ((1500, 28, 28), 'uint8', (1500,), 'uint8')
    """

    def real() -> _Data:
        from keras.datasets import mnist

        data: _Data = mnist.load_data()
        return data

    return _load(cache.MNIST, real, _embedded_mnist, "scikit-learn 手写数字")


def load_cifar10() -> _Data:
    """载入 CIFAR-10，返回值与 ``keras.datasets.cifar10.load_data()`` 一致。

    用了哪一份数据会打印出来。内置的替代数据不是照片，是程序画的十类图案
    （见 :data:`SYNTHETIC_CIFAR10_CLASSES`），位置、大小、颜色和噪声都是随机的，
    种子固定，所以每次一样。

    Returns:
        tuple: ``(x_train, y_train), (x_test, y_test)``。
        ``x`` 是 ``uint8``、形状 ``(n, 32, 32, 3)``、取值 0–255；
        ``y`` 是 ``uint8``、形状 ``(n, 1)``、取值 0–9。

    Raises:
        ValueError: ``KERASGUIDE_DATA`` 不是 :data:`SOURCES` 之一。
        OSError: 指定了 ``cache`` 或 ``download``，而它用不了。

    Examples:
        >>> import os
        >>> os.environ["KERASGUIDE_DATA"] = "embedded"
        >>> (x_train, y_train), (x_test, y_test) = load_cifar10()
        CIFAR-10：内置的替代数据（程序画的图案，不是照片），训练 4000 张，测试 1000 张
        >>> x_train.shape, x_train.dtype.name, y_train.shape, y_train.dtype.name
        ((4000, 32, 32, 3), 'uint8', (4000, 1), 'uint8')
    """

    def real() -> _Data:
        from keras.datasets import cifar10

        data: _Data = cifar10.load_data()
        return data

    return _load(cache.CIFAR10, real, _embedded_cifar10, "程序画的图案，不是照片")


def make_tickets(
    num_samples: int, num_words: int = 10_000, num_tags: int = 12, seed: int = 0
) -> tuple[_Columns, _Columns]:
    """造一批客服工单，每张有标题、正文、标签，要预测优先级和部门。

    每个部门有自己常用的一小段词；写着“急”的词越多、勾选的加急标签越多，
    优先级越高。所以标题、正文、标签里都有可学的东西，又都带着噪声。

    Args:
        num_samples (int): 工单的张数。
        num_words (int): 词表大小；词的编号是 1 到 ``num_words - 1``，0 留给填充。
        num_tags (int): 标签的个数，至少是部门数加 1。
        seed (int): 随机种子；同样的参数总给出同样的工单。

    Returns:
        tuple: ``(inputs, targets)`` 两个字典。``inputs`` 含 ``"title"``（``int32``，
        ``(n, 10)``）、``"body"``（``int32``，``(n, 40)``）、``"tags"``（``float32``，
        ``(n, num_tags)``，0 或 1）；``targets`` 含 ``"priority"``（``float32``，
        ``(n, 1)``，0 或 1）、``"department"``（``float32``，``(n, 4)``，独热）。

    Raises:
        ValueError: 词表或标签太少，装不下要学的东西。

    Examples:
        >>> inputs, targets = make_tickets(100)
        >>> {name: array.shape for name, array in inputs.items()}
        {'title': (100, 10), 'body': (100, 40), 'tags': (100, 12)}
        >>> {name: array.shape for name, array in targets.items()}
        {'priority': (100, 1), 'department': (100, 4)}
    """
    num_departments = len(TICKET_DEPARTMENTS)
    words_each = 20  # 每个部门的常用词，也是“急”字头的词数
    topical = (num_departments + 1) * words_each
    if num_words <= 2 * topical:
        raise ValueError(
            f"num_words={num_words} 太小：工单要用 {topical} 个有含义的词，"
            f"请至少给 {2 * topical + 1}。"
        )
    if num_tags <= num_departments:
        raise ValueError(
            f"num_tags={num_tags} 太小：每个部门要一个标签，另加至少一个加急标签，"
            f"请至少给 {num_departments + 1}。"
        )
    rng = np.random.default_rng(seed)
    department = rng.integers(num_departments, size=num_samples)
    urgency = rng.random(num_samples)

    def sentence(length: int, topical_share: float) -> NDArray[np.int32]:
        words = rng.integers(1 + topical, num_words, size=(num_samples, length))
        first_about = 1 + department[:, None] * words_each
        about = first_about + rng.integers(words_each, size=words.shape)
        first_urgent = 1 + num_departments * words_each
        urgent = first_urgent + rng.integers(words_each, size=words.shape)
        draw = rng.random(words.shape)
        words = np.where(draw < topical_share, about, words)
        is_urgent = (draw > 0.75) & (rng.random(words.shape) < urgency[:, None])
        return np.where(is_urgent, urgent, words).astype("int32")

    title = sentence(10, topical_share=0.3)
    body = sentence(40, topical_share=0.15)
    tags = (rng.random((num_samples, num_tags)) < 0.1).astype("float32")
    marked = rng.random(num_samples) < 0.5
    tags[np.arange(num_samples)[marked], department[marked]] = 1.0
    hurried = rng.random(num_samples) < urgency
    tags[hurried, num_departments] = 1.0

    # 优先级由紧急程度决定，混一点噪声：再好的模型也到不了百分之百
    noise = rng.normal(0.0, 0.05, size=num_samples)
    priority = (urgency + noise > 0.5).astype("float32")[:, None]
    one_hot = np.eye(num_departments, dtype="float32")[department]
    return (
        {"title": title, "body": body, "tags": tags},
        {"priority": priority, "department": one_hot},
    )


def _load(
    remote: cache.Remote,
    load_real: Callable[[], _Data],
    load_embedded: Callable[[], _Data],
    embedded_title: str,
) -> _Data:
    source = os.environ.get("KERASGUIDE_DATA") or "auto"
    if source not in SOURCES:
        raise ValueError(
            f"KERASGUIDE_DATA={source!r} 不认识，请用 {'、'.join(SOURCES)} 之一。"
        )
    if source == "embedded":
        return _embedded(remote, embedded_title, load_embedded)

    cached = cache.folder() / remote.cache_name
    problem = cache.why_unusable(cached, remote)
    if problem is None and source in ("auto", "cache"):
        return _real(remote, "Keras 缓存里的真数据", load_real)
    if source == "cache":
        raise OSError(
            f"{remote.title}：{problem}。"
            f"请把 {remote.url} 下载到 {cached}，或者改设 KERASGUIDE_DATA=embedded。"
        )
    if problem is not None:
        try:
            cache.download(remote, cached, patient=source == "download")
        except Exception as error:  # 网络的毛病千奇百怪，这里一律转成一句话
            reason = textwrap.shorten(f"{type(error).__name__}：{error}", 160)
            if source == "download":
                raise OSError(
                    f"{remote.title}：下载失败（{reason}）。请检查网络，"
                    f"用 KERASGUIDE_MIRROR 指定一个镜像，"
                    f"或者改设 KERASGUIDE_DATA=embedded。"
                ) from error
            # 写到进程自己的 stderr：这句话只对眼前的人有用，不进页面上的输出
            print(
                f"{remote.title} 没有下载成（{reason}），改用内置的替代数据。",
                file=sys.__stderr__,
            )
            return _embedded(remote, embedded_title, load_embedded)
    return _real(remote, "下载的真数据", load_real)


def _embedded(remote: cache.Remote, title: str, load: Callable[[], _Data]) -> _Data:
    used[remote.title] = "embedded"
    return _say(remote, f"内置的替代数据（{title}）", load())


def _real(remote: cache.Remote, description: str, load: Callable[[], _Data]) -> _Data:
    used[remote.title] = "real"
    return _say(remote, description, load())


def _say(remote: cache.Remote, description: str, data: _Data) -> _Data:
    (x_train, _), (x_test, _) = data
    print(
        f"{remote.title}：{description}，训练 {len(x_train)} 张，测试 {len(x_test)} 张"
    )
    return data


def _embedded_mnist() -> _Data:
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    small = np.rint(digits.images * (255 / 16)).astype("uint8")
    images = np.zeros((len(small), 28, 28), dtype="uint8")
    for image, digit in zip(images, small, strict=True):
        resized = Image.fromarray(digit).resize((20, 20), Image.Resampling.BICUBIC)
        image[4:24, 4:24] = resized
    labels = digits.target.astype("uint8")
    # 原来的次序按书写者排列，打乱后训练集和测试集才来自同样的人
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], labels[order]
    split = 1500
    return (images[:split], labels[:split]), (images[split:], labels[split:])


def _embedded_cifar10() -> _Data:
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.arange(5000, dtype="uint8") % 10)[:, None]
    images = np.stack([_draw_pattern(label, rng) for label in labels[:, 0]])
    split = 4000
    return (images[:split], labels[:split]), (images[split:], labels[split:])


def _draw_pattern(label: int, rng: np.random.Generator) -> _Bytes:
    """画一张 32×32 的图：``label`` 类的图案，随机的位置、大小、颜色，加上噪声。"""
    y, x = np.mgrid[:32, :32].astype("float32")
    x -= rng.uniform(11, 20)
    y -= rng.uniform(11, 20)
    size = rng.uniform(6, 10)
    period = rng.integers(4, 8)
    radius = np.hypot(x, y)
    reach = np.maximum(abs(x), abs(y))
    mask = (
        radius < size,
        (radius < size) & (radius > 0.6 * size),
        reach < 0.85 * size,
        (reach < 0.85 * size) & (reach > 0.5 * size),
        (abs(x) < 0.5 * (y + size)) & (y < size),
        (np.minimum(abs(x), abs(y)) < 0.25 * size) & (reach < size),
        y % period < period / 2,
        x % period < period / 2,
        (x + y) % (1.4 * period) < 0.7 * period,
        (x % period < period / 2) ^ (y % period < period / 2),
    )[label]
    background = rng.uniform(0, 255, size=3)
    foreground = (background + rng.uniform(80, 175, size=3)) % 255
    image = np.where(mask[..., None], foreground, background)
    image = image + rng.normal(0, 20, size=image.shape)
    return np.clip(image, 0, 255).astype("uint8")
