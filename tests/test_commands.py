"""The commands that act on runs, as a person gives them while a real launcher trains."""

import signal
from pathlib import Path

import pytest

from dashboard.cli import pause, rate, remove, stop
from dashboard.record.places import kept
from dashboard.record.rates import rates_of
from dashboard.record.reader import Record
from dashboard.record.requests import DONE, TAKEN, WAITS
from dashboard.record.schema import FILE_NAME, is_held
from tests.support.few import few
from tests.support.launching import Launch, until
from tests.support.paced import paced
from tests.support.reading import open_record, read, read_runs
from tests.support.refusing import refused
from tests.support.workers import steps, workers
from trainers.launcher import add, fork, go_on

pytestmark = pytest.mark.processes
WHERE = ["--no-dashboard", "--experiment", "exp"]
ONE = ["--activation", "relu", "--init", "kaiming_normal", *WHERE]


def endless(folder: Path) -> list[str]:
    """Flags of runs of 20 steps and half a second an epoch, without end."""
    return [*paced(folder, 0.025), "--epochs", "10000", *WHERE]


def states(folder: Path) -> dict[str, str]:
    return {run.name: run.state for run in read_runs(folder)}


def trained(folder: Path, run: str) -> int:
    """The run's last step; 0 before its first."""
    return next((view.step for view in read(folder).runs if view.name == run), 0)


def test_a_person_acts_on_runs_while_others_train_on(launch: Launch, tmp_path: Path) -> None:
    """One launch for all commands, each of which the launcher acts on and answers."""
    folder, where = tmp_path / "runs" / "exp", ["--runs-dir", str(tmp_path / "runs")]
    launched = launch(*endless(tmp_path), "--seed", "0", "1", "--workers", "2")
    until(lambda: len(kept(folder, "s1")) > 1 and kept(folder, "s0"), 90)

    assert pause.run(["exp/s0", *where]) == 0
    assert states(folder) == {"s0": "paused", "s1": "running"}
    at = trained(folder, "s0")
    assert rate.run(["exp/s1", "--to", "0.05", *where]) == 0
    (change,) = rates_of(folder, "s1")
    assert change["lr"] == 0.05
    assert add.run(["exp/s1", "--seed", "2", *where]) == 0
    place = kept(folder, "s1")[-1]
    assert fork.run(["exp/s1", "--lr", "0.2", "--at", str(place.step), *where]) == 0
    new = [run.name for run in read_runs(folder)][2:]
    assert new[0] == "s2"
    assert new[1].startswith("s1-at")
    assert trained(folder, "s0") == at  # it waited while others came
    assert go_on.run(["exp/s0", *where]) == 0
    assert stop.run(["exp/s1", *where]) == 0
    assert pause.run(["exp", "s2", *where]) == 0
    until(lambda: states(folder)[new[1]] == "running" and trained(folder, "s0") > at, 60)
    assert stop.run(["exp", *where]) == 0
    assert set(states(folder).values()) == {"stopped"}
    assert launched.ends() == 1
    assert "stop, asked in the terminal: s1: stopped" in launched.said
    assert remove.run(["exp/s2", *where]) == 0
    assert "s2" not in states(folder)
    assert {request.state for request in open_record(folder).requests()} == {DONE}
    child = next(view for view in read(folder).runs if view.name == new[1])
    begin = int(child.config["fork"].rpartition("@")[2])
    assert child.lines["train_loss"].means()[0][0] == begin
    assert child.step > begin


@pytest.mark.usefixtures("main_here")
def test_what_needs_training_begins_where_nobody_trains_and_only_that(
    launch: Launch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With a person's own data set, which the later commands find in the record."""
    folder = tmp_path / "runs" / "exp"
    assert launch(*few(tmp_path), *ONE, "--epochs", "1", "--seed", "0").ends() == 0
    (name,) = states(folder)
    before = trained(folder, name)
    added = launch("add", "exp", "--seed", "1", "--no-dashboard")
    assert added.ends() == 0, added.said
    assert list(states(folder).values()) == ["done", "done"]
    again = refused(["add", "exp", "--seed", "1", "--no-dashboard"], capfd)
    assert again == "launch.py: those runs are there already\n"
    forked = launch("fork", f"exp/{name}", "--lr", "0.5", "--epochs", "2", "--no-dashboard")
    assert forked.ends() == 0, forked.said
    *_, child = read(folder).runs
    assert (child.state, child.step) == ("done", 2 * before)
    assert "lr0.5" in child.name
    assert not is_held(folder)


@pytest.mark.parametrize("stage", [WAITS, TAKEN])
def test_a_launcher_that_is_killed_while_it_is_asked_loses_nothing(
    launch: Launch, tmp_path: Path, stage: str
) -> None:
    """It has not seen the request yet; or it has told a worker, which does not hear."""
    folder = tmp_path / "runs" / "exp"
    launched = launch(*endless(tmp_path), "--seed", "0", "1", "--workers", "2")
    until(lambda: launched.process.poll() is not None or steps(tmp_path) > 60, 90)
    for process in workers(launched) if stage == TAKEN else [launched.process]:
        process.send_signal(signal.SIGSTOP)
    record: Record = open_record(folder)
    record.ask("stop", ["s0", "s1"], origin="page")
    record.ask("remove", ["s0"], origin="page")
    until(lambda: record.requests()[0].state == stage, 30)
    launched.process.kill()
    launched.process.wait()
    for process in workers(launched):
        process.kill()
    launched.leaves_nobody()
    assert states(folder) == {"s0": "running", "s1": "running"}  # nobody wrote an end
    after = launch("resume", "exp", "--no-dashboard")
    assert after.ends() == 1, after.said
    assert states(folder) == {"s1": "stopped"}
    assert [run.state for run in record.runs(out_of_view=True)] == ["stopped"]
    assert [request.state for request in record.requests()] == [DONE, DONE]
    assert after.said.count("asked on the page: s0, s1: stopped") == 1


def test_a_worker_that_is_killed_on_its_way_to_a_pause_pauses(
    launch: Launch, tmp_path: Path
) -> None:
    folder, where = tmp_path / "runs" / "exp", ["--runs-dir", str(tmp_path / "runs")]
    launched = launch(*endless(tmp_path), "--seed", "0", "--workers", "1", "--retries", "3")
    until(lambda: (folder / FILE_NAME).exists() and kept(folder, "paced-kaiming_normal"), 90)
    (worker,) = workers(launched)
    worker.send_signal(signal.SIGSTOP)
    record = open_record(folder)
    record.ask("pause", ["paced-kaiming_normal"], origin="page")
    until(lambda: record.requests()[0].state == TAKEN, 30)
    worker.kill()
    until(lambda: record.requests()[0].state == DONE, 30)
    assert launched.ends() == 1  # nothing else is to be trained
    assert states(folder) == {"paced-kaiming_normal": "paused"}
    assert stop.run(["exp", *where]) == 0
