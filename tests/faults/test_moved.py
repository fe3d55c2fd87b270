"""A folder that is moved or removed while it is trained: one sentence, and no second record."""

import shutil
from pathlib import Path

import pytest

from dashboard.record.schema import FILE_NAME
from tests.support.launching import Launch, Launched, recorded, until
from tests.support.paced import paced
from tests.support.reading import read_points, read_runs

ENDLESS = ["--seed", "0", "1", "--no-browser", "--epochs", "10000", "--experiment", "exp"]


@pytest.fixture
def trained(launch: Launch, tmp_path: Path) -> Launched:
    """An experiment that is trained and shown."""
    launched = launch(*paced(tmp_path), *ENDLESS)
    file = tmp_path / "runs" / "exp" / FILE_NAME
    until(lambda: file.exists() and recorded(tmp_path, "exp").runs[0].step > 20, 60)
    until(lambda: launched.url, 60)
    return launched


def test_a_folder_that_is_moved_ends_training_and_its_record_is_whole(
    trained: Launched, tmp_path: Path
) -> None:
    runs, there = tmp_path / "runs", tmp_path / "there"
    (runs / "exp").rename(there)
    assert trained.ends() == 1
    assert (
        f"{runs / 'exp'} was moved while it was written; the record is in {there}" in trained.said
    )
    assert trained.said.count("was moved") == 1
    assert "Traceback" not in trained.said
    trained.leaves_nobody()
    assert list(runs.iterdir()) == []
    assert [run.state for run in read_runs(there)] == ["stopped", "stopped"]
    assert max(points.steps.max() for points in read_points(there)) > 20


def test_a_folder_that_is_removed_ends_training_and_does_not_come_back(
    trained: Launched, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "exp"

    def is_removed() -> bool:
        """What is written meanwhile may keep the folder from going at the first try."""
        shutil.rmtree(folder, ignore_errors=True)
        return not folder.exists()

    until(is_removed, 10)
    assert trained.ends() == 1
    # A folder goes file by file: who looks in between finds it without its record.
    assert trained.said.count("was removed") == 1
    assert "Traceback" not in trained.said
    trained.leaves_nobody()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_record_that_is_replaced_is_left_alone(trained: Launched, tmp_path: Path) -> None:
    file = tmp_path / "runs" / "exp" / FILE_NAME
    file.rename(tmp_path / "kept")
    file.write_bytes(b"mine")
    assert trained.ends() == 1
    assert "was removed or replaced" in trained.said
    assert file.read_bytes() == b"mine"
