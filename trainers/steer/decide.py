"""The policy `--decide`: adds seeds where the decision needs them, until the best is decided.

Whether it is decided is `dashboard.runs.standing`'s to say, at the looks of `dashboard.runs.looks`;
the page goes by the same. Everything that it goes by is in the record.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import chain, count, islice

from dashboard.cli.control import Control
from dashboard.names import LONGEST_RUN
from dashboard.runs.comparison import SEED, Group
from dashboard.runs.experiment import Experiment
from dashboard.runs.families import claimed
from dashboard.runs.looks import FEWEST_FOR_CLAIM, looks
from dashboard.runs.standing import REAL, Claim, Standing, standing
from trainers.config import PREFIXES
from trainers.local.orders import Job


class Decide:
    """Adds seeds, up to so many of a choice."""

    grows = True

    def __init__(self, up_to: int) -> None:
        self.up_to = up_to
        self.settings = {"decide": up_to}
        self._busy = True

    @property
    def says(self) -> str:
        """What it will do, in a sentence."""
        return (
            f"--decide: seeds are added to the best choices, up to {self.up_to} of each, "
            "until the best is decided"
        )

    def wants_more(self, experiment: Experiment) -> bool:
        """Whether it is not decided, and there are seeds left to decide it with."""
        state = standing(experiment)
        return bool(wanted_seeds(state, claimed(experiment).overall, self.up_to))

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        """All that was planned is trained."""
        return list(jobs)

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        """What is left is trained before anything is added."""
        return list(jobs), []

    def look(self, experiment: Experiment, control: Control) -> None:
        """When everything has ended and it is not decided, add the seeds of the next look."""
        if not experiment.ended() or control.busy():
            return
        state = standing(experiment)
        claim = claimed(experiment).overall
        new_seeds = wanted_seeds(state, claim, self.up_to)
        run_names = {view.name for view in experiment.runs}
        for group, seeds in new_seeds.items():
            jobs = _jobs(state.groups[group], seeds, run_names)
            run_names |= {job.name for job in jobs}
            control.add(jobs, _reason(claim) if claim else "")
        self._busy = bool(new_seeds)

    def busy(self) -> bool:
        """Whether it is not decided yet, and there are seeds left to decide it with."""
        return self._busy


def wanted_seeds(state: Standing, claim: Claim | None, up_to: int) -> dict[int, list[int]]:
    """The seeds to be added before the next look, by the group's place in `state.groups`.

    None once the best is decided or every group in question has `up_to` seeds. Before the first
    look each group needs its seeds, for the best must be better than every other; later the leader
    and those that it cannot be told from.
    """
    if claim is None or claim.state == REAL:
        return {}
    numbers = {group: len(_seeds(state.groups[group])) for group in state.order}
    in_question = [group for group in state.order if numbers[group] < FEWEST_FOR_CLAIM]
    in_question = [g for g in in_question or claim.ties if numbers[g] < up_to]
    if not in_question:
        return {}
    fewest = min(numbers[group] for group in in_question)
    target = next(number for number in looks(up_to) if number > fewest)
    all_seeds = dict.fromkeys(seed for group in state.groups for seed in _seeds(group))
    return {
        group: _further(_seeds(state.groups[group]), list(all_seeds), target)
        for group in in_question
        if numbers[group] < target
    }


def _further(own: Sequence[int], all_seeds: Sequence[int], target: int) -> list[int]:
    """Seeds that a group has not, up to `target` in all; those of other groups come first."""
    fresh = (seed for seed in chain(all_seeds, count(max(all_seeds) + 1)) if seed not in own)
    return list(islice(fresh, target - len(own)))


def _seeds(group: Group) -> list[int]:
    return [int(view.config[SEED]) for view in group.runs]


def _jobs(group: Group, seeds: Sequence[int], run_names: Collection[str]) -> list[Job]:
    """The group's choice with these seeds."""
    first = group.first
    stem = first.name.removesuffix(f"-{PREFIXES[SEED]}{first.config[SEED]}")
    jobs = []
    for seed in seeds:
        end = f"-{PREFIXES[SEED]}{seed}"
        name = stem[: LONGEST_RUN - len(end)] + end
        if name in run_names:  # the names of two choices may be equal as far as they fit
            name = f"{name}-{len(run_names)}"[-LONGEST_RUN:].lstrip("-.,=@ ")
        jobs.append(Job(name, {**first.config, SEED: seed}))
    return jobs


def _reason(claim: Claim) -> str:
    if claim.n < FEWEST_FOR_CLAIM:
        return f"{FEWEST_FOR_CLAIM} seeds are needed to tell"
    return f"undecided after {claim.n} seeds"
