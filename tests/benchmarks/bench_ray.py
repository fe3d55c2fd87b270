"""The Ray engine: what it costs against the local one, and what its mailbox sustains.

    make bench-ray     (needs requirements-ray.txt; starts a two-node cluster on this machine)

Prints the figures, and from them for how many runs one mailbox is enough.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dashboard.record.reader import create
from dashboard.record.sink import Batch
from tests.benchmarks.measure import Claim, machine, ratio
from tests.support.launching import ROOT
from tests.support.reading import add_runs
from tests.support.two_nodes import FEW, TwoNodes
from trainers.cluster.messages import Begin, Message

ROUNDS = 3
RUNS, STEPS_PER_S, POST_EVERY_S = 1000, 300, 0.25
SHORT = ["--activation", "sigmoid", "tanh", "relu", "leaky_relu", "--init", "normal", "default",
         "xavier_uniform", "kaiming_normal", "orthogonal", "xavier_normal", "--epochs", "2",
         "--dataset", "few", "--no-dashboard"]  # fmt: skip
POSTERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-ray ARGS=…", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"(default: {ROUNDS})")
    rounds = parser.parse_args().rounds
    print(", ".join(f"{key}: {value}" for key, value in machine().items()))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        cluster = TwoNodes(folder / "cluster.log")
        try:
            claims = [overhead(cluster, folder, rounds), *mailbox(cluster, rounds)]
        finally:
            cluster.close()
        claims.append(receiver(folder, rounds))
    for claim in claims:
        print(" | ".join(claim.row()))
    for sentence in arithmetic({claim.name: claim.median for claim in claims}):
        print(sentence)


def overhead(cluster: TwoNodes, folder: Path, rounds: int) -> Claim:
    """The whole launcher, 24 runs of 40 steps, on two CPUs in both cases."""
    few = folder / "few.py"
    few.write_text(FEW)

    def launched_s(*engine: str) -> float:
        name = f"n{time.monotonic_ns()}"
        command = [sys.executable, str(ROOT / "launch.py"), "--choices", str(few), *SHORT, *engine]
        started_s = time.perf_counter()
        subprocess.run(
            [*command, "--experiment", name, "--runs-dir", str(folder / "runs")],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return time.perf_counter() - started_s

    return ratio(
        "24 short runs: Ray engine / local engine",
        "said, not promised",
        lambda: launched_s("--engine", "ray", "--ray-address", cluster.address),
        lambda: launched_s("--workers", "2"),
        rounds,
    )


def bundle_of(points: int) -> bytes:
    """One bundle as a task posts it: a quarter of a second of a run."""
    rows = [("train_loss", step, 1.7e9 + step / 300, 2.3 / (1 + step)) for step in range(points)]
    return pickle.dumps([Message("relu-kaiming_normal-s0", 1, Batch(1.7e9, list(rows)))])


def mailbox(cluster: TwoNodes, rounds: int) -> list[Claim]:
    """Bundles and points a second through the actor, from two nodes, fetched as they come."""
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
    from trainers.cluster.connect import connect

    ray = connect(cluster.address)
    from trainers.cluster.mailbox import Mailbox

    points = round(STEPS_PER_S * POST_EVERY_S)
    bundle, bundles = bundle_of(points), 4000

    @ray.remote(num_cpus=1)
    def post_all(box: object, messages: bytes, times: int) -> None:
        answers = [box.post.remote(messages) for _ in range(times)]  # type: ignore[attr-defined]
        ray.get(answers)

    per_s = []
    for _ in range(rounds):
        box = Mailbox.remote()
        ray.get([post_all.remote(box, bundle, 10) for _ in range(POSTERS)])  # both processes are up
        started_s = time.perf_counter()
        waiting = [post_all.remote(box, bundle, bundles) for _ in range(POSTERS)]
        while waiting:
            _, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=0.1)
            ray.get(box.fetch.remote())
        per_s.append(POSTERS * bundles / (time.perf_counter() - started_s))
        ray.kill(box)
    ray.shutdown()
    note = f"{len(bundle):,} bytes and {points} points a bundle"
    return [
        Claim(MAILBOX, "", per_s, "/s", note),
        Claim("points through the mailbox", "", [n * points for n in per_s], "/s"),
    ]


def receiver(folder: Path, rounds: int) -> Claim:
    """Points a second that the launcher writes into the record from messages."""
    from trainers.cluster.receiver import Receiver

    points, bundles = round(STEPS_PER_S * POST_EVERY_S), 400
    per_s = []
    for i in range(rounds):
        record = create(folder / f"receiver{i}")
        add_runs(record, [("relu-kaiming_normal-s0", {})])
        writer = Receiver(record.folder)
        attempt = writer.new_attempt("relu-kaiming_normal-s0")
        writer.put([pickle.dumps([Message("relu-kaiming_normal-s0", attempt, Begin({}, -1))])])
        writer.put([bundle_of(points)] * bundles)
        started_s = time.perf_counter()
        assert writer.work()
        per_s.append(points * bundles / (time.perf_counter() - started_s))
        writer.close()
        record.close()
    return Claim(WRITTEN, "", per_s, "/s", "one transaction a bundle")


MAILBOX = "bundles through the mailbox"
WRITTEN = "points the launcher writes"


def arithmetic(medians: dict[str, float]) -> list[str]:
    """What these figures mean for many runs at once."""
    posts, points = RUNS / POST_EVERY_S, RUNS * STEPS_PER_S
    return [
        f"{RUNS:,} runs at {STEPS_PER_S} steps/s, each a task of its own, send {posts:,.0f} "
        f"bundles/s with {points:,} points/s.",
        f"The mailbox takes {medians[MAILBOX]:,.0f} bundles/s: enough for "
        f"{medians[MAILBOX] * POST_EVERY_S:,.0f} tasks; beyond that, a mailbox for each such part.",
        f"The launcher writes {medians[WRITTEN]:,.0f} points/s: enough for "
        f"{medians[WRITTEN] / STEPS_PER_S:,.0f} runs at {STEPS_PER_S} steps/s; beyond that the "
        "record itself must be sharded, or stacks and longer intervals must bring fewer points.",
    ]


if __name__ == "__main__":
    main()
