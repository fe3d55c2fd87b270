"""dashboard.page.routes and media: what a real server answers, to whom, about which record."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import requests

from dashboard.board.dashboard import ROUTES
from dashboard.names import environment
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from dashboard.server.process import Server
from tests.support.invented import accuracy, invent

pytestmark = pytest.mark.processes
EXPERIMENTS, MEDIA, STEPS = (
    f"/trainboard/api/{x}" for x in ("experiments", "media", "media/steps")
)
ALL = [EXPERIMENTS, f"{MEDIA}?environment=exp_relu&window=x&step=1",
       "/trainboard/api/past?environment=exp_relu&window=x&step=1",
       f"{STEPS}?environment=exp_relu&window=x"]  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with pictures, texts and values at the steps 0, 10, … 40, and one named oddly."""
    folder = tmp_path_factory.mktemp("beside") / "runs"
    with Recorder(folder / "exp", "relu", {"lr": 0.1}) as run:
        for step in range(0, 50, 10):
            pixels = np.full((4, 8, 8), step, np.uint8)
            run.images("x", step, pixels, [0, 1, 2, 3], [0, 1, 2, 3])
            run.text("notes/of mine", step, f"<script>alert({step})</script> ö")
            run.data("guesses", step, {"classes": [step]})
            run.scalar("notes/of mine", step, step)
    with Recorder(folder / "exp_relu", "normal", {}) as run:
        run.text("x", 3, "of exp_relu's run normal")
    secret = folder.parent / "secret"
    secret.mkdir()
    with Recorder(secret / "hidden", "relu", {}) as run:
        run.text("x", 1, "secret")
    return folder


@contextmanager
def serve(runs_dir: Path, log: Path, **options: Any) -> Iterator[Server]:
    with Server("127.0.0.1", 8640, named_port=False, log_path=log,
                routes=ROUTES, runs_dir=runs_dir, **options) as server:  # fmt: skip
        server.wait_ready()
        yield server


