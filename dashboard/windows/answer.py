"""Draws the answer: what the experiment says in a sentence or two, on top of the page.

Carries beside it the model that our page works from (`dashboard.windows.page_model`). Words only
what the runs' newest results say; it plots nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboard.runs.comparison import groups, ranking
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import number
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows import html, page_model
from dashboard.windows.content import Html
from dashboard.windows.html import tag
from dashboard.windows.leaderboard import summary

MOST_NAMED = 3


def answer(experiment: Experiment) -> Html:
    """The sentences as text, and the page's model."""
    judged = verdicts(experiment)
    said = sentences(experiment, judged)
    model = page_model.experiment_model(experiment, judged)
    model["sentences"] = said
    words = [tag("p", sentence["text"], css="tb-summary") for sentence in said]
    return Html(page_model.embedded(model, html.join(words)))


def sentences(experiment: Experiment, judged: Sequence[Verdict]) -> list[dict[str, str]]:
    """The answer first, then what went wrong, then how far the plan is; each {text, kind}."""
    return [
        {"text": best_of(experiment), "kind": "answer"},
        *({"text": text, "kind": "warning"} for text in troubles(judged)),
        {"text": summary(experiment), "kind": "progress"},
    ]


def best_of(experiment: Experiment) -> str:
    """Which settings lead, by how much, and how much that says."""
    metric = experiment.metric
    ranked = ranking(metric, groups(experiment))
    if not ranked:
        waiting = "The first results come after the first evaluation."
        return waiting if not experiment.ended() else f"No run has a {metric.text}."
    (mean, first), *others = ranked
    so_far = "" if experiment.ended() else " so far"
    name = page_model.group_label(experiment, first)
    if not others:
        return f"{name}: {metric.text} {number(mean)}{so_far}."
    ahead = metric.signed(mean) - metric.signed(others[0][0])
    second = page_model.group_label(experiment, others[0][1])
    level = number(mean) == number(others[0][0])
    lead = f"level with {second}" if level else f"{number(ahead)} ahead of {second}"
    weight = _weight(len(first.latest(metric.name)))
    return f"Best{so_far}: {name} with {metric.text} {number(mean)}, {lead}{weight}."


def troubles(judged: Sequence[Verdict]) -> list[str]:
    """How many runs do not learn, and what is wrong with them."""
    counts = Counter(verdict.kind for verdict in judged if verdict.doomed)
    if not counts:
        return []
    parts = [f"{count} {kind}" for kind, count in counts.most_common(MOST_NAMED)]
    total = sum(counts.values())
    one = "1 run does" if total == 1 else f"{total} runs do"
    return [f"{one} not learn: {', '.join(parts)}."]


def _weight(seeds: int) -> str:
    return f" (means of {seeds} seeds)" if seeds > 1 else " (one seed: it may be chance)"
