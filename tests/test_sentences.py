"""说 Keras 怎样的句子没有依据，构建失败；有依据的、不断言的放行。"""

import pytest

from tests.test_claims import EXAMPLE

CELL = "```{cell} chapter/topic hello\n```"
HELD = "```{cell} chapter/topic adds\n```"


@pytest.fixture
def complaints(tiny):
    def build(prose):
        page = f"# Tiny\n\n{CELL}\n\n开头的一段话。\n\n{prose}\n\n{HELD}\n"
        site = tiny(page, EXAMPLE)
        return [line for line in site.log.splitlines() if "kerasguide.sentence" in line]

    return build


# 每一句都是假的
WRONG = [
    "`.weights.h5` 里没有优化器的状态。",
    "导出的模型不能再训练，`fit` 会报错。",
    "要改学习率，必须重新 `compile`。",
    "只有 TensorFlow 后端才能导出。",
    "忘了 `from_logits`，Keras 总是先截断再取对数。",
    "写了 `from_logits=True`，在每个后端上都更稳。",
    "两次 `fit` 的结果不同。",
    "有了 tf-keras，旧脚本都能在 Keras 3 旁边运行。",
    "混合精度让 Keras 的模型只占一半显存。",
    "`PyDataset` 几乎不用等。",
    "ResNet 的验证准确率一直在跳动，`fit` 就是这样。",
    "用 `Adam` 训练，损失比用 `SGD` 小。",
    "换学习率要重新 `compile`。",
    "函数式模型不能按数据循环，Keras 没有这样的运算。",
    "把 `float32` 的常数乘上去，不会报错。",
    "换了后端，Keras 存下的优化器状态就丢失了。",
    "- 列表里也一样：`Dense` 默认没有偏置。",
    "| 表格 | 也算 |\n|---|---|\n| `Dropout` | 预测时仍然丢弃 |",
    ":::{note}\n框里也算：`predict` 每次都要先 `compile`。\n:::",
    "前半句说 {fact}`chapter/topic adds total`；后半句说 `sum` 从不出错。",
    "展示之前的一句不算。`Dense` 总是快。这里引出它：",
]


@pytest.mark.parametrize("prose", WRONG)
def test_a_sentence_without_proof_is_a_warning(complaints, prose):
    said = complaints(prose)
    assert len(said) == 1
    assert "index.md:" in said[0]


@pytest.mark.parametrize(
    "prose",
    [
        "`sum` 总是把数加起来{claim}`chapter/topic adds`。",
        "`sum` 得到的总是 {fact}`chapter/topic adds total`。",
        "`sum` 不会错：",
        "这是 Keras 的一个层。",
        "天气总是不好。",
        "`Dense` 为什么没有报错？",
        "当年 Keras 只有这一种写法，见[发布说明](https://keras.io/)。",
        "## 试一试\n\n1. `Dense` 总是有偏置吗，没有的话会报错。",
    ],
)
def test_a_sentence_with_proof_or_without_assertion_passes(complaints, prose):
    assert complaints(prose) == []


def test_the_first_sentence_after_a_cell_reads_its_output(tiny):
    page = f"# Tiny\n\n{CELL}\n\n`print` 没有报错。`print` 总是成功。\n\n{HELD}\n"
    log = tiny(page, EXAMPLE).log
    assert log.count("kerasguide.sentence") == 1
    assert "`" not in log.partition("“")[2].partition("”")[0]
    assert "print 总是成功。" in log
