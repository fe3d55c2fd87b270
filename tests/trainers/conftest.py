"""What tests of training share: a record for the runs of a test, few images, and runs that measure
less.

Torch is imported where it is needed, as in the tests' other conftest.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dashboard.record.reader import Record
from tests.support.reading import new_record

if TYPE_CHECKING:
    from trainers.tables.datasets import Data


@pytest.fixture
def record(tmp_path: Path) -> Record:
    """An experiment without runs."""
    return new_record(tmp_path / "exp")


@pytest.fixture(scope="session")
def tiny_mnist(small_mnist: "Data") -> "Data":
    """The first 250 training and 125 test images."""
    from tests.support.small_data import part

    return part(small_mnist, 4)


@pytest.fixture
def terse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs leave out what is measured and described before the first step alone: more than half of
    the work of short ones.

    It takes no part in training and is tested in `measure/`, of stacks in `stack/test_train.py`.
    """
    from trainers.measure.signal import Probe

    monkeypatch.setattr(Probe, "_first", nothing)
    monkeypatch.setattr("trainers.train.summary", nothing)
    monkeypatch.setattr("trainers.stack.train.summary", nothing)


@pytest.fixture
def unmeasured(terse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs measure nothing but their losses and results."""
    from trainers.measure.signal import Probe

    for what in ("fix_bins", "record", "look"):
        monkeypatch.setattr(Probe, what, nothing)


def nothing(*_measured: Any) -> dict[str, Any]:
    return {}
