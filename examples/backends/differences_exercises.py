"""
练习：换了后端，哪里不一样
==========================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包，和一点数据。

import contextlib
import json
import tempfile
import zipfile
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from kerasguide import exercises

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)
samples = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
targets = samples.sum(axis=-1, keepdims=True)

# %% real-batch
# 在 PyTorch 上，一个子类化的模型的总表里，最后一层的形状写着 `(83, 2)`。把 5 个样本送进去，`tuple(outputs.shape)` 是什么？
#
# 提示：表里批的那一格，是从哪里来的？

# 83 是试算用的，真正调用时送进几行就是几行
real_batch = (5, 2)

# %% real-batch-check
# 造一个，先用 ``keras.Input`` 走一遍，再送进 5 个样本。


class TwoLayers(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(8, activation="relu")
        self.out = layers.Dense(2)

    def call(self, inputs):
        return self.out(self.hidden(inputs))


two_layers = TwoLayers()
two_layers(keras.Input(shape=(4,)))
exercises.check_value(
    "real-batch",
    real_batch,
    tuple(two_layers(samples[:5]).shape),
    slips=[
        ((83, 2), "83 是 Keras 编出来试算用的，不是这一次送进的"),
        ((None, 2), "None 是还不知道几行；这里真的送进了 5 行"),
        ((5, 8), "这是中间一层的，最后一层给出两个数"),
    ],
)

# %% take-the-weights
# 在 JAX 上，一个模型的 `predict` 给错了宽度，抛出了异常。捕获之后，它的 `model.get_weights()` 还能用吗？填 `True` 或者 `False`。
#
# 提示：预测的时候，变量到哪里去了？

# 变量给 JAX 取走了，没有放回来，连权重也取不出：要救，只有从存好的文件读
take_the_weights = False

# %% take-the-weights-check
# 在 JAX 上就试一试；别的后端上，用 JAX 试得的结果。

can_be_taken = False
if keras.backend.backend() == "jax":
    broken = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)])
    with contextlib.suppress(ValueError):
        broken.predict(np.ones((8, 5)), verbose=0)
    try:
        broken.get_weights()
        can_be_taken = True
    except TypeError:
        pass
exercises.check_value(
    "take-the-weights",
    take_the_weights,
    can_be_taken,
    slips=[(True, "权重就在变量里，变量已经从模型里取走了，没有放回来")],
)

# %% careful
# 写一个函数，替你预测：`x` 的宽度对，就返回预测；不对，就抛出 `ValueError`，而且 `model` 在哪个后端上都照样能用。
#
# 提示：等 `model.predict` 自己发现，就晚了。
#
# 提示：`model.input_shape` 说它要什么形状。


def careful_predict(model, x):
    """x 是 NumPy 的数组，第一维是一共几行。"""
    # 先比形状，不对就不去动模型；第一维是几行都行
    if x.shape[1:] != model.input_shape[1:]:
        raise ValueError(f"要的是 {model.input_shape}，收到的是 {x.shape}")
    return model.predict(x, verbose=0)


# %% careful-check
# 给错了，再给对的；顺便看看模型的 ``predict`` 有没有收到错的。


@exercises.check("careful", careful_predict)
def still_works():
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2)])
    expected = model.predict(samples, verbose=0)
    received, real_predict = [], model.predict

    def watched_predict(x, *args, **kwargs):
        received.append(np.shape(x))
        return real_predict(x, *args, **kwargs)

    model.predict = watched_predict
    for rows in (32, 1):
        found = careful_predict(model, samples[:rows])
        assert found is not None, "宽度对的时候，要返回预测"
        found = ops.convert_to_numpy(found)
        assert found.shape == (rows, 2), (
            f"送进 {rows} 行，预测的形状该是 {(rows, 2)}，你的是 {found.shape}"
        )
        assert np.allclose(found, expected[:rows], atol=1e-5), (
            "宽度对的时候，预测与模型自己的不同"
        )
    for shape in ((8, 5), (8, 3)):
        received.clear()
        try:
            careful_predict(model, np.ones(shape, "float32"))
        except ValueError:
            pass
        else:
            raise AssertionError(f"给的形状是 {shape}，该抛出 ValueError")
        assert not received, (
            "宽度不对，还是交给了 model.predict：在 JAX 上，模型从此就用不得了"
        )
    try:
        after = model.predict(samples, verbose=0)
    except TypeError as error:
        raise AssertionError("给错一次之后，模型用不得了") from error
    assert np.allclose(after, expected, atol=1e-5), "给错一次之后，模型的预测变了"


# %% other-backend
# 有一个 `.keras` 文件，由别的后端存，里面是训练到一半的模型，用 `Adam(0.01)` 和均方误差编译。它的优化器的类这里找不到，`load_model(path)` 报错。
#
# 写一个函数，把它读回来，连同优化器走过的步数和别的状态，好接着训练。
#
# 提示：一共四步：读、编译、让优化器备好、再从同一个文件装一遍权重。
#
# 提示：优化器没有备好变量，就没有地方装它的状态，也不报错。


def load_to_continue(path):
    """读回 path，返回可以接着训练的模型。"""
    # 编译的设置读不了，就不读；load_weights 从 .keras 里取出权重和优化器的状态
    model = keras.models.load_model(path, compile=False)
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    model.optimizer.build(model.trainable_variables)
    model.load_weights(path)
    return model


# %% other-backend-check
# 造一个这样的文件：把里面写着的优化器，换成这里没有的类。


@exercises.check("other-backend", load_to_continue)
def state_came_along():
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mean_squared_error")
    model.fit(samples, targets, batch_size=8, epochs=2, verbose=0)
    model.save(folder / "here.keras")
    path = folder / "elsewhere.keras"
    with (
        zipfile.ZipFile(folder / "here.keras") as here,
        zipfile.ZipFile(path, "w") as elsewhere,
    ):
        for name in here.namelist():
            content = here.read(name)
            if name == "config.json":
                config = json.loads(content)
                config["compile_config"]["optimizer"].update(
                    module="another_backend", class_name="AnotherAdam"
                )
                config["compile_config"]["optimizer"].pop("registered_name", None)
                content = json.dumps(config)
            elsewhere.writestr(name, content)
    loaded = load_to_continue(path)
    assert isinstance(loaded, keras.Model), "要返回模型"
    assert np.allclose(
        loaded.predict(samples, verbose=0),
        model.predict(samples, verbose=0),
        atol=1e-5,
    ), "读回来的，预测不同"
    assert loaded.compiled, "接着训练之前，要编译"
    assert isinstance(loaded.optimizer, keras.optimizers.Adam), "优化器该是 Adam"
    steps = int(ops.convert_to_numpy(loaded.optimizer.iterations))
    assert steps == 8, f"优化器走过 8 步，读回来的却是 {steps} 步：它的状态没有装上"
    for mine, theirs in zip(
        loaded.optimizer.variables, model.optimizer.variables, strict=True
    ):
        assert np.allclose(
            ops.convert_to_numpy(mine), ops.convert_to_numpy(theirs), atol=1e-5
        ), "优化器的状态与存的时候不同，学习率也算"


# %% one-more-layer-start
# 学习者从这里改起。


def add_and_train(model, layer, x, y):
    model.add(layer)
    model.fit(x, y, epochs=2, verbose=0)
    return model


# %% one-more-layer
# `model` 是编译、训练过的 `Sequential`，用 `SGD(0.01)` 和均方误差。下面的函数给它加一层，再训练两轮。在 TensorFlow 上它不报错，新的一层却什么也没有学到，在别的后端上报错。改好它。
#
# 提示：模型编译的时候，新的一层还不在。


def add_and_train(model, layer, x, y):
    # 改了层，就重新编译，优化器才认得新的权重
    model.add(layer)
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
    model.fit(x, y, epochs=2, verbose=0)
    return model


# %% one-more-layer-check
# 加一层，看新的权重变了没有。


@exercises.check("one-more-layer", add_and_train)
def new_layer_learns():
    model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(4)])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mean_squared_error")
    model.fit(samples, samples, verbose=0)
    old = model.get_weights()
    layer = layers.Dense(1)
    layer.build((None, 4))
    before = layer.get_weights()
    grown = add_and_train(model, layer, samples, targets)
    assert isinstance(grown, keras.Sequential), "要返回模型"
    assert len(grown.layers) == 2, f"该有两层，你的有 {len(grown.layers)} 层"
    assert grown.layers[-1] is layer, "最后一层，该是交给你的那一层"
    assert not np.array_equal(layer.get_weights()[0], before[0]), (
        "新的一层训练前后一样，它没有学到"
    )
    assert np.allclose(grown.layers[0].get_weights()[0], old[0], atol=0.5), (
        "原来那一层学到的丢了"
    )


# %% clean-up
# 用完了，删掉临时的文件夹。

temporary.cleanup()
