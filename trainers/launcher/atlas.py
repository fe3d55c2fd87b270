"""The command `atlas`: show every activation, init, loss and layer as a picture; train nothing."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

from dashboard.cli.parser import LOOK_EVERY_S, Parser, Stop, add_server_flags, make_dashboard
from dashboard.program import PROGRAM
from dashboard.scratch import scratch_folder


def make_parser() -> argparse.ArgumentParser:
    from trainers.plan.flags import add_choices_flag

    parser = Parser(
        prog=f"{PROGRAM} atlas",
        description="Show every activation, init, loss and layer as a picture; train nothing.",
    )
    add_choices_flag(parser)
    group = add_server_flags(parser)
    group.add_argument("--exit", action="store_true", help="end when everything is drawn")
    return parser


def run(argv: list[str]) -> int:
    """Show the atlas until Ctrl-C."""
    stop = Stop()
    args = make_parser().parse_args(argv)
    from dashboard.atlas.scene import AtlasScene
    from trainers.atlas import atlas
    from trainers.plan.flags import load_own_choices

    load_own_choices(argv)
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder())
        dashboard = stack.enter_context(make_dashboard(args, scratch))
        dashboard.start()
        dashboard.open(AtlasScene(atlas()), browser=not args.no_browser)
        while not stop.signal and not (args.exit and dashboard.complete()):
            dashboard.supervise()
            time.sleep(LOOK_EVERY_S)
    return 0
