"""The command `serve`: show a whole folder of experiments to several people, who can only look.

Differs from `view` in what visitors may do, and in whom it is for; what is shown is the same. It
trains nothing and needs no torch.
"""

from __future__ import annotations

import argparse
import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.cli.parser import LOOK_EVERY_S, Parser, Stop, add_listening_flags, alone
from dashboard.errors import UserError
from dashboard.program import PROGRAM
from dashboard.scratch import scratch_folder
from dashboard.server.address import PASSWORD_VARIABLE, USERNAME_VARIABLE, choose_entry

if TYPE_CHECKING:
    from dashboard.cli.parser import Beside

MOST_OPEN = 24  # experiments at once, of all who look
BOTH = f"{USERNAME_VARIABLE} and {PASSWORD_VARIABLE}"
WELCOME = {
    "login": "whoever logs in with {0}",
    "owner": "your own programs on this machine; for others set {0}",
    "token": "whoever opens this address; for a login set {0}",
    "anybody": "every user of this machine; for a login set {0}",
}
"""By the way in: who may look."""


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} serve",
        description="Show a whole folder of experiments, live or ended, to everybody who may look: "
        "nobody can stop a run, change a window or remove anything. With VISDOM_USERNAME and "
        "VISDOM_PASSWORD there is a login; without one only your own programs get in. Training "
        "goes on elsewhere, in launchers and scripts that record into the folder.",
    )
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        default=Path("runs"),
        metavar="FOLDER",
        help="where experiments are recorded (default: runs)",
    )
    group = add_listening_flags(parser)
    group.add_argument(
        "--login",
        action="store_true",
        help=f"let nobody in without a login, so end where {BOTH} are not set",
    )
    return parser


def run(argv: list[str], beside: Beside = alone) -> int:
    """Show the folder until Ctrl-C. beside: adds what else can be looked at."""
    stop = Stop()
    from dashboard.board.dashboard import Dashboard
    from dashboard.board.library import LibraryScene

    args = make_parser().parse_args(argv)
    check(args)
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder())
        scene = LibraryScene(args.folder, most_open=MOST_OPEN)
        stack.callback(scene.close)
        dashboard = Dashboard(
            args.host,
            args.port,
            None,
            scratch / "server.log",
            runs_dir=args.folder,
            no_token=args.no_token,
            embed=args.embed,
            read_only=True,
        )
        stack.enter_context(dashboard)
        dashboard.start()
        dashboard.open(beside(scene), browser=False)
        entry = choose_entry(os.environ.get(USERNAME_VARIABLE), args.no_token)
        print(f"{args.folder} can be looked at by {WELCOME[entry].format(BOTH)}", flush=True)
        while not stop.signal:
            dashboard.supervise()
            time.sleep(LOOK_EVERY_S)
    return 0


def check(args: argparse.Namespace) -> None:
    """Raise UserError where the folder cannot be served, or not so."""
    from dashboard.record.schema import is_recorded

    if args.login and not os.environ.get(USERNAME_VARIABLE):
        raise UserError(f"--login needs a user name and a password: set {BOTH}")
    if is_recorded(args.folder):
        raise UserError(
            f"{args.folder} is one experiment: serve the folder that it is in, {args.folder.parent}"
        )
    if not args.folder.is_dir():
        raise UserError(f"there is no folder {args.folder}: name one of experiments, as runs")
