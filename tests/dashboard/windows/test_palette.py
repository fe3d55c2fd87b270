"""Which colour stands for which value: the same one in every experiment."""

import itertools

import pytest

from dashboard.windows import palette, style
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.inits import INITS


@pytest.mark.parametrize("table", [ACTIVATIONS, INITS], ids=["activations", "inits"])
def test_a_value_has_the_same_colour_whatever_it_is_compared_with(table: dict[str, object]) -> None:
    for names in palette.PLACES:
        for one, other in itertools.combinations([n for n in names if n in table][:10], 2):
            alone = palette.colours([one])[0]
            assert palette.colours([other, one])[1] == alone


def test_no_two_values_share_a_colour_while_there_are_enough() -> None:
    values = [f"value {i}" for i in range(len(palette.LIGHT))]
    assert sorted(palette.colours(values)) == list(range(len(palette.LIGHT)))


def test_more_values_than_colours_still_all_have_one() -> None:
    assert len(palette.colours(list(range(40)))) == 40


def test_parameters_do_not_change_a_choices_colour() -> None:
    assert palette.colours(["constant:value=0.1"]) == palette.colours(["constant"])


@pytest.mark.parametrize(
    ("colours", "ground"), [(palette.LIGHT, "#FFFFFF"), (palette.DARK, "#171D25")]
)
def test_every_colour_stands_out_from_the_ground(colours: tuple[str, ...], ground: str) -> None:
    for colour in colours:
        assert style.contrast(colour, ground) >= 3.0, colour
