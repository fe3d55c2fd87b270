"""dashboard.cli.asking: what a person names, and who does it."""

import argparse
from pathlib import Path

import pytest

from dashboard.cli import pause, rate, remove, stop
from dashboard.cli.asking import Named, NeedsTrainerError, add_names, ask, named, runs_meant
from dashboard.errors import UserError
from dashboard.record.reader import Record
from dashboard.record.requests import WAITS
from dashboard.record.schema import is_held
from tests.support.invented import invent
from tests.support.reading import open_record, read_runs

STATES = {"relu-normal": "paused", "tanh-normal": "stopped"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four runs that nobody trains: two done, one paused, one stopped."""
    invent(tmp_path / "exp", states=STATES).record.release()
    return tmp_path / "exp"


def meant(folder: Path, act: str, *words: str) -> list[str]:
    parser = argparse.ArgumentParser()
    add_names(parser, runs="*")
    args = parser.parse_args([*words, "--runs-dir", str(folder.parent)])
    return runs_meant(open_record(folder), named(args), act)


def test_runs_are_named_behind_their_experiment_or_alone_or_by_a_pattern(folder: Path) -> None:
    assert meant(folder, "remove", "exp/relu-normal") == ["relu-normal"]
    assert meant(folder, "remove", "exp", "exp/tanh-*", "relu-normal") == [
        "tanh-normal", "tanh-kaiming_normal", "relu-normal",
    ]  # fmt: skip
    assert meant(folder, "continue", "exp") == ["relu-normal", "tanh-normal"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["exp/nix"], "exp has no run 'nix'; there are: relu-normal, relu-kaiming_normal,"),
        (["exp", "other/relu"], "one experiment at a time: exp and other are two"),
        (["exp"], "exp has no run that is queued or running"),
    ],
)
def test_what_nobody_can_mean_is_said(folder: Path, words: list[str], sentence: str) -> None:
    with pytest.raises(UserError) as why:
        meant(folder, "pause", *words)
    assert sentence in str(why.value)


def test_where_nobody_trains_it_is_done_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--runs-dir", str(folder.parent)]
    assert stop.run(["exp/relu-normal", *where]) == 0
    assert remove.run(["exp/tanh-*", *where]) == 0
    assert capsys.readouterr().out == (
        "relu-normal: stopped\ntanh-normal, tanh-kaiming_normal: out of view\n"
    )
    states = {run.name: run.state for run in read_runs(folder)}
    assert states == {"relu-normal": "stopped", "relu-kaiming_normal": "done"}
    assert remove.run(["exp", "--undo", *where]) == 0
    assert len(read_runs(folder)) == 4
    assert not is_held(folder)


def test_nothing_goes_for_good_by_accident(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--for-good", "--runs-dir", str(folder.parent)]
    with pytest.raises(UserError, match="say which runs of exp to remove"):
        remove.run(["exp", *where])
    for words in ("", "y", "no"):
        monkeypatch.setattr("builtins.input", lambda _, words=words: words)
        assert remove.run(["exp/tanh-normal", *where]) == 1
    assert len(read_runs(folder)) == 4
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    assert remove.run(["exp/tanh-normal", *where]) == 0
    assert "exp/tanh-normal" in capsys.readouterr().out
    assert len(read_runs(folder)) == 3


def test_what_cannot_be_asked_of_a_run_is_said(folder: Path) -> None:
    where = ["--runs-dir", str(folder.parent)]
    with pytest.raises(UserError, match="relu-kaiming_normal is done: only runs that are"):
        pause.run(["exp/relu-kaiming_normal", *where])
    with pytest.raises(UserError, match="must be a number above 0"):
        rate.run(["exp/relu-normal", "--to", "nan", *where])
    with pytest.raises(UserError, match="relu-normal is paused: only runs that are running"):
        rate.run(["exp/relu-normal", "--to", "0.1", *where])


def test_what_needs_a_trainer_is_asked_and_left_to_the_one_who_asked(folder: Path) -> None:
    record = open_record(folder)
    with pytest.raises(NeedsTrainerError):
        ask(record, "continue", ["relu-normal"])
    assert is_held(folder)
    assert [request.state for request in record.requests()] == [WAITS]


def test_a_launcher_that_does_not_act_is_waited_for_so_long_and_no_longer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = open_record(folder)
    launcher.hold()
    monkeypatch.setattr("dashboard.cli.asking.PATIENCE_S", 0.2)
    with pytest.raises(UserError, match="has not acted within 0 s; the request stays"):
        ask(open_record(folder), "stop", ["relu-normal"])
    launcher.release()
    record: Record = open_record(folder)
    assert ask(record, "remove", ["tanh-normal"]) == "tanh-normal: out of view"
    assert next(run.state for run in record.runs()) == "stopped"  # as was asked before


def test_looking_whether_a_launcher_is_there_keeps_none_from_beginning(folder: Path) -> None:
    assert not is_held(folder)
    launcher = open_record(folder)
    launcher.hold()
    assert is_held(folder)
    launcher.release()
    assert not is_held(folder)
    assert Named(folder, ()).experiment == "exp"
