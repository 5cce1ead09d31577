"""
多个输入与输出
==============

读工单的标题、正文和标签，同时预测优先级和部门。
"""

# %% imports
# 导入要用的包。

import textwrap

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
figures.use_chinese_font()

# %% sizes
# 输入和输出有多大，先写清楚。

num_tags = 12
num_words = 10_000
num_departments = 4

# %% make-data
# 造训练用和测试用的工单。

train_inputs, train_targets = datasets.make_tickets(4000, num_words, num_tags)
test_inputs, test_targets = datasets.make_tickets(1000, num_words, num_tags, seed=1)
for name, array in {**train_inputs, **train_targets}.items():
    print(name, array.shape, array.dtype)

# %% one-ticket
# 看一张工单。

for name, array in {**train_inputs, **train_targets}.items():
    print(f"{name}: {array[0]}")

# %% chance
# 不看工单，总猜最多的那一种，能猜对多少。

urgent_share = test_targets["priority"].mean()
department_shares = test_targets["department"].mean(axis=0)
print("priority", round(max(urgent_share, 1 - urgent_share), 3))
print("department", round(department_shares.max(), 3))

# %% build-model
# 一个造模型的函数：三个输入，两个输出。


def build_model(num_tags, num_words, num_departments, mask_zero=False):
    title = keras.Input(shape=(None,), dtype="int32", name="title")
    body = keras.Input(shape=(None,), dtype="int32", name="body")
    tags = keras.Input(shape=(num_tags,), name="tags")

    title_features = layers.Embedding(
        num_words, 64, mask_zero=mask_zero, name="title_emb"
    )(title)
    body_features = layers.Embedding(
        num_words, 64, mask_zero=mask_zero, name="body_emb"
    )(body)
    title_features = layers.LSTM(128, name="title_lstm")(title_features)
    body_features = layers.LSTM(32, name="body_lstm")(body_features)

    features = layers.concatenate([title_features, body_features, tags])
    priority = layers.Dense(1, name="priority")(features)
    department = layers.Dense(num_departments, name="department")(features)

    return keras.Model(
        inputs=[title, body, tags],
        outputs={"priority": priority, "department": department},
        name="tickets_model",
    )


# %% define-model
# 造出来，看每一层的参数。

model = build_model(num_tags, num_words, num_departments)
model.summary()

# %% embedding-is-a-table
# 嵌入层就是查表：几号词，取第几行。

embedding = model.get_layer("title_emb")
table = embedding.get_weights()[0]
words = train_inputs["title"][:1]
assert table.shape == (num_words, 64)
assert np.array_equal(ops.convert_to_numpy(embedding(words)), table[words])

# %% scores
# 两个输出层都没有激活函数。

for name in ("priority", "department"):
    assert model.get_layer(name).activation is keras.activations.linear

# %% any-length
# 三个词的标题、七个词的正文也读得；字典里谁先谁后，结果都一样。

short_ticket = {
    "title": train_inputs["title"][:1, :3],
    "body": train_inputs["body"][:1, :7],
    "tags": train_inputs["tags"][:1],
}
first = model.predict(short_ticket, verbose=0)
second = model.predict(dict(reversed(short_ticket.items())), verbose=0)
assert first["department"].shape == (1, 4)
assert np.array_equal(first["department"], second["department"])

# %% lstm-parameters
# 两个 LSTM 的参数个数与公式相同。

for name, units in (("title_lstm", 128), ("body_lstm", 32)):
    assert model.get_layer(name).count_params() == 4 * (64 + units + 1) * units

# %% plot-model
# 画出结构：三条路汇成一条，再分成两条。

keras.utils.plot_model(
    model,
    figures.path("tickets_model.png"),
    show_shapes=True,
    show_layer_names=True,
    dpi=130,
)

# %% compile
# 每个输出一个损失函数、一个权重、一个指标。

model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
    metrics={
        "priority": keras.metrics.BinaryAccuracy(threshold=0.0, name="accuracy"),
        "department": keras.metrics.CategoricalAccuracy(name="accuracy"),
    },
)

# %% binary-by-hand
# 二元交叉熵：答案是 1，损失是 -ln p；答案是 0，损失是 -ln(1 - p)。

