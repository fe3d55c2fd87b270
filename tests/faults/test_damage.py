"""A damaged record seen through the commands: one sentence, what can be read, no other harm."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME
from dashboard.runs.experiment import Experiment
from tests.support.invented import invent
from tests.support.launching import Launch, leaderboard, until
from tests.support.reading import until_the_test_ends
from tests.support.refusing import refused


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in ("exp", "other"):
        invent(tmp_path / "runs" / name).record.close()
    return tmp_path / "runs" / "exp" / FILE_NAME


def test_view_says_what_is_damaged_and_shows_what_can_be_read(launch: Launch, file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3])
    viewed = launch("view", "exp", "--no-browser")
    until(lambda: "relu-normal" in leaderboard(viewed, "exp"))
    sentences = viewed.said.splitlines()[0]
    assert f"{FILE_NAME} is damaged" in sentences
    assert "shown is what can be read: 4 runs" in sentences
    assert "Traceback" not in viewed.said
    sound = launch("view", "other", "--no-browser")
    until(lambda: "relu-normal" in leaderboard(sound, "other"))
    assert "damaged" not in sound.said


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize(
    "command",
    [
        ["view", "exp", "--no-browser", "--exit"],
        ["resume", "exp"],
        ["export", "exp", "--to", "files"],
        ["--experiment", "exp", "--no-dashboard"],
    ],
    ids=lambda command: command[0],
)
def test_every_command_says_of_a_damaged_record_which_it_is(
    file: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: list[str]
) -> None:
    file.write_bytes(random.Random(1).randbytes(100_000))
    said = refused(command, capfd)
    assert str(file.relative_to(tmp_path)) in said or "'exp'" in said


def test_damage_while_it_is_followed_is_said_once_and_the_page_stays(
    launch: Launch, file: Path
) -> None:
    viewed = launch("view", "exp", "--no-browser")
    until(lambda: "relu-normal" in leaderboard(viewed, "exp"))
    experiment = Experiment(until_the_test_ends.enter_context(closing(Record(file.parent))))
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * 100_000)
    sentences: list[str] = []
    for _ in range(3):
        experiment.follow(sentences.append)
    assert len(sentences) == 1
    assert "cannot be read" in sentences[0]
    assert "relu-normal" in leaderboard(viewed, "exp")
    assert viewed.process.poll() is None
    assert "Traceback" not in viewed.said
