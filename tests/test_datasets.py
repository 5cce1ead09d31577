"""数据：缓存、下载、内置，依次去找；网络不好、文件坏了，都说得清，也不留下半个文件。"""

import contextlib
import errno
import hashlib
import http.server
import inspect
import io
import itertools
import os
import threading
import time

import numpy as np
import pytest

from kerasguide import cache, datasets


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """空的 Keras 缓存，默认的取数次序，而且没有网络。"""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KERASGUIDE_DATA")
    monkeypatch.setenv("KERASGUIDE_MIRROR", "http://127.0.0.1:9")
    return tmp_path / "keras" / "datasets"


@contextlib.contextmanager
def serving(respond):
    """127.0.0.1 上的一个服务器，用 ``respond(handler)`` 回答。"""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(ConnectionError):
                respond(self)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def send(handler, body, length=None):
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)


LOADERS = {
    "mnist": (datasets.load_mnist, (28, 28), ()),
    "cifar10": (datasets.load_cifar10, (32, 32, 3), (1,)),
}


@pytest.mark.parametrize("name", LOADERS)
def test_embedded_data_looks_like_that_of_keras(name, capsys):
    load, image_shape, label_shape = LOADERS[name]
    (x_train, y_train), (x_test, y_test) = load()
    for x, y in ((x_train, y_train), (x_test, y_test)):
        assert x.dtype == y.dtype == np.uint8
        assert x.shape == (len(x), *image_shape)
        assert y.shape == (len(x), *label_shape)
        assert x.min() == 0 and x.max() == 255
        assert np.unique(y).tolist() == list(range(10))
    said = capsys.readouterr().out
    assert "内置的替代数据" in said and str(len(x_train)) in said


@pytest.mark.parametrize("name", LOADERS)
def test_embedded_data_is_the_same_each_time(name):
    load = LOADERS[name][0]
    digests = {
        hashlib.sha256(
            b"".join(part.tobytes() for split in load() for part in split)
        ).hexdigest()
        for _ in range(2)
    }
    assert len(digests) == 1


def test_mnist_digits_can_be_told_apart():
    from sklearn.neighbors import KNeighborsClassifier

    (x_train, y_train), (x_test, y_test) = datasets.load_mnist()
    classifier = KNeighborsClassifier().fit(x_train.reshape(len(x_train), -1), y_train)
    assert classifier.score(x_test.reshape(len(x_test), -1), y_test) > 0.9


def test_addresses_and_hashes_are_those_of_keras():
    from keras.src.datasets import cifar10, mnist

    for remote, module in ((cache.MNIST, mnist), (cache.CIFAR10, cifar10)):
        source = inspect.getsource(module.load_data)
        assert remote.sha256 in source
        folder, _, file = remote.url.rpartition("/")
        assert folder in source and file in source
    assert (
        cache.MNIST.cache_name
        in inspect.signature(mnist.load_data).parameters["path"].default
    )
    assert cache.CIFAR10.cache_name.removesuffix("_archive") in inspect.getsource(
        cifar10.load_data
    )


def test_unknown_choice(monkeypatch):
    monkeypatch.setenv("KERASGUIDE_DATA", "internet")
    with pytest.raises(ValueError, match=r"internet.*auto、cache、download、embedded"):
        datasets.load_mnist()


def test_no_network_says_so_and_goes_on(capfd, empty_cache):
    datasets.load_mnist()
    said = capfd.readouterr()
    assert "内置的替代数据" in said.out
    assert "没有下载成" in said.err and "没有下载成" not in said.out
    assert list(empty_cache.glob("*")) == []


def test_forced_download_without_network(monkeypatch):
    monkeypatch.setenv("KERASGUIDE_DATA", "download")
    with pytest.raises(OSError, match=r"下载失败.*KERASGUIDE_MIRROR"):
        datasets.load_mnist()


def test_forced_cache_that_is_empty(monkeypatch, empty_cache):
    monkeypatch.setenv("KERASGUIDE_DATA", "cache")
    with pytest.raises(OSError, match=r"缓存里没有.*mnist\.npz.*embedded"):
        datasets.load_mnist()


def test_forced_embedded_never_asks_the_network(monkeypatch):
    asked = []
    with serving(lambda handler: asked.append(handler.path)) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        monkeypatch.setenv("KERASGUIDE_DATA", "embedded")
        datasets.load_mnist()
        datasets.load_cifar10()
    assert asked == []


def test_damaged_cache_is_named_and_not_used(monkeypatch, empty_cache, capsys):
    empty_cache.mkdir(parents=True)
    empty_cache.joinpath("mnist.npz").write_bytes(b"half a file")
    datasets.load_mnist()
    assert "内置的替代数据" in capsys.readouterr().out
    monkeypatch.setenv("KERASGUIDE_DATA", "cache")
    with pytest.raises(OSError, match=r"mnist\.npz 校验和不对"):
        datasets.load_mnist()


