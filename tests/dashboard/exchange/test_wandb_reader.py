"""dashboard.exchange.wandb_reader: CSV as W&B's charts and API give it, and a run's own folder."""

import json
from pathlib import Path

import pytest

from dashboard.errors import UserError
from dashboard.exchange import wandb_reader
from dashboard.exchange.sources import import_runs
from dashboard.runs.run_view import RunView
from tests.support.reading import read

LOSS = """\
"Step","sunny-sky-1 - train/loss","sunny-sky-1 - train/loss__MIN","sunny-sky-1 - train/loss__MAX",\
"a - b - train/loss","a - b - train/loss__MIN","a - b - train/loss__MAX"
"0","1.5","1.5","1.5","","",""
"1","NaN","0.5","0.5","0.25","0.25","0.25"
"""
ACCURACY = """\
"epoch","sunny-sky-1 - _step","sunny-sky-1 - _step__MIN","sunny-sky-1 - acc"
"1","100","100","0.9"
"2","200","200","Infinity"
"""
HISTORY = """\
,_step,_runtime,_timestamp,loss,note
0,0,0.5,1700000000.25,1.5,hello
1,10,1.5,1700000010.25,0.5,
"""


def imported(path: Path, runs_dir: Path) -> dict[str, RunView]:
    result = import_runs(path, runs_dir, "old")
    return {view.name: view for view in read(runs_dir / result.experiment).runs}


def points(view: RunView, series: str) -> list[tuple[int, float]]:
    steps, values = view.lines[series].drawn()
    return list(zip(steps.tolist(), values.tolist(), strict=True))


def test_a_column_of_a_chart_is_a_run_whose_name_may_hold_the_sign_between(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text(LOSS)
    runs = imported(tmp_path / "loss.csv", tmp_path / "runs")
    assert [*runs] == ["sunny-sky-1", "a - b"]
    assert runs["sunny-sky-1"].lines.keys() == {"train/loss"}
    assert points(runs["a - b"], "train/loss") == [(1, 0.25)]
    assert runs["sunny-sky-1"].lines["train/loss"].count == 2


def test_charts_of_one_folder_are_put_together_by_run_and_by_step(tmp_path: Path) -> None:
    charts = tmp_path / "charts"
    charts.mkdir()
    (charts / "loss.csv").write_text(LOSS)
    (charts / "acc.csv").write_text(ACCURACY)
    view = imported(charts, tmp_path / "runs")["sunny-sky-1"]
    assert view.lines.keys() == {"train/loss", "acc"}
    assert view.lines["acc"].last_step == 200


def test_a_history_is_a_run_with_its_own_times(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(HISTORY)
    (view,) = imported(tmp_path / "mine.csv", tmp_path / "runs").values()
    assert view.name == "mine"
    assert points(view, "loss") == [(0, 1.5), (10, 0.5)]
    assert view.started_s == 1700000000.25


def test_cells_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(HISTORY)
    result = import_runs(tmp_path / "mine.csv", tmp_path / "runs")
    assert result.left_out == {"cells that are no numbers": 1}


def test_an_axis_that_is_no_step_is_one_sentence_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text(LOSS.replace('"1","NaN"', '"1.5","NaN"'))
    with pytest.raises(UserError, match=r"loss\.csv cannot be read: '1\.5' is no step: export"):
        import_runs(tmp_path / "loss.csv", tmp_path / "runs")
    assert not list((tmp_path / "runs").glob("*"))


def test_any_other_csv_is_none_of_its(tmp_path: Path) -> None:
    (tmp_path / "iris.csv").write_text("sepal,petal\n1,2\n")
    (tmp_path / "noise.csv").write_bytes(b"\xff\xfe\x00 - ")
    assert not wandb_reader.is_one(tmp_path / "iris.csv")
    assert not wandb_reader.is_one(tmp_path / "noise.csv")


def test_a_runs_folder_gives_its_settings_and_last_values(tmp_path: Path) -> None:
    pytest.importorskip("yaml", reason="pip install -r requirements-wandb.txt to test it")
    files = tmp_path / "wandb" / "run-20261128_110916-8936q6ai" / "files"
    files.mkdir(parents=True)
    (files / "config.yaml").write_text(
        "_wandb:\n    value:\n        cli_version: 0.31.0\n"
        "lr:\n    desc: null\n    value: 0.1\nlayers:\n    value:\n        - 1\n        - 2\n"
    )
    own = {"_step": 300, "_timestamp": 1700000000.5, "_runtime": 9, "_wandb": {"runtime": 9}}
    summary = own | {"acc": 0.9, "loss": {"min": 0.1}, "table": {"_type": "table-file"}}
    (files / "wandb-summary.json").write_text(json.dumps(summary))
    (view,) = imported(tmp_path / "wandb", tmp_path / "runs").values()
    assert view.name == "run-20261128_110916-8936q6ai"
    assert view.config == {"lr": 0.1, "layers": [1, 2]}
    assert view.lines.keys() == {"acc", "loss/min"}
    assert points(view, "acc") == [(300, 0.9)]


def test_of_runs_that_were_never_sent_there_is_only_a_file_that_wandb_reads(tmp_path: Path) -> None:
    folder = tmp_path / "offline-run-20261128_110916-8936q6ai"
    folder.mkdir()
    (folder / "run-8936q6ai.wandb").write_bytes(b":W&B")
    with pytest.raises(UserError, match=r"W&B alone reads .*: export their charts as CSV"):
        import_runs(tmp_path, tmp_path / "runs", "old")


@pytest.mark.parametrize("name", ["config.yaml", "wandb-summary.json"])
def test_a_damaged_file_of_a_run_is_one_sentence(tmp_path: Path, name: str) -> None:
    pytest.importorskip("yaml", reason="pip install -r requirements-wandb.txt to test it")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / name).write_text("{[")
    with pytest.raises(UserError, match=f"{name} cannot be read"):
        import_runs(tmp_path, tmp_path / "runs", "old")
