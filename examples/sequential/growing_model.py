"""
边搭边看
========

一层一层地搭一个卷积网络，每搭一段就看看特征图变成了多大。
"""

# %% imports
# 导入要用的包，设定种子。

import keras
import matplotlib.pyplot as plt
from keras import layers

from kerasguide import figures

keras.utils.set_random_seed(42)

# %% first-part
# 先搭三层，看看形状。

growing = keras.Sequential(name="growing")
growing.add(keras.Input(shape=(250, 250, 3)))  # 250x250 RGB images
growing.add(layers.Conv2D(32, 5, strides=2, activation="relu", name="conv_1"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_2"))
growing.add(layers.MaxPooling2D(3, name="pool_1"))

growing.summary()

# %% second-part
# 接着往下缩，再看一次。

growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_3"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_4"))
growing.add(layers.MaxPooling2D(3, name="pool_2"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_5"))
growing.add(layers.Conv2D(32, 3, activation="relu", name="conv_6"))
growing.add(layers.MaxPooling2D(2, name="pool_3"))

growing.summary()

# %% plot-sides
# 特征图的边长怎样一层层变小。

names = ["input"] + [layer.name for layer in growing.layers]
sides = [250] + [layer.output.shape[1] for layer in growing.layers]

figure, axes = plt.subplots(figsize=(8, 3))
bars = axes.bar(names, sides)
axes.bar_label(bars)
axes.set_ylabel("side of the feature map")
axes.set_ylim(0, 280)
figure.tight_layout()
figure.savefig(figures.path("growing_sides.png"), dpi=200)

# %% too-small
# 4×4 的特征图上再放一个 5×5 的卷积：放不下。

try:
    growing.add(layers.Conv2D(32, 5, name="too_big"))
except ValueError as error:
    print("ValueError:", error)

print("last layer:", growing.layers[-1].name)

# %% take-back
# 出错的层已经在模型里了，把它去掉。

growing.pop()
print("last layer:", growing.layers[-1].name)
print("output shape:", growing.output_shape)

# %% third-part
# 全局最大池化，再加分类的一层。

growing.add(layers.GlobalMaxPooling2D(name="global_pool"))
print("after global pooling:", growing.output_shape)
growing.add(layers.Dense(10, name="scores"))

growing.summary()

# %% auto-names
# 不起名字，Keras 就按次序编号。

for _ in range(7):
    unnamed = keras.Sequential()
    print(unnamed.name)
