"""trainers.stack in workers of the launcher: what is recorded, and how it ends."""

import dataclasses
import math
import os
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
import torch

from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME
from tests.support.few import STEPS, few, few_file
from tests.support.launching import Launch, until
from tests.support.pools import PACED, SHORT, begin, drain, on_cpu
from tests.support.reading import add_runs
from trainers import load_run
from trainers.config import RunConfig
from trainers.local.orders import Job
from trainers.local.pool import Pool
from trainers.tables.own_file import load_choices


@pytest.fixture(autouse=True)
def _the_data_are_known_here(tmp_path: Path) -> None:
    """As they are to a launcher, which asks which runs stack."""
    load_choices(few_file(tmp_path, PACED))


def test_the_launcher_records_the_same_with_stack_as_without(
    launch: Launch, tmp_path: Path
) -> None:
    plan = (*few(tmp_path), "--epochs", "2")
    for name, *extra in (["single"], ["stack", "--stack"]):
        launched = launch(
            *plan, "--activation", "relu", "tanh", "--init", "xavier_normal", "--seed", "0", "1",
            "--dropout", "0.2", "--device", "cpu", "--workers", "1", "--no-dashboard",
            "--experiment", name, *extra,
        )  # fmt: skip
        assert launched.ends() == 0, launched.said
    single, stack = (everything(tmp_path / "runs" / name) for name in ("single", "stack"))
    assert {run for run, *_ in single} == {"relu-s0", "relu-s1", "tanh-s0", "tanh-s1"}
    assert stack.keys() == single.keys()
    for what, value in single.items():
        assert stack[what] == pytest.approx(value, rel=1e-5, abs=1e-9, nan_ok=True), what
    assert others(tmp_path / "runs" / "stack") == others(tmp_path / "runs" / "single")
    for run in {run for run, *_ in single}:
        one, other = (load_run(tmp_path / "runs" / way, run, "last") for way in ("single", "stack"))
        assert one.step == other.step == 2 * STEPS


def everything(folder: Path) -> dict[tuple[str, str, int], float]:
    """(run, series, step) -> value."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        rows = db.execute("SELECT run, series, step, value FROM curve").fetchall()
    return {(run, what, step): math.nan if v is None else v for run, what, step, v in rows}


def others(folder: Path) -> list[tuple[str, str, int, str]]:
    """What else is recorded of the runs, bodies and times left out; a stack keeps models less often
    than at every evaluation."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        rows = db.execute(
            "SELECT run.name, media.name, step, kind FROM media JOIN run ON run.id = media.run"
            " WHERE media.name != 'models'"
        ).fetchall()
        rows += db.execute("SELECT name, state, total_steps, error FROM run").fetchall()
    return sorted(rows)


def stacking_pool(
    record: Record, configs: Sequence[RunConfig], data_dir: Path | None = None
) -> Pool:
    """One worker that trains runs named 0, 1, ... as stacks."""
    jobs = [Job(str(i), config.as_dict()) for i, config in enumerate(configs)]
    add_runs(record, [(job.name, job.settings) for job in jobs])
    return Pool(jobs, [dataclasses.replace(on_cpu(record, stack=True), data_dir=data_dir)])


LONG = RunConfig(dataset="few", epochs=10**4, batch_size=2, hidden=(16,), activation="paced")
ENDLESS = [LONG, dataclasses.replace(LONG, activation="relu", lr=0.02)]


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
    configs = [dataclasses.replace(config, dataset="mnist") for config in ENDLESS]
    with stacking_pool(record, configs, data_dir=tmp_path) as pool:
        drain(pool)
    assert [run.state for run in record.runs()] == ["failed", "failed"]
    assert all(str(tmp_path) in run.error for run in record.runs())


@pytest.mark.processes
def test_a_run_of_a_stack_that_diverges_is_recorded_as_such(record: Record) -> None:
    calm = dataclasses.replace(SHORT, init="xavier_normal", hidden=(48, 32))
    with stacking_pool(record, [dataclasses.replace(calm, lr=1e38), calm]) as pool:
        assert drain(pool) == []
    assert [run.state for run in record.runs()] == ["diverged", "done"]
    assert "at step" in record.runs()[0].error


@pytest.mark.processes
def test_a_killed_stack_goes_on_from_the_end_of_its_last_epoch(record: Record) -> None:
    long = dataclasses.replace(LONG, epochs=12, batch_size=50, lr=0.1)
    configs = [dataclasses.replace(long, activation="relu"), long]
    with stacking_pool(record, configs) as pool:
        begin(pool, record, "0", "1")
        until(lambda: len(places(record)) == 2, 60, "a checkpoint of both runs")
        os.kill(pool.pids()[0], signal.SIGKILL)
        assert len(drain(pool)) == 2
    kept_to = places(record)
    assert kept_to
    for name in "01":
        record.end_run(name, "failed", "killed")
    record.requeue(["0", "1"])
    jobs = [Job(str(i), config.as_dict()) for i, config in enumerate(configs)]
    with Pool(jobs, [on_cpu(record, stack=True)]) as pool:
        assert drain(pool) == []
    assert [(run.state, run.attempt) for run in record.runs()] == [("done", 1)] * 2
    for points in record.changes().points:
        if points.series == "train_loss":
            assert points.steps.tolist() == list(range(1, 12 * STEPS + 1))
    assert not (record.folder / "checkpoints").exists()
    first = [item.step for item in record.media_named("x") if item.run_id == 1]
    assert first == [STEPS * epoch for epoch in range(13)]
    assert load_run(record.folder, "0", "last").step == 12 * STEPS


def places(record: Record) -> list[int]:
    """The steps of the checkpoints that can be gone on from."""
    files = sorted((record.folder / "checkpoints").glob("?.pt"))
    return [torch.load(file, weights_only=True)["step"] for file in files]


@pytest.mark.processes
def test_a_run_of_a_stack_can_be_ended_and_the_others_go_on(record: Record) -> None:
    calm = dataclasses.replace(LONG, epochs=3, batch_size=10, init="xavier_normal", hidden=(48, 32))
    with stacking_pool(record, [dataclasses.replace(calm, activation="tanh"), calm]) as pool:
        begin(pool, record, "0", "1")
        assert pool.end("0", "pruned", "behind")
        assert drain(pool) == []
    assert [(run.state, run.error) for run in record.runs()] == [("pruned", "behind"), ("done", "")]
