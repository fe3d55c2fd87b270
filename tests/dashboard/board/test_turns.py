"""dashboard.board.board: which environments a frame draws, and how often frames come."""

from pathlib import Path

import pytest

from dashboard.board.attention import Page
from dashboard.board.board import Board
from dashboard.board.client import Client
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.requests import DONE
from dashboard.runs.experiment import Experiment
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.run_view import RunView
from dashboard.server.process import Server
from dashboard.windows.run_windows import run_windows
from dashboard.windows.window import RunWindow
from tests.support.launching import until
from tests.support.reading import add_runs, left_open, new_record
from tests.support.server_windows import page_on, window

ANSWER = frozenset({"answer"})


def drawn(server: Server, experiment: Experiment) -> Board:
    """A board that has drawn all there is."""
    board = Board(ExperimentScene(experiment), server)
    until(lambda: board.frame() == 0 and not board.undrawn())
    return board


def watched(server: Server) -> set[str]:
    return set(Client(server).watched() or ())


def last_step(server: Server, experiment: Experiment, run: str) -> int:
    lines = window(server, f"{experiment.name}_{run}", "train_loss")["content"]["data"]
    return max((line["x"][-1] for line in lines if line["x"]), default=0)


def test_the_environment_that_a_page_has_open_is_drawn_in_every_frame_the_others_wait(
    server: Server, record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.board.UNWATCHED_S", 3600.0)
    board = drawn(server, experiment)
    runs = [Recorder(record.folder, name) for name in ("relu", "tanh")]
    with page_on(server, f"{experiment.name}_tanh"), runs[0], runs[1]:
        assert watched(server) == {f"{experiment.name}_tanh"}
        for step in (7, 8):
            for run in runs:
                run.scalar("train_loss", step, 1.0 / step)
                run.flush()
            experiment.poll()
            board.frame()
            assert last_step(server, experiment, "tanh") == step
            assert last_step(server, experiment, "relu") == 0
    until(lambda: watched(server) == set())
    with page_on(server, f"{experiment.name}_relu"):
        board.frame()
        assert last_step(server, experiment, "relu") == 8


def test_what_no_page_has_in_sight_is_not_sent_until_it_is_scrolled_to(
    server: Server, record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.attention.UNSEEN_S", 3600.0)
    where = f"{experiment.name}_relu"
    with page_on(server, where) as say, Recorder(record.folder, "relu") as run:

        def looks_at(*names: str) -> None:
            say({"cmd": "trainboard_attention", "seen": names, "every_s": 0})
            page = Page(frozenset(names), 0.0)
            until(lambda: (Client(server).watched() or {}).get(where) == [page])

        experiment.poll()
        board = drawn(server, experiment)
        for step, seen, expected in ((7, "train_loss", 7), (8, "test", 7), (8, "train_loss", 8)):
            looks_at(seen)
            run.scalar("train_loss", step, 1.0 / step)
            run.flush()
            experiment.poll()
            board.frame()
            assert last_step(server, experiment, "relu") == expected


def test_a_page_that_draws_slowly_gets_fewer_frames_until_it_says_otherwise(
    server: Server, record: Record, experiment: Experiment
) -> None:
    where = f"{experiment.name}_relu"
    with page_on(server, where) as say, Recorder(record.folder, "relu") as run:

        def asks_for(every_s: float) -> None:
            say({"cmd": "trainboard_attention", "seen": ["train_loss"], "every_s": every_s})
            page = Page(frozenset({"train_loss"}), every_s)
            until(lambda: (Client(server).watched() or {}).get(where) == [page])

        experiment.poll()
        board = drawn(server, experiment)
        for step, every_s, expected in ((7, 0.0, 7), (8, 30.0, 7), (9, 0.0, 9)):
            asks_for(every_s)
            run.scalar("train_loss", step, 1.0 / step)
            run.flush()
            experiment.poll()
            board.frame()
            assert last_step(server, experiment, "relu") == expected


def test_who_asked_for_something_is_shown_at_once_what_became_of_it(
    server: Server, record: Record, experiment: Experiment
) -> None:
    where = f"{experiment.name}_compare"

    def answer() -> str:
        return str(window(server, where, "answer")["content"])

    def end(name: str) -> None:
        record.end_run(name, "stopped")
        experiment.poll()
        board.frame()

    with page_on(server, where) as say:
        say({"cmd": "trainboard_attention", "seen": ["answer"], "every_s": 0})
        until(lambda: (Client(server).watched() or {}).get(where) == [Page(ANSWER, 0.0)])
        board = drawn(server, experiment)
        end("relu")
        assert "0 of 2 runs ended" in answer()  # the window takes its time
        number = record.ask("stop", ["tanh"], origin="page")
        record.answer(record.request(number), DONE, "tanh: stopped")
        end("tanh")
        assert "2 of 2 runs ended" in answer()


def test_what_no_page_has_open_is_drawn_after_a_while(
    server: Server, record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.board.UNWATCHED_S", 0.3)
    board = drawn(server, experiment)
    with Recorder(record.folder, "relu") as run:
        run.scalar("train_loss", 7, 0.5)
    experiment.poll()
    until(lambda: board.frame() and last_step(server, experiment, "relu") == 7)


def many_runs(folder: Path, count: int, state: str) -> Experiment:
    """An experiment of so many runs that have nothing yet."""
    record = new_record(folder)
    add_runs(record, [(f"r{i}", {"activation": f"f{i}"}) for i in range(count)])
    for i in range(count):
        if state == "running":
            left_open(folder, f"r{i}")
        else:
            record.end_run(f"r{i}", state)
    experiment = Experiment(record)
    experiment.poll()
    return experiment


def test_the_windows_of_a_run_are_listed_anew_only_when_something_new_is_known_of_it(
    record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []

    def note(view: RunView) -> dict[str, RunWindow]:
        listed.append(view.name)
        return run_windows(view)

    with Recorder(record.folder, "relu") as run:
        run.scalar("train_loss", 1, 2.3)
        run.scalar("test_loss", 1, 2.3)
    experiment.poll()
    monkeypatch.setattr("dashboard.board.scene.run_windows", note)
    scene = ExperimentScene(experiment)
    relu, tanh = (experiment.runs[i].environment for i in (0, 1))
    first, again = dict(scene.environments()), dict(scene.environments())
    assert listed == ["relu", "tanh"]
    assert (again[relu], again[tanh]) == (first[relu], first[tanh])
    with Recorder(record.folder, "tanh") as run:
        run.text("note", 1, "a window more")
        run.flush()
        experiment.poll()
        then = dict(scene.environments())
    assert listed == ["relu", "tanh", "tanh"]
    assert then[relu] == first[relu]
    assert {place.name for place in then[tanh]} - {place.name for place in first[tanh]} == {"note"}
    experiment.ask(ComparisonRequest(metric="train_loss"))
    after = dict(scene.environments())
    assert after[relu] != then[relu], "what it is compared by stands in its card"


def test_every_environment_is_there_to_be_opened_before_any_is_whole(
    server: Server, tmp_path: Path
) -> None:
    experiment = many_runs(tmp_path / "beginnings", 6, "done")
    board = Board(ExperimentScene(experiment), server)
    client = Client(server)
    first, *_, last = run_windows(experiment.runs[0])
    for count in range(1, 7):
        board.frame(budget_s=0.0)
        there = [client.has(f"beginnings_r{i}", first) for i in range(6)]
        assert there == [True] * count + [False] * (6 - count)
        assert not any(client.has(f"beginnings_r{i}", last) for i in range(6))
    until(lambda: not board.frame() and not board.undrawn())
    assert all(client.has(f"beginnings_r{i}", last) for i in range(6))


def test_an_environment_that_is_opened_is_whole_while_others_only_begin(
    server: Server, tmp_path: Path
) -> None:
    experiment = many_runs(tmp_path / "opened", 6, "done")
    board = Board(ExperimentScene(experiment), server)
    board.frame(budget_s=0.0)
    last = list(run_windows(experiment.runs[0]))[-1]
    with page_on(server, "opened_r4"):
        board.frame(budget_s=0.0)
        assert Client(server).has("opened_r4", last)
        assert not Client(server).has("opened_r1", last)


def test_where_nothing_trains_all_is_drawn_without_a_pause_and_else_frames_are_paced(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FRAME_S": 3600.0, "SLOWEST_FRAME_S": 3600.0}.items():
        monkeypatch.setattr(f"dashboard.board.board.{name}", value)
    for name in ("BUDGET_S", "RESTING_BUDGET_S"):
        monkeypatch.setattr(f"dashboard.board.board.{name}", 0.0)
    boards = {
        state: Board(ExperimentScene(many_runs(tmp_path / state, 6, state)), server)
        for state in ("running", "done")
    }
    boards["running"].start()
    until(lambda: boards["running"].frames == 1)
    boards["done"].start()
    until(lambda: boards["done"].undrawn() == 0)
    assert boards["running"].frames == 1
    assert boards["running"].undrawn() > 0
    for board in boards.values():
        board.stop(0.0)


def test_a_board_that_is_not_given_time_ends_without_drawing_the_rest(
    server: Server, tmp_path: Path
) -> None:
    board = Board(ExperimentScene(many_runs(tmp_path / "hasty", 40, "done")), server)
    board.start()
    board.stop(0.0)
    until(lambda: not board._thread.is_alive())
    assert board.undrawn() > 0


def test_a_board_that_ends_with_its_server_draws_the_end_of_what_is_open_and_nothing_else(
    server: Server, record: Record, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FRAME_S", "SLOWEST_FRAME_S"):
        monkeypatch.setattr(f"dashboard.board.board.{name}", 3600.0)
    board = Board(ExperimentScene(experiment), server)
    with page_on(server, f"{experiment.name}_tanh"):
        board.start()
        until(lambda: board.frames == 1)
        for name in ("relu", "tanh"):
            with Recorder(record.folder, name) as run:
                run.scalar("train_loss", 7, 1.0)
        experiment.poll()
        board.stop(30.0, seen_only=True)
        assert last_step(server, experiment, "tanh") == 7
        assert not Client(server).has(f"{experiment.name}_relu", "train_loss") or (
            last_step(server, experiment, "relu") == 0
        )
