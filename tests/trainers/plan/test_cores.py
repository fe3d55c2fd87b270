"""trainers.plan.cores and what --threads makes of a plan: how many threads each worker has."""

from argparse import Namespace
from dataclasses import replace
from typing import Any

import pytest

from trainers.config import RunConfig
from trainers.plan import cores, devices, engines, plan
from trainers.plan.cores import before, each_of
from trainers.plan.engines import threaded
from trainers.plan.plan import Plan, make_plan

FLAGS = Namespace(engine="local", threads=None, workers=None)


@pytest.fixture(autouse=True)
def _sixteen_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (cores, devices, engines, plan):
        monkeypatch.setattr(module, "cores", lambda: 16)


def flags(**said: Any) -> Namespace:
    return Namespace(**{**vars(FLAGS), **said})


def of(runs: int, **said: Any) -> Plan:
    args = flags(**said)
    choices = {"seed": list(range(runs))}
    return threaded(make_plan(RunConfig(), choices, "cpu", args.workers), args)


@pytest.mark.parametrize(
    ("runs", "said", "workers", "threads"),
    [
        (1, {}, 1, 16),
        (3, {}, 3, 5),
        (12, {}, 12, 1),
        (100, {}, 16, 1),
        (100, {"workers": 4}, 4, 4),
        (100, {"workers": 32}, 32, 1),
        (100, {"threads": 4}, 4, 4),
        (100, {"threads": 20}, 1, 20),
        (100, {"threads": 4, "workers": 16}, 16, 4),
        (3, {"threads": 1}, 3, 1),
        (3, {"threads": "free"}, 3, 5),
    ],
)
def test_workers_share_the_cores(
    runs: int, said: dict[str, Any], workers: int, threads: int
) -> None:
    planned = of(runs, **said)
    assert (len(planned.devices), planned.threads) == (workers, threads)
    assert planned.free == (said.get("threads") == "free")


def test_the_worker_of_a_gpu_has_one() -> None:
    assert each_of(["cuda:0"]) == each_of(["mps"]) == 1


def test_the_plan_says_its_threads_and_where_they_are_too_many() -> None:
    assert of(1).sentence("exp").endswith("1 run on cpu with 1 worker of 16 threads")
    assert of(100).sentence("exp").endswith("with 16 workers")
    assert [of(runs).crowded() for runs in (1, 3, 100)] == ["", "", ""]
    assert of(2, threads=32, workers=2).crowded().startswith("2 workers of 32 threads on 16 cores:")
    assert of(1, workers=1, threads=1).crowded(threads=20).startswith("20 threads on 16 cores:")
    assert of(100, workers=100).crowded() == ""  # as many workers as a person likes, as ever


@pytest.mark.parametrize(
    ("kept", "said", "threads", "fixed", "free"),
    [
        ({}, None, 1, False, False),  # a record that is older than --threads
        ({"threads": {"each": 4, "free": False}}, None, 4, False, False),
        ({"threads": {"each": 4, "free": True}}, None, 4, False, True),
        ({"threads": {"each": 4, "free": True}}, 2, 2, True, False),
        ({"threads": {"each": 4, "free": False}}, "free", 4, False, True),
        ({"threads": {"each": 10**9}}, None, 1, False, False),
        ({"threads": "many"}, None, 1, False, False),
    ],
)
def test_an_experiment_that_goes_on_keeps_its_threads_unless_another_number_is_said(
    kept: dict[str, Any], said: int | str | None, threads: int, fixed: bool, free: bool
) -> None:
    rest = threaded(make_plan(RunConfig(), {}, "cpu"), flags(threads=said), kept)
    assert (rest.threads, rest.fixed, rest.free) == (threads, fixed, free)
    if not fixed:
        assert before({"threads": rest.shares})["each"] == threads


def test_where_gpus_or_stacks_train_no_cores_are_handed_over() -> None:
    kept = {"threads": {"each": 1, "free": True}}
    stacks = make_plan(RunConfig(), {"seed": [0, 1]}, "cpu", stack=True)
    for other in (stacks, replace(stacks, devices=["cuda:0"], stack=False)):
        assert not threaded(other, FLAGS, kept).free
