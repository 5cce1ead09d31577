"""
几个模型合成一个
================

分别训练几个认数字的小模型，取平均，合成一个集成模型，比较谁认得更准。
"""

# %% imports
# 导入要用的包。

import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% load-data
# 用 500 张数字训练：数据少，各个成员才会有不同的错。

(x_train, y_train), (x_test, y_test) = datasets.load_mnist()
x_train, y_train = x_train[:500], y_train[:500]
x_test, y_test = x_test[:1000], y_test[:1000]
print(x_train.shape, x_test.shape)

# %% get-model
# 一个函数，每调用一次就造一个新的小模型，给出十类的概率。


def get_model(name):
    inputs = keras.Input(shape=(28, 28))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Flatten()(x)
    x = layers.Dense(32, activation="relu")(x)
    outputs = layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, outputs, name=name)


# %% three-models
# 调用三次，得到三个互不相干的模型。

model_1 = get_model("member_1")
model_2 = get_model("member_2")
model_3 = get_model("member_3")
members = [model_1, model_2, model_3]
for model in members:
    print(model.name, model.count_params())

# %% call-model
# 把模型当作层来调用。

inputs = keras.Input(shape=(28, 28), name="image")
y_1 = model_1(inputs)
y_2 = model_2(inputs)
y_3 = model_3(inputs)
for tensor in (inputs, y_1):
    is_layer = isinstance(tensor, layers.Layer)
    print(type(tensor).__name__, tensor.shape, "is a layer:", is_layer)
print(model_1.name, "is a layer:", isinstance(model_1, layers.Layer))

# %% a-model-is-a-layer
# 模型是层；符号张量不是，不能拿来调用。

assert issubclass(keras.Model, layers.Layer)
assert isinstance(model_1, layers.Layer)
assert not isinstance(y_1, layers.Layer)
assert not callable(y_1)

# %% ensemble
# 取平均，完成集成模型的定义。

outputs = layers.average([y_1, y_2, y_3])
ensemble_model = keras.Model(inputs, outputs, name="ensemble")
ensemble_model.summary()

# %% same-members
# 集成里装着的就是原来的三个模型，不是复制品；取平均没有参数。

for member in members:
    assert ensemble_model.get_layer(member.name) is member
assert ensemble_model.count_params() == 3 * model_1.count_params()

# %% plot-ensemble
# 画出结构：先把成员当作黑盒，再把它们展开。

keras.utils.plot_model(
    ensemble_model, figures.path("ensemble.png"), show_layer_names=True, dpi=130
)
keras.utils.plot_model(
    ensemble_model,
    figures.path("ensemble_nested.png"),
    show_layer_names=True,
    expand_nested=True,
    dpi=130,
)

# %% train-members
# 三个成员分别训练，各用各的随机初始权重，各按各的次序看图片。


