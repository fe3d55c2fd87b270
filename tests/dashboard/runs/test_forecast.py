"""dashboard.runs.forecast and forecast_record: what is foreseen of a run, and how often it came."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.facts import Facts
from dashboard.runs.forecast import Forecast, forecast, forecast_at, forecasts, log_odds
from dashboard.runs.forecast_record import forecast_record
from dashboard.runs.forecast_weights import WEIGHTS
from dashboard.runs.run_view import RunView
from dashboard.runs.verdict import verdict
from tests.support.reading import add_runs, new_record, until_the_test_ends

STEPS = 300
Series = Mapping[str, Sequence[tuple[int, float]]]


def recorded(folder: Path, runs: Sequence[Series], states: Sequence[str] = ()) -> list[RunView]:
    """Runs of 300 planned steps with these points, running or in the states given."""
    record = new_record(folder / "exp")
    add_runs(record, [(f"r{i}", {}) for i in range(len(runs))])
    for i, series in enumerate(runs):
        run = Recorder(record.folder, f"r{i}")
        run.expect(STEPS, STEPS)
        for name, points in series.items():
            for step, value in points:
                run.scalar(name, step, value)
        if states:
            run.state = states[i]
            run.close()
        else:
            run.flush()
            until_the_test_ends.callback(run.close)
    experiment = Experiment(record)
    experiment.poll()
    return experiment.runs


def tried(
    accuracy: float, share: float = 0.2, skill: float = 0.0, alignment: float = 0.0
) -> dict[str, list[tuple[int, float]]]:
    """The statistics of a trial at step 0."""
    return {
        "signal/trial_accuracy/all": [(0, accuracy)],
        "signal/trial_share/all": [(0, share)],
        "signal/trial_alignment/all": [(0, alignment)],
        "signal/trial_loss/all": [(0, 2.3 * (1 - skill))],
        "signal/constant_loss/all": [(0, 2.3)],
    }


def early(*accuracies: float) -> dict[str, list[tuple[int, float]]]:
    """Early looks at 2, 5 and 10 % with a loss that falls as the accuracy grows, and its steps."""
    looks = list(zip((6, 15, 30), accuracies, strict=False))
    last = looks[-1][0]
    return {
        "signal/early_accuracy/all": looks,
        "signal/early_loss/all": [(step, 2.3 * (1.1 - right)) for step, right in looks],
        "train_loss": [(step, 2.3 * (1.1 - looks[-1][1])) for step in range(1, last + 1)],
    }


def test_a_trial_that_tells_nothing_apart_is_hopeless_and_one_that_does_learns(
    tmp_path: Path,
) -> None:
    guessing, learning = recorded(tmp_path, [tried(0.1), tried(0.6, skill=0.4)])
    assert (made := forecast(guessing))
    assert made.hopeless
    assert made.confidence > 0.9
    assert (made := forecast(learning))
    assert not made.hopeless
    assert made.confidence > 0.9
    assert made.stage == made.at_step == 0
    assert "60%" in made.evidence


def test_the_same_accuracy_promises_less_when_it_took_the_whole_run(tmp_path: Path) -> None:
    soon, late = recorded(tmp_path, [tried(0.3, share=0.05), tried(0.3, share=1.0)])
    assert (a := forecast(soon))
    assert (b := forecast(late))
    assert a.probability > b.probability


def test_without_a_trial_or_a_look_nothing_is_foreseen(tmp_path: Path) -> None:
    (bare,) = recorded(tmp_path, [{"train_loss": [(1, 2.3), (2, 2.2), (40, 1.0)]}])
    assert forecasts(bare) == []
    assert forecast(bare) is None


def test_each_stage_has_its_forecast_and_the_newest_is_the_forecast(tmp_path: Path) -> None:
    (view,) = recorded(tmp_path, [tried(0.1) | early(0.2, 0.5, 0.8)])
    made = forecasts(view)
    assert [(each.stage, each.at_step) for each in made] == [(0, 0), (2, 6), (5, 15), (10, 30)]
    assert made[0].hopeless
    assert not made[-1].hopeless
    assert forecast(view) == made[-1]


def test_the_same_accuracy_promises_more_on_the_way_up_than_on_the_way_down(
    tmp_path: Path,
) -> None:
    up, down = recorded(tmp_path, [early(0.1, 0.2, 0.35), early(0.7, 0.6, 0.35)])
    assert (a := forecast_at(up, 10))
    assert (b := forecast_at(down, 10))
    assert a.probability > b.probability
    assert b.hopeless
    assert b.evidence.endswith("35% are right, after 60% at 5 %")


def test_a_trial_that_nearly_guesses_is_not_hopeless_where_its_classes_part(tmp_path: Path) -> None:
    parting, stuck = recorded(tmp_path, [tried(0.2, alignment=0.4), tried(0.2, alignment=0.0)])
    assert (made := forecast(parting))
    assert not made.hopeless
    assert (made := forecast(stuck))
    assert made.hopeless


def test_a_record_from_before_alignments_were_measured_has_its_forecasts(tmp_path: Path) -> None:
    series = tried(0.1) | early(0.1, 0.1, 0.1)
    (old,) = recorded(
        tmp_path, [{name: points for name, points in series.items() if "alignment" not in name}]
    )
    assert [made.hopeless for made in forecasts(old)] == [True] * 4


def test_what_came_later_does_not_change_what_was_foreseen(tmp_path: Path) -> None:
    series = tried(0.3) | early(0.2, 0.3, 0.4)
    short, long = recorded(
        tmp_path,
        [series, series | {"train_loss": [*series["train_loss"], (200, 90.0)],
                           "test_accuracy": [(0, 0.1), (300, 0.1)]}],
    )  # fmt: skip
    assert forecasts(short) == forecasts(long)


def test_a_run_whose_loss_is_no_number_any_more_is_hopeless_from_then_on(tmp_path: Path) -> None:
    series = tried(0.6, skill=0.5) | early(0.5, 0.6)
    series["train_loss"][9] = (10, math.nan)
    (view,) = recorded(tmp_path, [series])
    assert [made.hopeless for made in forecasts(view)] == [False, False, True]
    assert "nan at step 10" in forecasts(view)[-1].evidence


@pytest.mark.parametrize("series", ["train_accuracy", "test_accuracy"])
def test_a_loop_of_ones_own_is_foreseen_by_the_accuracy_it_records(
    series: str, tmp_path: Path
) -> None:
    guessing, learning = recorded(
        tmp_path, [{series: [(5, 0.1), (30, 0.11)]}, {series: [(5, 0.2), (30, 0.7)]}]
    )
    assert (made := forecast_at(guessing, 10))
    assert made.hopeless
    assert (made := forecast_at(learning, 10))
    assert not made.hopeless
    assert forecast_at(learning, 0) is None


def test_chance_has_the_same_odds_whatever_the_number_of_classes() -> None:
    assert (
        log_odds(0.5, 2) == pytest.approx(log_odds(0.1, 10)) == pytest.approx(log_odds(0.01, 100))
    )
    assert log_odds(0.9, 10) > log_odds(0.5, 10) > log_odds(0.1, 10) > log_odds(0.0, 10) > -10


def test_every_sign_of_learning_counts_for_it_when_all_are_good() -> None:
    """A run that does well throughout is never called hopeless, one that guesses always is."""
    for of_stage in WEIGHTS.values():
        for weights in of_stage:
            good = {"odds": 1.4, "trial_odds": 1.0, "skill": 0.6, "train_skill": 0.6,
                    "trial_skill": 0.5, "trial_share": -2.0, "trial_alignment": 0.6,
                    "odds_rise": 0.4}  # fmt: skip
            bad = {"odds": -2.0, "trial_odds": -2.0, "trial_share": -2.0}
            score = [
                weights.constant + sum(w * x.get(name, 0.0) for name, w in weights.of.items())
                for x in (good, bad)
            ]
            assert score[0] > 2 > -0.5 > score[1]


def test_the_record_counts_what_came_true_in_runs_that_ended_by_themselves(tmp_path: Path) -> None:
    hopeless, promising = tried(0.1), tried(0.7, skill=0.5)
    ends = {"low": {"test_accuracy": [(300, 0.1)]}, "high": {"test_accuracy": [(300, 0.9)]}}
    views = recorded(
        tmp_path,
        [hopeless | ends["low"], hopeless | ends["high"], promising | ends["high"],
         promising, hopeless, promising | ends["low"]],
        ["done", "done", "done", "diverged", "stopped", "failed"],
    )  # fmt: skip
    record = forecast_record(views)
    assert (record[0].right, record[0].of) == (2, 4)
    assert record[0].text == "right in 2 of 4 so far"


def test_no_record_before_a_run_has_ended(tmp_path: Path) -> None:
    assert forecast_record(recorded(tmp_path, [tried(0.1)])) == {}


EXPLODING = Facts(
    first={"overshoot": {"all": 40.0}, "gradient_norm": {"fc1": 3.0}}, total_steps=300
)
HOPE = Forecast("learns", 0.9, 0, 0, "a trial gets 60% right")
DOOM = Forecast("hopeless", 0.1, 0, 0, "a trial gets 10% right")


def test_a_verdict_of_doom_waits_for_the_first_evaluation_where_the_forecast_is_good() -> None:
    assert verdict(EXPLODING).kind == "exploding"
    assert verdict(replace(EXPLODING, forecast=HOPE)).kind == "healthy"
    assert verdict(replace(EXPLODING, forecast=DOOM)).kind == "exploding"


def test_a_forecast_of_doom_is_a_verdict_where_no_rule_sees_the_cause() -> None:
    judged = verdict(Facts(first={"label_growth": {"all": 1.0}}, total_steps=300, forecast=DOOM))
    assert (judged.kind, judged.doomed) == ("stuck at chance", True)
    assert judged.evidence == "a trial gets 10% right"


def test_what_happened_since_weighs_more_than_a_forecast() -> None:
    ended = Facts(accuracy=[(0, 0.1), (300, 0.95)], total_steps=300, is_done=True, forecast=DOOM)
    assert verdict(ended).kind == "healthy"
    failed = Facts(accuracy=[(0, 0.1), (300, 0.1)], total_steps=300, is_done=True, forecast=HOPE)
    assert verdict(failed).kind == "stuck at chance"
