"""
用多层感知机识别手写数字：训练与测试
====================================

用 ``fit`` 训练，读它的记录，再在测试集上打分，看它错在哪里。
"""

# %% imports
# 导入要用的包。

import math

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% load-data
# 载入数据，与上一课相同。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]

# %% build-model
# 定义并编译：写成一个函数，每调用一次，得到一个新的、没有训练过的模型。


def build_model():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ],
        name="mnist_model",
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(),
        metrics=["accuracy"],
    )
    return model


# %% one-step
# 只走一步：同一批图片，走之前的损失，走之后的损失。

model = build_model()
x_batch, y_batch = x_train[:64], y_train[:64]
before = model.evaluate(x_batch, y_batch, verbose=0, return_dict=True)
model.train_on_batch(x_batch, y_batch)
after = model.evaluate(x_batch, y_batch, verbose=0, return_dict=True)
print(f"loss before {before['loss']:.4f}")
print(f"loss after  {after['loss']:.4f}")
assert after["loss"] < before["loss"]

# %% plot-epochs
# 画出几轮：二十五张图，留出五张验证，批大小是 6，每一轮打乱一次。

rng = np.random.default_rng(0)
figure, axes = plt.subplots(figsize=(8, 2.6))
rows = {"原来的次序": np.arange(20)}
rows |= {f"第 {epoch} 轮": rng.permutation(20) for epoch in (1, 2, 3)}
for row, order in enumerate(rows.values()):
    for place, picture in enumerate([*order, *range(20, 25)]):
        is_validation = picture >= 20
        gap = 1.2 if is_validation else (0.5 * (place // 6) if row else 0)
        color = "lightgray" if is_validation else plt.cm.viridis(0.3 + picture / 30)
        left = place + gap if not is_validation else place + 2.5
        axes.barh(-row, 0.9, 0.75, left=left, color=color, align="center")
        axes.text(left + 0.45, -row, picture, ha="center", va="center", fontsize=7)
axes.set_yticks([0, -1, -2, -3], list(rows))
axes.set_xticks(
    [3, 9.5, 16, 20.5, 25], ["第 1 批", "第 2 批", "第 3 批", "第 4 批", "验证"]
)
axes.tick_params(length=0)
for side in axes.spines.values():
    side.set_visible(False)
figure.tight_layout()
figure.savefig(figures.path("epochs_and_batches.png"), dpi=200)

# %% train
# 训练，留出后 20% 的训练数据作验证。

model = build_model()
history = model.fit(
    x_train, y_train, batch_size=64, epochs=10, validation_split=0.2, verbose=2
)

# %% loss-goes-down
# 训练的损失，最后一轮比第一轮小。

assert history.history["loss"][-1] < history.history["loss"][0]
assert history.history["val_loss"][-1] < history.history["val_loss"][0]

# %% count-steps
# 一轮有多少步，权重一共更新了多少次。

num_training = math.floor(len(x_train) * (1 - 0.2))
steps_per_epoch = math.ceil(num_training / 64)
updates = int(model.optimizer.iterations)
print("training pictures", num_training)
print("steps per epoch", steps_per_epoch)
print("updates", updates)
assert steps_per_epoch == history.params["steps"]
assert updates == steps_per_epoch * len(history.epoch)

# %% validation-is-the-last-part
# 验证用的是最后那一段，这一轮结束之后才量：自己量一遍，得到同样的数。

by_hand = model.evaluate(
    x_train[num_training:], y_train[num_training:], verbose=0, return_dict=True
)
assert np.isclose(by_hand["loss"], history.history["val_loss"][-1], rtol=1e-3)
assert np.isclose(by_hand["accuracy"], history.history["val_accuracy"][-1])

# %% names-in-order
# 日志里的名字按字母排列，验证的在名字前面加 ``val_``。

names = list(history.history)
print(names)
assert names == sorted(names)
assert {name.removeprefix("val_") for name in names} == {"loss", "accuracy"}

# %% steps-of-three-epochs
# 自己一步一步走三轮，记下每一步的损失，和每一轮结束之后的损失。

rng = np.random.default_rng(0)
own = build_model()
own_steps, own_after = [], []
for _ in range(3):
    order = rng.permutation(num_training)
    for start in range(0, num_training, 64):
        chosen = order[start : start + 64]
        result = own.train_on_batch(x_train[chosen], y_train[chosen], return_dict=True)
        own_steps.append(float(result["loss"]))
    scores = own.evaluate(
        x_train[:num_training], y_train[:num_training], verbose=0, return_dict=True
    )
    own_after.append(scores["loss"])
own_means = np.array(own_steps).reshape(3, steps_per_epoch).mean(axis=1)
for epoch, (mean, after_it) in enumerate(zip(own_means, own_after, strict=True), 1):
    print(f"epoch {epoch}: mean of the steps {mean:.3f}, after it {after_it:.3f}")

# %% mean-is-above-the-end
# 每一轮各步的平均，都比这一轮结束之后在同样的图片上量到的大。

assert (own_means > own_after).all()
assert int(own.optimizer.iterations) == 3 * steps_per_epoch

# %% plot-steps
# 画出每一步的损失。

number = np.arange(1, len(own_steps) + 1)
ends = steps_per_epoch * np.arange(1, 4)
figure, axes = plt.subplots(figsize=(7, 3))
axes.plot(number, own_steps, color="tab:blue", linewidth=1, label="每一步")
axes.hlines(
    own_means,
    ends - steps_per_epoch + 1,
    ends,
    color="tab:orange",
    label="一轮的平均（日志里的 loss）",
)
axes.plot(ends, own_after, "o", color="tab:green", label="这一轮结束之后")
axes.set_xlabel("步")
axes.set_ylabel("损失")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("mnist_steps.png"), dpi=200)

# %% log-is-the-mean
# ``fit`` 打印的损失，就是各步损失的平均（最后一批小一些，按张数算）。

keras.utils.set_random_seed(7)
by_fit = build_model()
by_steps = build_model()
by_steps.set_weights(by_fit.get_weights())
one_epoch = by_fit.fit(
    x_train[:200], y_train[:200], batch_size=64, shuffle=False, verbose=0
)
losses, sizes = [], []
for start in range(0, 200, 64):
    x_batch, y_batch = (
        x_train[:200][start : start + 64],
        y_train[:200][start : start + 64],
    )
    losses.append(by_steps.train_on_batch(x_batch, y_batch, return_dict=True)["loss"])
    sizes.append(len(x_batch))
assert sizes == [64, 64, 64, 8]
mean_loss = np.average(np.array(losses, dtype="float32"), weights=sizes)
assert np.isclose(one_epoch.history["loss"][0], mean_loss, rtol=1e-4)

# %% shuffle
# 不写 ``shuffle``，每一轮打乱一次：从同样的权重出发，结果与不打乱的不同。

shuffled, in_order = build_model(), build_model()
in_order.set_weights(shuffled.get_weights())
shuffled_history = shuffled.fit(x_train[:200], y_train[:200], epochs=2, verbose=0)
in_order_history = in_order.fit(
    x_train[:200], y_train[:200], epochs=2, shuffle=False, verbose=0
)
assert not np.allclose(shuffled.get_weights()[0], in_order.get_weights()[0], atol=1e-5)

# %% defaults
# 不写 ``batch_size``，一批 32 张；不写 ``epochs``，只训练一轮。

assert shuffled_history.params["steps"] == math.ceil(200 / 32)
assert len(one_epoch.epoch) == 1

# %% same-seed
# 同一个种子，两次训练得到同样的权重；换一个种子，就不同。


def train_with(seed):
    keras.utils.set_random_seed(seed)
    one = build_model()
    one.fit(x_train[:200], y_train[:200], verbose=0)
    return one.get_weights()[0]


assert np.allclose(train_with(1), train_with(1), atol=1e-6)
assert not np.allclose(train_with(1), train_with(2), atol=1e-2)

# %% fit-again
# 再 ``fit`` 一次是接着训练，不是从头来。

steps_before = int(by_fit.optimizer.iterations)
again = by_fit.fit(
    x_train[:200], y_train[:200], batch_size=64, shuffle=False, verbose=0
)
print("first fit ", round(one_epoch.history["loss"][0], 3))
print("second fit", round(again.history["loss"][0], 3))
assert again.history["loss"][0] < one_epoch.history["loss"][0]
assert int(by_fit.optimizer.iterations) == 2 * steps_before

# %% plot-history
# 画出训练过程。

epochs = np.arange(1, len(history.epoch) + 1)
figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
for axes, metric, title in (
    (loss_axes, "loss", "损失"),
    (accuracy_axes, "accuracy", "准确率"),
):
    axes.plot(epochs, history.history[metric], label="训练")
    axes.plot(epochs, history.history[f"val_{metric}"], label="验证")
    axes.set_xlabel("轮")
    axes.set_ylabel(title)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("mnist_fit_history.png"), dpi=200)

