"""Hundreds of command lines nobody would write: exit 0 or 2, one sentence, nothing started.

Every one that plans a training ends in --dry-run, so a plan that is good is printed and no more.
"""

from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainers.config import RunConfig
from trainers.launcher import main
from trainers.plan.settings import GRID_FIELDS, TABLES
from trainers.tables.models import MODELS
from trainers.tables.recipes import RECIPES

NAMES = sorted({name for table in TABLES.values() for name in table})
FLAGS = sorted({f"--{field.replace('_', '-')}" for field in (*RunConfig().as_dict(), *GRID_FIELDS)})
FLAGS += ["--recipe", "--device", "--workers", "--retries", "--stack", "--experiment", "--port",
          "--host", "--server", "--baseline", "--grid", "--data", "--no-dashboard", "--exit", "--",
          "--choices", "--engine", "--ray-address", "--summary", "--no-such", "-x"]  # fmt: skip

numbers = st.one_of(
    st.integers(-3, 300), st.integers(), st.floats(), st.sampled_from(["1e400", "0x1", "1_0"])
).map(str)
names = st.sampled_from([*NAMES, *RECIPES])
options = st.builds(
    "{}:{}={}".format,
    names,
    st.sampled_from(["std", "negative_slope", "bias", "momentum", ""]),
    numbers,
)
strange = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", " ", "../../etc/passwd", "x" * 10_000, "<script>", "'\"", "\n", "😀", "a\0b"]
    ),
)
values = st.one_of(names, options, numbers, strange, st.builds("{}+{}".format, names, names))


def some(*choices: str, most: int = 2) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(choices), min_size=1, max_size=most)


# What a person might mean; some of it is impossible together, and one value in ten is not meant.
MEANT = {
    **{f"--{field}": some(*table) for field, table in TABLES.items()},
    "--model": some(*MODELS, most=1),
    "--lr": some("0.1", "1e-3", "5", "1e300"),
    "--batch-size": some("1", "200", "70000", str(10**30)),
    "--test-batch-size": some("1", "1000", str(10**30), most=1),
    "--seed": some("0", "1", str(2**63 - 1), str(2**63)),
    "--epochs": some("1", "5", str(10**30), most=1),
    "--hidden": some("1", "10", "64", "65537", most=3),
    "--dropout": some("0", "0.5", "0.999"),
    "--precision": some("fp32", "bf16", "tf32", most=1),
    "--workers": some("1", "64", str(10**9), most=1),
    "--recipe": some(*RECIPES, most=1),
    "--stack": st.just([]),
    "--experiment": some("mine", "实验: 1", "x" * 101, most=1),
    "--baseline": some("relu", "tanh-normal", most=1),
    "--grid": st.just(["activation", "init"]),
}
meant = st.sampled_from(sorted(MEANT)).flatmap(lambda flag: MEANT[flag].map(lambda v: [flag, *v]))
wild = st.builds(lambda flag, v: [flag, *v], st.sampled_from(FLAGS), st.lists(values, max_size=3))
pieces = st.integers(0, 9).flatmap(lambda n: meant if n else wild)
lines = st.one_of(st.lists(pieces, max_size=5), st.lists(wild, max_size=3)).map(
    lambda parts: [token for part in parts for token in part]
)


def started() -> set[int]:
    """The processes that this one has started, other tests' browser among them."""
    return {child.pid for child in psutil.Process().children()}


@pytest.fixture
def before() -> set[int]:
    return started()


@pytest.fixture
def one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a plan may take is told by one step of each kind of run."""
    monkeypatch.setattr("trainers.plan.outlook.STEPS", 1)


def outcome(argv: list[str]) -> int | str | None:
    try:
        return main.main(argv)
    except SystemExit as ended:
        return ended.code


@pytest.mark.usefixtures("main_here")
@settings(max_examples=150, derandomize=True)
@given(line=lines)
def test_a_command_line_is_planned_or_refused_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], one_step: None, line: list[str]
) -> None:
    code = outcome(["--dry-run", *line] if "--" in line else [*line, "--dry-run"])
    output = capfd.readouterr()
    assert code in (0, 2)
    assert "Traceback" not in output.out + output.err
    if code == 2:
        assert output.err.startswith("launch.py: ")
        assert output.err.count("\n") == 1
        assert len(output.err) < 2000
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("main_here")
@settings(max_examples=200, derandomize=True)
@given(command=st.sampled_from(["view", "resume", "export"]), given_=st.lists(values, max_size=3))
def test_a_command_about_an_experiment_that_is_not_there_is_refused_in_one_sentence(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    before: set[int],
    command: str,
    given_: list[str],
) -> None:
    assert outcome([command, *given_]) == 2
    output = capfd.readouterr().err
    assert output.count("\n") == 1
    assert len(output) < 2000
    assert list(tmp_path.iterdir()) == []
    assert started() <= before
