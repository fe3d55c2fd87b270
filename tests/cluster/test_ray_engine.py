"""trainers.cluster.pool on a real cluster of two nodes: same numbers, lost nodes, Ctrl-C."""

import signal
from pathlib import Path

import numpy as np
import psutil
import pytest

from dashboard.record.reader import Record
from tests.support.launching import Launch, kill, recorded, until
from tests.support.two_nodes import TwoNodes

pytestmark = [pytest.mark.ray, pytest.mark.timeout(400)]

GRID = ["--activation", "sigmoid", "tanh", "relu", "leaky_relu",
        "--init", "normal", "xavier_uniform", "kaiming_normal"]  # fmt: skip
Numbers = dict[tuple[str, str], tuple[list[int], list[float]]]


def numbers(folder: Path) -> Numbers:
    """Every point of every run: steps and values by run and series."""
    record = Record(folder)
    names = {run.id: run.name for run in record.runs()}
    values = {
        (names[p.run_id], p.series): (p.steps.tolist(), p.values.tolist())
        for p in record.changes().points
    }
    record.close()
    return values


def on(cluster: TwoNodes) -> list[str]:
    return ["--engine", "ray", "--ray-address", cluster.address]


def title(process: psutil.Process) -> str:
    """What it calls itself; nothing when it has ended."""
    try:
        return " ".join(process.cmdline()).strip()
    except psutil.NoSuchProcess:
        return ""


def tasks(cluster: TwoNodes) -> list[str]:
    """The cluster's worker processes that are doing something for a launcher."""
    titles = [title(process) for process in cluster.processes()]
    # A node's own agents go by such a title too.
    return [t for t in titles if t.startswith("ray::") and not t.endswith(("IDLE", "Agent"))]


def assert_equal(one: Numbers, other: Numbers) -> None:
    assert one.keys() == other.keys()
    for key, (steps, values) in one.items():
        assert other[key][0] == steps, key
        np.testing.assert_array_equal(other[key][1], values, err_msg=str(key))


def test_a_grid_gives_the_same_numbers_as_the_local_engine(
    cluster: TwoNodes, launch: Launch, few: Path, tmp_path: Path
) -> None:
    plan = ["--choices", str(few), "--dataset", "few", "--epochs", "2", "--no-dashboard", *GRID]
    far = launch(*plan, "--experiment", "far", *on(cluster))
    assert far.ends(200) == 0, far.said
    near = launch(*plan, "--threads", "1", "--experiment", "near")
    assert near.ends(100) == 0, near.said
    assert [run.state for run in recorded(tmp_path, "far").runs] == ["done"] * 12
    assert_equal(numbers(tmp_path / "runs" / "far"), numbers(tmp_path / "runs" / "near"))


def test_a_killed_node_loses_no_point_and_every_run_finishes(
    cluster: TwoNodes, launch: Launch, few: Path, tmp_path: Path
) -> None:
    epochs = 120
    plan = ["--choices", str(few), "--dataset", "few", "--epochs", str(epochs), "--no-dashboard",
            "--activation", "tanh", "relu", "--init", "default", "xavier_normal"]  # fmt: skip
    far = launch(*plan, "--experiment", "far", *on(cluster))
    folder = tmp_path / "runs" / "far"
    until(lambda: (folder / "record.sqlite3").exists() or far.process.poll() is not None, 60)

    def trains_on_both_nodes() -> bool:
        runs = recorded(tmp_path, "far").runs
        return sum(run.state == "running" and run.step > 100 for run in runs) >= 2

    until(trains_on_both_nodes, 120, "a run on each node")
    cluster.kill_a_node()
    assert far.ends(300) == 0, far.said
    assert "its Ray worker was lost" in far.said
    runs = recorded(tmp_path, "far").runs
    assert [run.state for run in runs] == ["done"] * 4
    assert sum(run.attempt for run in runs) >= 1
    near = launch(*plan, "--threads", "1", "--experiment", "near")
    assert near.ends(200) == 0, near.said
    assert_equal(numbers(folder), numbers(tmp_path / "runs" / "near"))
    for view in runs:
        steps = numbers(folder)[view.name, "train_loss"][0]
        assert sorted(steps) == list(range(1, 20 * epochs + 1))