one_score = np.array([[0.4]], dtype="float32")
p = 1 / (1 + np.exp(-0.4))
binary_loss = keras.losses.BinaryCrossentropy(from_logits=True)
assert np.isclose(binary_loss(np.array([[1.0]]), one_score), -np.log(p))
assert np.isclose(binary_loss(np.array([[0.0]]), one_score), -np.log(1 - p))

# %% threshold
# 同样四个得分，门槛不同，准确率就不同。

four_answers = [[1], [1], [0], [0]]
four_scores = [[2.0], [0.3], [-0.2], [-1.0]]
for threshold in (0.5, 0.0):
    metric = keras.metrics.BinaryAccuracy(threshold=threshold)
    metric.update_state(four_answers, four_scores)
    print("threshold", threshold, "accuracy", float(metric.result()))

# %% default-threshold
# 只写 "accuracy"，门槛是 0.5；四选一只看谁的得分最高，softmax 前后一样。

binary = keras.metrics.BinaryAccuracy()
binary.update_state(four_answers, four_scores)
shorthand = keras.Sequential([keras.Input(shape=(1,)), layers.Identity()])
shorthand.compile(loss="binary_crossentropy", metrics=["accuracy"])
result = shorthand.evaluate(
    np.array(four_scores), np.array(four_answers), verbose=0, return_dict=True
)
assert result["accuracy"] == float(binary.result()) == 0.75

four_choices = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
probabilities = ops.convert_to_numpy(ops.softmax(four_choices))
assert (probabilities.argmax(axis=1) == four_choices.argmax(axis=1)).all()

# %% train
# 数据也用字典：按名字对号入座。验证损失不再变小就停，退回最好的一轮。

early_stopping = keras.callbacks.EarlyStopping(
    monitor="val_loss", patience=1, restore_best_weights=True
)
history = model.fit(
    train_inputs,
    train_targets,
    batch_size=32,
    epochs=10,
    validation_split=0.2,
    callbacks=[early_stopping],
    verbose=2,
)
losses, val_losses = history.history["loss"], history.history["val_loss"]
best_epoch = 1 + int(np.argmin(val_losses))

# %% stopped-early
# 最后一轮的训练损失最小，验证损失却回升了：所以到这里就停，没有训练满十轮。

assert len(losses) == best_epoch + 1 < 10
assert losses[-1] == min(losses)
assert val_losses[-1] > min(val_losses)

# %% best-weights
# 训练完的模型是最好的那一轮的，不是最后一轮的。

held_out = slice(3200, 4000)
scores = model.evaluate(
    {name: array[held_out] for name, array in train_inputs.items()},
    {name: array[held_out] for name, array in train_targets.items()},
    verbose=0,
    return_dict=True,
)
assert np.isclose(scores["loss"], min(val_losses), rtol=1e-3)
assert not np.isclose(scores["loss"], val_losses[-1], rtol=1e-3)

# %% plot-history
# 总的损失，和两个输出各自的准确率；竖线是留下的那一轮。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
epochs = range(1, len(losses) + 1)
loss_axes.plot(epochs, losses, label="训练")
loss_axes.plot(epochs, val_losses, label="验证")
loss_axes.set_ylabel("总损失")
for name, title in (("priority", "优先级"), ("department", "部门")):
    accuracy_axes.plot(epochs, history.history[f"val_{name}_accuracy"], label=title)
accuracy_axes.set_ylabel("验证准确率")
for axes in (loss_axes, accuracy_axes):
    axes.axvline(best_epoch, color="gray", linestyle="--", label="留下的一轮")
    axes.set_xlabel("轮")
    axes.set_xticks(epochs)
    axes.legend()
figure.tight_layout()
figure.savefig(figures.path("tickets_history.png"), dpi=200)

# %% evaluate
# 在没见过的工单上测试，再核对总的损失。

scores = model.evaluate(
    test_inputs, test_targets, batch_size=100, verbose=2, return_dict=True
)
for name in sorted(scores):
    print(name, round(scores[name], 4))
weighted_sum = 1.0 * scores["priority_loss"] + 0.2 * scores["department_loss"]
print("weighted sum", round(weighted_sum, 4))

