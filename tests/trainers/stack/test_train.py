"""trainers.stack.train: stacked runs record what each of them records alone."""

import dataclasses
import math
import os
import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launch
from tests.support.memory import CPU, Memory
from tests.support.pools import begin, drain
from tests.support.reading import add_runs
from trainers.config import RunConfig
from trainers.local.pool import Job, Pool
from trainers.local.worker import Setup
from trainers.stack.tape import CHUNK_STEPS
from trainers.stack.train import train_stack
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import Table
from trainers.tables.datasets import Data
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.train import Diverged, Stopped, train

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

BASE = RunConfig(
    epochs=3, batch_size=100, eval_every=1000, lr=0.05, init="xavier_normal", hidden=(48, 32)
)
"""30 steps on 1,000 images, evaluated at the start and at the end."""


def some(base: RunConfig, *settings: dict[str, Any]) -> list[RunConfig]:
    return [dataclasses.replace(base, **each) for each in settings]


MIXED = some(
    BASE,
    {"activation": "tanh"},
    {"activation": "relu", "init": "kaiming_normal", "loss": "mse"},
    {"activation": "leaky_relu:negative_slope=0.2", "init": "default", "loss": "mse", "lr": 0.1},
    {"activation": "tanh+relu", "init": "normal+kaiming_uniform", "loss": "bce"},
    {"activation": "selu", "init": "lecun_normal", "loss": "cross_entropy:label_smoothing=0.1"},
    {"activation": "relu", "init": "orthogonal", "loss": "smooth_l1", "lr": 0.02},
)
STEADY_SERIES = {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}


def alone(config: RunConfig, data: Data) -> Memory:
    memory = Memory()
    train(config, data, CPU, memory)
    return memory


def stacked(configs: Sequence[RunConfig], data: Data, **how: Any) -> list[Memory]:
    memories = [Memory() for _ in configs]
    train_stack(configs, data, data.train_y.device, memories, never, **how)
    return memories


def never(member: int, why: Diverged) -> None:
    raise AssertionError(f"run {member}: {why}")


def assert_same(a: Memory, b: Memory, rtol: float = 1e-5) -> None:
    """The same series with the same steps and, to `rtol`, values; the same pictures and texts."""
    assert a.points.keys() == b.points.keys() >= STEADY_SERIES
    for series, points in a.points.items():
        steps, values = zip(*points, strict=True)
        other_steps, other_values = zip(*b.points[series], strict=True)
        assert other_steps == steps
        assert other_values == pytest.approx(values, rel=rtol, abs=1e-9, nan_ok=True), series
    assert a.media.keys() == b.media.keys() >= {"x", "model"}
    assert (a.total_steps, a.steps_per_epoch) == (b.total_steps, b.steps_per_epoch)


WAYS: dict[str, dict[str, Any]] = {
    "plain": {"hidden": None, "epochs": 2},
    "dropout": {"dropout": (0.5, 0.2)},
    "momentum": {"optimizer": "sgd:momentum=0.9,nesterov=true,weight_decay=0.001"},
    "adam": {"optimizer": "adam:weight_decay=0.01"},
    "adamw": {"optimizer": "adamw"},
    "bare tensors": {"model": "mlp_tensors", "dropout": (0.3,)},
    "lenet": {"model": "lenet", "hidden": None, "epochs": 1, "batch_size": 25},
    "five layers": {"hidden": (32, 24, 16, 12)},
    "no hidden layer": {"hidden": (), "activation": "relu", "init": "default"},
    "activated outputs": {"output_activation": True},
    "a smaller last batch": {"batch_size": 96},
    "evaluations between": {"eval_every": 7, "epochs": 2, "batch_size": 96},
    "bf16": {"precision": "bf16", "epochs": 1},
}


def mixed(way: str) -> list[RunConfig]:
    slower = 0.02 if {"optimizer", "activation"} & WAYS[way].keys() else 1.0
    some_of = MIXED[:4] if way == "lenet" else MIXED
    return [dataclasses.replace(c, **WAYS[way], lr=c.lr * slower) for c in some_of]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.thorough
def test_stacked_runs_record_what_each_records_alone(way: str, small_mnist: Data) -> None:
    configs = mixed(way)
    for config, memory in zip(configs, stacked(configs, small_mnist), strict=True):
        assert_same(alone(config, small_mnist), memory)


@pytest.mark.parametrize("table", ["activation", "init", "loss"])
@pytest.mark.thorough
def test_every_choice_can_be_stacked(table: str, small_mnist: Data) -> None:
    tables: dict[str, Table] = {"activation": ACTIVATIONS, "init": INITS, "loss": LOSSES}
    base = dataclasses.replace(BASE, epochs=2, hidden=(32, 24))
    configs = some(base, *({table: name} for name in tables[table]))
    for config, memory in zip(configs, stacked(configs, small_mnist), strict=True):
        assert_same(alone(config, small_mnist), memory)


