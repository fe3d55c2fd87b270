"""A Ray cluster of two nodes on this machine, and a small data set to train on."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil

from tests.support.launching import ROOT, children

FEW = """
from trainers.tables.datasets import DATASETS as OURS

def few(data_dir):
    "the first 4,000 digits"
    images = OURS["mnist"].make(None)
    return tuple(part[:n] for part, n in zip(images, (4000, 4000, 1000, 1000)))

DATASETS = {"few": few}
"""


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
