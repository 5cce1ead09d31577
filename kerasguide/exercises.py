"""练习的检查：答案对不对，不对的话，差在哪里。

练习脚本里，一道题的代码块后面跟着它的检查::

    # %% count-dense
    # 784 个输入、64 个单元的一层 ``Dense``，有多少个参数？
    #
    # 提示：每个单元对每个输入有一个权重。

    count_dense = ...

    # %% count-dense-check
    layer = keras.layers.Dense(64)
    layer.build((None, 784))
    exercises.check_value(
        "count-dense",
        count_dense,
        layer.count_params(),
        slips=[(784 * 64, "忘了偏置：每个单元还有一个")],
    )

它打印一行：对，不对和为什么，还是还没有做。看的是答案做得到什么，不看它是怎样写的。脚本
的写法见 ``kerasguide.marking``。
"""

import ast
import contextlib
import dataclasses
import inspect
import numbers
import textwrap
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

RIGHT, WRONG, UNTRIED = "对", "不对", "还没有做"


@dataclasses.dataclass(frozen=True)
class Mark:
    """一道题做得怎样。"""

    name: str
    #: :data:`RIGHT`、:data:`WRONG` 或 :data:`UNTRIED`
    state: str
    #: 不对，是为什么；还没有做，是怎样开始
    reason: str = ""
    #: 网页上的填空要知道的：该填什么，差多少也算对，常见的错；只有 :func:`check_value` 有
    question: dict[str, Any] | None = None

    def __str__(self) -> str:
        reason = f"：{self.reason}" if self.reason else ""
        return f"{self.name}：{self.state}{reason}"


#: 这个进程里检查过的，按次序
marks: list[Mark] = []


def check_value(
    name: str,
    answer: Any,
    expected: Any,
    *,
    tolerance: float = 0.0,
    slips: Sequence[tuple[Any, str]] = (),
) -> None:
    """检查一个数、形状、文字或者选项，打印一行。

    Args:
        name: 题目的名字，就是它的代码块的名字。
        answer: 学习者的答案；``...`` 是还没有做。NumPy 的数、列表写成的形状也行。
        expected: 该是多少：``int``、``float``、``bool``、``str`` 或形状（``tuple``）。
        tolerance: 与 ``expected`` 最多差多少也算对，只用于数。
        slips: 常见的错：答案和它错在哪里，一对一对的。

    Examples:
        >>> check_value("area", 12, 12)
        area：对
        >>> check_value("area", 7, 12, slips=[(7, "是乘，不是加")])
        area：不对：是乘，不是加
        >>> check_value("area", 11, 12)
        area：不对：11 小了
        >>> check_value("shape", (None, 4), (None, 4, 2))
        shape：不对：形状里该有 3 个数，你的有 2 个
        >>> check_value("area", ..., 12)
        area：还没有做：把 ... 换成你的答案，再运行
    """
    question = {
        "expected": _plain(expected),
        "tolerance": tolerance,
        "slips": [(_plain(slip), said) for slip, said in slips],
    }
    if _is_unfinished(answer):
        _say(_untried(name, question))
        return
    answer, expected = _plain(answer), _plain(expected)
    reason = ""
    if not _same(answer, expected, tolerance):
        known = (said for slip, said in slips if _same(answer, _plain(slip), tolerance))
        reason = next(known, None) or _difference(answer, expected)
    _say(Mark(name, WRONG if reason else RIGHT, reason, question))


def check(name: str, answer: Any) -> Callable[[Callable[[], None]], None]:
    """检查一个函数、类或者别的东西：被装饰的函数立刻运行，打印一行。

    里面的 ``assert`` 都成立，就是对；不成立，就把它的话告诉学习者；答案自己出了错，说是
    什么错，在哪一行。

    Args:
        name: 题目的名字，就是它的代码块的名字。
        answer: 学习者的答案；里面还有 ``...``，是还没有做。

    Examples:
        >>> def double(x):
        ...     return x + x
        >>> @check("double", double)
        ... def doubles():
        ...     assert double(3) == 6, "3 的两倍是 6"
        double：对
        >>> double = lambda x: x**2
        >>> @check("double", double)
        ... def doubles():
        ...     assert double(3) == 6, "3 的两倍是 6"
        double：不对：3 的两倍是 6
    """

    def run(checks: Callable[[], None]) -> None:
        reason = _trouble(answer, checks)
        if reason is None:
            mark = Mark(name, RIGHT)
        elif _is_unfinished(answer):
            mark = _untried(name)
        else:
            mark = Mark(name, WRONG, reason)
        _say(mark)

    return run


