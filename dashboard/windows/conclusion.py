"""Words the conclusion: who is the best, by how much, and whether that is more than chance.

A pure function of what the record holds: the comparison is `dashboard.runs.standing`'s, the page
around it `dashboard.windows.answer`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.runs.comparison import SEED, grid_settings, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.families import claimed
from dashboard.runs.metric import number, plus_minus
from dashboard.runs.standing import (
    CANNOT_TELL,
    EARLY,
    REAL,
    UNDECIDED,
    Claim,
    Standing,
)
from dashboard.windows import style
from dashboard.windows.style import Looks

MOST_REAL = 4  # sentences on what is decided within the rows
MOST_NAMED = 3
DIGITS = 3  # of a difference, after the point; more where they would say 0


def conclusions(experiment: Experiment, state: Standing) -> list[str]:
    """The sentences, the one about all groups first; empty while there is no result."""
    if not state.order:
        return []
    if experiment.varied() == [SEED]:
        return [_seeds_alone(experiment, state)]
    words = Words(experiment, state)
    overall, within = claimed(experiment)
    if overall is None:
        return []
    sentences = [words.overall(overall)]
    if overall.state != CANNOT_TELL:
        rows = [(style.setting(row.key, row.value), claim) for row, claim in within if claim]
        sentences += words.by_row(rows, overall)
    return sentences


def _seeds_alone(experiment: Experiment, state: Standing) -> str:
    """What is said where nothing but the seed varies: there is nothing to choose."""
    text = experiment.metric.text
    values = [value for own in state.values for value in own.values()]
    mean, std = mean_and_std(values)
    so_far = "" if experiment.ended() else " so far"
    if mean is None or std is None:
        return f"{text[:1].upper()}{text[1:]} {number(mean or 0.0)}{so_far}."
    return (
        f"{text[:1].upper()}{text[1:]} {number(mean)} {plus_minus(mean, std)} over {len(values)} "
        f"seeds{so_far}, {number(min(values))} to {number(max(values))}: nothing else varies."
    )


class Words:
    """Claims as sentences, with the groups' names as a person reads them."""

    def __init__(self, experiment: Experiment, state: Standing) -> None:
        self.experiment, self.state, self.text = experiment, state, experiment.metric.text
        self._looks = Looks(experiment)
        self._keys = self._looks.keys
        self._row_key = next(iter(grid_settings(experiment)), None)

    def overall(self, claim: Claim) -> str:
        """The claim about all groups."""
        best = f"{self.name(claim.leader)} with {self.text} {number(self.state.mean(claim.leader))}"
        if claim.runner_up is None:
            so_far = "" if claim.state == UNDECIDED else " so far"
            return f"{self.name(claim.leader)}: {best.split(' with ', 1)[1]}{so_far}{self._at()}."
        if claim.state == EARLY:
            return f"Best so far{self._at()}: {best}, {self._ahead(claim)}."
        if claim.state == CANNOT_TELL:
            return f"Best: {best}, {self._ahead(claim)}."
        if claim.state == REAL:
            return f"Best: {best}, {self._ahead(claim)}: real."
        return f"{self._names(claim.ties)}: {self._undecided(claim)}{self._results(claim)}."

    def by_row(self, rows: Sequence[tuple[str, Claim]], overall: Claim) -> list[str]:
        """What is decided within the rows of the grid, and what is not."""
        best = overall.leader if overall.state == REAL else None
        texts = [
            f"Best for {row}: {self.name(claim.leader, self._row_key)}, "
            f"{self._ahead(claim, True)}: real."
            for row, claim in rows
            if claim.state == REAL and claim.leader != best
        ]
        more = len(texts) - MOST_REAL
        if more > 0:
            texts[MOST_REAL:] = [f"{more} more {'row is' if more == 1 else 'rows are'} decided."]
        open_rows = [
            (row, claim) for row, claim in rows
            if claim.state == UNDECIDED and claim.runner_up is not None
            and not set(claim.ties) <= set(overall.ties)
        ]  # fmt: skip
        if open_rows:
            n = min(claim.n for _, claim in open_rows)
            texts.append(f"For {listed([row for row, _ in open_rows])}: undecided after {n} seeds.")
        return texts

    def name(self, group: int, without: str | None = None) -> str:
        """The group's settings that differ."""
        view = self.state.groups[group].first
        parts = [
            part
            for key, part in zip(self._keys, self._looks.parts(view), strict=True)
            if key != without
        ]
        return " · ".join(parts) or style.short(view.name)

    def _names(self, indices: Sequence[int]) -> str:
        """Several groups: "relu and leaky_relu with kaiming_normal"."""
        parts = [self._looks.parts(self.state.groups[i].first) for i in indices]
        same = [len(set(column)) == 1 for column in zip(*parts, strict=True)]
        names = [
            " · ".join(p for p, is_same in zip(own, same, strict=True) if not is_same)
            for own in parts
        ]
        common = " · ".join(p for p, is_same in zip(parts[0], same, strict=True) if is_same)
        return listed(names) + (f" with {common}" if common else "")

    def _ahead(self, claim: Claim, short: bool = False) -> str:
        """By how much the leader leads, and on how many seeds."""
        state, other = self.state, claim.runner_up
        if other is None:
            return ""
        row, column = state.order.index(claim.leader), state.order.index(other)
        delta = float(state.gaps.mean[row, column])
        name = self.name(other, self._row_key if short else None)
        if delta == 0:
            return f"level with {name}"
        up = state.goal == "max"
        ahead = (delta > 0) == up  # else it leads by seeds that the other one does not have
        word = "against" if not ahead else "over" if up else "under"
        n, better = int(state.gaps.n[row, column]), state.gaps.higher
        if state.goal == "min":
            better = state.gaps.lower
        if not state.gaps.is_paired[row, column]:
            weight = " (seeds not paired)" if n > 1 else ""
        else:
            weight = f" (better on {better[row, column]} of {n} seeds)" if n > 1 else ""
        size = signed(delta) if word != "under" else signed(delta).lstrip("−")
        return f"{size} {word} {name}{weight}"

    def _undecided(self, claim: Claim) -> str:
        wrong = self.state.wrong_counts[claim.leader]
        if wrong:
            of = len(self.state.groups[claim.leader].runs)
            return f"undecided, for {wrong} of {of} seeds of {self.name(claim.leader)} went wrong"
        return f"undecided after {claim.n} seeds"

    def _results(self, claim: Claim) -> str:
        """The means of what is tied: of two both, of more the ends."""
        means = [number(self.state.mean(i)) for i in claim.ties]
        word = " and " if len(means) == 2 else " to "
        return f", {self.text} {means[0]}{word}{means[-1]}"

    def _at(self) -> str:
        """Where the runs are compared, while not all of them are at their end."""
        cut = self.state.cut
        if cut.whole or cut.share is None:
            return ""
        some = f" ({cut.runs} of {cut.of} runs)" if cut.runs < cut.of else ""
        if cut.share == 1.0:
            return "" if self.experiment.ended() else some
        place = f"step {cut.step:,}" if cut.step is not None else f"{cut.share:.0%} of the steps"
        return f" at {place}{some}"


def listed(names: Sequence[str]) -> str:
    """Names as a person lists them: "a", "a and b", "a, b and 4 others"."""
    most = names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1]]
    rest = len(names) - len(most)
    items = [*most, f"{rest} others"] if rest else [*most]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def signed(delta: float) -> str:
    """A difference with its sign and as few digits as say something."""
    size = abs(delta)
    if size >= 100:
        text = f"{size:,.4g}"
    else:
        first = -math.floor(math.log10(size)) if size else 0
        text = f"{size:.{min(max(DIGITS, first), 12)}f}"
    return ("+" if delta > 0 else "−") + text
