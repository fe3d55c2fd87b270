"""A person's own training loop: the examples of the README files as they stand, and their page."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from dashboard import Recorder
from dashboard.board.scene import ExperimentScene
from tests.support.documents import example
from tests.support.launching import ROOT, Launch, until
from tests.support.reading import read, read_points, read_runs
from tests.support.scripts import Script

pytestmark = pytest.mark.processes

SCRIPTS = 4


def start(script: Path, *arguments: str) -> Script:
    return Script(script, *arguments, folder=script.parent, OMP_NUM_THREADS="1")


def ended(script: Script) -> None:
    end = script.ends()
    assert end.returncode == 0, end.stderr


def windows_of(folder: Path) -> dict[str, list[str]]:
    """The windows of every environment of the experiment, by the environment's name."""
    experiment = read(folder)
    scene = ExperimentScene(experiment)
    return {name: [place.name for place in places] for name, places in scene.environments()}


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of the README, which two processes have run at the same time."""
    script = tmp_path_factory.mktemp("readme") / "mine.py"
    script.write_text(example("mine.py: python mine.py"))
    for started in [start(script, *a.split()) for a in ("adam 0.01", "sgd 0.1")]:
        ended(started)
    return script


def test_the_readmes_loop_records_from_several_processes_while_nobody_looks(mine: Path) -> None:
    experiment = read(mine.with_name("runs") / "mine")
    assert {run.name for run in experiment.runs} == {"adam-0.01", "sgd-0.1"}
    assert {run.state for run in experiment.runs} == {"done"}
    assert experiment.varied() == ["optimizer", "lr"]
    for run in experiment.runs:
        assert run.lines["train_loss"].count == 300
        assert run.media["x"].details["labels"] is not None
    windows = windows_of(mine.with_name("runs") / "mine")
    assert windows["mine_compare"] == [
        "answer",
        "train_loss",
        "accuracy_grid",
        "leaderboard",
        "delta",
        "settings",
        "grad_norm",
    ]
    own = ["card", "train_loss", "x", "pred", "config", "learning", "grad_norm", "notes"]
    assert windows["mine_adam-0.01"] == own


def test_a_script_that_is_started_again_makes_another_run_and_says_so(mine: Path) -> None:
    again = start(mine, "sgd", "0.1").ends()
    assert again.returncode == 0
    assert again.stderr == (
        "Trainboard: run 'sgd-0.1' is recorded already, so this one is called 'sgd-0.1-2'; "
        "resume=True would go on with the other\n"
    )
    experiment = read(mine.with_name("runs") / "mine")
    assert [run.state for run in experiment.runs if run.name == "sgd-0.1-2"] == ["done"]


def test_many_processes_may_begin_one_experiment_at_the_same_moment(tmp_path: Path) -> None:
    script = tmp_path / "short.py"
    script.write_text(
        "import sys\nfrom dashboard import Recorder\n"
        "with Recorder('runs/mine', sys.argv[1]) as run:\n"
        "    for step in range(2000): run.scalar('reward', step, -step)\n"
    )
    for started in [start(script, f"run{i}") for i in range(SCRIPTS)]:
        ended(started)
    experiment = read(tmp_path / "runs" / "mine")
    assert [run.lines["reward"].count for run in experiment.runs] == [2000] * SCRIPTS
    assert windows_of(tmp_path / "runs" / "mine")["mine_compare"] == [
        "answer", "leaderboard", "settings", "reward",
    ]  # fmt: skip


def test_a_recorder_serves_a_notebook_where_cells_run_in_other_threads(tmp_path: Path) -> None:
    run = Recorder(tmp_path / "mine", "cells")
    for first in (0, 100):
        cell = threading.Thread(target=lambda at=first: run.scalars("loss", at, [1.0] * 100))
        cell.start()
        cell.join()
    run.close()
    assert read_points(tmp_path / "mine")[0].steps.tolist() == list(range(200))


def test_view_follows_a_loop_of_ones_own_and_ends_with_it(launch: Launch, tmp_path: Path) -> None:
    with Recorder(tmp_path / "runs" / "mine", "live", {"lr": 1}) as run:
        run.scalar("train_loss", 1, 1.0)
        run.flush()
        view = launch("view", "mine", "--no-browser", "--exit")
        view.says("dashboard: ")
        assert view.process.poll() is None
        run.scalar("late/one", 1, 1.0)
    assert view.ends() == 0, view.said
    view.leaves_nobody()


@pytest.mark.gpu
def test_a_number_on_another_device_is_copied_there_and_read_later(tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device: a number on one cannot be made here")
    with Recorder(tmp_path / "mine", "gpu") as run:
        total = torch.zeros((), device="cuda")
        for step in range(3):
            total += 1
            run.scalar("s", step, total)
    assert read_points(tmp_path / "mine")[0].values.tolist() == [1, 2, 3]


def test_the_recorder_needs_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from dashboard import Recorder\n"
        "with Recorder(sys.argv[1], 'r') as run: run.scalar('s', 1, 2)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "m")], cwd=ROOT, check=True)
    until(lambda: read_runs(tmp_path / "m")[0].state == "done")
