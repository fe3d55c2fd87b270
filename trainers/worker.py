"""One worker process: takes runs from the launcher, trains them, records them.

It talks to the launcher over one pipe: in come runs, one or a stack, and the request to stop; out
goes a word when they have ended. When the pipe closes, the launcher is gone and the worker ends
too. It shows nothing; the pool (`trainers.pool`) starts it and notices when it dies.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from dashboard.recorder import Recorder
from trainers.config import RunConfig
from trainers.datasets import Data, load
from trainers.stack import train_stack
from trainers.stacking import can_stack, evenly, members_that_fit
from trainers.train import Diverged, Stopped, train

STOP = "stop"
ENDED = "ended"

NamedSettings = tuple[str, dict[str, Any]]
Loaded = dict[tuple[str, bool], Data]


@dataclass(frozen=True)
class Setup:
    """What all runs of a worker share. device: "cpu", "cuda:0" or "mps"; threads: CPU threads.

    stack: train runs that are alike together (`trainers.stack`), not one after the other.
    """

    folder: Path
    data_dir: Path | None
    device: str
    threads: int = 1
    stack: bool = False


def work(pipe: Connection, setup: Setup) -> None:
    """The life of a worker: until it is told to stop or the launcher is gone."""
    # Ctrl-C reaches the whole process group; the launcher alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(setup.threads)
    device = torch.device(setup.device)
    loaded: Loaded = {}
    try:
        while True:
            message = pipe.recv()
            if message == STOP:
                return
            if setup.stack and can_stack(RunConfig.from_dict(message[0][1])):
                run_stack(message, setup, device, loaded, pipe)
            else:
                for name, settings in message:
                    run_one(name, settings, setup, device, loaded, pipe)
            pipe.send(ENDED)
    except (EOFError, BrokenPipeError, ConnectionResetError, Stopped):
        return


def run_one(
    name: str,
    settings: dict[str, Any],
    setup: Setup,
    device: torch.device,
    loaded: Loaded,
    pipe: Connection,
) -> None:
    """Train one run. A run that fails or diverges is recorded as such; the worker lives on."""
    config = RunConfig.from_dict(settings)
    stopped = False
    try:
        with Recorder(setup.folder, name) as recorder:
            data = data_for(config, setup, device, loaded)
            try:
                train(config, data, device, recorder, lambda: told_to_stop(pipe))
            except Diverged as why:
                recorder.state, recorder.error = "diverged", str(why)
            except Stopped:
                recorder.state, stopped = "stopped", True
    except Exception:  # the recorder has written the reason on its way out
        return
    if stopped:
        raise Stopped


def run_stack(
    runs: Sequence[NamedSettings],
    setup: Setup,
    device: torch.device,
    loaded: Loaded,
    pipe: Connection,
) -> None:
    """Train runs that are alike together, as many at a time as the device has memory for."""
    fitting = members_that_fit(RunConfig.from_dict(runs[0][1]), device)
    for part in evenly(runs, fitting):
        run_part(part, setup, device, loaded, pipe)


def run_part(
    runs: Sequence[NamedSettings],
    setup: Setup,
    device: torch.device,
    loaded: Loaded,
    pipe: Connection,
) -> None:
    """Train one stack; each run has its own recorder and its own end."""
    configs = [RunConfig.from_dict(settings) for _, settings in runs]
    stopped = False
    try:
        with ExitStack() as opened:
            recorders = [opened.enter_context(Recorder(setup.folder, name)) for name, _ in runs]

            def end(member: int, why: Diverged) -> None:
                recorders[member].state, recorders[member].error = "diverged", str(why)
                recorders[member].close()

            data = data_for(configs[0], setup, device, loaded)
            try:
                train_stack(configs, data, device, recorders, end, lambda: told_to_stop(pipe))
            except Stopped:
                stopped = True
                for recorder in recorders:
                    recorder.state = "stopped" if recorder.state == "running" else recorder.state
    except Exception:  # the recorders have written the reason on their way out
        return
    if stopped:
        raise Stopped


def data_for(config: RunConfig, setup: Setup, device: torch.device, loaded: Loaded) -> Data:
    """The run's data set on the device; the one used last stays loaded."""
    key = (config.dataset, config.normalize)
    if key not in loaded:
        loaded.clear()
        loaded[key] = load(config.dataset, setup.data_dir, device, config.normalize)
    return loaded[key]


def told_to_stop(pipe: Connection) -> bool:
    """True when the launcher has said so or is gone. Nothing else is ever sent to a busy worker."""
    try:
        return pipe.poll() and pipe.recv() == STOP
    except (EOFError, ConnectionResetError):
        return True
