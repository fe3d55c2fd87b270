"""What every command shares: how flags are read, how a mistake is said, how Ctrl-C is heard, and
the loop that looks after an experiment that is shown.

Trains nothing and knows no command; those are in `trainers.launcher`, and `view` and `export` here.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from dashboard.cli.alerts import add_alert_flag
from dashboard.output import printed, report, wait_for_no_reader
from dashboard.program import PROGRAM
from dashboard.record.goal import GOALS
from dashboard.runs.request import ComparisonRequest

if TYPE_CHECKING:
    from dashboard.board.dashboard import Dashboard
    from dashboard.board.scene import Scene
    from dashboard.runs.experiment import Experiment

    Beside = Callable[[Scene], Scene]
    """Adds to a scene what else a page may open, for example the atlas."""

LOOK_EVERY_S = 0.1
SERVER_LOG = "server.log"  # of the folder of an experiment
LONGEST_SENTENCE = 1000


class Parser(argparse.ArgumentParser):
    """Answers a mistake with one sentence and exit code 2; the usage is printed for --help only.

    below: writes what stands below the help, of the parser: the manual of the command that runs, of
    which a process has one.
    """

    below: ClassVar[Callable[[argparse.ArgumentParser], str] | None] = None

    def print_help(self, file: Any = None) -> None:
        super().print_help(file)
        if below := type(self).below:
            print(below(self), end="", file=file)

    def error(self, message: str) -> NoReturn:
        fail(message)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        super().exit(status or printed(), message)


def fail(message: str) -> NoReturn:
    """End with exit code 2 and one sentence about what the person can change, on one line."""
    line = "".join(c if c.isprintable() else " " for c in message)
    line = line if len(line) <= LONGEST_SENTENCE else f"{line[:LONGEST_SENTENCE]}…"
    print(f"{PROGRAM}: {line}", file=sys.stderr)
    raise SystemExit(2)


def alone(scene: Scene) -> Scene:
    """Nothing is shown beside it."""
    return scene


class Stop:
    """Ctrl-C, SIGTERM and a terminal that is closed (SIGHUP) ask for a clean stop.

    A second Ctrl-C ends at once. Under `nohup` a closed terminal stops nothing. Whoever looks for a
    stop again and again must not be held up by what is printed meanwhile.
    """

    def __init__(self) -> None:
        wait_for_no_reader()
        self.signal = 0
        self._at_once = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    @property
    def exit_code(self) -> int:
        return 128 + self.signal

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Within it the first signal is an exit, for work that nothing is lost of."""
        self._at_once = True
        try:
            if self.signal:
                raise SystemExit(self.exit_code)
            yield
        finally:
            self._at_once = False

    def _on_signal(self, number: int, _frame: object) -> None:
        if self._at_once:
            raise SystemExit(128 + number)
        if self.signal == signal.SIGINT and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal = number


def add_runs_dir_flag(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the flag of every command that reads or writes records."""
    parser.add_argument(
        "--runs-dir",
        type=Path,
        default=Path("runs"),
        metavar="DIR",
        help="where experiments are recorded (default: runs)",
    )


def add_dashboard_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of every command that shows an experiment."""
    group = add_server_flags(parser)
    add_runs_dir_flag(group)
    group.add_argument(
        "--exit",
        action="store_true",
        help="end when all runs have ended instead of keeping the dashboard up",
    )
    group.add_argument(
        "--baseline",
        default=None,
        metavar="RUN",
        help="the run that the others are measured against (default: the first)",
    )
    group.add_argument(
        "--grid",
        nargs=2,
        default=None,
        metavar=("ROWS", "COLUMNS"),
        help="two settings for the accuracy grid (default: the first two that vary)",
    )
    add_metric_flags(group)
    add_alert_flag(group)


def add_json_flag(parser: argparse._ActionsContainer) -> None:
    """Add the flag of what trains and is read by a program."""
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the results as one JSON document when all runs have ended, and end; all else "
        "that is said goes to standard error",
    )


def add_metric_flags(group: argparse._ActionsContainer) -> None:
    """Add the flags that say what runs are compared by."""
    group.add_argument(
        "--metric",
        default=None,
        metavar="NAME",
        help="the series that runs are compared by (default: test_accuracy, without one test_loss)",
    )
    group.add_argument(
        "--goal",
        choices=GOALS,
        default=None,
        help="whether more of the metric is better or less (default: as its name says)",
    )
    group.add_argument(
        "--milestones",
        nargs="*",
        type=float,
        default=None,
        metavar="VALUE",
        help="values of the metric whose reaching is noted (default: 0.9 0.95 for an accuracy, "
        "else none)",
    )


def requested(args: argparse.Namespace) -> ComparisonRequest:
    """What the flags want the compare page to show; unchecked."""
    marks = args.milestones
    return ComparisonRequest(
        getattr(args, "baseline", None) or "",
        tuple(getattr(args, "grid", None) or ()),
        args.metric or "",
        args.goal or "",
        None if marks is None else tuple(dict.fromkeys(marks)),
    )


def add_server_flags(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the flags of every command that shows anything; the group they are in."""
    group = add_listening_flags(parser)
    group.add_argument(
        "--server",
        default=None,
        metavar="URL",
        help="use a Visdom server that runs already instead of starting one",
    )
    group.add_argument("--no-browser", action="store_true", help="do not open the browser")
    return group


def add_listening_flags(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """Add the flags of a server of our own; the group they are in."""
    group = parser.add_argument_group("the dashboard")
    group.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address the dashboard listens on (default: 127.0.0.1); any other than "
        "loopback needs VISDOM_USERNAME and VISDOM_PASSWORD",
    )
    group.add_argument(
        "--port",
        type=int,
        default=None,
        metavar="N",
        help="port of the dashboard (default: 8097 or the next free one)",
    )
    group.add_argument(
        "--embed",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site whose pages may show ours in a frame, as http://localhost:8888 of a notebook; "
        "may be repeated (default: none may). Where there is a login, log in in a tab first",
    )
    group.add_argument(
        "--no-token",
        action="store_true",
        help="where the owner of a connection cannot be known (not Linux): let every user of this "
        "machine in, without the token in the printed address",
    )
    return group


def tick(
    experiments: Iterable[Experiment],
    dashboard: Dashboard | None,
    rest: Callable[[float], None] = time.sleep,
) -> None:
    """Look once at everything: the records, the server, and then a short rest.

    rest: takes the seconds that it may last.
    """
    for experiment in experiments:
        experiment.follow(report)
    if dashboard:
        dashboard.supervise()
    rest(LOOK_EVERY_S)


def make_dashboard(args: argparse.Namespace, folder: Path) -> Dashboard:
    """Make the dashboard that the flags of `add_server_flags` describe; `folder` has its log."""
    from dashboard.board.dashboard import Dashboard

    runs_dir = getattr(args, "runs_dir", None)  # the atlas has no runs
    return Dashboard(
        args.host,
        args.port,
        args.server,
        folder / SERVER_LOG,
        runs_dir=runs_dir,
        no_token=args.no_token,
        embed=args.embed,
    )