# %% weighted-sum
# 总的损失是各项乘上系数以后的和；两个输出都比瞎猜好得多。

assert np.isclose(scores["loss"], weighted_sum, rtol=1e-4)
assert scores["priority_accuracy"] > max(urgent_share, 1 - urgent_share) + 0.1
assert scores["department_accuracy"] > department_shares.max() + 0.2

# %% predict
# 预测一张工单，把得分换成概率再读。

ticket = {name: array[:1] for name, array in test_inputs.items()}
ticket_scores = model.predict(ticket, verbose=0)
for name in ("priority", "department"):
    print(name, ticket_scores[name].shape)

urgent = float(ops.sigmoid(ticket_scores["priority"])[0, 0])
probabilities = ops.convert_to_numpy(ops.softmax(ticket_scores["department"]))[0]
print(f"urgent: {urgent:.2f}")
for department, probability in zip(
    datasets.TICKET_DEPARTMENTS, probabilities, strict=True
):
    print(f"{department}: {probability:.2f}")
guess = datasets.TICKET_DEPARTMENTS[probabilities.argmax()]

right_priority = int(test_targets["priority"][0, 0])
right_department = datasets.TICKET_DEPARTMENTS[test_targets["department"][0].argmax()]
print("right answer:", right_priority, right_department)

# %% predicts-a-dict
# predict 返回的字典，键就是 outputs 的键；四个部门的概率加起来是 1。

assert ticket_scores.keys() == {"priority", "department"}
assert np.isclose(probabilities.sum(), 1.0)

# %% missing-input
# 少给一个输入时的报错。用复制品来试：在 JAX 上，出过错的模型就不能用了。

without_body = {"title": ticket["title"], "tags": ticket["tags"]}
copied_model = keras.models.clone_model(model)
try:
    copied_model.predict(without_body, verbose=0)
except ValueError as error:
    message = str(error)
    print(textwrap.fill(message, 88))
else:
    raise AssertionError("没有报错")
assert "body" in message

# %% failed-model
# 出过错的复制品，在 JAX 上连正确的工单也不能预测了。

if keras.backend.backend() == "jax":
    try:
        copied_model.predict(ticket, verbose=0)
    except TypeError as error:
        assert "NoneType" in str(error)
    else:
        raise AssertionError("没有报错")

# %% extra-input
# 多给一个输入，没有影响。

with_sender = {**ticket, "sender": ticket["title"]}
same_scores = model.predict(with_sender, verbose=0)
assert np.array_equal(same_scores["priority"], ticket_scores["priority"])
assert np.array_equal(same_scores["department"], ticket_scores["department"])

# %% pad
# 三个标题长短不一，短的在后面补 0，才能排成一个数组。

titles = [[17, 5, 902], [88, 4, 23, 7, 61], [9]]
print(keras.utils.pad_sequences(titles, padding="post"))

# %% pad-default
# 不写 padding，就补在前面。

padded = keras.utils.pad_sequences([[9], [17, 5]])
assert padded.tolist() == [[0, 9], [17, 5]]

# %% padded-ticket
# 同一张工单，标题后面多补十个 0。

padded_ticket = {**ticket, "title": np.pad(ticket["title"], [(0, 0), (0, 10)])}
print(padded_ticket["title"])
padded_scores = model.predict(padded_ticket, verbose=0)
print("without padding", ticket_scores["priority"], ticket_scores["department"])
print("with padding   ", padded_scores["priority"], padded_scores["department"])

# %% padding-matters
# 没有掩码，补上的 0 也当作词来读，两个得分都变了。

for name in ("priority", "department"):
    assert not np.allclose(padded_scores[name], ticket_scores[name], atol=1e-3)

# %% mask
# 同样的权重，嵌入层写上 ``mask_zero=True``，LSTM 就跳过 0。

masked_model = build_model(num_tags, num_words, num_departments, mask_zero=True)
masked_model.set_weights(model.get_weights())
masked_scores = masked_model.predict(padded_ticket, verbose=0)
print("masked         ", masked_scores["priority"], masked_scores["department"])

# %% padding-is-skipped
# 有掩码，补不补 0，得分都一样。

for name in ("priority", "department"):
    assert np.allclose(masked_scores[name], ticket_scores[name], atol=1e-4)
