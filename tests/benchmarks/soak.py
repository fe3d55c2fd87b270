"""`make soak MINUTES=5`: every fault at random against one experiment, and an audit at the end.

    python -m tests.benchmarks.soak [MINUTES] [SEED]

While runs are trained, servers, workers and launchers are killed and stopped, the disk is filled
(as root, who alone may mount a small one), and strangers knock. Then the books are compared: the
rows of the record, the rows that those who wrote them say they wrote, and what a page shows.
Prints what it did; exits with 1 when the books disagree.
"""

from __future__ import annotations

import json
import math
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import requests

from dashboard.record_file import FILE_NAME
from tests.faults.test_workers import workers
from tests.launching import ROOT, Launched, until

FLAGS = ["--activation", "relu", "--init", "kaiming_normal", "--batch-size", "3000",
         "--epochs", "6", "--no-browser", "--retries", "9999", "--experiment", "soak"]  # fmt: skip
RUNS_PER_MINUTE = 40  # more than two workers train in a minute
STREAMS, STREAM_STEPS_PER_S = 8, 20.0
DISK = "64m"
PAGE_POINTS = 4 * 256  # `dashboard.series` draws at most four points for each of its bins


class Soak:
    """One experiment under fire in `folder`, whose `runs` may be a small disk of its own."""

    def __init__(self, folder: Path, runs: int, seed: int) -> None:
        self.flags = [*FLAGS, "--seed", *map(str, range(runs))]
        self.folder, self.chance = folder, random.Random(seed)
        self.done: Counter[str] = Counter()
        self.failures: list[str] = []
        self.launched = self._launch(*self.flags)

    def _launch(self, *arguments: str) -> Launched:
        launched = Launched(list(arguments), self.folder, {})
        until(lambda: launched.url or launched.process.poll() is not None, 60, "the dashboard")
        return launched

    def _host(self) -> psutil.Process | None:
        return next(iter(self.launched.processes("dashboard.host")), None)

    def _worker(self) -> psutil.Process | None:
        found = workers(self.launched)
        return self.chance.choice(found) if found else None

    def kill_server(self) -> None:
        if host := self._host():
            host.kill()

    def stop_server(self) -> None:
        self._stop(self._host(), self.chance.uniform(1, 20))

    def kill_worker(self) -> None:
        if worker := self._worker():
            worker.kill()

    def stop_worker(self) -> None:
        self._stop(self._worker(), self.chance.uniform(0.5, 5))

    def _stop(self, process: psutil.Process | None, seconds: float) -> None:
        if process:
            process.suspend()
            time.sleep(seconds)
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def kill_launcher(self) -> None:
        self._end(signal.SIGKILL)

    def interrupt_launcher(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, number: int) -> None:
        self.launched.send(number)
        self.launched.ends(15)
        self.launched.leaves_nobody(15)
        if "Traceback" in self.launched.said:
            self.failures.append(f"the launcher said:\n{self.launched.said[-3000:]}")
        self.launched = self._launch("resume", "soak", "--no-browser")

    def second_launcher(self) -> None:
        other = Launched([*self.flags, "--no-dashboard"], self.folder, {})
        if other.ends(60) != 2 or "another launcher" not in other.said:
            self.failures.append(f"a second launcher was not refused: {other.said[-500:]}")

    def fill_disk(self) -> None:
        filler = self.folder / "runs" / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(65536)) == 65536:
                pass
        time.sleep(self.chance.uniform(1, 6))
        filler.unlink()

    def malformed_post(self) -> None:
        for body in (b"{", b"\xff" * 100, b'{"win": NaN}', b"[" * 100_000):
            with suppress(requests.RequestException):
                base = self.launched.url.split("/env/")[0]
                headers = {"Content-Type": "application/json"}
                answer = requests.post(f"{base}/events", body, headers=headers, timeout=5)
                if answer.status_code < 400:
                    self.failures.append(f"a malformed body was answered {answer.status_code}")

    def deaf_visitor(self) -> None:
        with suppress(OSError):
            port = int(self.launched.url.split(":")[2].split("/")[0])
            with socket.create_connection(("127.0.0.1", port), timeout=2) as deaf:
                deaf.send(b"GET /socket HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                time.sleep(self.chance.uniform(0, 3))

    def go(self, seconds: float, faults: list[Callable[[], None]]) -> None:
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s and self.launched.process.poll() is None:
            time.sleep(self.chance.uniform(0.2, 4))
            fault = self.chance.choice(faults)
            fault()
            self.done[fault.__name__] += 1
            print(f"{end_s - time.monotonic():5.0f} s left  {fault.__name__}", flush=True)

    def faults(self) -> list[Callable[[], None]]:
        return [self.kill_server, self.stop_server, self.kill_worker, self.stop_worker,
                self.kill_launcher, self.interrupt_launcher, self.second_launcher,
                self.malformed_post, self.deaf_visitor]  # fmt: skip


def steps_of(folder: Path) -> dict[str, tuple[str, int, list[int]]]:
    """Of each run its state, the steps it was to have, and those that the record has, in order."""
    db = sqlite3.connect(folder / FILE_NAME)
    sound = db.execute("PRAGMA integrity_check").fetchall()
    if sound != [("ok",)]:
        raise SystemExit(f"the record is not sound: {sound}")
    rows = db.execute("SELECT name, state, total_steps FROM run")
    found: dict[str, tuple[str, int, list[int]]] = {n: (s, t, []) for n, s, t in rows}
    points = "SELECT run, step FROM curve WHERE series = 'train_loss' ORDER BY run, step"
    for name, step in db.execute(points):
        found[name][2].append(step)
    db.close()
    return found


def audit_runs(folder: Path) -> list[str]:
    """A done run has every step once; any other has every step up to its last one once."""
    wrong = []
    for name, (state, total, steps) in steps_of(folder / "soak").items():
        expected = total if state == "done" else len(steps)
        if steps != list(range(1, expected + 1)):
            wrong.append(f"{name} ({state}) has {len(steps)} rows, not steps 1 to {expected}")
        if state not in ("done", "stopped", "queued"):
            wrong.append(f"{name} is {state}")
    return wrong


def audit_stream(folder: Path, written: dict[str, int]) -> list[str]:
    found = {name: len(steps) for name, (_, _, steps) in steps_of(folder / "stream").items()}
    return [] if found == written else [f"streams wrote {written}, the record has {found}"]


def audit_page(folder: Path) -> list[str]:
    """Every run's page ends at the run's last recorded step and is within its bounds."""
    expected = {
        n: steps[-1] for n, (_, _, steps) in steps_of(folder / "runs" / "soak").items() if steps
    }
    viewed = Launched(["view", "soak", "--no-browser"], folder, {})
    wrong = []
    try:
        until(lambda: viewed.url, 60, "the dashboard")
        base = viewed.url.split("/env/")[0]

        def last_drawn(name: str) -> tuple[int, int]:
            asked = {"eid": f"soak_{name}", "win": "train_loss"}
            with suppress(requests.RequestException, ValueError, KeyError, TypeError):
                traces = requests.post(f"{base}/win_data", json=asked, timeout=5).json()
                drawn = [t for t in traces["content"]["data"] if len(t.get("x", []))]
                return max(t["x"][-1] for t in drawn), max(len(t["x"]) for t in drawn)
            return 0, 0

        for name, step in expected.items():
            with suppress(AssertionError):
                until(lambda: last_drawn(name)[0] == step, 120)  # noqa: B023
            shown, count = last_drawn(name)
            if shown != step or count > PAGE_POINTS:
                wrong.append(f"{name}: the page ends at {shown} with {count} points, not {step}")
    finally:
        viewed.clean_up()
    return wrong


def main(minutes: float, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="trainboard-soak-") as scratch:
        folder = Path(scratch)
        (folder / "runs").mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder / "runs")]
        small = os.geteuid() == 0 and subprocess.run(mount).returncode == 0
        print(
            "the disk is filled too" if small else "the disk is not filled: only root can do that"
        )
        try:
            return soak(folder, minutes * 60, seed, small)
        finally:
            if small:
                subprocess.run(["umount", "--lazy", str(folder / "runs")])


