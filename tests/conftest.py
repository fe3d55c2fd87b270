"""Fixtures that several tests share; a fixture of one module lives with its tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.launching import Launch, Launched
from trainers.datasets import Data, load


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_configuration(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the tests allow to run is not kept where a person's own consent is."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="session")
def mnist() -> Data:
    return load("mnist")


@pytest.fixture(scope="session")
def small_mnist(mnist: Data) -> Data:
    """The first 1,000 training and 500 test images."""
    return Data(
        mnist.name,
        mnist.classes,
        mnist.train_x[:1000],
        mnist.train_y[:1000],
        mnist.test_x[:500],
        mnist.test_y[:500],
        mnist.test_images[:500],
    )


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Starts `launch.py` in an empty folder, runs recorded in its `runs`; cleans up at the end."""
    started: list[Launched] = []

    def start(*arguments: str, **env: str) -> Launched:
        started.append(Launched(list(arguments), tmp_path, env))
        return started[-1]

    yield start
    for launched in started:
        launched.clean_up()
