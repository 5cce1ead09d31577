"""逐样检查：设备真的在做事。每个函数都能对 GPU 做，也能对 CPU 做。

:data:`CHECKS` 是全部检查。一项的 ``run(place, cpu)`` 返回写给人看的一句话；
不成立就是 ``AssertionError``，这个后端没有这回事就是 ``NotAvailable``。``place`` 是
``"gpu"`` 或 ``"cpu"``，``cpu`` 是看不见 GPU 的另一个进程（:func:`hidden_process`）。
"""

import contextlib
import functools
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Any, Literal, NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from tests.gpu import devices, models

_BATCH = 64
_STEPS = 8
_TIMED_STEPS = 20

_JitCompile = bool | Literal["auto"]

#: 预测允许相差多少，相对于最大的预测值。
#:
#: - ``exact``：float32，关掉 TF32；差别只来自求和的次序和卷积的算法；
#: - ``float32``：默认的设置；新的 GPU 用 TF32 做乘法，它的尾数只有 10 位，
#:   一次乘法就差到 2⁻¹¹；
#: - ``mixed_float16``、``mixed_bfloat16``：尾数 10 位和 7 位，每一层的结果也舍入。
TOLERANCES = {
    "exact": 1e-4,
    "float32": 1e-2,
    "mixed_float16": 2e-2,
    "mixed_bfloat16": 1e-1,
}


class NotAvailable(Exception):
    """这个环境里没有这回事，所以没有检查；消息是为什么。"""


class Check(NamedTuple):
    """一项检查：测试的名字，表格里的名字，怎样做。"""

    name: str
    title: str
    run: Callable[[str, Executor], str]


def hidden_process() -> Executor:
    """另一个进程，它的后端看不见 GPU；提交给它的函数在 CPU 上运行。"""
    hide = {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    before = {name: os.environ.get(name) for name in hide}
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    os.environ.update(hide)
    try:
        # 第一次提交才启动进程，它继承这时的环境变量
        executor.submit(os.getpid).result()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return executor


def named(place: str, cpu: Executor) -> str:
    """后端说得出设备的名字。"""
    names = devices.of_the_backend(place)
    assert names, f"后端 {keras.backend.backend()} 说没有 {place}"
    return "、".join(names)


def tensor_placed(place: str, cpu: Executor) -> str:
    """没有指定设备的张量和由它算出的结果，都在设备上。"""
    tensor = keras.ops.ones((256, 256))
    _assert_on(place, {"张量": tensor, "乘积": keras.ops.matmul(tensor, tensor)})
    return f"张量和矩阵的乘积都在 {place} 上"


def trained(
    place: str,
    cpu: Executor,
    name: str,
    policy: str = "float32",
    jit_compile: _JitCompile = "auto",
) -> str:
    """训练几步：损失有限而且下降，权重变了，全部变量和结果都在设备上。"""
    model, inputs, targets = _compiled(name, policy, jit_compile)
    if jit_compile != "auto":
        assert model.jit_compile is jit_compile
    before, after = _train(model, inputs, targets)
    # 步数、随机数的状态是整数，TensorFlow 总把它们放在 CPU 上
    floats = [
        variable
        for variable in (*model.weights, *model.optimizer.variables)
        if "float" in keras.backend.standardize_dtype(variable.dtype)
    ]
    _assert_on(place, {variable.path: variable for variable in floats})
    outputs = _flat(model(inputs))
    _assert_on(place, outputs)
    dtypes = {
        keras.backend.standardize_dtype(tensor.dtype) for tensor in outputs.values()
    }
    assert dtypes == {keras.DTypePolicy(policy).compute_dtype}, f"结果的类型是 {dtypes}"
    return f"{_STEPS} 步，损失 {before:.4f} → {after:.4f}"


def same_on_cpu(place: str, cpu: Executor, name: str, precision: str) -> str:
    """训练过的模型存下来，在 CPU 上读回，预测与设备上的相等。"""
    policy = "float32" if precision == "exact" else precision
    with (
        tempfile.TemporaryDirectory() as folder,
        _without_tf32() if precision == "exact" else contextlib.nullcontext(),
    ):
        model, inputs, targets = _compiled(name, policy)
        _train(model, inputs, targets)
        path = str(Path(folder) / f"{name}.keras")
        model.save(path)
        here = _flat(model.predict(inputs, verbose=0))
        where, there = cpu.submit(_predict, path, name).result()
    assert where == "cpu", f"另一个进程的张量在 {where} 上，不在 CPU 上"
    allowed = TOLERANCES[precision]
    worst = max(_difference(here[key], there[key]) for key in here)
    assert worst <= allowed, f"预测最多相差 {worst:.1e}，超过允许的 {allowed:g}"
    return f"预测最多相差 {worst:.1e}（允许 {allowed:g}）"


def timed(place: str, cpu: Executor, name: str) -> str:
    """训练一步的时间，与 CPU 的比；只报告，快慢不算对错。"""
    here = _seconds_of_a_step(name)
    there = cpu.submit(_seconds_of_a_step, name).result()
    return (
        f"一步 {here * 1e3:.1f} ms，CPU 上 {there * 1e3:.1f} ms："
        f"CPU 的时间是它的 {there / here:.1f} 倍"
    )


def _compiled(
    name: str,
    policy: str = "float32",
    jit_compile: _JitCompile = "auto",
    num_samples: int = _BATCH,
) -> tuple[Any, models.Arrays, models.Arrays]:
    """编译好的模型，和训练它的一批数据。"""
    keras.utils.clear_session()
    keras.utils.set_random_seed(42)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = models.build(name)
    finally:
        keras.config.set_dtype_policy(before)
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss=models.MODELS[name].loss,
        jit_compile=jit_compile,
    )
    if jit_compile is True:
        _assert_can_compile()
    return model, *models.MODELS[name].batch(num_samples)


