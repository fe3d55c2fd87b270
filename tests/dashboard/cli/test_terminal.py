"""dashboard.cli.terminal: what a person reads in the terminal, live and in a file."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from dashboard.cli.results import results
from dashboard.cli.terminal import LiveDisplay, PlainDisplay, display, plan_line
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, new_record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = new_record(tmp_path / "exp")
    add_runs(
        record, [(name, {"epochs": 2, "batch_size": 10}) for name in ("good", "bad", "waiting")]
    )
    with Recorder(record.folder, "good") as run:
        run.expect(20, 10)
        run.scalars("train_loss", 1, [1.0 / step for step in range(1, 21)])
        run.scalar("test_accuracy", 20, 0.9371)
    with Recorder(record.folder, "bad") as run:
        run.scalar("train_loss", 1, float("nan"))
        run.state, run.error = "diverged", "the loss became nan at step 1"
    return record


def written(terminal: bool = False) -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=terminal, width=100), out


def test_a_file_gets_plain_lines_without_control_codes(experiment: Experiment) -> None:
    console, out = written()
    with display(experiment, console) as screen:
        assert isinstance(screen, PlainDisplay)
        screen.update()
    results(experiment, console)
    output = out.getvalue()
    assert "\x1b" not in output
    assert "good: done, test accuracy 0.9371" in output
    assert "bad: diverged (the loss became nan at step 1)" in output


def test_a_state_is_said_once(experiment: Experiment) -> None:
    console, out = written()
    with PlainDisplay(experiment, console) as screen:
        screen.update()
        screen.update()
    assert out.getvalue().count("good: done") == 1


def test_a_terminal_gets_a_display_that_is_redrawn(experiment: Experiment) -> None:
    console, out = written(terminal=True)
    with display(experiment, console) as screen:
        assert isinstance(screen, LiveDisplay)
    output = out.getvalue()
    assert "\x1b" in output
    assert "0.9371" in output
    assert "2/3 runs ended" in output


def test_the_table_of_results_has_every_run_with_its_whole_name(experiment: Experiment) -> None:
    console, out = written()
    results(experiment, console)
    lines = out.getvalue().splitlines()
    assert [line.split()[0] for line in lines[2:5]] == ["good", "waiting", "bad"]
    assert "0.9371" in lines[2]
    assert "–" in lines[4]


def test_epochs_are_said_only_where_a_run_knows_them(experiment: Experiment) -> None:
    for per_epoch, cell, words in ((10, "2.0/2", "good: epoch 2.0, step 20"), (0, "–", "step 20")):
        view = experiment.runs[0]
        view.row = replace(view.row, state="running", steps_per_epoch=per_epoch)
        console, out = written()
        console.print(LiveDisplay(experiment, console)._render())
        assert out.getvalue().splitlines()[2].split()[2] == cell
        screen = PlainDisplay(experiment, console)
        screen._due_s = 0.0
        screen.update()
        assert words in out.getvalue()
        assert ("epoch 2.0" in out.getvalue()) is bool(per_epoch)


def test_the_plan_is_said_in_a_line(experiment: Experiment) -> None:
    assert plan_line(experiment) == "plan: 2/3 runs ended, 67%, ETA –"


def test_a_foreign_name_is_neither_markup_nor_a_command_to_the_terminal(tmp_path: Path) -> None:
    name = "[/bold]\x1b]0;owned\x07"
    record = new_record(tmp_path / "exp")
    add_runs(record, [(name, {"epochs": "[/red]"})])
    experiment = Experiment(record)
    experiment.poll()
    experiment.runs[0].row = replace(
        experiment.runs[0].row, state="running", error="\x1b[2J", steps_per_epoch=10
    )
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system=None)
    console.print(LiveDisplay(experiment, console)._render())
    results(experiment, console)
    assert "[/bold] ]0;owned" in out.getvalue()
    assert "0.0/[/red]" in out.getvalue()
    assert "\x1b" not in out.getvalue()
    record.close()
