"""A two-node cluster for the tests of the Ray engine, and the choices they train on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.two_nodes import FEW, TwoNodes


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `-m ray` these tests are skipped, and the summary says what runs them."""
    if "ray" not in (config.option.markexpr or ""):
        reason = pytest.mark.skip(reason="starts a Ray cluster: `make test-ray` runs it")
        for item in items:
            if "ray" in item.keywords:
                item.add_marker(reason)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TwoNodes]:
    nodes = TwoNodes(tmp_path / "cluster.log")
    yield nodes
    nodes.close()


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A file of choices with a small data set, `few`."""
    file = tmp_path / "few.py"
    file.write_text(FEW)
    return file
