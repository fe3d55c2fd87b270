"""How good the verdicts are: the forecast of step 0 against what really happened.

    python -m tests.benchmarks.bench_verdict [--cases 72] [--seed 2026] [--epochs 1]

Trains runs of random activation, init, depth 2, 5 or 10, learning rate and optimiser on MNIST, each
recorded as the launcher would record it. A run "really failed" when it ends its epochs below 50 %
test accuracy or diverges. Prints precision and recall of "doomed" at step 0, every case that was
judged wrongly, and how often the verdict after training is the one that a person wrote beside a
clear case. Neither the cases nor the seed were used when the rules were made.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import gather_facts
from dashboard.runs.forecast import forecast_at
from dashboard.runs.thresholds import LEARNED
from dashboard.runs.verdict import Verdict, verdict
from tests.benchmarks.measure import Claim
from trainers.config import RunConfig
from trainers.plan.cores import cores
from trainers.tables.datasets import load
from trainers.tape import Diverged
from trainers.train import train

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu:negative_slope=0.2", "selu",
               "elu", "softplus", "gelu", "silu", "identity")  # fmt: skip
INITS = ("default", "normal", "normal:std=0.02", "normal:std=0.5", "normal:std=2", "uniform",
         "uniform:a=-0.5,b=0.5", "xavier_uniform", "xavier_normal:gain=2", "kaiming_uniform",
         "kaiming_normal", "kaiming_normal:mode=fan_out", "lecun_normal", "orthogonal",
         "orthogonal:gain=1.5", "trunc_normal", "eye", "zeros", "ones", "constant:value=0.01",
)  # fmt: skip
DEPTHS = (2, 5, 10)
LRS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
OPTIMIZERS = ("sgd", "sgd", "sgd", "sgd:momentum=0.9", "adam")
ADAM_FACTOR = 0.1  # nobody gives Adam the rates of plain descent

BASE = RunConfig(lr=0.1, epochs=1)
CLEAR: list[tuple[set[str], RunConfig]] = [
    (kinds, replace(BASE, activation=activation, init=init, hidden=(200,) * depth, lr=lr))
    for kinds, activation, init, depth, lr in [
        ({"symmetric"}, "relu", "zeros", 2, 0.1),
        ({"symmetric"}, "tanh", "ones", 2, 0.1),
        ({"symmetric"}, "sigmoid", "constant", 5, 0.1),
        ({"diverged"}, "relu", "normal:std=1", 5, 0.1),
        ({"diverged"}, "identity", "uniform:a=-1,b=1", 10, 0.01),
        ({"diverged"}, "selu", "normal:std=1", 10, 0.1),
        ({"vanishing gradient"}, "sigmoid", "xavier_normal", 10, 0.1),
        ({"vanishing gradient"}, "sigmoid", "default", 5, 0.1),
        ({"vanishing gradient"}, "relu", "normal:std=0.01", 10, 0.1),
        ({"vanishing gradient"}, "softplus", "normal:std=0.01", 5, 0.01),
        ({"dead units"}, "relu", "uniform:a=-1,b=0", 2, 0.01),
        ({"dead units"}, "relu", "uniform:a=-0.5,b=0", 5, 0.01),
        ({"saturated"}, "sigmoid", "normal:std=10", 10, 0.001),
        ({"saturated"}, "tanh", "uniform:a=-20,b=20", 10, 0.001),
        ({"stuck at chance"}, "relu", "kaiming_normal", 2, 1e-7),
        ({"slow", "behind"}, "tanh", "xavier_normal", 2, 0.001),
        ({"slow", "behind"}, "relu", "kaiming_normal", 5, 0.0005),
        ({"healthy"}, "relu", "kaiming_normal", 2, 0.1),
        ({"healthy"}, "tanh", "xavier_normal", 5, 0.1),
        ({"healthy"}, "selu", "lecun_normal", 10, 0.01),
        ({"healthy"}, "gelu", "kaiming_uniform", 2, 0.1),
        ({"healthy", "behind"}, "identity", "orthogonal", 5, 0.01),
        ({"symmetric"}, "silu", "constant:value=0.5", 2, 0.01),
        ({"symmetric"}, "identity", "zeros", 5, 0.1),
        ({"diverged"}, "relu", "normal:std=2", 5, 0.01),
        ({"diverged"}, "gelu", "uniform:a=-1,b=1", 10, 0.1),
        ({"vanishing gradient"}, "sigmoid", "lecun_normal", 10, 1.0),
        ({"vanishing gradient"}, "tanh", "normal:std=0.01", 10, 0.1),
        ({"vanishing gradient"}, "silu", "default", 10, 0.01),
        ({"vanishing gradient"}, "leaky_relu", "xavier_uniform:gain=0.1", 5, 0.1),
        ({"dead units"}, "relu", "uniform:a=-1,b=-0.5", 5, 0.1),
        ({"saturated"}, "tanh", "normal:std=20", 5, 0.0001),
        ({"stuck at chance"}, "tanh", "xavier_normal", 2, 1e-7),
        ({"slow", "behind"}, "elu", "lecun_normal", 2, 0.001),
        ({"slow", "behind"}, "sigmoid", "xavier_normal", 2, 0.03),
        ({"healthy"}, "silu", "kaiming_normal", 5, 0.1),
        ({"healthy"}, "softplus", "xavier_uniform", 2, 0.1),
        ({"healthy"}, "leaky_relu", "orthogonal", 10, 0.1),
        ({"healthy"}, "elu", "xavier_normal", 10, 0.03),
        ({"healthy"}, "sigmoid", "xavier_normal", 2, 1.0),
    ]
]


def claims(rounds: int) -> list[Claim]:
    """`rounds` is not used: the same case ends the same way every time."""
    return measure(random_cases(72, 2026, epochs=1))


def random_cases(n: int, seed: int, epochs: int) -> list[RunConfig]:
    """`n` different runs drawn from the lists above."""
    draw = random.Random(seed)
    cases: dict[RunConfig, None] = {}
    while len(cases) < n:
        optimizer, lr = draw.choice(OPTIMIZERS), draw.choice(LRS)
        case = RunConfig(
            activation=draw.choice(ACTIVATIONS),
            init=draw.choice(INITS),
            hidden=(200,) * draw.choice(DEPTHS),
            optimizer=optimizer,
            lr=lr * ADAM_FACTOR if optimizer == "adam" else lr,
            epochs=epochs,
        )
        cases[case] = None
    return list(cases)


def measure(cases: list[RunConfig]) -> list[Claim]:
    """Train all cases and the clear ones; print what was judged wrongly; the three figures."""
    with tempfile.TemporaryDirectory() as folder:
        configs = [*cases, *(config for _, config in CLEAR)]
        work = [(folder, str(i), config) for i, config in enumerate(configs)]
        context: Any = multiprocessing.get_context("spawn")
        with context.Pool(cores()) as pool:
            pool.starmap(_train, work, chunksize=1)
        record = Record(Path(folder))
        experiment = Experiment(record)
        experiment.poll()
        by_name = {
            view.name: replace(facts, forecast=forecast_at(view, 0))
            for view, facts in zip(experiment.runs, gather_facts(experiment), strict=True)
        }
        record.close()
    facts = [by_name[name] for _, name, _ in work]
    ends = [0.0 if each.bad_loss else each.score for each in facts]
    at_step_0 = [
        verdict(
            replace(each, now=each.first, accuracy=each.accuracy[:1], bad_loss=None, is_done=False)
        )
        for each in facts
    ]
    n = len(cases)
    claims = _forecast(cases, at_step_0[:n], ends[:n])
    return [*claims, _labelled([verdict(k) for k in facts[n:]])]


def _forecast(cases: list[RunConfig], verdicts: list[Verdict], ends: list[float]) -> list[Claim]:
    failed = [end < LEARNED for end in ends]
    hits = sum(v.doomed and bad for v, bad in zip(verdicts, failed, strict=True))
    for case, v, end in zip(cases, verdicts, ends, strict=True):
        if v.doomed != (end < LEARNED):
            print(f"  wrong at step 0: {v.text}, ended at {end:.3f}: {_named(case)}: {v.evidence}")
    doomed, bad = sum(v.doomed for v in verdicts), sum(failed)
    note = f"{len(cases)} runs, {bad} failed, {doomed} called doomed, {hits} of them rightly"
    return [
        Claim(
            "forecast of step 0: precision of doomed", ">= 0.9", [hits / max(1, doomed)], note=note
        ),
        Claim("forecast of step 0: recall of doomed", ">= 0.9", [hits / max(1, bad)], note=note),
    ]


def _labelled(verdicts: list[Verdict]) -> Claim:
    right = 0
    for (kinds, case), v in zip(CLEAR, verdicts, strict=True):
        right += v.kind in kinds
        if v.kind not in kinds:
            print(
                f"  wrong at the end: {v.text}, not {'/'.join(kinds)}: {_named(case)}: {v.evidence}"
            )
    note = f"{right} of {len(CLEAR)} clear cases"
    return Claim(
        "verdict at the end: as labelled by hand", ">= 0.9", [right / len(CLEAR)], note=note
    )


def _named(case: RunConfig) -> str:
    depth = len(case.hidden or ())
    return f"{case.activation}, {case.init}, depth {depth}, {case.optimizer}, lr {case.lr:g}"


def _train(folder: str, name: str, config: RunConfig) -> None:
    torch.set_num_threads(1)
    with Recorder(folder, name, config.as_dict()) as recorder:
        try:
            train(config, load("mnist"), torch.device("cpu"), recorder)
        except Diverged as why:
            recorder.state, recorder.error = "diverged", str(why)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=72)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--epochs", type=int, default=1)
    args = parser.parse_args()
    for claim in measure(random_cases(args.cases, args.seed, args.epochs)):
        print(f"{claim.name}: {claim.median:.3f} (target {claim.target}; {claim.note})")


if __name__ == "__main__":
    main()
