"""写网页：只写变了的，画全站目录、公式、搜索用的文字，界面上的话；也写书。

哪些要写由 Sphinx 决定，它看不见的由 :mod:`~kerasguide.site.write.rebuild` 补上。
除了 ``base`` 和 ``show``，不用别的房间。
"""
