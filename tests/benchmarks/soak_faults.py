"""What a soak does to an experiment: kills, stops, floods, full disks, strangers, slow steps.

Each fault is a method that the soak calls at random. Nothing is compared here, but for what only
shows while it happens: who outlives a launcher, what a refused request is answered.
"""

from __future__ import annotations

import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import requests

from tests.benchmarks.soak_proxy import Proxy
from tests.support.launching import LAUNCH, Launched, answers, kill, lives, until
from tests.support.workers import fork_server, workers

FLAGS = ["--init", "kaiming_normal", "--batch-size", "3000", "--epochs", "6", "--no-browser",
         "--retries", "9999", "--activation", "relu", "dawdling"]  # fmt: skip
SLOW = """
import random, time
import torch

def dawdling(x):
    "relu that takes seconds now and then"
    if random.random() < 0.001:
        time.sleep(random.uniform(0.5, 4))
    return torch.relu(x)

ACTIVATIONS = {"dawdling": dawdling}
"""
PLANTED = "planted"
ORPHAN_S = 5.0
IDLE_CONNECTIONS = 600
AFTER_A_FLOOD_S = 20.0


class Soak:
    """One experiment under fire in `folder`, whose `runs` may be a small disk of its own."""

    def __init__(self, folder: Path, runs: int, seed: int) -> None:
        slow = folder / "slow.py"
        slow.write_text(SLOW)
        self._choices = ["--choices", str(slow)]
        seeds = [str(seed) for seed in range(runs)]
        self.flags = [*FLAGS, *self._choices, "--experiment", "soak", "--seed", *seeds]
        self.folder, self.chance = folder, random.Random(seed)
        self.session = requests.Session()
        self.session.trust_env = False
        self.proxy = Proxy()
        self.done: Counter[str] = Counter()
        self.orphans = self.refused = self.let_in = 0
        self.failures: list[str] = []
        self.launched = self._launch(*self.flags)

    def close(self) -> None:
        self.launched.clean_up()
        self.session.close()
        self.proxy.close()

    def _launch(self, *arguments: str) -> Launched:
        launched = Launched(list(arguments), self.folder, self.proxy.environment)
        until(lambda: launched.url or launched.process.poll() is not None, 60, "the dashboard")
        return launched

    # Processes that are killed or stopped

    def _host(self) -> psutil.Process | None:
        return next(iter(self.launched.processes("dashboard.server.app")), None)

    def _worker(self) -> psutil.Process | None:
        processes = workers(self.launched)
        return self.chance.choice(processes) if processes else None

    def _fork_server(self) -> psutil.Process | None:
        with suppress(ValueError):  # there is none at the moment
            return fork_server(self.launched)
        return None

    def kill_server(self) -> None:
        if host := self._host():
            kill(host)

    def kill_worker(self) -> None:
        if worker := self._worker():
            kill(worker)

    def kill_fork_server(self) -> None:
        if server := self._fork_server():
            kill(server)

    def stop_server(self) -> None:
        self._stop(self._host(), self.chance.uniform(1, 20))

    def stop_worker(self) -> None:
        self._stop(self._worker(), self.chance.uniform(0.5, 5))

    def stop_fork_server(self) -> None:
        self._stop(self._fork_server(), self.chance.uniform(0.5, 10))

    def _stop(self, process: psutil.Process | None, seconds: float) -> None:
        with suppress(psutil.NoSuchProcess):
            if process:
                process.suspend()
                time.sleep(seconds)
                process.resume()

    def kill_launcher(self) -> None:
        self._end(signal.SIGKILL)

    def interrupt_launcher(self) -> None:
        self._end(signal.SIGINT)

    def interrupt_with_a_stopped_worker(self) -> None:
        if worker := self._worker():
            with suppress(psutil.NoSuchProcess):
                worker.suspend()
        self._end(signal.SIGINT)

    def _end(self, number: int) -> None:
        self.end_launcher(number)
        self.launched = self._launch("resume", "soak", "--no-browser", *self._choices)

    def end_launcher(self, number: int) -> None:
        """End it, and count those of its processes that outlive it by more than ORPHAN_S."""
        self.launched.send(number)
        with suppress(AssertionError):
            self.launched.ends(30)
        if self.launched.process.poll() is None:
            self.failures.append(f"the launcher did not end within 30 s of signal {number}")
        with suppress(AssertionError):
            self.launched.leaves_nobody(ORPHAN_S)
        left = [process for process in self.launched.descendants() if lives(process)]
        self.orphans += len(left)
        self.launched.clean_up()
        if "Traceback" in self.launched.said:
            self.failures.append(f"the launcher said:\n{self.launched.said[-3000:]}")

    def second_launcher(self) -> None:
        other = Launched([*self.flags, "--no-dashboard"], self.folder, {})
        try:
            if other.ends(60) != 2 or "another launcher" not in other.said:
                self.failures.append(f"a second launcher was not refused: {other.said[-500:]}")
        finally:
            other.clean_up()

    # Disks

    def fill_disk(self) -> None:
        filler = self.folder / "runs" / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(65536)) == 65536:
                pass
        time.sleep(self.chance.uniform(1, 6))
        filler.unlink()

    def full_disk_under_stdout(self) -> None:
        """Another experiment, whose every line cannot be printed, is trained to its end."""
        name = f"unheard-{self.done['full_disk_under_stdout']}"
        few = ["--activation", "relu", "--init", "kaiming_normal", "--batch-size", "3000",
               "--epochs", "1", "--workers", "1", "--no-dashboard"]  # fmt: skip
        with open("/dev/full", "wb") as full:
            unheard = subprocess.Popen(
                [sys.executable, str(LAUNCH), *few, "--experiment", name],
                cwd=self.folder, stdout=full, stderr=full,
            )  # fmt: skip
        try:
            unheard.wait(90)
        except subprocess.TimeoutExpired:
            unheard.kill()
            unheard.wait()
        if unheard.returncode:
            self.failures.append(f"stdout on a full disk: exit code {unheard.returncode}")

    # Visitors

    @property
    def _base(self) -> str:
        return self.launched.url.split("/env/")[0].split("?")[0]

    def _post(self, path: str, body: bytes, **headers: str) -> None:
        """A request that must be refused; what is let in is a side effect."""
        kind = {"Content-Type": "application/json", **headers}
        with suppress(requests.RequestException):
            answer = self.session.post(f"{self._base}{path}", body, headers=kind, timeout=5)
            refused = answer.status_code >= 400
            self.refused += refused
            self.let_in += not refused

    def malformed_post(self) -> None:
        for body in (b"{", b"\xff" * 100, b'{"win": NaN}', b"[" * 100_000):
            self._post("/events", body)

    def foreign_post(self) -> None:
        window = b'{"eid": "planted", "win": "w", "data": [{"type": "text", "content": "x"}]}'
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
            self._post("/events", window, Origin=origin)
            self._post("/delete_env", b'{"eid": "soak_compare"}', Origin=origin)
        self._post("/events", window, Host="evil.example")

    def deaf_visitor(self) -> None:
        with suppress(OSError), self._connection() as deaf:
            deaf.send(b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\n")
            time.sleep(self.chance.uniform(0, 3))

    def flood_of_idle_connections(self) -> None:
        """A person must get the page in spite of them, or soon after."""
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
        with ExitStack() as crowd:
            crowd.callback(resource.setrlimit, resource.RLIMIT_NOFILE, before)
            for _ in range(IDLE_CONNECTIONS):
                with suppress(OSError):
                    crowd.enter_context(self._connection())
            time.sleep(self.chance.uniform(0.5, 3))
        with suppress(AssertionError):
            until(lambda: answers(self.launched.url), AFTER_A_FLOOD_S)
            return
        if self._host():
            self.failures.append(f"no page {AFTER_A_FLOOD_S:.0f} s after a flood of connections")

    def _connection(self) -> socket.socket:
        port = int(self._base.rsplit(":", 1)[1])
        return socket.create_connection(("127.0.0.1", port), timeout=2)

    def faults(self) -> list[Callable[[], None]]:
        return [self.kill_server, self.kill_worker, self.kill_fork_server, self.stop_server,
                self.stop_worker, self.stop_fork_server, self.kill_launcher,
                self.interrupt_launcher, self.interrupt_with_a_stopped_worker,
                self.second_launcher, self.malformed_post, self.foreign_post, self.deaf_visitor,
                self.flood_of_idle_connections,
                *([self.full_disk_under_stdout] if Path("/dev/full").exists() else [])]  # fmt: skip

    def go(self, seconds: float, faults: list[Callable[[], None]]) -> None:
        """Each fault once, in any order, then at random, until the time is over."""
        end_s = time.monotonic() + seconds
        first = self.chance.sample(faults, len(faults))
        while time.monotonic() < end_s and self.launched.process.poll() is None:
            time.sleep(self.chance.uniform(0.2, 4))
            fault = first.pop() if first else self.chance.choice(faults)
            fault()
            self.done[fault.__name__] += 1
            print(f"{end_s - time.monotonic():5.0f} s left  {fault.__name__}", flush=True)
