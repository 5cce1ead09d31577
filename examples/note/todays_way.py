"""
今天的写法：旧脚本怎样改
========================

与“2020 年的写法”一一对应：同一件事，今天这样写。
"""

# %% imports
# 导入要用的包；一个小模型，后面反复用到。

import tempfile
import warnings
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

keras.utils.set_random_seed(42)
folder = tempfile.TemporaryDirectory()
samples = np.ones((8, 4), dtype="float32")
targets = np.ones((8, 2), dtype="float32")

# %% names
# 要用名字的地方，自己起名字。


def small_model():
    inputs = keras.Input(shape=(4,), name="numbers")
    x = layers.Dense(3, activation="relu", name="hidden")(inputs)
    outputs = layers.Dense(2, name="answers")(x)
    return keras.Model(inputs, outputs, name="small")


model = small_model()
print(model.get_layer("hidden").name)
print([weight.path for weight in model.weights])

# %% shape-and-dtype
# 形状就是元组，类型就是字符串。

inputs = keras.Input(shape=(4,))
print(inputs.dtype, list(inputs.shape))

# %% layer-output-shape
# 一层的输出是什么形状。

print(model.get_layer("hidden").output.shape)

# %% model-output-shape
# 模型还有 ``output_shape``，层没有了。

assert model.output_shape == (None, 2)
assert not hasattr(model.get_layer("answers"), "output_shape")
assert model.get_layer("answers").output.shape == model.output_shape

# %% summary-unbuilt
# 一开始就说明输入。

built = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(2), layers.Dense(3)])
print(built.count_params())

# %% is-it-built
# 造好了没有，看 ``built``。

unbuilt = keras.Sequential([layers.Dense(2)])
assert not unbuilt.built
assert unbuilt.weights == []
unbuilt.build((None, 4))
assert unbuilt.built
assert len(unbuilt.weights) == 2

# %% metric-order
# 成绩按名字取，不靠次序。

model.compile(loss="mse", optimizer="rmsprop", metrics=["mse", "mae"])
history = model.fit(samples, targets, verbose=0)
scores = model.evaluate(samples, targets, verbose=0, return_dict=True)
print(sorted(scores))

# %% list-or-log
# 日志的键按字母次序；``evaluate`` 返回的列表按编译时的次序。

assert list(history.history) == ["loss", "mae", "mse"]
listed = model.evaluate(samples, targets, verbose=0)
assert listed == [scores["loss"], scores["mse"], scores["mae"]]
assert scores["mse"] != scores["mae"]
assert model.metrics_names == ["loss", "compile_metrics"]

# %% some-layers
# 只画几层：用它们另造一个模型。

part = keras.Model(model.get_layer("hidden").input, model.get_layer("hidden").output)
assert [layer.name for layer in part.layers] == ["numbers", "hidden"]
lines = []
model.summary(layer_range=("numbers", "hidden"), print_fn=lines.append)
assert "hidden" in lines[0]
assert "answers" not in lines[0]

# %% save-weights
# 权重文件以 .weights.h5 结尾。

path = Path(folder.name) / "demo.weights.h5"
model.save_weights(path)
print(path.name, path.is_file())

# %% other-names
# 别的结尾都不行。

for name in ("demo", "demo.h5", "demo.ckpt", "demo.weights"):
    try:
        model.save_weights(Path(folder.name) / name)
    except ValueError as error:
        assert "The filename must end in `.weights.h5`" in str(error)
    else:
        raise AssertionError(f"{name} 没有报错")

# %% save
# 存成 .keras，读回来。

path = Path(folder.name) / "demo.keras"
model.save(path)
loaded = keras.models.load_model(path)
print(loaded.evaluate(samples, targets, verbose=0, return_dict=True) == scores)

# %% h5-with-mse
# 一定要 .h5，就写损失函数和指标的全名。

