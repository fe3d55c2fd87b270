"""dashboard.record.owner: what is known of the process that writes a run."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dashboard.record.owner import is_gone, this_process
from tests.support.launching import ROOT, until

SAYS_WHO_IT_IS = """
import sys
from dashboard.record.owner import this_process

print(this_process(), flush=True)
sys.stdin.read()
"""


def test_a_process_is_gone_when_it_has_ended_and_not_before() -> None:
    command = [sys.executable, "-c", SAYS_WHO_IT_IS]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as child:
        assert child.stdout
        assert child.stdin
        owner = child.stdout.readline()
        assert json.loads(owner)[1] == child.pid
        assert not is_gone(owner)
        child.stdin.close()
        until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
        assert is_gone(owner)
    assert is_gone(owner)
    assert not is_gone(this_process())


def test_a_later_process_of_the_same_number_is_another() -> None:
    place, pid, began = json.loads(this_process())
    assert is_gone(json.dumps([place, pid, str(int(began) - 1)]))


def test_nothing_is_said_of_another_machines_process() -> None:
    _, _, began = json.loads(this_process())
    assert not is_gone(json.dumps(["elsewhere", 2**22 + 1, began]))


@pytest.mark.parametrize("pid", [0, -1, 10**30, "1", None, 1.5])
def test_a_number_that_no_process_has_tells_nothing(pid: object) -> None:
    place, _, began = json.loads(this_process())
    assert not is_gone(json.dumps([place, pid, began]))


@pytest.mark.parametrize("owner", [None, "", "{", "[]", "[1, 2]", "7", "[" * 10**5])
def test_noise_in_a_foreign_record_tells_nothing(owner: str | None) -> None:
    assert not is_gone(owner)


def test_the_process_of_another_user_lives() -> None:
    place, _, _ = json.loads(this_process())
    began = Path("/proc/1/stat").read_text().split()[21]
    assert not is_gone(json.dumps([place, 1, began]))
