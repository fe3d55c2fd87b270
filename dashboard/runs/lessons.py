"""Which picture of the atlas shows a verdict's cause: an environment and a window in it.

Names them as words, like every link; the atlas draws them (`dashboard.atlas`), and that it has them
is seen to by `tests/dashboard/atlas/test_atlas.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from dashboard.runs.facts import Facts
from dashboard.runs.remedies import activation_of, names

ACTIVATIONS, INITS, LAYERS = "atlas_activations", "atlas_inits", "atlas_layers"


class Lesson(NamedTuple):
    """environment, window: where. says: what is seen there, for the text of a link."""

    environment: str
    window: str
    says: str


def lesson(cause: str, facts: Facts, layer: str) -> Lesson | None:
    """Where the atlas shows the cause; None where it has nothing to say of it."""
    activation = activation_of(facts, layer)
    if cause in ("flat", "dead units") and activation:
        return Lesson(ACTIVATIONS, activation, f"where {activation} is flat")
    init = names(facts.settings.get("init"))
    if cause == "equal units" and len(init) == 1 and init[0]:
        return Lesson(INITS, init[0], f"the weights of {init[0]}")
    if cause in ("flat", "dead units", "lost gradient", "equal units"):
        return Lesson(INITS, "signal", "what each init makes of a signal")
    if cause in ("long steps", "short steps"):
        return Lesson(LAYERS, "sgd_step", "what one step does")
    if cause == "dropout":
        return Lesson(LAYERS, "dropout", "what dropout does")
    return None
