"""STATES: the states that a run can be in, and everything that the rest needs to know of each.

The page has the same table in `static/js/states.js`; a test holds the two equal. Which state a run
is in is written by whoever trains it; nothing is read or written here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class State(NamedTuple):
    """says: what it means, a sentence's end.

    ended: nothing more is recorded of such a run. well: the launcher's exit code counts it as a
    success. wrong: its results are compared with no others. short: its end says little beside runs
    trained through. final: `resume` has nothing left to train of it. loud: of several seeds, the
    state with the lowest number speaks for all. tone: on the page, of good, warn, bad, run. colour:
    on white paper. style: in a terminal, as rich has it. sign: before the word.
    """

    says: str
    loud: int
    colour: str
    style: str
    tone: str = ""
    sign: str = ""
    ended: bool = False
    well: bool = False
    wrong: bool = False
    short: bool = False
    final: bool = False


STATES: dict[str, State] = {
    "queued": State("waits for its turn", 6, "#52606D", "dim"),
    "running": State("trains", 1, "#0B5CAD", "cyan", tone="run"),
    "paused": State("can go on from its checkpoint", 5, "#5B3F9B", "blue", short=True),
    "done": State(
        "all its steps are done", 8, "#08704F", "green", tone="good",
        ended=True, well=True, final=True,
    ),
    "failed": State(
        "an error ended it", 2, "#B3261E", "bold red", tone="bad", sign="!",
        ended=True, wrong=True,
    ),
    "diverged": State(
        "the loss is no number any more", 3, "#A63D00", "yellow", tone="bad", sign="✕",
        ended=True, well=True, wrong=True, final=True,
    ),
    "stopped": State(
        "somebody ended it", 4, "#6B4E00", "magenta", tone="warn", ended=True, short=True,
    ),
    "pruned": State(
        "given up for better ones, see --prune", 7, "#5C5470", "dim magenta",
        ended=True, well=True, short=True,
    ),
}  # fmt: skip


def _those(is_so: Callable[[State], bool]) -> frozenset[str]:
    return frozenset(name for name, state in STATES.items() if is_so(state))


ENDED = _those(lambda state: state.ended)
OPEN = tuple(name for name, state in STATES.items() if not state.ended)
WELL = _those(lambda state: state.well)
WRONG = _those(lambda state: state.wrong)
SHORT = _those(lambda state: state.short)
FINAL = tuple(name for name, state in STATES.items() if state.final)
LOUDEST_FIRST = tuple(sorted(STATES, key=lambda name: STATES[name].loud))


def state_help() -> str:
    """Every state with what it means, for a person who points at the word."""
    entries = [f"{name} ({state.says})" for name, state in STATES.items()]
    return f"{', '.join(entries[:-1])} or {entries[-1]}"
