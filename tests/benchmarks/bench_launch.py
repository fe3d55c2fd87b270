"""The launcher as a whole: its start, the dashboard's price, and how soon a step is on the page."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import numpy as np
import requests
from playwright.sync_api import Browser, Page

from dashboard.record.reader import Record
from dashboard.record.rows import Points
from dashboard.record.schema import FILE_NAME
from tests.benchmarks.measure import Claim, ratio, seconds
from tests.support.chromium import chromium

ROOT = Path(__file__).resolve().parents[2]
LAUNCH = [sys.executable, str(ROOT / "launch.py")]
PRICE = ["--activation", "relu", "tanh", "--init", "kaiming_normal", "--epochs", "15"]


def claims(rounds: int) -> list[Claim]:
    start = ratio(
        "start: launch.py to the first training step / `import torch` alone",
        "< 1.3",
        _first_step_s,
        _import_torch_s,
        rounds,
    )
    refused = ratio(
        "start: launch.py to the sentence about an unknown activation / `import torch` alone",
        "<= 0.3",
        lambda: seconds(lambda: subprocess.run([*LAUNCH, "--activation", "rellu"], check=False)),
        _import_torch_s,
        rounds,
    )
    page = Claim(
        "start: launch.py to the page that answers / to the first training step",
        "< 1",
        [_page_s() / _first_step_s() for _ in range(rounds)],
    )
    end = Claim("end: the last step to the launcher's exit", "<= 0.5 s",
                [_end_s() for _ in range(rounds)], " s")  # fmt: skip
    alone = ratio(
        "training speed: with the dashboard, nobody looking / --no-dashboard",
        ">= 0.95",
        lambda: steps_per_s(shown=True),
        lambda: steps_per_s(shown=False),
        rounds,
    )
    watched = ratio(
        "training speed: with the dashboard and a browser on the same cores / --no-dashboard",
        ">= 0.97",
        lambda: steps_per_s(shown=True, browser=True),
        lambda: steps_per_s(shown=False),
        rounds,
    )
    return [start, refused, page, end, alone, watched]


def latency_claims(rounds: int) -> list[Claim]:
    """Seconds from a step to its trace in the page, 95th percentile, with 12 and 64 runs."""
    return [
        Claim(f"step to page with {n} runs, p95", target, [_p95_s(n) for _ in range(rounds)], " s")
        for n, target in ((12, "<= 1 s"), (64, "<= 2 s"))
    ]


@contextmanager
def _launched(*flags: str, code: Path = ROOT) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(code / "launch.py"), "--no-browser", "--runs-dir", folder]
        process = subprocess.Popen(
            [*command, "--experiment", "exp", *flags], stdout=subprocess.PIPE, text=True, cwd=code
        )
        try:
            yield process, Path(folder) / "exp"
        finally:
            process.terminate()
            process.wait()


def _import_torch_s() -> float:
    return seconds(lambda: subprocess.run([sys.executable, "-c", "import torch"], check=True))


def _page_s() -> float:
    """From the start of a launcher until its compare page answers."""
    started_s = time.time()
    with _launched("--activation", "relu", "--init", "normal") as (process, _):
        url = _url(process)
        while not _answers(url):
            time.sleep(0.01)
        return time.time() - started_s


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=5).ok
    return False


def _end_s() -> float:
    """From the last step of three short runs until the launcher has ended."""
    flags = ["--activation", "relu", "tanh", "sigmoid", "--init", "normal", "--epochs", "1"]
    with _launched(*flags, "--exit") as (process, folder):
        process.communicate()
        ended_s = time.time()
        return ended_s - max(float(points.times_s[-1]) for points in _losses(folder))


def _first_step_s() -> float:
    started_s = time.time()
    with _launched("--activation", "relu", "--init", "normal") as (_, folder):
        while not (made_s := _first_step_time_s(folder)):
            time.sleep(0.05)
        return made_s - started_s


def _first_step_time_s(folder: Path) -> float:
    """When the first step was made, as its point says; 0 while there is none in the record."""
    if not (folder / FILE_NAME).exists():
        return 0.0
    times = [points.times_s[0] for points in _losses(folder)]
    return float(times[0]) if times else 0.0


def _losses(folder: Path) -> list[Points]:
    """The training losses of all runs in the record."""
    record = Record(folder)
    losses = [points for points in record.changes().points if points.series == "train_loss"]
    record.close()
    return losses


def steps_per_s(*, shown: bool, browser: bool = False, code: Path = ROOT) -> float:
    """Steps of all runs a second, over the last two thirds of them: by then the page is up.

    code: the checkout whose launcher trains and shows.
    """
    flags = [*PRICE, "--exit", *([] if shown else ["--no-dashboard"])]
    with (
        chromium() if browser else nullcontext() as chrome,
        _launched(*flags, code=code) as launched,
    ):
        process, folder = launched
        page = _page(chrome, process) if chrome else None
        while page and process.poll() is None:
            page.wait_for_timeout(100)
        process.wait()
        times = np.sort(np.concatenate([p.times_s for p in _losses(folder)]))
    later = times[len(times) // 3 :]
    return float(len(later) / (later[-1] - later[0]))


def _page(browser: Browser, process: subprocess.Popen[str]) -> Page:
    """The launcher's compare page."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(_url(process))
    return page


def _url(process: subprocess.Popen[str]) -> str:
    """Where the launcher says that its page is."""
    assert process.stdout
    while not (match := re.search(r"dashboard: (\S+)", process.stdout.readline())):
        pass
    return match.group(1)


NEWEST = """() => {
    const pane = document.querySelector('[data-window=train_loss]')?.pane;
    const lines = (pane?.view.view.drawnPanels ?? []).flatMap(panel => panel.lines);
    return Object.fromEntries(lines.flatMap(line => line.names.map(name => [name, line.x.at(-1)])));
}"""  # the last step that is drawn of each run


def _p95_s(runs: int, watch_s: float = 25.0) -> float:
    """Watch the page for a while; for each new step seen, how old its point in the record is."""
    rates = [str((i + 1) / 1000) for i in range(runs)]  # seeds would share one line
    flags = ["--activation", "relu", "--init", "normal", "--lr", *rates, "--epochs", "200"]
    with chromium() as browser, _launched(*flags, "--workers", "2") as (process, folder):
        page = _page(browser, process)
        page.wait_for_function(f"() => Object.keys(({NEWEST})()).length > 0", timeout=60_000)
        seen: list[tuple[float, dict[str, Any]]] = []
        until_s = time.monotonic() + watch_s
        while time.monotonic() < until_s:
            seen.append((time.time(), page.evaluate(NEWEST)))
            time.sleep(0.05)
        times = _times_of_steps(folder)
    # Between two looks the newest step must have become this one; its age is the delay, and every
    # step that is not shown yet waits for the next frame: so ask at each look how old the oldest
    # step is that is recorded but not shown.
    delays = []
    for when_s, shown in seen:
        newest = int(shown.get(rates[0], 0))
        waiting = [t for step, t in times if step > newest and t <= when_s]
        delays.append(when_s - min(waiting) if waiting else 0.0)
    return statistics.quantiles(delays, n=20)[-1]


def _times_of_steps(folder: Path) -> list[tuple[int, float]]:
    """(step, wall time) of the first run."""
    losses = _losses(folder)
    first = min(p.run_id for p in losses)
    return [
        (int(step), float(time_s))
        for points in losses
        if points.run_id == first
        for step, time_s in zip(points.steps, points.times_s, strict=True)
    ]
