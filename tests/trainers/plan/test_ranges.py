"""trainers.plan.ranges: a range as a flag's value."""

import argparse

import pytest

from trainers.plan.ranges import Range, number_or_range, ranges


def test_a_number_stays_a_number_and_a_range_has_two_ends() -> None:
    assert number_or_range(float)("0.1") == 0.1
    assert number_or_range(float)("1e-4..1") == Range(0.0001, 1.0)
    whole = number_or_range(int)("32..512")
    assert (whole, type(whole.low)) == (Range(32, 512), int)
    assert str(number_or_range(float)("1e-4..1")) == "0.0001..1"


@pytest.mark.parametrize(
    "text", ["1..", "..1", "a..b", "1..0.1", "0..1", "1..1", "1..inf", "nan..1"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no range"):
        number_or_range(float)(text)


def test_ranges_are_found_among_choices() -> None:
    assert ranges({"lr": [Range(1, 2)], "seed": [0, 1]}) == {"lr": Range(1, 2)}
