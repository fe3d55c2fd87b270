"""A foreign record may hold anything: every window is drawn or says so alone, all are sent, and
the rows of the other runs are right."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard import Recorder
from dashboard.board.board import Board
from dashboard.board.scene import ExperimentScene
from dashboard.names import environment
from dashboard.record.schema import FILE_NAME, connect
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from tests.support.invented import invent
from tests.support.launching import until
from tests.support.reading import open_damaged
from tests.support.servers import serving

LINK = '<a href="https://evil.invalid">click</a><b>'
ODD_VALUES: list[Any] = [
    "auto", None, True, [], {}, [[1, [2]], {"a": None}], -1, 10**400, 1e308, float("nan"),
    float("inf"), "", " ", LINK, "x\ny\0z", "😀" * 50, "long " * 20_000, "\ud800", "%{x} $y$ &amp;",
]  # fmt: skip
ODD_NAMES = [
    LINK, "", "/", "../../up", "a\nb", "\0", "compare", "x" * 201, "😀", "[bold]", "a_b/c", "%{x}",
    "long " * 20_000,
]  # fmt: skip
SETTINGS = ("activation", "batch_size", "seed", "dropout", "lr", "epochs", "classes", LINK)


def told(value: object) -> str:
    return repr(value)[:20]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with serving(8700, log) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four trained runs, and a fifth whose rows a test may change: `odd`."""
    invent(tmp_path / "exp").record.close()
    with Recorder(tmp_path / "exp", "odd", {"activation": "relu", "init": "odd"}) as run:
        run.scalars("train_loss", 1, [2.0, 1.0])
        run.scalar("test_accuracy", 2, 0.5)
        run.scalar("signal/preactivation_std/fc1", 0, 1.0)
        run.scalar("mine/a", 1, 1.0)
        run.images("x", 2, np.zeros((2, 4, 4)), [0, 1], [0, 0], ["0", "1"])
        run.text("note", 1, "a note")
    return tmp_path / "exp"


def change(folder: Path, statement: str, *values: object) -> None:
    db = sqlite3.connect(folder / FILE_NAME)
    db.execute(statement, values)
    db.commit()
    db.close()


def configure(folder: Path, changed: dict[str, Any]) -> None:
    config = {"activation": "relu", "init": "odd", "batch_size": 200, "seed": 0, **changed}
    change(folder, "UPDATE run SET config = ? WHERE name = 'odd'", json.dumps(config))


def drawn(experiment: Experiment) -> dict[str, str]:
    """Every window of every environment as it is sent; none may raise, or be the board's note."""
    return {
        f"{where} {place.name}": json.dumps(place.draw().packet(), allow_nan=False)
        for where, places in ExperimentScene(experiment).environments()
        for place in places
    }


def check(folder: Path) -> None:
    """All windows are there and small enough, and the four good runs have their right rows."""
    experiment, _ = open_damaged(folder)
    try:
        assert len(experiment.runs) == 5
        contents = drawn(experiment)
        assert not [name for name in contents if name.endswith(" trouble")]
        assert sum(map(len, contents.values())) < 2_000_000
        board = json.loads(contents["exp_compare leaderboard"])["data"][0]["content"]
        assert "cannot be shown" not in board
        assert board.count("<tr>") == 1 + 5
        for view in experiment.runs[:4]:
            accuracy = view.latest("test_accuracy")
            assert accuracy is not None
            assert f"{accuracy:.4f}" in board
            assert environment("exp", view.name) in board
    finally:
        experiment.record.close()


@pytest.mark.parametrize("value", ODD_VALUES, ids=told)
def test_an_odd_setting_takes_no_window_and_no_row_with_it(folder: Path, value: Any) -> None:
    configure(folder, dict.fromkeys(SETTINGS, value))
    check(folder)


@settings(max_examples=25, derandomize=True)
@given(
    config=st.dictionaries(
        st.one_of(st.sampled_from(SETTINGS), st.text(max_size=10)),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
            ),
            max_leaves=4,
        ),
        max_size=6,
    )
)
def test_any_settings_take_no_window_and_no_row_with_them(
    folder: Path, config: dict[str, Any]
) -> None:
    configure(folder, config)
    check(folder)


@pytest.mark.parametrize("name", ODD_NAMES, ids=told)
@pytest.mark.parametrize("where", ["run", "series", "media"])
def test_an_odd_name_takes_no_window_and_no_row_with_it(
    folder: Path, where: str, name: str
) -> None:
    old = {"run": "odd", "series": "mine/a", "media": "note"}[where]
    change(folder, f"UPDATE {where} SET name = ? WHERE name = ?", name, old)
    check(folder)