# %% evaluate-untrained
# 还没有训练的模型能得多少分，与瞎猜的相比。

untrained = build_model()
untrained_scores = untrained.evaluate(x_test, y_test, verbose=2, return_dict=True)
guessing_loss = math.log(10)
print(f"ln(10) = {guessing_loss:.4f}")
assert abs(untrained_scores["loss"] - guessing_loss) < 0.5
assert untrained_scores["accuracy"] < 0.35

# %% evaluate
# 在没见过的数据上测试。

test_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("test loss    ", round(test_scores["loss"], 4))
print("test accuracy", round(test_scores["accuracy"], 4))

# %% evaluate-changes-nothing
# 测试不改权重，测多少遍都一样；批大小只影响快慢。

weights_before = [weight.copy() for weight in model.get_weights()]
steps_before = int(model.optimizer.iterations)
second = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
large_batches = model.evaluate(
    x_test, y_test, batch_size=500, verbose=0, return_dict=True
)
assert second == test_scores
assert np.isclose(large_batches["loss"], test_scores["loss"], rtol=1e-4)
assert all(map(np.array_equal, weights_before, model.get_weights()))
assert int(model.optimizer.iterations) == steps_before

# %% evaluate-returns-a-list
# 不写 ``return_dict=True``，得到的是列表：先损失，后准确率。

