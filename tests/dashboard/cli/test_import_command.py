"""The command `import`: what it says, and what it leaves in the folder of runs."""

from pathlib import Path

import pytest

from tests.support.reading import read
from tests.support.refusing import refused
from trainers.launcher.main import main

pytestmark = pytest.mark.usefixtures("main_here")
CHART = '"Step","a - train/loss","b - train/loss"\n"0","1.5","2.5"\n"1","1.0","odd"\n'


@pytest.fixture(autouse=True)
def _chart(tmp_path: Path) -> None:
    (tmp_path / "chart.csv").write_text(CHART)


def test_it_says_what_came_what_did_not_and_how_to_see_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["--experiment", "old runs", "--rename", "train/loss=train_loss"]
    assert main(["import", "chart.csv", *words]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "2 runs of W&B: a, b",
        "left out: 1 cells that are no numbers",
        "to see them: launch.py view 'old runs'",
    ]
    runs = read(tmp_path / "runs" / "old runs").runs
    assert [view.latest("train_loss") for view in runs] == [1.0, 2.5]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nowhere"], "launch.py: nowhere is not there: name a file or folder to import\n"),
        (
            ["chart.csv", "--rename", "loss"],
            "launch.py: argument --rename: 'loss' is not OLD=NEW, as in train/loss=train_loss\n",
        ),
        (
            ["chart.csv", "--experiment", "a/b"],
            "launch.py: experiment name 'a/b' is not allowed: it is the name of a folder, and "
            "NAME/RUN is one of its runs; call it 'a_b'\n",
        ),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    words: list[str], sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert refused(["import", *words], capfd) == sentence
    assert not (tmp_path / "runs").exists()
