"""dashboard.board.board and dashboard.board.client against a real Visdom server."""

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.board.board import Board
from dashboard.board.client import Client, ClientError, RemoteHost, arrange
from dashboard.board.scene import ExperimentScene, Place, Scene
from dashboard.board.window_sender import MOST_BYTES
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.content import Content, Html
from dashboard.windows.table import COMPARE_WINDOWS, RUN_WINDOWS, Window, compare_windows
from tests.support.launching import until
from tests.support.pages import page_on, window
from tests.support.reading import add_runs, left_open, new_record, read
from tests.support.servers import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with serving(8300, log) as running:
        yield running


@pytest.fixture
def record(tmp_path: Path, request: pytest.FixtureRequest) -> Record:
    name = "exp-" + "".join(c if c.isalnum() else "-" for c in request.node.name)[:50]
    record = new_record(tmp_path / name)
    add_runs(record, [("relu", {"activation": "relu"}), ("tanh", {"activation": "tanh"})])
    return record


def test_every_window_of_the_table_is_there_after_the_first_frames(
    server: Server, experiment: Experiment
) -> None:
    board = Board(ExperimentScene(experiment), server)
    until(lambda: not board.frame() and not board.undrawn())
    for name, declared in compare_windows(experiment).items():
        content = window(server, f"{experiment.name}_compare", name)
        assert content["title"] == declared.title
    for run in experiment.runs:
        for name in RUN_WINDOWS:
            assert window(server, f"{experiment.name}_{run.name}", name)["id"] == name


def test_only_what_changed_is_sent_again(
    server: Server, record: Record, experiment: Experiment
) -> None:
    board = Board(ExperimentScene(experiment), server)
    while board.frame():
        pass
    assert board.frame() == 0
    with Recorder(record.folder, "relu") as run:
        experiment.poll()
        until(lambda: not board.frame() and not board.undrawn())
        run.scalar("test_loss", 0, 2.3)
        run.flush()
        experiment.poll()
        stale = board.undrawn()
        reading = [w for w in (*COMPARE_WINDOWS.values(), *RUN_WINDOWS.values())
                   if "test_loss" in w.reads]  # fmt: skip
        assert stale == len(reading)


def test_the_newest_points_are_in_the_window(
    server: Server, record: Record, experiment: Experiment
) -> None:
    board = Board(ExperimentScene(experiment), server)
    with Recorder(record.folder, "relu") as run:
        for step in range(1, 1001):
            run.scalar("train_loss", step, 1.0 / step)
    experiment.poll()
    board.frame()
    traces = window(server, f"{experiment.name}_compare", "train_loss")["content"]["data"]
    line = next(t for t in traces if "relu" in t["name"] and "fill" not in t)
    assert line["x"][-1] == 1000
    assert len(line["x"]) <= 256


def test_losses_that_are_not_finite_do_not_break_the_window(
    server: Server, record: Record, experiment: Experiment
) -> None:
    with Recorder(record.folder, "relu") as run:
        run.scalars("train_loss", 1, [1.0, 2.0, float("inf")])
        run.scalar("test_loss", 0, float("nan"))
        run.state, run.error = "diverged", "the loss became inf at step 3"
    experiment.poll()
    Board(ExperimentScene(experiment), server).frame()
    content = json.dumps(window(server, f"{experiment.name}_compare", "train_loss"))
    assert "Infinity" not in content
    assert "NaN" not in content
    assert "diverged: inf at step 3" in content


def test_strings_from_a_person_are_escaped_in_every_window(
    server: Server, record: Record, experiment: Experiment
) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    with Recorder(record.folder, "evil", {"activation": hostile, hostile: hostile}) as run:
        run.state, run.error = "failed", hostile
    experiment.poll()
    board = Board(ExperimentScene(experiment), server)
    until(lambda: not board.frame() and not board.undrawn())
    for where, names in (("compare", compare_windows(experiment)), ("evil", RUN_WINDOWS)):
        for name in names:
            content = window(server, f"{experiment.name}_{where}", name)
            if content["type"] == "text":
                assert "<img" not in content["content"].replace('<img class="tb-', "")


def test_a_restarted_server_gets_everything_anew(server: Server, experiment: Experiment) -> None:
    board = Board(ExperimentScene(experiment), server)
    while board.frame():
        pass
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(server.restart_if_dead)
    server.wait_ready()
    assert board.frame() >= len(compare_windows(experiment))


def drawn(server: Server, experiment: Experiment) -> Board:
    """A board that has drawn all there is."""
    board = Board(ExperimentScene(experiment), server)
    until(lambda: board.frame() == 0 and not board.undrawn())
    return board


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
        assert Client(server).watched() == {f"{experiment.name}_tanh"}
        for step in (7, 8):
            for run in runs:
                run.scalar("train_loss", step, 1.0 / step)
                run.flush()
            experiment.poll()
            board.frame()
            assert last_step(server, experiment, "tanh") == step
            assert last_step(server, experiment, "relu") == 0
    until(lambda: Client(server).watched() == set())
    with page_on(server, f"{experiment.name}_relu"):
        board.frame()
        assert last_step(server, experiment, "relu") == 8


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


