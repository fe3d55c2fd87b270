"""The way of the source notes, faithfully small, against one launch of ours.

A torchvision data set with ToTensor and Normalize, a DataLoader with shuffle, `loss.item()` and a
stock Visdom append of one point after every step, against a stock Visdom application: nothing of
ours is in it. Both sides run to the last point on the page, 3,000 steps a run, as processes of
their own. These take minutes a round.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.measure import Claim, quotient, seconds

ROOT = Path(__file__).resolve().parents[2]
EIGHT = ["sigmoid", "tanh", "relu", "leaky_relu", "selu", "softplus", "elu", "gelu"]
STOCK_SERVER = """
import sys
from visdom.server.run_server import start_server
start_server(port=int(sys.argv[1]), base_url="", env_path=sys.argv[2], bind_local=True)
"""


def claims(rounds: int) -> list[Claim]:
    """One run and eight: a round is one run of the notes, our one and our eight, in turns."""
    notes: list[float] = []
    one: list[float] = []
    eight: list[float] = []
    for i in range(rounds):
        works = [
            lambda: notes.append(_notes_s()),
            lambda: one.append(seconds(lambda: _ours(EIGHT[2:3]))),
            lambda: eight.append(seconds(lambda: _ours(EIGHT))),
        ]
        for work in works if i % 2 else works[::-1]:
            work()
    return [
        quotient(
            "one MLP run, 3,000 steps to the last point: the notes' way / ours", ">= 15", notes, one
        ),
        quotient(
            "eight choices, 3,000 steps each: eight notes' runs in turn / our one launch",
            ">= 25",
            [len(EIGHT) * notes_s for notes_s in notes],
            eight,
            "one notes' run is measured a round, and counted eight times",
        ),
    ]


def _ours(activations: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "launch.py"), "--activation", *activations]
        command += ["--init", "kaiming_normal", "--epochs", "10", "--no-browser", "--exit"]
        command += ["--runs-dir", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def _notes_s() -> float:
    """Seconds for a run of the notes on a stock server that is up already."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", STOCK_SERVER, port, folder], stdout=log, stderr=log
        )
        try:
            _wait_for(int(port))
            command = [sys.executable, "-m", "tests.benchmarks.notes_way", port, folder]
            return seconds(lambda: subprocess.run(command, check=True, cwd=ROOT))
        finally:
            server.kill()
            server.wait()


def _wait_for(port: int, timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the stock server did not come up")
