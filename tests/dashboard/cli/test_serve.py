"""dashboard.cli.serve: a whole folder is shown to people who can change nothing of it."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import websocket

from dashboard.board.client import RemoteHost
from dashboard.record.recorder import Recorder
from tests.support.invented import invent
from tests.support.launching import Launch, Launched, answers, until
from tests.support.reading import left_open, open_record
from tests.support.refusing import refused
from tests.support.server_windows import page_on, window

LOGIN = {"VISDOM_USERNAME": "ada", "VISDOM_PASSWORD": "lovelace"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    """`serve` of a folder with two experiments, by a launcher that the tests share."""
    folder = tmp_path_factory.mktemp("team")
    for name in ("a", "b"):
        invent(folder / "results" / name).record.close()
    launched = Launched(["serve", "results"], folder, {})
    try:
        until(lambda: "can be looked at by your own programs" in launched.said)
        until(lambda: answers(f"{url(launched)}/trainboard/alive"))
        yield launched
    finally:
        launched.clean_up()


def url(launched: Launched) -> str:
    until(lambda: launched.url)
    return launched.url.rstrip("/")


def names(launched: Launched) -> set[str]:
    answer = requests.get(f"{url(launched)}/trainboard/api/experiments", timeout=20).json()
    return {entry["name"] for entry in answer["experiments"]}


def test_every_experiment_of_the_folder_is_shown_to_several_people_at_once(
    served: Launched,
) -> None:
    server = RemoteHost(url(served))
    with page_on(server, "a_compare"), page_on(server, "b_compare"):
        for environment in ("a_compare", "b_compare"):
            until(lambda: window(server, environment, "leaderboard"))  # noqa: B023
    assert names(served) >= {"a", "b"}


def test_what_is_recorded_later_is_shown_too(served: Launched) -> None:
    folder = Path(served.log).parent / "results" / "late"
    with Recorder(folder, "first") as run:
        run.scalar("train_loss", 1, 1.0)
    until(lambda: "late" in names(served))


WRITES = {
    "/trainboard/api/requests": {"experiment": "a", "act": "stop", "runs": [], "key": "k" * 12},
    "/events": {"data": [{"type": "text", "content": "x"}], "win": "w", "eid": "main"},
    "/update": {"data": [], "win": "w", "eid": "main"},
    "/close": {"win": None, "eid": "a_compare"},
    "/delete_env": {"eid": "main"},
    "/fork_env": {"prev_eid": "a_compare", "eid": "mine"},
    "/save": {"data": ["main"]},
    "/win_data": {"eid": "main", "win": "w", "data": "{}"},
    "/trainboard/windows": [],
}


VISDOM = {f"/visdom{path}": body for path, body in WRITES.items() if "/trainboard" not in path}


@pytest.mark.parametrize(("path", "body"), (WRITES | VISDOM).items())
def test_whoever_looks_can_change_nothing(served: Launched, path: str, body: object) -> None:
    answer = requests.post(url(served) + path, json=body, timeout=5)
    assert answer.status_code == 403
    assert "nothing can be changed here" in answer.text or "Only the dashboard" in answer.text


def test_what_only_asks_is_answered(served: Launched) -> None:
    for path, body in {"/win_exists": {"eid": "main", "win": "w"}, "/env_state": {}}.items():
        assert requests.post(url(served) + path, json=body, timeout=5).status_code == 200


def test_no_command_of_a_page_is_obeyed_and_a_page_has_no_button_for_one(served: Launched) -> None:
    server = RemoteHost(url(served))
    with page_on(server, "a_compare"):
        until(lambda: window(server, "a_compare", "leaderboard"))
        line = websocket.create_connection(f"{url(served)}/socket".replace("http", "ws"), timeout=5)
        for command in ("delete_env", "close", "save"):
            line.send(json.dumps({"cmd": command, "eid": "a_compare", "data": "leaderboard"}))
        line.send('{"cmd": "trainboard_ping"}')
        until(lambda: "trainboard_pong" in line.recv())
        line.close()
        assert window(server, "a_compare", "leaderboard")
    assert "<body data-read-only>" in requests.get(f"{url(served)}/env/a_compare", timeout=5).text


def test_a_run_that_trains_elsewhere_cannot_be_stopped(served: Launched) -> None:
    folder = Path(served.log).parent / "results" / "live"
    left_open(folder, "run")
    body = WRITES["/trainboard/api/requests"] | {"experiment": "live", "runs": ["run"]}  # type: ignore[operator]
    answer = requests.post(f"{url(served)}/trainboard/api/requests", json=body, timeout=5)
    assert answer.status_code == 403
    assert open_record(folder).requests() == []


def test_with_a_name_and_a_password_everybody_must_log_in(launch: Launch, tmp_path: Path) -> None:
    invent(tmp_path / "runs" / "a").record.close()
    launched = launch("serve", "--login", **LOGIN)
    launched.says("can be looked at by whoever logs in")
    page = f"{url(launched)}/env/a_compare"
    until(lambda: answers(page))
    assert "Log in" in requests.get(page, timeout=5).text
    alive = f"{url(launched)}/trainboard/alive"
    assert requests.get(alive, timeout=5).status_code == 401
    with requests.Session() as ada, requests.Session() as bob:
        for person in (ada, bob):
            form = {"username": "ada", "password": "lovelace"}
            assert person.post(f"{url(launched)}/login", data=form, timeout=5).ok
            assert person.get(alive, timeout=5).json()["session"]
            assert "data-read-only" in person.get(page, timeout=5).text
        ada.post(f"{url(launched)}/logout", timeout=5)
        assert ada.get(alive, timeout=5).status_code == 401
        assert bob.get(alive, timeout=5).ok
    launched.send(signal.SIGINT)
    assert launched.ends(20) == 0
    launched.leaves_nobody()


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--login"], "--login needs a user name and a password: set VISDOM_USERNAME and VISDOM_P"),
        (["--host", "0.0.0.0"], "--host 0.0.0.0 opens the dashboard to other machines: set VISDOM"),
        (["nowhere"], "there is no folder nowhere: name one of experiments, as runs"),
        (["runs/a"], "runs/a is one experiment: serve the folder that it is in, runs"),
        (["--embed", "localhost"], "--embed 'localhost' is no origin: write what stands in the"),
    ],
)
def test_what_cannot_be_served_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    invent(tmp_path / "runs" / "a").record.close()
    assert sentence in refused(["serve", *words], capfd)
