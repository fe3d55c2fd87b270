"""dashboard.page.experiments: what the list says of records of every kind, and what it costs."""

import os
import time
from pathlib import Path

import pytest

from dashboard.page import experiments
from dashboard.page.experiments import Experiments
from dashboard.page.results import LONGEST, Sparkline
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from tests.support.invented import accuracy, invent
from tests.support.listed import entries, execute, record

# What it says


def test_an_entry_says_what_varies_what_won_and_how_it_came_about(tmp_path: Path) -> None:
    invent(tmp_path / "exp", states={"tanh-normal": "queued", "relu-kaiming_normal": "diverged"})
    entry = entries(Experiments(tmp_path).listing())["exp"]
    assert entry["environment"] == "exp_compare"
    assert (entry["runs"], entry["states"]) == (4, {"done": 2, "diverged": 1, "queued": 1})
    assert entry["best"] == {
        "run": "relu-normal", "label": "relu · normal", "value": accuracy(0, 300)
    }  # fmt: skip
    assert entry["sparkline"] == [accuracy(0, step) for step in (0, 100, 200, 300)]
    assert entry["settings"] == {
        "activation": ["relu", "tanh"], "init": ["normal", "kaiming_normal"]
    }  # fmt: skip
    assert entry["metric"] == {
        "name": "test_accuracy",
        "text": "test accuracy",
        "goal": "max",
        "share": True,
    }
    assert (entry["live"], entry["note"]) == (False, "")
    assert abs(entry["created_s"] - time.time()) < 600
    assert abs(entry["updated_s"] - time.time()) < 600


def test_a_run_that_diverged_is_never_the_best(tmp_path: Path) -> None:
    invent(tmp_path / "exp", states={"relu-normal": "diverged", "relu-kaiming_normal": "failed"})
    best = entries(Experiments(tmp_path).listing())["exp"]["best"]
    assert (best["run"], best["value"]) == ("tanh-normal", accuracy(2, 300))


def test_the_best_is_that_of_the_experiments_own_metric(tmp_path: Path) -> None:
    for run, values in {"a": [9.0, 5.0], "b": [8.0, 3.0], "c": [7.0, 4.0]}.items():
        with Recorder(tmp_path / "e", run, {"model": run}) as recorder:
            recorder.expect(metric="fid", goal="min")
            recorder.scalars("fid", 1, values)
            recorder.scalars("test_accuracy", 1, [0.1, 0.2])
    entry = entries(Experiments(tmp_path).listing())["e"]
    assert entry["metric"] == {"name": "fid", "text": "fid", "goal": "min", "share": False}
    assert entry["best"] == {"run": "b", "label": "b", "value": 3.0}
    assert entry["sparkline"] == [8.0, 3.0]


def test_of_the_training_loss_the_best_epoch_counts_not_the_best_batch(tmp_path: Path) -> None:
    for run, values in {"lucky": [3.0, 3.0, 3.0, 0.1], "good": [3.0, 3.0, 1.0, 1.0]}.items():
        with Recorder(tmp_path / "e", run, {"model": run}) as recorder:
            recorder.expect(4, 2)
            recorder.scalars("train_loss", 1, values)
    best = entries(Experiments(tmp_path).listing())["e"]["best"]
    assert (best["run"], best["value"]) == ("good", 1.0)


def test_what_records_no_accuracy_is_listed_without_a_best(tmp_path: Path) -> None:
    with Recorder(tmp_path / "mine", "only", {}) as recorder:
        recorder.scalars("reward", 1, [1.0, 2.0])
    entry = entries(Experiments(tmp_path).listing())["mine"]
    assert (entry["best"], entry["sparkline"], entry["states"]) == (None, [], {"done": 1})


def test_an_experiment_lives_while_a_run_of_it_gives_signs_of_life(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "exp", states={"relu-normal": "running"})
    listed = Experiments(tmp_path)
    assert entries(listed.listing())["exp"]["live"]
    execute(experiment.record.folder / FILE_NAME, "UPDATE run SET heartbeat_s = heartbeat_s - 60")
    assert not entries(listed.listing())["exp"]["live"], "its worker is dead"


