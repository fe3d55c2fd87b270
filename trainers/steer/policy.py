"""Makes the policy that the flags ask for, and the plan with which it begins.

Each policy is a module of this room; here they are chosen, and flags that do not go together found,
before anything starts.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from dashboard.cli.control import Steering, Unsteered
from dashboard.errors import UserError
from dashboard.record.rows import Run
from dashboard.record.states import FINAL
from dashboard.runs.experiment import Experiment
from dashboard.runs.experiment_settings import MOST_SEEDS
from dashboard.runs.looks import FEWEST_FOR_CLAIM
from trainers.local.orders import Job
from trainers.plan.devices import devices_for
from trainers.plan.engines import where
from trainers.plan.flags import read_run_flags
from trainers.plan.plan import MOST_RUNS, Plan, checked_keep, make_plan
from trainers.plan.ranges import Range, ranges
from trainers.plan.settings import canonical, written
from trainers.stack.grouping import BATCH
from trainers.steer.contest import was_hopeless
from trainers.steer.decide import Decide
from trainers.steer.prune import Prune
from trainers.steer.search import Search, need_optuna
from trainers.steer.together import SearchAndPrune


class Policy(Steering, Protocol):
    """Steers an experiment from its first run on, or from where it was interrupted.

    first: the jobs as they are begun. rest: of an interrupted experiment those that are begun, and
    the names of runs that wait, paused. says: what it will do, in a sentence; empty for nothing.
    grows: whether it may add runs. wants_more: whether it would add some to an experiment all of
    whose runs have ended. settings: what the record keeps of it.
    """

    grows: bool

    @property
    def says(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    def wants_more(self, experiment: Experiment) -> bool: ...
    def first(self, jobs: Sequence[Job]) -> list[Job]: ...
    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]: ...


class NoPolicy(Unsteered):
    """Every run is trained through."""

    says, grows = "", False
    settings: Mapping[str, Any] = {}

    def wants_more(self, experiment: Experiment) -> bool:
        return False

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        return list(jobs)

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        return list(jobs), []


def planned(args: argparse.Namespace) -> tuple[Plan, Policy]:
    """The plan of a new experiment and its policy. Raises UserError."""
    if args.search is None:
        base, choices = read_run_flags(args)
        _refuse_what_search_means(args, choices)
        plan = make_plan(base, choices, *where(args), args.stack, args.keep)
        policy = policy_of(args, [job.settings for job in plan.jobs])
        return steered(replace(plan, jobs=policy.first(plan.jobs)), policy, args), policy
    search = search_of(args)
    policy = policy_of(args, [], search)
    devices = devices_for(*where(args), search.trials)
    stacks = args.stack or devices[0].startswith("cuda")
    jobs = search.begin(len(devices) * (BATCH if stacks else 1))
    return Plan(policy.first(jobs), devices, args.stack, checked_keep(args.keep)), policy


def policy_of(
    args: argparse.Namespace,
    settings: Sequence[Mapping[str, Any]],
    search: Search | None = None,
) -> Policy:
    """The policy that the flags ask for; settings: of every run of the experiment.

    Raises UserError for flags that do not go together.
    """
    if args.even_doomed and not args.prune:
        raise UserError("--even-doomed says how --prune is meant, so give --prune too")
    others = [f"--{flag}" for flag in ("prune", "search") if getattr(args, flag)]
    if args.decide is not None and others:
        raise UserError(f"--decide adds seeds to a whole grid, so {others[0]} does not go with it")
    if search:
        if not args.prune:
            return search
        return SearchAndPrune(search, Prune(search.base.epochs, args.even_doomed))
    if not (args.prune or args.decide is not None):
        return NoPolicy()
    if not _differ(settings):
        flag = "prune" if args.prune else "decide"
        raise UserError(f"--{flag} needs choices to choose from: only the seed varies")
    if args.prune:
        return Prune(int(settings[0]["epochs"]), args.even_doomed)
    return Decide(_seeds_to_decide(args.decide))


def search_of(args: argparse.Namespace) -> Search:
    """The search that the flags of `train` ask for, all of it checked. Raises UserError."""
    need_optuna()
    if args.trials is None or not 1 <= args.trials <= MOST_RUNS:
        detail = "" if args.trials is None else f", and {args.trials} is none of them"
        raise UserError(f"--search needs --trials N, a number in 1 .. {MOST_RUNS}{detail}")
    base, choices = read_run_flags(args)
    if len(set(choices["seed"])) > 1:
        raise UserError("--search tries each of its settings with one seed: give --seed one number")
    space, constants = _space(choices)
    if not space:
        raise UserError("--search needs something to choose from: a range, or two values of a flag")
    # Every model that can come up is built once, and both ends of each range are proved.
    ends = {field: [side.low, side.high] if isinstance(side, Range) else side
            for field, side in space.items()}  # fmt: skip
    make_plan(replace(base, **constants), ends).proved()
    return Search(args.search, args.trials, replace(base, **constants), space)


def _space(
    choices: Mapping[str, Sequence[Any]],
) -> tuple[dict[str, Range | list[Any]], dict[str, Any]]:
    """What is searched, and what stays as it is. Raises UserError."""
    space: dict[str, Range | list[Any]] = {}
    constants: dict[str, Any] = {}
    for field, values in choices.items():
        own = list(
            dict.fromkeys(
                v if isinstance(v, Range) else written(field, canonical(field, v)) for v in values
            )
        )
        if len(own) > 1 and any(isinstance(value, Range) for value in own):
            raise UserError(
                f"--{field.replace('_', '-')} takes one range or a list of values, not both"
            )
        if isinstance(own[0], Range) or len(own) > 1:
            space[field] = own[0] if isinstance(own[0], Range) else own
        else:
            constants[field] = canonical(field, own[0])
    return space, constants


def _refuse_what_search_means(
    args: argparse.Namespace, choices: Mapping[str, Sequence[Any]]
) -> None:
    for field, side in ranges(choices).items():
        flag = f"--{field.replace('_', '-')}"
        raise UserError(f"{flag} {side} is a range: give --search with it, or a list of values")
    if args.trials is not None:
        raise UserError("--trials says how long a search is, so give --search too")


def _seeds_to_decide(up_to: int) -> int:
    """The most seeds of a choice. Raises UserError for a number that cannot be."""
    if not FEWEST_FOR_CLAIM <= up_to <= MOST_SEEDS:
        raise UserError(
            f"--decide {up_to} is not allowed: it must be a number of seeds in "
            f"{FEWEST_FOR_CLAIM} .. {MOST_SEEDS}"
        )
    return up_to


def steered(plan: Plan, policy: Policy, args: argparse.Namespace) -> Plan:
    """The plan with workers for what its policy may add."""
    return replace(plan, devices=devices_for(*where(args), MOST_RUNS)) if policy.grows else plan


def check_kept(policy: Policy, settings: Mapping[str, Any], experiment: str) -> None:
    """Raise UserError where the record keeps another policy than is asked for now."""
    before, now = settings.get("decide"), policy.settings.get("decide")
    if before and now and before != now:
        raise UserError(
            f"{experiment} is being decided with up to {before} seeds, and how often one looks "
            f"cannot be changed on the way: leave the number out, or say --decide {before}"
        )


def is_left(run: Run, args: argparse.Namespace) -> bool:
    """Whether `resume` has something to train of a run, as the flags say."""
    if run.state == "pruned" and args.prune:
        return bool(args.even_doomed) and was_hopeless(run)
    return run.state not in FINAL


def _differ(settings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether runs differ in anything but the seed."""
    return len({repr({**each, "seed": 0}) for each in settings}) > 1
