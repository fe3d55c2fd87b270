"""Colours that can be told apart and texts that can be read."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import ACCURACY, Metric
from dashboard.windows import style
from dashboard.windows.style import Looks
from tests.support.invented import invent
from tests.support.reading import add_runs, new_record


def test_a_cells_text_can_be_read_on_every_accuracy() -> None:
    place_of = style.result_places(ACCURACY, [])
    for accuracy in np.linspace(0, 1, 501):
        ground = style.result_colour(place_of(float(accuracy)))
        assert style.contrast(style.ink_on(ground), ground) >= 4.5


def test_better_accuracies_are_darker() -> None:
    place_of = style.result_places(ACCURACY, [])
    grounds = [style.result_colour(place_of(a)) for a in (0.1, 0.5, 0.9, 0.95, 0.98, 0.99, 0.995)]
    brightness = [style.contrast(ground, "#000000") for ground in grounds]
    assert brightness == sorted(brightness, reverse=True)
    assert len(set(grounds)) == len(grounds)


def test_the_worst_and_the_best_of_another_metric_are_the_ends_of_the_scale() -> None:
    for goal, worst, best in (("max", 2.0, 9.0), ("min", 9.0, 2.0)):
        place_of = style.result_places(Metric("fid", goal), [4.0, 9.0, 2.0])
        assert [place_of(worst), place_of(best)] == [0.0, 1.0]
        assert 0 < place_of(4.0) < 1
    assert style.result_places(Metric("fid", "min"), [3.0, 3.0])(3.0) == 1.0


def test_losses_over_many_decades_are_told_apart_by_their_size() -> None:
    place_of = style.result_places(Metric("test_loss", "min"), [1e-4, 1e4])
    assert place_of(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize("colour", [style.INK, style.FAINT, *style.STATE_COLOURS.values()])
def test_texts_have_enough_contrast_on_paper(colour: str) -> None:
    assert style.contrast(colour, style.PAPER) >= 4.5


@pytest.mark.parametrize("colour", style.COLOURS)
def test_lines_have_enough_contrast_on_paper(colour: str) -> None:
    assert style.contrast(colour, style.PAPER) >= 3.0


SIGHTS = {  # linear RGB as dichromats see it (Viénot, Brettel & Mollon 1999)
    "full": np.eye(3),
    "deutan": np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]),
    "protan": np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]),
}


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_first_six_colours_differ_for_every_reader(sight: str) -> None:
    looks = [lab(SIGHTS[sight] @ linear(colour)) for colour in style.COLOURS[:6]]
    for one, other in itertools.combinations(looks, 2):
        assert np.linalg.norm(one - other) > 10, "CIE 1976: 2.3 can just be noticed"


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear sRGB, white at D65."""
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    share = (to_xyz @ rgb.clip(0, 1)) / to_xyz.sum(1)
    x, y, z = np.where(share > 0.008856, np.cbrt(share), 7.787 * share + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_colour_is_the_first_setting_and_dash_the_second(tmp_path: Path) -> None:
    experiment = invent(
        tmp_path / "e", {"activation": ["a", "b"], "init": ["x", "y"], "seed": [0, 1]}
    )
    looks = Looks(experiment)
    look = {run.name: (looks.colour(run), looks.dash(run)) for run in experiment.runs}
    assert look["a-x-0"] == look["a-x-1"]
    assert look["a-x-0"][0] == look["a-y-0"][0] != look["b-x-0"][0]
    assert look["a-x-0"][1] == look["b-x-0"][1] != look["a-y-0"][1]


def test_a_label_names_only_what_differs(tmp_path: Path) -> None:
    experiment = invent(
        tmp_path / "e", {"activation": ["a", "b"], "lr": [0.1, 1.0], "seed": [0, 1]}
    )
    run = experiment.runs[1]
    looks = Looks(experiment)
    assert looks.label(run) == "a · lr 0.1"
    assert looks.full_label(run) == "a · lr 0.1 · seed 1"


def test_a_run_without_a_setting_that_others_have_has_none_of_it(tmp_path: Path) -> None:
    none: dict[str, Any] = {"init": "zeros"}
    configs = [none, {**none, "fork": "exp/a@900", "weight_decay": 0.1}]
    experiment = Experiment(new_record(tmp_path / "exp"))
    add_runs(experiment.record, [(f"run{i}", config) for i, config in enumerate(configs)])
    experiment.poll()
    looks = Looks(experiment)
    assert [looks.label(view) for view in experiment.runs] == [
        "no fork · no weight decay",
        "exp/a@900 · weight_decay 0.1",
    ]


def test_numbers_keep_their_digits_and_lose_what_is_not_finite() -> None:
    values = np.array([0.123456789, 1234567.0, np.nan, np.inf, 0.0, -1e-30])
    assert style.numbers(values) == [0.12346, 1234600.0, None, None, 0.0, -1e-30]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("relu", ["relu"]),
        ("kaiming_normal", ["kaiming_", "normal"]),
        ("one_two_three", ["one_two_", "three"]),
    ],
)
def test_long_names_break_in_the_middle(text: str, lines: list[str]) -> None:
    assert style.wrapped(text) == lines
