"""
练习：编译
==========

把每道题里的 ``...`` 换成你的答案，再运行这个脚本，它说哪几道对了。
"""

# %% imports
# 检查答案用的包。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import exercises

# %% uniform-loss
# 一共 10 类，10 个得分都是 0，正确答案是其中一类。交叉熵损失是多少？写到小数点后两位。
#
# 提示：得分都相同，softmax 之后的概率各是多少？
#
# 提示：损失是正确答案的概率取自然对数，再变号。

# 每一类的概率是 1/10，−ln(1/10) = ln 10
uniform_loss = float(np.log(10))

# %% uniform-loss-check
# 交给 Keras 算。

loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
exercises.check_value(
    "uniform-loss",
    uniform_loss,
    float(loss(np.array([3]), np.zeros((1, 10), "float32"))),
    tolerance=0.006,
    slips=[
        (0.1, "这是概率，还要取对数，再变号"),
        (1.0, "要的是自然对数，不是以 10 为底的"),
        (0.0, "损失是 0，要全部的概率都给了正确答案"),
    ],
)

# %% ten-times
# 课上三个得分是 2、1、−1，正确答案是狗（第二个）的时候，损失是 1.35。得分都乘以 10，变成 20、10、−10，损失变成多少？写到小数点后一位。
#
# 提示：取指数以后，最大的一个把别的都盖过了，总和差不多就是它。
#
# 提示：概率约是 e 的 10 次方除以 e 的 20 次方。

# 总和几乎就是 e²⁰，概率约是 e¹⁰ / e²⁰ = e⁻¹⁰，损失约是 10：模型更有把握，错了就罚得更重
ten_times = 10.0

# %% ten-times-check
# 交给 Keras 算。

scores = np.array([[20.0, 10.0, -10.0]], "float32")
exercises.check_value(
    "ten-times",
    ten_times,
    float(loss(np.array([1]), scores)),
    tolerance=0.06,
    slips=[
        (13.5, "损失不是跟着乘以 10：softmax 里有指数"),
        (1.35, "只有给每个得分加上同一个数，概率才不变；这里是乘"),
        (0.0, "分到最多概率的是猫，答案是狗"),
        (-10.0, "取了对数，还要变号"),
    ],
)

# %% seven-steps
# 课上的碗，损失是 (w − 3)²，从 0 出发，用梯度下降走。学习率是 1.0，走七步之后，w 是多少？
#
# 提示：梯度是 2(w − 3)，算出头两步，就看得出规律。

# 第一步 0 − 1.0 × (−6) = 6，第二步 6 − 1.0 × 6 = 0，来回跳；走了单数步，在 6。
# 学习率换成 0.5，第一步就是 0 − 0.5 × (−6) = 3，一步到底
seven_steps = 6

# %% seven-steps-check
# 让 Keras 的 ``SGD`` 走七步。

weight = keras.Variable(0.0)
sgd = keras.optimizers.SGD(1.0)
for _ in range(7):
    sgd.apply([2 * (weight - 3)], [weight])
exercises.check_value(
    "seven-steps",
    seven_steps,
    round(float(ops.convert_to_numpy(weight))),
    slips=[
        (0, "走了双数步才回到 0"),
        (3, "到不了碗底：每一步都从一边跨到另一边"),
        (42, "过了碗底，梯度就变了号，要往回走"),
        (-6, "梯度在 0 处是 −6，减去它，是往右走"),
    ],
)

# %% cross-entropy
# 用 NumPy 写出损失函数：`scores` 的每一行是一张图的得分，`answers` 是每张图的正确答案，整数，从 0 数起。返回这一批的平均损失。得分差 400 的时候，也要算得出来。
#
# 提示：一行的损失，是 ln(Σ e^z) 减去正确答案的得分，两边都是从定义化简得来的。
#
# 提示：`scores[np.arange(len(answers)), answers]` 从每一行取出正确答案的得分。
#
# 提示：每一行的得分都减去这一行最大的，概率不变，指数就不会太大。