def _assert_can_compile() -> None:
    """PyTorch 的编译要有编译器：没有就说没有检查，不当作失败。"""
    if keras.backend.backend() != "torch":
        return
    import torch

    try:
        torch.compile(lambda x: x + 1)(keras.ops.ones(2))
    except Exception as error:  # torch.compile 的毛病千奇百怪
        reason = str(error).strip().splitlines()[0]
        raise NotAvailable(f"这台机器上 torch.compile 用不了：{reason}") from error


def _train(
    model: Any, inputs: models.Arrays, targets: models.Arrays
) -> tuple[float, float]:
    """在同一批数据上训练，返回前后的损失。"""
    weights = model.get_weights()
    losses = []
    for _ in range(_STEPS):
        model.reset_metrics()  # 不然得到的是各步的平均
        logs = model.train_on_batch(inputs, targets, return_dict=True)
        losses.append(float(logs["loss"]))
    before, after = losses[0], losses[-1]
    assert np.isfinite([before, after]).all(), f"损失不是有限的数：{before}、{after}"
    pairs = zip(weights, model.get_weights(), strict=True)
    assert any((old != new).any() for old, new in pairs), "训练之后权重没有变"
    assert after < before, f"损失没有下降：{before:.4f} → {after:.4f}"
    return before, after


def _predict(path: str, name: str) -> tuple[str, dict[str, NDArray[Any]]]:
    """读回模型，返回它的权重在哪里和它的预测；由另一个进程运行。"""
    model = keras.models.load_model(path)
    inputs, _ = models.MODELS[name].batch(_BATCH)
    where = "、".join(sorted({devices.holding(weight) for weight in model.weights}))
    return where, _flat(model.predict(inputs, verbose=0))


def _seconds_of_a_step(name: str) -> float:
    """每一步都等到损失算出来；头几步要编译，不计。"""
    model, inputs, targets = _compiled(name, num_samples=256)
    for _ in range(3):
        model.train_on_batch(inputs, targets)
    start = time.perf_counter()
    for _ in range(_TIMED_STEPS):
        model.train_on_batch(inputs, targets)
    return (time.perf_counter() - start) / _TIMED_STEPS


def _assert_on(place: str, tensors: Mapping[str, Any]) -> None:
    elsewhere = {
        name: where
        for name, tensor in tensors.items()
        if (where := devices.holding(tensor)) != place
    }
    said = "、".join(f"{name} 在 {where} 上" for name, where in elsewhere.items())
    assert not elsewhere, f"没有用 {place}：{said}"


def _flat(outputs: Any) -> dict[str, Any]:
    """一个输出或几个输出，都成为名字到张量的字典。"""
    return outputs if isinstance(outputs, dict) else {"输出": outputs}


def _difference(one: NDArray[Any], other: NDArray[Any]) -> float:
    one, other = np.asarray(one, "float64"), np.asarray(other, "float64")
    return float(np.max(np.abs(one - other)) / np.max(np.abs(other)))


@contextlib.contextmanager
def _without_tf32() -> Iterator[None]:
    """暂时关掉 TF32，float32 就是 float32。"""
    backend = keras.backend.backend()
    with contextlib.ExitStack() as restore:
        if backend == "tensorflow":
            from tensorflow.config import experimental

            before = experimental.tensor_float_32_execution_enabled()
            restore.callback(experimental.enable_tensor_float_32_execution, before)
            experimental.enable_tensor_float_32_execution(False)
        elif backend == "jax":
            import jax

            restore.enter_context(jax.default_matmul_precision("highest"))
        else:
            import torch

            for settings in (torch.backends.cuda.matmul, torch.backends.cudnn):
                restore.callback(setattr, settings, "allow_tf32", settings.allow_tf32)
                settings.allow_tf32 = False
        yield


def _every_check() -> Iterator[Check]:
    yield Check("named", "设备的名字", named)
    yield Check("tensor", "张量放在设备上", tensor_placed)
    titles = {name: model.title for name, model in models.MODELS.items()}
    for policy in ("float32", "mixed_float16", "mixed_bfloat16"):
        for name, title in titles.items():
            run = functools.partial(trained, name=name, policy=policy)
            yield Check(f"train-{name}-{policy}", f"训练{title}，{policy}", run)
    # 只用最小的模型：PyTorch 编译大的要几分钟
    for jit_compile in (True, False):
        run = functools.partial(trained, name="mlp", jit_compile=jit_compile)
        title = f"训练{titles['mlp']}，jit_compile={jit_compile}"
        yield Check(f"train-mlp-jit-{jit_compile}", title, run)
    for name, title in titles.items():
        run = functools.partial(same_on_cpu, name=name, precision="exact")
        said = f"{title}存下来，在 CPU 上读回，float32（关掉 TF32）"
        yield Check(f"cpu-{name}-exact", said, run)
    # CPU 上的半精度卷积慢得很，所以混合精度只用全连接的模型
    for name, precision in (
        ("resnet", "float32"),
        ("mlp", "mixed_float16"),
        ("mlp", "mixed_bfloat16"),
    ):
        run = functools.partial(same_on_cpu, name=name, precision=precision)
        title = f"{titles[name]}存下来，在 CPU 上读回，{precision}"
        yield Check(f"cpu-{name}-{precision}", title, run)
    for name, title in titles.items():
        yield Check(
            f"time-{name}", f"{title}的时间", functools.partial(timed, name=name)
        )


CHECKS = tuple(_every_check())
