"""dashboard.runs.lineage and windows.forks: forks beside their parents, and changes of the rate."""

from pathlib import Path
from typing import Any

import pytest

from dashboard.record.recorder import Recorder
from dashboard.record.schema import FORK, RATES
from dashboard.runs.experiment import Experiment
from dashboard.runs.lineage import forks, origin_of, rates
from dashboard.windows import forks as window
from dashboard.windows.learning import learning
from tests.support.reading import read


def experiment(folder: Path, **settings: Any) -> Experiment:
    """A parent that is evaluated every 10 steps, and what was forked of it at step 20."""
    for name, config, first in (("p@1", {"lr": 0.1}, 0), ("child", {"lr": 0.2, **settings}, 20)):
        with Recorder(folder, name, config) as recorder:
            for step in range(first, 50, 10):
                recorder.scalar("test_accuracy", step, 0.1 + step / 100 * (1 + (step > 20) * first))
    return read(folder)


def test_a_fork_is_drawn_as_its_difference_from_its_parent_where_they_part(tmp_path: Path) -> None:
    known = experiment(tmp_path / "exp", **{FORK: "p@1@20"})
    (fork,) = forks(known)
    assert (fork.run.name, fork.parent.name, fork.step) == ("child", "p@1", 20)
    assert window.is_wanted(known)
    (trace,) = window.window(known).traces
    assert trace["x"] == [20, 30, 40]
    assert trace["y"][0] == pytest.approx(0)
    assert trace["y"][1] > 5
    assert trace["name"] == "child − p@1"


def test_a_fork_with_larger_batches_stands_where_its_parent_was_in_epochs(tmp_path: Path) -> None:
    """Forked after epoch 2 of 100 steps each, to train epochs 3 and 4 of 50 steps each."""
    with Recorder(tmp_path / "exp", "child", {"epochs": 4, FORK: "parent@200"}) as recorder:
        recorder.expect(300, 50)
        recorder.scalar("test_accuracy", 250, 0.5)
        recorder.scalars("train_loss", 201, [3.0] * 50 + [1.0] * 25)
    (view,) = read(tmp_path / "exp").runs
    assert [view.epoch_at(step) for step in (200, 250, 300)] == [2, 3, 4]
    assert view.epoch == 3.5
    assert view.result("train_loss") == 3.0  # of the whole epoch, from step 201 to 250
    plot = learning(view)
    (evaluated,) = [trace for trace in plot.traces if trace["meta"]["series"].endswith("accuracy")]
    assert evaluated["x"] == [3]
    assert (evaluated["meta"]["steps"], evaluated["meta"]["shift"]) == (50, -2)


@pytest.mark.parametrize("odd", ["", "p@1", "20", "@20", "p@x", "p@-1", "gone@20", 7, None, ["p"]])
def test_a_setting_that_names_no_parent_makes_no_fork(tmp_path: Path, odd: Any) -> None:
    known = experiment(tmp_path / "exp", **{FORK: odd})
    assert forks(known) == []
    assert not window.is_wanted(known)


@pytest.mark.parametrize(
    ("kept", "changes"),
    [
        ([{"step": 3, "lr": 0.1, "key": "k"}], [(3, 0.1)]),
        ([], []), ({}, []), (7, []), ([7], []), ([{"step": "3", "lr": 0.1}], []),
    ],
    ids=str,
)  # fmt: skip
def test_changes_of_the_rate_are_read_and_noise_is_none(
    tmp_path: Path, kept: Any, changes: list[tuple[int, float]]
) -> None:
    with Recorder(tmp_path / "exp", "a") as recorder:
        recorder.data(RATES, 3, kept)
    (view,) = read(tmp_path / "exp").runs
    assert rates(view) == changes
    assert origin_of(view) is None
