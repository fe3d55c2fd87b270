"""A launcher's workers: flags for short runs, which processes train, what they have recorded."""

import sqlite3
from pathlib import Path

import psutil

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launched
from trainers.local.forkserver import SERVER_NAME, WORKER_NAME


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
    """The processes that train."""
    return [process for process in launched.descendants() if name(process) == WORKER_NAME]


def fork_servers(launched: Launched) -> list[psutil.Process]:
    """What makes the workers: one process, none before it is there."""
    return [process for process in launched.descendants() if name(process) == SERVER_NAME]


def fork_server(launched: Launched) -> psutil.Process:
    (process,) = fork_servers(launched)
    return process


def name(process: psutil.Process) -> str:
    """What it calls itself; nothing once it has ended."""
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""
