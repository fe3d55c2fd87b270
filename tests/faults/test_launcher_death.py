"""A launcher that is killed takes its workers with it, wherever they are at that moment."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.launching import ROOT, Launch, Launched, recorded, until
from tests.support.workers import steps, workers

pytestmark = pytest.mark.alone
WITHIN_S = 2.0
STUCK = """
import ctypes, os, time
from pathlib import Path
import torch
from trainers.tables.datasets import DATASETS as OURS

HERE = Path(__file__).parent

def say(where):
    written = HERE / f"{where}.{os.getpid()}"
    written.write_text(str(os.getpid()))
    written.rename(HERE / where)  # who finds it finds it whole

def stuck(where, now):
    if (HERE / "go").exists() and now:
        say(where)
        ctypes.PyDLL(None).sleep(60) if where == "c_code" else time.sleep(60)

def slow_step(x):
    stuck("slow_step", torch.is_grad_enabled())
    return x.relu()

def long_evaluation(x):
    stuck("long_evaluation", not torch.is_grad_enabled())
    return x.relu()

def c_code(x):
    stuck("c_code", True)
    return x.relu()

def load(data_dir):
    say("loading")
    time.sleep(60)

ACTIVATIONS = {"slow_step": slow_step, "long_evaluation": long_evaluation, "c_code": c_code}
DATASETS = {"slow": OURS["mnist"]._replace(make=load)}
"""
FLAGS = ["--init", "normal", "--hidden", "16", "--batch-size", "3000", "--epochs", "10000",
         "--no-dashboard", "--experiment", "exp"]  # fmt: skip


@pytest.fixture
def choices(tmp_path: Path) -> Path:
    """A file with activations that hang once there is a file `go` beside it, and a slow data set.

    Each writes its process id into a file of its name when it hangs.
    """
    file = tmp_path / "choices.py"
    file.write_text(STUCK)
    return file


def begun(launched: Launched, condition: Callable[[], bool]) -> None:
    until(lambda: launched.process.poll() is not None or condition(), 60)
    assert launched.process.poll() is None, launched.said


def training(tmp_path: Path) -> bool:
    """Whether every run has made steps."""
    return steps(tmp_path) > 0 and all(view.step for view in recorded(tmp_path, "exp").runs)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends what is stopped or in C code")
def test_workers_die_in_a_step_an_evaluation_or_c_code_and_while_they_are_stopped(
    launch: Launch, choices: Path, tmp_path: Path
) -> None:
    hanging = ["slow_step", "long_evaluation", "c_code"]
    launched = launch(*FLAGS, "--activation", "relu", *hanging, "--choices", str(choices),
                      "--workers", "4")  # fmt: skip
    begun(launched, lambda: training(tmp_path))
    choices.with_name("go").touch()
    until(lambda: all(choices.with_name(name).exists() for name in hanging), 30)
    hang = {int(choices.with_name(name).read_text()) for name in hanging}
    (busy,) = [worker for worker in workers(launched) if worker.pid not in hang]
    busy.suspend()
    launched.send(signal.SIGKILL)
    launched.leaves_nobody(WITHIN_S)


def test_a_worker_that_loads_its_data_dies_too(launch: Launch, choices: Path) -> None:
    launched = launch(*FLAGS, "--dataset", "slow", "--activation", "relu", "--choices",
                      str(choices))  # fmt: skip
    begun(launched, choices.with_name("loading").exists)
    launched.send(signal.SIGKILL)
    launched.leaves_nobody(WITHIN_S)


def test_where_the_kernel_does_not_tell_a_thread_ends_the_worker() -> None:
    ours, theirs = socket.socketpair()
    code = f"""
import time
from trainers.local import forkserver
from trainers.local import prctl
from trainers.local import worker
prctl.die_with_parent = lambda: False
def hang(pipe):
    pipe.send("here")
    time.sleep(60)
worker.work = hang
forkserver.be_worker({theirs.fileno()})
"""
    with theirs:
        hangs = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, pass_fds=[theirs.fileno()])
    try:
        assert b"here" in ours.recv(1000)
        assert hangs.poll() is None
        ours.close()
        assert hangs.wait(WITHIN_S) == 1
    finally:
        hangs.kill()
        ours.close()
