"""How good the forecasts are, at step 0 and after 2, 5 and 10 % of the steps, over a wide world.

    python -m tests.benchmarks.bench_forecast [--first 200001] [--draws 85] [--epochs 1]
        [--fit]

Trains the draws of `tests.benchmarks.wide_runs` that are not kept yet, two at a time. A run really
fails where it diverges or ends below 50 % test accuracy. Prints precision and recall of "hopeless"
at every stage, each wrong forecast, and where the wrong ones are. With --fit it prints the numbers
of `dashboard/runs/forecast_weights.py` instead, fitted to these draws; those that are judged must
be others.
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
from dashboard.runs.forecast import STAGES, Forecast, features, forecast_at
from dashboard.runs.forecast_weights import Weights
from dashboard.runs.run_view import RunView
from dashboard.runs.thresholds import LEARNED
from tests.benchmarks.measure import Claim
from tests.benchmarks.wide_runs import WideRun, step_0, wide_run
from trainers.config import RunConfig

FIRST, DRAWS, PROCESSES, NICE = 200_001, 85, 2, 15
AIMS = {0: (0.92, 0.85), 10: (0.98, 0.95)}
TRIAL = ("trial_odds", "trial_skill", "trial_share")
EARLY = ("odds", "skill", "train_skill")
FITTED = {0: (TRIAL,)} | dict.fromkeys((2, 5, 10), (EARLY + TRIAL, EARLY, ("odds",)))
RIDGE = 1.0  # how strongly weights are kept small, in draws
NEWTON_STEPS = 50

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


def fitted(drawn: Sequence[Case], stage: int, names: Sequence[str]) -> Weights:
    """Logistic regression with a ridge on standardised features, by Newton's method."""
    rows = [(features(case.view, stage), case.learned) for case in drawn]
    rows = [(known, y) for known, y in rows if set(names) <= known.keys()]
    x = np.array([[known[name] for name in names] for known, _ in rows])
    y = np.array([learned for _, learned in rows], float)
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - mean) / spread])
    ridge = RIDGE * np.eye(z.shape[1])
    ridge[0, 0] = 0
    w = np.zeros(z.shape[1])
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-z @ w))
        w -= np.linalg.solve((z.T * (p * (1 - p))) @ z + ridge, z.T @ (p - y) + ridge @ w)
    slopes = w[1:] / spread
    constant = round(float(w[0] - slopes @ mean), 2)
    return Weights(constant, {n: round(float(s), 2) for n, s in zip(names, slopes, strict=True)})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    first = "number of the first draw, of several series of draws too"
    parser.add_argument("--first", type=int, nargs="+", default=[FIRST], help=first)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of each series")
    parser.add_argument("--epochs", type=int, default=1, help="that each draw is trained for")
    parser.add_argument("--fit", action="store_true", help="print weights fitted to these draws")
    args = parser.parse_args()
    drawn = cases([first + i for first in args.first for i in range(args.draws)], args.epochs)
    if args.fit:
        for stage, sets in FITTED.items():
            print(f"    {stage}: (")
            for names in sets:
                print(f"        {fitted(drawn, stage, names)},")
            print("    ),")
        return
    for claim in judge(drawn):
        print(f"{claim.name}: {claim.median:.3f} (target {claim.target}; {claim.note})")


if __name__ == "__main__":
    main()
