"""ACTIONS: what is done about requests that train nothing new: runs end, pause, leave the view.

Those that need a trainer are `trainers.launcher.actions`. Each is an `Action` of
`dashboard.cli.acting`.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.cli.acting import Action, Answer
from dashboard.cli.control import Control
from dashboard.errors import UserError
from dashboard.names import is_part_of_path, quoted
from dashboard.record import removal
from dashboard.record.acts import ACTS
from dashboard.record.decisions import entry
from dashboard.record.removal import Statement
from dashboard.record.requests import Request
from dashboard.record.rows import Run
from dashboard.record.schema import RATES
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView

MOST_NAMED = 4  # runs in a sentence
HIGHEST_RATE = 3.4e38  # where float32 ends


def stop(request: Request, experiment: Experiment, control: Control) -> Answer | None:
    """End runs, in training or waiting; what they have come to stays."""
    return _end(request, experiment, control, "stopped")


def pause(request: Request, experiment: Experiment, control: Control) -> Answer | None:
    """Let runs wait at their last checkpoint."""
    return _end(request, experiment, control, "paused")


def _end(request: Request, experiment: Experiment, control: Control, state: str) -> Answer | None:
    views, act = chosen(request, experiment), ACTS[request.act]
    still = [view for view in views if view.state in act.of]
    for view in still:
        control.end(view.name, state, request.reason)
    if still:
        return None  # they record their ends themselves
    runs = [view.name for view in views if view.state == state and view.error == request.reason]
    if not runs:
        raise UserError(others(views, request.act))
    return Answer(f"{names(runs)}: {act.did}{_but(views, runs)}")


def lr(request: Request, experiment: Experiment, control: Control) -> Answer | None:
    """Change the learning rate of runs from their next step on; each marks it on its curves."""
    rate = rate_of(request.details)
    views = chosen(request, experiment)
    marks = {view.name: mark for view in views if (mark := _mark(view, request.key))}
    rest = [view for view in views if view.name not in marks and view.state == "running"]
    if not control.pool.sets_rates:
        raise UserError(
            "the rate of runs in a stack or on a cluster cannot be changed; fork one with another"
        )
    for view in rest:
        control.pool.set_rate(view.name, rate, request.key)
    if rest:
        return None
    if not marks:
        raise UserError(others(views, request.act))
    at = ", ".join(f"{name} from step {step + 1:,} on" for name, step in marks.items())
    return Answer(f"learning rate {rate:g}: {at}")


def _mark(view: RunView, key: str) -> int | None:
    """The step after which the run has made this change; None while it has not."""
    changes = view.data(RATES) or []
    return next((int(each["step"]) for each in changes if each.get("key") == key), None)


def remove(request: Request, experiment: Experiment, control: Control) -> Answer:
    """Take runs out of view."""
    absent = {run.name for run in control.record.runs(out_of_view=True)}
    views = [
        view for view in chosen(request, experiment, absent) if not _refuse_open(view, request.act)
    ]
    also: list[Statement] = [(removal.REMOVE, (view.name,)) for view in views]
    also += [entry(view.name, "removed", request.reason) for view in views]
    subject = names([view.name for view in views]) or "nothing"
    return Answer(f"{subject}: {ACTS['remove'].did}", also)


def restore(request: Request, experiment: Experiment, control: Control) -> Answer:
    """Bring runs back into view."""
    absent = [run.name for run in control.record.runs(out_of_view=True)]
    runs = [name for name in absent if name in request.runs]
    if not runs:
        raise UserError(f"no such run of {experiment.name} was taken out of view")
    also: list[Statement] = [(removal.RESTORE, (name,)) for name in runs]
    also += [entry(name, "brought back", request.reason) for name in runs]
    return Answer(f"{names(runs)}: {ACTS['restore'].did}", also)


def delete(request: Request, experiment: Experiment, control: Control) -> Answer:
    """Remove runs from disk: their rows, then what else lies in the folder under their names."""
    record = control.record
    runs: list[Run] = [run for run in (*record.runs(), *record.runs(out_of_view=True))
                       if run.name in request.runs]  # fmt: skip
    for run in runs:
        _refuse_open(run, request.act)
    statements = [each for run in runs for each in removal.deletion(run.name)]
    statements += [entry(run.name, removal.DELETED, request.reason) for run in runs]
    for run in runs:
        remove_files(record.folder, run.name)
    there = [run.name for run in runs]
    return Answer(f"{names(there) or 'nothing was there'}: {ACTS['delete'].did}", statements)


def remove_files(folder: Path, run: str) -> None:
    """Remove the run's checkpoints and models: all that is called as it in folders of `folder`."""
    if not is_part_of_path(run):
        return  # nothing lies there under a name that can be none of a file
    for place in (each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()):
        with contextlib.suppress(OSError):
            (place / f"{run}.pt").unlink(missing_ok=True)
        if (place / run).is_dir():
            shutil.rmtree(place / run, ignore_errors=True)


def chosen(
    request: Request, experiment: Experiment, missing_ok: Iterable[str] = ()
) -> list[RunView]:
    """The runs that it is about, in their order. Raises UserError for one that is not there."""
    by_name = {view.name: view for view in experiment.runs}
    if not request.runs:
        raise UserError(f"say which runs of {experiment.name} to {request.act}")
    for name in request.runs:
        if name not in by_name and name not in missing_ok:
            raise UserError(f"{experiment.name} has no run {name!r}")
    return [by_name[name] for name in request.runs if name in by_name]


def rate_of(details: Mapping[str, Any]) -> float:
    """The learning rate that is asked for. Raises UserError."""
    rate = details.get("lr")
    if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 < rate <= HIGHEST_RATE:
        return float(rate)
    raise UserError(f"lr {quoted(rate)} is not allowed: it must be a number above 0")


def _refuse_open(run: Run | RunView, act: str) -> bool:
    if run.state not in ACTS[act].of:
        raise UserError(f"{run.name} is {run.state}: stop it first")
    return False


def others(views: Sequence[RunView], act: str) -> str:
    """Why nothing of that can be done to any of the runs."""
    states = "; ".join(f"{view.name} is {view.state}" for view in views[:MOST_NAMED])
    return f"{states}: only runs that are {listed(ACTS[act].of)} can be asked to {act}"


def _but(views: Sequence[RunView], runs: Sequence[str]) -> str:
    rest = [f"{view.name} was {view.state} before" for view in views if view.name not in runs]
    return f"; {', '.join(rest[:MOST_NAMED])}" if rest else ""


def names(runs: Sequence[str]) -> str:
    """Runs in a sentence: a few by name, the rest by their number."""
    if len(runs) <= MOST_NAMED:
        return ", ".join(runs)
    return f"{', '.join(runs[: MOST_NAMED - 1])} and {len(runs) - MOST_NAMED + 1} more"


def listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


ACTIONS: dict[str, Action] = {
    "stop": stop,
    "pause": pause,
    "lr": lr,
    "remove": remove,
    "restore": restore,
    "delete": delete,
}
