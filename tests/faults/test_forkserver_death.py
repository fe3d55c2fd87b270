"""The fork server is killed under a launcher: training goes on, and the exit code is true."""

from pathlib import Path

import psutil

from tests.support.launching import Launch, recorded, until
from tests.support.paced import paced
from tests.support.workers import fork_server, steps, workers


def two(folder: Path) -> list[str]:
    """Flags of two runs, one after the other, of 40 steps and a second."""
    return [*paced(folder, 0.02), "--epochs", "2", "--seed", "0", "1", "--no-dashboard",
            "--experiment", "exp"]  # fmt: skip


def states(tmp_path: Path) -> list[tuple[str, str, int]]:
    return [(view.state, view.error, view.attempt) for view in recorded(tmp_path, "exp").runs]


def test_it_dies_with_its_worker_and_the_run_begins_again(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*two(tmp_path), "--retries", "1")
    until(lambda: steps(tmp_path) > 5, 60)
    kill([fork_server(launched), *workers(launched)])
    assert launched.ends() == 0, launched.said
    assert states(tmp_path) == [("done", "", 1), ("done", "", 0)]


def test_without_retries_the_run_has_failed_stays_failed_and_the_next_is_trained(
    launch: Launch, tmp_path: Path
) -> None:
    launched = launch(*two(tmp_path))
    until(lambda: steps(tmp_path) > 5, 60)
    kill([fork_server(launched), *workers(launched)])
    assert launched.ends() == 1, launched.said
    assert states(tmp_path) == [("failed", "its worker was killed by SIGKILL", 0), ("done", "", 0)]


def kill(processes: list[psutil.Process]) -> None:
    assert len(processes) > 1
    for process in processes:
        process.kill()