def test_ctrl_c_stops_the_runs_and_leaves_no_task_on_the_cluster(
    cluster: TwoNodes, launch: Launch, few: Path, tmp_path: Path
) -> None:
    far = launch("--choices", str(few), "--dataset", "few", "--epochs", "100000", "--no-dashboard",
                 "--experiment", "far", *on(cluster))  # fmt: skip
    far.says("on the Ray cluster")
    until(lambda: (tmp_path / "runs" / "far" / "record.sqlite3").exists(), 60)
    until(lambda: any(v.step > 20 for v in recorded(tmp_path, "far").runs), 120, "a run's steps")
    assert tasks(cluster)
    far.send(signal.SIGINT)
    assert far.ends(15) == 128 + signal.SIGINT
    until(lambda: not tasks(cluster), 10, f"the end of every task ({tasks(cluster)})")
    assert {run.state for run in recorded(tmp_path, "far").runs} == {"stopped"}


def test_a_lost_mailbox_fails_the_runs_with_a_reason_and_they_can_be_resumed(
    cluster: TwoNodes, launch: Launch, few: Path, tmp_path: Path
) -> None:
    plan = ["--choices", str(few), "--dataset", "few", "--epochs", "60", "--no-dashboard",
            "--activation", "relu", "--init", "default", "--experiment", "far"]  # fmt: skip
    far = launch(*plan, *on(cluster))
    until(lambda: (tmp_path / "runs" / "far" / "record.sqlite3").exists(), 60)
    until(lambda: any(v.step > 60 for v in recorded(tmp_path, "far").runs), 120, "a run's steps")
    assert [kill(p) for p in cluster.processes() if "_Mailbox" in title(p)] == [True]
    assert far.ends(60) == 1, far.said
    (run,) = recorded(tmp_path, "far").runs
    assert run.error.startswith("the way to the Ray cluster was lost")
    assert "Traceback" not in far.said
    again = launch("resume", "far", "--no-dashboard", "--engine", "local")
    assert again.ends(120) == 0, again.said
    steps = numbers(tmp_path / "runs" / "far")["relu-default", "train_loss"][0]
    assert sorted(steps) == list(range(1, 1201))


def test_a_search_that_is_pruned_pauses_ends_and_continues_runs_on_the_cluster(
    cluster: TwoNodes, launch: Launch, few: Path, tmp_path: Path
) -> None:
    plan = ["--choices", str(few), "--dataset", "few", "--epochs", "5", "--no-dashboard",
            "--activation", "relu", "tanh", "--init", "kaiming_normal", "zeros", "--batch-size",
            "40", "--hidden", "16"]  # fmt: skip
    far = launch(*plan, "--search", "random", "--trials", "8", "--lr", "0.001..1", "--prune",
                 "--experiment", "far", *on(cluster))  # fmt: skip
    assert far.ends(250) == 0, far.said
    runs = recorded(tmp_path, "far").runs
    states = [view.state for view in runs]
    assert len(runs) == 8
    assert set(states) == {"done", "pruned"}
    assert any(view.attempt for view in runs if view.state == "done")  # it had paused
    whole = max(runs, key=lambda view: view.step)
    flags = ["--activation", whole.config["activation"], "--init", whole.config["init"],
             "--lr", str(whole.config["lr"])]  # fmt: skip
    near = launch(*plan, *flags, "--threads", "1", "--experiment", "near")  # as a task has
    assert near.ends(100) == 0, near.said
    (alone,) = recorded(tmp_path, "near").runs
    one, other = numbers(tmp_path / "runs" / "far"), numbers(tmp_path / "runs" / "near")
    assert one[whole.name, "train_loss"][0] == other[alone.name, "train_loss"][0]
    np.testing.assert_array_equal(
        one[whole.name, "train_loss"][1], other[alone.name, "train_loss"][1]
    )


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("127.0.0.1:1", "--ray-address 127.0.0.1:1: no Ray cluster answers there"),
        ("auto", "--ray-address auto: no Ray cluster to use"),
        ("here", "--ray-address 'here' must be auto or HOST:PORT"),
    ],
)
def test_where_there_is_no_cluster_one_sentence_says_so(
    address: str, sentence: str, launch: Launch, tmp_path: Path
) -> None:
    far = launch("--engine", "ray", "--ray-address", address, "--no-dashboard")
    assert far.ends(60) == 2
    assert sentence in far.said
    assert far.said.count("\n") == 3, far.said  # the plan, what is kept of it, and the sentence
    assert not list((tmp_path / "runs").glob("*/record.sqlite3"))
