"""dashboard.integrations.lightning without Lightning: what each call of a trainer leaves behind."""

import pickle
import sys
from argparse import Namespace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.integrations.lightning import LIBRARIES, RANKS, TrainboardLogger
from dashboard.record.schema import RecordError
from tests.support.reading import read, read_runs


def test_nothing_is_recorded_before_something_is_said(tmp_path: Path) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r")
    assert (logger.name, logger.save_dir) == ("mine", str(tmp_path))
    logger.finalize("success")
    assert not (tmp_path / "mine").exists()


def test_a_name_that_cannot_be_used_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"run name '\.\./r' is not allowed"):
        TrainboardLogger(tmp_path / "mine", "../r")


def test_settings_numbers_images_and_texts_are_recorded(tmp_path: Path) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r", {"lr": 0.1})
    logger.log_hyperparams(Namespace(depth=3))
    logger.log_metrics({"train_loss": 1.0, "epoch": 0}, 4)
    logger.log_hyperparams({"width": 5}, None)
    logger.log_metrics({"val_acc": 0.5})
    logger.log_image("pictures", [np.zeros((3, 4, 5), np.uint8), np.zeros((4, 5, 3), np.uint8)])
    logger.log_text("notes", "good", 2)
    logger.finalize("success")
    (view,) = read(tmp_path / "mine").runs
    assert view.config == {"lr": 0.1, "depth": 3, "width": 5}
    assert {name: line.last_step for name, line in view.lines.items()} == {
        "train_loss": 4, "val_acc": 4,
    }  # fmt: skip
    assert {name: item.step for name, item in view.media.items()} == {"pictures": 4, "notes": 2}
    assert view.state == "done"


def test_images_of_several_sizes_are_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r")
    logger.log_image("pictures", [np.zeros((4, 5)), np.zeros((5, 5))], 1)
    logger.finalize("success")
    assert "images of one grid must have one size, not 4×5 and 5×5" in caplog.text


def test_a_run_that_ended_goes_on_when_more_is_logged(tmp_path: Path) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r")
    for step in (1, 2):
        logger.log_metrics({"loss": 1.0}, step)
        logger.finalize("success")
    (view,) = read(tmp_path / "mine").runs
    assert (view.state, view.attempt, view.lines["loss"].count) == ("done", 1, 2)


def test_the_version_is_the_name_that_was_free(tmp_path: Path) -> None:
    for name in ("r", "r-2"):
        logger = TrainboardLogger(tmp_path / "mine", "r")
        assert logger.version == name
        assert Path(logger.log_dir) == tmp_path / "mine" / name
        logger.finalize("success")


@pytest.mark.parametrize("error", [ValueError("bad"), None])
def test_a_failure_is_recorded_with_the_error_where_there_is_one(
    error: Exception | None, tmp_path: Path
) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r")
    logger.log_metrics({"loss": 1.0}, 1)
    try:
        if error:
            raise error
        logger.finalize("failed")
    except ValueError:
        logger.finalize("failed")
    (run,) = read_runs(tmp_path / "mine")
    said = "ValueError: bad" if error else "RuntimeError: Lightning says: failed"
    assert (run.state, run.error) == ("failed", said)


def test_of_several_processes_the_first_alone_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranks = SimpleNamespace(rank_zero_only=SimpleNamespace(rank=1))
    monkeypatch.setitem(sys.modules, RANKS, ranks)
    logger = TrainboardLogger(tmp_path / "mine", "r")
    logger.log_hyperparams({"lr": 1})
    logger.log_metrics({"loss": 1.0}, 1)
    logger.experiment.text("notes", 1, "nobody hears it")
    assert logger.version == "r"
    logger.save()
    logger.finalize("success")
    assert not (tmp_path / "mine").exists()
    ranks.rank_zero_only.rank = 0
    logger.log_metrics({"loss": 1.0}, 1)
    logger.finalize("success")
    assert [run.state for run in read_runs(tmp_path / "mine")] == ["done"]


def test_a_logger_that_is_sent_to_another_process_goes_on_with_its_run_there(
    tmp_path: Path,
) -> None:
    logger = TrainboardLogger(tmp_path / "mine", "r")
    logger.log_metrics({"loss": 1.0}, 1)
    logger.save()
    copy = pickle.loads(pickle.dumps(logger))
    logger.finalize("success")
    copy.log_metrics({"loss": 0.5}, 2)
    copy.finalize("success")
    (view,) = read(tmp_path / "mine").runs
    assert (view.name, view.lines["loss"].count) == ("r", 2)


def test_it_is_a_logger_for_whichever_library_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered: list[type] = []
    for library in LIBRARIES:
        logger = SimpleNamespace(register=entered.append)
        monkeypatch.setitem(sys.modules, library, SimpleNamespace(Logger=logger))
    TrainboardLogger(tmp_path / "mine", "r")
    assert entered == [TrainboardLogger] * 2
