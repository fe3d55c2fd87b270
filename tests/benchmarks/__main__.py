"""`make bench`: measures the claims, prints them beside their targets, keeps them as JSON in runs/.

    python -m tests.benchmarks [NAME…] [--rounds N]

Names: see `--help`. The benchmarks that take minutes run only when they are named.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks import (
    bench_board,
    bench_forecast,
    bench_launch,
    bench_notes,
    bench_page,
    bench_prune,
    bench_record,
    bench_remedies,
    bench_scale,
    bench_signal,
    bench_stack,
    bench_threads,
    bench_train,
    bench_verdict,
    bench_view,
)
from tests.benchmarks.measure import ROUNDS, Claim, machine

QUICK = {
    "record": bench_record.claims,
    "train": bench_train.claims,
    "board": bench_board.claims,
    "launch": bench_launch.claims,
}
SLOW = {
    "notes": bench_notes.claims,
    "latency": bench_launch.latency_claims,
    "stack": bench_stack.claims,
    "threads": bench_threads.claims,
    "signal": bench_signal.claims,
    "verdict": bench_verdict.claims,
    "forecast": bench_forecast.claims,
    "remedies": bench_remedies.claims,
    "prune": bench_prune.claims,
    "view": bench_view.claims,
    "scale": bench_scale.claims,
    "page": bench_page.claims,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    known = [*QUICK, *SLOW]
    parser.add_argument("names", nargs="*", help=f"which ones: {', '.join(known)}; none: the quick")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default: {ROUNDS})")
    args = parser.parse_args()
    if unknown := set(args.names) - set(known):
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    console = Console(width=150)
    facts = machine()
    console.print(", ".join(f"{key}: {value}" for key, value in facts.items()), highlight=False)
    claims: list[Claim] = []
    for name in args.names or QUICK:
        console.print(f"measuring {name} …", highlight=False)
        claims += {**QUICK, **SLOW}[name](args.rounds)
    table = Table("what", "median", "spread", "target", "note")
    for claim in claims:
        table.add_row(*claim.row())
    console.print(table)
    path = Path("runs") / f"bench-{time.strftime('%m%d-%H%M%S')}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"machine": facts, "claims": [asdict(c) for c in claims]}, indent=1))
    console.print(f"written to {path}")


if __name__ == "__main__":
    main()
