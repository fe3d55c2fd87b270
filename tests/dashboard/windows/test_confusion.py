"""The confusion windows: what a run takes for what, and how often all runs say each class."""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.windows import confusion
from dashboard.windows.run_windows import run_windows
from tests.support.invented import GRID, add_text, invent

RUN = "relu-kaiming_normal"
TWO = [[5, 0], [3, 0]]


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (TWO, "it never says b"),
        ([[5, 0], [0, 5]], "every one is taken for what it is"),
        ([[9, 1], [3, 7]], "4 of 20 wrong; most often b taken for a (30% of them)"),
    ],
)
def test_what_stands_out_is_said_in_words(counts: list[list[int]], words: str) -> None:
    assert confusion.sentence(["a", "b"], np.array(counts)) == words


def test_a_runs_matrix_carries_the_images_behind_its_cells(tmp_path: Path) -> None:
    content = confusion.of_run(invent(tmp_path / "e", GRID).runs[1]).content
    assert "<th>0</th>" in content
    model = json.loads(content.split("data-model='")[1].split("'>")[0])
    assert model["step"] == 300
    assert sum(map(sum, model["counts"])) == 40 * 301
    assert len(model["labels"]) == len(model["guesses"]) == 40
    assert model["guesses"][0] != model["labels"][0]


def test_every_run_has_a_row_of_what_it_says_and_never_stands_out(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    add_text(experiment, RUN, "confusion", json.dumps(TWO), kind="json")
    content = confusion.of_all(experiment).content
    assert content.count("data-run=") == 4
    assert "<td>100</td><td><b>never</b></td>" in content


@pytest.mark.parametrize("odd", ["3", "[]", "[[1,2]]", '[["a"]]', "[[1.5]]", "{}"])
def test_what_is_no_matrix_has_no_window(tmp_path: Path, odd: str) -> None:
    experiment = invent(tmp_path / "e", GRID, dict.fromkeys(["relu-normal"], "queued"))
    view = experiment.runs[0]
    assert "confusion" not in run_windows(view)
    add_text(experiment, "relu-normal", "confusion", odd, kind="json")
    assert "confusion" not in run_windows(view)
