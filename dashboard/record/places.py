"""Knows where the checkpoints lie from which a run can be forked, beside the record.

What is in them, and writing them, is the trainers' business.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FORKABLE = "forkable"
"""The folder, in the experiment's, with a folder for each run: `forkable/RUN/EPOCH-STEP.pt`."""


@dataclass(frozen=True)
class Place:
    """A checkpoint that is kept to fork from: after how many epochs and steps, and its file."""

    epoch: int
    step: int
    file: Path


def kept(folder: Path, run: str) -> list[Place]:
    """The places from which a run of the experiment in `folder` can be forked, in their order."""
    places = []
    for file in (folder / FORKABLE / run).glob("*-*.pt"):
        epoch, _, step = file.stem.partition("-")
        if epoch.isdecimal() and step.isdecimal():
            places.append(Place(int(epoch), int(step), file))
    return sorted(places, key=lambda place: place.step)