def soak(folder: Path, seconds: float, seed: int, small: bool) -> int:
    under_fire = Soak(folder, math.ceil(seconds / 60 * RUNS_PER_MINUTE), seed)
    stream = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.stream", str(folder / "runs" / "stream"),
         str(STREAMS), str(STREAM_STEPS_PER_S), str(seconds)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        faults = under_fire.faults() + ([under_fire.fill_disk] if small else [])
        under_fire.go(seconds, faults)
        under_fire.launched.send(signal.SIGINT)
        under_fire.launched.ends(15)
        said, _ = stream.communicate(timeout=120)
    finally:
        under_fire.launched.clean_up()
        stream.kill()
    runs = folder / "runs"
    wrong = [*under_fire.failures, *audit_runs(runs), *audit_stream(runs, json.loads(said))]
    wrong += audit_page(folder)
    found = steps_of(runs / "soak")
    states = Counter(state for state, _, _ in found.values())
    rows = sum(len(steps) for _, _, steps in found.values())
    print(f"faults: {dict(under_fire.done)}\nruns: {dict(states)}, {rows:,} steps recorded")
    print("\n".join(wrong) or "the books agree: record, writers and page")
    return int(bool(wrong))


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    sys.exit(main(given[0] if given else 5.0, int(given[1]) if len(given) > 1 else 0))
