"""What a verdict says: cause, number, meaning and remedy as one text, and what dropout adds."""

from dashboard.runs.facts import Layer
from dashboard.runs.verdict import verdict
from tests.support.invented_facts import at, known

DENSE = {"fc1": Layer(784, 200, 0.1, (-1.82, 1.82)), "fc2": Layer(200, 200, 0.1, (-1.82, 1.82)),
         "out": Layer(200, 10, 0.1)}  # fmt: skip
TANH = {"activation": "tanh", "init": "normal", "lr": 0.1, "optimizer": "sgd", "dropout": [],
        "loss": "cross_entropy"}  # fmt: skip


def test_cause_number_meaning_and_remedy_make_one_text() -> None:
    start = at(preactivation_std=(2.8, 1.1, 0.9), saturated_share=(0.8, 0.1), label_growth=1e-8)
    judgement = verdict(known(first=start, layers=DENSE, settings=TANH))
    assert judgement.sentence == (
        "The inputs of tanh in fc1 spread 2.8; tanh is flat beyond 1.8, so most of the gradient is "
        "lost: at the pace of step 0 the right classes gain 3e-06 logits in 300 steps. "
        "Try xavier_normal (1.3 expected)."
    )
    assert judgement.remedy is not None
    assert judgement.remedy.settings == {"init": "xavier_normal"}
    assert judgement.lesson == ("atlas_activations", "tanh", "where tanh is flat")
    saturated, spread, pace = judgement.proofs
    assert saturated[:3] == ("fc1: saturated units, step 0", "80%", "≥ 50%")
    assert "Glorot" in saturated.source
    assert spread[1:3] == ("2.8", "> 1.8")
    assert pace[1:3] == ("3e-06", "< 0.04")


def test_a_run_behind_is_told_the_cause_that_the_statistics_show() -> None:
    flat = at(preactivation_std=(2.8, 1.1, 0.9), saturated_share=(0.8, 0.1))
    judgement = verdict(
        known(0.7, first=flat, layers=DENSE, settings=TANH, best_peer=0.95, best_gain=0.85)
    )
    assert judgement.text == "behind: flat (fc1)"
    assert judgement.evidence.endswith(
        ": test accuracy 0.7000 at step 300, where the best run had 0.9500"
    )
    assert judgement.remedy is not None
    assert judgement.proofs[0].limit == "> 0.043 = 0.05 × the best run's gain"


def test_a_pace_far_below_the_best_runs_is_a_cause() -> None:
    slow = known(
        0.7, best_peer=0.95, best_gain=0.85, best_reach=200.0, settings=TANH | {"lr": 1e-3}
    )
    judgement = verdict(slow)
    assert judgement.text == "behind: short steps"
    assert judgement.remedy is not None
    assert judgement.remedy.settings["lr"] == 0.1


DEEP = {f"fc{i}": Layer(200, 200, 0.1, (-1.82, 1.82)) for i in range(1, 6)} | {
    "out": Layer(200, 10, 0.1)
}
HALVED = TANH | {"dropout": [0.5], "init": "xavier_normal"}
NOISE = (
    "50% of the units in each of 5 hidden layers are dropped at every step, which leaves 3.1% of "
    "the paths from the inputs to the outputs, so the gradient is mostly noise"
)


def test_dropout_in_many_layers_is_said_beside_the_cause_where_the_remedy_ends_it() -> None:
    flat = at(saturated_share=(0.8, 0.1))
    judgement = verdict(known(0.1, now=flat, layers=DEEP, settings=HALVED))
    assert judgement.kind == "saturated"
    assert judgement.sentence == (
        "80% of fc1's units are where tanh is flat, so most of the gradient is lost: test accuracy "
        f"is still 0.100 after 300 steps; besides, {NOISE}. Try no dropout."
    )
    paths = judgement.proofs[-1]
    assert paths[:3] == (
        "share of the paths through 5 hidden layers that dropout leaves", "0.031", "< 0.0625",
    )  # fmt: skip
    assert "Schoenholz" in paths.source


def test_dropout_in_many_layers_that_is_all_there_is_to_see_is_the_cause() -> None:
    judgement = verdict(known(0.7, layers=DEEP, settings=HALVED, best_peer=0.95, best_gain=0.85))
    assert judgement.text == "behind: dropout"
    assert judgement.sentence.startswith(NOISE)
    assert judgement.sentence.count("dropped") == 1


def test_dropout_that_the_remedy_keeps_is_not_blamed() -> None:
    flat = at(preactivation_std=(2.8, 1.1, 0.9), saturated_share=(0.8, 0.1))
    mild = TANH | {"dropout": [0.2]}
    judgement = verdict(known(0.1, now=flat, first=flat, layers=DEEP, settings=mild))
    assert judgement.remedy is not None
    assert "dropout" not in judgement.remedy.settings
    assert "dropped" not in judgement.sentence


def test_a_run_that_says_most_classes_never_is_not_told_them_all() -> None:
    counts = [[1, *([0] * 9)] for _ in range(10)]
    facts = known(0.3, confusion=counts)
    assert verdict(facts).text == "never says 9 of 10 classes"
    assert len(verdict(facts).proofs) == 9
