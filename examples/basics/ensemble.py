"""
多次定义，组合成一个网络
========================

把三个小模型当作层来调用，取平均，合成一个集成模型。
"""

# %% imports
# 导入要用的包。

import keras
import numpy as np
from keras import layers, ops

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% get-model
# 一个函数，每调用一次就造一个新的小模型。


def get_model(name):
    inputs = keras.Input(shape=(128,))
    outputs = layers.Dense(1)(inputs)
    return keras.Model(inputs, outputs, name=name)


# %% three-models
# 调用三次，得到三个互不相干的模型。

model_1 = get_model("member_1")
model_2 = get_model("member_2")
model_3 = get_model("member_3")
for model in (model_1, model_2, model_3):
    print(model.name, model.count_params())

# %% call-model
# 把模型当作层来调用。

inputs = keras.Input(shape=(128,), name="features")
y_1 = model_1(inputs)
y_2 = model_2(inputs)
y_3 = model_3(inputs)
for tensor in (inputs, y_1):
    is_layer = isinstance(tensor, layers.Layer)
    print(type(tensor).__name__, tensor.shape, "is a layer:", is_layer)
print(model_1.name, "is a layer:", isinstance(model_1, layers.Layer))

# %% ensemble
# 取平均，完成集成模型的定义。

outputs = layers.average([y_1, y_2, y_3])
ensemble_model = keras.Model(inputs, outputs, name="function_define_model")
ensemble_model.summary()

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

# %% check-average
# 集成的输出，就是三个成员输出的平均。

batch = np.random.default_rng(0).normal(size=(4, 128)).astype("float32")
members = [model_1, model_2, model_3]
member_outputs = [ops.convert_to_numpy(model(batch)) for model in members]
ensemble_output = ops.convert_to_numpy(ensemble_model(batch))
print(np.round(np.hstack([*member_outputs, ensemble_output]), 3))
mean_output = np.mean(member_outputs, axis=0)
print("same:", np.allclose(ensemble_output, mean_output, atol=1e-6))

# %% inside
# 集成里装着的就是原来的三个模型，不是复制品。

print(ensemble_model.get_layer("member_1") is model_1)
model_1.set_weights([np.zeros((128, 1)), np.full(1, 30.0)])
model_2.set_weights([np.zeros((128, 1)), np.full(1, 60.0)])
model_3.set_weights([np.zeros((128, 1)), np.full(1, 90.0)])
print(ops.convert_to_numpy(ensemble_model(batch))[0])

# %% shared-by-mistake
# 只造一个模型，调用三次：一份权重，三个一样的输出。

single_model = get_model("single")
outputs = layers.average([single_model(inputs) for _ in range(3)])
not_an_ensemble = keras.Model(inputs, outputs, name="not_an_ensemble")
print("parameters:", not_an_ensemble.count_params())
single_output = ops.convert_to_numpy(single_model(batch))
repeated_output = ops.convert_to_numpy(not_an_ensemble(batch))
print("same as one call:", np.allclose(repeated_output, single_output, atol=1e-6))

# %% share-model
# 同一个模型读三个不同的输入：权重只有一份。

shared_model = get_model("shared")
left = keras.Input(shape=(128,), name="left")
middle = keras.Input(shape=(128,), name="middle")
right = keras.Input(shape=(128,), name="right")
outputs = layers.average(
    [shared_model(left), shared_model(middle), shared_model(right)], name="mean"
)
sharing_model = keras.Model([left, middle, right], outputs, name="sharing_model")
sharing_model.summary()

# %% same-name
# 成员不能同名。

twin_1 = get_model("twin")
twin_2 = get_model("twin")
try:
    keras.Model(inputs, layers.average([twin_1(inputs), twin_2(inputs)]))
except ValueError as error:
    print(error)
