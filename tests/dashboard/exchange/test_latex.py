"""dashboard.exchange.latex: a table that LaTeX takes, whatever the settings are called."""

import re
from pathlib import Path

import pytest

from dashboard.exchange import latex
from dashboard.exchange.rows import leaderboard
from tests.support.invented import invent

SEEDS = {"activation": ["relu", "tanh"], "init": ["kaiming_normal", "50%"], "seed": [0, 1]}


def test_every_choice_is_a_row_of_the_same_columns_between_the_rules(tmp_path: Path) -> None:
    lines = latex.text(leaderboard(invent(tmp_path / "mine", SEEDS))).splitlines()
    assert lines[1] == r"\begin{tabular}{rllrrl}"
    rows = [line for line in lines if line.endswith(r"\\")]
    assert [line.count(" & ") for line in rows] == [5] * 5
    assert lines.index(r"\toprule") < lines.index(r"\midrule") < lines.index(r"\bottomrule")
    assert rows[1].startswith(r"1 & relu & kaiming\_normal & 0.8250 $\pm$ 0.0061 & 2 & -- ") or (
        rows[1].startswith(r"1--")
    )
    assert any(r"50\%" in row for row in rows)


@pytest.mark.parametrize("sign", list("#$%&_{}"))
def test_no_sign_of_latex_is_left_bare(sign: str) -> None:
    assert latex.escape(f"a{sign}b") == f"a\\{sign}b"


def test_signs_that_have_words_are_written_as_these() -> None:
    assert latex.escape("\\ ^ ~ <") == (
        r"\textbackslash{} \textasciicircum{} \textasciitilde{} \textless{}"
    )
    assert latex.escape("0.8 ± 0.1, −2 – 3") == r"0.8 $\pm$ 0.1, $-$2 -- 3"


def test_the_file_holds_nothing_beyond_ascii_but_its_comment(tmp_path: Path) -> None:
    latex.write(invent(tmp_path / "mine", SEEDS), tmp_path)
    text = (tmp_path / "leaderboard.tex").read_text()
    assert not re.search(r"^[^%].*[^\x00-\x7f]", text, flags=re.M)
