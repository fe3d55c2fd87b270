"""What the README files show of contributing, done in a copy of the project as it stands there.

An activation, a model, a data set, a window and a command are added; then they are listed, trained,
drawn and run, and the tests take them up.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import FILES, Change, blocks, change
from tests.support.launching import ROOT

pytestmark = pytest.mark.processes

CHANGES = [made for file in FILES for block in blocks(file) if (made := change(block))]
CODE = ("launch.py", "dashboard", "trainers", "tests")
COPIED = (*CODE, "pyproject.toml", "README.md", "Makefile")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with every change that is shown, and the generated lists made anew."""
    copy = tmp_path_factory.mktemp("project")
    leave_out = shutil.ignore_patterns("*.pyc.*", "node_modules", "data")  # half compiled; large
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=leave_out)
        else:
            shutil.copy(ROOT / name, copy / name)
    (copy / "trainers" / "data").symlink_to(ROOT / "trainers" / "data")
    for made in CHANGES:
        made.make(copy)
    run(copy, "launch.py", "docs")
    return copy


def run(folder: Path, *arguments: str) -> str:
    """What Python says to the arguments in the copy; it must end well."""
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=150
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_each_kind_of_addition_is_shown() -> None:
    tables = {made.where for made in CHANGES if made.how == "in"}
    assert tables >= {"ACTIVATIONS", "MODELS", "DATASETS", "COMPARE_WINDOWS", "COMMANDS"}


def test_a_change_that_fits_nowhere_is_no_change(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("TABLE = {\n}\n")
    Change("file.py", "in", "TABLE", "    1: 2,\n").make(tmp_path)
    assert (tmp_path / "file.py").read_text() == "TABLE = {\n    1: 2,\n}\n"
    for misplaced in (Change("file.py", "above", "import", "x"), Change("file.py", "", "", "x")):
        with pytest.raises(AssertionError):
            misplaced.make(tmp_path)


def test_what_was_added_is_found_in_the_lists(project: Path) -> None:
    listed = run(project, "launch.py", "--list")
    assert {"hard_tanh", "funnel", "stripes"} <= set(listed.split())
    for file, name in {
        "trainers/tables/README.md": "| `hard_tanh` | the straight line x",
        "dashboard/windows/README.md": "| `duration` | how long each run",
        "trainers/launcher/README.md": "| `launch.py states` | print the state of every run |",
    }.items():
        assert name in (project / file).read_text()


DRAW = """
import json
from contextlib import closing
from pathlib import Path
from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment
from dashboard.windows.compare_windows import COMPARE_WINDOWS

with closing(Record(Path("runs/first"))) as record:
    experiment = Experiment(record)
    experiment.poll()
    print(json.dumps(COMPARE_WINDOWS["duration"].draw(experiment).packet()["data"]))
"""


def test_it_trains_and_its_window_and_its_command_show_the_runs(project: Path) -> None:
    run(
        project, "launch.py", "--dataset", "stripes", "--model", "mlp", "funnel", "--activation",
        "hard_tanh", "--init", "xavier_normal", "--epochs", "2", "--lr", "0.1", "--no-dashboard",
        "--experiment", "first",
    )  # fmt: skip
    states = run(project, "launch.py", "states", "runs/first")
    assert states == "mlp: done\nfunnel: done\n"
    drawn = run(project, "-c", DRAW)
    assert '"y": ["mlp", "funnel"]' in drawn


def test_the_tests_take_up_what_was_added(project: Path) -> None:
    tables = project / "tests" / "trainers" / "tables"
    files = [str(tables / f"test_{name}.py") for name in ("activations", "models", "datasets")]
    files.append(str(project / "tests" / "trainers" / "plan" / "test_readme.py"))
    files.append(str(project / "tests" / "trainers" / "launcher" / "test_docs.py"))
    ours = "hard_tanh or funnel or stripes or duration or every"
    dear = "test_every_choice_builds_with_every_other or test_every_channel"
    said = run(project, "-m", "pytest", "-q", *files, "-k", f"({ours}) and not ({dear})")
    assert "passed" in said


def test_the_examples_are_written_as_the_project_is(project: Path) -> None:
    run(project, "-m", "ruff", "check", "--no-cache", ".")
    run(project, "-m", "ruff", "format", "--no-cache", "--check", ".")
