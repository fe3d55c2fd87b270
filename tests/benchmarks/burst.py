"""One process that records a burst of numbers and falls silent: a script for `bench_record`.

    python -m tests.benchmarks.burst NAME FOLDER

NAME: one of RECORDERS. Prints microseconds a call when the burst is over, and a second later
microseconds of processor time a point, the recorder's own threads included; then it only waits.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

POINTS = 20_000
Log = Callable[[int], Any]
"""Records one number at a step."""


def trainboard(folder: Path) -> Log:
    from dashboard import Recorder

    run = Recorder(folder / "burst", "r")
    return lambda step: run.scalar("train_loss", step, 0.5)


def tensorboardx(folder: Path) -> Log:
    from tensorboardX import SummaryWriter

    writer = SummaryWriter(str(folder))
    return lambda step: writer.add_scalar("train_loss", 0.5, step)


def trackio(folder: Path) -> Log:
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    off = {"embed": False, "auto_log_gpu": False, "auto_log_cpu": False}
    run = trackio.init(project="burst", name="r", **off)
    return lambda step: run.log({"train_loss": 0.5}, step=step)


def trainboard_kept(folder: Path) -> int:
    from dashboard.record import Record

    with closing(Record(folder / "burst")) as record:
        return sum(len(points.values) for points in record.changes().points)


def tensorboardx_kept(folder: Path) -> int:
    """Whole records in the event file that have a number; the first one only says its version."""
    from tensorboardX.proto.event_pb2 import Event

    kept = 0
    for file in folder.glob("events.*"):
        data, at = file.read_bytes(), 0
        while at + 12 <= len(data):
            (length,) = struct.unpack_from("<Q", data, at)
            body = data[at + 12 : at + 12 + length]
            at += 12 + length + 4
            kept += at <= len(data) and Event.FromString(body).HasField("summary")
    return kept


def trackio_kept(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "burst.db")) as db:
        return int(db.execute("SELECT count(*) FROM metrics").fetchone()[0])


OURS = "Recorder.scalar"
RECORDERS = {
    OURS: (trainboard, trainboard_kept, "dashboard"),
    "tensorboardX": (tensorboardx, tensorboardx_kept, "tensorboardX"),
    "Trackio": (trackio, trackio_kept, "trackio"),
}
"""What begins to record in a folder, what counts what is there, and the package that it needs."""


def main(name: str, folder: Path) -> None:
    log = RECORDERS[name][0](folder)
    log(0)  # what only the first call does is not measured
    cpu_s, started_s = time.process_time(), time.perf_counter()
    for step in range(1, POINTS):
        log(step)
    print(f"{(time.perf_counter() - started_s) / (POINTS - 1) * 1e6:.4f}", flush=True)
    time.sleep(1)
    print(f"{(time.process_time() - cpu_s) / (POINTS - 1) * 1e6:.4f}", flush=True)
    time.sleep(60)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
