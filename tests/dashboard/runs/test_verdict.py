"""dashboard.runs.verdict: every rule finds its own case, in the right order, and says where and
why."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.record.states import ENDED
from dashboard.runs import thresholds
from dashboard.runs.facts import Facts
from dashboard.runs.rules import RULES
from dashboard.runs.verdict import KINDS, LEARNS, rules_table, verdict
from tests.support.invented_facts import at, known, numbers

BLIND = ((5, 0, 0), (1, 4, 0), (2, 3, 0))
SILENT = at(gradient_norm=(2e-6, 1e-3, 1.1), label_growth=1e-8)
CASES: dict[str, tuple[str, Facts]] = {
    "a good start": ("healthy", known()),
    "a good run": ("healthy", known(0.96)),
    "the loss is NaN": ("diverged", known(bad_loss=(17, math.nan))),
    "the loss is infinite after a good start": ("diverged", known(0.9, bad_loss=(17, math.inf))),
    "equal units": ("symmetric", known(first=at(twin_share=(1.0, 1.0, 0.0)))),
    "equal units, later": ("symmetric", known(0.3, first=at(twin_share=(1.0, 1.0, 0.0)))),
    "equal units that learn after all": ("healthy", known(0.9, first=at(twin_share=(1.0, 0.0)))),
    "equal units that dropout tells apart": (
        "healthy", known(first=at(twin_share=(1.0, 1.0, 0.0)), noisy=True),
    ),
    "a step far too long": ("exploding", known(first=at(overshoot=40.0))),
    "a long step that was survived": ("healthy", known(0.95, first=at(overshoot=40.0))),
    "an update larger than the weights": (
        "exploding", known(first=at(update_ratio=(0.1, 0.2, 3.0))),
    ),
    "first weights of 0 have no ratio": ("healthy", known(first=at(update_ratio=(math.inf, 0.1)))),
    "numbers beyond all bounds": ("exploding", known(first=at(preactivation_std=(1.0, math.inf)))),
    "not a number": ("exploding", known(first=at(preactivation_std=(math.nan, 1.0)))),
    "grown huge": ("exploding", known(0.1, now=at(preactivation_std=(2.0, 9e3, 8e4)))),
    "dead from the start": ("dead units", known(first=at(dead_share=(0.0, 1.0), label_growth=0.0))),
    "died on the way": ("dead units", known(0.1, now=at(dead_share=(0.2, 1.0)))),
    "dead but learning": ("healthy", known(0.9, now=at(dead_share=(0.97, 0.1)))),
    "flat": (
        "saturated", known(first=at(saturated_share=(0.9, 0.8), gradient_agreement=0.05)),
    ),
    "a silent start stays the cause, whatever comes of it": (
        "vanishing gradient", known(0.11, first=SILENT, now=at(saturated_share=(0.9, 0.9))),
    ),
    "flat and huge": (
        "saturated",
        known(0.1, now=at(saturated_share=(0.9, 0.9), preactivation_std=(2e3, 30.0, 20.0))),
    ),
    "flat but learning": ("healthy", known(0.7, first=at(saturated_share=(0.9, 0.8)))),
    "no gradient reaches the first layer": ("vanishing gradient", known(first=SILENT)),
    "no gradient, later": ("vanishing gradient", known(0.11, first=SILENT, now=SILENT)),
    "no gradient was needed": ("healthy", known(0.9, first=SILENT, now=SILENT)),
    "a rate too low": ("stuck at chance", known(first=at(label_growth=1e-6))),
    "hidden beneath the first logits": (
        "stuck at chance", known(first=at(label_growth=0.001, preactivation_std=(1.0, 1.0, 9.0))),
    ),
    "halves that disagree": ("stuck at chance", known(first=at(gradient_agreement=0.01))),
    "guessing after a third": ("stuck at chance", known(0.11, step=100)),
    "guessing early": ("healthy", known(0.11, step=50)),
    "guessing at the end": ("stuck at chance", known(0.19, is_done=True)),
    "late at step 0": ("slow", known(first=at(label_growth=0.001))),
    "behind the best": ("behind", known(0.7, best_peer=0.95, best_gain=0.85)),
    "behind, but a little": ("healthy", known(0.93, best_peer=0.95, best_gain=0.85)),
    "behind, but no more than a seed": (
        "healthy", known(0.9, best_peer=0.95, best_gain=0.85, spread=0.02),
    ),
    "behind by more than seeds": (
        "behind", known(0.9, best_peer=0.95, best_gain=0.85, spread=0.01),
    ),
    "not there at the end": (
        "slow", known(0.4, is_done=True, best_peer=0.4, best_gain=0.3),
    ),
    "an error ended it": ("failed", known(0.9, state="failed", error="out of memory.")),
    "an error before its first number": ("failed", Facts(state="failed")),
    "an error after the loss was NaN": (
        "diverged", known(0.9, state="failed", error="NaN", bad_loss=(17, math.nan)),
    ),
    "diverged by its own word": ("diverged", known(0.9, state="diverged")),
    "stopped on the way": ("stopped", known(0.9, step=60, state="stopped")),
    "stopped before its first number": ("stopped", Facts(state="stopped")),
    "stopped before one could know": ("stopped", known(0.11, step=10, state="stopped")),
    "no nine": ("never says a class", known(0.9, confusion=BLIND, class_names=["a", "b", "9"])),
    "no nine yet": ("healthy", known(0.9, step=10, confusion=BLIND)),
    "no nine in the test set": ("healthy", known(0.9, confusion=((5, 0, 0), (0, 5, 0), (0, 0, 0)))),
    "two classes, half right": ("stuck at chance", known(0.48, is_done=True, classes=2)),
    "two classes, mostly right": ("healthy", known(0.8, is_done=True, classes=2)),
    "numbers, no better than one for all": ("one answer for all", numbers(0.01)),
    "numbers, no better than one, dead": (
        "dead units", numbers(0.01, now=at(dead_share=(0.2, 1.0))),
    ),
    "numbers that are learned": ("healthy", numbers(0.4)),
    "numbers, equal units": ("symmetric", numbers(0.3, first=at(twin_share=(1.0, 1.0, 0.0)))),
    "numbers, stopped": ("stopped", numbers(0.4, state="stopped")),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_every_case_has_its_verdict(case: str) -> None:
    kind, facts = CASES[case]
    judgement = verdict(facts)
    assert judgement.kind == kind
    assert judgement.text.startswith(kind.removesuffix(" a class"))
    assert judgement.evidence
    assert not judgement.evidence.endswith(".")
    assert judgement.step == facts.step
    assert judgement.doomed == (kind not in LEARNS)
    assert (judgement.tone == "good") == (kind == "healthy")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_case(kind: str) -> None:
    assert kind in {kind for kind, _ in CASES.values()}


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("the loss is NaN", "diverged (step 17, loss nan)"),
        ("equal units", "symmetric (fc1)"),
        ("dead from the start", "dead units (100%, fc2)"),
        ("flat", "saturated (90%, fc1)"),
        ("no gradient reaches the first layer", "vanishing gradient (fc1, norm 2e-06)"),
        ("an update larger than the weights", "exploding (out)"),
        ("behind the best", "behind: no cause seen"),
        ("no nine", "never says 9"),
        ("an error ended it", "failed"),
        ("stopped on the way", "stopped"),
    ],
)
def test_the_text_names_the_place_and_the_number(case: str, text: str) -> None:
    assert verdict(CASES[case][1]).text == text


def test_more_steps_make_a_slow_start_good_enough() -> None:
    start = at(label_growth=1e-4)
    assert verdict(known(first=start, total_steps=300)).kind == "stuck at chance"
    assert verdict(known(first=start, total_steps=3000)).kind == "slow"
    assert verdict(known(first=start, total_steps=30_000)).kind == "healthy"


def test_nothing_is_said_of_a_run_that_waits() -> None:
    judgement = verdict(Facts())
    assert (judgement.kind, judgement.text, judgement.doomed) == ("healthy", "–", False)


@pytest.mark.parametrize("case", CASES)
def test_judging_changes_no_fact(case: str) -> None:
    """Its statistics are dicts and lists, which other windows read too."""
    facts = CASES[case][1]
    before = repr(facts)
    verdict(facts)
    assert repr(facts) == before


def test_what_was_judged_before_does_not_count() -> None:
    forwards = {case: verdict(facts) for case, (_, facts) in CASES.items()}
    backwards = {case: verdict(facts) for case, (_, facts) in reversed(CASES.items())}
    assert forwards == backwards
    assert {case: judgement.kind for case, judgement in backwards.items()} == {
        case: kind for case, (kind, _) in CASES.items()
    }


def test_runs_without_statistics_are_judged_by_their_accuracy() -> None:
    """Recorded by others, or before there were statistics."""
    assert verdict(Facts(accuracy=[(0, 0.1), (300, 0.95)], total_steps=300)).kind == "healthy"
    assert (
        verdict(Facts(accuracy=[(0, 0.1), (300, 0.1)], total_steps=300)).kind == "stuck at chance"
    )
    assert verdict(Facts(accuracy=[(0, 0.1)], total_steps=300)).kind == "healthy"


def test_the_table_names_every_rule_and_its_thresholds() -> None:
    table = rules_table()
    for rule in RULES:
        assert f"| {rule.kind} | {rule.when} |" in table
    for name in ("TWIN_SHARE", "OVERSHOOT", "DEAD_SHARE", "REACH", "BEHIND_SHARE"):
        value = getattr(thresholds, name)
        assert f"{value:g}" in table or f"{value:.0%}" in table


def test_a_run_of_which_step_0_says_too_little_gets_no_number_that_is_none() -> None:
    facts = Facts(first={"preactivation_std": {"fc1": 1.0}}, total_steps=100)
    assert verdict(facts).kind == "healthy"
    assert "nan" not in verdict(facts).evidence


BAD_STATES = sorted(ENDED - {"done"})


@given(
    case=st.sampled_from(sorted(CASES)),
    state=st.sampled_from(BAD_STATES),
    accuracy=st.floats(0, 1),
    step=st.integers(0, 300),
    error=st.text(max_size=9),
)
def test_a_run_that_failed_diverged_or_was_stopped_is_never_healthy(
    case: str, state: str, accuracy: float, step: int, error: str
) -> None:
    facts = CASES[case][1]
    accuracies = facts.accuracy and [(0, 0.1), (step, accuracy)]
    judgement = verdict(
        replace(facts, state=state, accuracy=accuracies, error=error, is_done=False)
    )
    assert judgement.kind != "healthy"
    assert judgement.tone in ("warn", "bad")
    assert judgement.sentence.endswith(".")


@pytest.mark.parametrize("case", [case for case, (kind, _) in CASES.items() if kind != "healthy"])
def test_every_verdict_but_healthy_carries_its_numbers_and_thresholds(case: str) -> None:
    judgement = verdict(CASES[case][1])
    assert judgement.proofs
    for proof in judgement.proofs:
        assert proof.what
        assert proof.value
        assert proof.limit
        assert "nan" not in proof.limit


def test_no_remedy_is_proposed_where_nothing_is_known_of_the_settings() -> None:
    assert all(verdict(replace(facts, settings={})).remedy is None for _, facts in CASES.values())
