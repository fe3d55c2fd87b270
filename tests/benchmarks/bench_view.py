"""What `launch.py view` takes: to a first page of 10,000,000 points, to the last page of 300 runs,
and to end on Ctrl-C while it reads. Each is the real command on a record that SQLite made.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import requests

from dashboard.record.reader import create
from tests.benchmarks.measure import Claim
from tests.support.launching import Launched, until
from tests.support.reading import add_runs

LONG_RUNS, LONG_POINTS = 12, 10_000_000
MANY_RUNS, MANY_POINTS = 300, 900_000
EVERY = 1000  # steps between two evaluations
WITHIN_S = 300.0
SERIES = ("train_loss", "test_accuracy", "test_loss")


def claims(rounds: int) -> list[Claim]:
    first, cpu, whole, stopped, last, last_cpu = [], [], [], [], [], []
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder) / "runs"
        record(runs / "long", LONG_RUNS, LONG_POINTS)
        record(runs / "many", MANY_RUNS, MANY_POINTS)
        for _ in range(rounds):
            with _Viewed(Path(folder), "long") as viewed:
                first.append(viewed.seconds_to(viewed.page))
                cpu.append(viewed.cpu_s())
                whole.append(viewed.seconds_to(viewed.whole))
            with _Viewed(Path(folder), "long") as viewed:
                viewed.seconds_to(viewed.reads)
                stopped.append(viewed.stop(expect=130))
            with _Viewed(Path(folder), "many") as viewed:
                last.append(viewed.seconds_to(viewed.last_page))
                last_cpu.append(viewed.cpu_s())
    points = f"{LONG_POINTS:,} points"
    return [
        Claim(f"view: first page of {points}", "<= 3 s", first, " s"),
        Claim("view: CPU seconds of all its processes until then", "<= 3 s", cpu, " s"),
        Claim(f"view: every point of {points} on the page", "", whole, " s"),
        Claim("view: Ctrl-C while it reads", "<= 2 s", stopped, " s"),
        Claim(f"view: last page of {MANY_RUNS} runs", "<= 10 s", last, " s"),
        Claim("view: CPU seconds of all its processes until then", "", last_cpu, " s"),
    ]


def record(folder: Path, runs: int, points: int) -> None:
    """A record of ended runs, in turn as if trained side by side; the evaluations come last."""
    record = create(folder)
    steps = points // runs
    add_runs(record, [(f"r{i}", {"activation": f"f{i}", "batch_size": 200}) for i in range(runs)])
    record.pending.add(
        "UPDATE run SET state = 'done', started_s = 0.0, ended_s = ?, total_steps = ?,"
        " steps_per_epoch = ?",
        steps / 300,
        steps,
        EVERY,
    )
    for run in range(runs):
        for number, name in enumerate(SERIES):
            record.pending.add(
                "INSERT INTO series VALUES (?, ?, ?)", 3 * run + number + 1, run + 1, name
            )
    into = "INSERT INTO point (series, step, time_s, value)"
    numbers = "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < ?)"
    losses = "SELECT 1 + 3 * (n % ?), 1 + n / ?, n / ? / 300.0, 1 + 1e3 / (1e3 + n) FROM s"
    record.pending.add(f"{into} {numbers} {losses}", points - 1, runs, runs, runs)
    for number in (1, 2):
        value = f"1 - {number} / (2 + step * 1e-3)"
        record.pending.add(f"{into} SELECT series + {number}, step, time_s, {value} FROM point"
                    f" WHERE series % 3 = 1 AND step % {EVERY} = 0")  # fmt: skip
    record.close()


class _Viewed:
    """`launch.py view` on a record of `runs`, from its start to its end."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._began_s = time.perf_counter()
        self.launched = Launched(["view", name, "--no-browser"], folder, {})

    def __enter__(self) -> _Viewed:
        return self

    def __exit__(self, *why: object) -> None:
        if self.launched.process.poll() is None:
            self.stop()
        self.launched.clean_up()

    def page(self) -> str:
        """The leaderboard as the server has it, empty before."""
        return self._window("compare", "leaderboard")

    def reads(self) -> bool:
        return "reading the record" in self.launched.said

    def whole(self) -> bool:
        """Whether the page shows all of the record and no longer a first look."""
        page = self.page()
        return bool(page) and "first look" not in page

    def last_page(self) -> bool:
        run = f"r{MANY_RUNS - 1}"
        names = ("train_loss", "test", "config", "learning", "model", "signal")
        return all(self._window(run, name) for name in names)

    def seconds_to(self, happened: Callable[[], object]) -> float:
        """Seconds from the start of the command until it has happened."""
        until(happened, WITHIN_S)
        return time.perf_counter() - self._began_s

    def cpu_s(self) -> float:
        processes = [psutil.Process(self.launched.process.pid), *self.launched.descendants()]
        times = [process.cpu_times() for process in processes]
        return sum(each.user + each.system for each in times)

    def stop(self, expect: int = 0) -> float:
        """Seconds from Ctrl-C to its end."""
        began_s = time.perf_counter()
        self.launched.send(signal.SIGINT)
        code = self.launched.ends(WITHIN_S)
        assert code == expect, f"it ended with {code}: {self.launched.said}"
        return time.perf_counter() - began_s

    def _window(self, environment: str, name: str) -> str:
        request = {"eid": f"{self.name}_{environment}", "win": name}
        try:
            base = self.launched.url.split("/env/")[0]
            return str(requests.post(f"{base}/win_data", json=request, timeout=5).json()["content"])
        except (requests.RequestException, ValueError, KeyError):
            return ""
