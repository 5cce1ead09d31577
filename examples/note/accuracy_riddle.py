"""
准确率为什么掉到 0.102
======================

复现旧笔记的一个谜：模型读回来，损失一样，准确率却像瞎猜。
"""

# %% imports
# 导入要用的包。

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% load-data
# 载入数据，标签写成一列，形状 (n, 1)。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
# 例子要在十几秒里跑完，只用前 1,500 张训练、前 1,000 张测试；真要训练，删掉这两行
x_train, y_train = x_train[:1500], y_train[:1500]
x_test, y_test = x_test[:1000], y_test[:1000]
x_train = x_train.reshape(-1, 784).astype("float32") / 255
x_test = x_test.reshape(-1, 784).astype("float32") / 255
y_train = y_train.reshape(-1, 1)
y_test = y_test.reshape(-1, 1)
print(y_train.shape, y_test.shape)

# %% train
# 同时记下两种“准确率”：对的和错的。


def build_model():
    model = keras.Sequential(
        [
            keras.Input(shape=(784,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ],
        name="mnist_model",
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(),
        metrics=[
            keras.metrics.SparseCategoricalAccuracy(name="right"),
            keras.metrics.CategoricalAccuracy(name="wrong"),
        ],
    )
    return model


model = build_model()
history = model.fit(
    x_train, y_train, batch_size=64, epochs=10, validation_split=0.2, verbose=2
)

# %% plot-history
# 画出两种“准确率”。

figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(history.history["val_right"], label="对的：sparse_categorical_accuracy")
axes.plot(history.history["val_wrong"], label="错的：categorical_accuracy")
axes.set_ylim(0, 1)
axes.set_xlabel("轮")
axes.set_ylabel("验证")
axes.legend(loc="center right")
figure.tight_layout()
figure.savefig(figures.path("accuracy_riddle_history.png"), dpi=200)

# %% wrong-stays-low
# 对的升了上去，错的在每一轮都低于三成。

assert history.history["val_right"][-1] > history.history["val_right"][0]
assert max(history.history["val_wrong"]) < 0.3 < history.history["val_right"][-1]

# %% evaluate
# 在测试集上再算一遍。

test_scores = model.evaluate(x_test, y_test, verbose=2, return_dict=True)
print("loss", test_scores["loss"])
print("right", test_scores["right"])
print("wrong", test_scores["wrong"])

# %% argmax-of-a-column
# 在只有一列的数组里找最大值的位置。

print("labels")
print(y_test[:5])
first_labels = ops.convert_to_numpy(ops.argmax(y_test[:5], axis=-1))
print("argmax", first_labels)
assert (ops.convert_to_numpy(ops.argmax(y_test, axis=-1)) == 0).all()

# %% count-class-zero
# 数一数模型把多少张图认成了 0。

predicted = model.predict(x_test, verbose=0).argmax(axis=-1)
num_samples = len(predicted)
predicted_zero = int((predicted == 0).sum())
share_of_zero = predicted_zero / num_samples
true_share_of_zero = float((y_test == 0).mean())
true_accuracy = float((predicted == y_test[:, 0]).mean())
print("predicted as 0:", predicted_zero, "of", num_samples)
print("share of 0", share_of_zero)
print("share of 0 among the labels", true_share_of_zero)
print("true accuracy", true_accuracy)
print(
    "the wrong accuracy is the share of 0:",
    np.isclose(test_scores["wrong"], share_of_zero),
)

# %% share-is-the-wrong-accuracy
# 错的“准确率”就是认成 0 的比例；它离真正是 0 的比例，不会超过认错的比例。

assert np.isclose(test_scores["wrong"], share_of_zero)
assert np.isclose(test_scores["right"], true_accuracy)
assert abs(share_of_zero - true_share_of_zero) <= 1 - true_accuracy + 1e-9

# %% plot-predictions
# 每一类各有多少张图。

counts = np.bincount(predicted, minlength=10)
figure, axes = plt.subplots(figsize=(6, 3))
bars = axes.bar(range(10), counts, color="lightgray")
bars[0].set_color("tab:orange")
axes.bar_label(bars)
axes.set_xticks(range(10))
axes.set_xlabel("认成的数字")
axes.set_ylabel("测试图片的张数")
axes.margins(y=0.15)
figure.tight_layout()
figure.savefig(figures.path("accuracy_riddle_predictions.png"), dpi=200)

# %% which-accuracy
# Keras 怎样从形状猜“accuracy”是哪一个。


def which_accuracy(target_shape, output_shape):
    if output_shape[-1] == 1:
        return "binary_accuracy"
    if len(target_shape) < len(output_shape) or target_shape[-1] == 1:
        return "sparse_categorical_accuracy"
    return "categorical_accuracy"


print(which_accuracy(target_shape=(None,), output_shape=(None, 10)))
print(which_accuracy(target_shape=(None, 1), output_shape=(None, 10)))
print(which_accuracy(target_shape=(None, 10), output_shape=(None, 10)))

# %% check-the-guess
# 同一个模型，标签换三种写法，看今天的 Keras 猜得对不对。

one_hot = keras.utils.to_categorical(y_test, 10)
sparse_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
one_hot_loss = keras.losses.CategoricalCrossentropy(from_logits=True)
for loss, labels in (
    (sparse_loss, y_test[:, 0]),
    (sparse_loss, y_test),
    (one_hot_loss, one_hot),
):
    model.compile(loss=loss, metrics=["accuracy"])
    scores = model.evaluate(x_test, labels, verbose=0, return_dict=True)
    print(labels.shape, scores["accuracy"])
    assert np.isclose(scores["accuracy"], true_accuracy)

# %% evaluate-twice
# 同一个模型测两遍，再看另一次训练。

first = model.evaluate(x_test, one_hot, verbose=0, return_dict=True)
second = model.evaluate(x_test, one_hot, verbose=0, return_dict=True)
print("same model, same numbers:", first == second)
assert first == second

keras.utils.set_random_seed(43)
other = build_model()
other_history = other.fit(
    x_train, y_train, batch_size=64, epochs=10, validation_split=0.2, verbose=0
)
other_scores = other.evaluate(x_test, y_test, verbose=0, return_dict=True)
print("one training    ", test_scores["loss"])
print("another training", other_scores["loss"])
assert other_scores["loss"] != test_scores["loss"]

# %% labels-keep-their-shape
# 指标看到的标签，形状与交给它的相同。

seen = []


def remember_shape(y_true, y_pred):
    seen.append(len(y_true.shape))
    return ops.mean(ops.abs(y_pred), axis=-1)


model.compile(loss=sparse_loss, metrics=[remember_shape], run_eagerly=True)
for labels in (y_test[:, 0], y_test):
    seen.clear()
    scores = model.evaluate(x_test, labels, verbose=0)
    assert set(seen) == {labels.ndim}
