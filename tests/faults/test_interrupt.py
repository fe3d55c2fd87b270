"""Ctrl-C at any moment of the start: one clean ending, and nobody is left."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launch, Launched, recorded, until
from tests.support.workers import fork_servers

FLAGS = ["--activation", "relu", "--init", "normal", "--epochs", "1000", "--no-browser",
         "--experiment", "exp"]  # fmt: skip


def interrupt(launched: Launched) -> float:
    """What the terminal does at Ctrl-C: the signal goes to every process of the group. The time."""
    os.killpg(launched.process.pid, signal.SIGINT)
    return time.monotonic()


def caught(launched: Launched) -> int:
    """The signals for which the launcher has a handler of its own, as a bit mask."""
    folder = Path(f"/proc/{launched.process.pid}")
    if "launch.py" not in (folder / "cmdline").read_text():  # it is still what has started it
        return 0
    status = (folder / "status").read_text().splitlines()
    line = next(line for line in status if line.startswith("SigCgt"))
    return int(line.split()[1], 16)


def begins(launched: Launched) -> bool:
    """Whether signals have a handler, which is the first thing that it sees to."""
    return bool(caught(launched) & 1 << signal.SIGTERM - 1)


@pytest.mark.parametrize(
    ("condition", "wait_s"),
    [(begins, 0.4), (begins, 1.2), (fork_servers, 0.0), (fork_servers, 0.5)],
)
def test_ctrl_c_at_any_moment_of_the_start_is_one_clean_ending(
    launch: Launch, tmp_path: Path, condition: Callable[[Launched], object], wait_s: float
) -> None:
    launched = launch(*FLAGS, fresh=True)
    until(lambda: condition(launched))
    time.sleep(wait_s)  # there is no condition to wait for: any moment must do
    sent_s = interrupt(launched)
    assert launched.ends() == 130
    assert time.monotonic() - sent_s < 5.0  # alone on the machine it is well below 1
    launched.leaves_nobody()
    assert "Traceback" not in launched.said
    assert "KeyboardInterrupt" not in launched.said
    if (tmp_path / "runs" / "exp" / FILE_NAME).exists():
        assert {view.state for view in recorded(tmp_path, "exp").runs} == {"stopped"}


def test_ctrl_c_before_anything_is_imported_says_nothing(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*FLAGS, fresh=True)
    until(lambda: begins(launched))
    interrupt(launched)
    assert launched.ends() == 130
    assert launched.said == ""
    assert list(tmp_path.glob("runs/*")) == []


def test_ctrl_c_ends_everything_in_time_while_the_fork_server_is_stopped(
    launch: Launch, tmp_path: Path
) -> None:
    launched = launch(*FLAGS, "--no-dashboard", fresh=True)
    until(lambda: fork_servers(launched))
    fork_servers(launched)[0].suspend()
    until(lambda: (tmp_path / "runs" / "exp" / FILE_NAME).exists(), 60)
    time.sleep(0.5)
    sent_s = interrupt(launched)
    assert launched.ends() == 130
    assert time.monotonic() - sent_s < 5.0
    launched.leaves_nobody()
    assert [view.state for view in recorded(tmp_path, "exp").runs] == ["stopped"]
