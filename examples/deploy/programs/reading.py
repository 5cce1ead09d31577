"""读回一个模型，预测，测试，与存的时候记下的比较。"""

import textwrap

import numpy as np

expected = np.load("expected.npz")
x_test, y_test = expected["x_test"], expected["y_test"]


def check(title, load, name):
    """load 读回一个模型，与名叫 name 的模型存的时候相比；出错就打印错误。"""
    results, reason = [], ""
    try:
        model = load()
        predictions = model.predict(x_test, verbose=0)
        same = np.array_equal(predictions, expected[name])
        results.append(f"predictions {'same' if same else 'different'}")
        scores = model.evaluate(x_test, y_test, verbose=0, return_dict=True)
        scores = [scores["loss"], scores["accuracy"]]
        old_scores = expected[f"{name}_scores"]
        same = np.array_equal(scores, old_scores)
        results.append(f"scores {'same' if same else 'different'}")
        if not same:
            reason = "loss {:.4f}, accuracy {:.4f}; it was".format(*scores)
            reason += " {:.4f} and {:.4f}".format(*old_scores)
    except (TypeError, ValueError) as error:
        results.append(type(error).__name__)
        # 只留要紧的一句，去掉外面包着的一层和长长的设置
        reason = str(error).split("Exception encountered: ")[-1]
        reason = reason.split(" Full object config")[0]
        reason = " ".join(reason.split(" Target variable")[0].split())
    print(f"{title:36}", ", ".join(results))
    for line in textwrap.wrap(reason, 80, break_long_words=False):
        print("   ", line)
