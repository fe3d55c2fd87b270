"""dashboard.cli.results: the table in a terminal and in a pipe, and as JSON."""

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from dashboard.cli.results import print_json, results, results_model
from dashboard.output import alone
from dashboard.runs.experiment import Experiment
from tests.support.few import STEPS, few
from tests.support.invented import accuracy, invent
from tests.support.launching import LAUNCH
from tests.support.scripts import Script

LONG = "activation_with_parameters"
GRID = {"activation": [f"{LONG}_{i}" for i in range(3)], "init": ["kaiming_normal"]}


@pytest.fixture
def grid(tmp_path: Path) -> Experiment:
    return invent(tmp_path / "exp", GRID, {f"{LONG}_2-kaiming_normal": "diverged"})


def table(experiment: Experiment, width: int, terminal: bool) -> list[str]:
    out = io.StringIO()
    results(experiment, Console(file=out, width=width, force_terminal=terminal, color_system=None))
    lines = out.getvalue().splitlines()
    return lines[: next(i for i, line in enumerate(lines) if ": diverged" in line)]


@pytest.mark.parametrize("width", [80, 20])
def test_a_pipe_gets_the_whole_table_whatever_the_width(grid: Experiment, width: int) -> None:
    lines = table(grid, width, terminal=False)
    assert lines[1].split("  ")[0] == "run"
    heads = ("run", "state", "test acc.", "best", "test loss", "train loss", "images/s")
    assert all(head in lines[1] for head in heads)
    assert [line.split()[0] for line in lines[2:]] == [
        f"{LONG}_{i}-kaiming_normal" for i in range(3)
    ]
    assert not any("…" in line for line in lines)
    assert f"{accuracy(0, 300):.4f}" in lines[2]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 140])
def test_a_terminal_gets_lines_that_fit_and_no_name_is_cut(grid: Experiment, width: int) -> None:
    lines = table(grid, width, terminal=True)
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert f"{accuracy(0, 300):.4f}" in "".join(lines)
    names = "".join(line[: lines[1].index("state")].strip() for line in lines[2:])
    assert names == "".join(f"{LONG}_{i}-kaiming_normal" for i in range(3))


def test_in_eighty_columns_what_matters_least_is_left_out(grid: Experiment) -> None:
    assert "images/s" in table(grid, 140, terminal=True)[1]
    narrow = table(grid, 80, terminal=True)[1]
    assert "test acc." in narrow
    assert "images/s" not in narrow


def test_the_document_has_every_run_with_its_numbers_and_is_strict_json(
    grid: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(True):
        print("anything else")
        print_json(grid)
    said = capsys.readouterr()
    assert said.err == "anything else\n"
    document = json.loads(said.out, parse_constant=lambda token: pytest.fail(token))
    assert document == json.loads(json.dumps(results_model(grid)))
    first, _, last = document["runs"]
    assert (first["run"], first["state"]) == (f"{LONG}_0-kaiming_normal", "done")
    assert first["results"]["test_accuracy"] == accuracy(0, 300)
    assert math.isclose(first["best"], accuracy(0, 300))
    assert first["config"]["lr"] == 0.01
    assert (last["state"], last["error"]) == ("diverged", "it was meant to be diverged")
    assert last["results"]["train_loss"] is None
    assert document["metric"]["name"] == "test_accuracy"


@pytest.mark.processes
def test_a_command_with_json_prints_one_document_and_ends(tmp_path: Path) -> None:
    small = [*few(tmp_path), "--activation", "relu", "--init", "default", "--epochs", "1"]
    small += ["--experiment", "exp", "--no-browser", "--json"]
    ended = Script(LAUNCH, *small, folder=tmp_path).ends()
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    (run,) = json.loads(line)["runs"]
    assert (run["run"], run["state"], run["steps"]) == ("relu-default", "done", STEPS)
    for said in ("exp: 1 run on cpu", "dashboard: http", "results"):
        assert said in ended.stderr
    again = Script(LAUNCH, "resume", "exp", "--json", folder=tmp_path).ends()
    assert json.loads(again.stdout)["runs"][0]["run"] == "relu-default"
    assert again.stderr == "exp: nothing is left to train\n"
