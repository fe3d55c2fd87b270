"""One worker process: takes runs from the launcher, trains them, records them.

It talks to the launcher over one pipe: in come runs and the request to stop, out goes the name of
each finished run. When the pipe closes, the launcher is gone and the worker ends too. It shows
nothing; the pool (`trainers.pool`) starts it and notices when it dies.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from dashboard.recorder import Recorder
from trainers.config import RunConfig
from trainers.datasets import Data, load
from trainers.train import Diverged, Stopped, train

STOP = "stop"


@dataclass(frozen=True)
class Setup:
    """What all runs of a worker share. device: "cpu", "cuda:0" or "mps"; threads: CPU threads."""

    folder: Path
    data_dir: Path | None
    device: str
    threads: int = 1


def work(pipe: Connection, setup: Setup) -> None:
    """The life of a worker: until it is told to stop or the launcher is gone."""
    # Ctrl-C reaches the whole process group; the launcher alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(setup.threads)
    device = torch.device(setup.device)
    loaded: dict[tuple[str, bool], Data] = {}
    try:
        while True:
            message = pipe.recv()
            if message == STOP:
                return
            name, settings = message
            run_one(name, settings, setup, device, loaded, pipe)
            pipe.send(name)
    except (EOFError, BrokenPipeError, ConnectionResetError, Stopped):
        return


def run_one(
    name: str,
    settings: dict[str, Any],
    setup: Setup,
    device: torch.device,
    loaded: dict[tuple[str, bool], Data],
    pipe: Connection,
) -> None:
    """Train one run. A run that fails or diverges is recorded as such; the worker lives on."""
    config = RunConfig.from_dict(settings)
    stopped = False
    try:
        with Recorder(setup.folder, name) as recorder:
            key = (config.dataset, config.normalize)
            if key not in loaded:
                loaded.clear()
                loaded[key] = load(config.dataset, setup.data_dir, device, config.normalize)
            try:
                train(config, loaded[key], device, recorder, lambda: told_to_stop(pipe))
            except Diverged as why:
                recorder.state, recorder.error = "diverged", str(why)
            except Stopped:
                recorder.state, stopped = "stopped", True
    except Exception:  # the recorder has written the reason on its way out
        return
    if stopped:
        raise Stopped


def told_to_stop(pipe: Connection) -> bool:
    """True when the launcher has said so or is gone. Nothing else is ever sent to a busy worker."""
    try:
        return pipe.poll() and pipe.recv() == STOP
    except (EOFError, ConnectionResetError):
        return True
