"""dashboard.runs.line: bounded lines that lose no spike, no end and no point that cannot be
drawn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.runs.line import Line

numbers = st.floats(-1e6, 1e6, allow_nan=False)


def filled(values: list[float], chunk: int, capacity: int = 16) -> Line:
    line = Line(capacity=capacity)
    for start in range(0, len(values), chunk):
        part = np.array(values[start : start + chunk])
        steps = np.arange(start, start + len(part))
        line.add(steps, part, steps * 0.1)
    return line


@settings(max_examples=200)
@given(st.lists(numbers, min_size=1, max_size=400), st.integers(1, 90))
def test_first_last_lowest_and_highest_are_always_drawn(values: list[float], chunk: int) -> None:
    line = filled(values, chunk)
    xs, ys = line.drawn()
    assert (xs[0], ys[0]) == (0, values[0])
    assert (xs[-1], ys[-1]) == (len(values) - 1, values[-1])
    assert ys.min() == min(values)
    assert ys.max() == max(values)
    assert np.all(np.diff(xs) > 0)
    assert len(xs) <= 4 * 16


@settings(max_examples=200)
@given(st.lists(numbers, min_size=1, max_size=400), st.integers(1, 90))
def test_it_does_not_matter_in_what_portions_points_come(values: list[float], chunk: int) -> None:
    at_once, in_parts = filled(values, len(values)), filled(values, chunk)
    for one, other in zip(at_once.drawn(), in_parts.drawn(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(at_once.means()[1], in_parts.means()[1], rtol=1e-9, atol=1e-6)


@settings(max_examples=100)
@given(st.lists(numbers, min_size=1, max_size=400), st.integers(1, 16))
def test_means_are_the_means_of_equal_stretches(values: list[float], limit: int) -> None:
    line = filled(values, 37)
    width = line.bin_points(limit)
    steps, means = line.means(limit)
    wanted = [np.mean(values[i : i + width]) for i in range(0, len(values), width)]
    np.testing.assert_allclose(means, wanted, rtol=1e-9, atol=1e-6)
    assert len(means) <= limit
    assert steps[-1] == len(values) - 1


def test_a_short_line_is_drawn_point_by_point() -> None:
    xs, ys = filled([3.0, 1.0, 2.0], 1).drawn()
    assert xs.tolist() == [0, 1, 2]
    assert ys.tolist() == [3.0, 1.0, 2.0]


def test_a_million_points_take_no_more_room_than_a_thousand() -> None:
    line = Line()
    line.add(np.arange(1_000_000), np.random.default_rng(0).normal(size=1_000_000), np.zeros(10**6))
    assert len(line.drawn()[0]) <= 4 * line.capacity
    assert line._bins.nbytes < 30_000
    assert line.count == 1_000_000


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_cannot_be_drawn_is_kept_apart_and_counted(bad: float) -> None:
    line = Line()
    line.add(np.arange(4), np.array([1.0, 2.0, bad, bad]), np.zeros(4))
    assert line.drawn()[1].tolist() == [1.0, 2.0]
    assert line.last_finite() == (1, 2.0)
    assert line.bad_count == 2
    assert line.bad[0][0] == 2
    assert repr(line.bad[0][1]) == repr(bad)


def test_an_empty_line_draws_nothing() -> None:
    line = Line()
    line.add(np.array([]), np.array([]), np.array([]))
    assert len(line.drawn()[0]) == len(line.means()[0]) == len(line.band()[0]) == 0
    assert line.last_finite() is None


def test_what_was_drawn_before_is_drawn_anew_once_points_have_come() -> None:
    line = Line()
    for first in (0, 1000):
        steps = np.arange(first, first + 1000)
        line.add(steps, steps * 1.0, steps * 1.0)
        for limit in (16, 32, 16):
            xs, ys = line.means(limit)
            assert len(xs) <= limit
            assert xs[-1] == first + 999
            assert np.all(np.diff(ys) > 0)


def test_a_line_of_a_few_points_takes_a_fraction_of_the_room_of_a_long_one() -> None:
    few, many = Line(), Line()
    few.add(*(np.arange(10.0),) * 3)
    many.add(*(np.arange(3000.0),) * 3)
    assert few._bins.nbytes * 10 < many._bins.nbytes
    assert few.drawn()[0].tolist() == list(range(10))
