"""Makes the policy that the flags ask for, and says what it will do before anything starts.

Each policy is a module of this room; this one only chooses.
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
from dashboard.runs.experiment import MOST_SEEDS, Experiment
from dashboard.runs.looks import FEWEST_FOR_CLAIM
from trainers.local.orders import Job
from trainers.plan.engines import where
from trainers.plan.plan import MOST_RUNS, Plan, devices_for
from trainers.steer.contest import was_hopeless
from trainers.steer.decide import Decide
from trainers.steer.prune import Prune

ENOUGH_SEEDS = 10  # of --decide without a number


class Policy(Steering, Protocol):
    """Steers an experiment from its first run on, or from where it was interrupted.

    first: the jobs as they are begun. rest: of an interrupted experiment those that are begun, and
    the names of runs that wait, paused. says: what it will do, in a sentence; empty for nothing.
    grows: whether it may add runs. wants_more: whether it would add some to an experiment all of
    whose runs have ended. kept: what the record keeps of it.
    """

    grows: bool

    @property
    def says(self) -> str: ...
    @property
    def kept(self) -> Mapping[str, Any]: ...
    def wants_more(self, experiment: Experiment) -> bool: ...
    def first(self, jobs: Sequence[Job]) -> list[Job]: ...
    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]: ...


class NoPolicy(Unsteered):
    """Every run is trained through."""

    says, grows = "", False
    kept: Mapping[str, Any] = {}

    def wants_more(self, experiment: Experiment) -> bool:
        return False

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        return list(jobs)

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        return list(jobs), []


def add_policy_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that choose a policy."""
    group = parser.add_argument_group("which runs are worth their steps")
    group.add_argument(
        "--prune", action=argparse.BooleanOptionalAction, default=False,
        help="end runs that are forecast not to learn, and let only the best fourth of those that "
        "come to epochs 1, 4, 16, … go on (default: train every run to its end)",
    )  # fmt: skip
    group.add_argument(
        "--even-doomed", action="store_true",
        help="with --prune: train runs that are forecast not to learn like the others",
    )  # fmt: skip

    group.add_argument(
        "--decide", nargs="?", type=int, const=ENOUGH_SEEDS, default=None, metavar="UP_TO_SEEDS",
        help="add seeds to the best choices until the best of all is decided, up to so many of "
        f"each (default: no; without a number {ENOUGH_SEEDS})",
    )  # fmt: skip


def policies() -> list[str]:
    """The names under which a parser gives the flags of `add_policy_flags`."""
    parser = argparse.ArgumentParser(add_help=False)
    add_policy_flags(parser)
    return list(vars(parser.parse_args([])))


def policy_of(args: argparse.Namespace, settings: Sequence[Mapping[str, Any]]) -> Policy:
    """The policy that the flags ask for; settings: of every run of the experiment.

    Raises UserError for flags that do not go together.
    """
    if args.even_doomed and not args.prune:
        raise UserError("--even-doomed says how --prune is meant, so give --prune too")
    given = {"prune": args.prune, "decide": args.decide is not None}
    asked = [flag for flag, is_given in given.items() if is_given]
    if len(asked) > 1:
        raise UserError("--prune and --decide cannot be combined: one ends runs, one adds seeds")
    if not asked:
        return NoPolicy()
    if not _differ(settings):
        raise UserError(f"--{asked[0]} needs choices to choose from: only the seed varies")
    if args.prune:
        return Prune(int(settings[0]["epochs"]), args.even_doomed)
    return Decide(_seeds_to_decide(args.decide, settings))


def _seeds_to_decide(up_to: int, settings: Sequence[Mapping[str, Any]]) -> int:
    """The most seeds of a choice. Raises UserError for a number that cannot be."""
    if not FEWEST_FOR_CLAIM <= up_to <= MOST_SEEDS:
        raise UserError(
            f"--decide {up_to} is not allowed: it must be a number of seeds in "
            f"{FEWEST_FOR_CLAIM} .. {MOST_SEEDS}"
        )
    return up_to


def steered(plan: Plan, policy: Policy, args: argparse.Namespace) -> Plan:
    """The plan as its policy lets it begin, with workers for what it may add."""
    if not policy.grows:
        return replace(plan, jobs=policy.first(plan.jobs))
    devices = devices_for(*where(args), MOST_RUNS)
    return replace(plan, jobs=policy.first(plan.jobs), devices=devices)


def check_kept(policy: Policy, settings: Mapping[str, Any], experiment: str) -> None:
    """Raise UserError where the record keeps another policy than is asked for now."""
    before = settings.get("decide", policy.kept.get("decide"))
    if before != policy.kept.get("decide", before):
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
