"""What an open page costs: time to all windows, shares of a core, bytes it is sent.

Runs are written live by as many recorders; `launch.py view` shows them; one browser looks on. The
code that is measured can be another checkout, so that two versions stand side by side:

    python -m tests.benchmarks.bench_page [--code FOLDER]… [--runs 12 64 200] [--training]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import psutil
from playwright.sync_api import Browser, Page
from rich.console import Console
from rich.table import Table

from tests.benchmarks import bench_launch
from tests.benchmarks.measure import Claim
from tests.benchmarks.opening import Opening, opening
from tests.support.chromium import chromium
from tests.support.launching import ROOT, until

RUNS = (12, 64, 200)
STEPS_PER_S = 500  # of all runs together
OPENED_S, WATCHED_S = 10.0, 15.0
OPENINGS = 5  # of the same page, each in a browser of its own
NOTE_LONG_TASKS = """() => {
  window.longest = 0;
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
  }).observe({ entryTypes: ['longtask'] });
}"""


@dataclass
class Price:
    """What a page took. share: of one core, by the browser's process that draws it; shown_share: by
    launcher and server together.

    seen_s, windows_s: until the windows in sight, and all, were there (opening.py).
    message_ms: the same process's own time for each message, which a busy machine changes least.
    longest_ms: for which the page heard no person, at the most; 0: never above 50 ms.
    """

    seen_s: float
    windows_s: float
    share: float
    shown_share: float
    message_ms: float
    longest_ms: float
    bytes_per_s: float
    windows: int


def claims(rounds: int) -> list[Claim]:
    prices = {n: [price(n) for _ in range(rounds)] for n in RUNS}
    return [
        claim
        for n, found in prices.items()
        for claim in (
            Claim(f"page of {n} live runs: all windows", "", [p.windows_s for p in found], " s"),
            Claim(f"page of {n} live runs: a core", "", [100 * p.share for p in found], " %"),
            Claim(
                f"page of {n} live runs: hears nobody for, at the most",
                "<= 500 ms",
                [p.longest_ms for p in found],
                " ms",
            ),
            Claim(
                f"{n} live runs: a core, launcher and server",
                "",
                [100 * p.shown_share for p in found],
                " %",
            ),
            Claim(
                f"page of {n} live runs: sent", "", [p.bytes_per_s / 1e3 for p in found], " kB/s"
            ),
        )
    ]


def price(runs: int, code: Path = ROOT) -> Price:
    """The compare page of so many live runs, shown by the code in this folder."""
    seconds = (2 + 2 * OPENINGS) * OPENED_S + WATCHED_S + 60
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "runs" / "live"
        stream = [sys.executable, "-m", "tests.faults.stream", str(record)]
        with _ended([*stream, str(runs), str(STEPS_PER_S / runs), str(seconds)], code, None):
            until((record / "record.sqlite3").exists, 60)
            log = Path(folder) / "log"
            view = [sys.executable, str(code / "launch.py"), "view", "live", "--no-browser"]
            with _ended(view, Path(folder), log) as launcher:
                until(lambda: "/env/" in log.read_text(), 60)
                time.sleep(OPENED_S)  # the launcher's own start is not the page's
                url = log.read_text().split("dashboard: ")[1].split()[0]
                came = [opening(url, OPENED_S) for _ in range(OPENINGS)]
                with chromium() as browser:  # not before: the openings have a browser each
                    return _watch(browser, url, came, launcher.pid)


def _watch(browser: Browser, url: str, came: Sequence[Opening], launcher: int) -> Price:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    received = [0, 0]  # bytes, messages

    def count(payload: str | bytes) -> None:
        received[0] += len(payload)
        received[1] += 1

    page.on("websocket", lambda socket: socket.on("framereceived", count))
    page.goto(url)
    page.wait_for_timeout(OPENED_S * 1000)
    drawing = [renderer(page)]
    showing = [psutil.Process(launcher), *psutil.Process(launcher).children(recursive=True)]
    page.evaluate(NOTE_LONG_TASKS)
    before_s, began_s, held = _cpu_s(drawing, showing), time.perf_counter(), list(received)
    page.wait_for_timeout(WATCHED_S * 1000)
    after_s, took_s = _cpu_s(drawing, showing), time.perf_counter() - began_s
    drawing_s, showing_s = (after - before for before, after in zip(before_s, after_s, strict=True))
    return Price(
        seen_s=statistics.median(each.seen_s for each in came),
        windows_s=statistics.median(each.all_s for each in came),
        share=drawing_s / took_s,
        shown_share=showing_s / took_s,
        message_ms=1000 * drawing_s / max(1, received[1] - held[1]),
        longest_ms=page.evaluate("() => window.longest"),
        bytes_per_s=(received[0] - held[0]) / took_s,
        windows=came[-1].windows,
    )


def _cpu_s(*groups: Sequence[psutil.Process]) -> list[float]:
    """CPU seconds that each of the groups of processes has used so far."""
    times = [[process.cpu_times() for process in group] for group in groups]
    return [sum(each.user + each.system for each in group) for group in times]


def renderer(page: Page) -> psutil.Process:
    """The process that draws the page: the renderer that has worked most."""
    page.evaluate("() => { const end = performance.now() + 300; while (performance.now() < end); }")
    renderers = [
        process
        for process in psutil.Process(os.getpid()).children(recursive=True)
        if process.status() != psutil.STATUS_ZOMBIE and "--type=renderer" in process.cmdline()
    ]
    return max(renderers, key=lambda process: process.cpu_times().user)


@contextmanager
def _ended(command: Sequence[str], folder: Path, log: Path | None) -> Iterator[Popen[bytes]]:
    """A process that runs meanwhile in a folder, and that says what it says into the log."""
    with open(log or os.devnull, "wb") as out:
        process = Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def _checkout(folder: str) -> Path:
    return Path(folder).resolve()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--code", type=_checkout, action="append", help="a checkout; default: this one"
    )
    parser.add_argument("--runs", type=int, nargs="*", default=RUNS)
    parser.add_argument(
        "--training", action="store_true", help="the price of a page for training too"
    )
    args = parser.parse_args()
    table = Table(
        "code",
        "runs",
        "windows",
        "in sight",
        "all windows",
        "of a core",
        "launcher, server",
        "a message",
        "deaf",
        "kB/s",
        "load",
    )
    for runs in args.runs:
        for code in args.code or [ROOT]:
            found = price(runs, code)
            table.add_row(
                code.name, str(runs), str(found.windows), f"{found.seen_s:.2f} s",
                f"{found.windows_s:.2f} s",
                f"{100 * found.share:.1f} %", f"{100 * found.shown_share:.1f} %",
                f"{found.message_ms:.1f} ms", f"{found.longest_ms:.0f} ms",
                f"{found.bytes_per_s / 1e3:.1f}",
                f"{os.getloadavg()[0]:.1f}",
            )  # fmt: skip
    Console(width=120).print(table)
    for code in (args.code or [ROOT]) if args.training else []:
        watched = bench_launch.steps_per_s(shown=True, browser=True, code=code)
        alone = bench_launch.steps_per_s(shown=False, code=code)
        print(f"{code.name}: training with a page / without: {watched / alone:.2f}")


if __name__ == "__main__":
    main()
