"""Tells a person who does not look that something has happened: `--alert`.

ALERTS lists what is told; how it reaches the person is `dashboard.cli.alert_ways`. What it goes by
is what is known of the experiment; it decides nothing and changes nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dashboard.cli.alert_ways import WAYS, Alert, Post, check_way

if TYPE_CHECKING:
    # What compares runs is imported where it is needed: the flag is read by every command.
    from dashboard.runs.experiment import Experiment

LONGEST_TEXT = 500


@dataclass(frozen=True)
class Event:
    """Something that is so now. key: another whenever it is to be told anew. run: "" for all."""

    key: str
    run: str
    text: str


@dataclass(frozen=True)
class Kind:
    """A kind of alert. says: when it is told.

    find: what of this kind is so now, of (experiment, whether nothing is trained any more).
    """

    says: str
    find: Callable[[Experiment, bool], Iterator[Event]]


def _in_state(state: str) -> Callable[[Experiment, bool], Iterator[Event]]:
    def find(experiment: Experiment, over: bool) -> Iterator[Event]:
        from dashboard.cli.terminal import state_line

        for view in experiment.runs:
            if view.state == state:
                text = state_line(view, experiment.metric)
                yield Event(f"{view.name} {view.attempt}", view.name, text)

    return find


def _decided(experiment: Experiment, over: bool) -> Iterator[Event]:
    """Once all runs have ended: what leads before that may still change."""
    from dashboard.runs.families import claimed
    from dashboard.runs.standing import REAL, standing
    from dashboard.windows.conclusion import conclusions

    if not experiment.ended():
        return
    state = standing(experiment)
    claim = claimed(experiment).overall if state.order else None
    if claim and claim.state == REAL:
        leader = state.groups[claim.leader].first.name
        yield Event(f"{leader} {claim.n}", "", " ".join(conclusions(experiment, state)[:1]))


def _finished(experiment: Experiment, over: bool) -> Iterator[Event]:
    from dashboard.runs.standing import standing
    from dashboard.windows.conclusion import conclusions

    if not (over and experiment.ended()):
        return
    counts: dict[str, int] = {}
    for view in experiment.runs:
        counts[view.state] = counts.get(view.state, 0) + 1
    summary = ", ".join(f"{count} {state}" for state, count in counts.items())
    best = " ".join(conclusions(experiment, standing(experiment))[:1])
    yield Event(f"{len(experiment.runs)}", "", f"all runs have ended ({summary}). {best}".rstrip())


ALERTS = {
    "failed": Kind("an error has ended a run", _in_state("failed")),
    "diverged": Kind("the loss of a run is no number any more", _in_state("diverged")),
    "decided": Kind("all runs have ended, and the best is more than chance", _decided),
    "finished": Kind("all runs have ended, and nothing is trained any more", _finished),
}


class Alerts:
    """Looks at an experiment again and again, and tells what has come to be so since.

    What is so at the first look is old and told to nobody.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._event_keys: dict[str, set[tuple[str, str]]] = {}
        self._version: dict[str, tuple[int, bool]] = {}

    def look(self, experiment: Experiment, over: bool) -> None:
        """over: whether nothing is trained any more. Hold the experiment's lock; never waits."""
        from dashboard.cli.terminal import printable

        name, version = experiment.name, (experiment.version, over)
        if self._version.get(name) == version or not self._post.ways:
            return
        self._version[name] = version
        events = {
            (kind, event.key): event
            for kind, entry in ALERTS.items()
            for event in entry.find(experiment, over)
        }
        before = self._event_keys.get(name, events.keys())
        self._event_keys[name] = set(events)
        for (kind, key), event in events.items():
            if (kind, key) not in before:
                text = printable(f"{name}: {event.text}")[:LONGEST_TEXT]
                self._post.send(Alert(kind, name, event.run, text))


def add_alert_flag(parser: argparse._ActionsContainer) -> None:
    """Add the flag of every command that follows what is trained."""
    parser.add_argument(
        "--alert",
        action="append",
        type=check_way,
        default=[],
        metavar="WAY",
        help=f"tell what happens ({', '.join(ALERTS)}): {', '.join(WAYS)}, or the address of a "
        'webhook, which is sent a POST of {"kind", "experiment", "run", "text", "time_s"} as JSON; '
        '"run" is empty for what concerns all, redirects are not followed. May be repeated; what '
        "cannot be told is said once and holds nothing up",
    )


def make_alerts(ways: Sequence[str], report: Callable[[str], object]) -> tuple[Alerts, Post]:
    """The alerts in the ways that `--alert` names, and what delivers them, to be closed."""
    post = Post(ways, report)
    return Alerts(post), post
