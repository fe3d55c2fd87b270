"""trainers.local.pool and trainers.local.worker: real worker processes that train, are killed and
replaced."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from dashboard.record.reader import Record
from dashboard.record.schema import FORK
from tests.support.pools import ENDLESS, SHORT, begin, drain, jobs_of, on_cpu, state_of
from trainers.config import RunConfig
from trainers.local.handle import Failure, reason_of
from trainers.local.means import Setup
from trainers.local.pool import Pool

pytestmark = pytest.mark.processes


def test_every_run_is_trained_and_each_worker_takes_the_next_when_free(record: Record) -> None:
    jobs = jobs_of(record, a=SHORT, b=SHORT, c=SHORT)
    with Pool(jobs, [on_cpu(record)] * 2) as pool:
        assert drain(pool) == []
    assert [run.state for run in record.runs()] == ["done"] * 3
    accuracies = [p for p in record.changes().points if p.series == "test_accuracy"]
    assert len(accuracies) == 3
    assert all(points.values[-1] > 0.8 for points in accuracies)
    assert len({points.values[-1] for points in accuracies}) == 1


def test_a_killed_worker_fails_its_run_only_and_another_takes_its_place(record: Record) -> None:
    jobs = jobs_of(record, victim=ENDLESS, a=SHORT, b=SHORT)
    with Pool(jobs, [on_cpu(record)]) as pool:
        begin(pool, record, "victim")
        os.kill(pool.pids()[0], signal.SIGKILL)
        failures = drain(pool)
    assert failures == [Failure("victim", "its worker was killed by SIGKILL", retryable=True)]
    assert [state_of(record, name) for name in "ab"] == ["done", "done"]


def test_a_diverging_run_is_recorded_as_such_and_the_worker_lives_on(record: Record) -> None:
    wild = replace(SHORT, lr=1e6, init="normal:std=10")
    with Pool(jobs_of(record, wild=wild, tame=SHORT), [on_cpu(record)]) as pool:
        begin(pool, record, "wild")
        pids = pool.pids()
        begin(pool, record, "tame")
        assert len(pids) == 1
        assert pool.pids() == pids
        assert drain(pool) == []
    assert [run.state for run in record.runs()] == ["diverged", "done"]
    assert "at step" in record.runs()[0].error


def test_a_run_that_cannot_be_trained_fails_with_its_reason(record: Record, tmp_path: Path) -> None:
    with Pool(jobs_of(record, a=RunConfig()), [Setup(record.folder, tmp_path, "cpu")]) as pool:
        failures = drain(pool)
    assert [(failure.run, failure.retryable) for failure in failures] == [("a", False)]
    failed = record.runs()[0]
    assert failed.state == "failed"
    assert str(tmp_path) in failed.error


def test_a_stop_ends_all_workers_within_seconds_and_keeps_what_was_recorded(record: Record) -> None:
    pool = Pool(jobs_of(record, a=ENDLESS, b=ENDLESS), [on_cpu(record)] * 2)
    pool.start()
    begin(pool, record, "a", "b")
    processes = [psutil.Process(pid) for pid in pool.pids()]
    started_s = time.monotonic()
    pool.stop(timeout_s=4.0)
    assert time.monotonic() - started_s < 4.5
    assert not any(process.is_running() for process in processes)
    assert [run.state for run in record.runs()] == ["stopped", "stopped"]


def test_reasons_are_given_in_words() -> None:
    assert reason_of(-9) == "its worker was killed by SIGKILL"
    assert reason_of(3) == "its worker ended with exit code 3"
    assert reason_of(None) == "its worker ended"


def test_a_killed_workers_run_can_be_trained_again(record: Record) -> None:
    jobs = jobs_of(record, victim=replace(ENDLESS, epochs=6, batch_size=20))
    with Pool(jobs, [on_cpu(record)]) as pool:
        begin(pool, record, "victim")
        os.kill(pool.pids()[0], signal.SIGKILL)
        failures: list[Failure] = []
        while not failures:
            failures += pool.watch()
        assert not pool.busy()
        record.requeue([failures[0].run])
        pool.again(failures[0].run)
        assert drain(pool) == []
    assert [(run.state, run.attempt) for run in record.runs()] == [("done", 1)]


LOUD = """
import warnings

calls = []

def loud(x):
    calls.append(len(x))
    if calls.count(100) == 1:
        print("the first batch")
        warnings.warn("it is loud")
    if calls.count(100) > 20:
        raise ValueError("no more of this")
    return x.relu()

ACTIVATIONS = {"loud": loud}
"""


def test_what_a_run_printed_and_warned_and_why_it_failed_stay_with_it(
    record: Record,
) -> None:
    loud = replace(SHORT, activation="loud", batch_size=100, epochs=3)
    with Pool(jobs_of(record, a=loud, b=SHORT), [on_cpu(record, LOUD)]) as pool:
        failures = drain(pool)
    assert [failure.reason for failure in failures] == ["ValueError: no more of this"]
    a, b = record.runs()
    media = {(item.run_id, item.name): item for item in record.latest_media()}
    output = b"".join(row[0] for row in record.query("SELECT body FROM media WHERE name='output'"))
    assert b"the first batch" in output
    assert b"UserWarning: it is loud" in output
    traceback = record.body(media[a.id, "traceback"].id).decode()
    assert "in loud" in traceback
    assert traceback.endswith("ValueError: no more of this\n")
    assert (b.id, "traceback") not in media
    assert (b.id, "models") in media


def test_a_fork_whose_checkpoint_is_gone_fails_and_is_not_trained_from_its_start(
    record: Record,
) -> None:
    (job,) = jobs_of(record, a=SHORT)
    fork = replace(job, settings={**job.settings, FORK: "parent@10"})
    with Pool([fork], [on_cpu(record)]) as pool:
        failures = drain(pool)
    assert [(f.run, f.retryable) for f in failures] == [("a", False)]
    (run,) = record.runs()
    assert (run.state, "is gone" in run.error) == ("failed", True)


def test_a_pool_that_was_stopped_can_be_entered_again(record: Record) -> None:
    pool = Pool(jobs_of(record, a=SHORT), [on_cpu(record)])
    with pool:
        assert drain(pool) == []
    with pool:
        pool.add(jobs_of(record, b=SHORT))
        assert drain(pool) == []
    assert [run.state for run in record.runs()] == ["done", "done"]