as_list = model.evaluate(x_test, y_test, verbose=0)
assert np.allclose(as_list, [test_scores["loss"], test_scores["accuracy"]])

# %% predict
# 前三张图的得分、概率和答案。

scores = model.predict(x_test, verbose=0)
probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(scores))
predicted = scores.argmax(axis=-1)
for index in range(3):
    answer = predicted[index]
    share = probabilities[index, answer]
    print(f"picture {index}: answer {answer} ({share:.1%}), label {y_test[index]}")

# %% accuracy-by-hand
# 自己数一遍，与 ``evaluate`` 的相同；由概率取最大的，答案也相同。

assert np.isclose((predicted == y_test).mean(), test_scores["accuracy"])
assert (probabilities.argmax(axis=-1) == predicted).all()

# %% show-mistakes
# 把测试集里认错的图找出来看。

mistakes = np.flatnonzero(predicted != y_test)
num_mistakes = len(mistakes)
print("mistakes", num_mistakes, "of", len(y_test))
figure, all_axes = plt.subplots(1, 8, figsize=(8, 1.5))
for axes, index in zip(all_axes, mistakes, strict=False):
    axes.imshow(x_test[index], cmap="gray_r")
    axes.set_title(f"{y_test[index]} 认成 {predicted[index]}", fontsize=8)
for axes in all_axes:
    axes.axis("off")
