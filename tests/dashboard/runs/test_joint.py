"""dashboard.runs.joint: several experiments as one, their runs told apart by experiment."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dashboard.names import BadNameError
from dashboard.record.recorder import Recorder
from dashboard.runs.comparison import baseline, grid_settings, groups
from dashboard.runs.experiment import Experiment
from dashboard.runs.joint import JointExperiment
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.standing import standing
from dashboard.runs.verdict import verdicts
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.html import link_to_environment
from dashboard.windows.leaderboard import leaderboard
from dashboard.windows.page_model import experiment_model
from dashboard.windows.predictions import collect
from tests.support.invented import GRID, accuracy, invent
from tests.support.reading import add_runs, new_record, read

SEEDS = {"activation": ["relu"], "seed": [0, 1]}


@pytest.fixture
def joint(tmp_path: Path) -> JointExperiment:
    """Yesterday's experiment and today's, of the same settings and with two seeds each."""
    return JointExperiment([invent(tmp_path / name, SEEDS) for name in ("monday", "today")])


def names(views: Sequence[Any]) -> list[str]:
    return [view.name for view in views]


def test_two_experiments_together_keep_their_runs_apart(joint: JointExperiment) -> None:
    assert joint.name == "monday~today"
    assert joint.environment == "monday~today_compare"
    assert names(joint.runs) == ["monday/relu-0", "monday/relu-1", "today/relu-0", "today/relu-1"]
    assert joint.varied() == ["experiment", "seed"]
    assert "activation" in joint.shared()


def test_seeds_are_averaged_within_an_experiment_and_never_across(joint: JointExperiment) -> None:
    assert [names(group.runs) for group in groups(joint)] == [
        ["monday/relu-0", "monday/relu-1"],
        ["today/relu-0", "today/relu-1"],
    ]


def test_the_experiment_is_the_first_setting_that_differs(tmp_path: Path) -> None:
    joint = JointExperiment([invent(tmp_path / "a"), invent(tmp_path / "b")])
    assert joint.varied() == ["experiment", *GRID]
    assert grid_settings(joint) == ["experiment", "activation"]


def test_every_window_can_be_drawn_and_sent(joint: JointExperiment) -> None:
    for name, window in compare_windows(joint).items():
        text = json.dumps(window.draw(joint).packet(), allow_nan=False)
        assert "could not be drawn" not in text, name


def test_a_run_is_linked_to_its_own_page(joint: JointExperiment) -> None:
    table = leaderboard(joint).content
    for environment, seed in (("monday_relu-0", 0), ("today_relu-1", 1)):
        assert link_to_environment(environment, seed) in table
    assert "monday~today_" not in table


def test_the_model_of_the_page_says_which_experiment_a_run_is_of(joint: JointExperiment) -> None:
    model = experiment_model(joint, verdicts(joint), standing(joint))
    assert model["environment"] == "monday~today_compare"
    assert [(run["name"], run["experiment"], run["environment"]) for run in model["runs"]] == [
        (f"{name}/relu-{seed}", name, f"{name}_relu-{seed}")
        for name in ("monday", "today")
        for seed in (0, 1)
    ]
    assert [run["config"]["experiment"] for run in model["runs"]] == ["monday"] * 2 + ["today"] * 2
    assert [entry["key"] for entry in model["settings"]] == ["experiment", "seed"]


def test_guesses_and_images_come_from_the_record_of_their_run(tmp_path: Path) -> None:
    """The i-th run of an experiment errs on i images; rows have the same ids in both records."""
    joint = JointExperiment([invent(tmp_path / name, SEEDS) for name in "ab"])
    assert joint.runs[0].record is joint.runs[1].record is not joint.runs[2].record
    votes = collect(joint)
    assert votes
    wrong = [int((guesses != votes.labels).sum()) for guesses in votes.classes]
    assert wrong == [0, 1, 0, 1]


def test_the_baseline_may_be_a_run_of_any_of_them(joint: JointExperiment) -> None:
    first = baseline(joint)
    assert first
    assert first.name == "monday/relu-0"
    joint.ask(ComparisonRequest("today/relu-1", ("seed", "experiment")))
    second = baseline(joint)
    assert second
    assert second.name == "today/relu-1"
    assert grid_settings(joint) == ["seed", "experiment"]


def test_a_verdict_is_the_one_on_the_runs_own_page(tmp_path: Path) -> None:
    """A run is slow against its own experiment, whatever another one has reached."""
    for name, best in (("hard", 0.6), ("easy", 0.99)):
        with Recorder(tmp_path / name, "r", {"lr": 0.1}) as run:
            run.expect(100, 50)
            for step in (0, 50, 100):
                run.scalar("test_accuracy", step, best if step else 0.1)
                run.scalar("train_loss", step + 1, 1.0)
    both = [read(tmp_path / name) for name in ("hard", "easy")]
    assert verdicts(JointExperiment(both)) == [verdicts(each)[0] for each in both]


def test_what_is_recorded_meanwhile_is_there_after_a_refresh(tmp_path: Path) -> None:
    invent(tmp_path / "done", SEEDS)
    with Recorder(tmp_path / "live", "r", {"activation": "tanh"}) as run:
        run.flush()
        both: list[Experiment] = [read(tmp_path / name) for name in ("done", "live")]
        joint = JointExperiment(both)
        run.scalar("test_accuracy", 10, accuracy(0, 10))
        run.state = "done"
    both[1].poll()
    joint.refresh()
    assert joint.runs[-1].latest("test_accuracy") == accuracy(0, 10)
    assert joint.runs[-1].state == "done"
    with Recorder(tmp_path / "live", "late", {"activation": "elu"}):
        pass
    both[1].poll()
    joint.refresh()
    assert names(joint.runs)[-1] == "live/late"


def test_a_setting_called_experiment_gives_way(tmp_path: Path) -> None:
    Recorder(tmp_path / "a", "r", {"experiment": "mine"}).close()
    Recorder(tmp_path / "b", "r", {"lr": 1}).close()
    joint = JointExperiment([read(tmp_path / name) for name in "ab"])
    assert [view.config["experiment"] for view in joint.runs] == ["a", "b"]


def test_more_than_an_address_can_name_are_refused_in_a_sentence(tmp_path: Path) -> None:
    one = invent(tmp_path / "exp", SEEDS)
    with pytest.raises(BadNameError, match="7 experiments cannot be compared together: name 2 to"):
        JointExperiment([one] * 7)


def test_an_older_experiment_beside_a_newer_one_differs_in_what_was_chosen_only(
    tmp_path: Path,
) -> None:
    old, new = (
        new_record(tmp_path / "old"),
        new_record(tmp_path / "new", {"defaults": {"norm": "-"}}),
    )
    add_runs(old, [("r", {"lr": 0.1})])
    add_runs(new, [("r", {"lr": 0.2, "norm": "-"})])
    own = new_record(tmp_path / "own", {"origin": "own loop"})
    add_runs(own, [("r", {"lr": 0.2})])
    experiments = [Experiment(record) for record in (old, new, own)]
    for experiment in experiments:
        experiment.poll()
    assert JointExperiment(experiments[:2]).varied() == ["experiment", "lr"]
    assert "norm" not in JointExperiment(experiments).runs[2].config
