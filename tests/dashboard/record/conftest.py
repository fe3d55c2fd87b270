"""What tests of the record share: a new record with two runs."""

from pathlib import Path

import pytest

from dashboard.record.reader import Record
from tests.support.reading import add_runs, new_record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    record = new_record(tmp_path / "exp", {"note": "hello"})
    add_runs(record, [("a", {"lr": 0.1}), ("b", {"lr": 0.2})])
    return record
