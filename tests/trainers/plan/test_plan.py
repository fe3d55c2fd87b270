"""trainers.plan.plan: all that can be wrong about the runs is found before anything starts."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from trainers.config import ConfigError, RunConfig
from trainers.plan.devices import devices_for
from trainers.plan.plan import make_plan, plan_rest
from trainers.plan.settings import TABLES
from trainers.tables.choice import ChoiceError
from trainers.tables.datasets import DATASETS


def test_a_plan_names_runs_devices_and_workers() -> None:
    plan = make_plan(RunConfig(), {"activation": ["relu", "tanh"]}, "cpu", 2)
    assert [job.name for job in plan.jobs] == ["relu", "tanh"]
    assert plan.sentence("exp") == "exp: 2 runs on cpu with 2 workers"


def test_one_run_needs_one_worker() -> None:
    plan = make_plan(RunConfig(), {}, "cpu", 8)
    assert plan.sentence("exp") == "exp: 1 run on cpu with 1 worker"


def test_workers_share_the_memory_that_samples_may_take_and_a_gpu_is_asked_when_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trainers.plan.plan.room_bytes", lambda: 900)

    def rooms(data_gb: float | None) -> list[int | None]:
        plan = replace(make_plan(RunConfig(), {}, "cpu"), devices=["cpu"] * 3 + ["cuda:0"] * 2)
        return [setup.room for setup in plan.setups(Path(), None, data_gb=data_gb)]

    assert rooms(None) == [300] * 3 + [None] * 2
    assert rooms(6e-9) == [2] * 3 + [3] * 2


def test_two_ways_of_writing_one_choice_are_one_run() -> None:
    choices = {"activation": ["leaky_relu:negative_slope=0.2", "leaky_relu:negative_slope=0.20"]}
    assert len(make_plan(RunConfig(), choices, "cpu").jobs) == 1


@pytest.mark.parametrize("field", TABLES)
def test_an_unknown_choice_is_refused_with_the_names_there_are(field: str) -> None:
    with pytest.raises(ChoiceError) as caught:
        make_plan(RunConfig(), {field: ["nonsense"]}, "cpu")
    assert all(name in str(caught.value) for name in TABLES[field])


@pytest.mark.parametrize(
    "choices",
    [
        {"model": ["lenet"], "init": ["eye"]},
        {"activation": ["relu+relu+relu+relu+relu"]},
    ],
)
def test_a_model_that_cannot_be_built_is_found_in_the_plan(choices: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        make_plan(RunConfig(), choices, "cpu")


def test_a_number_that_no_weight_can_hold_is_refused_in_the_plan() -> None:
    with pytest.raises(ChoiceError, match="init constant: value must lie within"):
        make_plan(RunConfig(), {"init": ["constant:value=1e300"]})


def test_a_model_that_its_data_set_is_too_small_for_is_found_in_the_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(DATASETS, "dots", DATASETS["mnist"]._replace(input_shape=(1, 8, 8)))
    with pytest.raises(ValueError, match="at least 12×12 pixels, not 8×8"):
        make_plan(RunConfig(), {"dataset": ["mnist", "dots"], "model": ["lenet"]}, "cpu")


def test_a_plan_takes_every_core_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 5, 6}, raising=False)
    assert devices_for("cpu", None, 100) == ["cpu"] * 3
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert devices_for("cpu", None, 100) == ["cpu"] * 4


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(ConfigError, match="5000 runs; at most 4096"):
        make_plan(RunConfig(), {"seed": list(range(5000))}, "cpu")


NAMED = [name for name, entry in DATASETS.items() if entry.about is None]
"""The data sets that are named without a file."""


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was asked of the data sets' files: each set notes it instead of looking."""
    names: list[str] = []
    for name, entry in DATASETS.items():

        def look(_data_dir: Path | None, name: str = name) -> Any:
            names.append(name)

        monkeypatch.setitem(DATASETS, name, entry._replace(make=look, check=look, files=list))
    return names


@pytest.mark.parametrize("dataset", NAMED)
def test_a_plan_needs_no_file_of_a_data_set(dataset: str, untouched: list[str]) -> None:
    plan = make_plan(RunConfig(), {"dataset": [dataset], "lr": [0.1, 1.0]}, "cpu")
    rest = plan_rest([(job.name, job.settings) for job in plan.jobs], "cpu")
    assert len(plan.jobs) == len(rest.jobs) == 2
    assert untouched == []
    rest.check_data(None)
    assert untouched == [dataset]


def test_missing_data_are_found_before_the_plan_is_trained(tmp_path: Path) -> None:
    plan = make_plan(RunConfig(), {"dataset": NAMED}, "cpu")
    with pytest.raises(ValueError, match=str(tmp_path)):
        plan.check_data(tmp_path)


@pytest.mark.parametrize("device", ["gpu", "cuda:x", "", "cuda:0:1"])
def test_an_unknown_device_is_refused(device: str) -> None:
    with pytest.raises(ConfigError, match="allowed are auto, cpu, cuda, cuda:N and mps"):
        devices_for(device, None, 4)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_here_is_refused_with_what_is() -> None:
    with pytest.raises(ConfigError, match="not on this machine; here are: cpu"):
        devices_for("cuda:0", None, 4)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_is_taken_by_itself() -> None:
    assert devices_for("auto", None, 4)[0] == "cuda:0"


def test_workers_below_one_are_refused() -> None:
    with pytest.raises(ConfigError, match="--workers 0"):
        devices_for("cpu", 0, 4)


def test_runs_that_no_stack_takes_are_said_to_be_trained_one_by_one() -> None:
    both = {"model": ["mlp"], "optimizer": ["sgd"]}
    plan = make_plan(RunConfig(augment="flip"), both, "cpu", stack=True)
    assert plan.alone() == "trained one by one, as stacks cannot take them: 1 with augment flip"
    assert make_plan(RunConfig(), both, "cpu", stack=True).alone() == ""
    assert make_plan(RunConfig(augment="flip"), both, "cpu").alone() == ""
