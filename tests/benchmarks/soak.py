"""`make soak MINUTES=5`: every fault at random against one experiment, and an audit at the end.

    python -m tests.benchmarks.soak [MINUTES] [SEED]

While runs are trained, half of them with steps that take seconds now and then, and all behind a
proxy that answers nonsense: servers, workers, fork servers and launchers are killed and stopped,
disks are filled (that of the record only as root, who alone may mount a small one), connections
are opened and left, and strangers knock (`soak_faults`). Then the books are compared
(`soak_audit`). Prints what it did and what came of it; exits with 1 unless nothing is lost,
doubled, left behind or let in, and the books agree.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.soak_audit import (
    Books,
    audit_page,
    audit_runs,
    audit_stream,
    environments,
    steps_of,
)
from tests.benchmarks.soak_faults import PLANTED, Soak
from tests.support.launching import ROOT, until

SEEDS_PER_MINUTE = 20  # of two runs each; more than two workers train in a minute
STREAMS, STREAM_STEPS_PER_S = 8, 20.0
DISK = "64m"


def main(minutes: float, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="trainboard-soak-") as scratch:
        folder = Path(scratch)
        (folder / "runs").mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder / "runs")]
        small = os.geteuid() == 0 and subprocess.run(mount).returncode == 0
        print(
            "the disk is filled too" if small else "the disk is not filled: only root can do that"
        )
        try:
            return soak(folder, minutes * 60, seed, small)
        finally:
            if small:
                subprocess.run(["umount", "--lazy", str(folder / "runs")])


def soak(folder: Path, seconds: float, seed: int, small: bool) -> int:
    under_fire = Soak(folder, math.ceil(seconds / 60 * SEEDS_PER_MINUTE), seed)
    stream = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.stream", str(folder / "runs" / "stream"),
         str(STREAMS), str(STREAM_STEPS_PER_S), str(seconds)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        under_fire.go(seconds, under_fire.faults() + ([under_fire.fill_disk] if small else []))
        look_for_plants(under_fire)
        under_fire.end_launcher(signal.SIGINT)
        output, _ = stream.communicate(timeout=120)
    finally:
        under_fire.close()
        stream.kill()
    books = Books(wrong=under_fire.failures)
    runs = folder / "runs"
    audit_runs(books, runs / "soak")
    audit_stream(books, runs / "stream", json.loads(output))
    audit_page(books, folder)
    states = Counter(state for state, _, _ in steps_of(runs / "soak").values())
    print(f"faults: {dict(under_fire.done)}\nruns: {dict(states)}")
    return report(under_fire, books)


def look_for_plants(under_fire: Soak) -> None:
    """What refused requests wanted to make must not be there."""
    base = under_fire.launched.url.split("/env/")[0]
    with suppress(AssertionError):
        until(lambda: environments(base), 60)
    there = environments(base)
    if not there:
        under_fire.failures.append("the server did not answer at the end")
    under_fire.let_in += PLANTED in there


def report(under_fire: Soak, books: Books) -> int:
    """Print the audit; 0 when all of it is well."""
    zero = {
        "rows lost": books.lost,
        "rows doubled": books.doubled,
        "processes left 5 s after their launcher": under_fire.orphans,
        "side effects of refused requests": under_fire.let_in,
        "requests that a proxy got": under_fire.proxy.asked,
    }
    print(f"faults done: {under_fire.done.total()}; rows recorded: {books.rows:,}")
    print(f"requests refused: {under_fire.refused}")
    print("\n".join(f"{what}: {count}" for what, count in zero.items()))
    print("\n".join(books.wrong) or "the books agree: record, writers and page")
    return int(bool(books.wrong or any(zero.values())))


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0] if given else 5.0, int(given[1]) if len(given) > 1 else 0))