@pytest.fixture
def double_mnist(small_mnist: Data) -> Iterator[Data]:
    """The small set in float64, where rounding cannot push a ReLU over its corner."""
    torch.set_default_dtype(torch.float64)
    yield dataclasses.replace(
        small_mnist, train_x=small_mnist.train_x.double(), test_x=small_mnist.test_x.double()
    )
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "bf16"])
@pytest.mark.thorough
def test_the_products_of_a_gpu_compute_the_same(way: str, double_mnist: Data) -> None:
    configs = mixed(way)
    for config, memory in zip(configs, stacked(configs, double_mnist, batched=True), strict=True):
        assert_same(alone(config, double_mnist), memory, rtol=1e-8)


@pytest.mark.parametrize("member", [0, 1, 2])
def test_a_diverged_run_ends_alone(member: int, small_mnist: Data) -> None:
    configs = MIXED[:3]
    calm = stacked(configs, small_mnist)
    configs[member] = dataclasses.replace(configs[member], lr=1e38)
    ends: list[tuple[int, Diverged]] = []
    memories = [Memory() for _ in configs]
    train_stack(configs, small_mnist, CPU, memories, lambda *end: ends.append(end))

    assert [place for place, _ in ends] == [member]
    steps, losses = zip(*memories[member].points["train_loss"], strict=True)
    assert steps == tuple(range(1, ends[0][1].step + 1))
    assert all(map(math.isfinite, losses[:-1]))
    assert not math.isfinite(losses[-1])
    assert [step for step, _ in memories[member].points["test_loss"]] == [0]
    with pytest.raises(Diverged) as single:
        alone(configs[member], small_mnist)
    assert str(single.value) == str(ends[0][1])
    for i in {0, 1, 2} - {member}:
        assert memories[i].points == calm[i].points


def test_a_stack_of_diverged_runs_ends(small_mnist: Data) -> None:
    configs = some(BASE, {"lr": 1e38}, {"lr": 2e38})
    endless = [dataclasses.replace(c, epochs=10**6) for c in configs]
    ends: list[int] = []
    train_stack(endless, small_mnist, CPU, [Memory(), Memory()], lambda i, _: ends.append(i))
    assert sorted(ends) == [0, 1]


def test_a_stack_stops_when_it_is_told_and_keeps_every_step(small_mnist: Data) -> None:
    looks = iter([False, False, True])
    memories = [Memory(), Memory()]
    endless = [dataclasses.replace(c, epochs=10**6) for c in MIXED[:2]]
    with pytest.raises(Stopped):
        train_stack(endless, small_mnist, CPU, memories, never, lambda: next(looks))
    steps = [step for step, _ in memories[0].points["train_loss"]]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) == len(memories[1].points["train_loss"])


def test_no_step_is_lost_where_the_ring_turns(small_mnist: Data) -> None:
    config = dataclasses.replace(BASE, hidden=(), init="default", batch_size=10, epochs=9)
    steps = 9 * 100
    assert steps > 3 * CHUNK_STEPS
    assert_same(alone(config, small_mnist), stacked([config], small_mnist)[0])


def test_a_stack_returns_the_trained_models_in_the_order_given(small_mnist: Data) -> None:
    models = train_stack(MIXED, small_mnist, CPU, [Memory() for _ in MIXED], never)
    for config, model in zip(MIXED, models, strict=True):
        single = train(config, small_mnist, CPU, Memory())
        for a, b in zip(single.parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


FEW_PICTURES = """
import numpy

def few(data_dir):
    pixels = numpy.random.default_rng(0).integers(0, 256, (600, 28, 28), dtype=numpy.uint8)
    labels = numpy.arange(600) % 10
    return pixels[:400], labels[:400], pixels[400:], labels[400:]

DATASETS = {"few": few}
"""


def test_the_launcher_records_the_same_with_stack_as_without(
    launch: Launch, tmp_path: Path
) -> None:
    few = tmp_path / "few.py"
    few.write_text(FEW_PICTURES)
    for name, *extra in (["single"], ["stack", "--stack"]):
        launched = launch(
            "--choices", str(few), "--dataset", "few", "--activation", "relu", "tanh", "--init", "xavier_normal", "--seed", "0", "1",
            "--epochs", "3", "--batch-size", "40", "--dropout", "0.2", "--hidden", "32",
            "--device", "cpu", "--workers", "1", "--no-dashboard", "--experiment", name, *extra,
        )  # fmt: skip
        assert launched.ends() == 0, launched.said
    single, stack = (everything(tmp_path / "runs" / name) for name in ("single", "stack"))
    assert {run for run, *_ in single} == {"relu-s0", "relu-s1", "tanh-s0", "tanh-s1"}
    assert stack.keys() == single.keys()
    for what, value in single.items():
        assert stack[what] == pytest.approx(value, rel=1e-5, abs=1e-9, nan_ok=True), what
    assert others(tmp_path / "runs" / "stack") == others(tmp_path / "runs" / "single")


def everything(folder: Path) -> dict[tuple[str, str, int], float]:
    """(run, series, step) -> value."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        rows = db.execute("SELECT run, series, step, value FROM curve").fetchall()
    return {(run, what, step): math.nan if v is None else v for run, what, step, v in rows}


def others(folder: Path) -> list[tuple[str, str, int, str]]:
    """What else is recorded of the runs, bodies and times left out."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        rows = db.execute(
            "SELECT run.name, media.name, step, kind FROM media JOIN run ON run.id = media.run"
        ).fetchall()
        rows += db.execute("SELECT name, state, total_steps, error FROM run").fetchall()
    return sorted(rows)


