"""trainers.tables.recipes and the flags they set: the notes' runs, and that a given flag wins."""

import argparse
from dataclasses import fields
from pathlib import Path

import pytest

from dashboard.record import reader
from tests.support.launching import Launch
from tests.support.reading import read
from trainers.config import RunConfig
from trainers.launcher.main import main
from trainers.plan.flags import add_run_flags, parse_flags, read_run_flags, recipe_settings
from trainers.plan.plan import Plan, make_plan
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import ChoiceError
from trainers.tables.inits import INITS
from trainers.tables.norms import NORMS
from trainers.tables.recipes import RECIPES


def plan_of(*argv: str) -> Plan:
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    args = parse_flags(parser, list(argv))
    return make_plan(*read_run_flags(args), args.device)


def config_of(*argv: str) -> RunConfig:
    (job,) = plan_of(*argv).jobs
    return RunConfig.from_dict(job.settings)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_makes_a_plan_that_can_run(name: str) -> None:
    assert plan_of("--recipe", name).jobs
    names = {field.name for field in fields(RunConfig)} | {"device"}
    assert set(RECIPES[name].make()) <= names


def test_the_recipes_are_the_runs_of_the_notes() -> None:
    raw = config_of("--recipe", "raw_tensors")
    assert (raw.model, raw.activation, raw.init) == ("mlp_tensors", "relu", "kaiming_normal")
    assert (raw.lr, raw.batch_size, raw.epochs, raw.output_activation) == (0.01, 200, 10, True)
    assert config_of("--recipe", "visdom").normalize is False
    assert config_of("--recipe", "visdom").activation == "leaky_relu"
    lenet = config_of("--recipe", "lenet")
    assert (lenet.dataset, lenet.activation, lenet.init) == (
        "fashion_mnist", "sigmoid", "xavier_uniform",
    )  # fmt: skip
    assert (lenet.lr, lenet.batch_size, lenet.epochs) == (0.9, 256, 10)
    assert config_of("--recipe", "mixed").init == "xavier_normal+kaiming_normal+default"


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("all_activations", len(ACTIVATIONS)),
        ("all_inits", len(INITS) - 1),
        ("grid", 36),
        ("norms", 3 * len(NORMS)),
    ],
)
def test_a_comparison_trains_everything_it_names(name: str, runs: int) -> None:
    assert len(plan_of("--recipe", name).jobs) == runs


def test_a_comparison_takes_in_an_entry_added_at_run_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, "brand_new", ACTIVATIONS["relu"])
    assert "brand_new" in [job.name for job in plan_of("--recipe", "all_activations").jobs]


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        (["--epochs", "1"], "epochs", 1),
        (["--lr", "0.01"], "lr", 0.01),  # the default of the flag itself wins too
        (["--activation", "tanh"], "activation", "tanh"),
        (["--no-output-activation"], "output_activation", False),
        (["--hidden", "30"], "hidden", (30,)),
    ],
)
def test_a_flag_given_beside_a_recipe_wins(given: list[str], field: str, value: object) -> None:
    beside = config_of("--recipe", "raw_tensors", *given)
    assert getattr(beside, field) == value
    before = config_of(*given, "--recipe", "raw_tensors")
    assert before == beside


def test_normalisation_can_be_switched_on_again() -> None:
    assert config_of("--recipe", "visdom", "--normalize").normalize is True


def test_an_unknown_recipe_is_one_sentence_that_lists_the_right_ones() -> None:
    with pytest.raises(ChoiceError) as why:
        plan_of("--recipe", "lenett")
    said = str(why.value)
    assert said.startswith("unknown recipe 'lenett', did you mean lenet?")
    assert "\n" not in said
    assert all(name in said for name in RECIPES)


def test_what_the_source_published_is_kept_with_the_record(tmp_path: Path) -> None:
    reader.make(tmp_path / "e", {"command": [], **recipe_settings("raw_tensors")})
    assert read(tmp_path / "e").published() == {"test_accuracy": 0.9371, "test_loss": 0.22}
    reader.make(tmp_path / "f", {"command": [], **recipe_settings(None)})
    assert read(tmp_path / "f").published() == {}


def test_published_stands_beside_measured_at_the_end(launch: Launch) -> None:
    launched = launch(
        "--recipe", "raw_tensors", "--epochs", "1", "--hidden", "8", "--batch-size", "6000",
        "--no-dashboard", COLUMNS="160",
    )  # fmt: skip
    assert launched.ends() == 0, launched.said
    assert "published" in launched.said
    assert "0.9371" in launched.said
    assert "raw-tensors-" in launched.said  # the experiment's name


@pytest.mark.usefixtures("main_here")
def test_recipes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    listing = capsys.readouterr().out
    for name, recipe in RECIPES.items():
        assert f"{name:<16} {recipe.says}" in listing


@pytest.mark.usefixtures("main_here")
def test_a_summary_trains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert main(["--recipe", "raw_tensors", "--seed", "0", "1", "--summary"]) == 0
    assert capsys.readouterr().out.count("199,210 parameters") == 1
    assert not (tmp_path / "runs").exists()