@pytest.mark.parametrize(
    "respond",
    [
        lambda handler: send(handler, b"not the file"),
        lambda handler: send(handler, b"cut off", length=1000),
        lambda handler: handler.send_error(404),
    ],
    ids=["wrong hash", "cut off", "not found"],
)
def test_bad_answer_leaves_nothing_behind(respond, monkeypatch, empty_cache, capsys):
    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        datasets.load_mnist()
        assert "内置的替代数据" in capsys.readouterr().out
        monkeypatch.setenv("KERASGUIDE_DATA", "download")
        with pytest.raises(OSError, match="下载失败"):
            datasets.load_mnist()
    assert list(empty_cache.glob("*")) == []


def test_server_that_never_answers_is_given_up(monkeypatch, capfd):
    monkeypatch.setattr(cache, "_STALL_SECONDS", 0.5)
    released = threading.Event()
    with serving(lambda handler: released.wait(60)) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        datasets.load_mnist()
        assert not released.is_set()
        released.set()
    said = capfd.readouterr()
    assert "内置的替代数据" in said.out and "Timeout" in said.err


def test_server_that_would_take_hours_is_given_up_unless_asked_to_wait(
    monkeypatch, capfd
):
    monkeypatch.setattr(cache, "_STALL_SECONDS", 1.0)
    monkeypatch.setattr(cache, "MNIST", cache.MNIST._replace(size=10**9))
    served = []

    def trickle(handler):
        chunk = bytes(64 * 1024)
        send(handler, chunk, length=10**9)
        for _ in range(100):
            time.sleep(0.05)
            handler.wfile.write(chunk)
            served.append(len(chunk))

    with serving(trickle) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        datasets.load_mnist()
        given_up_after = len(served)
        said = capfd.readouterr()
        assert "内置的替代数据" in said.out
        assert "太慢" in said.err and "KERASGUIDE_DATA=download" in said.err
        assert given_up_after < 100

        served.clear()
        monkeypatch.setenv("KERASGUIDE_DATA", "download")
        with pytest.raises(OSError, match="下载失败") as error:
            datasets.load_mnist()
        assert "太慢" not in str(error.value)
        assert len(served) >= 100


# 下面的服务器一点一点地送，总共送这么久；等到它送完，就算没有放弃
TRICKLES_FOR = 5.0
GIVEN_UP_WITHIN = 4.0


def drip(handler, pieces, pause=0.05):
    """每隔一会儿送一点，到时候为止。"""
    ends = time.monotonic() + TRICKLES_FOR
    for piece in pieces:
        if time.monotonic() > ends:
            break
        handler.wfile.write(piece)
        time.sleep(pause)


def one_byte_at_a_time(handler):
    send(handler, b"", length=cache.MNIST.size)
    drip(handler, itertools.repeat(b"a"))


def steady_without_a_length(handler):
    handler.send_response(200)
    handler.end_headers()
    drip(handler, itertools.repeat(bytes(1024)))


def headers_byte_by_byte(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
    drip(handler, itertools.repeat(b"a"))


def chunk_sizes_byte_by_byte(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(handler, itertools.chain([b"1\r\na\r\n"], itertools.repeat(b"0")))


def redirects_without_end(handler):
    time.sleep(0.2)
    handler.send_response(302)
    handler.send_header("Location", f"/{time.monotonic()}")
    handler.end_headers()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(cache, "_STALL_SECONDS", 0.5)
    monkeypatch.setattr(cache, "_ANSWER_SECONDS", 1.0)
    monkeypatch.setattr(cache, "_PATIENCE_SECONDS", 1.0)


@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (one_byte_at_a_time, "太慢"),
        (steady_without_a_length, "太慢"),
        (headers_byte_by_byte, "1 秒没有收到数据"),
        (chunk_sizes_byte_by_byte, "0.5 秒没有收到数据"),
        (redirects_without_end, "1 秒没有收到数据"),
    ],
)
def test_a_trickle_is_given_up(respond, reason, monkeypatch, impatient, capfd):
    started = time.monotonic()
    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        datasets.load_mnist()
    assert time.monotonic() - started < GIVEN_UP_WITHIN
    said = capfd.readouterr()
    assert "内置的替代数据" in said.out
    assert said.err.count("没有下载成") == 1 and reason in said.err


@pytest.mark.parametrize(
    "respond", [headers_byte_by_byte, chunk_sizes_byte_by_byte, redirects_without_end]
)
def test_no_data_ends_a_forced_download_too(respond, monkeypatch, impatient):
    monkeypatch.setenv("KERASGUIDE_DATA", "download")
    started = time.monotonic()
    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        with pytest.raises(OSError, match=r"下载失败.*秒没有收到数据"):
            datasets.load_mnist()
    assert time.monotonic() - started < GIVEN_UP_WITHIN


