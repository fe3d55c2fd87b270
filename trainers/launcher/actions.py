"""What is done about requests that train: runs go on, are added, are forked.

Each is an `Action` of `dashboard.cli.acting`, beside those of `dashboard.cli.actions`. What is new
is written into the record together with the answer; a launcher that dies after that leaves queued
runs, which `resume` trains.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard.cli.acting import Action, Answer
from dashboard.cli.actions import ACTIONS, chosen, names, others
from dashboard.cli.control import ADDED, Control
from dashboard.errors import UserError
from dashboard.record.acts import ACTS
from dashboard.record.decisions import entry
from dashboard.record.printed import OUTPUT, TRACEBACK
from dashboard.record.reader import Record
from dashboard.record.requests import Request
from dashboard.record.schema import ENTER_RUN, FORK, RATES, THREADS
from dashboard.runs.experiment import Experiment
from trainers.fork import CHANGEABLE, forked, place_of, write_start
from trainers.local.orders import Job
from trainers.plan.plan import plan_more
from trainers.plan.settings import GRID_FIELDS, canonical

First = Callable[[Sequence[Job]], Sequence[Job]]
"""How new runs begin: as they are, or as a policy wants it."""
UNCOPIED = (RATES, THREADS, "models", OUTPUT, TRACEBACK)
"""What a parent has recorded that is no part of its fork's life."""


def all_actions(first: First = list) -> dict[str, Action]:
    """Every action, for a launcher that trains."""

    def add(request: Request, experiment: Experiment, control: Control) -> Answer:
        return add_runs(request, experiment, control, first)

    return {**ACTIONS, "continue": go_on, "add": add, "fork": fork}


def go_on(request: Request, experiment: Experiment, control: Control) -> Answer | None:
    """Train what is left of runs that were paused, stopped or given up, or that failed."""
    views, act = chosen(request, experiment), ACTS["continue"]
    able = [view for view in views if view.state in act.of]
    for view in able:
        control.go_on(Job(view.name, view.config), request.reason)
    if able:
        return None  # until their new states are read
    active = [view.name for view in views if not view.ended]
    if not active:
        raise UserError(f"{others(views, request.act)}; fork one with more epochs to train it on")
    return Answer(f"{names(active)}: {act.did}")


def add_runs(
    request: Request, experiment: Experiment, control: Control, first: First = list
) -> Answer:
    """Train further runs beside those named, or beside all: each with the choices that are given.

    details: {choices: {setting: [values]}}.
    """
    views = chosen(request, experiment) if request.runs else experiment.runs
    beside = [view.config for view in views if FORK not in view.config]
    jobs = plan_more(beside, all_settings(control.record), choices_of(request.details))
    new = [(ENTER_RUN, _row(job)) for job in jobs]
    notes = [entry(job.name, ADDED, request.reason) for job in jobs]
    run_names = names([job.name for job in jobs])
    return Answer(f"{run_names}: added", [*new, *notes], lambda: control.begin(first(jobs)))


def choices_of(details: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The choices of further runs. Raises UserError for a setting that runs cannot vary in."""
    choices = details.get("choices")
    if not isinstance(choices, dict) or not choices:
        raise UserError(f"say what is to be added: {', '.join(GRID_FIELDS)}")
    for field, values in choices.items():
        if field not in GRID_FIELDS:
            raise UserError(f"{field!r} is no choice: there are {', '.join(GRID_FIELDS)}")
        if not isinstance(values, list) or not values:
            raise UserError(f"{field} needs at least one value")
    return choices


def fork(request: Request, experiment: Experiment, control: Control) -> Answer:
    """Train on from a kept checkpoint of one run with other settings.

    details: {at: a step or None, changes: {setting: value}}.
    """
    if len(request.runs) != 1:
        raise UserError("fork one run at a time")
    (view,), at = chosen(request, experiment), request.details.get("at")
    if at is not None and (not isinstance(at, int) or isinstance(at, bool)):
        raise UserError(f"a step is a whole number, not {at!r}")
    place = place_of(control.record.folder, view.name, at)
    changes = changes_of(request.details)
    job = forked(view.name, view.config, changes, place, all_settings(control.record))
    write_start(control.record.folder, job, place)
    also = [(ENTER_RUN, _row(job)), *_past(view.name, job.name, place.step)]
    also.append(entry(job.name, ADDED, f"forked from {view.name} at step {place.step:,}"))
    text = f"{job.name}: forked from {view.name} at step {place.step:,}"
    return Answer(text, also, lambda: control.begin([job]))


def changes_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """What a fork changes, as RunConfig has it. Raises UserError."""
    changes = details.get("changes")
    if not isinstance(changes, dict) or not changes:
        raise UserError(f"say what the fork is to change: {', '.join(CHANGEABLE)}")
    return {field: canonical(field, value) for field, value in changes.items()}


def _past(parent: str, child: str, step: int) -> list[tuple[str, tuple[Any, ...]]]:
    """Statements that give a fork its parent's newest numbers and pictures until that step.

    So its curves begin on the parent's, and what is recorded once, at step 0, is there.
    """
    ids = "SELECT p.id AS parent, c.id AS child FROM run p, run c WHERE p.name = ? AND c.name = ?"
    pair = (parent, child)
    marks = ", ".join("?" * len(UNCOPIED))
    return [
        (
            f"INSERT INTO series (run, name) SELECT child, name FROM series JOIN ({ids})"
            " ON run = parent",
            pair,
        ),
        (
            "INSERT INTO point (series, step, time_s, value)"
            " SELECT new.id, point.step, ?, point.value FROM point JOIN series old"
            f" ON point.series = old.id JOIN ({ids}) ON old.run = parent JOIN series new"
            " ON new.run = child AND new.name = old.name WHERE point.id ="
            " (SELECT id FROM point WHERE series = old.id AND step <= ?"
            " ORDER BY step DESC, id DESC LIMIT 1)",
            (time.time(), *pair, step),
        ),
        (
            "INSERT INTO media (run, name, kind, step, time_s, body, details)"
            f" SELECT child, name, kind, step, ?, body, details FROM media JOIN ({ids})"
            " ON run = parent WHERE media.id IN (SELECT max(id) FROM media JOIN"
            f" ({ids}) ON run = parent WHERE step <= ? AND name NOT IN ({marks}) GROUP BY name)",
            (time.time(), *pair, *pair, step, *UNCOPIED),
        ),
    ]


def _row(job: Job) -> tuple[Any, ...]:
    return job.name, json.dumps(job.settings), time.time()


def all_settings(record: Record) -> dict[str, dict[str, Any]]:
    """The settings of every run by its name, also of those that are out of view."""
    return {run.name: run.config for run in (*record.runs(), *record.runs(out_of_view=True))}
