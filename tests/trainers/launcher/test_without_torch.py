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
try:
    code = main({words!r})
except SystemExit as end:
    code = end.code
print("exit code", code, "with torch" if "torch" in sys.modules else "without torch", flush=True)
"""
SMALL = ["--activation", "relu", "--init", "kaiming_normal", "--hidden", "8", "--epochs", "1",
         "--batch-size", "6000"]  # fmt: skip


def told(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What a launcher says; its last line tells whether it has loaded torch."""
    return subprocess.run(
        [sys.executable, "-c", TELLS.format(words=words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        ["--activation", "rellu"],
        ["--init", "normal:std=0"],
        ["--optimizer", "sgd:momentum=-1"],
        ["--loss", "mse:beta=1"],
        ["--dataset", "mnist", "svhm"],
        ["--model", "lenet:pooling=min"],
        ["--norm", "batch", "--batch-size", "1"],
        ["--lr", "0"],
        ["--device", "abacus"],
        ["--port", "99999"],
        ["resume", "nothing"],
    ],
    ids=" ".join,
)
def test_what_is_refused_by_its_words_is_refused_before_torch_could_be_there(
    words: list[str], tmp_path: Path
) -> None:
    launcher = told(words, tmp_path)
    assert launcher.stdout == "exit code 2 without torch\n"
    assert launcher.stderr.startswith("launch.py: ")
    assert launcher.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("words", [["--list"], ["--help"], ["train", "--help"]], ids=" ".join)
def test_what_is_only_printed_of_the_tables_takes_no_torch(
    words: list[str], tmp_path: Path
) -> None:
    assert told(words, tmp_path).stdout.endswith("exit code 0 without torch\n")


@pytest.mark.processes
def test_a_model_that_cannot_be_built_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    launcher = told(["--model", "lenet", "--init", "eye", "--no-browser"], tmp_path)
    assert launcher.stdout == "exit code 2 without torch\n"
    assert launcher.stderr.startswith("launch.py: model lenet: eye fills linear weights (2-D) only")
    assert launcher.stderr.count("\n") == 1
    assert not list(tmp_path.rglob("*"))


@pytest.mark.processes
def test_a_launcher_that_trains_never_loads_torch(tmp_path: Path) -> None:
    words = ["--experiment", "e", "--no-browser", "--exit", "--prune", "--lr", "0.1", "1"]
    launcher = told([*words, *SMALL], tmp_path)
    assert launcher.stdout.endswith("exit code 0 without torch\n"), launcher.stderr
    assert re.search(r"kept of the trained models: best and last, 0\.10\d MB", launcher.stdout)
    assert {view.state for view in recorded(tmp_path, "e").runs} <= {"done", "pruned"}
