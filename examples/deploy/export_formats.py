"""
导出有哪几种格式
================

``model.export`` 能写五种格式，每一种在哪个后端上写得成，要装什么，一种一种地试。
"""

# %% imports
# 导入要用的包；一个小模型。

import tempfile
from pathlib import Path

import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(42)
temporary = tempfile.TemporaryDirectory()
folder = Path(temporary.name)

model = keras.Sequential(
    [keras.Input(shape=(4,)), layers.Dense(8, activation="relu"), layers.Dense(2)],
    name="small",
)
samples = np.random.default_rng(0).normal(size=(1, 4)).astype("float32")
predictions = model.predict(samples, verbose=0)

# %% try-each
# 五种格式，写不成的，打印错误的第一句。

files = {
    "tf_saved_model": "saved_model",
    "litert": "small.tflite",
    "torch": "small.pt2",
    "onnx": "small.onnx",
    "openvino": "small.xml",
}
results = {}
for name, file in files.items():
    try:
        model.export(str(folder / file), format=name, verbose=False)
        results[name] = "written"
    except (ImportError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0].split(". ")[0]
        results[name] = f"{type(error).__name__}: {reason}"
    print(f"{name:15} {results[name]}")

# %% tied-to-a-backend
# litert 不能在 JAX 上写，torch 只能在 PyTorch 上写。

if keras.backend.backend() == "jax":
    assert results["litert"].startswith("ValueError: LiteRT export requires")
if keras.backend.backend() in ("tensorflow", "jax"):
    assert results["torch"] == "ValueError: Torch export requires PyTorch backend."
else:
    assert results["torch"] == "written"

# %% litert
# 在 TensorFlow 上写出 LiteRT 的文件，由解释器来算。

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(folder / "small.tflite"))
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], samples)
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    print("close", np.allclose(output, predictions, atol=1e-5))
    assert np.allclose(output, predictions, atol=1e-5)

# %% torch-program
# 在 PyTorch 上写出 ExportedProgram，由 PyTorch 自己来算。

if keras.backend.backend() == "torch":
    import torch

    program = torch.export.load(folder / "small.pt2").module()
    device = next(program.parameters()).device
    output = program(torch.from_numpy(samples).to(device)).detach().cpu().numpy()
    print("close", np.allclose(output, predictions, atol=1e-5))
    assert np.allclose(output, predictions, atol=1e-5)

# %% clean-up
# 删掉临时文件夹。

temporary.cleanup()
