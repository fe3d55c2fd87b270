"""Writes the leaderboard as a LaTeX table (booktabs), to be taken into a paper with \\input.

Rows and words are those of `dashboard.exchange.rows`; the caption is the writer's own.
"""

from __future__ import annotations

import re
from pathlib import Path

from dashboard.exchange.rows import Leaderboard, Row, leaderboard
from dashboard.runs.experiment import Experiment

FILE = "leaderboard.tex"
SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "_": r"\_", "%": r"\%", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "±": r"$\pm$", "−": "$-$", "Δ": r"$\Delta$", "–": "--", "×": r"$\times$", "…": r"\ldots{}",
    "²": r"$^2$", "≥": r"$\geq$", "≤": r"$\leq$", "·": r"$\cdot$", "µ": r"$\mu$",
}  # fmt: skip
"""What LaTeX would read as its own, or what its fonts may not have."""
ANY = re.compile("|".join(map(re.escape, SIGNS)))


def write(experiment: Experiment, folder: Path) -> list[str]:
    """Write leaderboard.tex into `folder`; nothing is left out."""
    (folder / FILE).write_text(text(leaderboard(experiment)), encoding="utf-8")
    return []


def text(board: Leaderboard) -> str:
    """The table: a row a choice of settings, the best first."""
    head = ["", *board.keys, board.metric, "n", "Δ to the best"]
    columns = f"r{'l' * len(board.keys)}rrl"
    return "\n".join(
        [
            r"% needs \usepackage{booktabs}; ± is over n seeds, Δ with its 95 % interval",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _line(head),
            r"\midrule",
            *(_line(_cells(row)) for row in board.rows),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def escape(text: str) -> str:
    """A text as LaTeX sets it as it is, on one line."""
    return ANY.sub(lambda match: SIGNS[match[0]], " ".join(text.split()))


def _cells(row: Row) -> list[str]:
    return [row.place, *row.settings, row.result, row.seeds, row.delta]


def _line(cells: list[str]) -> str:
    return rf"{' & '.join(map(escape, cells))} \\"
