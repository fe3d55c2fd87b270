"""Draws the answer: what the experiment says in a sentence or two, on top of the page.

Carries beside it the model that our page works from (`dashboard.windows.page_model`). Puts together
what others word (who wins: `dashboard.windows.conclusion`); it plots nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dashboard.runs.experiment import Experiment
from dashboard.runs.standing import Standing, standing
from dashboard.runs.verdict import Verdict, verdicts
from dashboard.windows import html, page_model
from dashboard.windows.advice import advice
from dashboard.windows.conclusion import conclusions
from dashboard.windows.content import Html
from dashboard.windows.forecasts import record_sentence
from dashboard.windows.html import tag
from dashboard.windows.leaderboard import summary
from dashboard.windows.steering import steering

MOST_NAMED = 3


def answer(experiment: Experiment) -> Html:
    """The sentences as text, and the page's model."""
    run_verdicts, state = verdicts(experiment), standing(experiment)
    entries = sentences(experiment, run_verdicts, state)
    model = page_model.experiment_model(experiment, run_verdicts, state)
    model["sentences"] = entries
    words = [tag("p", sentence["text"], css="tb-summary") for sentence in entries]
    return Html(page_model.embedded(model, html.join(words)))


def sentences(
    experiment: Experiment, run_verdicts: Sequence[Verdict], state: Standing
) -> list[dict[str, Any]]:
    """The answer first and how to be sure of it, then what was given up or added and what went
    wrong, then how good the forecasts were and how far the plan is.

    Each is {text, kind}; where seeds would tell, {runs, seeds} says which of which runs.
    """
    record = record_sentence(experiment.runs)
    first, *others = _conclusions(experiment, state)
    how = advice(experiment, state)
    return [
        {"text": first, "kind": "answer"},
        *([{**asdict(how), "kind": "finding"}] if how else []),
        *({"text": text, "kind": "finding"} for text in others),
        *({"text": text, "kind": "finding"} for text in steering(experiment)),
        *({"text": text, "kind": "warning"} for text in troubles(run_verdicts)),
        *([{"text": record, "kind": "forecast"}] if record else []),
        {"text": summary(experiment), "kind": "progress"},
    ]


def _conclusions(experiment: Experiment, state: Standing) -> list[str]:
    """Who is the best and whether that is real; before the first result that there is none."""
    if state.order:
        return conclusions(experiment, state)
    if experiment.ended():
        return [f"No run has a {experiment.metric.text}."]
    return ["The first results come after the first evaluation."]


def troubles(run_verdicts: Sequence[Verdict]) -> list[str]:
    """How many runs do not learn, and what is wrong with them."""
    counts = Counter(verdict.kind for verdict in run_verdicts if verdict.doomed)
    if not counts:
        return []
    parts = [f"{count} {kind}" for kind, count in counts.most_common(MOST_NAMED)]
    total = sum(counts.values())
    one = "1 run does" if total == 1 else f"{total} runs do"
    return [f"{one} not learn: {', '.join(parts)}."]
