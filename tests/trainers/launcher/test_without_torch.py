"""The launcher plans, refuses and watches without PyTorch; what takes it is asked of a process that
has it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.launching import ROOT, recorded

TELLS = """
import sys
from dashboard.output import protect
from trainers.launcher.main import main

protect()
for words in {commands!r}:
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code
    torch = "with torch" if "torch" in sys.modules else "without torch"
    print("exit code", code, torch, flush=True)
"""
SMALL = ["--activation", "relu", "--init", "kaiming_normal", "--hidden", "8", "--epochs", "1",
         "--batch-size", "6000", "--workers", "1", "--threads", "1"]  # fmt: skip


def told(folder: Path, *commands: list[str]) -> subprocess.CompletedProcess[str]:
    """What a launcher says to one after the other; a line tells whether it has loaded torch."""
    return subprocess.run(
        [sys.executable, "-c", TELLS.format(commands=commands)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


REFUSED = {
    "rellu": ["--activation", "rellu"],
    "normal:std=0": ["--init", "normal:std=0"],
    "sgd:momentum=-1": ["--optimizer", "sgd:momentum=-1"],
    "mse": ["--loss", "mse:beta=1"],
    "svhm": ["--dataset", "mnist", "svhm"],
    "min": ["--model", "lenet:pooling=min"],
    "batch": ["--norm", "batch", "--batch-size", "1"],
    "lr": ["--lr", "0"],
    "abacus": ["--device", "abacus"],
    "99999": ["--port", "99999"],
    "nothing": ["resume", "nothing"],
}
"""What a person may have mistaken, and a word of what is said of it."""


def test_what_is_refused_by_its_words_is_refused_before_torch_could_be_there(
    tmp_path: Path,
) -> None:
    launcher = told(tmp_path, *REFUSED.values())
    assert launcher.stdout == "exit code 2 without torch\n" * len(REFUSED)
    for word, line in zip(REFUSED, launcher.stderr.splitlines(), strict=True):
        assert line.startswith("launch.py: ")
        assert word in line
    assert not list(tmp_path.rglob("*"))


def test_what_is_only_printed_of_the_tables_takes_no_torch(tmp_path: Path) -> None:
    said = told(tmp_path, ["--list"], ["--help"], ["train", "--help"]).stdout
    assert said.count("\nexit code 0 without torch\n") == 3


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The folder of one that is told to train what cannot be built and, then, what can: what has
    torch is asked by both. What it says, and what it complains of.
    """
    folder = tmp_path_factory.mktemp("launcher")
    refused = ["--model", "lenet", "--init", "eye", "--no-browser", "--runs-dir", "refused"]
    words = ["--experiment", "e", "--no-browser", "--exit", "--prune", "--lr", "0.1", "1"]
    said = told(folder, refused, [*words, *SMALL])
    return folder, said.stdout, said.stderr


@pytest.mark.processes
def test_a_model_that_cannot_be_built_is_refused_and_leaves_nothing(
    launcher: tuple[Path, str, str],
) -> None:
    folder, said, complained = launcher
    assert said.startswith("exit code 2 without torch\n")
    assert complained.startswith("launch.py: model lenet: eye fills linear weights (2-D) only")
    assert complained.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["runs"]  # of what is trained after it


@pytest.mark.processes
def test_a_launcher_that_trains_never_loads_torch(launcher: tuple[Path, str, str]) -> None:
    folder, said, complained = launcher
    assert said.endswith("exit code 0 without torch\n"), complained
    assert re.search(r"kept of the trained models: best and last, 0\.10\d MB", said)
    assert {view.state for view in recorded(folder, "e").runs} <= {"done", "pruned"}
