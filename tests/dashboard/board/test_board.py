"""dashboard.board.board and dashboard.board.client against a real Visdom server."""

import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from dashboard.board.board import Board
from dashboard.board.client import Client, ClientError, RemoteHost
from dashboard.board.messages import arrange
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.compare_windows import COMPARE_WINDOWS, compare_windows
from dashboard.windows.run_windows import run_windows
from dashboard.windows.window import METRIC
from tests.support.launching import until
from tests.support.reading import read
from tests.support.server_windows import window


def test_every_window_of_the_table_is_there_after_the_first_frames(
    server: Server, experiment: Experiment
) -> None:
    board = Board(ExperimentScene(experiment), server)
    until(lambda: not board.frame() and not board.undrawn())
    for name, declared in compare_windows(experiment).items():
        content = window(server, f"{experiment.name}_compare", name)
        assert content["title"] == declared.title
    for run in experiment.runs:
        for name in run_windows(run):
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
        compared = [w for w in COMPARE_WINDOWS.values() if w.helps(experiment)]
        reading = [w for w in (*compared, *run_windows(experiment.runs[0]).values())
                   if {"test_loss", METRIC} & {*w.reads}]  # fmt: skip
        other_cards = len(experiment.runs) - 1  # they say the run's place among all
        assert stale == len(reading) + other_cards


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
    for where, names in (
        ("compare", compare_windows(experiment)),
        ("evil", run_windows(experiment.runs[0])),
    ):
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
        save = board._sender.lay_out

        def remember(environment: str, windows: Any, only: Any) -> None:
            layouts.append((environment, list(only)))
            save(environment, windows, only)

        board._sender.lay_out = remember  # type: ignore[method-assign, assignment]
        until(lambda: not board.frame() and not board.undrawn())
        layouts.clear()
        run.scalar("reward", 1, 1.0)
        run.flush()
        experiment.poll()
        until(lambda: not board.frame() and not board.undrawn())
    assert layouts == [("late_compare", ["reward"]), ("late_r", ["reward"])]
    assert window(server, "late_compare", "reward")["width"] == 500
