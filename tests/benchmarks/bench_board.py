"""What showing costs: server and board for 3,000 points, and a frame of a very long line."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from visdom import Visdom

from dashboard.board.board import Board
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import create
from dashboard.record.recorder import Recorder
from dashboard.record.rows import Points
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.server.process import Server
from tests.benchmarks.measure import Claim, ratio
from tests.support.reading import add_runs
from tests.support.servers import serving

POINTS = 3_000
STEPS_PER_S = 300  # at which the points of both sides come


def claims(rounds: int) -> list[Claim]:
    with _server() as server:
        cpu = ratio(
            f"CPU seconds of server and sender for {POINTS:,} points: stock append / ours",
            ">= 50",
            lambda: _stock_append_s(server),
            lambda: _board_s(server),
            rounds,
            note="no page open on either side",
        )
        frame = ratio(
            "cost of a frame: 64 lines of 1,000,000 points / of 1,000",
            "<= 1.2",
            lambda: _frame_s(server, 1_000_000),
            lambda: _frame_s(server, 1_000),
            rounds,
        )
    return [cpu, frame, _memory()]


@contextmanager
def _server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with serving(8700, log) as server:
            yield server


def _cpu_s(server: Server) -> float:
    """CPU seconds spent so far by this process and the server's."""
    used = psutil.Process(server.pid).cpu_times()
    return time.process_time() + used.user + used.system


def _stock_append_s(server: Server) -> float:
    client = Visdom(port=server.port, env="stock", use_incoming_socket=False)
    client.session.headers.update(server.headers)  # type: ignore[attr-defined]
    client.line([0.0], [0.0], win="train_loss")
    before_s = _cpu_s(server)
    for step in range(1, POINTS + 1):
        client.line([1.0 / step], [step], win="train_loss", update="append")
    return _cpu_s(server) - before_s


def _board_s(server: Server) -> float:
    """The same points, recorded at the speed of a run and shown by the board's own thread."""
    with tempfile.TemporaryDirectory() as folder:
        record = create(Path(folder) / "exp")
        add_runs(record, [("run", {})])
        experiment = Experiment(record)
        experiment.poll()
        board = Board(ExperimentScene(experiment), server)
        while board.frame():
            pass
        before_s = _cpu_s(server)
        board.start()
        with Recorder(record.folder, "run") as run:
            for step in range(1, POINTS + 1):
                run.scalar("train_loss", step, 1.0 / step)
                if step % (STEPS_PER_S // 10) == 0:
                    time.sleep(0.1)
                    experiment.poll()
        experiment.poll()
        board.stop()
        spent_s = _cpu_s(server) - before_s
        record.close()
    return spent_s


def _long_experiment(folder: Path, points: int, runs: int = 64) -> Experiment:
    record = create(folder)
    add_runs(record, [(f"r{i}", {"seed": i, "activation": f"f{i}"}) for i in range(runs)])
    experiment = Experiment(record)
    experiment.poll()
    for view in experiment.runs:
        fill(view, points)
    return experiment


def fill(view: RunView, points: int) -> None:
    """Give a run a line of that many points, as if they had come from the record."""
    values = np.random.default_rng(view.id).normal(2.0, 0.3, points)
    steps = np.arange(1, points + 1)
    view.add(Points(view.id, "train_loss", steps, steps / 300.0, values))


def _frame_s(server: Server, points: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        experiment = _long_experiment(Path(folder) / "exp", points)
        board = Board(ExperimentScene(experiment), server)
        board.frame()
        spent = []
        for i in range(5):
            for view in experiment.runs:
                step = np.array([points + 1 + i])
                view.add(Points(view.id, "train_loss", step, step / 300.0, np.array([2.0])))
            started_s = time.perf_counter()
            board.frame(budget_s=0.0)
            spent.append(time.perf_counter() - started_s)
        experiment.record.close()
    return min(spent)


def _memory() -> Claim:
    # In a process of its own: this one has memory left over from the frames.
    with multiprocessing.get_context("spawn").Pool(1) as fresh:
        kept_mb = fresh.apply(_kept_mb)
    name = "board memory for 64 lines of 1,000,000 points"
    return Claim(name, "<= 250 MB", [kept_mb], " MB")


def _kept_mb() -> float:
    with tempfile.TemporaryDirectory() as folder:
        rss = psutil.Process().memory_info().rss
        experiment = _long_experiment(Path(folder) / "exp", 1_000_000)
        kept_mb = (psutil.Process().memory_info().rss - rss) / 1e6
        experiment.record.close()
    return kept_mb
