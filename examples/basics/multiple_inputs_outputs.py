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
from keras import layers, ops

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)

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

# %% build-model
# 一个造模型的函数：三个输入，两个输出。


def build_model(num_tags, num_words, num_departments):
    title = keras.Input(shape=(None,), dtype="int32", name="title")
    body = keras.Input(shape=(None,), dtype="int32", name="body")
    tags = keras.Input(shape=(num_tags,), name="tags")

    title_features = layers.Embedding(num_words, 64, name="title_emb")(title)
    body_features = layers.Embedding(num_words, 64, name="body_emb")(body)
    title_features = layers.LSTM(128, name="title_lstm")(title_features)
    body_features = layers.LSTM(32, name="body_lstm")(body_features)

    x = layers.concatenate([title_features, body_features, tags])
    priority = layers.Dense(1, name="priority")(x)
    department = layers.Dense(num_departments, name="department")(x)

    return keras.Model(
        inputs=[title, body, tags],
        outputs={"priority": priority, "department": department},
        name="tickets_model",
    )


# %% define-model
# 造出来，看每一层的参数。

model = build_model(num_tags, num_words, num_departments)
model.summary()

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

# %% threshold
# 同样四个得分，门槛不同，准确率就不同。

four_answers = [[1], [1], [0], [0]]
four_scores = [[2.0], [0.3], [-0.2], [-1.0]]
for threshold in (0.5, 0.0):
    metric = keras.metrics.BinaryAccuracy(threshold=threshold)
    metric.update_state(four_answers, four_scores)
    print("threshold", threshold, "accuracy", float(metric.result()))

# %% train
# 数据也用字典：按名字对号入座。

history = model.fit(
    train_inputs,
    train_targets,
    batch_size=32,
    epochs=4,
    validation_split=0.2,
    verbose=2,
)

# %% plot-history
# 总的损失，和两个输出各自的准确率。

figure, (loss_axes, accuracy_axes) = plt.subplots(1, 2, figsize=(8, 3))
epochs = range(1, len(history.history["loss"]) + 1)
best_epoch = 1 + history.history["val_loss"].index(min(history.history["val_loss"]))
loss_axes.plot(epochs, history.history["loss"], label="training")
loss_axes.plot(epochs, history.history["val_loss"], label="validation")
loss_axes.set_ylabel("total loss")
for name in ("priority", "department"):
    accuracy_axes.plot(epochs, history.history[f"val_{name}_accuracy"], label=name)
accuracy_axes.set_ylabel("validation accuracy")
for axes in (loss_axes, accuracy_axes):
    axes.set_xlabel("epoch")
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

# %% predict
# 预测一张工单，把得分换成概率再读。

ticket = {name: array[:1] for name, array in test_inputs.items()}
scores_of_ticket = model.predict(ticket, verbose=0)
print({name: array.shape for name, array in scores_of_ticket.items()})

urgent = float(ops.sigmoid(scores_of_ticket["priority"])[0, 0])
probabilities = ops.convert_to_numpy(ops.softmax(scores_of_ticket["department"]))[0]
print(f"urgent: {urgent:.2f}")
for department, probability in zip(
    datasets.TICKET_DEPARTMENTS, probabilities, strict=True
):
    print(f"{department}: {probability:.2f}")
guess = datasets.TICKET_DEPARTMENTS[probabilities.argmax()]

right_priority = int(test_targets["priority"][0, 0])
right_department = datasets.TICKET_DEPARTMENTS[test_targets["department"][0].argmax()]
print("right answer:", right_priority, right_department)

# %% missing-input
# 少给一个输入时的报错。用复制品来试：在 JAX 上，出过错的模型就不能用了。

without_body = {"title": ticket["title"], "tags": ticket["tags"]}
try:
    keras.models.clone_model(model).predict(without_body, verbose=0)
except ValueError as error:
    print(textwrap.fill(str(error), 88))

# %% extra-input
# 多给一个输入，没有影响。

with_sender = {**ticket, "sender": ticket["title"]}
same_scores = model.predict(with_sender, verbose=0)
print("same:", same_scores["priority"] == scores_of_ticket["priority"])
