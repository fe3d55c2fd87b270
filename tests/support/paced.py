"""Trainings that wait more than they work: for tests of what happens around a training.

A worker that trains as fast as it can takes a core from everything that is looked at meanwhile.
"""

from pathlib import Path

PAUSE_S = 0.04
CHOICES = f"""
import time

from torch import nn


class Paced(nn.ReLU):
    def forward(self, x):
        time.sleep({PAUSE_S})
        return super().forward(x)


ACTIVATIONS = {{"paced": Paced}}
"""


def paced(folder: Path) -> list[str]:
    """Flags of a run with about 20 steps a second and an epoch; CHOICES is written to `folder`."""
    file = folder / "paced.py"
    file.write_text(CHOICES)
    return [
        "--choices", str(file), "--activation", "paced", "--init", "kaiming_normal", "--hidden",
        "32", "--batch-size", "3000", "--workers", "1",
    ]  # fmt: skip
