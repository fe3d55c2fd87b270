"""How good the verdicts' remedies are: each is applied, and the run trained again with it.

    python -m tests.benchmarks.bench_remedies [--cases 100] [--seed 41]

Trains runs of random activation, init, depth, learning rate, optimiser, loss and dropout on a part
of MNIST, each recorded as the launcher would record it. Every run whose verdict at the end proposes
a remedy is trained again with the settings of that remedy and nothing else changed, and counts as
better when its last test accuracy is higher than before; a diverged run has 0. Prints how often
that was so by kind of verdict, and every case in which it was not. The seed was not used when the
remedies were made.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts, gather_facts
from dashboard.runs.verdict import Verdict, verdict
from tests.benchmarks.bench_verdict import ACTIVATIONS, ADAM_FACTOR, INITS, LRS, OPTIMIZERS
from tests.benchmarks.measure import Claim
from trainers.config import RunConfig
from trainers.plan.cores import cores
from trainers.tables.datasets import Data, load
from trainers.tape import Diverged
from trainers.train import train

DEPTHS = (1, 2, 3, 5, 10)
LOSSES = ("cross_entropy",) * 6 + ("mse", "mae", "bce")
DROPOUTS: tuple[tuple[float, ...], ...] = ((),) * 6 + ((0.5,), (0.8,))
TRAIN_IMAGES, TEST_IMAGES, BATCH = 30_000, 2_000, 100  # 300 steps
TARGET = 0.8


def claims(rounds: int) -> list[Claim]:
    """`rounds` is not used: the same case ends the same way every time."""
    return measure(random_cases(100, 41))


def random_cases(n: int, seed: int) -> list[RunConfig]:
    """`n` different runs drawn from the lists above."""
    draw = random.Random(seed)
    cases: dict[RunConfig, None] = {}
    while len(cases) < n:
        optimizer, lr = draw.choice(OPTIMIZERS), draw.choice(LRS)
        case = RunConfig(
            activation=draw.choice(ACTIVATIONS),
            init=draw.choice(INITS),
            hidden=(draw.choice((50, 100, 200)),) * draw.choice(DEPTHS),
            optimizer=optimizer,
            lr=round(lr * ADAM_FACTOR, 6) if optimizer == "adam" else lr,
            loss=draw.choice(LOSSES),
            dropout=draw.choice(DROPOUTS),
            batch_size=BATCH,
            epochs=1,
            eval_every=100,
        )
        cases[case] = None
    return list(cases)


def measure(cases: list[RunConfig]) -> list[Claim]:
    """Train all, then those with a remedy again; a figure for each kind of verdict and for all."""
    before = ends(cases)
    judged = [verdict(facts) for facts in before]
    pairs = [(i, v) for i, v in enumerate(judged) if v.remedy is not None]
    after = ends([remedied(cases[i], v) for i, v in pairs])
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for (i, v), facts in zip(pairs, after, strict=True):
        old, new = score(before[i]), score(facts)
        outcomes[v.kind].append(new > old)
        if not new > old:
            print(f"  not better: {v.text}, {old:.3f} -> {new:.3f}: {named(cases[i])}: "
                  f"{v.sentence}")  # fmt: skip
    without: dict[str, int] = defaultdict(int)
    for v in judged:
        without[v.kind] += v.remedy is None
    everything = [better for those in outcomes.values() for better in those]
    rows = {**dict(sorted(outcomes.items())), "all": everything}
    return [
        claim(kind, those, sum(without.values()) if kind == "all" else without[kind])
        for kind, those in rows.items()
    ]


def claim(kind: str, outcomes: list[bool], without: int) -> Claim:
    """Of one kind of verdict: the share that did better."""
    n = len(outcomes)
    note = f"{sum(outcomes)} of {n} with a remedy; {without} more have none"
    name = f"remedies: {kind}, share that did better"
    return Claim(name, f">= {TARGET:g}", [sum(outcomes) / max(1, n)], note=note)


def remedied(case: RunConfig, judged: Verdict) -> RunConfig:
    """The same run with the settings of the verdict's remedy."""
    settings = judged.remedy.settings if judged.remedy else {}
    return RunConfig.from_dict({**case.as_dict(), **settings})


def score(facts: Facts) -> float:
    """The last test accuracy; 0 for a run that diverged."""
    return 0.0 if facts.bad_loss else facts.score


def ends(cases: list[RunConfig]) -> list[Facts]:
    """Train all of them as one experiment; what the record says of each."""
    if not cases:
        return []
    with tempfile.TemporaryDirectory() as folder:
        work = [(folder, str(i), config) for i, config in enumerate(cases)]
        context: Any = multiprocessing.get_context("spawn")
        with context.Pool(cores()) as pool:
            pool.starmap(_train, work, chunksize=1)
        record = Record(Path(folder))
        experiment = Experiment(record)
        experiment.poll()
        names = [view.name for view in experiment.runs]
        by_name = dict(zip(names, gather_facts(experiment), strict=True))
        record.close()
    return [by_name[name] for _, name, _ in work]


def named(case: RunConfig) -> str:
    """What was drawn, in a line."""
    shape = "-".join(map(str, case.hidden or ()))
    dropout = f", dropout {case.dropout[0]:g}" if case.dropout else ""
    return (
        f"{case.activation}, {case.init}, {shape}, {case.optimizer}, lr {case.lr:g}, {case.loss}"
        f"{dropout}"
    )


def _train(folder: str, name: str, config: RunConfig) -> None:
    torch.set_num_threads(1)
    with Recorder(folder, name, config.as_dict()) as recorder:
        try:
            train(config, _part(), torch.device("cpu"), recorder)
        except Diverged as why:
            recorder.state, recorder.error = "diverged", str(why)


def _part() -> Data:
    data = load("mnist")
    few, tests = slice(TRAIN_IMAGES), slice(TEST_IMAGES)
    return replace(
        data,
        train_x=data.train_x[few],
        train_y=data.train_y[few],
        test_x=data.test_x[tests],
        test_y=data.test_y[tests],
        test_images=data.test_images[tests],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--seed", type=int, default=41)
    args = parser.parse_args()
    for each in measure(random_cases(args.cases, args.seed)):
        print(f"{each.name}: {each.median:.3f} (target {each.target}; {each.note})")


if __name__ == "__main__":
    main()
