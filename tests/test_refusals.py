"""What launch.py refuses: one sentence, exit code 2, and nothing is started or left behind."""

import socket
from pathlib import Path

import pytest

from dashboard.record.reader import create
from tests.support.invented import invent
from tests.support.launching import Launch, recorded
from tests.support.reading import add_runs
from tests.support.refusing import refused
from trainers.config import RunConfig
from trainers.launcher.commands import COMMANDS

QUICK = ["--activation", "relu", "--init", "xavier_uniform", "--no-browser", "--epochs", "1",
         "--experiment", "exp"]  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--metric", "rmse"], "--metric 'rmse' is recorded by no run: there are test_accuracy,"),
        (["--goal", "min"], "--goal min is about a metric: name it with --metric"),
        (["--metric", "test_loss", "--goal", "up"], "argument --goal: invalid choice: 'up'"),
        (["--milestones", "90"], "--milestones 90 is not allowed: accuracies lie in [0, 1]"),
    ],
)
@pytest.mark.usefixtures("main_here")
def test_a_wrong_metric_is_one_sentence(
    capfd: pytest.CaptureFixture[str], flags: list[str], sentence: str
) -> None:
    assert refused([*QUICK, *flags], capfd).startswith(f"launch.py: {sentence}")


MISTAKES = [
    (["--activation", "rellu"], "unknown activation"),
    (["--lr", "0"], "--lr 0"),
    (["--lr", "abc"], "--lr"),
    (["--epochs", "0"], "--epochs 0"),
    (["--device", "abacus"], "--device 'abacus'"),
    (["--experiment", "-a"], "expected one argument"),
    (["--experiment", "a<b"], "digits and _ "),
    (["--data", "/nonexistent"], "/nonexistent"),
    (["--data-memory", "-1"], "'-1' is no number of GB from 0 on"),
    (["--data-memory", "1", "--engine", "ray"], "--data-memory is for workers on this machine"),
    (["--threads", "0"], "'0' is not allowed: it must be a number in 1 .. 256, or free"),
    (["--threads", "-1"], "--threads"),
    (["--threads", "2.5"], "'2.5' is not allowed"),
    (["--threads", "9" * 5000], "is not allowed"),
    (["--threads", "2", "--engine", "ray"], "--threads is for workers on this machine"),
    (["--threads", "free", "--stack"], "--threads free is for runs that train one by one"),
    (["--port", "99999"], "1 .. 65535"),
    (["--host", "0.0.0.0"], "VISDOM_PASSWORD"),
    (["--server", "nonsense"], "http://HOST:PORT"),
    (["--workers", "0"], "--workers 0"),
    (["--no-such-flag"], "--no-such-flag"),
    (["view", "nothing"], "no experiment 'nothing'"),
    (["remove", "nothing"], "no experiment 'nothing' in runs: it has none"),
    (["view"], "no recorded experiment"),
    (["veiw"], "unknown command 'veiw': did you mean view?"),
    (["veiw", "--help"], "unknown command 'veiw': did you mean view?"),
    (["zzz"], f"unknown command 'zzz': allowed are {', '.join(COMMANDS)}"),
    (["x" * 2000], f"unknown command '{'x' * 60}': allowed are train"),
    (["train", "--lr", "0"], "--lr 0"),
]


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize(("arguments", "part"), MISTAKES, ids=lambda v: str(v)[:30])
def test_a_mistake_is_one_sentence_exit_code_2_and_nothing_is_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    part: str,
) -> None:
    monkeypatch.delenv("VISDOM_PASSWORD", raising=False)
    assert part in refused(arguments, capfd)
    assert not list(tmp_path.glob("runs/*"))


def test_a_mistake_starts_no_process_that_stays(launch: Launch) -> None:
    launched = launch("--activation", "rellu", "--no-dashboard")
    assert launched.ends() == 2
    assert launched.said.count("\n") == 1
    assert "Traceback" not in launched.said
    launched.leaves_nobody()


@pytest.mark.usefixtures("main_here")
def test_an_experiment_that_exists_is_left_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    invent(tmp_path / "runs" / "exp").record.close()
    before = (tmp_path / "runs" / "exp" / "record.sqlite3").read_bytes()
    for way in ("--no-dashboard", "--dry-run"):
        said = refused([*QUICK, way], capfd)
        assert "experiment 'exp' exists already" in said
        assert "give --experiment exp-2, which is free" in said
    assert (tmp_path / "runs" / "exp" / "record.sqlite3").read_bytes() == before


def test_a_port_that_was_named_and_is_taken_is_a_mistake(launch: Launch, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        launched = launch(*QUICK, "--port", str(taken.getsockname()[1]))
        assert launched.ends() == 2
    assert "taken" in launched.said
    assert not (tmp_path / "runs" / "exp").exists()


@pytest.mark.usefixtures("main_here")
def test_a_start_without_the_data_is_one_sentence_and_records_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    said = refused(["--recipe", "lenet", "--data", "empty", "--no-dashboard"], capfd)
    assert said.startswith("launch.py: fashion_mnist: train-images-idx3-ubyte.gz ")
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("main_here")
def test_a_resume_without_the_data_is_one_sentence_and_changes_no_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    record = create(tmp_path / "runs" / "exp", {"command": ["--experiment", "exp"]})
    add_runs(record, [("r", RunConfig().as_dict())])
    record.end_run("r", "stopped")
    record.close()
    (tmp_path / "empty").mkdir()
    said = refused(["resume", "exp", "--data", "empty", "--no-dashboard"], capfd)
    assert said.startswith("launch.py: mnist: train-images-idx3-ubyte.gz ")
    assert [view.state for view in recorded(tmp_path, "exp").runs] == ["stopped"]


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--grid", "activation", "momentum"], "--grid 'momentum' is no setting of a run"),
        (["--baseline", "gelu"], "--baseline 'gelu' is no run of this experiment"),
        (["--metric", "rmse"], "--metric 'rmse' is recorded by no run"),
        (["--milestones", "95"], "--milestones 95 is not allowed"),
        (["--port", "99999"], "--port 99999 is not allowed"),
        (["--host", "0.0.0.0"], "opens the dashboard to other machines"),
        (["--server", "nowhere"], "--server 'nowhere' is no address"),
        (["--experiment", "a/b"], "call it 'a_b'"),
    ],
)
def test_a_dry_run_refuses_what_a_run_would_refuse(
    words: list[str], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plan = ["--activation", "relu", "tanh", "--init", "zeros", "--no-browser", *words]
    said = refused([*plan, "--dry-run"], capfd)
    assert sentence in said
    assert said == refused(plan, capfd)
    assert not (tmp_path / "runs").exists()
