"""A run's own clock: seconds of training by step, without the time in which nobody trained."""

import numpy as np
import pytest

from dashboard.runs.clock import trained


def test_seconds_count_from_the_start_of_the_run() -> None:
    clock = trained(np.array([10.0, 20.0, 30.0]), np.array([102.0, 103.0, 104.5]), 100.0)
    assert clock == [(10, 2.0), (20, 3.0), (30, 4.5)]


def test_a_night_between_two_halves_of_a_run_does_not_count() -> None:
    steps = np.arange(1.0, 41.0)
    times_s = 1000.0 + steps
    times_s[20:] += 8 * 3600
    clock = trained(steps, times_s, 1000.0)
    step, seconds = clock[-1]
    assert step == 40
    assert seconds == pytest.approx(40.0)


def test_a_long_first_step_is_training() -> None:
    clock = trained(np.array([1.0, 2.0, 3.0]), np.array([160.0, 161.0, 162.0]), 100.0)
    assert clock == [(1, 60.0), (2, 61.0), (3, 62.0)]


def test_steps_that_all_take_a_minute_are_training() -> None:
    steps = np.arange(1.0, 6.0)
    assert trained(steps, 60.0 * steps, 0.0)[-1] == (5, 300.0)


def test_a_step_told_twice_counts_once() -> None:
    clock = trained(np.array([1.0, 2.0, 1.0, 2.0, 3.0]), np.array([1.0, 2.0, 8.0, 9.0, 10.0]), 0.0)
    assert [step for step, _ in clock] == [1, 2, 3]
    assert clock == sorted(clock)


def test_however_long_a_line_is_the_clock_is_short_and_ends_with_its_last_point() -> None:
    steps = np.arange(1.0, 257.0)
    clock = trained(steps, 0.1 * steps, 0.0, most=10)
    assert 8 <= len(clock) <= 10
    step, seconds = clock[-1]
    assert step == 256
    assert seconds == pytest.approx(25.6)


def test_a_line_without_points_has_no_clock() -> None:
    assert trained(np.empty(0), np.empty(0), 5.0) == []


def test_steps_beyond_all_and_times_that_are_none_are_left_out() -> None:
    steps = np.array([1.0, 2.0, 9.3e18, np.inf])
    assert trained(steps, np.array([1.0, np.nan, 3.0, 4.0]), 0.0) == [(1, 1.0)]
