"""Draws the answer: what the experiment says in a sentence or two, on top of the page.

Carries beside it the model that our page works from (`dashboard.windows.page_model`). Words only
what the runs' newest results say; it plots nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dashboard.runs.comparison import BAD, Group, groups, mean_and_std
from dashboard.runs.experiment import Experiment
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows import html, page_model
from dashboard.windows.content import Html
from dashboard.windows.forecasts import record_sentence
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
    """The answer first, then what went wrong, then how good the forecasts were and how far the plan
    is; each {text, kind}."""
    record = record_sentence(experiment.runs)
    return [
        {"text": best_of(experiment), "kind": "answer"},
        *({"text": text, "kind": "warning"} for text in troubles(judged)),
        *([{"text": record, "kind": "forecast"}] if record else []),
        {"text": summary(experiment), "kind": "progress"},
    ]


def best_of(experiment: Experiment) -> str:
    """Which settings lead, by how much, and how much that says."""
    ranked = ranking(groups(experiment))
    if not ranked:
        waiting = "The first results come after the first evaluation."
        return waiting if not experiment.ended() else "No run has a test accuracy."
    (mean, first), *others = ranked
    so_far = "" if experiment.ended() else " so far"
    name = page_model.group_label(experiment, first)
    if not others:
        return f"{name}: test accuracy {mean:.4f}{so_far}."
    ahead = mean - others[0][0]
    second = page_model.group_label(experiment, others[0][1])
    lead = f"{ahead:.4f} ahead of {second}" if round(ahead, 4) else f"level with {second}"
    return f"Best{so_far}: {name} with test accuracy {mean:.4f}, {lead}{_weight(first)}."


def ranking(held: Sequence[Group]) -> list[tuple[float, Group]]:
    """(mean newest test accuracy, group), the best first; without groups that went wrong."""
    ranked = []
    for group in held:
        mean, _ = mean_and_std(group.latest("test_accuracy"))
        if mean is not None and not all(view.state in BAD for view in group.runs):
            ranked.append((mean, group))
    return sorted(ranked, key=lambda pair: -pair[0])


def troubles(judged: Sequence[Verdict]) -> list[str]:
    """How many runs do not learn, and what is wrong with them."""
    counts = Counter(verdict.kind for verdict in judged if verdict.doomed)
    if not counts:
        return []
    parts = [f"{count} {kind}" for kind, count in counts.most_common(MOST_NAMED)]
    total = sum(counts.values())
    one = "1 run does" if total == 1 else f"{total} runs do"
    return [f"{one} not learn: {', '.join(parts)}."]


def _weight(group: Group) -> str:
    seeds = len(group.latest("test_accuracy"))
    return f" (means of {seeds} seeds)" if seeds > 1 else " (one seed: it may be chance)"
