"""dashboard.exchange.rows: the leaderboard as text, a row a choice."""

from pathlib import Path

import pytest

from dashboard.exchange import rows
from dashboard.exchange.rows import leaderboard
from tests.support.invented import GRID, invent


def test_choices_that_chance_may_have_ordered_share_their_places(tmp_path: Path) -> None:
    grid = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}
    told = leaderboard(invent(tmp_path / "told", grid))
    assert [row.place for row in told.rows] == ["1", "2"]
    alone = leaderboard(invent(tmp_path / "alone", {"activation": ["relu", "tanh"]}))
    assert [row.place for row in alone.rows] == ["1–2", "1–2"]
    assert [row.result for row in alone.rows] == ["0.8286", "0.8200"]
    assert [row.delta for row in alone.rows] == ["–", "−0.0086"]


def test_what_has_no_result_stands_last_without_a_place(tmp_path: Path) -> None:
    board = leaderboard(invent(tmp_path / "e", GRID, {"relu-normal": "queued"}))
    last = board.rows[-1]
    assert (last.place, last.settings, last.result, last.seeds) == (
        "–", ["relu", "normal"], "–", "0 of 1",
    )  # fmt: skip
    assert board.keys == ["activation", "init"]


@pytest.mark.parametrize(
    ("spread", "text"), [(0.00099, "0.8286 ± 0.0010"), (0.00001, "0.8286 ± 1e-05")]
)
def test_a_spread_has_as_many_digits_as_its_mean_unless_they_would_say_nothing(
    spread: float, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "mean_and_std", lambda values: (0.82857, spread))
    board = leaderboard(invent(tmp_path / "e", {"activation": ["relu", "tanh"]}))
    assert board.rows[0].result == text


def test_where_only_the_seed_varies_a_row_is_a_run(tmp_path: Path) -> None:
    board = leaderboard(invent(tmp_path / "e", {"seed": [0, 1]}))
    assert (board.keys, [row.settings for row in board.rows]) == (["run"], [["0"], ["1"]])
