"""Choices written as text: reading them, and what is said about the ones that name nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import UserError
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.choice import (
    LARGEST,
    Choice,
    ChoiceError,
    Table,
    defaults_text,
    make,
    parse,
    parse_layers,
    value_text,
)
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.tables.optimizers import OPTIMIZERS

TABLES: dict[str, Table] = {
    "activation": ACTIVATIONS,
    "init": INITS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
}
ENTRIES = [(kind, name) for kind, table in TABLES.items() for name in table]


class Thing(NamedTuple):
    make: Callable[..., Any]


def _thing(
    n: int = 1, rate: float = 0.5, loud: bool = False, mode: Literal["up", "down"] = "up"
) -> tuple[object, ...]:
    if n < 0:
        raise UserError("n must be 0 or greater")
    return n, rate, loud, mode


THINGS: dict[str, Thing] = {"thing": Thing(_thing), "plain": Thing(lambda: "plain")}


def test_a_bare_name_is_a_choice_without_parameters() -> None:
    assert parse(" thing ", THINGS, "thing") == Choice("thing")


def test_parameters_are_read_as_their_annotated_types_and_sorted() -> None:
    choice = parse("thing:rate=2, n=3,mode=down,loud=true", THINGS, "thing")
    assert choice.params == (("loud", True), ("mode", "down"), ("n", 3), ("rate", 2.0))
    assert choice.text == "thing:loud=true,mode=down,n=3,rate=2"
    assert make(choice.text, THINGS, "thing") == (3, 2.0, True, "down")


def test_a_parameter_that_equals_its_default_stays_as_given() -> None:
    assert parse("thing:n=1", THINGS, "thing").text == "thing:n=1"


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_entry_can_be_written_with_all_its_defaults(kind: str, name: str) -> None:
    defaults = defaults_text(TABLES[kind][name])
    text = f"{name}:{defaults}" if defaults else name
    choice = parse(text, TABLES[kind], kind)
    assert parse(choice.text, TABLES[kind], kind) == choice


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("thin", "unknown thing 'thin', did you mean thing? allowed: thing, plain"),
        ("", "unknown thing ''; allowed: thing, plain"),
        (
            "thing:size=1",
            "thing thing has no parameter 'size'; "
            "its parameters are n=1, rate=0.5, loud=false, mode=up",
        ),
        ("plain:n=1", "thing plain has no parameter 'n'; it takes no parameters"),
        ("thing:n=1.5", "thing thing: n must be a whole number, not '1.5'"),
        ("thing:rate=nan", "thing thing: rate must be a finite number, not 'nan'"),
        ("thing:rate=inf", "thing thing: rate must be a finite number, not 'inf'"),
        ("thing:rate=1e300", "thing thing: rate must lie within ±1e+37, not '1e300'"),
        ("thing:rate=1e999", "thing thing: rate must be a finite number, not '1e999'"),
        ("thing:loud=1", "thing thing: loud must be true or false, not '1'"),
        ("thing:mode=left", "thing thing: mode must be one of up, down, not 'left'"),
        ("thing:n=1,n=2", "thing thing: n is given twice"),
        ("thing:n", "thing thing: n needs a value, as in n=1"),
        (
            "thing:",
            "thing thing: nothing follows the colon; "
            "its parameters are n=1, rate=0.5, loud=false, mode=up",
        ),
        ("thing:n=-1", "thing thing:n=-1: n must be 0 or greater"),
    ],
)
def test_a_text_that_names_no_choice_is_told_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ChoiceError) as error:
        parse(text, THINGS, "thing")
    assert str(error.value) == said


def test_a_very_long_name_is_cut_in_the_message() -> None:
    with pytest.raises(ChoiceError) as error:
        parse("x" * 10_000, THINGS, "thing")
    assert len(str(error.value)) < 200


def test_a_plus_separates_layers() -> None:
    layers = parse_layers("thing:n=2 + plain+thing", THINGS, "thing")
    assert [layer.text for layer in layers] == ["thing:n=2", "plain", "thing"]


@pytest.mark.parametrize("number", ["+2", "2e+0", "2.e+0", "0.2E+1"])
def test_the_plus_of_a_number_separates_nothing(number: str) -> None:
    layers = parse_layers(f"thing:rate={number}+plain", THINGS, "thing")
    assert [layer.text for layer in layers] == ["thing:rate=2", "plain"]


def test_an_empty_layer_is_refused() -> None:
    with pytest.raises(ChoiceError, match="unknown thing ''"):
        parse_layers("thing+", THINGS, "thing")


@given(st.floats(-LARGEST, LARGEST))
def test_every_number_survives_being_written(number: float) -> None:
    choice = Choice("thing", (("rate", number),))
    assert parse_layers(f"{choice.text}+plain", THINGS, "thing")[0] == choice


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    written = [value_text(v) for v in (1.0, -0.5, 1e6, 1e-5, 1e300, 3, False)]
    assert written == ["1", "-0.5", "1000000", "1e-05", "1e300", "3", "false"]


@given(st.text() | st.from_regex(r"thing:[a-z]*=?[-+0-9a-z.,=]*", fullmatch=True))
def test_any_text_is_a_choice_or_gets_one_sentence(text: str) -> None:
    said = ""
    try:
        layers = parse_layers(text, THINGS, "thing")
    except ChoiceError as error:
        said = str(error)
    else:
        assert parse_layers("+".join(c.text for c in layers), THINGS, "thing") == layers
    assert "\n" not in said


def test_an_entry_added_at_run_time_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(THINGS, "new", Thing(lambda depth=2: depth))
    assert make("new:depth=5", THINGS, "thing") == 5
    with pytest.raises(ChoiceError, match="allowed: thing, plain, new"):
        parse("old", THINGS, "thing")
