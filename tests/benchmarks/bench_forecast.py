"""How good the forecasts are, at step 0 and after 2, 5 and 10 % of the steps, over a wide world.

    python -m tests.benchmarks.bench_forecast [--first 200001] [--draws 85] [--epochs 1]

Trains the draws of `tests.benchmarks.wide_runs` that are not kept yet, two at a time. A run really
fails where it diverges or ends below 50 % test accuracy. Prints precision and recall of "hopeless"
at every stage, each wrong forecast, and where the wrong ones are. The draws must be others than
those that `fit_forecast.py` fitted the numbers to.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from dashboard.record.rows import Points, Run
from dashboard.runs.forecast import STAGES, Forecast, forecast_at
from dashboard.runs.run_view import RunView
from dashboard.runs.thresholds import LEARNED
from tests.benchmarks.measure import Claim
from tests.benchmarks.wide_runs import WideRun, step_0, wide_run
from trainers.config import RunConfig

FIRST, DRAWS, PROCESSES, NICE = 200_001, 85, 2, 15
AIMS = {0: (0.92, 0.85), 10: (0.98, 0.95)}

TAGS: dict[str, Callable[[RunConfig], bool]] = {
    "sgd": lambda c: c.optimizer.startswith("sgd"),
    "adam, adamw": lambda c: c.optimizer.startswith("adam"),
    "adam, adamw at 0.02 and more": lambda c: c.optimizer.startswith("adam") and c.lr >= 0.02,
    "lowest rates": lambda c: c.lr < (3e-5 if c.optimizer.startswith("adam") else 3e-3),
    "cross_entropy, mse, bce": lambda c: c.loss in ("cross_entropy", "mse", "bce"),
    "mae, smooth_l1": lambda c: c.loss in ("mae", "smooth_l1"),
    "activation on the output": lambda c: c.output_activation,
    "dropout of 0.4 and more": lambda c: any(p >= 0.4 for p in c.dropout),
    "depth 8 and more": lambda c: len(c.hidden or ()) >= 8,
    "lenet": lambda c: c.model == "lenet",
}


class Case(NamedTuple):
    """A draw with what was recorded of it and whether it learned."""

    number: int
    run: WideRun
    view: RunView
    learned: bool


def claims(rounds: int) -> list[Claim]:
    """`rounds` is not used: the same draw ends the same way every time."""
    return judge(cases(range(FIRST, FIRST + DRAWS)))


def cases(numbers: Sequence[int], epochs: int = 1) -> list[Case]:
    """The draws, trained for so many epochs where they are not kept."""
    work = [(number, epochs) for number in numbers]
    context: Any = multiprocessing.get_context("fork")
    with context.Pool(PROCESSES, initializer=os.nice, initargs=(NICE,)) as pool:
        runs = pool.starmap(wide_run, work, chunksize=1)
        firsts = pool.starmap(step_0, work, chunksize=1)
    return [
        Case(number, run, replay(run, first), (run.accuracy or 0.0) >= LEARNED)
        for number, run, first in zip(numbers, runs, firsts, strict=True)
    ]


def replay(run: WideRun, first: dict[str, float]) -> RunView:
    """The run as a reader of its record knows it, with the statistics of step 0 as they are now."""
    state = "diverged" if run.accuracy is None else "done"
    row = Run(1, "run", run.config.as_dict(), state, "", 0.0, 0.0, 1.0, None,
              run.total_steps, run.steps_per_epoch, 0)  # fmt: skip
    record: Any = SimpleNamespace(settings={})  # nothing else is read from it
    view = RunView(row, record)
    scalars = run.scalars | {f"signal/{name}": [(0, value)] for name, value in first.items()}
    for series, points in scalars.items():
        steps, values = (np.array(column, float) for column in zip(*points, strict=True))
        view.add(Points(1, series, steps, np.zeros(len(steps)), values))
    return view


def judge(drawn: Sequence[Case]) -> list[Claim]:
    """Two claims a stage; prints what was forecast wrongly."""
    claims = []
    for stage in STAGES:
        made = [(case, found) for case in drawn if (found := forecast_at(case.view, stage))]
        called = sum(found.hopeless for _, found in made)
        failed = sum(not case.learned for case in drawn)
        hits = sum(found.hopeless and not case.learned for case, found in made)
        note = f"{len(drawn)} runs, {failed} failed, {called} called hopeless, {hits} rightly"
        precision, recall = AIMS.get(stage, ("", ""))
        claims += [
            Claim(f"forecast at {stage} %: precision", f">= {precision}",
                  [hits / max(1, called)], note=note),
            Claim(f"forecast at {stage} %: recall", f">= {recall}",
                  [hits / max(1, failed)], note=note),
        ]  # fmt: skip
        _print_wrong(stage, made)
    return claims


def _print_wrong(stage: int, made: Sequence[tuple[Case, Forecast]]) -> None:
    wrong = [(case, found) for case, found in made if found.hopeless == case.learned]
    for case, found in wrong:
        kind = "false alarm" if found.hopeless else "miss"
        end = "diverged" if case.run.accuracy is None else f"ended at {case.run.accuracy:.3f}"
        print(f"  {stage} %: {kind} ({found.probability:.2f}), draw {case.number}, {end}: "
              f"{_named(case.run.config)}: {found.evidence}")  # fmt: skip
    for tag, holds in TAGS.items():
        there = sum(holds(case.run.config) for case, _ in made)
        alarms = sum(f.hopeless and holds(c.run.config) for c, f in wrong)
        misses = sum(not f.hopeless and holds(c.run.config) for c, f in wrong)
        print(f"  {stage} %: {tag}: {alarms} false alarms, {misses} misses in {there} runs")


def _named(c: RunConfig) -> str:
    shape = c.model if c.hidden is None else f"{len(c.hidden)} layers of {max(c.hidden)}"
    rest = [f"dropout {p:g}" for p in c.dropout] + ["act. out"] * c.output_activation
    return ", ".join([shape, c.activation, c.init, c.loss, f"{c.optimizer} {c.lr:g}",
                      f"batch {c.batch_size}", *rest])  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", type=int, default=FIRST, help="number of the first draw")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--epochs", type=int, default=1, help="that each draw is trained for")
    args = parser.parse_args()
    for claim in judge(cases(range(args.first, args.first + args.draws), args.epochs)):
        print(f"{claim.name}: {claim.median:.3f} (target {claim.target}; {claim.note})")


if __name__ == "__main__":
    main()
