"""Numbers that are none, clocks that jump, names that bite: shown as such, escaped or refused."""

import csv
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest

from dashboard import Recorder
from dashboard.board.scene import ExperimentScene
from dashboard.record.schema import RecordError
from dashboard.runs.experiment import Experiment
from tests.support.exporting import export
from tests.support.reading import read
from trainers.launcher import main

LOSSES = [2.3, 1.7, 1.1]


def packets(experiment: Experiment) -> dict[str, str]:
    """Every window as the JSON text that is sent; a number that JSON does not know raises."""
    return {
        f"{where} {place.name}": json.dumps(place.draw().packet(), allow_nan=False)
        for where, places in ExperimentScene(experiment).environments()
        for place in places
    }


@pytest.fixture(params=[math.nan, math.inf, -math.inf], ids=str)
def bad(request: pytest.FixtureRequest) -> float:
    value: float = request.param
    return value


@pytest.fixture
def spoiled(tmp_path: Path, bad: float) -> Experiment:
    """A run whose losses end in a number that is none, and one that reaches 1e38 and lives."""
    with Recorder(tmp_path / "exp", "spoiled", {"lr": 10.0}) as run:
        run.expect(100, 10)
        run.scalars("train_loss", 1, [*LOSSES, bad])
        run.scalar("test_loss", 4, bad)
        run.scalar("test_accuracy", 4, 0.1)
        run.state, run.error = "diverged", f"the loss became {bad} at step 4"
    with Recorder(tmp_path / "exp", "huge", {"lr": 1.0}) as run:
        run.scalars("train_loss", 1, [*LOSSES, 1e38])
    return read(tmp_path / "exp")


def test_a_number_that_is_none_is_marked_at_the_last_finite_point_in_valid_json(
    spoiled: Experiment, bad: float
) -> None:
    drawn = packets(spoiled)
    for where in ("exp_compare train_loss", "exp_spoiled train_loss"):
        traces = json.loads(drawn[where])["data"]
        notes = [t for t in traces if f"{bad} at step 4" in str(t.get("hovertemplate"))]
        assert [(note["x"], note["mode"]) for note in notes] == [([3], "markers")]
        assert notes[0]["y"][0] == pytest.approx(LOSSES[-1])
    assert f"the loss became {bad} at step 4" in drawn["exp_spoiled config"]


def test_a_huge_loss_is_drawn_as_the_number_it_is(spoiled: Experiment) -> None:
    traces = json.loads(packets(spoiled)["exp_huge train_loss"])["data"]
    assert [trace["y"][-1] for trace in traces] == [pytest.approx(1e38)]


def test_an_export_has_numbers_that_are_none(
    spoiled: Experiment, bad: float, tmp_path: Path
) -> None:
    export(spoiled, tmp_path / "files")
    with (tmp_path / "files" / "series.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["step"] == "4"]
    losses = {row["run"]: float(row["metric.train_loss"]) for row in rows}
    assert losses["huge"] == 1e38
    assert losses["spoiled"] == bad or (math.isnan(bad) and math.isnan(losses["spoiled"]))


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
def test_a_clock_that_jumps_changes_neither_order_nor_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    real = time.time
    with Recorder(tmp_path / "exp", "r") as run:
        run.scalars("train_loss", 1, [1.0] * 10)
        run.flush()
        monkeypatch.setattr(time, "time", lambda: real() + jump_s)
        run.scalars("train_loss", 11, [1.0] * 10)
    experiment = read(tmp_path / "exp")
    points, _ = experiment.record.reread(experiment.runs[0].id)
    assert points[0].steps.tolist() == list(range(1, 21))
    assert 0 <= points[0].times_s[-1] - points[0].times_s[0] < 60
    row = experiment.runs[0].row
    assert row.ended_s is not None
    assert row.started_s is not None
    assert 0 <= row.ended_s - row.started_s < 60
    assert experiment.runs[0].steps_per_s() >= 0


def test_a_silent_run_is_noticed_by_the_monotonic_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    run = Recorder(tmp_path / "exp", "r")
    experiment = read(tmp_path / "exp")
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert experiment.runs[0].silent_s() < 60
    run.close()


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "../../../etc/passwd",
           "..", "a\\b", "a\nb", "\0", "DROP TABLE run;", "x" * 9_999, ""]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name)[:20])
def test_a_run_name_that_could_do_harm_is_refused_and_no_file_is_made(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(RecordError) as refused:
        Recorder(tmp_path / "exp", name)
    assert len(str(refused.value)) < 400
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: repr(name)[:20])
def test_an_experiment_name_that_could_do_harm_is_refused_and_no_file_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    for argv in (["--experiment", name, "--dry-run"], ["resume", name], ["view", name]):
        with pytest.raises(SystemExit) as ended:
            main.main(argv)
        assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") <= 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", HOSTILE, ids=lambda name: repr(name)[:20])
def test_hostile_settings_series_and_texts_are_escaped_wherever_they_are_shown(
    tmp_path: Path, text: str
) -> None:
    config: dict[str, Any] = {"lr": text, text: 1}
    with Recorder(tmp_path / "exp", "r", config) as run:
        run.scalar(text, 1, 1.0)
        run.scalar("train_loss", 1, 1.0)
        run.text(text, 1, text)
        run.text("note", 1, text)
        run.state, run.error = "failed", text
    Recorder(tmp_path / "exp", "other", {"lr": 1}).close()
    for where, packet in packets(read(tmp_path / "exp")).items():
        content = json.loads(packet)["data"]
        markup = content[0].get("content", "") if isinstance(content, list) and content else ""
        assert "<script" not in str(markup), where
        assert "<img src=x" not in str(markup), where
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exp"]