def test_a_forced_download_waits_for_a_trickle(monkeypatch, impatient, empty_cache):
    body = b"slow, but it comes, all of it"
    digest = hashlib.sha256(body).hexdigest()
    remote = cache.MNIST._replace(sha256=digest, size=len(body))

    def respond(handler):
        send(handler, b"", len(body))
        drip(handler, [bytes([each]) for each in body], pause=0.1)

    started = time.monotonic()
    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        cache.download(remote, empty_cache / "mnist.npz", patient=True)
    assert time.monotonic() - started > 2 * cache._PATIENCE_SECONDS
    assert (empty_cache / "mnist.npz").read_bytes() == body


def test_more_than_the_file_is_not_read(monkeypatch, empty_cache):
    """送个不停的服务器，既不能让人一直等下去，也不能写满硬盘。"""
    monkeypatch.setattr(cache, "MNIST", cache.MNIST._replace(size=1000))
    monkeypatch.setenv("KERASGUIDE_DATA", "download")

    def respond(handler):
        handler.send_response(200)
        handler.end_headers()
        drip(handler, itertools.repeat(bytes(100)), pause=0.01)

    started = time.monotonic()
    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address)
        with pytest.raises(OSError, match="下载失败"):
            datasets.load_mnist()
    assert time.monotonic() - started < GIVEN_UP_WITHIN
    assert list(empty_cache.glob("*")) == []


def test_a_cache_that_can_not_be_read(monkeypatch, empty_cache, capfd):
    empty_cache.mkdir(parents=True)
    empty_cache.joinpath("mnist.npz").write_bytes(b"on a broken disk")

    def broken(file, digest):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(cache.hashlib, "file_digest", broken)
    (problem, _) = (problem for _, _, problem in cache.states())
    assert "mnist.npz 读不了" in problem and os.strerror(errno.EIO) in problem
    datasets.load_mnist()
    assert "内置的替代数据" in capfd.readouterr().out


def test_the_cache_is_where_keras_looks(monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(cache.tempfile, "tempdir", None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KERAS_HOME")
    assert cache.folder() == tmp_path / ".keras" / "datasets"
    # 没有设置与设置成空的，Keras 待它们不同
    monkeypatch.setenv("KERAS_HOME", "")
    assert cache.folder() == cache.Path("/tmp/.keras/datasets")
    # root 什么都能写
    monkeypatch.setattr(os, "access", lambda path, mode: mode == os.F_OK)
    for home in (None, str(tmp_path), str(tmp_path / "not" / "there")):
        if home is None:
            monkeypatch.delenv("KERAS_HOME")
        else:
            monkeypatch.setenv("KERAS_HOME", home)
        assert cache.folder() == cache.Path("/tmp/.keras/datasets")


def test_good_download_goes_into_the_cache_of_keras(monkeypatch, empty_cache, capsys):
    import keras

    archive = io.BytesIO()
    pixels, labels = np.zeros((3, 28, 28), "uint8"), np.zeros(3, "uint8")
    np.savez(archive, x_train=pixels, y_train=labels, x_test=pixels, y_test=labels)
    body = archive.getvalue()
    remote = cache.MNIST._replace(sha256=hashlib.sha256(body).hexdigest())
    monkeypatch.setattr(cache, "MNIST", remote)

    def load_from_the_cache():
        with np.load(empty_cache / "mnist.npz") as file:
            return (
                (file["x_train"], file["y_train"]),
                (file["x_test"], file["y_test"]),
            )

    # 真的 load_data 认的是真 MNIST 的校验和
    monkeypatch.setattr(keras.datasets.mnist, "load_data", load_from_the_cache)
    asked = []

    def respond(handler):
        asked.append(handler.path)
        send(handler, body)

    with serving(respond) as address:
        monkeypatch.setenv("KERASGUIDE_MIRROR", address + "/some/mirror/")
        datasets.load_mnist()
        assert "下载的真数据" in capsys.readouterr().out
        datasets.load_mnist()
        assert "Keras 缓存里的真数据" in capsys.readouterr().out
    assert asked == ["/some/mirror/mnist.npz"]
    assert [path.name for path in empty_cache.iterdir()] == ["mnist.npz"]


def test_tickets_hold_something_to_learn():
    from sklearn.linear_model import LogisticRegression

    inputs, targets = datasets.make_tickets(2000)
    again, _ = datasets.make_tickets(2000)
    assert all((inputs[name] == again[name]).all() for name in inputs)
    words = np.concatenate([inputs["title"], inputs["body"]], axis=1)
    counts = np.stack([np.bincount(row, minlength=10_000)[:101] for row in words])
    features = np.concatenate([counts, inputs["tags"]], axis=1)
    for target in (
        targets["priority"][:, 0],
        targets["department"].argmax(axis=1),
    ):
        model = LogisticRegression(max_iter=1000).fit(features[:1500], target[:1500])
        chance = np.bincount(target.astype(int)).max() / len(target)
        assert model.score(features[1500:], target[1500:]) > chance + 0.2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [({"num_words": 100}, "num_words=100"), ({"num_tags": 4}, "num_tags=4")],
)
def test_tickets_with_too_little_room(arguments, says):
    with pytest.raises(ValueError, match=says):
        datasets.make_tickets(10, **arguments)
