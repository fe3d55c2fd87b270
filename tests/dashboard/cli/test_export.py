"""An experiment written into files, read again with other means."""

import csv
import json
import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dashboard.cli.formats import ExportError
from dashboard.record.recorder import Recorder
from dashboard.record.schema import connect
from dashboard.runs.experiment import Experiment
from dashboard.windows.compare_windows import COMPARE_WINDOWS, compare_windows
from dashboard.windows.content import Plot
from tests.support.exporting import export
from tests.support.invented import GRID, STEPS, accuracy, invent, name_of
from tests.support.launching import Launch
from tests.support.reading import add_runs, new_record, read
from tests.support.refusing import refused

Row = dict[str, str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where to."""
    return tmp_path / "files"


def rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_point_of_the_record_is_in_the_csv(folder: Path, tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    export(experiment, folder)
    written = {
        (row["run"], int(row["step"]), key.removeprefix("metric.")): float(value)
        for row in rows(folder / "series.csv")
        for key, value in row.items()
        if key.startswith("metric.") and value
    }
    recorded = {
        (view.name, int(step), points.series): float(value)
        for view in experiment.runs
        for points in experiment.record.reread(view.id)[0]
        for step, value in zip(points.steps, points.values, strict=True)
    }
    assert written == recorded


def test_a_record_of_before_there_were_requests_is_exported_too(
    folder: Path, tmp_path: Path
) -> None:
    invent(tmp_path / "e", GRID)
    with closing(connect(tmp_path / "e")) as db:
        db.execute("DROP TABLE request")
    export(read(tmp_path / "e"), folder)
    assert len({row["run"] for row in rows(folder / "series.csv")}) == 4


def test_the_columns_are_the_run_its_settings_the_step_and_the_series(
    folder: Path, tmp_path: Path
) -> None:
    export(invent(tmp_path / "e", GRID), folder)
    first = rows(folder / "series.csv")[0]
    kinds = [name.partition(".")[0] for name in first]
    assert kinds[0] == "run"
    assert kinds == sorted(kinds, key=["run", "param", "step", "metric"].index)
    assert first["run"] == "relu-normal"
    assert first["param.activation"] == "relu"
    assert first["param.lr"] == "0.01"
    assert float(first["metric.test_accuracy"]) == accuracy(0, 0)


def test_values_that_are_no_numbers_stay_what_they_are(folder: Path, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID, {"relu-normal": "diverged"}), folder)
    last = [row for row in rows(folder / "series.csv") if row["run"] == "relu-normal"][-1]
    assert math.isnan(float(last["metric.train_loss"]))


def test_the_leaderboard_is_written_unrounded_and_ranked(folder: Path, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID, {"relu-normal": "queued"}), folder)
    ranking = rows(folder / "leaderboard.csv")
    assert [row["run"] for row in ranking][-1] == "relu-normal"
    assert [int(row["rank"]) for row in ranking] == [1, 2, 3, 4]
    best = ranking[0]
    assert float(best["test_accuracy"]) == accuracy(1, STEPS)
    assert int(best["best_step"]) == STEPS
    assert best["state"] == "done"
    assert best["verdict"]
    assert ranking[-1]["test_accuracy"] == ""


def test_verdicts_are_written_with_their_numbers(folder: Path, tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID, {"relu-normal": "diverged", "tanh-normal": "queued"})
    export(experiment, folder)
    verdicts: dict[str, Any] = json.loads((folder / "verdicts.json").read_text())
    assert list(verdicts) == [view.name for view in experiment.runs]
    diverged = verdicts["relu-normal"]
    assert (diverged["kind"], diverged["tone"]) == ("diverged", "bad")
    assert diverged["proofs"][0][1:3] == ["nan", "a finite number"]
    row = next(row for row in rows(folder / "leaderboard.csv") if row["run"] == "relu-normal")
    assert row["remedy"] == f"{diverged['remedy']['says']}"
    assert json.loads(row["remedy_settings"]) == diverged["remedy"]["settings"]
    assert "remedy" not in verdicts["tanh-normal"]


def test_what_was_decided_of_runs_is_written_with_its_reason(folder: Path, tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID, {"relu-normal": "pruned"})
    experiment.record.note("relu-normal", "pruned", "place 4 of 4")
    experiment.poll()
    export(experiment, folder)
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["steering"] == ["Pruned 1 of 4 runs: 1.1 times less work."]
    (decision,) = settings["decisions"]
    assert (decision["run"], decision["act"], decision["reason"]) == (
        "relu-normal", "pruned", "place 4 of 4",
    )  # fmt: skip


def test_groups_of_seeds_are_written_with_their_intervals(folder: Path, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}), folder)
    best, other = rows(folder / "groups.csv")
    assert (best["param.activation"], best["delta_to_best"], best["seeds"]) == ("relu", "0.0", "3")
    low, mean, high = (float(other[key]) for key in ("low", "delta_to_best", "high"))
    assert low < mean < high < 0
    assert (other["better_on_seeds"], other["pairs"], other["place_first"]) == ("0", "3", "2")
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["conclusions"][0].endswith("real.")
    assert settings["groups"][1]["delta_to_best"] == mean
    assert settings["groups"][1]["run_names"] == ["tanh-0", "tanh-1", "tanh-2"]


def test_without_seeds_intervals_are_left_empty(folder: Path, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID, {"relu-normal": "queued"}), folder)
    *_, waiting = groups = rows(folder / "groups.csv")
    assert [row["low"] for row in groups] == [""] * 4
    assert (waiting["mean"], waiting["place_first"]) == ("", "")


def test_the_leaderboard_carries_the_forecasts(folder: Path, tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("lost", {})])
    with Recorder(record.folder, "lost") as run:
        run.expect(100, 100)
        for series, value in (
            ("trial_accuracy", 0.1),
            ("trial_share", 1.0),
            ("trial_loss", 2.3),
            ("constant_loss", 2.3),
        ):
            run.scalar(f"signal/{series}/all", 0, value)
    experiment = Experiment(record)
    experiment.poll()
    export(experiment, folder)
    (row,) = rows(folder / "leaderboard.csv")
    assert row["forecast_at_0_percent"] == "hopeless"
    assert 0 < float(row["probability_at_0_percent"]) < 0.1
    assert row["forecast_at_10_percent"] == ""


def test_the_settings_are_json(folder: Path, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID), folder)
    settings: dict[str, Any] = json.loads((folder / "settings.json").read_text())
    assert settings["varied"] == ["activation", "init"]
    assert settings["shared"]["lr"] == 0.01
    assert [run["config"]["init"] for run in settings["runs"]] == [*GRID["init"], *GRID["init"]]


def test_a_folder_that_holds_files_is_refused(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")
    with pytest.raises(ExportError, match=r"not empty \(it holds thesis.tex\)"):
        export(invent(tmp_path / "e", GRID), folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


def test_a_file_in_place_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    folder.write_text("mine")
    with pytest.raises(ExportError, match="is a file"):
        export(invent(tmp_path / "e", GRID), folder)


@pytest.mark.parametrize("run", ["</script><script>alert(1)</script>", "<b>&"])
def test_a_plot_is_a_page_of_its_own_that_runs_nobody_elses_script(
    run: str, folder: Path, tmp_path: Path
) -> None:
    experiment = invent(tmp_path / "e", {"activation": [run, "relu"]})
    export(experiment, folder)
    for name, window in compare_windows(experiment).items():
        content = window.draw(experiment)
        if isinstance(content, Plot):
            page = (folder / f"{name}.html").read_text()
            assert run not in page
            figure = page.split('type="application/json">')[1].split("</script>")[0]
            assert json.loads(figure) == json.loads(json.dumps(content.packet()))


def test_a_plot_that_cannot_be_drawn_says_so_and_keeps_no_other_from_being_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(experiment: Experiment) -> NoReturn:
        raise ZeroDivisionError("division by zero")

    window = replace(COMPARE_WINDOWS["train_loss"], draw=broken)
    monkeypatch.setitem(COMPARE_WINDOWS, "train_loss", window)
    export(invent(tmp_path / "e", GRID), folder)
    note = "could not be drawn: ZeroDivisionError: division by zero"
    assert note in (folder / "train_loss.html").read_text(encoding="utf-8")
    assert note not in (folder / "accuracy_grid.html").read_text(encoding="utf-8")


def test_the_command_writes_the_files_and_says_which(launch: Launch, tmp_path: Path) -> None:
    invent(tmp_path / "runs" / "mine", GRID)
    launched = launch("export", "mine", "--to", "out")
    assert launched.ends() == 0
    assert "leaderboard.csv" in launched.said
    names = {row["run"] for row in rows(tmp_path / "out" / "series.csv")}
    assert names == {name_of({"a": a, "b": b}) for a in GRID["activation"] for b in GRID["init"]}


def test_another_metric_ranks_the_export_and_an_unknown_one_is_one_sentence(
    launch: Launch, tmp_path: Path
) -> None:
    invent(tmp_path / "runs" / "mine", GRID, {"tanh-normal": "diverged"})
    flags = ["--metric", "test_loss", "--milestones", "1", "0.5"]
    started = launch("export", "mine", "--to", "out", *flags)
    wrong = launch("export", "mine", "--to", "wrong", "--metric", "rmse")
    assert started.ends() == 0, started.said
    ranking = rows(tmp_path / "out" / "leaderboard.csv")
    losses = [float(row["test_loss"]) for row in ranking[:-1]]
    assert losses == sorted(losses)
    assert ranking[-1]["run"] == "tanh-normal"
    assert [row["steps_to_1"] for row in ranking[:3]] == ["200", "200", "200"]
    settings = json.loads((tmp_path / "out" / "settings.json").read_text())
    assert settings["metric"]["goal"] == "min"
    assert wrong.ends() == 2
    assert wrong.said == (
        "launch.py: --metric 'rmse' is recorded by no run: there are test_accuracy, test_loss, "
        "train_loss\n"
    )
    assert not (tmp_path / "wrong").exists()


@pytest.mark.usefixtures("main_here")
def test_an_unknown_experiment_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    said = refused(["export", "nobody", "--to", "out"], capfd)
    assert said == "launch.py: there is no experiment 'nobody' in runs: it has none\n"
