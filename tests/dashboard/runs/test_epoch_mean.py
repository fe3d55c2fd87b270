"""The loss of a training is the mean of an epoch, as the notes print it, not its last batch."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.epoch_mean import EpochMean
from dashboard.windows.learning import last_values
from tests.support.reading import read

LOSSES = [4.0, 2.0, 3.0, 1.0, 1.5, 0.5, 9.0]  # two epochs of three steps, and a step


@pytest.mark.parametrize("portion", [1, 2, 3, 7])
def test_it_is_that_of_the_newest_whole_epoch_however_the_points_come(portion: int) -> None:
    mean, seen = EpochMean(), []
    for first in range(0, len(LOSSES), portion):
        some = np.array(LOSSES[first : first + portion])
        mean.add(np.arange(first + 1, first + 1 + len(some)), some, 3)
        seen.append(mean.value)
    assert seen[-1] == 1.0
    if portion == 1:  # the first epoch counts while it is under way
        assert seen == [4.0, 3.0, 3.0, 3.0, 3.0, 1.0, 1.0]


def test_without_epochs_it_is_the_newest_value() -> None:
    mean = EpochMean()
    mean.add(np.arange(1, 4), np.array([3.0, 2.0, np.nan]), 0)
    assert mean.value == 2.0


def test_a_runs_result_and_the_notes_line_have_it_and_a_bad_loss_is_not_hidden(
    tmp_path: Path,
) -> None:
    for run, losses in (("good", LOSSES[:6]), ("bad", [*LOSSES[:6], float("nan")])):
        with Recorder(tmp_path / "e", run) as recorder:
            recorder.expect(6, 3)
            recorder.scalars("train_loss", 1, losses)
    good, bad = read(tmp_path / "e").runs
    assert (good.result("train_loss"), good.latest("train_loss")) == (1.0, 0.5)
    assert last_values(good).startswith("loss 1.000")
    assert np.isnan(bad.result("train_loss") or 0.0)
