"""Fits the numbers of `dashboard/runs/forecast_weights.py` to draws from a wide world.

    python -m tests.benchmarks.fit_forecast [--first 1 100001] [--draws 150 150] [--epochs 1 5]

The numbers that stand there are where the fit begins, and what earlier draws say: a number leaves
its place only as far as these draws ask for it. Prints them with what they are worth in
cross-validation: each tenth of the draws is forecast by numbers fitted to the rest, all lengths of
a draw together. Draws that a forecast is to be judged by must be others.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dashboard.runs.forecast import DOOM_BELOW, features
from dashboard.runs.forecast_weights import WEIGHTS, Weights
from tests.benchmarks.bench_forecast import Case, cases

TRIAL = ("trial_odds", "trial_skill", "trial_share")
LOOKS = ("odds", "alignment", "skill", "train_skill")
RISES = ("odds_rise", "alignment_rise")
TRIED = (*TRIAL, "trial_alignment")
OLD = ("odds", "skill", "train_skill", *TRIAL)  # of records without alignments
LATER = (
    (*LOOKS, *RISES, *TRIED),
    (*LOOKS, *RISES),
    (*OLD, "odds_rise"),
    ("odds", "odds_rise"),
    ("odds",),
)
FITTED = {
    0: (TRIED, TRIAL),
    2: ((*LOOKS, *TRIED), LOOKS, OLD, ("odds",)),
    5: LATER,
    10: LATER,
}
"""Stage -> sets of features, the richest first: a record may lack some."""
NEW, KNOWN = 1.0, 20.0  # how strongly a number is held at 0, or at what it was; in draws
NEWTON_STEPS = 50
FOLDS = 10


class Table(NamedTuple):
    """The cases of which all features are known.

    x: (N, F) features, learned: (N,) 0 or 1, numbers: (N,) of their draws. start: (F + 1,) constant
    and weights from before, held: (F,) how strongly.
    """

    x: np.ndarray
    learned: np.ndarray
    numbers: np.ndarray
    start: np.ndarray
    held: np.ndarray


def table(drawn: Sequence[Case], stage: int, names: Sequence[str]) -> Table:
    """What is known of the draws at this stage."""
    before = next((w for w in WEIGHTS[stage] if w.of.keys() <= set(names)), Weights(0.0, {}))
    rows = [(features(case.view, stage), case) for case in drawn if not _is_over(case, stage)]
    rows = [(known, case) for known, case in rows if set(names) <= known.keys()]
    return Table(
        np.array([[known[name] for name in names] for known, _ in rows]),
        np.array([case.learned for _, case in rows], float),
        np.array([case.number for _, case in rows]),
        np.array([before.constant, *(before.of.get(name, 0.0) for name in names)]),
        np.array([KNOWN if name in before.of else NEW for name in names]),
    )


def _is_over(case: Case, stage: int) -> bool:
    """Whether the run diverged before the stage: that needs no numbers."""
    loss = case.view.lines["train_loss"]
    return bool(loss.bad) and loss.bad[0][0] <= -(-stage * case.view.total_steps // 100)


def fitted(rows: Table, used: np.ndarray) -> np.ndarray:
    """(F + 1,) constant and weights from the rows that are used: logistic regression on
    standardised features, with a ridge around the numbers from before; the constant is free."""
    x, learned = rows.x[used], rows.learned[used]
    mean, spread = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([np.ones(len(x)), (x - mean) / spread])
    ridge = np.diag([0.0, *rows.held])
    start = np.array([rows.start[0] + rows.start[1:] @ mean, *(rows.start[1:] * spread)])
    w = start.copy()
    for _ in range(NEWTON_STEPS):
        p = 1 / (1 + np.exp(-z @ w))
        pull = z.T @ (p - learned) + ridge @ (w - start)
        w -= np.linalg.solve((z.T * (p * (1 - p))) @ z + ridge, pull)
    slopes = w[1:] / spread
    return np.array([w[0] - slopes @ mean, *slopes])


def cross_validated(rows: Table) -> np.ndarray:
    """(N,) probabilities of learning, each from numbers fitted to the draws of other folds."""
    fold = np.unique(rows.numbers, return_inverse=True)[1] % FOLDS
    odds = np.zeros(len(fold))
    for each in range(FOLDS):
        w = fitted(rows, fold != each)
        odds[fold == each] = w[0] + rows.x[fold == each] @ w[1:]
    return np.asarray(1 / (1 + np.exp(-odds)))


def worth(rows: Table) -> str:
    """Precision, recall and log loss of "hopeless" in cross-validation."""
    p, failed = cross_validated(rows), rows.learned == 0
    called = p < DOOM_BELOW
    hits = (called & failed).sum()
    surprise = -np.log(np.where(failed, 1 - p, p)).mean()
    return f"{hits} of {called.sum()} called, of {failed.sum()} failed; log loss {surprise:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    first = "number of the first draw of each series"
    parser.add_argument("--first", type=int, nargs="+", default=[1, 100_001], help=first)
    parser.add_argument("--draws", type=int, nargs="+", default=[150, 150], help="of each series")
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 5], help="one or more lengths")
    args = parser.parse_args()
    series = zip(args.first, args.draws, strict=True)
    numbers = [first + i for first, draws in series for i in range(draws)]
    drawn = [case for epochs in args.epochs for case in cases(numbers, epochs)]
    for stage, sets in FITTED.items():
        print(f"    {stage}: (")
        for names in sets:
            rows = table(drawn, stage, names)
            constant, *slopes = (round(float(w), 2) for w in fitted(rows, rows.learned >= 0))
            print(f"        {Weights(constant, dict(zip(names, slopes, strict=True)))},")
            print(f"        # {worth(rows)}")
        print("    ),")


if __name__ == "__main__":
    main()
