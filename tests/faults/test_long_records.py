"""A record of more than a million points, opened by the real command and interrupted."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.record.reader import create
from dashboard.runs.opening import LONG
from tests.support.launching import Launch, Launched, leaderboard, until
from tests.support.reading import add_runs

RUNS = 4


@pytest.fixture(scope="module")
def long_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made by SQLite itself, in a second or two: each run's losses and an evaluation each 1,000."""
    folder = tmp_path_factory.mktemp("long") / "runs" / "exp"
    record = create(folder)
    add_runs(record, [(f"r{i}", {"activation": f"f{i}"}) for i in range(RUNS)])
    record.end_all("done")
    for run in range(1, RUNS + 1):
        for number, name in enumerate(("train_loss", "test_accuracy")):
            record.pending.add("INSERT INTO series VALUES (?, ?, ?)", 10 * run + number, run, name)
    steps = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ?)"
    losses = "SELECT 10 + 10 * (n % ?), n / ?, n * 1e-3, 1 + 1.0 / n FROM s"
    scores = "SELECT series + 1, step, time_s, 0.875 FROM point WHERE step % 1000 = 0"
    into = "INSERT INTO point (series, step, time_s, value)"
    record.pending.add(f"{into} {steps} {losses}", LONG + LONG // 2, RUNS, RUNS)
    record.pending.add(f"{into} {scores}")
    record.close()
    return folder


@pytest.fixture
def view(launch: Launch, long_record: Path) -> Callable[[], Launched]:
    return lambda: launch("view", "exp", "--runs-dir", str(long_record.parent), "--no-browser")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_it_is_read_ends_it_with_the_signals_code(
    view: Callable[[], Launched], number: int, code: int
) -> None:
    viewed = view()
    viewed.says("reading the record: 0% of")
    viewed.send(number)
    assert viewed.ends() == code, viewed.said
    assert "is read" not in viewed.said
    assert "Traceback" not in viewed.said
    viewed.leaves_nobody()


def test_it_is_shown_before_it_is_read_and_says_so_until_it_is(
    view: Callable[[], Launched],
) -> None:
    viewed = view()
    until(lambda: leaderboard(viewed), 60, "the first page")
    viewed.says("the record is read: ")
    until(lambda: "first look" not in leaderboard(viewed), 60, "the whole page")
    assert "0.8750" in leaderboard(viewed)
    viewed.send(signal.SIGINT)
    assert viewed.ends() == 0, viewed.said
    viewed.leaves_nobody()
