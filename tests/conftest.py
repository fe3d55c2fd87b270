"""Fixtures that several tests share; a fixture of one module lives with its tests.

Torch is imported where it is needed: the process that hands the tests to others needs it nowhere.
"""

from __future__ import annotations

import functools
import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from dashboard.server.assets import AssetError, ensure
from tests.support.launching import Launch, Launched
from tests.support.reading import complain_of_unclosed_databases, until_the_test_ends
from trainers.launcher.start import wait_briefly

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
STARTERS = frozenset({"Launched", "SPAWN", "Script", "executable", "serving", "viewing"})
"""What code that starts one names; `executable` is Python's, of `sys`."""


BROWSER = Path(__file__).parent / "browser"
BEFORE_THE_SECOND = 50  # tests at most that are taken out behind us, before they are shared out


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The marker `processes`, where a fixture or the code of a test says it already; the order."""
    for item in items:
        if isinstance(item, pytest.Function) and is_starter(item.function, *item.fixturenames):
            item.add_marker(pytest.mark.processes)
    items[:] = for_two_browsers(items)


def for_two_browsers(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests with half of those of the browser, by files, in front, half in the middle.

    Each process of `make test` gets a stretch of them. One browser alone would be busy for longer
    than all other processes together; each further one takes as much as five tests to start.
    """
    in_browser = [item for item in items if BROWSER in item.path.parents]
    others = [item for item in items if BROWSER not in item.path.parents]
    half = len(in_browser) // 2
    while 0 < half < len(in_browser) and in_browser[half].path == in_browser[half - 1].path:
        half += 1
    middle = max(0, len(items) // 2 - half)
    middle = min(middle + BEFORE_THE_SECOND, len(others))
    return [*in_browser[:half], *others[:middle], *in_browser[half:], *others[middle:]]


@functools.cache
def is_starter(test: FunctionType, *fixtures: str) -> bool:
    """Whether it, a fixture of its module that it has, or what these call of ours in tests names a
    starter.
    """
    names, looked_at = set(fixtures), set()
    todo: list[object] = [test, *map(test.__globals__.get, fixtures)]
    while todo:
        function = todo.pop()
        while hasattr(function, "__wrapped__"):  # a fixture
            function = function.__wrapped__
        if not isinstance(function, FunctionType) or function in looked_at:
            continue
        looked_at.add(function)
        if function.__module__.startswith("tests."):
            names |= names_in(function.__code__)
            todo += map(function.__globals__.get, names_in(function.__code__))
    return not names.isdisjoint(STARTING | STARTERS)


@functools.cache
def names_in(code: CodeType) -> frozenset[str]:
    """Every global name and attribute that code uses, in functions within it too."""
    within = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return frozenset(code.co_names).union(*within)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """With `-n auto` two more than there are cores, as many tests wait more than they work."""
    return (os.cpu_count() or 1) + 2 if config.option.numprocesses == "auto" else None


def pytest_configure() -> None:
    """A shell ignores Ctrl-C for what it starts in the background, and whoever we start with us.
    Threads of PyTorch, here and in our workers, wait for each other as they do for a launcher.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    wait_briefly()
    of_any_speed = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    settings.register_profile("any_speed", deadline=None, suppress_health_check=of_any_speed)
    settings.load_profile("any_speed")  # no test fails because a machine is busy


def pytest_collection() -> None:
    """What is loaded for all tests is no garbage: to look it through again and again takes long."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


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
