"""Windows of runs that say numbers, labels or the classes of texts."""

from pathlib import Path

import pytest

from dashboard.record.recorder import Recorder
from dashboard.record.schema import OWN_LOOP
from dashboard.runs.experiment import Experiment
from dashboard.runs.measures import measures
from dashboard.runs.verdict import verdicts
from dashboard.windows import truth
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.content import Html, Plot
from dashboard.windows.leaderboard import leaderboard
from dashboard.windows.run_windows import run_windows
from tests.support.other_tasks import labels, regression, texts, told
from tests.support.reading import add_runs, new_record


@pytest.mark.parametrize(
    ("make", "metric", "compare", "own"),
    [
        (
            regression,
            "test_mae",
            {"test_mae", "test_r2"},
            {"test_r2", "against", "residuals", "answers"},
        ),
        (labels, "test_f1", {"test_f1"}, {"label_scores", "answers"}),
        (texts, "test_accuracy", {"test_accuracy"}, {"answers"}),
    ],
)
def test_each_task_has_its_own_windows_and_none_of_the_others(
    make: object, metric: str, compare: set[str], own: set[str], tmp_path: Path
) -> None:
    experiment: Experiment = make(tmp_path / "e")  # type: ignore[operator]
    assert experiment.metric.name == metric
    results = {"test_mae", "test_r2", "test_f1", "test_accuracy", "predictions"}
    assert results & set(compare_windows(experiment)) == compare
    of_run = run_windows(experiment.runs[0])
    shown = {"test_r2", "against", "residuals", "label_scores", "answers", "x", "pred"}
    assert shown & set(of_run) == own


def test_a_regressions_own_page_shows_what_share_is_explained(tmp_path: Path) -> None:
    experiment = regression(tmp_path / "e")
    view = experiment.runs[0]
    plot = run_windows(view)["test_r2"].draw(experiment, view)
    assert isinstance(plot, Plot)
    assert (plot.traces[0]["x"], plot.traces[0]["y"]) == ([0, 5], [0.25, 0.25])
    assert plot.layout["yaxis"]["title"]["text"] == "test R²"


def test_the_order_is_that_of_the_metric_and_no_column_is_empty(tmp_path: Path) -> None:
    experiment = regression(tmp_path / "e")
    assert [(each.series, each.goal) for each in measures(experiment)] == [
        ("test_mae", "min"), ("test_r2", "max"), ("test_loss", "min"), ("train_loss", "min"),
    ]  # fmt: skip
    assert "acc." not in leaderboard(experiment).content
    assert "test MAE" in leaderboard(experiment).content
    assert run_windows(experiment.runs[0])["test"].title == "test loss & MAE"


def test_before_its_first_number_an_experiment_is_compared_by_what_its_task_has(
    tmp_path: Path,
) -> None:
    record = new_record(tmp_path / "e", {"task": "regression"})
    add_runs(record, [("r", {"lr": 0.1})])
    experiment = Experiment(record)
    experiment.poll()
    assert experiment.metric.name == "test_mae"
    assert "test_accuracy" not in compare_windows(experiment)
    assert verdicts(experiment)[0].text == "–"


def test_predicted_stands_against_true_with_the_line_on_which_both_agree(tmp_path: Path) -> None:
    plot = truth.against(regression(tmp_path / "e").runs[0])
    line, points = plot.traces
    assert line["x"] == line["y"] == [1.0, 4.0]
    assert (points["x"], points["y"]) == ([1.0, 2.0, 4.0], [1.5, 2.0, None])
    assert plot.layout["xaxis"]["title"]["text"] == "true &lt;price&gt;"


def test_residuals_are_predicted_minus_true(tmp_path: Path) -> None:
    plot = truth.residuals(regression(tmp_path / "e").runs[0])
    assert sum(plot.traces[0]["y"]) == 2, "the third is no number"
    assert "mean +0.25" in plot.layout["annotations"][0]["text"]


def test_labels_have_precision_recall_and_f1(tmp_path: Path) -> None:
    content = truth.label_scores(labels(tmp_path / "e").runs[0]).content
    assert "&lt;sun&gt;" in content
    for number in (12, 8 / 10, 8 / 12, 16 / 22):
        assert f">{number:.3f}<" in content or f">{number}<" in content
    assert content.count("–") == 3, "nobody has the second label, and nobody was given it"


def test_samples_are_named_and_wrong_ones_marked(tmp_path: Path) -> None:
    content = truth.samples(labels(tmp_path / "e").runs[0]).content
    assert "1 of 2 wrong" in content
    assert "✕ <b>&lt;sun&gt;, rain</b>" in content
    content = truth.samples(texts(tmp_path / "t").runs[0]).content
    assert "a &lt;b&gt;fine&lt;/b&gt; day" in content
    assert content.count("✕") == 1
    assert "✕" not in truth.samples(regression(tmp_path / "r").runs[0]).content


ODD = [
    {"true": [[1.0]]},
    {"true": [[1.0]], "said": [[1.0, 2.0]]},
    {"true": ["a"], "said": ["b"]},
    {"true": [[None]], "said": [[None]]},
    [1, 2],
    "text",
]


@pytest.mark.parametrize("odd", ODD)
def test_a_value_of_another_form_draws_nothing_and_breaks_nothing(
    odd: object, tmp_path: Path
) -> None:
    view = told(tmp_path / "e", "regression", {"test_mae": 1.0}, truth=odd).runs[0]
    for draw in (truth.against, truth.residuals):
        plot = draw(view)
        assert isinstance(plot, Plot)
        assert not plot.traces
    assert isinstance(truth.samples(view), Html)


def test_a_loop_of_ones_own_gets_the_windows_of_what_it_records(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    with Recorder(folder, "r", config={"lr": 0.1}) as run:
        run.scalar("test_mae", 1, 2.0)
        run.data("truth", 1, {"true": [[1.0], [2.0]], "said": [[1.0], [2.5]], "names": ["y"]})
    from dashboard.record.reader import Record

    record = Record(folder)
    assert record.settings["origin"] == OWN_LOOP
    experiment = Experiment(record)
    experiment.poll()
    assert (experiment.task, experiment.metric.goal) == ("regression", "min")
    assert {"against", "residuals"} <= set(run_windows(experiment.runs[0]))
    record.close()