def cross_entropy(scores, answers):
    """返回一个数。"""
    # −ln(e^z_t / Σ e^z) = ln(Σ e^z) − z_t；先减去最大的，指数都不大于 1
    shifted = scores - scores.max(axis=1, keepdims=True)
    right = shifted[np.arange(len(answers)), answers]
    return (np.log(np.exp(shifted).sum(axis=1)) - right).mean()


# %% cross-entropy-check
# 与 Keras 的比，再试一试得分差 400 的。


@exercises.check("cross-entropy", cross_entropy)
def same_as_keras():
    one = cross_entropy(np.array([[2.0, 1.0, -1.0]]), np.array([0]))
    assert np.ndim(one) == 0, "一批只返回一个数：各张的平均"
    assert np.isclose(one, 0.349, atol=1e-3), "得分 2、1、−1，答案是第一个，该是 0.349"
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 3, size=(8, 5)).astype("float32")
    answers = rng.integers(5, size=8)
    expected = float(loss(answers, scores))
    found = cross_entropy(scores, answers)
    assert not np.isclose(found, 8 * expected), "要各张的平均，不是总和"
    assert np.isclose(found, expected, rtol=1e-4), "八张图的平均，与 Keras 的不同"
    with np.errstate(all="ignore"):
        sure = cross_entropy(np.array([[4000.0, 3600.0]]), np.array([1]))
    assert np.isfinite(sure), "得分有几千，就算不出来了：先减去这一行最大的，别先算概率"
    assert np.isclose(sure, 400), "得分差 400，损失也该是 400"


# %% forgot-logits-start
# 学习者从这里改起。


def compile_model(model):
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer="rmsprop",
        metrics=["accuracy"],
    )


# %% forgot-logits
# 有一个模型，最后一层是 `Dense(10)`，给出得分。下面的函数来编译它，不报错，可是训练的时候损失没有意义。改好它。
#
# 提示：写字符串得到的损失函数，当交给它的是得分还是概率？


def compile_model(model):
    model.compile(
        # 字符串得到的是 from_logits=False；最后一层给的是得分，就要写明
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer="rmsprop",
        metrics=["accuracy"],
    )


# %% forgot-logits-check
# 一个原样送出得分的模型，看它的损失。


@exercises.check("forgot-logits", compile_model)
def takes_scores():
    model = keras.Sequential([keras.Input(shape=(10,)), layers.Identity()])
    compile_model(model)
    assert model.compiled, "要调用 model.compile"
    scores = np.random.default_rng(0).normal(size=(20, 10)).astype("float32")
    answers = np.arange(20) % 10
    result = model.evaluate(scores, answers, verbose=0, return_dict=True)
    expected = float(loss(answers, scores))
    said = f"交给它得分，损失该是 {expected:.2f}，却是 {result['loss']:.2f}"
    assert np.isclose(result["loss"], expected, rtol=1e-3), said
    assert len(result) > 1, "指标还是要有的"


# %% rmsprop-steps
# 同一个碗，从 0 走到离碗底不到 0.1 的地方，`SGD` 和 `RMSprop` 各要多少步？学习率都是 0.001。学习率都改成 0.01 呢？下面照课上的公式走。先猜：哪一个更快？
#
# 提示：`RMSprop` 的步子大约总是学习率那么长，与坡有多陡没有关系；`SGD` 的与坡度成正比。


def count_steps(learning_rate, use_rmsprop):
    w, v, steps = 0.0, 0.0, 0
    while abs(w - 3) > 0.1:
        gradient = 2 * (w - 3)
        v = 0.9 * v + 0.1 * gradient**2
        divisor = (v + 1e-7) ** 0.5 if use_rmsprop else 1.0
        w -= learning_rate * gradient / divisor
        steps += 1
    return steps


for learning_rate in (0.001, 0.01):
    print(
        f"学习率 {learning_rate}：SGD {count_steps(learning_rate, False)} 步，"
        f"RMSprop {count_steps(learning_rate, True)} 步"
    )
