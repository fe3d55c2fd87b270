"""trainers.plan.consent and resumed: a record that somebody gave me makes nothing run that I did
not ask for."""

import argparse
import os
from pathlib import Path

import pytest

from dashboard.record.reader import create
from tests.support.few import few
from tests.support.launching import Launch, recorded
from tests.support.reading import add_runs
from tests.support.refusing import refused
from trainers.config import RunConfig
from trainers.launcher import resume, train
from trainers.launcher.main import main
from trainers.plan.consent import ConsentError
from trainers.plan.flags import places
from trainers.plan.resume import WORKERS_PER_CORE, resume_flags
from trainers.tables.own_file import ACTIVATIONS

FILE = """
import pathlib
pathlib.Path(__file__).with_name("it-ran").touch()
ACTIVATIONS = {"evil": abs}
"""


@pytest.fixture(autouse=True)
def _nothing_allowed_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("trainers.tables.own_file._texts", {})
    monkeypatch.delitem(ACTIVATIONS, "evil", raising=False)


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    file = tmp_path / "evil.py"
    file.write_text(FILE)
    return file


def resumed(*argv: str, command: object) -> argparse.Namespace:
    """The flags of `resume exp` with these, for a record that has this command."""
    ACTIVATIONS.pop("evil", None)
    own, first = resume.make_parser(), train.make_parser()
    return resume_flags(own, ["exp", *argv], first, command, places())


@pytest.mark.parametrize("flag", [["--choices", "evil.py"], ["--choice=evil.py"]])
def test_a_file_that_only_the_record_names_is_not_run(evil: Path, flag: list[str]) -> None:
    with pytest.raises(ConsentError) as refusal:
        resumed(command=["--epochs", "1", *flag])
    assert f"would run the Python file {evil} (sha256 " in str(refusal.value)
    assert "allow it with: launch.py resume exp --choices evil.py" in str(refusal.value)
    assert not evil.with_name("it-ran").exists()


def test_a_file_that_was_allowed_once_is_run_until_it_changes(evil: Path) -> None:
    command = ["--choices", "evil.py"]
    assert resumed("--choices", "evil.py", command=command).choices == Path("evil.py")
    evil.with_name("it-ran").unlink()
    assert resumed(command=command).choices == Path("evil.py")
    evil.write_text(FILE + "# more\n")
    with pytest.raises(ConsentError, match=r"would run the Python file"):
        resumed(command=command)


def test_another_file_of_a_persons_own_wins_over_the_records(evil: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("LOSSES = {}")
    resumed("--choices", "mine.py", command=["--choices", "evil.py"])
    assert not evil.with_name("it-ran").exists()


def test_a_cluster_that_only_the_record_names_is_not_asked() -> None:
    command = ["--engine", "ray", "--ray-address", "evil.invalid:6379"]
    for own in ([], ["--engine", "ray"], ["--ray-address", "other.invalid:1"]):
        with pytest.raises(ConsentError, match="would run tasks on the Ray cluster"):
            resumed(*own, command=command)
    assert resumed(*command, command=command).ray_address == "evil.invalid:6379"
    assert resumed(command=command).engine == "ray"
    assert resumed("--engine", "local", command=command).engine == "local"


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "fifo", "missing.py", ".", "a\0b"])
def test_what_is_no_file_is_refused_without_waiting_for_it(path: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(ConsentError, match=r"no Python file|cannot be read"):
        resumed(command=["--choices", path])


def test_what_was_allowed_lies_where_only_this_user_writes(evil: Path, tmp_path: Path) -> None:
    command = ["--choices", "evil.py"]
    resumed(*command, command=command)
    kept = tmp_path / "config" / "trainboard" / "allowed"
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.chmod(0o666)
    with pytest.raises(ConsentError):
        resumed(command=command)
    kept.chmod(0o600)
    kept.rename(tmp_path / "elsewhere")
    kept.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConsentError):
        resumed(command=command)


PLACED = {
    "choices": "--choices evil.py",
    "data": "--data files",
    "data_memory": "--data-memory 0.5",
    "device": "--device cpu",
    "workers": "--workers 2",
    "stack": "--stack",
    "keep": "--keep all",
    "engine": "--engine ray",
    "ray_address": "--ray-address here:1",
    "retries": "--retries 7",
}


def test_the_test_knows_every_flag_that_says_where_runs_are_trained() -> None:
    assert PLACED.keys() == set(places())


@pytest.mark.usefixtures("evil")
@pytest.mark.parametrize("place", PLACED)
def test_where_runs_are_trained_is_what_the_records_command_says(place: str) -> None:
    flags = PLACED[place].split()
    asked_for = getattr(resumed(*flags, command=[]), place)  # which is consent, where it is needed
    assert getattr(resumed(command=flags), place) == asked_for
    assert getattr(resumed(command=[]), place) != asked_for


@pytest.mark.parametrize("command", [None, "--exit", ["--epochs", 3], {"a": 1}, [None]])
def test_a_command_that_is_none_is_said_in_a_sentence(command: object) -> None:
    with pytest.raises(ValueError, match=r"exp was not trained by launch.py"):
        resumed(command=command)


def test_a_record_may_not_ask_for_a_thousand_processes_and_a_person_may() -> None:
    most = WORKERS_PER_CORE * (os.cpu_count() or 1)
    assert resumed(command=["--workers", "1000000"]).workers == most
    assert resumed("--workers", "1000000", command=[]).workers == 1_000_000
    assert resumed(command=["--workers", "1"]).workers == 1


@pytest.mark.usefixtures("main_here")
def test_a_foreign_record_is_resumed_only_with_consent(
    evil: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "runs" / "exp"
    record = create(folder, {"command": ["--choices", "evil.py", "--activation", "evil"]})
    add_runs(record, [("evil", RunConfig(activation="evil", epochs=1).as_dict())])
    record.close()
    said = refused(["resume", "exp", "--no-dashboard"], capfd)
    assert "would run the Python file" in said
    assert not evil.with_name("it-ran").exists()


def test_what_a_person_trained_here_is_resumed_without_a_question(
    launch: Launch, tmp_path: Path
) -> None:
    choices = "def bend(x):\n    return x.sin()\nACTIVATIONS = {'bend': bend}\n"
    plan = ("--activation", "bend", "--init", "default", "--epochs", "1", "--experiment", "exp")
    trained = launch(*few(tmp_path, choices), *plan, "--no-dashboard")
    assert trained.ends() == 0, trained.said
    again = launch("resume", "exp", "--no-dashboard")
    assert again.ends() == 0
    assert again.said == "exp: nothing is left to train\n"


@pytest.mark.usefixtures("main_here")
def test_a_run_whose_name_leads_out_of_its_folder_is_left_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    record = create(tmp_path / "runs" / "exp", {"command": []})
    add_runs(record, [("../../mine", RunConfig(epochs=1).as_dict())])
    record.close()
    (tmp_path / "runs" / "mine.pt").write_text("mine")
    assert main(["resume", "exp", "--no-dashboard"]) == 0
    said = capfd.readouterr()
    assert said.err == "run name '../../mine' can name no file; it is left as it is\n"
    assert said.out == "exp: nothing is left to train\n"
    assert (tmp_path / "runs" / "mine.pt").read_text() == "mine"
    assert recorded(tmp_path, "exp").runs[0].state == "queued"
