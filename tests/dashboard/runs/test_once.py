"""dashboard.runs.once: what was derived from all runs is derived anew when more is known."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.joint import JointExperiment
from dashboard.runs.once import once_known
from dashboard.runs.request import ComparisonRequest
from tests.support.invented import GRID, invent, train

Count = Callable[[Experiment], int]


@pytest.fixture
def times_derived() -> Count:
    """Derives, if need be, and tells how often that has happened by now."""
    times = []

    @once_known
    def derive(experiment: Experiment) -> int:
        times.append(experiment)
        return len(times)

    return derive


def test_nothing_is_derived_twice_from_the_same(tmp_path: Path, times_derived: Count) -> None:
    experiment, other = invent(tmp_path / "exp"), invent(tmp_path / "other")
    assert [times_derived(experiment), times_derived(experiment)] == [1, 1]
    assert [times_derived(other), times_derived(experiment)] == [2, 1]
    experiment.poll()
    assert times_derived(experiment) == 1


def test_a_new_point_a_new_state_and_another_metric_are_news(
    tmp_path: Path, times_derived: Count
) -> None:
    experiment = invent(tmp_path / "exp", GRID, {"relu-normal": "queued"})
    times_derived(experiment)
    with Recorder(tmp_path / "exp", "relu-normal") as recorder:
        experiment.poll()
        assert times_derived(experiment) == 2  # it runs
        train(recorder, 0)
    experiment.poll()
    assert times_derived(experiment) == 3
    experiment.ask(ComparisonRequest(metric="test_loss"))
    assert times_derived(experiment) == 4


def test_a_joint_experiment_is_asked_anew_when_its_views_are(
    tmp_path: Path, times_derived: Count
) -> None:
    joint = JointExperiment([invent(tmp_path / "a"), invent(tmp_path / "b")])
    assert [times_derived(joint), times_derived(joint)] == [1, 1]
    joint.refresh()
    assert times_derived(joint) == 2