@pytest.fixture(scope="module")
def server(runs_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(runs_dir, tmp_path_factory.mktemp("open") / "log") as server:
        yield server


def get(server: Server, path: str, **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=10, allow_redirects=False)


def media(server: Server, path: str = MEDIA, **about: Any) -> requests.Response:
    about = {"environment": "exp_relu", "window": "x", "step": 0, **about}
    return get(server, f"{path}?{urlencode(about)}")


# Who is answered


@pytest.mark.parametrize("path", ALL)
def test_only_our_own_page_is_answered(server: Server, path: str) -> None:
    assert get(server, path).status_code == 200
    for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"},
                    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):  # fmt: skip
        refused = get(server, path, **headers)
        assert refused.status_code == 403
        assert "exp" not in refused.text
    assert get(server, path, **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("path", ALL)
def test_nothing_but_reading_is_possible(server: Server, path: str) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = requests.request(method, server.url + path, json={}, timeout=5)
        assert answer.status_code == 405


@pytest.mark.parametrize("path", ALL)
def test_what_is_recorded_can_run_nowhere(server: Server, path: str) -> None:
    headers = get(server, path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "options", [{"username": "ada", "password": "lovelace"}, {"entry": "token"}], ids=str
)
def test_without_a_session_nothing_is_told(
    runs_dir: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with serve(runs_dir, tmp_path / "log", **options) as locked:
        for path in ALL:
            refused = get(locked, path)
            assert refused.status_code == 401
            assert "exp" not in refused.text
        browser = requests.Session()
        browser.post(f"{locked.url}/login", data=options, timeout=5)
        browser.get(f"{locked.url}/{locked.entry_query}", timeout=5)
        for path in ALL:
            assert browser.get(locked.url + path, timeout=10).status_code == 200


# The experiments


def test_the_list_costs_nothing_while_nothing_changes(server: Server) -> None:
    first = get(server, EXPERIMENTS)
    assert {entry["name"] for entry in first.json()["experiments"]} == {"exp", "exp_relu"}
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = get(server, EXPERIMENTS, **{"If-None-Match": first.headers["Etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_record_that_is_being_written_is_listed_as_it_grows(tmp_path: Path) -> None:
    invent(tmp_path / "runs" / "live", states={"relu-normal": "running"})
    (tmp_path / "runs" / "torn").mkdir()
    (tmp_path / "runs" / "torn" / FILE_NAME).write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with serve(tmp_path / "runs", tmp_path / "log") as server:
        live, torn = get(server, EXPERIMENTS).json()["experiments"]
        assert (live["live"], live["states"]) == (True, {"running": 1, "done": 3})
        assert live["best"]["value"] == accuracy(1, 300)
        assert "torn" in torn["note"]
        file = tmp_path / "runs" / "live" / FILE_NAME
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("INSERT INTO point (series, step, time_s, value) SELECT id, 999, 0, 0.995 "
                       "FROM series WHERE name = 'test_accuracy' LIMIT 1")  # fmt: skip
        live = get(server, EXPERIMENTS).json()["experiments"][0]
        assert (live["best"]["run"], live["best"]["value"]) == ("relu-normal", 0.995)
        with Recorder(tmp_path / "runs" / "born", "first", {}):
            names = [e["name"] for e in get(server, EXPERIMENTS).json()["experiments"]]
        assert set(names) == {"live", "torn", "born"}


# The pictures


def test_a_picture_is_the_newest_up_to_the_step(server: Server) -> None:
    bodies = set()
    for asked, step in ((0, 0), (9, 0), (10, 10), (39, 30), (10**9, 40)):
        answer = media(server, step=asked)
        assert (answer.status_code, answer.headers["Trainboard-Step"]) == (200, str(step))
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.content.startswith(PNG)
        bodies.add(answer.content)
    assert len(bodies) == 4


def test_a_text_comes_as_text_and_a_value_as_json(server: Server) -> None:
    text = media(server, window="notes/of mine", step=20)
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.text == "<script>alert(20)</script> ö"
    assert media(server, window="notes/of mine (more)", step=20).text == text.text
    value = media(server, window="guesses", step=20)
    assert value.headers["Content-Type"].startswith("application/json")
    assert value.json() == {"classes": [20]}


def test_the_steps_there_are(server: Server) -> None:
    answer = media(server, STEPS)
    assert answer.json() == {"name": "x", "kind": "png", "steps": [0, 10, 20, 30, 40]}


def test_two_experiments_whose_names_could_be_taken_for_another_are_told_apart(
    server: Server,
) -> None:
    where = environment("exp_relu", "normal")
    assert media(server, environment=where, step=3).text == "of exp_relu's run normal"


@pytest.mark.parametrize(
    "about",
    [
        {"environment": "exp_tanh"},
        {"environment": "nothing"},
        {"environment": "exp_compare"},
        {"window": "nothing"},
        {"window": "../x"},
        {"window": "x' OR '1'='1"},
        {"window": "x\0"},
        {"environment": "hidden_relu"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [MEDIA, STEPS])
def test_what_is_not_there_is_one_sentence(
    server: Server, path: str, about: dict[str, Any]
) -> None:
    answer = media(server, path, step=5, **about)
    assert answer.status_code == 404
    assert answer.text.endswith(".")
    assert "/" not in answer.text.replace("../x", "")


def test_before_the_first_picture_there_is_none(server: Server) -> None:
    answer = media(server, environment=environment("exp_relu", "normal"), step=2)
    assert (answer.status_code, answer.text) == (404, "x has nothing as early as step 2.")


@pytest.mark.parametrize(
    "about",
    [
        {"environment": "../secret/hidden_relu"},
        {"environment": "..%2fsecret%2fhidden_relu"},
        {"environment": "../../etc/passwd"},
        {"environment": "/etc/passwd"},
        {"environment": "exp\\relu"},
        {"environment": ""},
        {"environment": "a" * 500},
        {"window": ""},
        {"window": "w" * 201},
        {"step": ""},
        {"step": "-1"},
        {"step": "1.5"},
        {"step": "1e9"},
        {"step": "٣"},
        {"step": "9" * 16},
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(server: Server, about: dict[str, Any]) -> None:
    answer = media(server, **about)
    assert answer.status_code == 400
    assert "secret" not in answer.text


def test_a_window_may_be_called_as_a_folder_is(server: Server, runs_dir: Path) -> None:
    """It is looked for in the record alone: no path is made of it."""
    with Recorder(runs_dir / "exp", "other", {}) as run:
        run.text("..", 1, "dots")
    where = environment("exp", "other")
    assert media(server, environment=where, window="..", step=1).text == "dots"


def test_a_damaged_record_beside_it_keeps_no_picture_away(server: Server, runs_dir: Path) -> None:
    folder = runs_dir / "exp_"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(b"x" * 4096)
    try:
        assert media(server).status_code == 200
        lost = media(server, environment="exp__relu")
        assert (lost.status_code, lost.text) == (404, "the record of exp_ cannot be read.")
    finally:
        (folder / FILE_NAME).unlink()
        folder.rmdir()


def test_a_server_without_runs_lists_none(tmp_path: Path) -> None:
    with Server("127.0.0.1", 8640, named_port=False, log_path=tmp_path / "log",
                routes=ROUTES) as server:  # fmt: skip
        server.wait_ready()
        assert json.loads(get(server, EXPERIMENTS).text) == {
            "folder": "", "program": "launch.py", "experiments": [], "left_out": 0
        }  # fmt: skip
        assert media(server).status_code == 404
