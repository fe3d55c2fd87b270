"""Recorded experiments that one `launch.py view` shows, for tests that look and change nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.invented import invent
from tests.support.launching import Launched, answers, until
from tests.support.reading import until_the_test_ends

FRAME = {"activation": ["relu", "sigmoid"], "init": ["normal", "zeros"], "lr": [0.01, 0.1]}
"""The grid of the experiment `frame`, which is always there."""
MANY: dict[str, list[Any]] = {
    "activation": ["relu", "tanh", "gelu", "sigmoid", "leaky_relu:slope=0.01", "elu", "silu",
                   "selu", "softplus", "identity"],
    "init": ["xavier_normal", "xavier_uniform", "kaiming_normal", "kaiming_uniform", "orthogonal"],
    "lr": [0.001, 0.01, 0.1, 1.0],
}  # fmt: skip
OTHERS: dict[str, dict[str, list[Any]]] = {
    "other": {"activation": ["tanh", "gelu"]},
    "twelve": {key: MANY[key][:n] for key, n in {"activation": 4, "init": 3}.items()},
    "sixty_four": {key: values[:4] for key, values in MANY.items()},
    "two_hundred": MANY,
}
"""Grids of experiments of other sizes, by name; each is there once somebody asks for it."""
SIZES = {"other": 2, "twelve": 12, "sixty_four": 64, "two_hundred": 200}


class Viewed:
    """What a launcher views: its address without a path, and a folder to which experiments come.

    What is there stays as it is, so whatever was asked for before changes nothing for who asks for
    another, except that the home page lists more.
    """

    def __init__(self, address: str, runs: Path) -> None:
        self.address, self._runs = address, runs

    def url(self, name: str, run: str = "compare") -> str:
        """The address of a run's page, or of all runs', of `frame` or an experiment of OTHERS."""
        if name in OTHERS:
            self.add(name, lambda folder: invent(folder, OTHERS[name]))
        return f"{self.address}/env/{name}_{run}"

    def add(self, name: str, record: Callable[[Path], object]) -> None:
        """Have the experiment that `record` writes to its folder, unless it is there already."""
        if not (self._runs / name).exists():
            record(self._runs / name)
            until_the_test_ends.close()  # the records are read by the launcher alone


@contextmanager
def viewing(folder: Path) -> Iterator[Viewed]:
    """Record `frame` in the folder's `runs`, and view it for as long as the block."""
    invent(folder / "runs" / "frame", FRAME)
    until_the_test_ends.close()
    view = Launched(["view", "frame", "--no-browser"], folder, {})
    try:
        view.says("/env/frame_compare\n")
        until(lambda: answers(view.url))
        yield Viewed(view.url.removesuffix("/env/frame_compare"), folder / "runs")
    finally:
        view.clean_up()