ODD_ROWS = {
    "a state of no run": "UPDATE run SET state = 'paused' WHERE name = 'odd'",
    "a time that is a text": "UPDATE run SET started_s = 'yesterday' WHERE name = 'odd'",
    "no time at all": "UPDATE run SET ended_s = 9e999 WHERE name = 'odd'",
    "negative steps": "UPDATE run SET total_steps = -5, steps_per_epoch = -1 WHERE name = 'odd'",
    "steps that are a text": "UPDATE run SET total_steps = 'many' WHERE name = 'odd'",
    "a name of bytes": "UPDATE run SET error = x'ff' WHERE name = 'odd'",
    "settings that are a list": "UPDATE run SET config = '[1]' WHERE name = 'odd'",
    "settings without end": f"UPDATE run SET config = '{'[' * 100_000}' WHERE name = 'odd'",
    "a series of bytes": "UPDATE series SET name = x'ff' WHERE name = 'mine/a'",
    "a step beyond all": "UPDATE point SET step = 9223372036854775807 WHERE step = 2",
    "a value of 1e308": "UPDATE point SET value = 1e308 WHERE step = 2",
    "a note of nothing": "UPDATE media SET details = 'null' WHERE name = 'note'",
}


@pytest.mark.parametrize("what", ODD_ROWS)
def test_an_odd_row_takes_no_window_and_no_other_row_with_it(folder: Path, what: str) -> None:
    change(folder, ODD_ROWS[what])
    experiment, _ = open_damaged(folder)
    contents = drawn(experiment)
    board = json.loads(contents["exp_compare leaderboard"])["data"][0]["content"]
    for view in experiment.runs:
        if view.name != "odd":
            assert f"{view.latest('test_accuracy'):.4f}" in board
    assert len(experiment.runs) == 5
    experiment.record.close()


ODD_SETTINGS = {
    "baseline": [1], "grid": 5, "published": "best", "origin": {}, "recipe": [None],
    "metric": ["loss"], "goal": {}, "milestones": [10**400],
}  # fmt: skip


def test_odd_settings_of_the_experiment_are_left_out(folder: Path) -> None:
    for key, value in ODD_SETTINGS.items():
        change(folder, "INSERT OR REPLACE INTO experiment VALUES (?, ?)", key, json.dumps(value))
    check(folder)


def test_all_environments_of_a_record_with_odd_names_are_on_the_real_server(
    tmp_path: Path, server: Server
) -> None:
    folder = tmp_path / f"a folder (copy) <{'x' * 110}>"
    with Recorder(tmp_path / "exp", "good", {"lr": 0.1}) as run:
        run.scalar("test_accuracy", 1, 0.5)
    (tmp_path / "exp").rename(folder)
    db = connect(folder)
    db.executemany(
        "INSERT INTO run (name, config, state, created_s) VALUES (?, '{}', 'queued', 0)",
        [(name,) for name in ODD_NAMES],
    )
    db.close()
    experiment, _ = open_damaged(folder)
    reports: list[str] = []
    board = Board(ExperimentScene(experiment), server, reports.append)
    until(lambda: not board.frame() and not board.undrawn())
    answer = requests.post(f"{server.url}/env_state", data="{}", headers=server.headers, timeout=5)
    wanted = {where for where, _ in ExperimentScene(experiment).environments()}
    assert len(wanted) == 2 + len(ODD_NAMES)
    assert wanted <= set(answer.json())
    assert reports == []
    experiment.record.close()


def texts_of(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a figure that Plotly draws, as it takes it."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("meta", "content"):
                yield from texts_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner, key)
    elif isinstance(value, str):
        yield value


def test_no_text_of_a_person_is_markup_in_any_plot(tmp_path: Path) -> None:
    grid = {LINK: ["relu", LINK], "activation": [LINK, "$x$", "%{odd}"]}
    experiment = invent(tmp_path / "exp", grid, {}, 200)
    runs = [view.name for view in experiment.runs]
    with Recorder(tmp_path / "exp", "late", {LINK: LINK, "activation": LINK}) as run:
        for series in (LINK, f"mine/{LINK}", f"mine/{LINK}2", f"signal/preactivation_std/{LINK}"):
            run.scalar(series, 1, 1.0)
        run.scalars("train_loss", 1, [1.0, float("nan")])
        run.state, run.error = "diverged", LINK
    experiment.poll()
    plots = {name: p for name, p in drawn(experiment).items() if '"layout": {"margin"' in p}
    assert len(plots) > len(runs)
    links = 0
    for name, packet in plots.items():
        for text in texts_of(json.loads(packet)):
            assert "<a" not in text, name
            assert "$x$" not in text, name
            assert "%{odd}" not in text, name
            links += "&lt;a href" in text
    assert links > 20
    experiment.record.close()
