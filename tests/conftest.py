"""What several tests share: waiting for a condition, a small data set, the launcher as a person
starts it. Fixtures of one module live with its tests.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch

from dashboard.experiment import Experiment
from dashboard.record import Record
from trainers.datasets import Data, load

ROOT = Path(__file__).resolve().parent.parent
LAUNCH = ROOT / "launch.py"


def until(condition: Callable[[], object], within_s: float = 20.0, what: str = "it") -> None:
    """Wait for a condition; fail when it does not come true in time."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s, f"{what} did not happen within {within_s} s"
        time.sleep(0.02)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def mnist() -> Data:
    return load("mnist")


@pytest.fixture(scope="session")
def small_mnist(mnist: Data) -> Data:
    """The first 1,000 training and 500 test images."""
    return Data(
        mnist.name,
        mnist.classes,
        mnist.train_x[:1000],
        mnist.train_y[:1000],
        mnist.test_x[:500],
        mnist.test_y[:500],
        mnist.test_images[:500],
    )


class Launched:
    """A launcher process and what it says; everything it started must end with it."""

    def __init__(self, arguments: list[str], folder: Path, env: dict[str, str]) -> None:
        self.log = folder / f"launch-{time.monotonic_ns()}.log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(LAUNCH), *arguments],
                cwd=folder,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                start_new_session=True,
            )
        self.seen: dict[int, psutil.Process] = {}

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def url(self) -> str:
        """The dashboard's address, once it has been printed."""
        found = re.search(r"dashboard: (\S+)", self.said)
        return found.group(1) if found else ""

    def descendants(self) -> list[psutil.Process]:
        """Every process the launcher has started so far and that still runs."""
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self.seen[child.pid] = child
        return [p for p in self.seen.values() if p.is_running() and p.status() != "zombie"]

    def processes(self, part: str) -> list[psutil.Process]:
        """The descendants whose command line has this part."""
        found = []
        for process in self.descendants():
            try:
                if part in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def says(self, text: str, within_s: float = 60.0) -> None:
        def said() -> bool:
            self.descendants()
            return text in self.said or self.process.poll() is not None

        until(said, within_s, f"the launcher saying {text!r}")
        assert text in self.said, self.said

    def ends(self, within_s: float = 60.0) -> int:
        """Wait for the end; the exit code."""

        def ended() -> bool:
            self.descendants()
            return self.process.poll() is not None

        until(ended, within_s, f"the launcher's end; it said:\n{self.said}\nthat")
        code = self.process.returncode
        assert isinstance(code, int)
        return code

    def send(self, number: int) -> None:
        self.descendants()
        os.kill(self.process.pid, number)

    def clean_up(self) -> None:
        for process in [*self.descendants()]:
            process.kill()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


Launch = Callable[..., Launched]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts `launch.py` in an empty folder, runs recorded in its `runs`; cleans up at the end."""
    started: list[Launched] = []

    def start(*arguments: str, **env: str) -> Launched:
        started.append(Launched(list(arguments), tmp_path, env))
        return started[-1]

    yield start
    for launched in started:
        launched.clean_up()


def recorded(tmp_path: Path, name: str) -> Experiment:
    """What the launcher recorded, read anew."""
    experiment = Experiment(Record(tmp_path / "runs" / name))
    experiment.poll()
    return experiment


__all__ = ["ROOT", "Launch", "Launched", "recorded", "until"]
