"""Ctrl-C at any moment of the start: one clean ending, and nobody is left."""

import os
import signal
import time
from pathlib import Path

import pytest

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launch, Launched, recorded, until

FLAGS = ["--activation", "relu", "--init", "normal", "--epochs", "1000", "--no-browser",
         "--experiment", "exp"]  # fmt: skip


def interrupt(launched: Launched) -> float:
    """What the terminal does at Ctrl-C: the signal goes to every process of the group. The time."""
    launched.descendants()
    os.killpg(launched.process.pid, signal.SIGINT)
    return time.monotonic()


@pytest.mark.parametrize("wait_s", [0.0, 0.3, 0.8, 1.5, 2.5])
def test_ctrl_c_while_torch_is_imported_is_one_clean_ending(
    launch: Launch, tmp_path: Path, wait_s: float
) -> None:
    launched = launch(*FLAGS)
    until(lambda: launched.processes("forkserver"))
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
    launched = launch(*FLAGS)
    status = Path(f"/proc/{launched.process.pid}/status")
    until(lambda: "launch.py" in status.with_name("cmdline").read_text())
    until(lambda: caught(status) & 1 << signal.SIGTERM - 1)
    interrupt(launched)
    assert launched.ends() == 130
    assert launched.said == ""
    assert list(tmp_path.glob("runs/*")) == []


def caught(status: Path) -> int:
    """The signals for which the process has a handler of its own, as a bit mask."""
    line = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt"))
    return int(line.split()[1], 16)


@pytest.mark.alone
def test_ctrl_c_ends_everything_in_time_while_the_fork_server_is_stopped(
    launch: Launch, tmp_path: Path
) -> None:
    launched = launch(*FLAGS, "--no-dashboard")
    until(lambda: launched.processes("forkserver"))
    launched.processes("forkserver")[0].suspend()
    until(lambda: (tmp_path / "runs" / "exp" / FILE_NAME).exists(), 60)
    time.sleep(0.5)
    sent_s = interrupt(launched)
    assert launched.ends() == 130
    assert time.monotonic() - sent_s < 5.0
    launched.leaves_nobody()
    assert [view.state for view in recorded(tmp_path, "exp").runs] == ["stopped"]