def failure(error: BaseException, filename: str) -> str:
    """一个异常，用一行话说：是什么错，在学习者的文件的第几行。

    Args:
        error: 接住的异常。
        filename: 学习者的文件。
    """
    # 不要后面附的话（note）：JAX 附的一长段说的是它自己
    message = error.msg if isinstance(error, SyntaxError) else str(error)
    said = f"{type(error).__name__}: {message}"
    said = textwrap.shorten(said, 300, placeholder=" ……")
    if isinstance(error, SyntaxError):
        return f"第 {error.lineno} 行写得不对，{said}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == filename]
    return f"运行到第 {lines[-1]} 行出错，{said}" if lines else f"运行时出错，{said}"


def _say(mark: Mark) -> None:
    marks.append(mark)
    print(mark, flush=True)


def _untried(name: str, question: dict[str, Any] | None = None) -> Mark:
    return Mark(name, UNTRIED, "把 ... 换成你的答案，再运行", question)


def _trouble(answer: Any, checks: Callable[[], None]) -> str | None:
    """为什么不对；对，就是 ``None``。"""
    try:
        checks()
    except AssertionError as error:
        return str(error) or "检查没有通过"
    # 学习者的代码什么错都可能出，都要说得出来
    except Exception as error:  # noqa: BLE001
        functions = [*_functions(answer)] or [checks]
        return failure(error, functions[0].__code__.co_filename)
    return None


def _is_unfinished(answer: Any) -> bool:
    """答案里还有 ``...``：是它，或者写在函数、方法的里面。"""
    if answer is ...:
        return True
    if isinstance(answer, tuple | list):
        return any(one is ... for one in answer)
    return any(_has_gap(function) for function in _functions(answer))


def _functions(answer: Any) -> Iterator[Any]:
    """函数自己；类的，是它的方法。"""
    members = vars(answer).values() if inspect.isclass(answer) else [answer]
    for one in members:
        plain = inspect.unwrap(getattr(one, "__func__", one))
        if inspect.isfunction(plain):
            yield plain


def _has_gap(function: Any) -> bool:
    # 看不到源代码，就当作写完了；切片里的 ... 是 NumPy 的，不算
    with contextlib.suppress(OSError, TypeError, SyntaxError):
        source = textwrap.dedent(inspect.getsource(function))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Expr | ast.Return | ast.Assign):
                value = node.value
                if isinstance(value, ast.Constant) and value.value is ...:
                    return True
    return False


def _plain(value: Any) -> Any:
    """NumPy、张量的一个数是 Python 的数，列表写的形状是元组，文字不分大小写。"""
    if isinstance(value, list | tuple):
        return tuple(_plain(one) for one in value)
    if getattr(value, "shape", None) == ():
        # TensorFlow 的张量没有 item
        return value.item() if hasattr(value, "item") else float(value)
    return value.strip().casefold() if isinstance(value, str) else value


def _same(answer: Any, expected: Any, tolerance: float) -> bool:
    if _is_number(answer) and _is_number(expected):
        return bool(abs(answer - expected) <= tolerance + 1e-9 * abs(expected))
    return type(answer) is type(expected) and bool(answer == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _difference(answer: Any, expected: Any) -> str:
    """答案与该有的差在哪里，不把该有的说出来。"""
    if _is_number(expected):
        if not _is_number(answer):
            return f"这里要一个数，你的是 {answer!r}"
        return f"{answer} {'大' if answer > expected else '小'}了"
    if isinstance(expected, bool):
        return "正好相反" if isinstance(answer, bool) else "这里要 True 或者 False"
    if isinstance(expected, tuple):
        if not isinstance(answer, tuple):
            return f"这里要一个形状，如 (None, 28)，你的是 {answer!r}"
        if len(answer) != len(expected):
            return f"形状里该有 {len(expected)} 个数，你的有 {len(answer)} 个"
        wrong = next(
            place
            for place, (one, right) in enumerate(zip(answer, expected, strict=True), 1)
            if one != right
        )
        return f"第 {wrong} 个数 {answer[wrong - 1]} 不对"
    return f"不是 {answer!r}"
