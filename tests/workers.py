"""Which of a launcher's processes train, and which one makes those."""

import psutil

from tests.launching import Launched
from trainers.forkserver import WORKER_NAME


def workers(launched: Launched) -> list[psutil.Process]:
    """The processes that train, without the fork server that has made them."""
    return [p for p in launched.processes("forkserver") if is_worker(p)]


def fork_server(launched: Launched) -> psutil.Process:
    (found,) = [p for p in launched.processes("forkserver") if not is_worker(p)]
    return found


def is_worker(process: psutil.Process) -> bool:
    try:
        return bool(process.name() == WORKER_NAME)
    except psutil.NoSuchProcess:
        return False