def stacking_pool(
    record: Record, configs: Sequence[RunConfig], data_dir: Path | None = None
) -> Pool:
    """One worker that trains runs named 0, 1, ... as stacks."""
    jobs = [Job(str(i), config.as_dict()) for i, config in enumerate(configs)]
    add_runs(record, [(job.name, job.settings) for job in jobs])
    return Pool(jobs, [Setup(record.folder, data_dir, "cpu", stack=True)])


ENDLESS = some(RunConfig(epochs=10**4, hidden=(16,)), {"activation": "relu"}, {"lr": 0.02})


@pytest.mark.processes
def test_a_stack_whose_worker_is_killed_has_a_failure_for_every_run(record: Record) -> None:
    with stacking_pool(record, ENDLESS) as pool:
        begin(pool, record, "0", "1")
        os.kill(pool.pids()[0], signal.SIGKILL)
        failures = drain(pool)
    assert {failure.run for failure in failures} == {"0", "1"}
    assert {failure.reason for failure in failures} == {"its worker was killed by SIGKILL"}


@pytest.mark.processes
def test_a_stopped_stack_keeps_what_every_run_recorded(record: Record) -> None:
    pool = stacking_pool(record, ENDLESS)
    pool.start()
    begin(pool, record, "0", "1")
    pool.stop(timeout_s=4.0)
    assert [run.state for run in record.runs()] == ["stopped", "stopped"]
    recorded = {
        points.run_id for points in record.changes().points if points.series == "train_loss"
    }
    assert len(recorded) == 2


@pytest.mark.processes
def test_a_stack_that_cannot_be_trained_fails_with_its_reason_in_every_run(
    record: Record, tmp_path: Path
) -> None:
    with stacking_pool(record, ENDLESS, data_dir=tmp_path) as pool:
        drain(pool)
    assert [run.state for run in record.runs()] == ["failed", "failed"]
    assert all(str(tmp_path) in run.error for run in record.runs())


@pytest.mark.processes
def test_a_run_of_a_stack_that_diverges_is_recorded_as_such(record: Record) -> None:
    calm = dataclasses.replace(BASE, epochs=1, batch_size=1000)
    with stacking_pool(record, some(calm, {"lr": 1e38}, {})) as pool:
        assert drain(pool) == []
    assert [run.state for run in record.runs()] == ["diverged", "done"]
    assert "at step" in record.runs()[0].error


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("way", [way for way in WAYS if way != "bf16"])
def test_on_a_gpu_the_graph_computes_what_the_eager_step_does(way: str, small_mnist: Data) -> None:
    configs = mixed(way)
    data = on_gpu(small_mnist)
    graph, eager = (stacked(configs, data, graphs=graphs) for graphs in (True, False))
    for a, b in zip(graph, eager, strict=True):
        assert_same(a, b, rtol=1e-4)


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_stack_records_what_its_runs_record_alone(small_mnist: Data) -> None:
    data = on_gpu(small_mnist)
    configs = [dataclasses.replace(c, epochs=2) for c in MIXED]
    for config, memory in zip(configs, stacked(configs, data), strict=True):
        single = Memory()
        train(config, data, data.train_y.device, single)
        assert_same(single, memory, rtol=1e-3)


def on_gpu(data: Data) -> Data:
    moved = {
        name: getattr(data, name).cuda() for name in ("train_x", "train_y", "test_x", "test_y")
    }
    return dataclasses.replace(data, **moved)
