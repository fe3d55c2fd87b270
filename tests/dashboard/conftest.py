"""What tests of the dashboard share: an experiment, read from the `record` of the test's module."""

import pytest

from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment


@pytest.fixture
def experiment(record: Record) -> Experiment:
    """What the record says when the test begins."""
    snapshot = Experiment(record)
    snapshot.poll()
    return snapshot
