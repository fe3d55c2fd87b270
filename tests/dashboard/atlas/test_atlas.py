"""dashboard.atlas: a window for every entry and every link, computed once somebody looks at it."""

import argparse
import json
import threading
from collections.abc import Collection, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from dashboard.atlas.on_demand import WithAtlas
from dashboard.atlas.pieces import ENVIRONMENTS, caption_lines
from dashboard.atlas.scene import AtlasScene
from dashboard.board.messages import PAGE_COLUMNS, arrange
from dashboard.board.scene import Place
from dashboard.runs.facts import Facts, Layer
from dashboard.runs.lessons import lesson
from dashboard.runs.remedies import PRESCRIPTIONS
from tests.support.atlas_numbers import Numbers, atlas_numbers
from tests.support.launching import Launch, until
from trainers.atlas import atlas
from trainers.config import RunConfig
from trainers.plan.flags import add_run_flags, list_choices
from trainers.tables.activations import ACTIVATIONS, Activation
from trainers.tables.inits import INITS, Init
from trainers.tables.losses import LOSSES, Loss
from trainers.tables.models import MODELS, Model


@pytest.fixture(scope="module")
def numbers() -> Numbers:
    return atlas_numbers()


def test_every_window_can_be_sent_and_fits_its_row(numbers: Numbers) -> None:
    environments = dict(AtlasScene(numbers).environments())
    assert list(environments) == list(ENVIRONMENTS)
    for places in environments.values():
        assert len({place.name for place in places}) == len(places)
        for place in places:
            assert json.loads(json.dumps(place.draw().packet(), allow_nan=False))["data"]
        items = arrange([place.window for place in places])
        assert max(item["x"] + item["w"] for item in items) <= PAGE_COLUMNS


def test_every_entry_of_the_tables_has_a_window(numbers: Numbers) -> None:
    environments = dict(AtlasScene(numbers).environments())
    for name, table in (
        ("atlas_activations", ACTIVATIONS), ("atlas_inits", INITS), ("atlas_losses", LOSSES),
        ("atlas_layers", MODELS),
    ):  # fmt: skip
        assert {place.name for place in environments[name]} >= set(table)


def test_a_caption_shows_signs_of_comparison_as_they_are() -> None:
    assert "x &gt; 0" in " ".join(caption_lines(["x if x > 0 else 0"], 330))


class Step(nn.Module):
    """A function without a slope anywhere."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x > 0).to(x.dtype)


ADDED: dict[str, tuple[dict[str, Any], Any, str]] = {
    "activation": (ACTIVATIONS, Activation(Step, "a step", "S", "1 if x > 0", "all"),
                   "atlas_activations"),
    "init": (INITS, Init(lambda: lambda w, g: nn.init.constant_(w, 2), "all 2", "S"),
             "atlas_inits"),
    "loss": (LOSSES, Loss(lambda: LOSSES["mse"].make(), "as mse", "S", "e²", "raw with one-hot"),
             "atlas_losses"),
    "model": (MODELS, Model(MODELS["mlp"].make, "a second mlp", "S"), "atlas_layers"),
}  # fmt: skip


@pytest.fixture(scope="module")
def added() -> dict[str, list[Place]]:
    """The environments of an atlas that was computed while each table had an entry more."""
    with pytest.MonkeyPatch.context() as patch:
        for kind, (table, entry, _) in ADDED.items():
            patch.setitem(table, f"new_{kind}", entry)
        return dict(AtlasScene(atlas()).environments())


@pytest.mark.parametrize("kind", ADDED)
@pytest.mark.thorough
def test_an_entry_added_at_run_time_is_found_by_parser_list_and_atlas(
    kind: str, added: dict[str, list[Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, entry, environment = ADDED[kind]
    monkeypatch.setitem(table, f"new_{kind}", entry)
    parser = argparse.ArgumentParser()
    add_run_flags(parser)
    assert f"new_{kind}" in parser.format_help()
    assert any(f"new_{kind}" in line and entry.says in line for line in list_choices())
    (place,) = (place for place in added[environment] if place.name == f"new_{kind}")
    json.dumps(place.draw().packet(), allow_nan=False)


def test_the_atlas_starts_with_one_command_and_ends_when_it_is_drawn(launch: Launch) -> None:
    launched = launch("atlas", "--no-browser", "--exit")
    assert launched.ends() == 0, launched.said
    assert "/env/atlas_activations" in launched.said
    launched.leaves_nobody()


class Nothing:
    """A scene without an environment."""

    lock = threading.RLock()

    def look(self, environments: Collection[str]) -> None:
        pass

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        yield "e_compare", []

    def alive(self) -> bool:
        return False


def listed(scene: WithAtlas) -> list[str]:
    return [where for where, _ in scene.environments()]


def test_the_atlas_is_computed_once_a_page_looks_at_it(numbers: Numbers) -> None:
    asked = []

    def count() -> Numbers:
        asked.append(1)
        return numbers

    scene = WithAtlas(Nothing(), count)
    scene.look({"e_compare"})
    assert listed(scene) == ["e_compare"]
    for _ in range(2):
        scene.look({"atlas_inits"})
        until(lambda: len(listed(scene)) > 1)
    assert listed(scene) == ["e_compare", *ENVIRONMENTS]
    assert len(asked) == 1


def test_an_atlas_that_cannot_be_computed_says_why() -> None:
    def fails() -> Numbers:
        raise ModuleNotFoundError("No module named 'torch'")

    scene = WithAtlas(Nothing(), fails)
    scene.look({"atlas_inits"})
    until(lambda: len(listed(scene)) > 1)
    places = dict(scene.environments())["atlas_inits"]
    assert "No module named" in str(places[0].packet())


SETTINGS = [RunConfig(activation=a, init=i).as_dict() for a in ACTIVATIONS for i in INITS]


@pytest.mark.parametrize("cause", PRESCRIPTIONS)
def test_the_atlas_has_every_picture_that_a_verdict_links_to(cause: str, numbers: Numbers) -> None:
    places = {where: {place.name for place in p} for where, p in AtlasScene(numbers).environments()}
    layers = {"fc1": Layer(784, 200, 0.1), "out": Layer(200, 10, 0.1)}
    for settings in SETTINGS:
        for layer in ("", "fc1", "out"):
            picture = lesson(cause, Facts(settings=settings, layers=layers), layer)
            assert picture is not None
            assert picture.window in places[picture.environment]
