"""What to try against a verdict's cause: settings to change, as data, and the words for it.

Names activations, inits, losses and optimisers as words; that the trainers' tables hold them is
seen to by `tests/test_remedies.py`. Judges nothing: the cause is `dashboard.runs.rules`'s. How
often each remedy helps is measured by `tests/benchmarks/bench_remedies.py`.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dashboard.runs.dropout import drops_much
from dashboard.runs.facts import Facts

# A plus separates layers unless it is the sign of a number, as in `elu:alpha=+1`.
LAYER_PLUS = re.compile(r"(?<!=)\+(?!(?<=[0-9.][eE]\+)[0-9])")


class Remedy(NamedTuple):
    """settings: what to change in the run's config, ready to train. says: the same in words."""

    settings: Mapping[str, Any]
    says: str


class InitAdvice(NamedTuple):
    """name: of the init. std: what it gives weights of (fan_in, fan_out). as_good: other inits."""

    name: str
    std: Callable[[int, int], float]
    as_good: frozenset[str]


KAIMING = InitAdvice(
    "kaiming_normal",
    lambda fan_in, _: math.sqrt(2 / fan_in),
    frozenset({"kaiming_normal", "kaiming_uniform"}),
)
"""He et al. 2015, arXiv 1502.01852, equation 10."""
XAVIER = InitAdvice(
    "xavier_normal",
    lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
    frozenset({"xavier_normal", "xavier_uniform", "lecun_normal", "orthogonal"}),
)
"""Glorot & Bengio 2010, equation 12."""
LECUN = InitAdvice(
    "lecun_normal",
    lambda fan_in, _: math.sqrt(1 / fan_in),
    frozenset({"lecun_normal"}),
)
"""Klambauer et al. 2017, arXiv 1706.02515."""
INIT_FOR = {
    "relu": KAIMING, "leaky_relu": KAIMING, "elu": KAIMING, "gelu": KAIMING, "silu": KAIMING,
    "softplus": XAVIER, "sigmoid": XAVIER, "tanh": XAVIER, "identity": XAVIER, "selu": LECUN,
}  # fmt: skip
"""The init that each activation is made for."""
SQUASHING = frozenset({"sigmoid", "softplus"})
"""Slope at most 1/4, or a mean that grows from layer to layer: few layers are all they bear."""
MOST_SQUASHING = 2
DEEP = "relu"
"""The activation for more hidden layers than that."""
CURED_OF_DEATH = "leaky_relu"
RATES = {
    "sgd": (0.01, 0.1), "adam": (3e-4, 3e-3), "adamw": (3e-4, 3e-3), "nadam": (3e-4, 3e-3),
    "radam": (3e-4, 3e-3), "adamax": (5e-4, 5e-3), "rmsprop": (3e-4, 3e-3), "adagrad": (3e-3, 0.03),
    "adadelta": (0.3, 3.0),
}  # fmt: skip
"""The rates between which networks of the usual inits learn. With momentum m the steps add up to
1 / (1 - m) as much (Sutskever et al. 2013), and the rate is that much lower."""
GENTLE_DEPTH = 8
"""With more layers than that the upper rate is a third."""
UNBOUNDED = "identity"
"""Nothing in a linear stack bends what grows: plain descent takes a tenth of the rates there."""
NEAR = 1.45
"""Weights whose spread is off by no more than this factor (√2 lies between Xavier's and Kaiming's)
are no reason for a slow pace."""
CROSS_ENTROPY = "cross_entropy"
OF_CLASSES = frozenset({CROSS_ENTROPY, "log_softmax_nll", "soft_cross_entropy", "bce"})
"""Losses whose gradient stays strong while an output is wrong (Goodfellow, Bengio & Courville 2016,
Deep Learning, section 6.2.2)."""


def names(text: object) -> list[str]:
    """The entries that a setting names, without their parameters, one for each layer given."""
    return [part.partition(":")[0].strip() for part in LAYER_PLUS.split(str(text or ""))]


def activation_of(facts: Facts, layer: str) -> str:
    """The name of the layer's activation; empty for the last layer, and where it is not known."""
    order = list(facts.layers or facts.first.get("gradient_norm", {}))
    activations = _activations(facts)
    last = len(order) - (0 if facts.settings.get("output_activation") else 1)
    if layer not in order or order.index(layer) >= last:
        return ""
    return activations[min(order.index(layer), len(activations) - 1)]


def new_start(facts: Facts, most_squashing: int = MOST_SQUASHING) -> dict[str, Any]:
    """Activation and init as the papers have them, as far as they are not so already."""
    changes: dict[str, Any] = {}
    activations = _activations(facts)
    if len(facts.layers) > most_squashing + 1 and SQUASHING & set(activations):
        changes["activation"], activations = DEEP, [DEEP]
    if not set(activations) <= set(INIT_FOR):
        return changes  # a person's own
    advice = [INIT_FOR[name] for name in activations]
    init = str(facts.settings.get("init", ""))
    if not all(init in each.as_good for each in advice):
        best = [each.name for each in advice]
        changes["init"] = best[0] if len(set(best)) == 1 else "+".join(best)
    return changes


def usual_rate(facts: Facts) -> tuple[float, float]:
    """The range of the learning rate, see RATES; (0, inf) of an optimiser that is not known."""
    optimizer = str(facts.settings.get("optimizer", ""))
    low, high = RATES.get(names(optimizer)[0], (0.0, math.inf))
    if len(facts.layers) > GENTLE_DEPTH:
        high /= 3
    if names(optimizer)[0] == "sgd" and set(_activations(facts)) == {UNBOUNDED}:
        low, high = low / 10, high / 10
    momentum = re.search(r"\bmomentum=([0-9.eE-]+)", optimizer)
    times = 1 / (1 - float(momentum[1])) if momentum else 1.0
    return low / times, high / times


