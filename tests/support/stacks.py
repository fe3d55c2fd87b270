"""Runs that share a stack, what they record there, and whether that is the same as elsewhere."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.memory import Memory
from trainers.config import RunConfig
from trainers.stack.train import train_stack
from trainers.tables.datasets import Data
from trainers.tape import Diverged

BASE = RunConfig(
    epochs=2, batch_size=50, eval_every=1000, lr=0.05, init="xavier_normal", hidden=(48, 32)
)
"""10 steps on 250 images, evaluated at the start and at the end."""


def some(base: RunConfig, *settings: dict[str, Any]) -> list[RunConfig]:
    return [dataclasses.replace(base, **each) for each in settings]


MIXED = some(
    BASE,
    {"activation": "tanh"},
    {"activation": "relu", "init": "kaiming_normal", "loss": "mse"},
    {"activation": "leaky_relu:negative_slope=0.2", "init": "default", "loss": "mse", "lr": 0.1},
    {"activation": "tanh+relu", "init": "normal+kaiming_uniform", "loss": "bce"},
    {"activation": "selu", "init": "lecun_normal", "loss": "cross_entropy:label_smoothing=0.1"},
    {"activation": "relu", "init": "orthogonal", "loss": "smooth_l1", "lr": 0.02},
)
STEADY_SERIES = {"train_loss", "train_accuracy", "test_loss", "test_accuracy",
                 "signal/early_accuracy/all", "signal/early_loss/all"}  # fmt: skip


def stacked(configs: Sequence[RunConfig], data: Data, **how: Any) -> list[Memory]:
    memories = [Memory() for _ in configs]
    train_stack(configs, data, data.train_y.device, memories, never, **how)
    return memories


def never(member: int, why: Diverged | None) -> None:
    raise AssertionError(f"run {member}: {why}")


def assert_same(a: Memory, b: Memory, rtol: float = 1e-5) -> None:
    """The same series with the same steps and, to `rtol`, values; the same pictures and texts."""
    assert a.points.keys() == b.points.keys() >= STEADY_SERIES
    for series, points in a.points.items():
        steps, values = zip(*points, strict=True)
        other_steps, other_values = zip(*b.points[series], strict=True)
        assert other_steps == steps
        assert other_values == pytest.approx(values, rel=rtol, abs=1e-9, nan_ok=True), series
    assert a.media.keys() == b.media.keys() >= {"x", "model"}
    assert (a.total_steps, a.steps_per_epoch) == (b.total_steps, b.steps_per_epoch)
