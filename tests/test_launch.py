"""launch.py as a person uses it: the real command, real workers, and what it says."""

import json
import re
import signal
import time
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.few import few
from tests.support.invented import invent
from tests.support.launching import Launch, Launched, recorded, until
from tests.support.paced import paced
from tests.support.reading import read_points
from tests.support.workers import steps, workers
from trainers.launcher import main
from trainers.plan.settings import TABLES
from trainers.tables.choice import defaults_text

TINY = ["--activation", "relu", "--init", "xavier_uniform", "--no-browser"]
QUICK = [*TINY, "--epochs", "1", "--experiment", "exp"]


def endless(folder: Path) -> list[str]:
    """Flags of a run that takes a core until it is stopped."""
    return [*few(folder), *TINY, "--epochs", "100000", "--experiment", "exp"]


def window(launched: Launched, name: str, environment: str = "exp_compare") -> str:
    """A window's content as a stranger on this machine sees it; empty while it is not there."""
    try:
        base = launched.url.split("/env/")[0]
        answer = requests.post(
            f"{base}/win_data", json={"eid": environment, "win": name}, timeout=5
        )
        return json.dumps(answer.json()["content"]) if answer.ok else ""
    except (requests.RequestException, KeyError, ValueError):
        return ""


def drawn_steps(launched: Launched) -> list[int]:
    """The steps of the training loss that the compare page shows now, of all runs together."""
    content = window(launched, "train_loss")
    return [step for trace in json.loads(content)["data"] for step in trace["x"]] if content else []


def busy_worker(launched: Launched) -> psutil.Process:
    """The worker that has trained most."""
    return max(workers(launched), key=lambda process: process.cpu_times().user)


# Python then says what a process never closed; of databases only since 3.13.
WATCHED = {"PYTHONWARNINGS": "default::ResourceWarning"}


@pytest.mark.smoke
def test_one_command_trains_records_and_ends(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*QUICK, "--activation", "relu", "tanh", "--exit", **WATCHED)
    assert launched.ends() == 0, launched.said
    assert "ResourceWarning" not in launched.said
    assert "exp: 2 runs on" in launched.said
    assert "results" in launched.said
    assert "\x1b" not in launched.said
    experiment = recorded(tmp_path, "exp")
    assert [view.state for view in experiment.runs] == ["done", "done"]
    assert all((view.latest("test_accuracy") or 0) > 0.85 for view in experiment.runs)
    assert all(view.lines["train_loss"].count == 300 for view in experiment.runs)
    launched.leaves_nobody()


@pytest.mark.smoke
def test_no_command_about_a_record_leaves_it_open(launch: Launch, tmp_path: Path) -> None:
    invent(tmp_path / "runs" / "exp").record.close()
    commands = {
        ("view", "exp", "--no-browser", "--exit"): 0,
        ("view", "exp", "--no-browser", "--grid", "no", "setting"): 2,
        ("export", "exp", "--to", "files"): 0,
        ("export", "exp", "--to", "runs"): 2,
        ("resume", "exp"): 2,
    }
    started = [(launch(*command, **WATCHED), code) for command, code in commands.items()]
    for launched, code in started:
        assert launched.ends() == code, launched.said
        assert "ResourceWarning" not in launched.said


def test_the_dashboard_stays_up_after_training_until_ctrl_c_and_shows_the_record_again(
    launch: Launch, tmp_path: Path
) -> None:
    """By the metric that it was trained with, or by another."""
    asked = ["--metric", "test_loss", "--milestones", "0.4", "--epochs", "5"]
    launched = launch(*few(tmp_path), *QUICK, *asked)
    launched.says("the dashboard stays up")
    until(lambda: "relu" in window(launched, "leaderboard"))
    launched.send(signal.SIGINT)
    assert launched.ends() == 0
    launched.leaves_nobody()
    experiment = recorded(tmp_path, "exp")
    assert (experiment.metric.name, experiment.metric.goal) == ("test_loss", "min")
    assert experiment.milestones == (0.4,)
    viewed = launch("view", "exp", "--no-browser")
    other = launch("view", "exp", "--metric", "train_loss", "--no-browser")
    until(lambda: ": test loss " in window(viewed, "answer"))
    until(lambda: "0.4 at step" in window(viewed, "leaderboard"))
    assert "done" in window(viewed, "leaderboard")
    until(lambda: ": train loss " in window(other, "answer"))
    for look in (viewed, other):
        look.send(signal.SIGTERM)
        look.ends()


def test_the_same_command_gives_the_same_numbers(launch: Launch, tmp_path: Path) -> None:
    numbers = []
    for name in ("one", "two"):
        flags = [*few(tmp_path), *QUICK, "--experiment", name, "--no-dashboard"]
        assert launch(*flags, "--init", "normal", "--activation", "relu", "tanh").ends() == 0
        points = read_points(tmp_path / "runs" / name)
        numbers.append(sorted((p.run_id, p.series, p.values.tolist()) for p in points))
    assert numbers[0] == numbers[1]


