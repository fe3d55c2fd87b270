"""Writes an experiment in short as Markdown, for a pull request: what it says, who leads, settings.

The sentences are those of the page (`dashboard.windows.answer`); numbers in full are in the CSV.
"""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.exchange.rows import Leaderboard, leaderboard
from dashboard.runs.experiment import Experiment
from dashboard.runs.standing import standing
from dashboard.runs.verdict import verdicts
from dashboard.windows.answer import sentences
from dashboard.windows.style import short
from dashboard.windows.text import setting_text

FILE = "summary.md"
MOST_ROWS = 20
MOST_SETTINGS = 40
LONGEST_SETTING = 80  # characters
# What means something to Markdown, or could be HTML, a mention or a link to an issue, anywhere.
SIGNS = re.compile(r"([\\`*_{}\[\]<>|#~@$&!])")


def write(experiment: Experiment, folder: Path) -> list[str]:
    """Write summary.md into `folder`; nothing is left out but rows beyond MOST_ROWS, as it says."""
    (folder / FILE).write_text(text(experiment), encoding="utf-8")
    return []


def text(experiment: Experiment) -> str:
    """The whole file."""
    answer, *others = sentences(experiment, verdicts(experiment), standing(experiment))
    return (
        "\n\n".join(
            [
                f"## {escape(experiment.name)}",
                f"**{escape(answer['text'])}**",
                "\n".join(f"- {escape(sentence['text'])}" for sentence in others),
                _table(leaderboard(experiment)),
                _shared(experiment),
            ]
        )
        + "\n"
    )


def escape(text: str) -> str:
    """A text as Markdown shows it as it is, on one line."""
    return SIGNS.sub(r"\\\1", " ".join(text.split()))


def _table(board: Leaderboard) -> str:
    better = "more" if board.goal == "max" else "less"
    head = [
        "#",
        *board.keys,
        f"{board.metric} ({better} is better)",
        "n",
        "Δ to the best",
        "verdict",
    ]
    left = [":--"] * len(board.keys)
    rows = [
        [row.place, *row.settings, row.result, row.seeds, row.delta, row.verdict]
        for row in board.rows[:MOST_ROWS]
    ]
    lines = [_line([escape(cell) for cell in cells]) for cells in (head, *rows)]
    lines.insert(1, _line(["--:", *left, "--:", "--:", "--:", ":--"]))
    more = len(board.rows) - MOST_ROWS
    end = [f"\nand {more} more"] if more > 0 else []
    return "\n".join([*lines, *end])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shared(experiment: Experiment) -> str:
    """What all runs share, folded up."""
    pairs = [
        f"{escape(key)}: {escape(short(setting_text(value), LONGEST_SETTING))}"
        for key, value in experiment.shared().items()
    ]
    more = [f"and {len(pairs) - MOST_SETTINGS} more"] if len(pairs) > MOST_SETTINGS else []
    settings = ", ".join([*pairs[:MOST_SETTINGS], *more]) or "nothing"
    return (
        "± is the standard deviation over n seeds, Δ has its 95 % interval in brackets.\n\n"
        f"<details><summary>Shared settings</summary>\n\n{settings}\n\n</details>"
    )
