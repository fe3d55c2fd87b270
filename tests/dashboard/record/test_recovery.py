"""dashboard.record.recovery: what a damaged record still says, wherever it was cut or
overwritten."""

import json
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import create
from dashboard.record.schema import FILE_NAME, RecordError
from dashboard.runs.experiment import Experiment
from dashboard.runs.opening import open_experiment
from tests.support.invented import STEPS, invent
from tests.support.reading import add_runs


@dataclass
class Damaged:
    """A record of four runs on the disk, and how it was before anything was done to it."""

    folder: Path
    whole: bytes
    points: int

    def write(self, content: bytes) -> None:
        for file in self.folder.iterdir():
            file.unlink()
        (self.folder / FILE_NAME).write_bytes(content)

    def overwrite(self, at: int, noise: bytes) -> None:
        self.write(self.whole[:at] + noise + self.whole[at + len(noise) :])


def points_of(experiment: Experiment) -> int:
    return sum(line.count for view in experiment.runs for line in view.lines.values())


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    folder = tmp_path_factory.mktemp("runs") / "exp"
    experiment = invent(folder, steps=10 * STEPS)
    points = points_of(experiment)
    experiment.record.close()
    return Damaged(folder, (folder / FILE_NAME).read_bytes(), points)


@pytest.fixture
def damaged(_made: Damaged) -> Damaged:
    _made.write(_made.whole)
    return _made


def read(damaged: Damaged) -> tuple[int, str]:
    """Points that can be read, every window drawn from them, and what is said of the damage."""
    try:
        experiment, sentence = open_experiment(damaged.folder)
    except RecordError as why:
        return 0, str(why)
    with closing(experiment.record):
        for _, places in ExperimentScene(experiment).environments():
            for place in places:
                json.dumps(place.draw().packet(), allow_nan=False)
        count = points_of(experiment)
    return count, sentence


def test_nothing_is_said_of_a_sound_record(damaged: Damaged) -> None:
    assert read(damaged) == (damaged.points, "")


def cut(damaged: Damaged, chance: random.Random) -> None:
    damaged.write(damaged.whole[: chance.randrange(len(damaged.whole))])


def noise(damaged: Damaged, chance: random.Random) -> None:
    at = chance.randrange(len(damaged.whole))
    damaged.overwrite(at, chance.randbytes(chance.choice([1, 64, 1000, 20_000])))


def noise_at_the_start(damaged: Damaged, chance: random.Random) -> None:
    damaged.overwrite(chance.randrange(8192), chance.randbytes(chance.choice([1, 64, 1000])))


@pytest.mark.parametrize("damage", [cut, noise, noise_at_the_start], ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", range(12))
def test_wherever_it_is_damaged_one_sentence_says_so_and_what_can_be_read_is_drawn(
    damaged: Damaged, damage: Callable[[Damaged, random.Random], None], seed: int
) -> None:
    damage(damaged, random.Random(seed))
    before = (damaged.folder / FILE_NAME).read_bytes()
    count, sentence = read(damaged)
    assert count <= damaged.points
    assert sentence.count("\n") == 0
    if count < damaged.points:
        assert f"{FILE_NAME} is damaged" in sentence or "cannot be read" in sentence
    assert (damaged.folder / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("share", [0.3, 0.5, 0.9])
def test_what_stands_before_a_cut_is_shown(damaged: Damaged, share: float) -> None:
    damaged.write(damaged.whole[: int(share * len(damaged.whole))])
    count, sentence = read(damaged)
    assert count > 0.7 * share * damaged.points
    assert f"{count:,} points" in sentence


def test_a_destroyed_header_loses_no_row(damaged: Damaged) -> None:
    damaged.overwrite(0, b"\xff" * 4096)
    count, sentence = read(damaged)
    assert count == damaged.points
    assert "4 runs" in sentence


def test_a_run_whose_settings_are_no_longer_readable_is_shown_as_failed(damaged: Damaged) -> None:
    at = damaged.whole.index(b'"activation": "relu"')
    damaged.overwrite(at, b"\xfe" * 20)
    experiment, sentence = open_experiment(damaged.folder)
    experiment.record.close()
    assert "run" in sentence
    states = sorted((view.state, view.error) for view in experiment.runs)
    assert states[-1] == ("failed", "its settings cannot be read")
    assert points_of(experiment) == damaged.points


@pytest.mark.parametrize("content", [b"", b"\0" * 100_000, b"this is a text\n" * 10_000])
def test_a_file_of_nothing_is_one_sentence(damaged: Damaged, content: bytes) -> None:
    damaged.write(content)
    with pytest.raises(RecordError, match="is damaged and nothing of it can be read"):
        open_experiment(damaged.folder)


def test_a_missing_experiment_stays_a_missing_experiment(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no experiment 'exp'"):
        open_experiment(tmp_path / "exp")


def test_an_experiment_that_is_being_trained_is_read_as_it_is(tmp_path: Path) -> None:
    record = create(tmp_path / "exp")
    add_runs(record, [("a", {}), ("b", {})])
    experiment, sentence = open_experiment(tmp_path / "exp")
    assert ([view.name for view in experiment.runs], sentence) == (["a", "b"], "")
    record.close()
    experiment.record.close()
