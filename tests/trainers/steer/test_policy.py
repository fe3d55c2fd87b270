"""trainers.steer.policy: which policy the flags ask for, and which flags do not go together."""

import pytest

from dashboard.errors import UserError
from trainers.launcher.train import make_parser
from trainers.plan.flags import parse_flags
from trainers.plan.plan import Plan
from trainers.stack.grouping import BATCH
from trainers.steer.decide import Decide
from trainers.steer.policy import NoPolicy, Policy, planned
from trainers.steer.prune import Prune
from trainers.steer.search import Search
from trainers.steer.together import SearchAndPrune

ONE = ["--activation", "relu", "--init", "default"]
SEARCH = ["--search", "random", "--trials", "3"]


def plan_of(*flags: str) -> tuple[Plan, Policy]:
    return planned(parse_flags(make_parser(), [*flags, "--device", "cpu"]))


@pytest.mark.parametrize(
    ("flags", "kind", "begun", "until_epoch"),
    [
        ([], NoPolicy, 12, 0),
        (["--prune"], Prune, 12, 1),
        (["--prune", "--epochs", "1"], Prune, 12, 0),
        (["--decide"], Decide, 12, 0),
        ([*SEARCH, "--workers", "2"], Search, 2, 0),
        ([*SEARCH, "--workers", "2", "--prune"], SearchAndPrune, 2, 1),
        ([*SEARCH, "--workers", "1", "--stack"], Search, 3, 0),
    ],
)
def test_each_policy_has_its_flags_and_begins_with_its_runs(
    flags: list[str], kind: type, begun: int, until_epoch: int
) -> None:
    plan, policy = plan_of(*flags)
    assert isinstance(policy, kind)
    assert len(plan.jobs) == begun
    assert {job.until_epoch for job in plan.jobs} == {until_epoch}
    assert bool(policy.says) == (kind is not NoPolicy)


def test_a_search_begins_with_a_whole_stack() -> None:
    plan, _ = plan_of("--search", "random", "--trials", "100", "--lr", "0.01..1",
                      "--workers", "1", "--stack")  # fmt: skip
    assert len(plan.jobs) == BATCH


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--even-doomed"], "--even-doomed says how --prune is meant, so give --prune too"),
        (["--prune", *ONE, "--seed", "0", "1"], "--prune needs choices to choose from: only the"),
        (["--decide", *ONE], "--decide needs choices to choose from: only the seed varies"),
        (["--decide", "2"], "--decide 2 is not allowed: it must be a number of seeds in 3 .. 1000"),
        (["--decide", "0"], "--decide 0 is not allowed"),
        (["--decide", "--prune"], "--decide adds seeds to a whole grid, so --prune does not go"),
        ([*SEARCH, "--decide"], "--decide adds seeds to a whole grid, so --search does not go"),
        (["--search", "tpe"], "--search needs --trials N, a number in 1 .. 4096"),
        (["--search", "tpe", "--trials", "0"], "--search needs --trials N, a number in 1 .. 4096, "
         "and 0 is none of them"),
        (["--trials", "3"], "--trials says how long a search is, so give --search too"),
        (["--lr", "0.1..1"], "--lr 0.1..1 is a range: give --search with it, or a list of values"),
        ([*SEARCH, "--lr", "0.1..1", "2"], "--lr takes one range or a list of values, not both"),
        ([*SEARCH, "--seed", "0", "1"], "--search tries each of its settings with one seed"),
        ([*SEARCH, *ONE], "--search needs something to choose from: a range, or two values"),
        ([*SEARCH, "--lr", "1..1e300"], "--lr 1e+300 is not allowed: it must be a number above 0"),
        ([*SEARCH, "--model", "mlp", "lenet", "--init", "eye"], "model lenet: eye fills"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(flags: list[str], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        plan_of(*flags)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)
