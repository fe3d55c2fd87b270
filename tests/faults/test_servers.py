"""A server that is killed or stopped: the page comes back whole and training never notices."""

import json
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import requests

from dashboard.board.wire import ANSWER_TIMEOUT_S
from dashboard.record.reader import Record
from tests.support.launching import Launch, Launched, answers, kill, until
from tests.support.paced import paced
from tests.support.refusing import refused
from tests.support.tables import restored

KILLS, EPOCHS = 5, 5
STOPPED_S = 2 * ANSWER_TIMEOUT_S  # a request is given up, and so is the next
ENVIRONMENT = "exp_paced-kaiming_normal"


@pytest.fixture
def run(tmp_path: Path) -> list[str]:
    """Flags of an experiment of one run, 20 steps an epoch."""
    return [*paced(tmp_path), "--no-browser", "--experiment", "exp"]


def base(launched: Launched) -> str:
    return launched.url.split("/env/")[0]


def drawn(launched: Launched, window: str = "train_loss") -> dict[str, Any]:
    """The first trace of a window of the run's own page; empty while there is none."""
    try:
        request = {"eid": ENVIRONMENT, "win": window}
        answer = requests.post(f"{base(launched)}/win_data", json=request, timeout=5)
        traces = answer.json()["content"]["data"]
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return {}
    return next((t for t in traces if str(t.get("mode", "")).startswith("lines")), {})


def losses(tmp_path: Path) -> tuple[list[int], list[float], list[float]]:
    """Steps, values and times of the run's training loss as the record has them."""
    record = Record(tmp_path / "runs" / "exp")
    series = [p for p in record.changes().points if p.series == "train_loss"]
    record.close()
    if not series:
        return [], [], []
    points = series[0]
    return points.steps.tolist(), points.values.tolist(), points.times_s.tolist()


class Visitor(threading.Thread):
    """Asks for the page all the time and keeps the longest wait for an answer."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.url, self.longest_s, self.going = url, 0.0, True

    def run(self) -> None:
        answered_s = time.monotonic()
        while self.going:
            try:
                good = requests.get(self.url, timeout=5).ok
            except requests.RequestException:
                good = False
            now = time.monotonic()
            self.longest_s = max(self.longest_s, now - answered_s)
            answered_s = now if good else answered_s
            time.sleep(0.1)


@pytest.mark.alone
def test_after_five_kills_of_the_server_the_page_has_every_recorded_point(
    launch: Launch, tmp_path: Path, run: list[str]
) -> None:
    launched = launch(*run, "--epochs", str(EPOCHS))
    until(lambda: drawn(launched), 60)
    visitor = Visitor(launched.url)
    visitor.start()
    moments = random.Random(4)
    killed: set[int] = set()
    while len(killed) < KILLS:
        until(lambda: answers(launched.url))
        time.sleep(moments.uniform(0.1, 0.7))
        fresh = [p for p in launched.processes("dashboard.server.app") if p.pid not in killed]
        killed |= {host.pid for host in fresh if kill(host)}
    launched.says("stays up", 90)
    steps, values, times_s = losses(tmp_path)
    assert steps == list(range(1, 20 * EPOCHS + 1))
    until(lambda: drawn(launched).get("x") == steps, 60, "the whole line on the page")
    assert np.allclose(drawn(launched)["y"], values, rtol=1e-4)  # five digits are drawn
    visitor.going = False
    visitor.join()
    assert visitor.longest_s < 3.0
    assert max(np.diff(times_s)) < 2.0
    launched.send(signal.SIGINT)
    launched.ends()
    launched.leaves_nobody()


def test_a_stopped_server_slows_no_training_and_fills_no_memory(
    launch: Launch, tmp_path: Path, run: list[str]
) -> None:
    launched = launch(*run, "--epochs", "1000")
    until(lambda: drawn(launched), 60)
    launcher = psutil.Process(launched.process.pid)
    host = launched.processes("dashboard.server.app")[0]
    time.sleep(STOPPED_S / 3)  # the speed that it is compared with
    stopped_s = time.time()
    before_bytes = launcher.memory_info().rss
    host.send_signal(signal.SIGSTOP)
    time.sleep(STOPPED_S)
    resumed_s = time.time()
    after_bytes = launcher.memory_info().rss
    last_step = losses(tmp_path)[0][-1]
    host.send_signal(signal.SIGCONT)
    until(lambda: (drawn(launched).get("x") or [0])[-1] >= last_step, 60, "the page catching up")
    times_s = np.array(losses(tmp_path)[2])
    start_s = times_s[0]
    before = ((times_s > start_s) & (times_s < stopped_s)).sum() / (stopped_s - start_s)
    during = ((times_s > stopped_s) & (times_s < resumed_s)).sum() / (resumed_s - stopped_s)
    assert during > 0.6 * before  # the machine's other work moves it more than the server does
    assert after_bytes - before_bytes < 20 * 2**20
    assert host.memory_info().rss < 400 * 2**20


@pytest.mark.usefixtures("main_here")
def test_a_second_launcher_of_the_same_experiment_is_refused_and_the_first_undisturbed(
    launch: Launch, tmp_path: Path, run: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    first = launch(*run, "--epochs", "1000", "--no-dashboard")
    until(lambda: (tmp_path / "runs" / "exp" / "checkpoints").exists(), 60)
    with restored():
        for second in (run, ["resume", "exp"]):
            said = refused(second, capfd)
            assert said.startswith("launch.py: experiment 'exp' exists already")
            assert "another launcher trains it" in said
    goes_on(first, tmp_path)


def goes_on(launched: Launched, tmp_path: Path) -> None:
    """It trains until it is told to stop, and no step is missing."""
    so_far = len(losses(tmp_path)[0])
    until(lambda: len(losses(tmp_path)[0]) > so_far + 20, 60)
    launched.send(signal.SIGINT)
    assert launched.ends() == 128 + signal.SIGINT
    steps, _, _ = losses(tmp_path)
    assert steps == list(range(1, len(steps) + 1))


@pytest.mark.usefixtures("main_here")
def test_a_second_launcher_on_a_named_port_is_refused_and_the_first_undisturbed(
    launch: Launch, tmp_path: Path, run: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    first = launch(*run, "--epochs", "1000")
    until(lambda: first.url, 60)
    port = base(first).rpartition(":")[2]
    with restored():
        assert "is taken" in refused([*run[:-1], "other", "--port", port], capfd)
    assert not (tmp_path / "runs" / "other").exists()
    until(lambda: answers(first.url))
    goes_on(first, tmp_path)


def test_a_view_needs_no_lock(launch: Launch, tmp_path: Path, run: list[str]) -> None:
    first = launch(*run, "--epochs", "1000", "--no-dashboard")
    until(lambda: (tmp_path / "runs" / "exp" / "checkpoints").exists(), 60)
    viewed = launch("view", "exp", "--no-browser")
    until(lambda: viewed.url and json.dumps(drawn(viewed)) != "{}")
    assert first.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_launcher_that_ends_leaves_no_lock(
    launch: Launch, tmp_path: Path, run: list[str], number: int
) -> None:
    launched = launch(*run, "--epochs", "1000", "--no-dashboard")
    until(lambda: (tmp_path / "runs" / "exp" / "checkpoints").exists(), 60)
    launched.send(number)
    launched.ends()
    record = Record(tmp_path / "runs" / "exp")
    record.hold()
    record.close()
