"""CAUSES: what the statistics show to be wrong inside a run, each with its numbers.

Each is a pure function of the facts that says where, how much, what it means and by which
threshold; whether it harms the run is judged in `dashboard.runs.findings`, and what to try
against it stands in `dashboard.runs.remedies`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dashboard.runs.dropout import dropout_of, drops_much, kept_paths
from dashboard.runs.evidence import Proof, amount, proof
from dashboard.runs.facts import Facts, Signals, reach
from dashboard.runs.remedies import activation_of
from dashboard.runs.thresholds import (
    DEAD_SHARE,
    EXPLODED_STD,
    FLAT_SHARE,
    KEPT_PATHS,
    OVERSHOOT,
    PACE_RATIO,
    SATURATED_SHARE,
    STRONG_DROPOUT,
    TWIN_SHARE,
    UPDATE_RATIO,
    VANISHED_NORM,
    VANISHED_RATIO,
)


class Cause(NamedTuple):
    """kind: see `dashboard.runs.remedies.PRESCRIPTIONS`. place: for the verdict's short text.

    layer: where; empty for the whole model. says: the number and what it means, the beginning of
    a sentence.
    """

    kind: str
    place: str
    layer: str
    says: str
    proofs: tuple[Proof, ...]


def equal_units(facts: Facts) -> Cause | None:
    layer, share = largest(facts.first, "twin_share")
    if not share >= TWIN_SHARE or facts.noisy:
        return None
    return Cause(
        "equal units", layer, layer,
        f"at step 0 {share:.0%} of {layer}'s units have equal weights and equal gradients, so they "
        "stay equal, as good as one unit",
        (proof(f"{layer}: units with an equal one, step 0", f"{share:.0%}", "≥ {:.0%}",
               TWIN_SHARE),),
    )  # fmt: skip


def dead_units(facts: Facts, signals: Signals) -> Cause | None:
    layer, share = largest(signals, "dead_share")
    if not share >= DEAD_SHARE:
        return None
    return Cause(
        "dead units", f"{share:.0%}, {layer}", layer,
        f"{share:.0%} of {layer}'s units are dead: on no image does a gradient pass",
        (proof(f"{layer}: dead units, {when(facts, signals)}", f"{share:.0%}", "≥ {:.0%}",
               DEAD_SHARE),),
    )  # fmt: skip


def flat(facts: Facts, signals: Signals) -> Cause | None:
    """Most units stand where their activation is flat."""
    layer, share = largest(signals, "saturated_share")
    if not share >= SATURATED_SHARE:
        return None
    name = activation_of(facts, layer) or "the activation"
    std = signals.get("preactivation_std", {}).get(layer, math.nan)
    edge = _edge(facts, layer)
    proofs = [
        proof(f"{layer}: saturated units, {when(facts, signals)}", f"{share:.0%}", "≥ {:.0%}",
              SATURATED_SHARE)
    ]  # fmt: skip
    if std > edge:
        says = spread_beyond(name, layer, std, edge)
        proofs.append(spread_link(name, layer, std, edge))
    else:
        says = f"{share:.0%} of {layer}'s units are where {name} is flat"
    says += ", so most of the gradient is lost"
    return Cause("flat", f"{share:.0%}, {layer}", layer, says, tuple(proofs))


def wide(facts: Facts, signals: Signals) -> Cause | None:
    """The pre-activations of a layer spread beyond where its activation is flat."""
    stds = signals.get("preactivation_std", {})
    for layer, std in stds.items():
        edge = _edge(facts, layer)
        share = math.erfc(edge / (std * math.sqrt(2))) if std > 0 and math.isfinite(edge) else 0.0
        if share >= FLAT_SHARE:
            name = activation_of(facts, layer) or "the activation"
            return Cause(
                "flat", f"{share:.0%}, {layer}", layer,
                f"{spread_beyond(name, layer, std, edge)}, so most of the gradient is lost",
                (
                    proof(f"{layer}: share of inputs of {name} beyond ±{edge:.2g}, "
                          f"{when(facts, signals)}", f"{share:.0%}", "≥ {:.0%}", FLAT_SHARE),
                    spread_link(name, layer, std, edge),
                ),
            )  # fmt: skip
    return None


def spread_beyond(name: str, layer: str, std: float, edge: float) -> str:
    return f"the inputs of {name} in {layer} spread {std:.2g}; {name} is flat beyond {edge:.2g}"


def spread_link(name: str, layer: str, std: float, edge: float) -> Proof:
    source = f"there {name}'s slope is a tenth of its steepest"
    return Proof(f"{layer}: spread of the inputs of {name}", f"{std:.3g}", f"> {edge:.2g}", source)


def lost_gradient(facts: Facts, signals: Signals) -> Cause | None:
    norms = {k: v for k, v in signals.get("gradient_norm", {}).items() if not math.isnan(v)}
    if not norms:
        return None
    layer = min(norms, key=lambda name: norms[name])
    strong = max(norms, key=lambda name: norms[name])
    norm, most = norms[layer], norms[strong]
    moment = when(facts, signals)
    if norm < VANISHED_RATIO * most:
        times = f", {most / norm:.0e} times less than {strong}'s" if norm else ""
        link = proof(f"{layer}: gradient norm against {strong}'s {most:.2g}, {moment}",
                     f"{norm / most if most else 0:.1g}", "< {:g}", VANISHED_RATIO)  # fmt: skip
    elif norm < VANISHED_NORM:
        times = ""
        link = proof(f"{layer}: gradient norm, {moment}", f"{norm:.1g}", "< {:g}", VANISHED_NORM)
    else:
        return None
    says = f"the gradient of {layer} is {norm:.1g}{times}, so {layer} hardly learns"
    return Cause("lost gradient", f"{layer}, norm {norm:.1g}", layer, says, (link,))


def huge(facts: Facts, signals: Signals) -> Cause | None:
    """Pre-activations that are no numbers, or after step 0 far too large."""
    layer, std = largest(signals, "preactivation_std")
    limit = EXPLODED_STD if signals is not facts.first and facts.step else math.inf
    if not layer or std < limit:
        return None
    says = f"the pre-activations of {layer} have a spread of {std:.3g}"
    bound = "> {:g}" if math.isfinite(limit) else "no finite number"
    return Cause("long steps", layer, layer, says, (
        proof(f"{layer}: spread of pre-activations, {when(facts, signals)}", f"{std:.3g}", bound,
              EXPLODED_STD),))  # fmt: skip


def long_steps(facts: Facts) -> Cause | None:
    """First updates that go too far."""
    bend, (layer, norm) = facts.whole("overshoot"), largest(facts.first, "gradient_norm")
    if bend > OVERSHOOT:
        return Cause(
            "long steps", f"{layer}, norm {norm:.2g}", "",
            f"at step 0 the first update overshoots {bend:.3g}-fold (2 is steady): the loss rises",
            (proof("overshoot of the first update", f"{bend:.3g}", "> {:g}",
                   OVERSHOOT),),
        )  # fmt: skip
    layer, ratio = largest(facts.first, "update_ratio")
    if UPDATE_RATIO < ratio < math.inf:
        return Cause(
            "long steps", layer, layer,
            f"the first update of {layer} is {ratio:.3g} times its weights and replaces them",
            (proof(f"{layer}: first update against the weights", f"{ratio:.3g}", "> {:g}",
                   UPDATE_RATIO),),
        )  # fmt: skip
    return None


def short_steps(facts: Facts) -> Cause | None:
    """A pace far below that of the best run."""
    mine, theirs = reach(facts), facts.best_reach
    if not mine < PACE_RATIO * theirs:
        return None
    says = (
        f"at the pace of step 0 the right classes gain {amount(mine)} logits in "
        f"{facts.total_steps:,} steps, in the best run {amount(theirs)}"
    )
    return Cause("short steps", "", "", says, (
        proof("logits gained at the pace of step 0", amount(mine), f"< {{:.2g}} × {amount(theirs)}",
              PACE_RATIO),))  # fmt: skip


def strong_dropout(facts: Facts) -> Cause | None:
    """Units dropped in one layer, or in many, that leave too little of the signal."""
    if not drops_much(facts):
        return None
    shares, paths = dropout_of(facts), kept_paths(facts)
    share, depth = max(shares), len(shares)
    link = proof("dropout", f"{share:g}", "> {:g}", STRONG_DROPOUT)
    if not share > STRONG_DROPOUT:
        what = f"share of the paths through {depth} hidden layers that dropout leaves"
        link = proof(what, f"{paths:.2g}", "< {:g}", KEPT_PATHS)
    most = f"{share:.0%}" if share == min(shares) else f"up to {share:.0%}"
    where = f" in each of {depth} hidden layers" if depth > 1 else ""
    says = (
        f"{most} of the units{where} are dropped at every step, which leaves {100 * paths:.2g}% "
        "of the paths from the inputs to the outputs, so the gradient is mostly noise"
    )
    return Cause("dropout", "", "", says, (link,))


def what_holds_back(facts: Facts) -> Cause | None:
    """What the statistics show of a run that learns, and less than others; None: nothing."""
    return (
        equal_units(facts)
        or dead_units(facts, facts.now)
        or flat(facts, facts.now)
        or flat(facts, facts.first)
        or wide(facts, facts.first)
        or lost_gradient(facts, facts.first)
        or long_steps(facts)
        or short_steps(facts)
        or strong_dropout(facts)
    )


def largest(signals: Signals, quantity: str) -> tuple[str, float]:
    """(layer, value) of the largest value; one that is not a number counts as the largest."""
    values = signals.get(quantity, {})
    if not values:
        return "", -math.inf
    layer = max(values, key=lambda name: math.inf if math.isnan(values[name]) else values[name])
    return layer, values[layer]


def when(facts: Facts, signals: Signals) -> str:
    return "step 0" if signals is facts.first else f"step {facts.step:,}"


def _edge(facts: Facts, layer: str) -> float:
    """How far from 0 the layer's activation is flat on both sides; infinite where it is not."""
    entry = facts.layers.get(layer)
    low, high = entry.flat if entry else (None, None)
    return max(-low, high) if low is not None and high is not None else math.inf
