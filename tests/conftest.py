"""Fixtures that several tests share; a fixture of one module lives with its tests.

Torch is imported where it is needed: the process that hands the tests to others needs it nowhere.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dashboard.server.assets import AssetError, ensure
from tests.support.launching import Launch, Launched
from tests.support.reading import complain_of_unclosed_databases, until_the_test_ends

if TYPE_CHECKING:
    from trainers.tables.datasets import Data

STARTING = frozenset(
    {
        "browser",
        "launch",
        "make_server",
        "page_files",
        "server",
        "locked",
        "tokened",
        "stock_visdom",
        "locked_visdom",
    }
)
"""Fixtures that start a browser, a server or a launcher, or need what only those need."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker `processes`, where a fixture says it already."""
    for item in items:
        if STARTING.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.processes)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """With `-n auto` one more than there are cores, as many tests wait more than they work."""
    return (os.cpu_count() or 1) + 1 if config.option.numprocesses == "auto" else None


def pytest_configure() -> None:
    """A shell ignores Ctrl-C for what it starts in the background, and whoever we start with us."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _unclosed_databases_are_faults() -> Iterator[None]:
    if sys.version_info >= (3, 13):
        yield
        return
    with complain_of_unclosed_databases():
        yield


@pytest.fixture(autouse=True)
def _tables_are_as_they_were() -> Iterator[None]:
    """What runs a command or loads a model in this process may take up a person's own choices."""
    from tests.support.tables import restored

    with restored():
        yield


@pytest.fixture(autouse=True)
def _records_are_closed() -> Iterator[None]:
    yield
    until_the_test_ends.close()
    left = [thread.name for thread in threading.enumerate() if thread.name == "trainboard-commits"]
    assert not left, "a recorder is still open: the next test would meet its thread"


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    after = signal.signal(signal.SIGINT, before)
    assert after is before, f"this test leaves {after} for Ctrl-C: the next would not hear it"


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the tests allow to run is not kept where a person's own consent is."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="session")
def mnist() -> Data:
    from trainers.tables.datasets import load

    return load("mnist")


@pytest.fixture(scope="session")
def small_mnist(mnist: Data) -> Data:
    """The first 1,000 training and 500 test images."""
    from trainers.tables.datasets import Data

    return Data(
        mnist.name,
        mnist.classes,
        mnist.train_x[:1000],
        mnist.train_y[:1000],
        mnist.test_x[:500],
        mnist.test_y[:500],
        mnist.test_images[:500],
    )


@pytest.fixture(scope="session")
def page_files() -> Path:
    """The browser files of Visdom's own page, below /visdom, in the user's own cache.

    Nothing else needs them. Where they cannot be had, tests of that page are skipped; in CI they
    fail.
    """
    try:
        return ensure()
    except AssetError:
        if os.environ.get("CI"):
            raise
        pytest.skip("needs Visdom's browser files: connect to the internet once, best with npm")


@pytest.fixture
def main_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that call the launcher's main in their own process, below an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("trainers.local.children.warm", lambda **_how: None)  # starts a process
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # Ctrl-C stays the test's


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts `launch.py` in an empty folder, runs recorded in its `runs`; cleans up at the end."""
    started: list[Launched] = []

    def start(*arguments: str, fresh: bool = False, **env: str) -> Launched:
        started.append(Launched(list(arguments), tmp_path, env, fresh=fresh))
        return started[-1]

    yield start
    for launched in started:
        launched.clean_up()
