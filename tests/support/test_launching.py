"""tests.support.launching: what others do between two looks of a test is no fault of theirs."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.launching import MARK, Launch, Launched, children, kill, lives


class EndsBetweenTwoLooks(psutil.Process):
    """A real process that is found running, and has ended before anything else is asked of it."""

    def __init__(self, popen: "subprocess.Popen[bytes]") -> None:
        super().__init__(popen.pid)
        self.popen = popen

    def is_running(self) -> bool:
        running = bool(super().is_running())
        self.popen.kill()
        self.popen.wait()
        return running


@pytest.fixture
def sleeper(launched: Launched) -> Iterator["subprocess.Popen[bytes]"]:
    """What the launcher could have left behind: it has the launcher's mark."""
    with subprocess.Popen(["sleep", "60"], env={MARK: launched.mark}) as process:
        yield process
        process.kill()


@pytest.fixture
def launched(launch: Launch) -> Launched:
    """A launcher that has ended."""
    made = launch("view", "--help")
    assert made.ends() == 0
    return made


def test_a_process_that_ends_while_it_is_looked_at_is_none_left_behind(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    assert not lives(EndsBetweenTwoLooks(sleeper))


def test_a_process_that_runs_is_left_behind_and_cleaned_up(
    launched: Launched, sleeper: "subprocess.Popen[bytes]"
) -> None:
    assert [process.pid for process in launched.descendants()] == [sleeper.pid]
    launched.clean_up()
    assert sleeper.wait(5) == -9


def test_a_process_that_has_ended_can_be_asked_anything(
    sleeper: "subprocess.Popen[bytes]",
) -> None:
    process = psutil.Process(sleeper.pid)
    assert lives(process)
    assert kill(process)
    process.wait()
    assert not lives(process)
    assert not kill(process)
    assert children(process) == []


def test_what_is_half_written_is_not_there_yet(launched: Launched) -> None:
    launched.log.write_bytes("12 runs × 3\ndashboard: http://127.0.0.1:80".encode())
    assert launched.url == ""
    launched.log.write_bytes("dashboard: http://127.0.0.1:8097/env/e\n12 ×".encode()[:-1])
    assert launched.url == "http://127.0.0.1:8097/env/e"


def test_what_the_tests_allow_is_kept_apart_from_a_persons_own_consent(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    assert Path(os.environ["XDG_CONFIG_HOME"]).is_relative_to(tmp_path_factory.getbasetemp())
