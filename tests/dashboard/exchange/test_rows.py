"""dashboard.exchange.rows: the leaderboard as text, a row a choice."""

from pathlib import Path

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


def test_where_only_the_seed_varies_a_row_is_a_run(tmp_path: Path) -> None:
    board = leaderboard(invent(tmp_path / "e", {"seed": [0, 1]}))
    assert (board.keys, [row.settings for row in board.rows]) == (["run"], [["0"], ["1"]])
