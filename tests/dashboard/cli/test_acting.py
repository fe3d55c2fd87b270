"""dashboard.cli.acting and actions: what is asked is done once, whoever dies in between."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.acting import Acting, in_turn
from dashboard.cli.actions import ACTIONS, names
from dashboard.cli.control import Control
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.requests import DONE, REFUSED, TAKEN, WAITS
from dashboard.record.schema import RATES
from dashboard.runs.experiment import Experiment
from tests.support.ledger import Ledger
from tests.support.reading import add_runs, left_open, new_record, open_record

PAGE, TERMINAL = "asked on the page", "asked in the terminal"


class Launcher:
    """What a launcher does about requests, with a pool that trains nothing."""

    def __init__(self, record: Record, *training: str) -> None:
        self.pool, self.record = Ledger(*training), record
        self.control = Control(self.pool, record)
        self.experiment = Experiment(open_record(record.folder))
        self.acting = Acting(ACTIONS)

    def look(self) -> None:
        self.experiment.poll()
        self.acting.look(self.experiment, self.control)


@pytest.fixture
def store(tmp_path: Path) -> Record:
    """a trains, b waits, c is done."""
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {}), ("b", {}), ("c", {})])
    Recorder(record.folder, "c").close()
    return record


def states(record: Record) -> dict[str, tuple[str, str]]:
    return {run.name: (run.state, run.error) for run in record.runs()}


def answers(record: Record) -> list[tuple[str, str]]:
    return [(request.state, request.answer) for request in record.requests()]


def end(recorder: Recorder, state: str, reason: str) -> None:
    """As a worker does when its launcher says so."""
    recorder.state, recorder.error = state, reason
    recorder.close()


def test_a_run_that_trains_ends_by_its_worker_and_the_answer_waits_for_it(store: Record) -> None:
    a = left_open(store.folder, "a")
    launcher = Launcher(store, "a")
    store.ask("stop", ["a", "b", "c"], origin="page")
    launcher.look()
    assert launcher.pool.asked == [("end", "a", "stopped"), ("end", "b", "stopped")]
    assert answers(store) == [(TAKEN, "")]
    assert launcher.acting.busy()
    end(a, "stopped", PAGE)
    launcher.look()
    assert answers(store) == [(DONE, "a, b: stopped; c was done before")]
    launcher.look()
    assert not launcher.acting.busy()


def test_a_launcher_that_dies_while_it_acts_leaves_the_request_to_the_next(store: Record) -> None:
    recorder = left_open(store.folder, "a")
    store.ask("stop", ["a"], origin="page")
    Launcher(store, "a").look()
    assert answers(store) == [(TAKEN, "")]
    recorder.flush()
    after = Launcher(store)  # it trains nothing yet
    after.look()
    after.look()
    assert states(store)["a"] == ("stopped", PAGE)
    assert answers(store) == [(DONE, "a: stopped")]
    assert [d.act for d in store.changes().decisions] == ["stopped"] * 2  # of two launchers


def test_a_run_that_waits_pauses_at_once_and_no_rate_is_changed_in_a_stack(store: Record) -> None:
    launcher = Launcher(store)
    store.ask("pause", ["b"], origin="terminal")
    launcher.look()
    launcher.look()
    assert states(store)["b"] == ("paused", TERMINAL)
    launcher.pool.sets_rates = False
    store.ask("lr", ["a"], details={"lr": 0.1}, origin="terminal")
    launcher.look()
    assert answers(store)[1][0] == REFUSED
    assert "in a stack" in answers(store)[1][1]


def test_a_rate_is_answered_once_the_run_has_marked_it(store: Record) -> None:
    a = left_open(store.folder, "a")
    launcher = Launcher(store, "a")
    store.ask("lr", ["a"], details={"lr": 0.5}, origin="page", key="k")
    launcher.look()
    assert launcher.pool.asked == [("rate", "a", "0.5", "k")]
    a.data(RATES, 7, [{"step": 7, "lr": 0.5, "key": "k"}])
    a.flush()
    launcher.look()
    assert answers(store) == [(DONE, "learning rate 0.5: a from step 8 on")]


REFUSALS: dict[str, tuple[str, list[str], dict[str, Any], str]] = {
    "a run that is not there": ("stop", ["x"], {}, "exp has no run 'x'"),
    "no run": ("stop", [], {}, "say which runs of exp to stop"),
    "a run that has ended": ("stop", ["c"], {}, "c is done: only runs that are queued, running"),
    "no rate": ("lr", ["a"], {}, "lr None is not allowed"),
    "a rate of nothing": ("lr", ["a"], {"lr": 0}, "must be a number above 0"),
    "an odd rate": ("lr", ["a"], {"lr": "0.1"}, "must be a number above 0"),
    "a rate of one that waits": ("lr", ["b"], {"lr": 0.1}, "b is queued: only runs that are"),
    "what trains out of view": ("remove", ["b"], {}, "b is queued: stop it first"),
    "what trains for good": ("delete", ["c", "b"], {}, "b is queued: stop it first"),
    "back what is there": ("restore", ["c"], {}, "no such run of exp was taken out of view"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_done_is_refused_in_a_sentence_and_changes_nothing(
    store: Record, case: str
) -> None:
    act, runs, details, sentence = REFUSALS[case]
    before = states(store)
    store.ask(act, runs, details=details, origin="page")
    launcher = Launcher(store)
    launcher.look()
    ((state, answer),) = answers(store)
    assert (state, sentence in answer) == (REFUSED, True), answer
    assert states(store) == before
    launcher.look()
    assert not launcher.acting.busy()


def test_a_fault_in_an_action_is_an_answer_and_ends_nothing(
    store: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    launcher = Launcher(store)
    launcher.acting = Acting({"stop": broken})
    store.ask("stop", ["a"], origin="page")
    launcher.look()
    assert answers(store) == [(REFUSED, "it failed: ZeroDivisionError: oops")]
    assert "Traceback" in capsys.readouterr().err


def test_while_the_record_takes_nothing_requests_wait(store: Record) -> None:
    launcher = Launcher(store)
    store.ask("stop", ["b"], origin="page")
    store._db.execute("PRAGMA query_only = ON")  # as on a full disk: reading works, writing fails
    launcher.look()
    assert answers(store) == [(WAITS, "")]
    assert launcher.acting.busy()
    store._db.execute("PRAGMA query_only = OFF")
    launcher.look()
    launcher.look()
    assert states(store)["b"] == ("stopped", PAGE)


def test_out_of_view_and_back(store: Record) -> None:
    launcher = Launcher(store)
    store.ask("remove", ["c"], origin="page")
    launcher.look()
    launcher.look()
    assert [view.name for view in launcher.experiment.runs] == ["a", "b"]
    store.ask("remove", ["c"], origin="page")  # by another page, which has not seen it yet
    store.ask("restore", ["c"], origin="page")
    for _ in range(3):
        launcher.look()
    assert [view.name for view in launcher.experiment.runs] == ["a", "b", "c"]
    assert [state for state, _ in answers(store)] == [DONE] * 3


def test_for_good_the_files_of_the_run_go_too_and_no_others(store: Record) -> None:
    for place in ("checkpoints/c.pt", "models/c/best.pt", "models/c.c/best.pt", "checkpoints/b.pt"):
        (store.folder / place).parent.mkdir(parents=True, exist_ok=True)
        (store.folder / place).write_bytes(b"x")
    launcher = Launcher(store)
    store.ask("delete", ["c"], origin="terminal")
    launcher.look()
    assert answers(store) == [(DONE, "c: removed for good")]
    left = sorted(str(p.relative_to(store.folder)) for p in store.folder.rglob("*.pt"))
    assert left == ["checkpoints/b.pt", "models/c.c/best.pt"]
    assert [run.name for run in store.runs()] == ["a", "b"]


def test_requests_about_the_same_runs_are_done_one_after_the_other(store: Record) -> None:
    for runs in (["a", "b"], ["b", "c"], ["c"], [], ["d"]):
        store.ask("stop", runs, origin="page")
    turn = in_turn(store.requests(only_open=True))
    assert [request.runs for request in turn] == [("a", "b"), (), ("d",)]


def test_many_runs_are_named_by_a_few() -> None:
    assert names(["a", "b", "c", "d"]) == "a, b, c, d"
    assert names(list("abcdef")) == "a, b, c and 3 more"
