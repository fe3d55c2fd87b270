"""What changes while the workers of trainers.local.pool train: runs are added, paused, continued
and ended; a learning rate and threads are set."""

import os
import signal
from dataclasses import replace

import pytest

from dashboard.record.rates import rates_of
from dashboard.record.reader import Record
from dashboard.record.threads import threads_of
from tests.support import paced
from tests.support.few import STEPS, TRAIN
from tests.support.launching import until
from tests.support.pools import ENDLESS, SHORT, begin, drain, jobs_of, on_cpu, state_of
from trainers.local.handle import Failure
from trainers.local.pool import Pool

pytestmark = pytest.mark.processes


def test_runs_are_added_and_ended_while_others_train_and_the_worker_lives_on(
    record: Record,
) -> None:
    jobs = jobs_of(record, endless=ENDLESS, waits=ENDLESS)
    with Pool(jobs, [on_cpu(record)]) as pool:
        begin(pool, record, "endless")
        pids = pool.pids()
        assert not pool.end("waits", "pruned")
        assert pool.end("endless", "pruned", "behind the others")
        pool.add(jobs_of(record, added=SHORT))
        assert drain(pool) == []
        assert pool.pids() == pids
    ends = {run.name: (run.state, run.error) for run in record.runs()}
    assert ends == {
        "endless": ("pruned", "behind the others"),
        "waits": ("queued", ""),
        "added": ("done", ""),
    }


def test_a_run_that_pauses_and_goes_on_computes_what_one_without_a_pause_does(
    record: Record,
) -> None:
    config = replace(SHORT, epochs=3, dropout=(0.3,), optimizer="adam", lr=0.003)
    whole, parts = jobs_of(record, whole=config, parts=config)
    with Pool([whole, replace(parts, until_epoch=1)], [on_cpu(record)]) as pool:
        assert drain(pool) == []
        assert [state_of(record, name) for name in ("whole", "parts")] == ["done", "paused"]
        for until_epoch, state in ((2, "paused"), (0, "done")):
            record.requeue(["parts"])
            pool.add([replace(parts, until_epoch=until_epoch)])
            assert drain(pool) == []
            assert state_of(record, "parts") == state
    numbers: dict[int, dict[str, list[tuple[int, float]]]] = {}
    for points in record.changes().points:
        rows = zip(points.steps.tolist(), points.values.tolist(), strict=True)
        numbers.setdefault(points.run_id, {}).setdefault(points.series, []).extend(rows)
    first, second = numbers.values()
    assert len(first["train_loss"]) == 3 * STEPS
    assert first == second
    assert not (record.folder / "checkpoints").exists()


def series_of(record: Record, name: str) -> dict[str, list[tuple[int, float]]]:
    """Every point of a run as (step, value), by series."""
    run_id = next(run.id for run in record.runs() if run.name == name)
    return {
        series: record.query(
            "SELECT step, value FROM point JOIN series ON series = series.id"
            " WHERE run = ? AND name = ? ORDER BY point.id", run_id, series,
        )
        for series in ("train_loss", "test_loss", "test_accuracy")
    }  # fmt: skip


def test_a_run_that_is_paused_at_any_moment_goes_on_as_if_it_had_not_been(record: Record) -> None:
    config = replace(
        SHORT, epochs=4, batch_size=20, dropout=(0.3,), optimizer="adam", lr=0.003,
        activation="paced",
    )  # fmt: skip
    whole, parts = jobs_of(record, whole=config, parts=config)
    with Pool([parts], [on_cpu(record, paced.CHOICES.format(pause_s=0.005))]) as pool:
        for steps in (60, 120):  # in the middle of an epoch, if nothing is slow
            until(lambda: pool.watch() == [] and max_step(record, "parts") >= steps)  # noqa: B023
            assert pool.end("parts", "paused", "by hand")
            assert pool.end("parts", "paused", "by hand")
            assert drain(pool) == []
            assert state_of(record, "parts") == "paused"
            record.requeue(["parts"])
            pool.add([parts])
        pool.add([whole])
        assert drain(pool) == []
    assert [state_of(record, name) for name in ("whole", "parts")] == ["done", "done"]
    assert [run.attempt for run in record.runs()] == [0, 2]
    assert series_of(record, "whole") == series_of(record, "parts")
    assert len(series_of(record, "parts")["train_loss"]) == 4 * 50


def max_step(record: Record, name: str) -> int:
    rows = record.query(
        "SELECT max(step) FROM point JOIN series ON series = series.id JOIN run"
        " ON run = run.id WHERE run.name = ?", name,
    )  # fmt: skip
    return rows[0][0] or 0


def test_a_rate_is_heard_once_and_the_run_that_is_killed_after_it_keeps_to_it(
    record: Record,
) -> None:
    jobs = jobs_of(record, a=replace(ENDLESS, batch_size=50))
    with Pool(jobs, [on_cpu(record)]) as pool:
        begin(pool, record, "a")
        for _ in range(3):
            pool.set_rate("a", 0.5, "k")
        while not rates_of(record.folder, "a"):
            assert pool.watch() == []
        os.kill(pool.pids()[0], signal.SIGKILL)
        failures: list[Failure] = []
        while not failures:
            failures += pool.watch()
        record.requeue(["a"])
        pool.again("a")
        while len(rates_of(record.folder, "a")) < 2:
            pool.set_rate("a", 0.5, "k")  # as a launcher that has not seen the mark yet
            pool.set_rate("a", 0.25, "l")
            assert pool.watch() == []
        assert pool.end("a", "stopped")
        assert drain(pool) == []
    assert [(each["lr"], each["key"]) for each in rates_of(record.folder, "a")] == [
        (0.5, "k"), (0.25, "l"),
    ]  # fmt: skip


def test_a_run_goes_on_with_its_threads_wherever_unless_others_are_said(record: Record) -> None:
    config = replace(SHORT, epochs=3)
    jobs = jobs_of(record, a=config)
    for setup, until_epoch in (
        (replace(on_cpu(record), threads=2), 1),
        (on_cpu(record), 2),
        (replace(on_cpu(record), threads=3, fixed=True), 3),
    ):
        with Pool([replace(jobs[0], until_epoch=until_epoch)], [setup]) as pool:
            assert drain(pool) == []
        record.requeue(["a"])
    steps = TRAIN // SHORT.batch_size
    assert threads_of(record.folder, "a") == [
        {"step": 0, "threads": 2}, {"step": 2 * steps, "threads": 3},
    ]  # fmt: skip


def test_the_cores_of_a_run_that_has_ended_go_to_the_one_that_trains(record: Record) -> None:
    endless = replace(ENDLESS, batch_size=50)
    jobs = jobs_of(record, short=endless, long=endless)
    with Pool(jobs, [on_cpu(record)] * 2, cores=2) as pool:
        until(
            lambda: pool.watch() or all(threads_of(record.folder, run) for run in ("short", "long"))
        )
        assert pool.end("short", "stopped")
        until(lambda: pool.watch() or len(threads_of(record.folder, "long")) > 1, 60, "its core")
        jobs = jobs_of(record, third=endless)
        pool.add(jobs)  # and are given back when another comes
        until(lambda: pool.watch() or len(threads_of(record.folder, "long")) > 2, 60, "that")
        assert all(pool.end(name, "stopped") for name in ("long", "third"))
        assert drain(pool) == []
    assert [each["threads"] for each in threads_of(record.folder, "long")] == [1, 2, 1]
    assert [each["threads"] for each in threads_of(record.folder, "short")] == [1]
