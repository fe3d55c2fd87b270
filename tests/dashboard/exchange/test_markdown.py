"""dashboard.exchange.markdown: a summary that a pull request shows as it is meant."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from dashboard.exchange import markdown
from tests.support.invented import invent

SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}


def table(text: str) -> list[list[str]]:
    """The cells of the rows below the head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_it_says_the_answer_first_then_who_leads_with_spread_and_seeds(tmp_path: Path) -> None:
    text = markdown.text(invent(tmp_path / "mine", SEEDS))
    name, answer, *_ = text.split("\n\n")
    assert name == "## mine"
    assert answer.startswith("**Best: relu with test accuracy 0.8200, ")
    assert answer.endswith("real.**")
    best, other = table(text)
    assert best[:5] == ["1", "relu", "0.8200 ± 0.0086", "3", "–"]
    assert other[:2] == ["2", "tanh"]
    assert other[4].startswith("−0.0257 \\[−0.0")


def test_what_does_not_learn_is_said_and_counts_for_no_mean(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "mine", SEEDS, {"tanh-1": "diverged"})
    text = markdown.text(experiment)
    assert "- 1 run does not learn: 1 diverged." in text
    assert table(text)[1][3] == "2 of 3"


def test_what_all_runs_share_is_folded_up_below(tmp_path: Path) -> None:
    text = markdown.text(invent(tmp_path / "mine", SEEDS))
    assert "lr: 0.01, batch\\_size: 200" in text.split("<details>")[1]
    assert "activation:" not in text


@pytest.mark.parametrize(
    "word", ["a|b", "<b>x</b>", "*x*", "@team", "#12", "[x](y)", "`x`", "a_b_c"]
)
def test_a_setting_means_nothing_to_markdown(word: str, tmp_path: Path) -> None:
    text = markdown.text(invent(tmp_path / "mine", {"activation": [word, "relu"]}))
    rendered = MarkdownIt("commonmark").enable("table").render(text)
    shown = word.replace("<", "&lt;").replace(">", "&gt;")
    assert f'<td style="text-align:left">{shown}</td>' in rendered
    assert markdown.escape("#12") == "\\#12"


def test_a_long_table_says_how_many_more_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown, "MOST_ROWS", 1)
    text = markdown.text(invent(tmp_path / "mine", SEEDS))
    assert len(table(text)) == 1
    assert "\nand 1 more\n" in text


def test_the_file_is_the_text(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "mine", SEEDS)
    assert markdown.write(experiment, tmp_path) == []
    assert (tmp_path / "summary.md").read_text() == markdown.text(experiment)
