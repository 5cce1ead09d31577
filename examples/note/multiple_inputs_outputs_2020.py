"""
2020 年的写法：多个输入与输出
=============================

旧笔记的代码，由 Keras 2（tf-keras）运行。改动有四处：导入的是 ``tf_keras``；
三个没有定义的大小补上了；数据用程序造的工单；图片交给 ``figures.path`` 决定写到哪里。
"""

# %% imports
# 导入 Keras 2，补上旧笔记没有定义的三个大小。

import tf_keras as keras
import tf_keras.layers as layers

from kerasguide import datasets, figures

keras.utils.set_random_seed(42)
num_tags = 12
num_words = 10000
num_departments = 4

# %% several-model
# 旧笔记的类。


class SeveralModel:
    _model = None

    def __init__(self):
        title_input = keras.Input(shape=(None,), name="title")
        body_input = keras.Input(shape=(None,), name="body")
        tags_input = keras.Input(shape=(num_tags,), name="tags")

        title_features = layers.Embedding(num_words, 64, name="title_emb")(title_input)
        body_features = layers.Embedding(num_words, 64, name="body_emb")(body_input)

        title_features = layers.LSTM(128)(title_features)
        body_features = layers.LSTM(32)(body_features)

        x = layers.concatenate([title_features, body_features, tags_input])

        priority_pred = layers.Dense(1, name="priority")(x)
        department_pred = layers.Dense(num_departments, name="department")(x)

        model = keras.Model(
            inputs=[title_input, body_input, tags_input],
            outputs=[priority_pred, department_pred],
        )

        self._model = model

    def print(self):
        self._model.summary()
        draw_path = figures.path("several_demo_model_2020.png")
        keras.utils.plot_model(self._model, draw_path, show_shapes=True)

    def compile(self):
        self._model.compile(
            optimizer=keras.optimizers.RMSprop(1e-3),
            loss=[
                keras.losses.BinaryCrossentropy(from_logits=True),
                keras.losses.CategoricalCrossentropy(from_logits=True),
            ],
            loss_weights=[1.0, 0.2],
        )

    def train(self, title_data, body_data, tags_data, priority_targets, dept_targets):
        self._model.fit(
            {"title": title_data, "body": body_data, "tags": tags_data},
            {"priority": priority_targets, "department": dept_targets},
            epochs=2,
            batch_size=32,
            verbose=2,
        )


# %% print
# 打印，画图。

several = SeveralModel()
several.print()

# %% train
# 编译，训练。

several.compile()
inputs, targets = datasets.make_tickets(2000, num_words, num_tags)
several.train(
    inputs["title"],
    inputs["body"],
    inputs["tags"],
    targets["priority"],
    targets["department"],
)
