"""这台机器有没有 GPU，Keras 的后端看不看得见它，张量放在哪里。

``python -m tests.gpu.devices`` 只看机器，不导入任何框架：有 NVIDIA 的 GPU 就说是哪些，
没有就说没有，并以 :data:`NOTHING_CHECKED` 退出。
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

#: 没有 GPU 时的退出码，与 pytest 的“一个测试也没有”相同：没有检查，不是通过。
NOTHING_CHECKED = 5
NO_GPU = "没有找到 GPU，什么也没有检查"

#: 带 CUDA 的后端怎样装。
PACKAGES = {
    "tensorflow": "tensorflow[and-cuda]",
    "jax": "jax[cuda13]",
    "torch": "torch",
}


def of_the_machine() -> list[str]:
    """驱动看得见的 GPU；没有 ``nvidia-smi`` 就看设备文件。"""
    if program := shutil.which("nvidia-smi"):
        done = subprocess.run(
            [program, "-L"], check=False, capture_output=True, text=True
        )
        # 驱动坏了时它的话也写在 stdout 上，所以只要“GPU 0: ……”的样子
        listed = [line for line in done.stdout.splitlines() if line.startswith("GPU ")]
        if listed:
            return listed
    return sorted(str(path) for path in Path("/dev").glob("nvidia[0-9]*"))


def of_the_backend(place: str) -> list[str]:
    """Keras 的后端看得见的设备的名字；``place`` 是 ``"gpu"`` 或 ``"cpu"``。"""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow

        describe = tensorflow.config.experimental.get_device_details
        return [
            describe(device).get("device_name", device.name)
            for device in tensorflow.config.list_physical_devices(place.upper())
        ]
    if backend == "jax":
        import jax

        return [
            device.device_kind for device in jax.devices() if device.platform == place
        ]
    import torch

    if place == "cpu":
        return ["cpu"]
    return [
        torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())
    ]


def holding(tensor: Any) -> str:
    """张量或变量放在哪里：``"gpu"``、``"cpu"``，或者后端给它的别的名字。"""
    import keras

    if isinstance(tensor, keras.Variable):
        tensor = tensor.value
    backend = keras.backend.backend()
    if backend == "tensorflow":
        place: str = tensor.device.rsplit("device:", 1)[-1].split(":")[0].lower()
    elif backend == "jax":
        place = "、".join(sorted({device.platform for device in tensor.devices()}))
    else:
        place = tensor.device.type.replace("cuda", "gpu")
    return place


def why_not(backend: str) -> tuple[str, int] | None:
    """为什么不能检查，该以什么退出码结束；能检查，就是 ``None``。

    机器没有 GPU，是没有检查；机器有而后端看不见，是失败。
    """
    if of_the_backend("gpu"):
        return None
    found = of_the_machine()
    if not found:
        return NO_GPU, NOTHING_CHECKED
    message = (
        f"机器上有 GPU（{'、'.join(found)}），后端 {backend} 却看不见它："
        f"请装带 CUDA 的版本（pip install '{PACKAGES[backend]}'），"
        f"并看看 CUDA_VISIBLE_DEVICES、JAX_PLATFORMS 有没有把它藏起来"
    )
    return message, 1


def main() -> int:
    """打印这台机器的 GPU；没有就说没有。"""
    found = of_the_machine()
    print("\n".join(found) or NO_GPU)
    return 0 if found else NOTHING_CHECKED


if __name__ == "__main__":
    sys.exit(main())
