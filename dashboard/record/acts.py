"""ACTS: everything that can be asked of an experiment's runs, and what the rest needs to know.

The page's twin is `static/js/acts.js`; a test holds the two equal. What each does is the
launcher's to know: `dashboard.cli.actions`, and `trainers.launcher.acting` for what trains.
"""

from __future__ import annotations

from typing import NamedTuple


class Act(NamedTuple):
    """says: what it does, the rest of "asks to …". of: the states of the runs it can be asked of.

    did: what became of a run, the rest of a sentence. loses: something that cannot be had back,
    so that the page asks once more. trains: it needs a launcher that trains.
    """

    says: str
    did: str
    of: tuple[str, ...]
    loses: bool = False
    trains: bool = False


ENDED_EARLY = ("paused", "stopped", "pruned", "failed")
ANY_ENDED = ("done", "failed", "diverged", "stopped", "pruned")

ACTS: dict[str, Act] = {
    "stop": Act("end training; curve and model stay", "stopped", ("queued", "running", "paused")),
    "pause": Act("wait at the last checkpoint", "paused", ("queued", "running")),
    "continue": Act("train what is left", "queued again", ENDED_EARLY, trains=True),
    "add": Act("train further runs beside these", "added", (), trains=True),
    "fork": Act(
        "train on from a checkpoint with other settings, beside the parent", "forked",
        ("queued", "running", *ENDED_EARLY, "done", "diverged"), trains=True,
    ),
    "lr": Act("change the learning rate of a running run", "given the rate", ("running",)),
    "remove": Act("take out of view; can be brought back", "out of view", ANY_ENDED),
    "restore": Act("bring back into view", "in view again", ANY_ENDED),
    "delete": Act("remove from disk, for good", "removed for good", ANY_ENDED, loses=True),
}  # fmt: skip
