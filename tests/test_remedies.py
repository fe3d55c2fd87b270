"""dashboard.runs.remedies names what the trainers' tables hold, and its figures are theirs."""

import itertools
from typing import Any

import pytest
import torch

from dashboard.runs import remedies
from dashboard.runs.causes import what_holds_back
from dashboard.runs.facts import Facts, Layer
from dashboard.runs.remedies import INIT_FOR, PRESCRIPTIONS, RATES, remedy
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.tables.optimizers import OPTIMIZERS


def test_every_activation_of_the_table_has_an_init_that_it_is_made_for() -> None:
    assert INIT_FOR.keys() == ACTIVATIONS.keys()


def test_every_name_is_one_of_the_tables() -> None:
    for advice in INIT_FOR.values():
        assert {advice.name, *advice.as_good} <= INITS.keys()
    assert {remedies.DEEP, remedies.CURED_OF_DEATH, *remedies.SQUASHING} <= ACTIVATIONS.keys()
    assert LOSSES.keys() >= remedies.OF_CLASSES
    assert RATES.keys() == OPTIMIZERS.keys()


@pytest.mark.parametrize("advice", {each.name: each for each in INIT_FOR.values()}.values())
@pytest.mark.parametrize("fans", [(784, 200), (200, 10), (50, 400)])
def test_the_std_that_is_expected_is_the_tables_own(
    advice: remedies.InitAdvice, fans: tuple[int, int]
) -> None:
    theory = INITS[advice.name].theory
    assert theory is not None
    assert advice.std(*fans) == pytest.approx(theory((fans[1], fans[0])))


def facts_of(settings: dict[str, Any]) -> Facts:
    """Of a run with these settings and statistics that say no more than where it would be."""
    config = RunConfig.from_dict(settings)
    depth = len(config.hidden or ()) + 1
    layers = {f"fc{i}": Layer(100, 100, 0.1) for i in range(1, depth + 1)}
    return Facts(settings=config.as_dict(), layers=layers)


CHOICES: dict[str, list[Any]] = {
    "activation": ["relu", "tanh", "sigmoid", "selu", "leaky_relu:negative_slope=0.2", "tanh+relu"],
    "init": ["zeros", "kaiming_normal:mode=fan_out", "xavier_uniform"],
    "optimizer": ["sgd", "sgd:momentum=0.9", "adam:weight_decay=0.1"],
    "lr": [1e-6, 0.05, 30.0],
    "dropout": [[], [0.8]],
}
SETTINGS = [
    dict(zip(CHOICES, values, strict=True)) | {"hidden": [30] * depth, "loss": loss}
    for values in itertools.product(*CHOICES.values())
    for depth, loss in ((2, "mae"), (9, "cross_entropy"))
]


@pytest.mark.parametrize("cause", PRESCRIPTIONS)
def test_every_remedy_can_be_trained_and_changes_something(cause: str) -> None:
    built = set()
    for settings in SETTINGS:
        facts = facts_of(settings)
        proposed = remedy(cause, facts)
        if proposed is None:
            continue
        after = RunConfig.from_dict({**facts.settings, **proposed.settings})
        assert after != RunConfig.from_dict(facts.settings)
        assert proposed.says.startswith("Try ")
        shape = (after.activation, after.init, after.hidden, after.dropout)
        if shape not in built:
            built.add(shape)
            with torch.random.fork_rng(devices=[]):
                build_for(after)
    assert built


@pytest.mark.parametrize("cause", PRESCRIPTIONS)
def test_no_remedy_is_proposed_where_all_is_as_it_should_be(cause: str) -> None:
    good = {"activation": "relu", "init": "kaiming_normal", "lr": 0.1, "hidden": [30, 30]}
    proposed = remedy(cause, facts_of(good))
    # What still goes wrong at these settings is the length of the steps, or units that died.
    changed = {"long steps": {"lr"}, "dead units": {"activation"}}.get(cause, set())
    assert (set(proposed.settings) if proposed else set()) == changed


@pytest.mark.parametrize(
    ("optimizer", "lr", "expected"),
    [("sgd", 1.0, 0.1), ("sgd:momentum=0.9", 1.0, 0.01), ("adam", 0.1, 0.003)],
)
def test_the_rate_that_is_proposed_is_the_optimisers_own(
    optimizer: str, lr: float, expected: float
) -> None:
    facts = facts_of({"init": "kaiming_normal", "optimizer": optimizer, "lr": lr})
    proposed = remedy("long steps", facts)
    assert proposed is not None
    assert proposed.settings["lr"] == pytest.approx(expected)


@pytest.mark.parametrize(("hidden", "ends"), [(4, False), (5, True)])
def test_dropout_of_half_the_units_is_ended_where_more_than_four_layers_have_it(
    hidden: int, ends: bool
) -> None:
    facts = facts_of({"dropout": [0.5], "hidden": [30] * hidden, "init": "zeros"})
    proposed = remedy("equal units", facts)
    assert proposed is not None
    assert ("dropout" in proposed.settings) is ends
    assert proposed.says.endswith("no dropout") is ends


def test_nothing_holds_back_a_run_of_which_nothing_is_known() -> None:
    assert what_holds_back(Facts()) is None