def train(model):
    model.compile(
        optimizer=keras.optimizers.Adam(3e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.fit(x_train, y_train, batch_size=32, epochs=5, verbose=0)


for member in members:
    train(member)

# %% evaluate
# 集成没有训练过一步：成员训练好了，它就好了。编译只是为了测试。

ensemble_model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"]
)
scores = {
    model.name: model.evaluate(x_test, y_test, verbose=0, return_dict=True)
    for model in [*members, ensemble_model]
}
for name, score in scores.items():
    print(f"{name}: loss {score['loss']:.3f}, accuracy {score['accuracy']:.3f}")

# %% check-average
# 集成的输出，就是三个成员输出的平均。

member_outputs = [model.predict(x_test, verbose=0) for model in members]
ensemble_output = ensemble_model.predict(x_test, verbose=0)
assert np.allclose(ensemble_output, np.mean(member_outputs, axis=0), atol=1e-6)

# %% outvoted
# 找一张图：有一个成员答错，合起来却答对。

member_guesses = np.argmax(member_outputs, axis=2)
ensemble_guesses = ensemble_output.argmax(axis=1)
saved = (member_guesses != y_test).any(axis=0) & (ensemble_guesses == y_test)
assert saved.any()
position = int(saved.argmax())
print("right answer:", y_test[position])
for member, output in zip(members, member_outputs, strict=True):
    guess = output[position].argmax()
    print(f"{member.name}: {guess} ({output[position, guess]:.2f})")
guess = ensemble_guesses[position]
print(f"ensemble: {guess} ({ensemble_output[position, guess]:.2f})")

# %% loss-at-most-mean
# 概率的平均，损失不会比成员的平均损失大：这是一条定理，不是运气。

member_losses = [scores[member.name]["loss"] for member in members]
member_losses_mean = np.mean(member_losses)
assert scores["ensemble"]["loss"] <= member_losses_mean

# %% ten-members
# 再训练几个，凑成十个，几个几个地取出来合在一起，每一种取法都算一遍。

while len(members) < 10:
    member = get_model(f"member_{len(members) + 1}")
    train(member)
    members.append(member)
probabilities = np.array([model.predict(x_test, verbose=0) for model in members])


def accuracy(chosen):
    guesses = probabilities[list(chosen)].mean(axis=0).argmax(axis=1)
    return (guesses == y_test).mean()


accuracies = {}
for size in (1, 2, 3, 5, 10):
    ways = itertools.combinations(range(10), size)
    accuracies[size] = np.array([accuracy(chosen) for chosen in ways])
for size, values in accuracies.items():
    print(f"{size:2} members, {len(values):3} ways: mean accuracy {values.mean():.3f}")

# %% plot-sizes
# 每一个点是一种取法，线连着平均值。

figure, axes = plt.subplots(figsize=(6, 3.5))
for size, values in accuracies.items():
    axes.plot([size] * len(values), values, "o", color="tab:blue", alpha=0.2)
means = [values.mean() for values in accuracies.values()]
axes.plot(list(accuracies), means, color="tab:orange", label="平均")
axes.set_xlabel("成员的个数")
axes.set_ylabel("测试准确率")
axes.set_xticks(list(accuracies))
axes.legend()
figure.tight_layout()
figure.savefig(figures.path("ensemble_sizes.png"), dpi=200)

# %% more-is-better
# 平均说来，三个合起来比一个准，十个合起来又比三个准；五个的各种取法之间，差别比两个的小。

assert accuracies[1].mean() < accuracies[3].mean() < accuracies[10][0]
assert accuracies[5].std() < accuracies[2].std()

# %% three-by-three
# 每一种三个的取法：合起来的，与三个成员的平均、与其中最好的一个比。

ways = list(itertools.combinations(range(10), 3))
alone = accuracies[1][np.array(ways)]
above_mean = int((accuracies[3] > alone.mean(axis=1)).sum())
above_best = int((accuracies[3] > alone.max(axis=1)).sum())
print(f"of {len(ways)}: above the mean {above_mean}, above the best {above_best}")
assert above_mean > 0.8 * len(ways)

# %% correlated-errors
# 成员的错并不是互不相干的：两个都答错的图，比互不相干时多得多。

wrong = probabilities.argmax(axis=2) != y_test
both_wrong = np.mean([(a & b).mean() for a, b in itertools.combinations(wrong, 2)])
print("wrong", wrong.mean().round(3), "both wrong", both_wrong.round(3))
print("both wrong, if independent", (wrong.mean() ** 2).round(3))
assert both_wrong > 1.5 * wrong.mean() ** 2

# %% training-the-ensemble
# 训练集成，改的就是成员的权重。

before = model_1.get_weights()[0]
ensemble_model.compile(
    optimizer="adam", loss=keras.losses.SparseCategoricalCrossentropy()
)
ensemble_model.train_on_batch(x_train[:32], y_train[:32])
assert not np.array_equal(model_1.get_weights()[0], before)

# %% shared-by-mistake
# 只造一个模型，调用三次：一份权重，三个一样的输出。

single_model = get_model("single")
outputs = layers.average([single_model(inputs) for _ in range(3)])
not_an_ensemble = keras.Model(inputs, outputs, name="not_an_ensemble")
print("parameters:", not_an_ensemble.count_params())

# %% same-as-one
# 平均之后，还是它自己。

one_output = single_model.predict(x_test[:5], verbose=0)
repeated_output = not_an_ensemble.predict(x_test[:5], verbose=0)
assert np.allclose(repeated_output, one_output, atol=1e-6)
assert not_an_ensemble.count_params() == single_model.count_params()

# %% share-model
# 比较两张图：两张都经过同一个模型，权重只有一份。

shared_model = get_model("shared")
left = keras.Input(shape=(28, 28), name="left")
right = keras.Input(shape=(28, 28), name="right")
difference = layers.subtract([shared_model(left), shared_model(right)])
sharing_model = keras.Model([left, right], difference, name="sharing_model")
sharing_model.summary()

# %% shared-weights
# 两张相同的图，差是零（舍入不算）；参数与一个模型的一样多。

same_image = {"left": x_test[:1], "right": x_test[:1]}
assert np.allclose(sharing_model.predict(same_image, verbose=0), 0, atol=1e-6)
assert sharing_model.count_params() == shared_model.count_params()

# %% same-name
# 成员不能同名。

twin_1 = get_model("twin")
twin_2 = get_model("twin")
try:
    keras.Model(inputs, layers.average([twin_1(inputs), twin_2(inputs)]))
except ValueError as error:
    print(error)

# %% automatic-names
# 不起名字，Keras 自动编号，不会重复。

first, second = get_model(None), get_model(None)
assert first.name != second.name
