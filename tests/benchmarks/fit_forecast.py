"""Fits the numbers of `dashboard/runs/forecast_weights.py` to draws that nothing is judged by.

    python -m tests.benchmarks.fit_forecast [--first 1 100001] [--draws 150 150] [--epochs 1 5]
        [--grids 1 2 3]

The draws are those of `wide_runs.py` and, with --grids, all runs of grids of `full_grids.py`. The
numbers that stand there are where the fit begins and what earlier draws say: a number leaves its
place only as far as these draws ask for it; the numbers of a set begin with those just fitted of a
poorer one, which more records know. Prints them with what they are worth in cross-validation: each
tenth of the draws is forecast by numbers fitted to the rest, all runs of a draw or grid together.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.runs.forecast import DOOM_BELOW, features
from dashboard.runs.forecast_record import learned
from dashboard.runs.forecast_weights import WEIGHTS, Weights
from dashboard.runs.run_view import RunView
from tests.benchmarks.bench_forecast import cases
from tests.benchmarks.full_grids import FULL, full_grid, read

TRIAL, ALIGNED = ("trial_odds", "trial_skill", "trial_share"), "trial_alignment"
LOOKS, RISE = ("odds", "skill", "train_skill"), "odds_rise"
EARLY = ((*LOOKS, *TRIAL, ALIGNED), (*LOOKS, *TRIAL), LOOKS, ("odds",))
FITTED: dict[int, Sequence[tuple[str, ...]]] = {
    0: ((*TRIAL, ALIGNED), TRIAL),
    2: EARLY,
    5: EARLY,
    10: (*((*names, RISE) for names in EARLY), ("odds",)),
}
"""Stage -> sets of features, the richest first. A rise from 2 to 5 % said nothing."""
NEW, KNOWN = 1.0, 20.0  # how strongly a number is held at 0, or at what it was; in draws
GRID_RUN = 0.1  # what a run of a grid counts: all 64 see the same batches
NEWTON_STEPS, FOLDS = 50, 10


class Known(NamedTuple):
    """A run of which it is known what became of it. draw: the same for runs that belong together.

    weight: how many draws it counts.
    """

    draw: str
    view: RunView
    learned: bool
    weight: float


class Table(NamedTuple):
    """Runs of which all features are known: x (N, F); learned, 0 or 1, draws and weights (N,)."""

    x: np.ndarray
    learned: np.ndarray
    draws: np.ndarray
    weights: np.ndarray


def known_runs(
    numbers: Sequence[int], epochs: Sequence[int], grids: Sequence[int]
) -> Iterator[Known]:
    for length in epochs:
        for case in cases(numbers, length):
            yield Known(f"draw {case.number}", case.view, case.learned, 1.0)
    for number in grids:
        for view in read(full_grid(number, FULL)).runs:
            truth = learned(view)
            if truth is not None:
                yield Known(f"grid {number}", view, truth, GRID_RUN)


def table(runs: Sequence[Known], stage: int, names: Sequence[str]) -> Table:
    """What is known at this stage of those that have not diverged, which needs no numbers."""
    rows = [(features(run.view, stage), run) for run in runs if not _is_over(run.view, stage)]
    rows = [(have, run) for have, run in rows if set(names) <= have.keys()]
    return Table(
        np.array([[have[name] for name in names] for have, _ in rows]),
        np.array([run.learned for _, run in rows], float),
        np.array([run.draw for _, run in rows]),
        np.array([run.weight for _, run in rows]),
    )


def _is_over(view: RunView, stage: int) -> bool:
    loss = view.lines["train_loss"]
    return bool(loss.bad) and loss.bad[0][0] <= -(-stage * view.total_steps // 100)


def fitted(rows: Table, names: Sequence[str], before: Weights) -> np.ndarray:
    """(F + 1,) constant and weights: logistic regression on standardised features, with a ridge
    around the numbers from before, of the constant where the features are average."""
    mean = np.average(rows.x, 0, rows.weights)
    spread = np.sqrt(np.average((rows.x - mean) ** 2, 0, rows.weights)) + 1e-9
    z = np.column_stack([np.ones(len(rows.x)), (rows.x - mean) / spread])
    ridge = np.diag([KNOWN, *(KNOWN if name in before.of else NEW for name in names)])
    of = np.array([before.of.get(name, 0.0) for name in names])
    start = np.array([before.constant + of @ mean, *(of * spread)])
    w = start.copy()
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-z @ w))
        pull = z.T @ (rows.weights * (p - rows.learned)) + ridge @ (w - start)
        w -= np.linalg.solve((z.T * (rows.weights * p * (1 - p))) @ z + ridge, pull)
    slopes = w[1:] / spread
    return np.array([w[0] - slopes @ mean, *slopes])


def worth(rows: Table, names: Sequence[str], before: Weights) -> str:
    """Precision, recall and log loss of "hopeless" in cross-validation, of draws and of grids."""
    fold = np.unique(rows.draws, return_inverse=True)[1] % FOLDS
    odds = np.zeros(len(fold))
    for each in range(FOLDS):
        others = Table(*(column[fold != each] for column in rows))
        w = fitted(others, names, before) if len(others.x) else np.zeros(len(names) + 1)
        odds[fold == each] = w[0] + rows.x[fold == each] @ w[1:]
    p, failed, parts = 1 / (1 + np.exp(-odds)), rows.learned == 0, []
    for what, of in (("draws", rows.weights == 1), ("runs of grids", rows.weights < 1)):
        called = of & (p < DOOM_BELOW)
        loss = -np.log(np.where(failed, 1 - p, p))[of].sum() / max(1, of.sum())
        hits, lost = (called & failed).sum(), (of & failed).sum()
        parts.append(f"{what}: {hits} of {called.sum()} called, of {lost} failed; {loss:.3f}")
    return "; ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    first = "number of the first draw of each series"
    parser.add_argument("--first", type=int, nargs="+", default=[1, 100_001], help=first)
    parser.add_argument("--draws", type=int, nargs="+", default=[150, 150], help="of each series")
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 5], help="one or more lengths")
    parser.add_argument("--grids", type=int, nargs="*", default=[], help="numbers of full grids")
    args = parser.parse_args()
    series = zip(args.first, args.draws, strict=True)
    numbers = [first + i for first, draws in series for i in range(draws)]
    print_fits(list(known_runs(numbers, args.epochs, args.grids)))


def print_fits(runs: Sequence[Known]) -> None:
    for stage, sets in FITTED.items():
        standing, fits = list(WEIGHTS[stage]), list[str]()
        for names in reversed(sets):
            rows = table(runs, stage, names)
            before = max((w for w in standing if w.of.keys() <= set(names)),
                         key=lambda w: len(w.of), default=Weights(0.0, {}))  # fmt: skip
            constant, *slopes = (round(float(w), 2) for w in fitted(rows, names, before))
            standing.insert(0, Weights(constant, dict(zip(names, slopes, strict=True))))
            fits.insert(0, f"        {standing[0]},\n        # {worth(rows, names, before)}")
        print(f"    {stage}: (", *fits, "    ),", sep="\n")


if __name__ == "__main__":
    main()