figure.savefig(figures.path("mnist_mistakes.png"), dpi=200)

# %% confusion
# 混淆矩阵：每一行是真实的数字，每一列是认成的数字。

confusion = np.zeros((10, 10), dtype=int)
np.add.at(confusion, (y_test, predicted), 1)
assert confusion.sum() == len(y_test)
assert confusion.trace() == len(y_test) - num_mistakes
figure, axes = plt.subplots(figsize=(4.6, 4.2))
axes.imshow(np.log1p(confusion), cmap="Blues")
for real, guess in np.ndindex(10, 10):
    if confusion[real, guess]:
        color = "white" if real == guess else "black"
        axes.text(
            guess, real, confusion[real, guess], ha="center", va="center", color=color
        )
axes.set_xticks(range(10))
axes.set_yticks(range(10))
axes.set_xlabel("认成的数字")
axes.set_ylabel("真实的数字")
figure.tight_layout()
figure.savefig(figures.path("mnist_confusion.png"), dpi=200)

# %% confidence
# 模型给自己的答案多大的概率：认对的，认错的，各自平均。

confidence = probabilities.max(axis=-1)
sure_when_right = float(confidence[predicted == y_test].mean())
sure_when_wrong = float(confidence[predicted != y_test].mean())
print("right", round(sure_when_right, 3))
print("wrong", round(sure_when_wrong, 3))
assert sure_when_right > sure_when_wrong > 0.1

# %% summary-after-fit
# 训练之后再看总表：优化器的状态也算在内。

model.summary()

# %% count-optimizer
# 优化器里有哪些数。

for variable in model.optimizer.variables:
    print(variable.path, tuple(variable.shape))
num_optimizer_params = sum(
    math.prod(variable.shape) for variable in model.optimizer.variables
)
print("optimizer", num_optimizer_params)
print("model and optimizer", model.count_params() + num_optimizer_params)
assert num_optimizer_params == model.count_params() + 2

# %% scaled-twice
# 图片先除以 255，再交给自己会缩放的模型：不报错，成绩却垮了。

twice_scores = model.evaluate(
    x_test.astype("float32") / 255, y_test, verbose=2, return_dict=True
)
assert twice_scores["accuracy"] < test_scores["accuracy"] - 0.2

# %% sorted-data
# 数据按类别排好，验证集就成了最后几类。

order = np.argsort(y_train, kind="stable")
x_sorted, y_sorted = x_train[order], y_train[order]
print("validation labels", set(y_sorted[num_training:].tolist()))
fooled = build_model()
fooled_history = fooled.fit(
    x_sorted, y_sorted, batch_size=64, epochs=5, validation_split=0.2, verbose=2
)

# %% sorted-data-fails
# 训练得好好的，验证却差得多。

assert max(y_sorted[num_training:]) == 9 not in y_sorted[:num_training]
assert (
    fooled_history.history["val_accuracy"][-1]
    < fooled_history.history["accuracy"][-1] - 0.3
)

# %% shuffle-yourself
# 自己打乱一次，图片和标签用同一个次序，切下来的一段里就什么类都有了。

order = np.random.default_rng(0).permutation(len(x_sorted))
x_mixed, y_mixed = x_sorted[order], y_sorted[order]
assert set(y_mixed[num_training:].tolist()) == set(range(10))

# %% train-without-from-logits
# 忘了 ``from_logits=True``，从头训练，与正确的写法在同一轮相比。

forgetful = build_model()
forgetful.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
forgetful_history = forgetful.fit(
    x_train, y_train, batch_size=64, epochs=5, validation_split=0.2, verbose=2
)
wrong_way = forgetful_history.history["val_accuracy"][-1]
right_way = history.history["val_accuracy"][len(forgetful_history.epoch) - 1]
print(f"wrong {wrong_way:.4f}, right {right_way:.4f}")

# %% without-from-logits-fails
# 差得远。

assert wrong_way < right_way - 0.15
