"""
练习：几个模型合成一个
======================

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import datasets, exercises

keras.utils.set_random_seed(42)

# %% deeper
# 把每个成员的隐藏层改成两层：784 → 64 → 32 → 10。三个成员取平均，集成一共有多少个参数？
#
# 提示：先算一个成员；取平均有没有参数？

# 一个成员 784 × 64 + 64，64 × 32 + 32，32 × 10 + 10；取平均没有参数
deeper = 3 * (784 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10)

# %% deeper-check
# 造出来，再数。


def deeper_member():
    return keras.Sequential(
        [
            keras.Input(shape=(784,)),
            layers.Dense(64, activation="relu"),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


pixels = keras.Input(shape=(784,))
deeper_ensemble = keras.Model(
    pixels, layers.average([deeper_member()(pixels) for _ in range(3)])
)
one_member = 784 * 64 + 64 + 64 * 32 + 32 + 32 * 10 + 10
exercises.check_value(
    "deeper",
    deeper,
    deeper_ensemble.count_params(),
    slips=[
        (one_member, "这是一个成员的；三个成员各有各的权重"),
        (3 * (784 * 64 + 64 * 32 + 32 * 10), "忘了偏置，每个单元还有一个"),
        (3 * 25_450, "这是没有改的，784 → 32 → 10"),
    ],
)

# %% vote-or-average
# 一张图，三个成员给“猫”和“狗”的概率是：0.9 和 0.1；0.4 和 0.6；0.45 和 0.55。概率取平均的集成，答案是什么？
#
# - a：猫
# - b：狗
# - c：一样多，说不准
#
# 提示：各个成员把握的大小也算数。

# 猫 (0.9 + 0.4 + 0.45) / 3 ≈ 0.58：两票对一票，可是那一票很有把握
vote_or_average = "a"

# %% vote-or-average-check
# 用 ``layers.average`` 算一遍。

three = np.array([[0.9, 0.1], [0.4, 0.6], [0.45, 0.55]], "float32")
mean = ops.convert_to_numpy(layers.average([row[None] for row in three]))[0]
exercises.check_value(
    "vote-or-average",
    vote_or_average,
    "c" if np.isclose(*mean) else "a" if mean[0] > mean[1] else "b",
    slips=[
        ("b", "这是少数服从多数；取平均，把握的大小也算数"),
        ("c", "把三个概率加起来比一比"),
    ],
)

# %% gather-params
# 课上的三个成员，各给出 10 个概率。把 `layers.average` 换成 `layers.concatenate`，再接一层 `Dense(10, activation="softmax")`，让网络自己学怎样合计。比取平均多了多少个参数？
#
# 提示：拼接之后有多宽？

# 拼接之后是 30 个数：30 × 10 + 10。这一层的权重起初是随机的，所以这时集成要训练
gather_params = 30 * 10 + 10

# %% gather-params-check
# 造出来，数新添的一层。

parts = [keras.Input(shape=(10,)) for _ in range(3)]
gathered = layers.Dense(10, activation="softmax")(layers.concatenate(parts))
exercises.check_value(
    "gather-params",
    gather_params,
    keras.Model(parts, gathered).count_params(),
    slips=[
        (300, "忘了偏置，每个单元还有一个"),
        (10 * 10 + 10, "拼接之后不是 10 个数，是三个成员的都排在一起"),
        (3 * 110, "只接了一层，不是每个成员一层"),
        (0, "取平均没有参数，Dense 有"),
    ],
)

# %% one-dense
# 三个成员都是没有激活函数的 `Dense(1)`，取平均。这可以用一个 `Dense(1)` 代替。写一个函数，由三份权重和三个偏置算出它的权重和偏置：`kernels` 是三个同样形状的数组，`biases` 也是。
#
# 提示：每个成员给出 `x @ kernel + bias`，把三个式子加起来，除以三。


def one_dense(kernels, biases):
    """返回两个数组：权重和偏置。"""
    # 三个 x A + a 的平均，是 x 乘以 A 的平均，加上 a 的平均
    return np.mean(kernels, axis=0), np.mean(biases, axis=0)


# %% one-dense-check
# 三层取平均，与代替它们的一层比。


@exercises.check("one-dense", one_dense)
def same_outputs():
    rng = np.random.default_rng(0)
    kernels = [rng.normal(size=(4, 1)).astype("float32") for _ in range(3)]
    biases = [rng.normal(size=(1,)).astype("float32") for _ in range(3)]
    merged = one_dense(kernels, biases)
    assert isinstance(merged, tuple | list), "要返回两个数组：权重和偏置"
    assert len(merged) == 2, "要返回两个数组：权重和偏置"
    kernel, bias = (np.asarray(one) for one in merged)
    assert kernel.shape == (4, 1), f"权重的形状该是 (4, 1)，你的是 {kernel.shape}"
    assert bias.shape == (1,), f"偏置的形状该是 (1,)，你的是 {bias.shape}"
    numbers = keras.Input(shape=(4,))
    members = [layers.Dense(1) for _ in range(3)]
    ensemble = keras.Model(numbers, layers.average([one(numbers) for one in members]))
    for member, *weights in zip(members, kernels, biases, strict=True):
        member.set_weights(weights)
    x = rng.normal(size=(6, 4)).astype("float32")
    expected = ensemble.predict(x, verbose=0)
    found = x @ kernel + bias
    assert not np.allclose(found, 3 * expected, atol=1e-5), "加起来以后，还要除以三"
    assert np.allclose(found, expected, atol=1e-5), "与三层取平均给出的不同"


# %% same-members-start
# 学习者从这里改起。


def build_members(get_model):
    members = []
    for number in (1, 2, 3):
        keras.utils.set_random_seed(0)
        members.append(get_model(f"member_{number}"))
    return members


# %% same-members
# 下面的函数想造三个成员，为了每次运行都一样，设了随机种子。它能运行，可是集成怎样也不比一个成员准。改好它：三个成员要不一样，再运行一次，又要与这一次的相同。
#
# 提示：看看三个成员的权重。随机数是从种子开始往下取的。


def build_members(get_model):
    # 种子设一次就够：往下取的随机数各不相同，三个成员也就不同
    keras.utils.set_random_seed(0)
    return [get_model(f"member_{number}") for number in (1, 2, 3)]


# %% same-members-check
# 三个成员的权重两两不同；再造一次，与上一次的相同。


@exercises.check("same-members", build_members)
def three_different_ones():
    def get_model(name):
        return keras.Sequential([keras.Input(shape=(6,)), layers.Dense(4)], name=name)

    def kernels():
        members = build_members(get_model)
        assert len(members) == 3, "要返回三个成员"
        names = {member.name for member in members}
        assert len(names) == 3, "三个成员的名字要不同"
        return [member.get_weights()[0] for member in members]

    first = kernels()
    keras.random.normal((3,))  # 两次之间用掉几个随机数
    second = kernels()
    for one, other in ((0, 1), (0, 2), (1, 2)):
        said = f"第 {one + 1} 个和第 {other + 1} 个成员的权重一模一样"
        assert not np.allclose(first[one], first[other]), said
    assert np.allclose(first, second), "再造一次，得到的不同：种子还是要设"


# %% more-data
# 成员多看些图，集成的好处变大了还是变小了？下面各用 300 张和 1,500 张训练三个成员，比一比：一个成员平均错几成，合起来错几成。先猜。
#
# 提示：成员自己已经很准的时候，还剩多少错可以改？剩下的错，是各错各的，还是谁看都难？

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_test, y_test = x_test[:1000], y_test[:1000]
for num_images in (300, 1500):
    outputs = []
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        member = keras.Sequential(
            [
                keras.Input(shape=(28, 28)),
                layers.Rescaling(1 / 255),
                layers.Flatten(),
                layers.Dense(32, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
        member.compile(
            optimizer=keras.optimizers.Adam(3e-3),
            loss=keras.losses.SparseCategoricalCrossentropy(),
        )
        member.fit(x_train[:num_images], y_train[:num_images], epochs=5, verbose=0)
        outputs.append(member.predict(x_test, verbose=0))
    wrong_alone = np.mean(np.argmax(outputs, axis=2) != y_test)
    wrong_together = np.mean(np.mean(outputs, axis=0).argmax(axis=1) != y_test)
    print(
        f"{num_images} 张：一个成员平均错 {wrong_alone:.1%}，"
        f"合起来错 {wrong_together:.1%}，少错 {wrong_alone - wrong_together:.1%}"
    )
