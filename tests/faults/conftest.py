"""Every test here kills, stops, fills or damages something real, and has the marker `faults`."""

import signal
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def main_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that call the launcher's main in their own process, below an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("trainers.local.children.warm", lambda: None)  # it would start a process
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)  # Ctrl-C stays the test's
