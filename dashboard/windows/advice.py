"""Says how to find out whether the best is more than chance: which runs want which further seeds.

A pure function of what the record holds. Who leads, and whether that is decided, is
`dashboard.windows.conclusion`'s to say; who trains what is asked for is the launcher's.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.program import PROGRAM
from dashboard.runs.comparison import SEED, Group
from dashboard.runs.experiment import Experiment
from dashboard.runs.families import claimed
from dashboard.runs.joint import JointExperiment
from dashboard.runs.pruning import PRUNED
from dashboard.runs.significance import FEWEST
from dashboard.runs.standing import CANNOT_TELL, UNDECIDED, Claim, Standing
from dashboard.windows.conclusion import Words, conclusions, listed

MOST_NAMED = 3  # runs in a command; for more of them it names the experiment
MOST_AT_ONCE = 16  # choices, all of which get further seeds
AT_ONCE = 2  # seeds, with which there are enough for a claim
LEAST_UP_TO = 10  # seeds of a choice


@dataclass(frozen=True)
class Advice:
    """text: a sentence with the command. runs, seeds: what our page asks for at a click, the runs
    by name with these seeds too; none where a click is not enough.
    """

    text: str
    runs: Sequence[str] = ()
    seeds: Sequence[int] = ()


def advice(experiment: Experiment, state: Standing) -> Advice | None:
    """How to find out; None while that may show by itself, and where seeds would not help."""
    if not state.order or experiment.varied() == [SEED]:
        return None
    claim = claimed(experiment).overall
    if claim is None or claim.runner_up is None:
        return None
    if claim.state == CANNOT_TELL:
        return _too_few(experiment, state, claim)
    if claim.state == UNDECIDED and experiment.ended() and not state.wrong_counts[claim.leader]:
        return _undecided(experiment, claim)
    return None


def conclusions_with_advice(experiment: Experiment, state: Standing) -> list[str]:
    """What is concluded, and after the answer how to be sure of it, as sentences."""
    sentences, how = conclusions(experiment, state), advice(experiment, state)
    return [*sentences[:1], how.text, *sentences[1:]] if how else sentences


def _too_few(experiment: Experiment, state: Standing, claim: Claim) -> Advice:
    if len(state.values[claim.leader]) < FEWEST:
        return _one_seed(experiment, state)
    few = [i for i in claim.ties if len(state.values[i]) < FEWEST] or claim.ties[1:]
    words, has = Words(experiment, state), "has" if len(few) == 1 else "have"
    cause = f"{listed([words.name(i) for i in few])} {has} too few seeds to be compared"
    seeds = _seeds([state.groups[claim.leader]])
    return _advised(experiment, cause, [state.groups[i] for i in few], seeds)


def _one_seed(experiment: Experiment, state: Standing) -> Advice:
    """More seeds of all; where those are many, of those that decide, or at least of the best."""
    cause = "One seed cannot tell whether that is chance"
    many = len(state.groups) > MOST_AT_ONCE
    if many and _can_decide(experiment):
        return Advice(f"{cause}: {_decide(experiment, LEAST_UP_TO)}")
    if many or _is_steered(experiment):
        best = [state.groups[i] for i in state.order[:MOST_NAMED]]
        return _advised(experiment, cause, best, _next(state.groups))
    return _advised(experiment, cause, state.groups, _next(state.groups))


def _undecided(experiment: Experiment, claim: Claim) -> Advice | None:
    """Who adds seeds by hand until it is real would find that by chance too: --decide counts how
    often it is looked (`dashboard.runs.looks`). Where it has come to its end, that is said of it.
    """
    if not _can_decide(experiment):
        return None
    return Advice(f"More seeds may tell: {_decide(experiment, max(LEAST_UP_TO, 2 * claim.n))}")


def _can_decide(experiment: Experiment) -> bool:
    nobody_can = experiment.own_loop or isinstance(experiment, JointExperiment)
    return not (nobody_can or experiment.decide_up_to or _is_steered(experiment))


def _decide(experiment: Experiment, up_to: int) -> str:
    return shlex.join([PROGRAM, "resume", experiment.name, "--decide", str(up_to)])


def _is_steered(experiment: Experiment) -> bool:
    """Whether its runs were not to be a whole grid, which --decide adds seeds to."""
    return bool(experiment.search) or any(view.state == PRUNED for view in experiment.runs)


def _advised(
    experiment: Experiment, cause: str, groups: Sequence[Group], seeds: Sequence[int]
) -> Advice:
    if experiment.own_loop or not seeds:
        return Advice(f"{cause}: record each choice with more seeds.")
    runs = [group.first.name for group in groups]
    more = [f"--{SEED}", *map(str, seeds)]
    if isinstance(experiment, JointExperiment):
        command = shlex.join([PROGRAM, "add", "NAME", *more])
        return Advice(f"{cause}: {command} for each of them.", runs, seeds)
    names = runs if len(runs) <= MOST_NAMED and len(runs) < len(experiment.runs) else []
    first = "/".join([experiment.name, *names[:1]])
    return Advice(f"{cause}: {shlex.join([PROGRAM, 'add', first, *names[1:], *more])}", runs, seeds)


def _seeds(groups: Sequence[Group]) -> list[int]:
    """The seeds of the groups' runs, sorted; none where one is no whole number."""
    seeds = [view.config.get(SEED) for group in groups for view in group.runs]
    whole = {seed for seed in seeds if isinstance(seed, int)}
    return sorted(whole) if all(isinstance(seed, int) for seed in seeds) else []


def _next(groups: Sequence[Group]) -> list[int]:
    """The seeds that come after all of theirs."""
    seeds = _seeds(groups)
    return [seeds[-1] + 1 + i for i in range(AT_ONCE)] if seeds else []
