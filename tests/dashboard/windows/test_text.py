"""Small text windows and the words that all tables share."""

import math
from pathlib import Path

import pytest

from dashboard.windows import text
from tests.support.invented import GRID, invent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (math.inf, "–"),
        (0.26, "0.3 s"),
        (12.4, "12 s"),
        (61, "1 min 01 s"),
        (3600 * 2 + 60 * 5, "2 h 05 min"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float | None, words: str) -> None:
    assert text.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("relu", "relu"), ([200, 100], "200 100"), ([], "none"), (None, "default"), (0.1, "0.1")],
)
def test_a_settings_value_reads_as_a_person_writes_it(value: object, words: str) -> None:
    assert text.setting_text(value) == words


def test_what_all_runs_share_is_said_once_and_what_differs_in_all_its_values(
    tmp_path: Path,
) -> None:
    content = text.settings(invent(tmp_path / "e", GRID)).content
    differing, sharing = content.split("</table>")[:2]
    assert "<td>init</td><td>normal, kaiming_normal</td>" in differing
    assert "<td>lr</td><td>0.01</td>" in sharing
    assert "activation" not in sharing
    assert "lr" not in differing


def test_a_runs_settings_come_with_its_state_and_the_reason_of_its_end(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID, {"relu-normal": "failed"})
    content = text.config(experiment.runs[0]).content
    assert "failed</b>" in content
    assert "it was meant to be failed" in content
    assert "<td>activation</td><td>relu</td>" in content
