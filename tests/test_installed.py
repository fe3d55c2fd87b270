"""Trainboard as others install it: a wheel in a fresh environment, used from any folder.

What it needs is there already, from the environment of the tests: nothing is downloaded.
"""

import os
import shutil
import site
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.launching import ROOT
from tests.support.reading import read

pytestmark = pytest.mark.processes
SMALL = ["--activation", "relu", "--init", "kaiming_normal", "--hidden", "16",
         "--batch-size", "3000", "--epochs", "1", "--no-browser", "--exit"]  # fmt: skip
IN_A_WHEEL = (
    "dashboard/py.typed",
    "dashboard/page/static/index.html",
    "dashboard/page/static/js/main.js",
    "dashboard/page/static/css/page.css",
    "trainers/data/mnist/train-images-idx3-ubyte.gz",
    "trainers/data/mnist/ATTRIBUTION.md",
    "trainboard/__init__.py",
)
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: a build leaves files beside the code."""
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("dashboard", "trainers"):
        shutil.copytree(ROOT / name, folder / "code" / name,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    files = [ROOT / name for name in ("pyproject.toml", "README.md", "LICENSE")]
    for file in (*files, *ROOT.glob("requirements*.txt")):
        shutil.copy(file, folder / "code")
    pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", folder, folder / "code")
    (built,) = folder.glob("trainboard-*.whl")
    return built


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel."""
    home = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "needs.pth").write_text("\n".join(site.getsitepackages()))
    pip("--python", home / "bin" / "python", "install", "--no-deps", "--no-index", wheel)
    return home / "bin"


@pytest.fixture
def run(bin_folder: Path, tmp_path: Path) -> Run:
    """Runs a program of the environment in the test's folder."""

    def run_there(program: str, *words: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [bin_folder / program, *map(str, words)],
            cwd=tmp_path, env=bare(), capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    return run_there


def bare() -> dict[str, str]:
    """The environment without what would lead Python back to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def pip(*words: object) -> None:
    command: Sequence[str] = [sys.executable, "-m", "pip", "--quiet", *map(str, words)]
    done = subprocess.run(command, env=bare(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_everything_that_runs_need_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names.issuperset(IN_A_WHEEL)
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith("dist-info")} == {
        "dashboard", "trainers", "trainboard",
    }  # fmt: skip
    wanted = {
        str(path.relative_to(ROOT))
        for folder in ("dashboard", "trainers")
        for path in (ROOT / folder).rglob("*.py")
        if "installed" not in path.parts
    }
    assert wanted <= names


def test_the_command_trains_records_and_shows_from_any_folder(run: Run, tmp_path: Path) -> None:
    """Beside a file of that person's own which has the name of a package of ours."""
    (tmp_path / "dashboard.py").write_text("raise SystemError('not mine')")
    done = run("trainboard", *SMALL, "--experiment", "first")
    assert done.returncode == 0, done.stderr
    assert "dashboard: http://" in done.stdout
    assert [view.state for view in read(tmp_path / "runs" / "first").runs] == ["done"]
    assert run("trainboard", "export", "first", "--to", "files").returncode == 0
    assert (tmp_path / "files" / "series.csv").exists()
    mistaken = run("trainboard", "viwe")
    assert (mistaken.returncode, mistaken.stderr) == (
        2, "trainboard: unknown command 'viwe': did you mean view?\n",
    )  # fmt: skip
    missing = run("trainboard", "export", "second", "--to", "files")
    assert missing.stderr.startswith("trainboard: there is no experiment 'second'")
    assert run("trainboard", "--help").stdout.startswith("usage: trainboard [-h]")


OWN_LOOP = """
from trainboard import Recorder, load_run
with Recorder("runs/own", "r", {"lr": 0.1}) as run:
    run.scalars("train_loss", 1, [1.0, 0.5])
print(load_run.__module__)
"""


def test_it_is_imported_from_any_folder_and_says_who_stands_before_it(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "own.py").write_text(OWN_LOOP)
    assert run("python", "own.py").stdout == "trainers\n"
    assert read(tmp_path / "runs" / "own").runs[0].latest("train_loss") == 0.5
    (tmp_path / "trainers.py").write_text("")
    refused = run("python", "own.py")
    assert refused.returncode == 1
    assert "ImportError: trainboard needs its own package 'trainers' in" in refused.stderr
    assert f"{tmp_path / 'trainers.py'} stands before it" in refused.stderr
