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


def test_no_command_meets_a_damaged_record_with_a_traceback(
    launch: Launch, file: Path, tmp_path: Path
) -> None:
    file.write_bytes(random.Random(1).randbytes(100_000))
    commands = [
        ["view", "exp", "--no-browser", "--exit"],
        ["resume", "exp"],
        ["export", "exp", "--to", "files"],
        ["--experiment", "exp", "--no-dashboard"],
    ]
    started = [launch(*command) for command in commands]
    for launched in started:
        assert launched.ends() == 2, launched.said
        assert "Traceback" not in launched.said
        assert str(file.relative_to(tmp_path)) in launched.said or "'exp'" in launched.said


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
