"""A server to draw on, and a record with two runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.server.process import Server
from tests.support.reading import add_runs, new_record
from tests.support.servers import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with serving(8300, log) as running:
        yield running


@pytest.fixture
def record(tmp_path: Path, request: pytest.FixtureRequest) -> Record:
    name = "exp-" + "".join(c if c.isalnum() else "-" for c in request.node.name)[:50]
    record = new_record(tmp_path / name)
    add_runs(record, [("relu", {"activation": "relu"}), ("tanh", {"activation": "tanh"})])
    return record