def rate_within(facts: Facts) -> dict[str, Any]:
    """The upper rate of the usual range where the run's own is outside of it."""
    low, high = usual_rate(facts)
    lr = _rate(facts)
    if lr is None or low <= lr <= high:
        return {}
    return {"lr": _round(high if math.isfinite(high) else lr)}


def slower(facts: Facts) -> dict[str, Any]:
    """A smaller rate, whatever it is now: the usual one, else a tenth."""
    lr = _rate(facts)
    if lr is None:
        return {}
    within = rate_within(facts)
    return within if within.get("lr", lr) < lr else {"lr": _round(lr / 10)}


def faster(facts: Facts) -> dict[str, Any]:
    """The upper rate of the usual range where the run's own is less than half of it."""
    _, high = usual_rate(facts)
    lr = _rate(facts)
    if lr is None or not lr < high / 2 or math.isinf(high):
        return {}
    return {"lr": _round(high)}


def clear_outputs(facts: Facts) -> dict[str, Any]:
    """Outputs and a loss that are made for classes, and no dropout where it is strong."""
    settings = facts.settings
    changes: dict[str, Any] = {}
    if settings.get("output_activation"):
        changes["output_activation"] = False
    loss, is_classes = settings.get("loss"), not facts.explained
    if loss and is_classes and names(loss)[0] not in OF_CLASSES:
        changes["loss"] = CROSS_ENTROPY
    if drops_much(facts):
        changes["dropout"] = []
    return changes


def _signal(facts: Facts) -> dict[str, Any]:
    """Of a signal that fades, explodes or is the same for all units."""
    return new_start(facts) | clear_outputs(facts) | rate_within(facts)


def _dead(facts: Facts) -> dict[str, Any]:
    return _signal(facts) or {"activation": CURED_OF_DEATH} | (
        {} if facts.settings.get("init") in KAIMING.as_good else {"init": KAIMING.name}
    )


def _steps_too_long(facts: Facts) -> dict[str, Any]:
    start = new_start(facts) | clear_outputs(facts)
    return start | rate_within(facts) if start else slower(facts)


def _pace(facts: Facts) -> dict[str, Any]:
    start = {} if _near(facts) else new_start(facts)
    changes = start | clear_outputs(facts) | (rate_within(facts) or faster(facts))
    return changes or new_start(facts, most_squashing=0)


PRESCRIPTIONS: dict[str, Callable[[Facts], dict[str, Any]]] = {
    "equal units": _signal,
    "dead units": _dead,
    "flat": _signal,
    "lost gradient": _signal,
    "long steps": _steps_too_long,
    "short steps": _pace,
    "dropout": clear_outputs,
}
"""What to change against each cause of `dashboard.runs.causes`; nothing where all is well."""


def remedy(cause: str, facts: Facts, layer: str = "") -> Remedy | None:
    """What to try against the cause, or None where nothing is known that helps."""
    prescribe = PRESCRIPTIONS.get(cause)
    changes = prescribe(facts) if prescribe and facts.settings else {}
    changes = {key: value for key, value in changes.items() if facts.settings.get(key) != value}
    return Remedy(changes, words(changes, facts, layer)) if changes else None


def words(changes: Mapping[str, Any], facts: Facts, layer: str) -> str:
    """The changes as a person would say them: "Try xavier_normal (1.2 expected) and lr 0.1"."""
    parts = []
    for key, value in changes.items():
        if key == "init":
            std = expected_std(facts, layer, str(value))
            parts.append(f"{value} ({std:.2g} expected)" if std is not None else str(value))
        elif key in ("activation", "loss"):
            parts.append(str(value))
        elif key == "dropout":
            parts.append("no dropout")
        elif key == "output_activation":
            parts.append("no activation on the outputs")
        else:
            parts.append(f"{key} {value:g}")
    *first, last = parts
    return "Try " + (f"{', '.join(first)} and {last}" if first else last)


def expected_std(facts: Facts, layer: str, init: str) -> float | None:
    """What the init makes of the layer's spread, where that follows: of the first layer."""
    spread = facts.first.get("preactivation_std", {}).get(layer, math.nan)
    advice = next((each for each in (KAIMING, XAVIER, LECUN) if each.name == init), None)
    entry = facts.layers.get(layer)
    if entry is None or advice is None or layer != next(iter(facts.layers)):
        return None
    std = spread * advice.std(entry.fan_in, entry.fan_out) / entry.std if entry.std else None
    return std if std is not None and math.isfinite(std) else None


def _rate(facts: Facts) -> float | None:
    """The learning rate, where the settings have one that says something."""
    lr = facts.settings.get("lr")
    return float(lr) if isinstance(lr, int | float) and abs(lr) <= sys.float_info.max else None


def _activations(facts: Facts) -> list[str]:
    return names(facts.settings.get("activation"))


def _near(facts: Facts) -> bool:
    """Whether all weights spread about as the init for the first activation would have them."""
    advice = INIT_FOR.get(_activations(facts)[0])
    if advice is None or not facts.layers:
        return False
    stds = [(layer.std, advice.std(layer.fan_in, layer.fan_out)) for layer in facts.layers.values()]
    return all(best / NEAR < std < best * NEAR for std, best in stds)


def _round(rate: float) -> float:
    return float(f"{rate:.2g}")
