"""trainers.measure.distribution: what is counted, into which bins, and when."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch

from tests.support.memory import CPU, QUICK, Memory, trained
from tests.support.small_data import part
from trainers.measure.distribution import BINS, KINDS, MOST_NUMBERS, Bins, thinned
from trainers.measure.trial import Plan
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data

PLAN = Plan(total_steps=100, batch_size=10, eval_every=10)


def edges(scale: float, reach: float) -> np.ndarray:
    end = math.asinh(reach)
    return scale * np.sinh(np.linspace(-end, end, BINS + 1))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", [1e-6, 0.3, 50.0])
def test_counts_are_those_of_numpy_in_the_same_bins(scale: float, kind: str) -> None:
    torch.manual_seed(0)
    numbers = scale * torch.randn(1, 40, 50, dtype=torch.float64)
    share, reach = KINDS[kind]
    exact = share * numbers.square().mean().sqrt().item()
    bins = Bins({f"{kind}/fc1": numbers}, PLAN)
    later = 3 * numbers
    entry = bins.counts({f"{kind}/fc1": later})[0]["layers"]["fc1"][kind]
    assert entry[0] == pytest.approx(exact, rel=1e-3)
    assert entry[1:] == [reach, np.histogram(later.numpy(), edges(exact, reach))[0].tolist()]
    assert sum(entry[2]) == 2000


def test_what_is_beyond_the_ends_is_in_the_outer_bins_and_what_is_no_number_nowhere() -> None:
    bins = Bins({"weight/a": torch.ones(1, 4)}, PLAN)
    odd = torch.tensor([[math.inf, -1e30, math.nan, 0.0]])
    counts = bins.counts({"weight/a": odd})[0]["layers"]["a"]["weight"][2]
    assert (counts[0], counts[BINS // 2], counts[-1], sum(counts)) == (1, 1, 1, 3)


@pytest.mark.parametrize("first", [torch.zeros(1, 4), torch.full((1, 4), math.nan)])
def test_numbers_without_a_scale_get_one(first: torch.Tensor) -> None:
    layers = Bins({"gradient/a": first}, PLAN).counts({"gradient/a": first})[0]["layers"]
    assert layers["a"]["gradient"][0] == pytest.approx(1.0)


def test_of_many_numbers_some_from_everywhere_are_taken() -> None:
    numbers = torch.arange(1_000_000.0).view(1, 1000, 1000)
    some = thinned(numbers)
    assert some.shape[1] <= MOST_NUMBERS * 1.02
    assert len(torch.unique(some % 1000)) > 150  # of many columns
    assert some.max() > 999_000


@pytest.mark.parametrize(
    ("total", "every", "due"),
    [(100, 10, 11), (100, 30, 5), (6000, 1, 61), (5000, 10, 57), (7, 0, 2)],
)
def test_few_evaluations_are_taken_the_first_and_the_last_among_them(
    total: int, every: int, due: int
) -> None:
    bins = Bins({"weight/a": torch.ones(1, 4)}, Plan(total, 10, every))
    each = every or total
    steps = [s for s in range(total + 1) if (s % each == 0 or s == total) and bins.is_due(s)]
    assert len(steps) == due
    assert {0, total} <= set(steps)


def recorded(memory: Memory) -> list[tuple[int, Any]]:
    return memory.media["distribution"]


@pytest.mark.usefixtures("terse")
def test_a_run_records_every_layer_at_every_evaluation(small_mnist: Data) -> None:
    memory = trained(QUICK, small_mnist)
    assert [step for step, _ in recorded(memory)] == [0, 10, 20]
    for _, value in recorded(memory):
        assert set(value["layers"]) == {"fc1", "fc2", "out"}
        for layer in value["layers"].values():
            assert set(layer) == set(KINDS)
    first, last = (value["layers"]["fc1"]["weight"] for _, value in recorded(memory)[::2])
    assert first[0] == last[0], "the bins stay"
    assert first[2] != last[2]


@pytest.mark.parametrize(("model", "images"), [("mlp", 250), ("lenet", 50)])
@pytest.mark.thorough
@pytest.mark.usefixtures("terse")
def test_a_stack_records_what_each_run_does_alone(
    small_mnist: Data, model: str, images: int
) -> None:
    data = part(small_mnist, 1000 // images)
    shared = dataclasses.replace(QUICK, model=model, epochs=1, batch_size=images // 10)
    choices: list[dict[str, Any]] = [
        {"activation": "tanh"}, {"lr": 0.05}, {"init": "normal:std=0.01"}
    ]  # fmt: skip
    configs = [dataclasses.replace(shared, **choice) for choice in choices]
    single = [trained(config, data) for config in configs]
    for batched in (False, True):
        memories = [Memory() for _ in configs]
        train_stack(configs, data, CPU, memories, lambda *end: None, batched=batched)
        for alone, memory in zip(single, memories, strict=True):
            assert_alike(recorded(alone), recorded(memory))


def assert_alike(expected: list[tuple[int, Any]], counted: list[tuple[int, Any]]) -> None:
    """The same steps, layers, kinds and, but for what rounding moves to another bin, counts."""
    for (step, value), (other_step, other) in zip(expected, counted, strict=True):
        assert step == other_step
        for layer, kinds in value["layers"].items():
            for kind, (scale, _, counts) in kinds.items():
                assert other["layers"][layer][kind][0] == pytest.approx(scale, rel=1e-3)
                moved = np.abs(np.subtract(counts, other["layers"][layer][kind][2])).sum()
                assert moved <= 0.01 * sum(counts)