@pytest.mark.faults
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_everything_within_five_seconds_and_keeps_what_was_recorded(
    launch: Launch, tmp_path: Path, number: int, code: int
) -> None:
    launched = launch(*endless(tmp_path), "--seed", "0", "1", "2")
    until(lambda: steps(tmp_path) > 50, 60)
    launched.send(number)
    started_s = time.monotonic()
    assert launched.ends() == code
    assert time.monotonic() - started_s < 5.0
    launched.leaves_nobody()
    experiment = recorded(tmp_path, "exp")
    assert {view.state for view in experiment.runs} == {"stopped"}
    assert sum(view.step for view in experiment.runs) > 50


@pytest.mark.faults
def test_a_second_ctrl_c_ends_at_once(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*endless(tmp_path))
    until(lambda: steps(tmp_path) > 10, 60)
    launched.send(signal.SIGINT)
    launched.send(signal.SIGINT)
    assert launched.ends(5) == 130
    launched.leaves_nobody()


@pytest.mark.faults
def test_a_killed_worker_fails_its_run_within_five_seconds_and_the_others_finish(
    launch: Launch, tmp_path: Path
) -> None:
    two = ["--seed", "0", "1", "--workers", "2", "--no-browser", "--experiment", "exp"]
    launched = launch(*paced(tmp_path), *two, "--epochs", "3", "--exit")
    until(lambda: steps(tmp_path) > 20, 60)
    busy_worker(launched).kill()
    killed_s = time.monotonic()
    launched.says("failed", 10)
    assert time.monotonic() - killed_s < 5.0
    assert launched.ends() == 1
    assert "its worker was killed by SIGKILL" in launched.said
    states = sorted(view.state for view in recorded(tmp_path, "exp").runs)
    assert states == ["done", "failed"]


@pytest.mark.faults
def test_a_killed_server_comes_back_on_its_port_and_shows_every_point_again(
    launch: Launch, tmp_path: Path
) -> None:
    launched = launch(*paced(tmp_path), "--epochs", "1000", "--no-browser", "--experiment", "exp")
    until(lambda: drawn_steps(launched), 60)
    address = launched.url
    host = launched.processes("dashboard.server.app")[0]
    host.kill()
    host.wait(5)
    killed_at = steps(tmp_path)
    until(lambda: max(drawn_steps(launched), default=0) > killed_at)
    assert launched.url == address
    assert min(drawn_steps(launched)) < 300


@pytest.mark.faults
def test_a_killed_launcher_leaves_nobody_behind(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*endless(tmp_path))
    until(lambda: steps(tmp_path) > 10, 60)
    assert len(launched.descendants()) >= 2
    launched.send(signal.SIGKILL)
    launched.leaves_nobody()


def test_help_lists_every_command_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main.main(["--help"])
    assert ended.value.code == 0
    output = capsys.readouterr().out
    for name, command in main.COMMANDS.items():
        assert re.search(rf"\n  {name} +{re.escape(command.says)}\n", output)


@pytest.mark.parametrize("name", main.COMMANDS)
def test_a_commands_own_help_begins_with_its_name(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main.signal, "signal", lambda number, handler: None)
    with pytest.raises(SystemExit) as ended:
        main.main([name, "--help"])
    assert ended.value.code == 0
    words = "launch.py" if name == "train" else f"launch.py {name}"
    assert capsys.readouterr().out.startswith(f"usage: {words} [-h]")


@pytest.mark.usefixtures("main_here")
def test_a_dry_run_prints_the_plan_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trainers.local.children.warm", lambda **_how: pytest.fail("one started"))
    words = ["--activation", "relu", "tanh", "--seed", "0", "1", "--init", "zeros"]
    assert main.main([*words, "--dry-run"]) == 0
    output = capsys.readouterr().out
    assert "4 runs" in output
    assert "tanh-s1" in output
    assert "with --stack 4 of 4 runs would train together in 2 stacks" in output
    assert "it may take " in output
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize("command", ["--dry-run", "--summary"])
def test_planning_looks_at_no_file_of_the_data_set(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    command: str,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "empty").mkdir()
    assert main.main(["--recipe", "lenet", "--data", "empty", command]) == 0
    assert capfd.readouterr().err == ""
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["empty"]


@pytest.mark.usefixtures("main_here")
def test_every_choice_is_listed_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--list"]) == 0
    output = capsys.readouterr().out
    for table in TABLES.values():
        for name, entry in table.items():
            assert f"  {name} " in output
            assert not (defaults := defaults_text(entry)) or f"  [{defaults}]\n" in output
