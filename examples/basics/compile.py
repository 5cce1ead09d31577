"""
编译：损失函数、优化器、指标
============================

编译时交给模型的三样东西，各自在小得能心算的例子上看清楚。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% define-model
# 与上一课同样的三层，输入 784 个数，输出 10 个得分。

model = keras.Sequential(
    [
        keras.Input(shape=(784,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ],
    name="mnist_model",
)

# %% predict-before-compile
# 没有编译也能预测：预测用不着损失函数和优化器。

image = keras.random.uniform((1, 784), seed=1)
scores = model.predict(image, verbose=0)
print(scores.round(2))

# %% scores-are-not-probabilities
# 这些得分有正有负，加起来也不是 1。

assert scores.min() < 0 < scores.max()
assert not np.isclose(scores.sum(), 1)

# %% compile
# 编译：指定损失函数、优化器和指标。

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)

# %% compile-keeps-weights
# 编译不改权重，也还没有训练：预测与编译之前相同，更新了 0 步。

assert np.array_equal(model.predict(image, verbose=0), scores)
assert int(model.optimizer.iterations) == 0

# %% softmax
# softmax 把得分变成概率。

logits = np.array([[2.0, 1.0, -1.0]], dtype="float32")
probabilities = ops.convert_to_numpy(ops.softmax(logits))
print("scores       ", logits[0])
print("exp          ", np.exp(logits[0]).round(3))
print("probabilities", probabilities[0].round(3))

# %% softmax-properties
# 都是正的，加起来是 1，名次不变；每个得分都加上同一个数，概率不变。

assert (probabilities > 0).all()
assert np.isclose(probabilities.sum(), 1)
assert (probabilities.argsort() == logits.argsort()).all()
assert np.allclose(ops.convert_to_numpy(ops.softmax(logits + 5)), probabilities)

# %% plot-softmax
# 画出得分、取指数、除以总和这三步。

steps = (
    ("得分 z", logits[0]),
    ("取指数", np.exp(logits[0])),
    ("概率 p", probabilities[0]),
)
figure, all_axes = plt.subplots(1, 3, figsize=(8, 2.6))
for axes, (title, heights) in zip(all_axes, steps, strict=True):
    bars = axes.bar(["猫", "狗", "鸟"], heights, color="tab:blue")
    axes.bar_label(bars, fmt="%.2f")
    axes.axhline(0, color="gray", linewidth=0.8)
    axes.set_title(title)
    axes.margins(y=0.2)
figure.tight_layout()
figure.savefig(figures.path("softmax.png"), dpi=200)

# %% cross-entropy
# 正确答案分到的概率，取对数，变号；与 Keras 算的比较。

loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
for answer, animal in enumerate(["猫", "狗", "鸟"]):
    by_hand = -np.log(probabilities[0, answer])
    by_keras = float(loss(np.array([answer]), logits))
    print(f"{animal} p = {probabilities[0, answer]:.3f}  loss = {by_hand:.3f}")
    assert np.isclose(by_hand, by_keras)

# %% plot-cross-entropy
# 正确答案分到的概率越小，损失越大。

share = np.linspace(0.005, 1, 200)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(share, -np.log(share))
for answer, animal in enumerate(["猫", "狗", "鸟"]):
    p = probabilities[0, answer]
    axes.plot(p, -np.log(p), "o", color="tab:orange")
    axes.annotate(
        f"答案是{animal}", (p, -np.log(p)), (8, 6), textcoords="offset points"
    )
axes.set_xlabel("正确答案分到的概率")
axes.set_ylabel("损失")
figure.tight_layout()
figure.savefig(figures.path("cross_entropy.png"), dpi=200)

# %% sparse-or-one-hot
# 同样的答案，写成整数或者独热，损失相同。

integer, one_hot = np.array([1]), np.array([[0.0, 1.0, 0.0]])
sparse_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
one_hot_loss = keras.losses.CategoricalCrossentropy(from_logits=True)
print(f"integer {float(sparse_loss(integer, logits)):.4f}")
print(f"one-hot {float(one_hot_loss(one_hot, logits)):.4f}")
assert np.isclose(sparse_loss(integer, logits), one_hot_loss(one_hot, logits))

# %% two-right-ways
# 得分配 ``from_logits=True``，概率配默认的 ``from_logits=False``，损失相同。

from_scores = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
from_probabilities = keras.losses.SparseCategoricalCrossentropy()
assert from_probabilities.get_config()["from_logits"] is False
assert np.isclose(
    from_scores(integer, logits), from_probabilities(integer, probabilities)
)

# %% very-sure-and-wrong
# 模型非常肯定，却猜错了：两种写法在这里分了手，分不分随后端而变。

softmax_model = keras.Sequential([keras.Input(shape=(3,)), layers.Softmax()])
softmax_model.compile(loss=keras.losses.SparseCategoricalCrossentropy())
for score in (40.0, 400.0):
    sure = np.array([[score, 0.0, 0.0]], dtype="float32")
    exact = float(from_scores(integer, sure))
    with_softmax = softmax_model.evaluate(sure, integer, verbose=0)
    print(f"score {score}: exact loss {exact:.1f}, with softmax {with_softmax:.1f}")
    if keras.backend.backend() == "tensorflow":
        assert np.isclose(with_softmax, score)
    else:
        # 概率截成了 1e-7
        assert round(with_softmax, 1) == round(-np.log(1e-7), 1) == 16.1

# %% exact-from-scores
# 给得分、写 ``from_logits=True``，损失总是准确的：得分差多少，损失就是多少。

for score in (40.0, 400.0):
    sure = np.array([[score, 0.0, 0.0]], dtype="float32")
    assert np.isclose(from_scores(integer, sure), score)

# %% descent
# 只有一个权重的损失 ``(w - 3) ** 2``，从 0 出发，三种学习率各走二十步。


def descend(learning_rate):
    weight = keras.Variable(0.0)
    optimizer = keras.optimizers.SGD(learning_rate)
    path = [0.0]
    for _ in range(20):
        gradient = 2 * (weight - 3)  # 损失的导数
        optimizer.apply([gradient], [weight])
        path.append(float(ops.convert_to_numpy(weight)))
    return np.array(path)


paths = {rate: descend(rate) for rate in (0.01, 0.3, 1.05)}
for rate, path in paths.items():
    print(f"learning rate {rate}: ends at {path[-1]:.2f}")

# %% descent-by-learning-rate
# 太小，还在半路；合适，到了；太大，越走越远。

assert 0 < paths[0.01][-1] < 2
assert np.isclose(paths[0.3][-1], 3)
assert abs(paths[1.05][-1] - 3) > abs(paths[1.05][0] - 3)
assert np.isclose(paths[0.3][1], 0 - 0.3 * 2 * (0 - 3))

# %% plot-descent
# 画出三条路。

curve = np.linspace(-6, 12, 200)
figure, all_axes = plt.subplots(1, 3, figsize=(8, 2.8), sharey=True)
titles = ("太小", "合适", "太大")
for axes, title, (rate, path) in zip(all_axes, titles, paths.items(), strict=True):
    shown = path[:9]
    axes.plot(curve, (curve - 3) ** 2, color="lightgray")
    axes.plot(shown, (shown - 3) ** 2, "o-", color="tab:orange", markersize=4)
    axes.set_title(f"{title}：学习率 {rate}")
    axes.set_xlabel("权重 w")
all_axes[0].set_ylabel("损失")
figure.tight_layout()
figure.savefig(figures.path("descent.png"), dpi=200)

# %% rmsprop-by-hand
# RMSprop 的一步，按公式算，与 Keras 的比较。

settings = keras.optimizers.RMSprop().get_config()
rho, rate = settings["rho"], settings["learning_rate"]
gradient = np.array([100.0, 0.01], dtype="float32")
v = (1 - rho) * gradient**2  # v 从 0 开始
by_hand = -rate * gradient / np.sqrt(v + settings["epsilon"])

weights = keras.Variable([0.0, 0.0])
keras.optimizers.RMSprop().apply([ops.convert_to_tensor(gradient)], [weights])
after_one_step = ops.convert_to_numpy(weights)
print("gradients  ", gradient)
print("first steps", after_one_step)
assert np.allclose(by_hand, after_one_step)

# %% rmsprop-evens-out
# 一个梯度是另一个的一万倍，步子却差不到百分之一；SGD 的步子也差一万倍。

assert abs(after_one_step[0] / after_one_step[1] - 1) < 0.01
sgd_weights = keras.Variable([0.0, 0.0])
keras.optimizers.SGD().apply([ops.convert_to_tensor(gradient)], [sgd_weights])
after_sgd = ops.convert_to_numpy(sgd_weights)
assert np.isclose(after_sgd[0] / after_sgd[1], 10_000)

# %% change-learning-rate
# 学习率可以随时改，优化器记着的都还在；重新编译，换来的是一个新的优化器。

x, y = np.random.default_rng(0).random((64, 784)), np.arange(64) % 10
some_history = model.fit(x, y, epochs=3, verbose=0)
steps_so_far = int(model.optimizer.iterations)
model.optimizer.learning_rate = 1e-4
assert np.isclose(model.optimizer.learning_rate, 1e-4)
assert int(model.optimizer.iterations) == steps_so_far > 0

trained = model.predict(image, verbose=0)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-4),
    metrics=["accuracy"],
)
assert int(model.optimizer.iterations) == 0
assert np.array_equal(model.predict(image, verbose=0), trained)

# %% accuracy-jumps
# 得分一点一点变好，损失跟着变，准确率先不动，再一下子跳上去。

answer = np.array([1])
losses, accuracies = [], []
for score in (0.5, 0.9, 1.1, 1.5):
    better = np.array([[1.0, score, 0.0]], dtype="float32")
    losses.append(float(loss(answer, better)))
    accuracies.append(float(np.mean(better.argmax(axis=-1) == answer)))
    print(f"score {score}: loss {losses[-1]:.3f} accuracy {accuracies[-1]}")
assert (np.diff(losses) < 0).all()
assert accuracies == [0, 0, 1, 1]

# %% metrics-do-not-train
# 从同样的权重出发，写不写指标，训练出来的权重相同。


def train(metrics):
    keras.utils.set_random_seed(7)
    one = keras.Sequential([keras.Input(shape=(784,)), layers.Dense(10)])
    one.compile(loss=loss, optimizer="rmsprop", metrics=metrics)
    one.fit(x, y, epochs=2, verbose=0)
    return one.get_weights()


without, with_accuracy = train(metrics=None), train(metrics=["accuracy"])
assert all(map(np.allclose, without, with_accuracy))

# %% accuracy-picks
# 标签的三种写法，``"accuracy"`` 都挑对了算法，成绩与自己数的相同。

labels = np.array([0, 1, 2, 2])
guesses = np.eye(3)[[0, 1, 2, 0]]  # 四个里对三个
one_hot_labels = keras.utils.to_categorical(labels, 3)
for written, its_loss in (
    (labels, sparse_loss),
    (labels[:, None], sparse_loss),
    (one_hot_labels, one_hot_loss),
):
    same = keras.Sequential([keras.Input(shape=(3,)), layers.Identity()])
    same.compile(loss=its_loss, metrics=["accuracy"])
    result = same.evaluate(guesses, written, verbose=0, return_dict=True)
    print(written.shape, result["accuracy"])
    assert result["accuracy"] == 0.75

# %% not-compiled
# 没有编译就训练的报错。

not_compiled = keras.Sequential([keras.Input(shape=(784,)), layers.Dense(10)])
x, y = np.zeros((64, 784)), np.zeros(64)
try:
    not_compiled.fit(x, y, verbose=2)
except ValueError as error:
    print(error)

# %% evaluate-needs-compile
# 没有编译就测试，也报错；PyTorch 上报的是另一种错。

errors = []
try:
    not_compiled.evaluate(x, y, verbose=0)
except (ValueError, AttributeError) as error:
    errors.append(type(error))
assert errors == [AttributeError if keras.backend.backend() == "torch" else ValueError]
assert not_compiled.predict(x, verbose=0).shape == (64, 10)

# %% wrong-labels
# 标签的写法与损失函数不配时的报错，两个方向各一个。

for chosen, written in ((sparse_loss, one_hot), (one_hot_loss, integer)):
    try:
        chosen(written, logits)
    except ValueError as error:
        print(error)
        print()
    else:
        raise AssertionError("没有报错")

# %% wrong-labels-raise
# 两个方向都是 ``ValueError``，报错里都有两边的形状。

for chosen, written in ((sparse_loss, one_hot_labels), (one_hot_loss, labels)):
    try:
        chosen(written, guesses)
    except ValueError as error:
        assert "target" in str(error) and "output" in str(error)
    else:
        raise AssertionError("没有报错")

# %% forgot-from-logits
# 忘了 ``from_logits=True``：不报错，损失却错了。

forgetful = keras.losses.SparseCategoricalCrossentropy()
for scores_given, right_answer in (
    ([-2.0, 1.0, -1.0], 0),
    ([2.0, 1.0, -1.0], 1),
    ([3.0, 3.0, 3.0], 0),
):
    given = np.array([scores_given], dtype="float32")
    truth = float(loss(np.array([right_answer]), given))
    wrong = float(forgetful(np.array([right_answer]), given))
    print(f"{scores_given} answer {right_answer}: {truth:.2f} became {wrong:.2f}")

# %% forgotten-by-backend
# 三个后端都把得分当成概率，处理的办法不同：先截断，还是先除以总和。

losing = np.array([[-2.0, 1.0, -1.0]], dtype="float32")  # 猜的是 1，答案是 0
wrong = float(forgetful(np.array([0]), losing))
other = float(forgetful(np.array([1]), np.array([[5.0, 1.0, -1.0]], dtype="float32")))
if keras.backend.backend() == "tensorflow":
    # 截到 1e-7 与 1 之间，再归一化：答案只分到 1e-7；5 和 1 截成了一样
    assert round(wrong, 1) == 16.1
    assert np.isclose(other, np.log(2), atol=1e-3)
else:
    # 除以总和 -2，答案分到的“概率”成了 1：猜错了，损失是 0
    assert np.isclose(wrong, 0, atol=1e-6)
    assert np.isclose(other, np.log(5), atol=1e-3)

# %% forgotten-same-scores
# 几个得分都一样时，归一化之后是瞎猜，损失是 ln 10，三个后端相同。

tied = np.full((1, 10), 3.0, dtype="float32")
assert np.isclose(forgetful(np.array([0]), tied), np.log(10))

# %% clipped-scores-do-not-move
# 答案的得分是负的时候，它变一变，损失不变：没有梯度，也就学不动。

first = float(forgetful(np.array([0]), np.array([[-2.0, 3.0, 1.0]], dtype="float32")))
second = float(forgetful(np.array([0]), np.array([[-1.0, 3.0, 1.0]], dtype="float32")))
assert np.isclose(first, second)

# %% strings
# 写字符串，得到的是默认的设置：``from_logits`` 是 False。

by_name = keras.losses.get("sparse_categorical_crossentropy")
named = keras.Sequential([keras.Input(shape=(3,)), layers.Identity()])
named.compile(loss="sparse_categorical_crossentropy")
named_loss = named.evaluate(logits, integer, verbose=0)
assert np.isclose(named_loss, forgetful(integer, logits))
assert not np.isclose(named_loss, loss(integer, logits))

# %% softmax-twice
# 反过来，概率又配了 ``from_logits=True``：再好的预测，损失也降不到 0。

perfect = np.array([[1.0] + [0.0] * 9], dtype="float32")
lowest = float(loss(np.array([0]), perfect))
print("lowest possible loss", round(lowest, 4))
assert np.isclose(lowest, np.log(np.e + 9) - 1)

# %% softmax-twice-by-backend
# 最后一层是 softmax 的模型，TensorFlow 认得出来，照概率算；JAX 和 PyTorch 认不出。

import warnings

softmax_model = keras.Sequential([keras.Input(shape=(10,)), layers.Softmax()])
softmax_model.compile(loss=loss)
certain = 50 * perfect
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    twice = softmax_model.evaluate(certain, np.array([0]), verbose=0)
warned = any("does not represent logits" in str(one.message) for one in caught)
if keras.backend.backend() == "tensorflow":
    assert np.isclose(twice, 0) and warned
else:
    assert np.isclose(twice, lowest) and not warned
