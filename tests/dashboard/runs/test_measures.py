"""Which results stand in every table, in which order, with what was published of each."""

from pathlib import Path

from dashboard.record.recorder import Recorder
from dashboard.runs.measures import measures
from dashboard.runs.request import ComparisonRequest
from tests.support.reading import new_record, read

PUBLISHED = {"test_accuracy": 0.779, "train_accuracy": 0.823, "train_loss": 0.469}


def test_every_published_figure_stands_beside_its_measured_one(tmp_path: Path) -> None:
    new_record(tmp_path / "e", {"published": PUBLISHED})
    with Recorder(tmp_path / "e", "lenet") as run:
        for series in ("test_accuracy", "test_loss", "train_accuracy", "train_loss"):
            run.scalar(series, 1, 0.5)
    experiment = read(tmp_path / "e")
    assert {each.series: each.published for each in measures(experiment)} == {
        **PUBLISHED, "test_loss": None,
    }  # fmt: skip
    assert measures(experiment)[0].series == "test_accuracy"


def test_the_metric_stands_first_and_no_column_is_empty(tmp_path: Path) -> None:
    with Recorder(tmp_path / "e", "one") as run:
        run.scalar("fid", 1, 12.0)
        run.scalar("test_loss", 1, 0.5)
    experiment = read(tmp_path / "e")
    assert [each.series for each in measures(experiment)] == ["test_loss"]
    experiment.ask(ComparisonRequest(metric="fid", goal="min"))
    assert [(each.series, each.goal) for each in measures(experiment)] == [
        ("fid", "min"), ("test_loss", "min"),
    ]  # fmt: skip
