"""The record itself refuses what an attempt that is over still wants to write."""

import logging

import pytest
import torch

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.sink import Batch, FileSink, Superseded
from tests.support.messages import batch, send
from trainers.checkpoint import Checkpoint
from trainers.cluster.messages import Begin, Kept, Message
from trainers.cluster.receiver import Receiver
from trainers.config import RunConfig
from trainers.local.means import Means, Setup
from trainers.local.orders import Job
from trainers.local.worker import train_runs
from trainers.model_files import ModelFiles
from trainers.tables.datasets import Data


def losses(record: Record) -> list[tuple[int, float]]:
    fresh = Record(record.folder)
    changes = fresh.changes()
    fresh.close()
    assert changes.media == []
    return [
        (int(step), value)
        for points in changes.points
        for step, value in zip(points.steps, points.values.tolist(), strict=True)
    ]


def state(record: Record, run: int = 0) -> tuple[str, int, str]:
    row = record.runs()[run]
    return row.state, row.attempt, row.error


def test_a_writer_whose_run_was_resumed_adds_no_row_and_sets_no_state(
    record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    stale = Recorder(record.folder, "a")
    stale.scalars("loss", 1, [4.0, 3.0])
    stale.flush()
    record.requeue(["a"])
    fresh = Recorder(record.folder, "a", keep_to=1)
    stale.scalars("loss", 3, [0.0, 0.0])
    stale.data("note", 3, "from the past")
    stale.state, stale.error = "stopped", "from the past"
    heartbeat_s = record.runs()[0].heartbeat_s
    with caplog.at_level(logging.WARNING):
        assert not stale.flush()
        stale.scalar("loss", 5, 0.0)
        assert not stale.flush()
        stale.close()
    assert stale.superseded
    assert [record.getMessage().count("begun again") for record in caplog.records] == [1]
    assert state(record) == ("running", 1, "")
    assert record.runs()[0].heartbeat_s == heartbeat_s
    fresh.scalar("loss", 2, 2.0)
    fresh.close()
    assert losses(record) == [(1, 4.0), (2, 2.0)]
    assert state(record) == ("done", 1, "")


def test_a_writer_is_refused_while_its_run_waits_for_the_next_attempt(record: Record) -> None:
    sink = FileSink(record.folder)
    sink.begin("a", {})
    record.requeue(["a"])
    with pytest.raises(Superseded, match="run 'a' of experiment 'exp'"):
        sink.write(Batch(1.0, [("loss", 1, 1.0, 0.5)], end=("done", "", 1.0)))
    sink.close()
    assert losses(record) == []
    assert state(record) == ("queued", 0, "")


def test_a_run_that_was_failed_from_outside_stays_failed(record: Record) -> None:
    with Recorder(record.folder, "a") as run:
        record.end_run("a", "failed", "its worker was killed by SIGKILL")
        run.scalar("loss", 1, 0.5)
    assert state(record) == ("failed", 0, "its worker was killed by SIGKILL")
    assert losses(record) == []


def test_a_run_that_never_reached_a_checkpoint_begins_its_next_attempt(record: Record) -> None:
    first = FileSink(record.folder)
    assert first.begin("a", {}) == 0
    record.requeue(["a"])
    second = FileSink(record.folder)
    assert second.begin("a", {}) == 1
    with pytest.raises(Superseded):
        first.write(Batch(1.0))
    first.close()
    second.close()


def test_an_end_that_had_to_wait_does_not_hit_the_attempt_of_another_launcher(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = [Recorder(record.folder, name) for name in "ab"]
    record._db.execute("PRAGMA query_only = ON")  # as on a full disk: reading works, writing fails
    record.end_run("a", "failed", "its worker was killed by SIGKILL")
    record.end_all("stopped")
    assert len(record.pending.ends()) == 2
    other = Record(record.folder)
    other.requeue(["a", "b"])
    runs = [Recorder(record.folder, name) for name in "ab"]
    record._db.execute("PRAGMA query_only = OFF")
    record.changes()
    assert record.pending.ends() == []
    assert [state(other, run) for run in range(2)] == [("running", 1, "")] * 2
    for recorder in [*runs, *stale]:
        recorder.close()
    other.close()


def test_only_ends_of_runs_are_said_of_what_waits(record: Record) -> None:
    record._db.execute("PRAGMA query_only = ON")  # as on a full disk: reading works, writing fails
    record.pending.add("UPDATE run SET ended_s = ? WHERE name = ?", 1.0, "b")
    record.requeue(["b"])
    record.end_run("a", "failed", "its worker was killed by SIGKILL")
    record.end_all("stopped")
    one, everything = record.pending.ends()
    assert one.startswith("a: failed (its worker was killed by SIGKILL), which the record cannot")
    assert everything.startswith("every open run: stopped (no reason), which the record cannot")
    record._db.execute("PRAGMA query_only = OFF")
    record.pending.demand()
    assert record.pending.ends() == []


def test_a_finished_run_is_never_queued_again(record: Record) -> None:
    Recorder(record.folder, "a").close()
    assert record.requeue(["a", "b"]) == ["b"]
    assert state(record) == ("done", 0, "")


def test_messages_of_a_ray_task_whose_run_was_resumed_go_nowhere(record: Record) -> None:
    receiver = Receiver(record.folder)
    attempt = receiver.new_attempt("a")
    send(receiver, Message("a", attempt, Begin({}, -1)), Message("a", attempt, batch(1, 2)))
    assert receiver.work()
    record.requeue(["a"])
    fresh = Recorder(record.folder, "a", keep_to=-1)
    send(
        receiver,
        Message("a", attempt, batch(3, end="stopped")),
        Message("a", attempt, Kept(b"old")),
    )
    assert receiver.work()
    assert receiver.checkpoint("a") is None
    assert not receiver.begun("a")
    receiver.close()
    assert state(record) == ("running", 1, "")
    fresh.close()
    assert losses(record) == []


@pytest.mark.parametrize("stack", [False, True], ids=["alone", "stacked"])
def test_a_worker_ends_a_run_that_is_not_its_any_more_and_lives_on(
    record: Record, small_mnist: Data, stack: bool
) -> None:
    config = RunConfig(epochs=400, batch_size=500, hidden=(8,))
    recorders: list[Recorder] = []

    def begin(name: str, keep_to: int) -> Recorder:
        recorders.append(Recorder(record.folder, name, keep_to=keep_to))
        return recorders[-1]

    def resumed_elsewhere() -> bool:
        if record.runs()[0].attempt == 0:
            record.requeue(["a", "b"])
            others.extend(Recorder(record.folder, name) for name in "ab"[: len(recorders)])
        return False

    others: list[Recorder] = []
    means = Means(
        Setup(record.folder, None, "cpu", stack=stack),
        torch.device("cpu"),
        record=begin,
        load=lambda _config: small_mnist,
        should_stop=resumed_elsewhere,
        checkpoint=lambda name, config: Checkpoint(record.folder, name, config),
        models=lambda name, config: ModelFiles(record.folder, name, config),
    )
    jobs = [Job(name, config.as_dict()) for name in ("ab" if stack else "a")]
    assert train_runs(jobs, means) == []
    assert all(recorder.superseded for recorder in recorders)
    assert state(record) == ("running", 1, "")
    for other in others:
        other.close()