model.compile(
    loss="mean_squared_error",
    optimizer="rmsprop",
    metrics=["mean_squared_error", "mean_absolute_error"],
)
path = Path(folder.name) / "model.h5"
model.save(path)
print(keras.models.load_model(path).count_params())

# %% h5-without-compile
# 用 "mse" 编译、存成 .h5 的，读的时候不要编译。

model.compile(loss="mse", optimizer="rmsprop", metrics=["mse"])
model.save(path)
try:
    keras.models.load_model(path)
except ValueError as error:
    assert "Could not deserialize 'keras.metrics.mse'" in str(error)
else:
    raise AssertionError("没有报错")
loaded = keras.models.load_model(path, compile=False)
loaded.compile(loss="mse", metrics=["mse"])
assert loaded.evaluate(samples, targets, verbose=0) == (
    model.evaluate(samples, targets, verbose=0)
)

# %% add-weight
# ``add_weight`` 的参数都写名字。


class NewDense(layers.Layer):
    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], 2), name="kernel")

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel)


print(NewDense()(samples).shape)

# %% tf-on-symbolic
# 换成 keras.ops。

averages = ops.mean(keras.Input(shape=(4,)), axis=1)
print(averages.shape)

# %% backend-functions
# keras.backend 的运算换成 keras.ops。

print(float(ops.mean(ops.square(samples))))

# %% what-is-left
# ``keras.backend`` 里没有运算了；``keras.ops`` 里大多有同名的，不同名的几个。

for name in ("mean", "sum", "square", "sqrt", "exp", "log", "abs", "clip", "maximum"):
    assert not hasattr(keras.backend, name)
    assert hasattr(ops, name)
for name in ("epsilon", "floatx", "clear_session", "image_data_format"):
    assert hasattr(keras.backend, name)
for name in ("int_shape", "pow", "random_normal", "variable", "gradients"):
    assert not hasattr(keras.backend, name)
    assert not hasattr(ops, name)
assert keras.Input(shape=(4,)).shape == (None, 4)
assert float(ops.power(2.0, 3.0)) == 8.0
assert keras.random.normal((2, 3)).shape == (2, 3)
assert ops.convert_to_numpy(keras.Variable(1.5)) == 1.5

# %% to-categorical
# 独热向量是 float64 还是 float32，训练的结果一样，内存差一倍。

labels = keras.utils.to_categorical([0, 1, 1, 0, 1, 0, 0, 1], 2)
smaller = labels.astype("float32")
losses = []
for one_hot in (labels, smaller):
    keras.utils.set_random_seed(42)
    trained = small_model()
    trained.compile(loss="mse", optimizer="rmsprop")
    losses.append(trained.fit(samples, one_hot, verbose=0).history["loss"])
assert losses[0] == losses[1]
assert labels.dtype == "float64"
assert labels.nbytes == 2 * smaller.nbytes

# %% learning-rate
# 学习率的名字是 ``learning_rate``。

optimizer = keras.optimizers.RMSprop(learning_rate=0.5)
print(float(optimizer.learning_rate))

# %% silent-attributes
# 没有 ``lr`` 这个属性；给它赋值不报错，也不改变学习率。

assert not hasattr(optimizer, "lr")
optimizer.lr = 0.1
assert float(optimizer.learning_rate) == 0.5
optimizer.learning_rate = 0.25
assert float(optimizer.learning_rate) == 0.25

# %% decay-ignored
# ``decay=`` 只是一句提醒，学习率不变：每一步都走 1.0。

with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    ignoring = keras.optimizers.SGD(learning_rate=1.0, decay=1.0)
assert "Argument `decay` is no longer supported" in str(said[-1].message)
weight = keras.Variable([10.0])
for _ in range(3):
    ignoring.apply([ops.ones(1)], [weight])
assert np.allclose(ops.convert_to_numpy(weight), 10.0 - 3.0)

