"""Writes many runs at once into one experiment, as that many workers would: a script for tests.

    python -m tests.faults.stream FOLDER RUNS STEPS_PER_S SECONDS [STEPS_PER_EVALUATION]

Prints what it wrote, as JSON: points by run name.
"""

from __future__ import annotations

import json
import math
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from dashboard import Recorder


def main(folder: str, runs: int, steps_per_s: float, seconds: float, every: int = 100) -> None:
    written: dict[str, int] = {}
    with ExitStack() as stack:
        recorders = []
        for i in range(runs):
            config = {"activation": f"a{i % 8}", "init": f"i{i // 8}", "batch_size": 200}
            recorder = stack.enter_context(Recorder(Path(folder), f"run{i:02}", config))
            recorder.expect(math.ceil(seconds * steps_per_s), every)
            recorders.append(recorder)
            written[recorder.name] = 0
        start_s = time.monotonic()
        while (now_s := time.monotonic() - start_s) < seconds:
            due = int(now_s * steps_per_s)
            for i, recorder in enumerate(recorders):
                first = written[recorder.name] + 1
                losses = [2.3 / (1 + step / (50 + i)) for step in range(first, due + 1)]
                recorder.scalars("train_loss", first, losses)
                written[recorder.name] = due
                if due // every > (first - 1) // every:
                    at = due // every * every
                    recorder.scalar("test_accuracy", at, 1 - 1 / (1 + at / 100))
            time.sleep(0.05)
    print(json.dumps(written))


if __name__ == "__main__":
    main(
        sys.argv[1],
        int(sys.argv[2]),
        float(sys.argv[3]),
        float(sys.argv[4]),
        *map(int, sys.argv[5:]),
    )
