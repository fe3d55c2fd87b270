"""A launcher's workers: flags for short runs, which processes train, what they have recorded."""

import sqlite3
from pathlib import Path

import psutil

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launched
from trainers.local.forkserver import WORKER_NAME

FLAGS = ["--activation", "relu", "--init", "kaiming_normal", "--dropout", "0.2",
         "--batch-size", "3000", "--hidden", "32", "--no-dashboard"]  # fmt: skip


def steps(tmp_path: Path) -> int:
    """The steps that all runs have recorded together; 0 before there is a record."""
    file = tmp_path / "runs" / "exp" / FILE_NAME
    if not file.exists():  # to open it would make it
        return 0
    db = sqlite3.connect(file)
    count = db.execute("SELECT count(*) FROM curve WHERE series = 'train_loss'").fetchone()[0]
    db.close()
    return int(count)


def workers(launched: Launched) -> list[psutil.Process]:
    """The processes that train, without the fork server that has made them."""
    return [p for p in launched.processes("forkserver") if is_worker(p)]


def fork_server(launched: Launched) -> psutil.Process:
    (process,) = [p for p in launched.processes("forkserver") if not is_worker(p)]
    return process


def is_worker(process: psutil.Process) -> bool:
    try:
        return bool(process.name() == WORKER_NAME)
    except psutil.NoSuchProcess:
        return False
