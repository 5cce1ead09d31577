"""GPU 真的在做事：``nox -s gpu``，或者装好带 CUDA 的后端再 ``python -m pytest -m gpu``。"""

import pytest

from tests.gpu import checks

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.name)
def test_on_the_gpu(check, cpu, record_property):
    try:
        detail = check.run("gpu", cpu)
    except checks.NotAvailable as reason:
        pytest.skip(str(reason))
    record_property("detail", detail)
