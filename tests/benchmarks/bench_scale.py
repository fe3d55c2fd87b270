"""What an experiment of 1,000 runs costs beside one of 100: to record, to open, to look at live.

Processor time and memory of each process; a busy machine changes these least. How the costs grow
is in the README beside this; how pages of fewer runs compare with Visdom's is bench_page.py's.

    python -m tests.benchmarks.bench_scale [--runs 100 1000] [--pages 1 4]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_page import renderer
from tests.benchmarks.measure import Claim
from tests.support.chromium import chromium
from tests.support.launching import ROOT, Launched, until

RUNS, STEPS = (100, 1000), 3000
LIVE_S = 600.0  # longer than any measurement
SETTLED_S, WATCHED_S, WITHIN_S = 15.0, 20.0, 300.0
MANY_RUNS = "tests.benchmarks.many_runs"


@dataclass
class Cost:
    """Processor time in ms: to record a run; of launcher and server until the first page. Memory in
    MB then, and later of launcher, server and the browser's process of a page; shares of a core of
    these two and of that while two of the runs train; what all pages are sent.
    """

    record_ms: float
    first_page_ms: float
    launcher_mb: float
    server_mb: float
    page_mb: float
    showing_share: float
    page_share: float
    sent_kb_per_s: float


def claims(rounds: int) -> list[Claim]:
    costs = {runs: [cost(runs) for _ in range(rounds)] for runs in RUNS}
    few, many = costs
    times = many / few
    return [
        *(claim for runs in RUNS for claim in _claims(runs, costs[runs])),
        Claim(
            f"a run's share of the first page: {many} runs / {few}",
            "<= 1",
            [b.first_page_ms / a.first_page_ms / times
             for a, b in zip(costs[few], costs[many], strict=True)],
        ),
        Claim(
            f"a live page of {many} runs / of {few}: share of a core, for each run",
            "<= 1",
            [b.page_share / a.page_share / times
             for a, b in zip(costs[few], costs[many], strict=True)],
        ),
    ]  # fmt: skip


def _claims(runs: int, costs: Sequence[Cost]) -> Iterator[Claim]:
    figures = {
        "recording a run": ("record_ms", 1, " ms"),
        "processor time until the first page": ("first_page_ms", 1e-3, " s"),
        "memory of the launcher": ("launcher_mb", 1, " MB"),
        "memory of the server": ("server_mb", 1, " MB"),
        "memory of the page": ("page_mb", 1, " MB"),
        "launcher and server, of a core": ("showing_share", 100, " %"),
        "the page, of a core": ("page_share", 100, " %"),
        "sent to the page": ("sent_kb_per_s", 1, " kB/s"),
    }
    for what, (name, factor, unit) in figures.items():
        values = [factor * float(getattr(each, name)) for each in costs]
        yield Claim(f"{runs} runs: {what}", "", values, unit)


def cost(runs: int, pages: int = 1) -> Cost:
    """Of an experiment of so many ended runs and two that train, open in so many pages."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        writing = stack.enter_context(_writing(Path(folder) / "runs" / "scale", runs))
        assert writing.stdout
        record_s = float(writing.stdout.readline())
        launched = Launched(["view", "scale", "--no-browser"], Path(folder), {})
        stack.callback(launched.clean_up)
        until(lambda: "/env/" in launched.said, WITHIN_S)
        until(lambda: _has_leaderboard(launched.url), WITHIN_S)
        launcher = psutil.Process(launched.process.pid)
        (server,) = launched.processes("dashboard.server.app")
        first_page_s = _cpu_s([launcher, server])
        browser = stack.enter_context(chromium())
        sent = [0]
        opened = [_open(browser.new_page(), launched.url, sent) for _ in range(pages)]
        opened[0].wait_for_timeout(SETTLED_S * 1000)
        drawing = renderer(opened[0])
        sides = ([launcher, server], [drawing])
        before, sent[0] = [_cpu_s(side) for side in sides], 0
        opened[0].wait_for_timeout(WATCHED_S * 1000)
        shares = [(_cpu_s(side) - was) / WATCHED_S for side, was in zip(sides, before, strict=True)]
        return Cost(
            record_ms=1000 * record_s / runs,
            first_page_ms=1000 * first_page_s,
            launcher_mb=_mb(launcher),
            server_mb=_mb(server),
            page_mb=_mb(drawing),
            showing_share=shares[0],
            page_share=shares[1],
            sent_kb_per_s=sent[0] / WATCHED_S / 1000,
        )


@contextmanager
def _writing(folder: Path, runs: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", MANY_RUNS, str(folder), str(runs), str(STEPS), str(LIVE_S)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _open(page: Page, url: str, sent: list[int]) -> Page:
    def count(payload: str | bytes) -> None:
        sent[0] += len(payload)

    page.set_viewport_size({"width": 1400, "height": 900})
    page.on("websocket", lambda socket: socket.on("framereceived", count))
    page.goto(url, timeout=1000 * WITHIN_S)
    return page


def _has_leaderboard(url: str) -> bool:
    base, environment = url.split("/env/")
    asked = {"eid": environment, "win": "leaderboard"}
    try:
        return bool(requests.post(f"{base}/win_data", json=asked, timeout=5).json()["content"])
    except (requests.RequestException, ValueError, KeyError):
        return False


def _cpu_s(processes: Sequence[psutil.Process]) -> float:
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def _mb(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="*", default=RUNS)
    parser.add_argument("--pages", type=int, nargs="*", default=[1], help="open at once")
    args = parser.parse_args()
    columns = ("record", "first page", "launcher", "server", "page", "showing", "drawing", "sent")
    table = Table("runs", "pages", *columns)
    for runs in args.runs:
        for pages in args.pages:
            took = cost(runs, pages)
            table.add_row(
                str(runs), str(pages), f"{took.record_ms:.1f} ms",
                f"{took.first_page_ms / 1000:.2f} s", f"{took.launcher_mb:.0f} MB",
                f"{took.server_mb:.0f} MB", f"{took.page_mb:.0f} MB",
                f"{100 * took.showing_share:.1f} %", f"{100 * took.page_share:.1f} %",
                f"{took.sent_kb_per_s:.0f} kB/s",
            )  # fmt: skip
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
