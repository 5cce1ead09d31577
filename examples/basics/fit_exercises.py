"""
练习：训练
==========

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import math

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, exercises, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% data
# 只取 500 张训练，随后的 200 张验证，快一些。

(x_train, y_train), _ = datasets.load_mnist()
x_val, y_val = x_train[500:700], y_train[500:700]
x_train, y_train = x_train[:500], y_train[:500]


def build_model(learning_rate=0.001, scale=1 / 255):
    """与课上同样的模型，种子也每次相同。"""
    keras.utils.set_random_seed(42)
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            layers.Rescaling(scale),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.RMSprop(learning_rate),
        metrics=["accuracy"],
    )
    return model


def train(model, epochs):
    """训练，返回记下的损失和准确率。"""
    history = model.fit(
        x_train,
        y_train,
        batch_size=64,
        epochs=epochs,
        validation_data=(x_val, y_val),
        verbose=0,
    )
    return history.history


# %% steps
# 一共 1,000 张图片，`batch_size=16`，`validation_split=0.1`。一轮有多少步？
#
# 提示：先留出验证的，剩下的才分成批。
#
# 提示：除不尽的时候，最后还有小的一批。

# 留出 100 张，剩下 900 张；900 / 16 = 56.25，最后一批小一些，也要走一步
steps = math.ceil(900 / 16)

# %% steps-check
# 真的训练一轮，看走了几步。

tiny = keras.Sequential([keras.Input(shape=(1,)), layers.Dense(1)])
tiny.compile(loss="mse", optimizer="sgd")
tiny_history = tiny.fit(
    np.zeros((1000, 1)),
    np.zeros((1000, 1)),
    batch_size=16,
    validation_split=0.1,
    verbose=0,
)
exercises.check_value(
    "steps",
    steps,
    tiny_history.params["steps"],
    slips=[
        (56, "最后凑不满的一批也要走一步"),
        (63, "先留出一成验证，再分批"),
        (62, "先留出一成验证，再分批；最后凑不满的一批也要走一步"),
        (7, "这是验证的批数"),
        (16, "16 是一批有几张，不是有几批"),
    ],
)

# %% split-or-data
# 一种写法是 `validation_split=0.2`；另一种是自己切下数组最后的两成，写 `validation_data=(x_val, y_val)`，训练用剩下的。种子相同，训练出来的权重相同吗？答 `True`（相同）或者 `False`。
#
# 提示：`validation_split` 切的是哪一段，在打乱之前还是之后？

# validation_split 切下的也是最后的两成，在打乱之前；两种写法，训练看到的图片一样
split_or_data = True

# %% split-or-data-check
# 两种写法各训练两轮，比一比权重。


def weights_after(**options):
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [keras.Input(shape=(28, 28)), layers.Flatten(), layers.Dense(10)]
    )
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="rmsprop",
    )
    model.fit(epochs=2, verbose=0, **options)
    return model.get_weights()[0]


by_split = weights_after(x=x_train, y=y_train, validation_split=0.2)
by_data = weights_after(
    x=x_train[:400],
    y=y_train[:400],
    validation_data=(x_train[400:], y_train[400:]),
)
exercises.check_value(
    "split-or-data", split_or_data, bool(np.allclose(by_split, by_data))
)

# %% three-epochs-start
# 学习者从这里改起。


def train_three_epochs(build, images, labels):
    for _ in range(3):
        model = build()
        model.fit(images, labels, epochs=1, verbose=0)
    return model


# %% three-epochs
# `build` 是一个函数，每调用一次，返回一个新的、编译好的模型。下面的函数该把一个模型训练三轮，再返回它。它能运行，可是返回的模型，成绩总像只训练了一轮。改好它。
#
# 提示：循环走了三遍，造了几个模型？


def train_three_epochs(build, images, labels):
    # 只造一次；再 fit 一次，是接着训练
    model = build()
    model.fit(images, labels, epochs=3, verbose=0)
    return model


# %% three-epochs-check
# 数一数优化器走了几步，每张图用到了几次。


@exercises.check("three-epochs", train_three_epochs)
def trains_one_model():
    built = []

    def build():
        model = keras.Sequential([keras.Input(shape=(1,)), layers.Dense(1)])
        model.compile(loss="mse", optimizer="sgd")
        built.append(model)
        return model

    numbers = np.ones((40, 1))
    model = train_three_epochs(build, numbers, numbers)
    assert model is not None, "要返回训练好的模型"
    assert any(model is one for one in built), "模型要由 build 造"
    steps = int(model.optimizer.iterations)
    assert steps != 2, "返回的模型只训练了一轮：每次循环都换了一个新的"
    assert steps == 3 * 2, f"三轮该走 6 步（一批 32 张），返回的模型走了 {steps} 步"


# %% no-rescaling
# 去掉 `Rescaling`，像素是 0 到 255，第一轮的损失是多少？十轮之后，验证准确率追上来了吗？先猜，再看。这里训练 500 张，验证 200 张。
#
# 提示：没有训练的时候，损失就差了几十倍；第一轮的损失，是一路下降的平均。

for title, scale in (("缩放了的", 1 / 255), ("没有缩放", 1.0)):
    history = train(build_model(scale=scale), epochs=10)
    print(
        f"{title}：第一轮的损失 {history['loss'][0]:.2f}，"
        f"十轮之后的验证准确率 {history['val_accuracy'][-1]:.1%}"
    )

# %% longer
# 训练 50 轮，训练的损失和验证的损失，从哪里开始分开？验证的损失后来是升还是降？先在纸上画两条线，再看。

long_history = train(build_model(), epochs=50)
figure, axes = plt.subplots(figsize=(6, 3))
axes.plot(range(1, 51), long_history["loss"], label="训练")
axes.plot(range(1, 51), long_history["val_loss"], label="验证")
axes.set_xlabel("轮")
axes.set_ylabel("损失")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("fit_longer.png"), dpi=200)
best = int(np.argmin(long_history["val_loss"])) + 1
print(f"验证损失在第 {best} 轮最低，{long_history['val_loss'][best - 1]:.3f}")
print(
    f"最后一轮：训练 {long_history['loss'][-1]:.3f}，"
    f"验证 {long_history['val_loss'][-1]:.3f}"
)

# %% learning-rates
# 学习率改成 0.1 和 0.00001，各训练十轮，训练的损失是什么样子？先猜：哪一条几乎是平的，哪一条一开头就高得多？

figure, axes = plt.subplots(figsize=(6, 3))
for learning_rate in (0.1, 0.001, 0.00001):
    losses = train(build_model(learning_rate), epochs=10)["loss"]
    axes.plot(range(1, 11), losses, label=f"学习率 {learning_rate:g}")
    print(f"学习率 {learning_rate:g}：第一轮 {losses[0]:.2f}，第十轮 {losses[-1]:.2f}")
axes.set_yscale("log")
axes.set_xlabel("轮")
axes.set_ylabel("训练的损失")
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("fit_learning_rates.png"), dpi=200)
