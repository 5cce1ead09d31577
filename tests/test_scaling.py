"""从一块 GPU 到多台机器：分开训练得到的数，与一个设备、一个进程的相同。

例子在构建站点时真的起了几个进程、杀死了一个；这里看它们留下的数，不再运行一遍。
"""

import pytest

from kerasguide.site.base import examples
from tests.conftest import ROOT


def blocks(site, name):
    return examples.load(f"scaling/{name}", ROOT / "examples", site.source / "gallery")


def same(losses):
    """训练真的在进行，得到的数才值得比：损失一轮比一轮小。"""
    assert len(losses) > 1
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 1.5 * losses[-1]
    return pytest.approx(losses, abs=1e-5)


def test_two_processes_give_the_numbers_of_one(site):
    compare = blocks(site, "multi_worker")["compare"].values
    (alone,), together = compare["one"], compare["two"]
    assert len(alone["devices"]) == 1
    assert [worker["rank"] for worker in together] == [0, 1]
    for worker in together:
        assert len(worker["devices"]) == 2
        assert worker["loss"] == same(alone["loss"])
        assert worker["accuracy"] == pytest.approx(alone["accuracy"])
    assert compare["weight_gap"] < 1e-4


def test_each_process_read_its_own_half(site):
    first, second = blocks(site, "multi_worker")["two-processes"].values["two"]
    assert first["first rows"] == list(range(0, 512, 64))
    assert second["first rows"] == list(range(32, 512, 64))


def test_the_variables_of_slurm_do_as_well(site):
    values = blocks(site, "multi_worker")["slurm-training"].values
    assert values["slurm"][0]["loss"] == values["two"][0]["loss"]


def test_reading_everything_twice_is_seen_in_the_numbers(site):
    found = blocks(site, "multi_worker")
    seen = found["wrong-rows"].values["seen"][0]
    right = found["compare"].values["one"][0]["loss"]
    assert seen["loss of all rows"] != pytest.approx(right, abs=1e-3)
    assert (seen["steps"], seen["steps of all rows"]) == (24, 48)


def test_one_saver_alone_fails(site):
    assert "not the same on" in blocks(site, "multi_worker")["wrong-saver"].output


def test_training_goes_on_after_a_worker_was_killed(site):
    found = blocks(site, "fault_tolerance")
    assert found["kill"].output.splitlines()[0] == "process 1 ended with -9"
    assert found["what-is-left"].values["state"] == {"epoch": 3, "batch": 0}
    compare = found["compare"].values
    uninterrupted, resumed = compare["uninterrupted"], compare["resumed"]
    assert uninterrupted["epoch"] == [0, 1, 2, 3, 4, 5]
    assert resumed["epochs"] == [3, 4, 5]
    assert resumed["loss"] == same(uninterrupted["history"]["loss"][3:])
    assert compare["weight_gap"] < 1e-4


def test_data_parallel_and_model_parallel_give_the_numbers_of_one_device(site):
    found = blocks(site, "jax_distribution")
    one_device = found["one-device"].values["one_device"]
    for block, name in (
        ("data-parallel", "data_parallel"),
        ("model-parallel", "model_parallel"),
    ):
        assert found[block].values[name] == same(one_device)
    kernel = "hidden/kernel (20, 32)"
    whole, pieces = "[(20, 32), (20, 32)", "[(20, 16), (20, 16)"
    assert f"{kernel}  {whole}" in found["data-parallel"].output
    assert f"{kernel}  {pieces}" in found["model-parallel"].output
    assert f"{kernel}  {whole}" in found["wrong-path"].output


def test_two_replicas_give_the_numbers_of_one_device(site):
    compare = blocks(site, "mirrored")["compare"].values
    assert compare["two_devices"] == same(compare["one_device"])
    assert compare["weight_gap"] < 1e-4


def test_a_pipeline_that_overlaps_is_faster(site):
    found = examples.load("data/pipelines", ROOT / "examples", site.source / "gallery")
    seconds = found["parallel-is-faster"].values["seconds"]
    assert seconds["parallel"] < seconds["prefetch"] < seconds["one after another"]
