"""kerasguide：《Keras 3 中文指南》的例子共用的小工具。

导入这个包很便宜：它不导入任何深度学习框架，也不导入 Sphinx。

- :mod:`kerasguide.datasets`：MNIST、CIFAR-10 和工单数据，没有网络也能用
  （``kerasguide.cache``：真数据放在哪里，怎样取来）；
- :mod:`kerasguide.figures`：例子把图片写到哪里，以及没有 ``dot`` 时怎样画结构图；
- :mod:`kerasguide.backends`：Keras 3 的几个后端，哪些例子只用于其中一个；
- :mod:`kerasguide.runtime`：让一次运行不受之前运行的影响；
- ``kerasguide.matrix``：量每个例子在每个后端上怎样（``kerasguide.measure`` 量一个），
  记下来，给后端对照的页面；
- ``kerasguide.site``：本站的 Sphinx 扩展，例子从不导入它。
"""

__version__ = "0.1.0"
