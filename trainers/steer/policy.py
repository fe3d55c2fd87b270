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
from dashboard.runs.experiment import Experiment
from trainers.local.orders import Job
from trainers.plan.plan import Plan
from trainers.steer.contest import was_hopeless
from trainers.steer.prune import Prune


class Policy(Steering, Protocol):
    """Steers an experiment from its first run on, or from where it was interrupted.

    first: the jobs as they are begun. rest: of an interrupted experiment those that are begun, and
    the names of runs that wait, paused. says: what it will do, in a sentence; empty for nothing.
    """

    @property
    def says(self) -> str: ...
    def first(self, jobs: Sequence[Job]) -> list[Job]: ...
    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]: ...


class NoPolicy(Unsteered):
    """Every run is trained through."""

    says = ""

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
    if not args.prune:
        return NoPolicy()
    if not _differ(settings):
        raise UserError("--prune needs choices of which some can be given up: only the seed varies")
    return Prune(int(settings[0]["epochs"]), args.even_doomed)


def steered(plan: Plan, policy: Policy) -> Plan:
    """The plan as its policy lets it begin."""
    return replace(plan, jobs=policy.first(plan.jobs))


def is_left(run: Run, args: argparse.Namespace) -> bool:
    """Whether `resume` has something to train of a run, as the flags say."""
    if run.state == "pruned" and args.prune:
        return bool(args.even_doomed) and was_hopeless(run)
    return run.state not in FINAL


def _differ(settings: Sequence[Mapping[str, Any]]) -> bool:
    """Whether runs differ in anything but the seed."""
    return len({repr({**each, "seed": 0}) for each in settings}) > 1
