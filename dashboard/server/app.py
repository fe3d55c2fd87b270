"""Hosts Visdom's own application, unmodified, behind our guards; a process of its own.

`dashboard.server.process` starts it with a listening socket (--fd) and keeps its standard input
open; when that ends, the launcher is gone and so are we. State lives in memory and in a private
folder: the record is the truth and the board draws everything anew after a restart. What stock
clients made is there again as they last saved it.
"""

import argparse
import asyncio
import contextlib
import importlib
import logging
import os
import select
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path

from tornado.ioloop import PeriodicCallback

from dashboard.server import guard, private
from dashboard.server.address import ServerError
from dashboard.server.attempts import Attempts
from dashboard.server.bounds import Bodies, Bounds, Visits, bounds_here
from dashboard.server.door import Door
from dashboard.server.mounts import Hosted
from dashboard.server.ownership import Ownership
from dashboard.server.pages import FILES
from dashboard.server.server_log import SAME_AGAIN_S, ServerLog
from dashboard.server.sessions import Sessions
from dashboard.server.visdom_files import VisdomFiles
from dashboard.server.watched import Watched

PARENT_CHECK_S = 1.0
LAST_MOMENTS_S = 2.0


def build(options: argparse.Namespace, bounds: Bounds) -> Hosted:
    """Visdom's application with our settings, theme, bounds and guards."""
    # Eager: Visdom saves an environment that it has not read yet as nothing.
    application = Hosted(port=options.port, env_path=str(options.env_path), eager_data_loading=True)
    access = guard.Access(
        options.host,
        options.port,
        os.environ["TRAINBOARD_TOKEN"],
        os.environ.get("VISDOM_USERNAME", ""),
        os.environ.get("VISDOM_PASSWORD", ""),
        options.entry,
        os.environ["TRAINBOARD_ENTRY_TOKEN"],
        tuple(options.embed),
        options.read_only,
    )
    sockets: set[guard.SocketGuard] = set()
    application.settings.update(
        access=access,
        bounds=bounds,
        sockets=sockets,
        attempts=Attempts(),
        ownership=Ownership(),
        sessions=Sessions(options.env_path / private.ENDED_SESSIONS),
        visits=Visits(bounds, sockets),
        bodies=Bodies(bounds.body_bytes),
        cookie_secret=os.environ["TRAINBOARD_COOKIE_SECRET"],
        visdom_files=VisdomFiles(),
        watched=Watched(application.subs),
    )
    if options.routes:
        rules = importlib.import_module(options.routes).rules(options.runs_dir)
        assert all(issubclass(rule[1], guard.Guard) for rule in rules)
        application.add_handlers(r".*", rules)
    return application


async def serve(options: argparse.Namespace, log: ServerLog) -> bool:
    """Answer on the launcher's socket until told to stop, or until the launcher is gone (True)."""
    loop, over, launcher_gone = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def end(*_signal: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending already
            loop.call_soon_threadsafe(over.set)

    # Not the loop's own handler: with that gone, a second reason to end would kill our last words.
    signal.signal(signal.SIGTERM, end)
    bounds = bounds_here()
    application = build(options, bounds)
    door = Door(
        application,
        bounds,
        application.settings["visits"],
        max_body_size=guard.MAX_BODY_BYTES,
        max_buffer_size=guard.MAX_BODY_BYTES + 2**20,
    )
    door.owners_only = options.entry == "owner"
    door.open(socket.socket(fileno=options.fd))
    arguments = (loop, over, launcher_gone)
    threading.Thread(target=watch_launcher, args=arguments, daemon=True).start()
    timer = PeriodicCallback(log.settle, SAME_AGAIN_S * 1000)
    timer.start()
    await over.wait()
    timer.stop()
    door.stop()
    return launcher_gone.is_set()


def watch_launcher(
    loop: asyncio.AbstractEventLoop, over: asyncio.Event, launcher_gone: threading.Event
) -> None:
    """End the server with its launcher: when standard input ends or the parent changes.

    One alone is not enough: a worker forked from the launcher holds our input open, and the
    launcher may be gone before we first look at who our parent is.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        readable, _, _ = select.select([0], [], [], PARENT_CHECK_S)
        if readable and not os.read(0, 1024):
            break
    launcher_gone.set()
    loop.call_soon_threadsafe(over.set)
    time.sleep(LAST_MOMENTS_S)
    os._exit(0)  # the loop is stuck


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dashboard.server.app", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket")
    parser.add_argument("--host", required=True, help="the address it listens on")
    parser.add_argument("--port", type=int, required=True, help="the port it listens on")
    parser.add_argument(
        "--env-path",
        type=Path,
        required=True,
        help="private folder of Visdom; it is emptied at the start, but for saved environments, "
        "and removed with the launcher",
    )
    parser.add_argument("--entry", required=True, help="what lets a visitor in; see address.Entry")
    parser.add_argument("--routes", help="a module with `rules(runs_dir)`: more handlers to mount")
    parser.add_argument("--runs-dir", type=Path, help="the folder of the experiments")
    parser.add_argument(
        "--embed", action="append", default=[], help="an origin whose pages may show ours"
    )
    parser.add_argument("--read-only", action="store_true", help="visitors change nothing")
    return parser.parse_args(arguments)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the launcher decides when we end
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.umask(0o077)
    options = parse()
    log = ServerLog(sys.stderr.fileno())
    sys.stdout = sys.stderr = log
    logging.basicConfig(stream=log, level=logging.WARNING, force=True)
    try:
        private.check(options.env_path)
        private.start_anew(options.env_path)  # a killed one may have half written a file
        # Visdom's page takes this style sheet of its folder: our tables are readable there too.
        shutil.copyfile(FILES / "css" / "bare.css", options.env_path / "style.css")
        if asyncio.run(serve(options, log)):
            private.remove(options.env_path)  # nobody starts us again
    except ServerError as error:
        sys.exit(str(error))
    finally:
        log.settle()
        end_children()


def end_children() -> None:
    """What fetches browser files for us must not outlive us; the launcher gave us our own group."""
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    main()
