"""How much work --prune saves and whether it finds the same winner; how soon --decide decides.

    python -m tests.benchmarks.bench_prune [--draws 10] [--first 1] [--small] [--pairs 1] [--decide]

Trains the draws of `tests.benchmarks.full_grids` in full where they are not kept yet, and replays
each with the real policy (`tests.benchmarks.replay`). The winner of a draw is the choice with the
best test accuracy at its end, its noise the standard deviation over 5 seeds of it. --pairs trains
so many draws for real both ways and compares the seconds. --small is a trial of the benchmark.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dashboard.runs.experiment import Experiment
from dashboard.runs.families import claimed
from dashboard.runs.run_view import RunView
from dashboard.runs.standing import standing
from tests.benchmarks.full_grids import (
    EPOCHS,
    FULL,
    SEEDS,
    SMALL,
    Size,
    flags_of,
    full_grid,
    launch,
    read,
    recorded,
)
from tests.benchmarks.measure import Claim, quotient, seconds
from tests.benchmarks.replay import replay
from trainers.steer.prune import Prune

DRAWS, FIRST, PAIRS = 10, 1, 1
WITHIN = 2.0  # standard deviations between seeds
DECIDE = ["--activation", "relu", "tanh", "--init", "kaiming_normal", "xavier_normal", "--lr",
          "0.05", "--epochs", "2"]  # fmt: skip
UP_TO = 8


@dataclass(frozen=True)
class Outcome:
    """Of one draw. times: steps trained in full ÷ by --prune. behind: how far the winner of the
    pruned contest is, in full, behind the best of all; noise: of the best over its seeds.
    hopeless, pruned: of `of` runs.
    """

    number: int
    times: float
    same: bool
    behind: float
    noise: float
    hopeless: int
    pruned: int
    of: int

    @property
    def good(self) -> bool:
        return self.same or self.behind <= WITHIN * self.noise

    def line(self) -> str:
        winner = "same winner" if self.same else f"another, {self.behind:.4f} behind"
        return (
            f"draw {self.number}: {self.times:.2f} times less work, {winner} "
            f"(noise {self.noise:.4f}), {self.pruned} of {self.of} pruned, {self.hopeless} hopeless"
        )


def claims(rounds: int, draws: int = DRAWS, first: int = FIRST, size: Size = FULL,
           pairs: int = PAIRS) -> list[Claim]:  # fmt: skip
    """`rounds` is not used: a draw ends the same way every time."""
    outcomes = [outcome(number, size) for number in range(first, first + draws)]
    for each in outcomes:
        print(each.line(), flush=True)
    good = sum(each.good for each in outcomes)
    return [
        Claim("best of a grid, steps: full grid / --prune", ">= 3", [o.times for o in outcomes]),
        Claim(
            "best of a grid: --prune finds the same winner, or one within its seed noise",
            ">= 0.95",
            [good / len(outcomes)],
            note=f"{good} of {len(outcomes)} draws, the same in {sum(o.same for o in outcomes)}",
        ),
        *(real_pair(range(first, first + pairs), size) if pairs else []),
        *decide_claims(size),
    ]


def outcome(number: int, size: Size) -> Outcome:
    """What --prune makes of a draw."""
    folder = full_grid(number, size)
    whole = read(folder)
    final = {view.name: accuracy(view) for view in whole.runs}
    in_full = sum(view.step for view in whole.runs)  # a run that diverges ends there anyway
    policy = Prune(EPOCHS)
    policy.rest_share = 0.0  # a step of time takes no time here
    contest, trained = replay(folder, policy)
    done = [view.name for view in contest.runs if view.state == "done"]
    best, winner = max(final, key=final.__getitem__), max(done, key=final.__getitem__)
    states = [view.state for view in contest.runs]
    hopeless = sum(view.error.startswith("hopeless") for view in contest.runs)
    return Outcome(
        number, in_full / trained, best == winner, final[best] - final[winner],
        noise(number, size, next(view for view in whole.runs if view.name == best)),
        hopeless, states.count("pruned"), len(states),
    )  # fmt: skip


def accuracy(view: RunView) -> float:
    """At the end; of a run that went wrong none."""
    return (view.latest("test_accuracy") or 0.0) if view.state == "done" else 0.0


def noise(number: int, size: Size, best: RunView) -> float:
    """The standard deviation of a choice's accuracy over seeds."""
    config = best.config
    seeds = [str(1000 * number + i) for i in range(SEEDS)]
    flags = [
        "--activation", config["activation"], "--init", config["init"], "--lr", str(config["lr"]),
        "--seed", *seeds, "--epochs", str(EPOCHS), *size.flags,
    ]  # fmt: skip
    runs = read(recorded(f"{size.name}-{number}-seeds", flags)).runs
    return float(np.std([accuracy(view) for view in runs], ddof=1))


def real_pair(numbers: range, size: Size) -> list[Claim]:
    """Draws trained for real both ways, in turns: seconds, and seconds of CPU."""
    spent: dict[str, list[list[float]]] = {"seconds": [[], []], "CPU seconds": [[], []]}
    for number in numbers:
        for side, more in enumerate([[], ["--prune"]]):
            with tempfile.TemporaryDirectory(prefix="trainboard-pair-") as runs_dir:
                cpu: list[float] = []
                flags = [*flags_of(number, size), *more]
                took_s = seconds(lambda: cpu.append(launch(Path(runs_dir), "e", flags)))  # noqa: B023
            spent["seconds"][side].append(took_s)
            spent["CPU seconds"][side].append(cpu[0])
    return [
        quotient(f"best of a grid, {what}: full grid / --prune", ">= 3", full, part)
        for what, (full, part) in spent.items()
    ]


def decide_claims(size: Size) -> list[Claim]:
    """Seconds to a decided winner: all seeds for all runs ÷ --decide, and what both say."""
    spent: list[list[float]] = [[], []]
    said = []
    flags = [*DECIDE, *size.flags]
    for side, more in enumerate([["--seed", *map(str, range(UP_TO))], ["--decide", str(UP_TO)]]):
        with tempfile.TemporaryDirectory(prefix="trainboard-decide-") as folder:
            took_s = seconds(lambda: launch(Path(folder), "e", [*flags, *more]))  # noqa: B023
            experiment = read(Path(folder) / "e")
        spent[side].append(took_s)
        said.append(f"{best_of(experiment)} with {len(experiment.runs)} runs")
    note = f"all seeds: {said[0]}; --decide: {said[1]}"
    name = f"seconds to a decided winner: {UP_TO} seeds of all 4 choices / --decide {UP_TO}"
    return [quotient(name, "> 1", spent[0], spent[1], note)]


def best_of(experiment: Experiment) -> str:
    """The best choice, and whether that is real."""
    state = standing(experiment)
    claim = claimed(experiment).overall
    if claim is None:
        return "none"
    config = state.groups[claim.leader].first.config
    return f"{config['activation']}·{config['init']} {claim.state}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench_prune")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--small", action="store_true", help="64 small runs a grid")
    args = parser.parse_args()
    size = SMALL if args.small else FULL
    for claim in claims(0, args.draws, args.first, size, args.pairs):
        print(claim.row())


if __name__ == "__main__":
    main()
