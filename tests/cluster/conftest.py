"""A two-node cluster for the tests of the Ray engine, and the choices they train on."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.launching import ROOT, children

FEW = """
from trainers.datasets import DATASETS as OURS

def few(data_dir):
    "the first 4,000 digits"
    images = OURS["mnist"].make(None)
    return tuple(part[:n] for part, n in zip(images, (4000, 4000, 1000, 1000)))

DATASETS = {"few": few}
"""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `-m ray` these tests are skipped, and the summary says what runs them."""
    if "ray" not in (config.option.markexpr or ""):
        reason = pytest.mark.skip(reason="starts a Ray cluster: `make test-ray` runs it")
        for item in items:
            if "ray" in item.keywords:
                item.add_marker(reason)


class TwoNodes:
    """The cluster; `kill_a_node` takes away the one where the launcher is not."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.cluster.two_nodes"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={
                **os.environ,
                "RAY_USAGE_STATS_ENABLED": "0",
                "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
            },
        )
        self.address = self._heard(r"^[\d.]+:\d+$")

    def processes(self) -> list[psutil.Process]:
        """Everything that the nodes run now."""
        return children(psutil.Process(self.process.pid))

    def kill_a_node(self) -> None:
        assert self.process.stdin
        self.process.stdin.write("kill\n")
        self.process.stdin.flush()
        self._heard("killed")

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()
        self._log.close()

    def _heard(self, pattern: str) -> str:
        assert self.process.stdout
        for line in self.process.stdout:
            if re.search(pattern, line.strip()):
                return line.strip()
        raise AssertionError(f"the cluster ended; see {self._log.name}")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TwoNodes]:
    nodes = TwoNodes(tmp_path / "cluster.log")
    yield nodes
    nodes.close()


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A file of choices with a small data set, `few`."""
    file = tmp_path / "few.py"
    file.write_text(FEW)
    return file
