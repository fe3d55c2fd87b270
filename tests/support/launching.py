"""The launcher as a person starts it: a real process, what it says, and what it leaves behind."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TypedDict, Unpack

import psutil
import requests

from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment
from tests.support.ready import LAUNCH, ROOT, Forked, Ready, hear

__all__ = ["LAUNCH", "ROOT"]


def until(condition: Callable[[], object], within_s: float = 60.0, what: str = "it") -> None:
    """Wait for a condition; fail when it does not come true in time."""
    began_s = asked_s = time.monotonic()
    while not condition():
        now_s = time.monotonic()
        assert now_s < began_s + within_s, f"{what} did not happen within {within_s} s"
        time.sleep(min(max(0.02, 3 * (now_s - asked_s)), 0.25))  # asking takes no core from others
        asked_s = time.monotonic()


def answers(url: str) -> bool:
    """Whether there is a page now; a server may be dead, or so busy that it does not say."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that has ended and waits to be collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two looks
        return False


def kill(process: psutil.Process) -> bool:
    """Kill it; False when it had ended before."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def children(process: psutil.Process) -> list[psutil.Process]:
    """What it has started, and what that has, as far as it runs now; none when it has ended."""
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


MARK = "TRAINBOARD_TESTED"
"""A variable of the environment that a launcher and all that it starts have, in each its own."""
READY, LIGHT = (Ready(MARK, "0" * 20, torch=torch) for torch in (True, False))
WITHOUT_TORCH = ("view", "serve", "export")
"""Commands that never load torch."""


def marked(mark: str) -> list[psutil.Process]:
    """Every process of this machine, of those we may look at, that has this mark."""
    processes = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == mark:
                processes.append(process)
    return processes


class How(TypedDict, total=False):
    """How a launcher begins, all of it as usual unless said.

    env: what differs in its environment. mark: see MARK. before: a command that starts it, such as
    one that takes its privileges away. fresh: with an empty Python, for a test of the start; others
    have torch loaded already, which is dear. ignored: signals that it ignores, as under nohup.
    """

    env: dict[str, str]
    mark: str
    before: Sequence[str]
    fresh: bool
    ignored: Sequence[int]


def new_mark() -> str:
    return f"{time.monotonic_ns():020}"


def begin(
    arguments: list[str], folder: Path, streams: Sequence[int], **how: Unpack[How]
) -> subprocess.Popen[bytes] | Forked:
    """Start launch.py in a folder. streams: descriptors for its input, output and errors."""
    environ = {**os.environ, **how.get("env", {}), MARK: how.get("mark") or new_mark()}
    before, ignored = how.get("before", ()), how.get("ignored", ())
    ready = LIGHT if arguments[0] in WITHOUT_TORCH else READY
    if not (how.get("fresh") or before) and ready.can_fork(environ):
        return ready.fork(arguments, folder, environ, streams, ignored)
    has_to_hear = ignored or os.isatty(streams[0])
    return subprocess.Popen(
        [*before, sys.executable, str(LAUNCH), *arguments],
        cwd=folder,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        env=environ,
        start_new_session=True,
        preexec_fn=partial(hear, ignored) if has_to_hear else None,
    )


class Launched:
    """A launcher process and what it says; everything it started must end with it. See `How`."""

    def __init__(
        self,
        arguments: list[str],
        folder: Path,
        env: dict[str, str],
        before: Sequence[str] = (),
        fresh: bool = False,
    ) -> None:
        self.mark = new_mark()
        self.log = folder / f"launch-{self.mark}.log"
        with self.log.open("wb") as out, open(os.devnull) as nothing:
            streams = [nothing.fileno(), out.fileno(), out.fileno()]
            how: How = {"env": env, "mark": self.mark, "before": before, "fresh": fresh}
            self.process = begin(arguments, folder, streams, **how)

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")  # a character may be half written yet

    @property
    def url(self) -> str:
        """The dashboard's address, once it has been printed."""
        match = re.search(r"dashboard: (\S+)\s", self.said)
        return match.group(1) if match else ""

    def descendants(self) -> list[psutil.Process]:
        """Every process the launcher has started so far and that still runs."""
        if self.process.poll() is None:
            processes = children(psutil.Process(self.process.pid))
        else:  # nobody is its child any more
            processes = marked(self.mark)
        return [process for process in processes if lives(process)]

    def processes(self, part: str) -> list[psutil.Process]:
        """The descendants whose command line has this part."""
        processes = []
        for process in self.descendants():
            try:
                if part in " ".join(process.cmdline()):
                    processes.append(process)
            except psutil.NoSuchProcess:
                continue
        return processes

    def says(self, text: str, within_s: float = 60.0) -> None:
        def said() -> bool:
            return text in self.said or self.process.poll() is not None

        until(said, within_s, f"the launcher saying {text!r}")
        assert text in self.said, self.said

    def ends(self, within_s: float = 120.0) -> int:
        """Wait for the end; the exit code."""
        until(
            lambda: self.process.poll() is not None,
            within_s,
            f"the launcher's end; it said:\n{self.said}\nthat",
        )
        code = self.process.returncode
        assert isinstance(code, int)
        return code

    def leaves_nobody(self, within_s: float = 30.0) -> None:
        until(lambda: not self.descendants(), within_s, "the end of every process it started")

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def clean_up(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for process in self.descendants():
            kill(process)


def leaderboard(launched: Launched, experiment: str = "exp") -> str:
    """The leaderboard as the page shows it now; empty while there is none."""
    try:
        request = {"eid": f"{experiment}_compare", "win": "leaderboard"}
        base = launched.url.split("/env/")[0]
        return str(requests.post(f"{base}/win_data", json=request, timeout=5).json()["content"])
    except (requests.RequestException, ValueError, KeyError):
        return ""


Launch = Callable[..., Launched]


def recorded(tmp_path: Path, name: str) -> Experiment:
    """What the launcher recorded, read anew; the record itself is closed again."""
    with closing(Record(tmp_path / "runs" / name)) as record:
        experiment = Experiment(record)
        experiment.poll()
    return experiment
