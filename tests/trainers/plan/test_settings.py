"""trainers.plan.settings: the settings that vary, as a person writes them."""

from typing import Any

import pytest

from trainers.build import optimizer_for
from trainers.config import ConfigError, RunConfig
from trainers.launcher.main import main
from trainers.launcher.train import make_parser
from trainers.plan.flags import parse_flags, read_run_flags
from trainers.plan.plan import make_plan, plan_more
from trainers.plan.settings import GRID_FIELDS, LISTS, SWITCHES, TABLES, canonical, flag, written

FEW = ["--activation", "relu", "--init", "default"]


def configs(*argv: str) -> list[RunConfig]:
    args = parse_flags(make_parser(), [*FEW, *argv])
    plan = make_plan(*read_run_flags(args), device="cpu")
    return [RunConfig.from_dict(job.settings) for job in plan.jobs]


def test_every_field_of_a_grid_is_a_setting_of_a_run() -> None:
    assert set(GRID_FIELDS) <= set(RunConfig().as_dict())
    assert len(GRID_FIELDS) == len(set(GRID_FIELDS))


VALUES: dict[str, tuple[list[str], list[Any]]] = {
    "hidden": (["100", "100x50", "200x200x200", "none"], [(100,), (100, 50), (200,) * 3, ()]),
    "channels": (["8x16", "4"], [(8, 16), (4,)]),
    "dropout": (["0", "0.5", "0.2x0.5", "none"], [(0.0,), (0.5,), (0.2, 0.5), ()]),
    "skip": (["no", "yes"], [False, True]),
    "weight_decay": (["0", "1e-4", "0.1"], [0.0, 1e-4, 0.1]),
    "clip_norm": (["0", "1"], [0.0, 1.0]),
}


@pytest.mark.parametrize("field", VALUES)
def test_several_values_make_a_run_each(field: str) -> None:
    texts, values = VALUES[field]
    of_model = ["--model", "cnn"] if field == "channels" else []
    made = configs(flag(field), *texts, *of_model)
    assert [getattr(config, field) for config in made] == values


@pytest.mark.parametrize("field", [field for field in TABLES if field not in ("dataset", "init")])
def test_every_table_makes_a_run_of_each_of_its_entries(field: str) -> None:
    made = configs(flag(field), *TABLES[field])
    assert [getattr(config, field) for config in made] == list(TABLES[field])


@pytest.mark.parametrize("field", VALUES)
def test_a_value_is_read_back_as_it_is_written(field: str) -> None:
    for value in VALUES[field][1]:
        text = written(field, value)
        assert canonical(field, text) == value
        assert canonical(field, list(value) if isinstance(value, tuple) else value) == value


def test_what_one_value_meant_it_still_means() -> None:
    assert configs("--hidden", "30")[0].hidden == (30,)
    assert configs("--hidden")[0].hidden == ()
    assert configs("--skip")[0].skip is True
    assert configs("--dropout", "0.2")[0].dropout == (0.2,)
    (base,) = configs()
    assert (base.hidden, base.channels, base.dropout, base.skip) == (None, None, (), False)
    assert (base.weight_decay, base.clip_norm) == (None, 0.0)


def test_widths_that_were_one_network_are_refused_with_both_ways_to_say_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--dry-run", "--hidden", "200", "100"])
    said = capsys.readouterr().err
    assert "--hidden 200x100 " not in said
    assert "write 200x100 for one network with these layers, or 200x 100x for a network" in said
    assert [config.hidden for config in configs("--hidden", "200x", "100x")] == [(200,), (100,)]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--hidden", "2.5x3"], "--hidden '2.5x3' is not allowed: it must be a number for each"),
        (["--hidden", "0"], "--hidden 0 is not allowed: it must be layer widths in 1 .. 65536"),
        (["--dropout", "half"], "--dropout 'half' is not allowed"),
        (["--dropout", "1.5"], r"must be probabilities in \[0, 1\)"),
        (["--channels", "none", "--model", "cnn"], "--channels none is not allowed"),
        (["--skip", "maybe"], "--skip 'maybe' is not allowed: it must be yes or no"),
        (["--weight-decay", "-1"], "--weight-decay -1.0 is not allowed: it must be a number of"),
        (["--clip-norm", "-1"], "--clip-norm -1.0 is not allowed: it must be a number of"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(argv: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        configs(*argv)


@pytest.mark.parametrize("optimizer", TABLES["optimizer"])
def test_the_weight_decay_of_a_run_is_that_of_its_optimizer(optimizer: str) -> None:
    import torch

    weights = [torch.nn.Parameter(torch.ones(2))]
    made = optimizer_for(RunConfig(optimizer=optimizer, weight_decay=0.25))(weights, 0.1)
    assert made.defaults["weight_decay"] == 0.25
    with pytest.raises(ValueError, match="has its own weight decay beside --weight-decay"):
        optimizer_for(RunConfig(optimizer=f"{optimizer}:weight_decay=0.1", weight_decay=0.25))


def test_runs_that_are_added_take_the_same_words() -> None:
    base = RunConfig().as_dict()
    choices: dict[str, list[Any]] = {
        "hidden": ["100x50"],
        "norm": ["batch"],
        "dropout": [[0.1]],
        "skip": ["no"],
    }
    (job,) = plan_more([base], {"a": base}, choices)
    config = RunConfig.from_dict(job.settings)
    assert (config.hidden, config.norm, config.dropout) == ((100, 50), "batch", (0.1,))


def test_lists_and_switches_are_fields_of_the_grid() -> None:
    assert {*LISTS, *SWITCHES} <= set(GRID_FIELDS)