def test_those_that_live_come_first_then_those_that_were_trained_last(tmp_path: Path) -> None:
    alive = invent(tmp_path / "alive", states={"relu-normal": "running"})
    execute(
        alive.record.folder / FILE_NAME, "UPDATE run SET ended_s = 0, created_s = 0, started_s = 0"
    )
    for days, name in ((2, "old"), (1, "new")):
        folder = record(tmp_path / name)
        age_s = days * 86400.0
        execute(folder / FILE_NAME, f"UPDATE run SET created_s = created_s - {age_s}, "
                 f"started_s = started_s - {age_s}, ended_s = ended_s - {age_s}, "
                 f"heartbeat_s = heartbeat_s - {age_s}")  # fmt: skip
    by_name = entries(Experiments(tmp_path).listing())
    assert list(by_name) == ["alive", "new", "old"]
    age_s = time.time() - by_name["old"]["updated_s"]
    assert age_s == pytest.approx(2 * 86400, abs=600), "though its file was written to just now"


def test_of_many_values_and_settings_only_some_are_listed(tmp_path: Path) -> None:
    for i in range(15):
        record(tmp_path / "exp", f"r{i}", **{f"s{k}": f"{i}" * 300 for k in range(10)})
    settings = entries(Experiments(tmp_path).listing())["exp"]["settings"]
    assert [len(values) for values in settings.values()] == [12] * 8
    assert max(len(value) for value in settings["s0"]) <= 100


def test_of_very_many_experiments_the_newest_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiments, "MOST", 2)
    for days, name in enumerate(("a", "b", "c")):
        os.utime(record(tmp_path / name) / FILE_NAME, (time.time() - days * 86400,) * 2)
    listing = Experiments(tmp_path).listing()
    assert (set(entries(listing)), listing["left_out"]) == ({"a", "b"}, 1)


@pytest.mark.parametrize("there", [True, False])
def test_no_folder_and_an_empty_one_have_no_experiments(tmp_path: Path, there: bool) -> None:
    listing = Experiments(tmp_path if there else tmp_path / "none").listing()
    assert (listing["experiments"], listing["left_out"]) == ([], 0)
    assert Experiments(None).listing()["folder"] == ""


@pytest.mark.parametrize("values", [1, 39, 40, 41, 1000])
def test_a_sparkline_is_short_and_ends_with_the_newest(values: int) -> None:
    line = Sparkline()
    for value in range(values):
        line.add(value)
    assert len(line.values) <= LONGEST
    assert len(line.values) >= min(values, LONGEST // 2)
    assert line.values[-1] == values - 1
    assert list(line.values) == sorted(set(line.values))


# What cannot be read


ODD = {
    "damaged": lambda file: file.write_bytes(b"x" * 8192),
    "empty": lambda file: file.write_bytes(b""),
    "foreign": lambda file: execute(
        file, "CREATE TRIGGER t AFTER INSERT ON run BEGIN SELECT 1; END"
    ),
    "newer": lambda file: execute(file, "UPDATE experiment SET value = '2' WHERE key = 'format'"),
    "odd times": lambda file: execute(
        file, "UPDATE experiment SET value = 'Infinity' WHERE key = 'created_s'"
    ),
    "odd settings": lambda file: execute(file, "UPDATE run SET config = '[[1, 2], [3, {}]]'"),
    "odd state": lambda file: execute(file, "UPDATE run SET state = 'lost'"),
    "odd points": lambda file: execute(file, "UPDATE point SET value = 'much', series = 'x'"),
}  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_one_odd_record_hides_no_other(tmp_path: Path, odd: str) -> None:
    record(tmp_path / "good")
    ODD[odd](record(tmp_path / "odd") / FILE_NAME)
    listed = Experiments(tmp_path)
    for _ in range(2):
        by_name = entries(listed.listing())
        assert by_name["good"]["best"]["value"] == 0.75
        assert by_name["odd"]["name"] == "odd"
        note = by_name["odd"]["note"]
        assert "\n" not in note
        assert str(tmp_path) not in note
        if odd in ("damaged", "empty", "foreign", "newer", "odd state"):
            assert note


def test_a_record_of_a_newer_version_says_so(tmp_path: Path) -> None:
    ODD["newer"](record(tmp_path / "odd") / FILE_NAME)
    assert entries(Experiments(tmp_path).listing())["odd"]["note"] == (
        "a newer Trainboard wrote it (format 2; this one reads 1)"
    )


def test_a_folder_with_any_name_has_an_environment(tmp_path: Path) -> None:
    record(tmp_path / "plain").rename(tmp_path / "<b>'\"& ö\n\udcff")
    (entry,) = Experiments(tmp_path).listing()["experiments"]
    assert entry["environment"].startswith("odd=")
    assert entry["best"]["value"] == 0.75
