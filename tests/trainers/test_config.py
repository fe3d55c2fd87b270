"""trainers.config: what a run is, how it is called, and the grid of choices."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainers.config import ConfigError, RunConfig, grid, run_names


def test_a_config_survives_json() -> None:
    config = RunConfig(hidden=(100, 50), dropout=(0.5,), lr=0.3, activation="tanh+relu")
    assert RunConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lr", 0.0), ("lr", -1.0), ("lr", math.nan), ("lr", math.inf), ("lr", 1e300),
        ("batch_size", 0),
        ("test_batch_size", 0), ("epochs", 0), ("eval_every", -1), ("seed", -1), ("hidden", (0,)),
        ("dropout", (1.0,)), ("dropout", (-0.1,)),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused_with_what_is_allowed(field: str, value: Any) -> None:
    values: dict[str, Any] = {field: value}
    with pytest.raises(ConfigError, match=f"--{field.replace('_', '-')} .* it must be"):
        RunConfig(**values)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lr", "0.1"), ("lr", True), ("lr", None), ("batch_size", "auto"), ("epochs", 1.5),
        ("seed", [1]), ("dataset", 3), ("model", {}), ("activation", ["relu"]), ("hidden", 100),
        ("hidden", ["a"]), ("hidden", [1.5]), ("dropout", "half"), ("dropout", [None]),
        ("normalize", "no"), ("precision", None),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_in_a_record_is_refused(field: str, value: Any) -> None:
    settings = RunConfig(hidden=(3,), dropout=(0, 0.5), lr=1).as_dict()
    assert RunConfig.from_dict(settings).lr == 1
    with pytest.raises(ConfigError, match=f"--{field.replace('_', '-')} .* it must be"):
        RunConfig.from_dict({**settings, field: value})


def test_a_grid_is_every_combination_in_order() -> None:
    configs = grid(RunConfig(), {"activation": ["relu", "tanh"], "seed": [0, 1, 0]})
    assert [(c.activation, c.seed) for c in configs] == [
        ("relu", 0), ("relu", 1), ("tanh", 0), ("tanh", 1),
    ]  # fmt: skip


def test_a_run_is_named_by_the_settings_that_differ() -> None:
    choices: dict[str, list[Any]] = {
        "activation": ["relu", "tanh"], "init": ["kaiming_normal"], "seed": [0, 1],
    }  # fmt: skip
    assert run_names(grid(RunConfig(), choices)) == ["relu-s0", "relu-s1", "tanh-s0", "tanh-s1"]


def test_a_name_of_many_settings_is_cut_and_stays_unique() -> None:
    layers = "leaky_relu:negative_slope=0.2+tanh+relu+softplus:beta=2+elu:alpha=0.5+gelu+silu+relu"
    choices: dict[str, list[Any]] = {"activation": [f"{layers}+relu", f"{layers}+tanh"]}
    names = run_names(grid(RunConfig(), choices))
    assert len(set(names)) == 2
    assert max(len(name) for name in names) < 100


@pytest.mark.parametrize("widths", [(65536, 65536), (300, 65536, 5000)])
def test_a_network_that_fits_in_no_memory_is_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match=r"--hidden .* weights between them"):
        RunConfig(hidden=widths)


def test_a_lone_run_is_named_by_its_activation_and_init() -> None:
    assert run_names([RunConfig()]) == ["relu-default"]


@given(
    st.lists(
        st.sampled_from(["relu", "leaky_relu:negative_slope=0.2", "tanh+relu", "softplus:beta=2"]),
        min_size=1,
        unique=True,
    ),
    st.lists(st.floats(1e-6, 10), min_size=1, unique=True),
)
def test_names_are_unique_and_safe_in_an_address(activations: list[str], lrs: list[float]) -> None:
    names = run_names(grid(RunConfig(), {"activation": activations, "lr": lrs}))
    assert len(set(names)) == len(names)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.-") for name in names)
