"""What tests of training share: a record for the runs of the test."""

from pathlib import Path

import pytest

from dashboard.record.reader import Record
from tests.support.reading import new_record


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """An experiment without runs."""
    return new_record(tmp_path / "exp")
