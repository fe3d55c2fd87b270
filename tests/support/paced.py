"""Trainings that wait more than they work: for tests of what happens around a training.

A worker that trains as fast as it can takes a core from everything that is looked at meanwhile.
"""

from pathlib import Path

from tests.support.few import few

PAUSE_S = 0.04
CHOICES = """
import time

from torch import nn


class Paced(nn.ReLU):
    def forward(self, x):
        time.sleep({pause_s})
        return super().forward(x)


ACTIVATIONS = {{"paced": Paced}}
"""


def paced(folder: Path, pause_s: float = PAUSE_S) -> list[str]:
    """Flags of a run with 20 steps an epoch and, unless told otherwise, a second.

    What they need is written to `folder`.
    """
    return [
        *few(folder, CHOICES.format(pause_s=pause_s)),
        "--activation", "paced", "--init", "kaiming_normal", "--workers", "1",
    ]  # fmt: skip