# %% inverse-time-decay
# 出路：学习率表。与旧的 ``decay=1.0`` 是同一个公式，第 n 步的学习率是 1 / (1 + n)。

schedule = keras.optimizers.schedules.InverseTimeDecay(
    initial_learning_rate=1.0, decay_steps=1, decay_rate=1.0
)
decaying = keras.optimizers.SGD(learning_rate=schedule)
weight = keras.Variable([10.0])
for _ in range(3):
    decaying.apply([ops.ones(1)], [weight])
assert np.allclose(ops.convert_to_numpy(weight), 10.0 - (1 + 1 / 2 + 1 / 3))

# %% config-is-none
# 没有自己的参数，就不写 ``get_config``。


class Tiny(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


tiny = Tiny()
tiny(samples)
print(tiny.to_json()[:36])

# %% config-saves
# 没有写 ``get_config`` 的能存盘；只写了 ``pass`` 的不能。


class Passing(Tiny):
    def get_config(self):
        pass


tiny.save(Path(folder.name) / "tiny.keras")
passing = Passing()
passing(samples)
try:
    passing.save(Path(folder.name) / "passing.keras")
except TypeError as error:
    assert "should return a dict. It returned: None" in str(error)
else:
    raise AssertionError("没有报错")

# %% one-metric
# 每个输出各写各的指标。

inputs = keras.Input(shape=(4,))
outputs = [layers.Dense(1, name="priority")(inputs)]
outputs.append(layers.Dense(3, name="department")(inputs))
model = keras.Model(inputs, outputs)
model.compile(loss="mse", metrics={"priority": ["mae"], "department": ["mae"]})
answers = [np.ones((8, 1)), np.zeros((8, 3))]
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
print(sorted(scores))

# %% one-loss
# 损失函数只写一个，用在每个输出上。

per_output = [
    np.mean((ops.convert_to_numpy(output) - answer) ** 2)
    for output, answer in zip(model(samples), answers, strict=True)
]
assert np.isclose(scores["loss"], sum(per_output))
assert scores["priority_mae"] != scores["department_mae"]

# %% dict-outputs
# 输出用字典，损失函数也用字典。

inputs = keras.Input(shape=(4,))
priority = layers.Dense(1, name="priority")(inputs)
department = layers.Dense(3, name="department")(inputs)
model = keras.Model(inputs, {"priority": priority, "department": department})
model.compile(loss={"priority": "binary_crossentropy", "department": "mse"})
answers = {"priority": np.ones((8, 1)), "department": np.zeros((8, 3))}
scores = model.evaluate(samples, answers, verbose=0, return_dict=True)
error = ops.convert_to_numpy(model(samples)["priority"]) - 1
print("priority_loss", round(scores["priority_loss"], 4))
print("mean squared error", round(float(np.mean(error**2)), 4))

# %% no-such-names
# 旧脚本里的几个名字，今天没有了；该怎样写。

for name in ("fit_generator", "predict_generator", "evaluate_generator"):
    assert not hasattr(model, name)
assert not hasattr(model, "predict_classes")
for name in ("RandomFlip", "RandomRotation", "TextVectorization", "Rescaling"):
    assert hasattr(layers, name)
assert hasattr(keras.wrappers, "SKLearnClassifier")

simple = small_model()
simple.compile(loss="mse")
batches = ((samples, targets) for _ in range(3))
history = simple.fit(batches, steps_per_epoch=3, shuffle=False, verbose=0)
assert len(history.history["loss"]) == 1
assert simple.predict(samples, verbose=0).argmax(axis=-1).shape == (8,)

# %% keras-1
# Keras 1 的 ``input=``、``output=``。

try:
    keras.Model(input=simple.input, output=simple.output)
except ValueError as error:
    assert "Unrecognized keyword arguments passed to Model" in str(error)
else:
    raise AssertionError("没有报错")

# %% clean-up
# 删掉临时的文件夹。

folder.cleanup()
