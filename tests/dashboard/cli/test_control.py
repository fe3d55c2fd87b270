"""dashboard.cli.control and failures: pool and record stay in step, whatever is decided."""

from pathlib import Path

import pytest

from dashboard.cli.control import Control
from dashboard.cli.failures import Failures
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from tests.support.ledger import LOST, Ledger, job
from tests.support.reading import add_runs, left_open, new_record, read, read_runs


@pytest.fixture
def store(tmp_path: Path) -> Record:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {}), ("b", {})])
    return record


def states(record: Record) -> dict[str, tuple[str, str]]:
    return {run.name: (run.state, run.error) for run in record.runs()}


def test_an_added_run_is_in_the_record_before_the_pool_hears_of_it(store: Record) -> None:
    pool = Ledger()
    control = Control(pool, store)
    control.add([job("c")], "one seed more")
    assert control.busy()
    assert not control.has_room
    assert pool.asked == []
    assert states(store)["c"] == ("queued", "")
    control.look()
    assert pool.asked == [("add", "c")]
    assert not control.busy()


def test_what_was_decided_stands_in_the_record_with_its_reason(store: Record) -> None:
    control = Control(Ledger("a"), store)
    control.add([job("c")], "one seed more")
    control.end("a", "pruned", "23rd of 64")
    control.end("b", "pruned")
    kept = [(d.run, d.act, d.reason) for d in read(store.folder).decisions]
    assert kept == [("c", "added", "one seed more"), ("a", "pruned", "23rd of 64"),
                    ("b", "pruned", "")]  # fmt: skip


def test_a_run_in_training_ends_by_its_worker_and_one_that_waits_at_once(store: Record) -> None:
    pool = Ledger("a")
    control = Control(pool, store)
    control.end("a", "pruned", "behind")
    control.end("a", "pruned", "further behind")
    control.end("b", "pruned", "hopeless")
    control.end("b", "pruned", "hopeless")
    assert pool.asked == [("end", "a", "pruned")] * 2 + [("end", "b", "pruned")]
    assert [d.run for d in read(store.folder).decisions] == ["a", "b"]
    assert states(store) == {"a": ("queued", ""), "b": ("pruned", "hopeless")}


def test_a_paused_run_goes_on_and_a_done_one_does_not(store: Record) -> None:
    for name, state in (("a", "paused"), ("b", "running")):
        recorder = Recorder(store.folder, name)
        recorder.state = state
        recorder.close()
    pool = Ledger()
    control = Control(pool, store)
    control.go_on(job("a"), "2nd of 8")
    control.go_on(job("b"))
    control.look()
    assert pool.asked == [("add", "a")]
    assert states(store) == {"a": ("queued", ""), "b": ("done", "")}


def test_nothing_begins_while_its_new_state_is_not_written(store: Record) -> None:
    pool = Ledger()
    control = Control(pool, store)
    store._db.execute("PRAGMA query_only = ON")  # as on a full disk: reading works, writing fails
    control.add([job("c")])
    control.look()
    assert pool.asked == []
    store._db.execute("PRAGMA query_only = OFF")
    store.changes()
    control.look()
    assert pool.asked == [("add", "c")]


def test_a_run_lost_on_its_way_to_an_end_ends_so_and_does_not_begin_again(store: Record) -> None:
    pool = Ledger("a")
    control = Control(pool, store)
    failures = Failures(control, retries=3)
    control.end("a", "stopped", "by hand")
    pool.lose("a")
    failures.look()
    assert states(store)["a"] == ("stopped", "by hand")
    assert ("again", "a") not in pool.asked


def test_a_lost_run_begins_again_as_often_as_was_said(
    store: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = Ledger("a")
    failures = Failures(Control(pool, store), retries=1)
    left_open(store.folder, "a")
    pool.lose("a")
    failures.look()
    assert pool.asked == [("again", "a")]
    assert capsys.readouterr().out.startswith(f"a: {LOST}; it begins again")
    pool.lose("a")
    failures.look()
    assert read_runs(store.folder)[0].state == "failed"


def test_what_is_open_when_the_launcher_ends_is_stopped_paused_runs_too(store: Record) -> None:
    recorder = Recorder(store.folder, "a")
    recorder.state = "paused"
    recorder.close()
    store.end_all("stopped")
    assert {state for state, _ in states(store).values()} == {"stopped"}
