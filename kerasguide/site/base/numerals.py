"""读数：句子里的，代码里的。"""

import re

#: 占住 ``{fact}`` 的位置，前后的数字不会连成一个
PLACEHOLDER = "\ufffc"

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.#])(?<![A-Za-z]-)"
    r"(\d{1,3}(?:,\d{3})+(?!\d)|\d+)((?:\.\d+)?)((?:[eE][-+]?\d+)?)"
    # 三千、三百万的“千”“百”是数的一部分；千字节、千米的不是
    r"( ?(?:%|万亿|[千百十]?[万亿]|[千百](?![字克米瓦卡分])))?"
    r"(?![A-Za-z_])"
)
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_IN_CODE = re.compile(r"(?<![A-Za-z0-9_.])\d[\d_,]*(?:\.\d+)?(?:e[-+]?\d+)?")

_PRODUCTS = (
    *("Keras", "TensorFlow", "Python", "NumPy", "JAX", "PyTorch", "Matplotlib"),
    *("pydot", "tf-keras", "tensorflow-gpu"),
)
# 后面跟着这些的是数量，不是版本：JAX 13 倍
_MEASURE = r"(?! ?(?:[倍个张秒步轮次%万亿]|毫秒|分钟|小时|[KMG]B|ms|s\b))"
_NAMES = re.compile(
    r"\d{4} ?年"
    rf"|(?:{'|'.join(_PRODUCTS)}) ?\d{{1,2}}(?:\.\d+)*(?![\d.]){_MEASURE}"
    r"|\d+\.\d+\.\d+"
    r"|第 ?\d+ ?[节题章页]"
    # 浮点数、整数有几位；后面是别的（97 位用户），就是数量
    r"|(?<!\d)(?:8|16|32|64) 位(?=[浮整无有精系的乘加比。，、；：）]|$)"
)


def in_text(text: str) -> list[tuple[str, set[float]]]:
    """一段文字里的每个数，和它可能的值（``20%`` 是 20，也是 0.2）。

    年份、版本、第几节、32 位这样的名字不算。

    Examples:
        >>> in_text("共 55,050 个，占 20%，float32 的 Conv2D")
        [('55,050', {55050.0}), ('20%', {0.2, 20.0})]
        >>> in_text("形状 (None, 784, 10)，6 万张，3 百万个")
        [('784', {784.0}), ('10', {10.0}), ('6 万', {60000.0}), ('3 百万', {3000000.0})]
        >>> in_text("Keras 3 的 32 位浮点数，JAX 13 倍，97 位用户")
        [('13', {13.0}), ('97', {97.0})]
    """
    found = []
    for match in _NUMBER.finditer(_NAMES.sub(PLACEHOLDER, text)):
        whole, fraction, exponent, unit = match.groups()
        value = float(whole.replace(",", "") + fraction + exponent)
        meant = {value}
        if unit and unit.strip() == "%":
            meant.add(round(value / 100, 12))
        elif unit:
            for character in unit.strip():
                value *= _UNITS[character]
            meant = {value}
        found.append((match[0], meant))
    return found


def in_code(code: str) -> set[float]:
    """代码里的数。

    Examples:
        >>> sorted(in_code("layers.Dense(64)(x_1)  # 10_000 张，0.2"))
        [0.2, 64.0, 10000.0]
    """
    numbers: set[float] = set()
    for match in _IN_CODE.finditer(code):
        digits = match[0].replace("_", "").split(",")
        # 1,000 是一个数，(3,3) 是两个：两种读法都算
        numbers.update(float(part) for part in digits if part)
        numbers.add(float("".join(digits)))
    return numbers
