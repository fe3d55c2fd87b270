"""dashboard.names: one rule, and a safe name for everything that breaks it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.names import (
    LONGEST_EXPERIMENT,
    LONGEST_RUN,
    LONGEST_SERIES,
    BadNameError,
    check_experiment,
    check_run,
    environment,
    experiments_of,
    is_environment,
    is_part_of_path,
    is_series,
    joint_environment,
    next_free,
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
        assert is_environment(name)
        assert len(f"{name}.json".encode()) <= 255
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


@pytest.mark.parametrize(
    "name", ["adam-3e-4", "relu_kaiming s=0", "1.5@home,v2", "x" * 100, "实验一", "lr: 0.1", "été",
             "实" * 33, "обучение", "ทดลอง", "实验（一）", "🚀"]
)  # fmt: skip
def test_a_name_that_may_be_given_is_shown_as_it_is(name: str) -> None:
    check_experiment(name)
    check_run(name)
    assert environment(name, name) == f"{name}_{name}"
    assert environment(name) == f"{name}_compare"


def test_a_run_may_have_a_slash_and_its_environment_and_files_have_none() -> None:
    check_run("cnn/实验 1")
    assert environment("exp", "cnn/实验 1").startswith("exp_odd=cnn-实验-1-")
    assert not is_part_of_path("cnn/实验 1")
    assert is_part_of_path("cnn 实验: 1")


def test_a_slash_in_the_name_of_an_experiment_is_refused_with_one_that_is_allowed() -> None:
    with pytest.raises(BadNameError, match=r"NAME/RUN is one of its runs; call it 'a_b'"):
        check_experiment("a/b")


@pytest.mark.parametrize(
    "name", ["", "/b", "a\n", "x" * 101, " a", "compare", None, 3, "a\u2028b", "a\u202eb",
             "实" * 34, "a\\b", "a<b", "a'b", "\ud800"]
)  # fmt: skip
def test_a_name_that_cannot_be_shown_may_not_be_given(name: object) -> None:
    with pytest.raises(BadNameError, match=r"not allowed|may not be called"):
        check_run(name)


@pytest.mark.parametrize(
    ("name", "free"), [("exp", "exp-2"), ("exp-2", "exp-4"), ("lr-1", "lr-1-2"),
                       ("实" * 33, "实" * 32 + "-2"), ("mnist-0921-103000", "mnist-0921-103000-2")]
)  # fmt: skip
def test_a_taken_name_has_a_next_one_that_may_be_given(name: str, free: str) -> None:
    there = {name, "exp-3"}
    assert next_free(name, there.__contains__) == free
    check_experiment(free)


@given(name=st.text(max_size=200))
def test_a_window_is_called_as_its_series_where_that_may_be(name: str) -> None:
    called = window(name)
    assert is_series(called)
    assert len(called) <= LONGEST_SERIES
    assert called == name or not is_series(name) or name.startswith("odd=")
    assert window(name, [called]) == f"{called} (more)"


@given(names=st.lists(texts, min_size=2, max_size=3, unique=True), run=texts)
@example(["a", "a_b"], "compare")
@example(["a~b", "a"], "c")
def test_an_environment_tells_which_experiments_it_shows(names: list[str], run: str) -> None:
    try:
        together = joint_environment(names)
    except BadNameError as why:
        assert "too long to be shown together" in str(why)  # noqa: PT017
    else:
        assert is_environment(together)
        check_environment(together)
        assert experiments_of(together, names) == names
    for name in names:
        assert experiments_of(environment(name), [name]) == [name]
        assert experiments_of(environment(name, run), [name]) == [name]


@pytest.mark.parametrize(
    "environment", ["", "_", "compare", "main", "exp", "../exp_compare", "/exp_compare",
                    "exp/../exp_compare", "~_compare", "exp~exp_relu", "~exp_compare/..",
                    "exp\0_compare"]
)  # fmt: skip
def test_an_environment_of_nothing_that_is_there_shows_nothing(environment: str) -> None:
    assert experiments_of(environment, ["exp", "runs"]) == []


def test_of_two_names_that_fit_the_longer_one_is_meant() -> None:
    assert experiments_of("a_b_compare", ["a", "a_b"]) == ["a_b"]
    assert experiments_of("a_b_compare", ["a"]) == ["a"]


def test_no_experiment_has_the_environment_of_several() -> None:
    for name in ("a~b", "~", "a~"):
        assert "~" not in environment(name)
        with pytest.raises(BadNameError, match="not allowed"):
            check_experiment(name)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_two_to_six_can_be_shown_together(count: int) -> None:
    with pytest.raises(BadNameError, match=f"{count} experiments cannot .*: name 2 to 6"):
        joint_environment([f"e{i}" for i in range(count)])