def test_every_environment_is_there_to_be_opened_before_any_is_whole(
    server: Server, tmp_path: Path
) -> None:
    experiment = many_runs(tmp_path / "beginnings", 6, "done")
    board = Board(ExperimentScene(experiment), server)
    client = Client(server)
    first, *_, last = RUN_WINDOWS
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
    last = list(RUN_WINDOWS)[-1]
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


def test_a_server_that_does_not_say_what_is_open_counts_as_watched() -> None:
    assert Client(RemoteHost("http://127.0.0.1:1")).watched() is None


def test_a_stranger_that_answers_nonsense_is_a_wire_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        client = Client(RemoteHost(f"http://127.0.0.1:{deaf.getsockname()[1]}"))
        deaf.close()
        with pytest.raises(ClientError, match="/win_exists failed"):
            client.has("e", "w")


def test_windows_are_arranged_in_rows_that_fit_a_1400_pixel_page() -> None:
    items = arrange(list(COMPARE_WINDOWS.values()))
    assert all(item["x"] + item["w"] <= 108 for item in items)
    assert items[1]["y"] == items[2]["y"] == items[3]["y"], "the curves and the grid side by side"
    for i, one in enumerate(items):
        for other in items[i + 1 :]:
            apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
            assert apart_x or apart_y


def test_a_window_that_comes_late_has_its_size_and_moves_no_other(
    server: Server, tmp_path: Path
) -> None:
    with Recorder(tmp_path / "late", "r") as run:
        run.scalar("train_loss", 1, 1.0)
        run.flush()
        experiment = read(tmp_path / "late")
        layouts: list[tuple[str, list[str]]] = []
        board = Board(ExperimentScene(experiment), server)
        save = board._client.save_layout

        def remember(environment: str, windows: Any, only: Any) -> None:
            layouts.append((environment, list(only)))
            save(environment, windows, only)

        board._client.save_layout = remember  # type: ignore[method-assign]
        until(lambda: not board.frame() and not board.undrawn())
        layouts.clear()
        run.scalar("reward", 1, 1.0)
        run.flush()
        experiment.poll()
        until(lambda: not board.frame() and not board.undrawn())
    assert layouts == [("late_compare", ["reward"]), ("late_r", ["reward"])]
    assert window(server, "late_compare", "reward")["width"] == 500


class Listed(Scene):
    """Environments that a test lists, each with a window named `w`."""

    def __init__(self, *names: str) -> None:
        self.lock = threading.RLock()
        self.names = list(names)
        self.draw: dict[str, Callable[[], Content]] = {}
        self.trouble: Exception | None = None

    def look(self, watched: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        if self.trouble:
            raise self.trouble
        for name in self.names:
            draw = self.draw.get(name, lambda: Html("hello"))
            yield name, [Place("w", Window("w", 400, 300, (), "a window"), draw, (0,))]

    def alive(self) -> bool:
        return False


def test_a_window_that_the_server_refuses_is_named_once_and_all_others_are_sent(
    server: Server,
) -> None:
    reports: list[str] = []
    board = Board(Listed("refused-a", "<b>", "refused-c"), server, reports.append)
    for _ in range(3):
        board.frame()
    assert board.undrawn() == 0
    for name in ("refused-a", "refused-c"):
        assert ">hello<" in window(server, name, "w")["content"]
    names = [line for line in reports if "the window 'w' of <b> cannot be shown" in line]
    assert len(names) == 1
    assert len(reports) == 1
    assert "An environment name is" in reports[0]


def test_a_window_that_is_too_large_or_raises_says_so_in_its_own_place(server: Server) -> None:
    reports: list[str] = []
    scene = Listed("note-a", "note-b", "note-c")
    contents: dict[str, Content] = {}
    scene.draw = {
        "note-a": lambda: Html("x" * (MOST_BYTES + 1)),
        "note-b": lambda: contents["none"],
    }
    board = Board(scene, server, reports.append)
    for _ in range(3):
        board.frame()
    assert "16 MB, too much for a page" in window(server, "note-a", "w")["content"]
    assert (
        "could not be drawn: KeyError: &#x27;none&#x27;" in window(server, "note-b", "w")["content"]
    )
    assert ">hello<" in window(server, "note-c", "w")["content"]
    assert [line.partition(" cannot be")[0] for line in reports] == [
        f"dashboard: the window 'w' of note-{letter}" for letter in "ab"
    ]


def test_a_board_outlives_whatever_its_scene_raises_and_draws_when_it_can(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.board.board.FRAME_S", 0.02)
    reports: list[str] = []
    scene = Listed("outlived")
    scene.trouble = RuntimeError("nobody thought of this")
    board = Board(scene, server, reports.append)
    board.start()
    try:
        until(lambda: board.failures > 3)
        assert reports == [
            "dashboard: nothing can be drawn: RuntimeError: nobody thought of this; "
            "it is tried again"
        ]
        scene.trouble = None
        until(lambda: board.frames)
        assert ">hello<" in window(server, "outlived", "w")["content"]
    finally:
        board.stop()
