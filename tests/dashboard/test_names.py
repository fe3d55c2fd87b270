"""dashboard.names: one rule, and a safe name for everything that breaks it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.names import (
    ENVIRONMENT,
    LONGEST_EXPERIMENT,
    LONGEST_RUN,
    LONGEST_SERIES,
    BadNameError,
    check_experiment,
    check_run,
    environment,
    is_series,
    window,
)
from dashboard.server.access import check_environment

texts = st.text(max_size=220)


@given(experiment=texts, run=texts)
@example("x" * LONGEST_EXPERIMENT, "y" * LONGEST_RUN)
@example("a\n", "b\n")
@example("\ud800", "\ud800")
@example("", "")
def test_every_name_has_an_environment_that_the_server_takes(experiment: str, run: str) -> None:
    for name in (environment(experiment, run), environment(experiment)):
        assert ENVIRONMENT.fullmatch(name)
        check_environment(name)


@given(names=st.lists(texts, min_size=2, max_size=6, unique=True))
@example(["compare", "", "a", "A", "a/b", "a-b", "a b", "a<b", "a" * 100, "a" * 101])
def test_no_two_runs_share_an_environment_or_a_window(names: list[str]) -> None:
    places = {environment("exp", name) for name in names} | {environment("exp")}
    assert len(places) == len(names) + 1
    assert len({window(name) for name in names}) == len(names)


def test_a_run_cannot_take_the_environment_that_was_made_for_another() -> None:
    name = environment("exp", "<b>").removeprefix("exp_")
    assert environment("exp", name) != environment("exp", "<b>")


@pytest.mark.parametrize("name", ["adam-3e-4", "relu_kaiming s=0", "1.5@home,v2", "x" * 100])
def test_a_name_that_may_be_given_is_shown_as_it_is(name: str) -> None:
    check_experiment(name)
    check_run(name)
    assert environment(name, name) == f"{name}_{name}"
    assert environment(name) == f"{name}_compare"


@pytest.mark.parametrize("name", ["", "a/b", "a\n", "x" * 101, " a", "compare", None, 3])
def test_a_name_that_cannot_be_shown_may_not_be_given(name: object) -> None:
    with pytest.raises(BadNameError, match=r"not allowed|may not be called"):
        check_run(name)


@given(name=st.text(max_size=200))
def test_a_window_is_called_as_its_series_where_that_may_be(name: str) -> None:
    called = window(name)
    assert is_series(called)
    assert len(called) <= LONGEST_SERIES
    assert called == name or not is_series(name) or name.startswith("odd=")
    assert window(name, [called]) == f"{called} (more)"
