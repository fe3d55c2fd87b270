"""dashboard.page.commands: who may ask for what, over a real server, and what is written."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dashboard.board.dashboard import ROUTES
from dashboard.page.commands import command_line
from dashboard.record.places import FORKABLE
from dashboard.server.process import Server
from tests.support.invented import invent
from tests.support.reading import open_record, until_the_test_ends
from tests.support.servers import serving

pytestmark = pytest.mark.processes
PATH = "/trainboard/api/requests"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An experiment that this test is the launcher of."""
    invent(tmp_path / "runs" / "exp", states={"relu-normal": "paused"})
    return tmp_path / "runs" / "exp"


@pytest.fixture
def server(folder: Path, tmp_path: Path) -> Iterator[Server]:
    with serving(8700, tmp_path / "log", routes=ROUTES, runs_dir=folder.parent) as server:
        yield server


def body(**changes: Any) -> dict[str, Any]:
    return {"experiment": "exp", "act": "stop", "runs": ["relu-normal"], "details": {},
            "key": "key-of-this-one", **changes}  # fmt: skip


def post(server: Server, about: Any, **headers: str) -> requests.Response:
    kind = {"Content-Type": "application/json"}
    data = about if isinstance(about, str) else json.dumps(about)
    return requests.post(server.url + PATH, data, headers={**kind, **headers}, timeout=10)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an odd act": ({"act": ["stop"]}, "cannot be asked"),
    "no act": ({"act": "explode"}, "'explode' cannot be asked: there are stop, pause"),
    "another experiment": ({"experiment": "../exp"}, "there is no experiment '../exp'"),
    "no experiment": ({"experiment": None}, "there is no experiment None"),
    "a run that is not there": ({"runs": ["x"]}, "exp has no run 'x'"),
    "an odd run": ({"runs": [["x"]]}, "exp has no run"),
    "a text for runs": ({"runs": "relu-normal"}, "a list of names"),
    "no key": ({"key": ""}, "the key of a request"),
    "a long key": ({"key": "k" * 41}, "the key of a request"),
    "odd details": ({"details": []}, "the details of a request are a small object"),
    "much": ({"details": {"x": "y" * 6000}}, "the details of a request are a small object"),
}


def test_who_may_ask_and_what_is_written(server: Server, folder: Path) -> None:
    """One server for all: every refusal writes nothing, and what is asked is written once."""
    for headers in (
        {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"}, {"Host": "evil.example"}, {"Origin": "null"},
    ):  # fmt: skip
        answer = post(server, body(), **headers)
        assert (answer.status_code, "exp" in answer.text) == (403, False)
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert post(server, body(), **{"Content-Type": kind}).status_code == 415
    for text in ("", "{", "[]", '"x"', '{"act": NaN}', "null"):
        assert post(server, text).status_code == 400
    for change, sentence in REFUSED.values():
        answer = post(server, body(**change))
        assert (answer.status_code, sentence in answer.text) == (400, True), answer.text
        assert str(folder) not in answer.text
    for method in ("PUT", "DELETE", "PATCH"):
        assert requests.request(method, server.url + PATH, json=body()).status_code == 405
    record = open_record(folder)
    assert record.requests() == []

    first = post(server, body())
    assert (first.status_code, post(server, body()).json()) == (200, first.json())
    (request,) = record.requests()
    assert (request.act, request.runs, request.origin) == ("stop", ("relu-normal",), "page")
    told = requests.get(f"{server.url}{PATH}?experiment=exp", timeout=10).json()
    assert (told["launcher"], told["removed"]) == (True, [])
    assert [(r["key"], r["state"]) for r in told["requests"]] == [("key-of-this-one", "waits")]
    assert requests.get(f"{server.url}{PATH}?experiment=other", timeout=10).status_code == 400
    places = folder / FORKABLE / "relu-normal"
    places.mkdir(parents=True)
    for name in ("2-600.pt", "1-300.pt", "odd.pt"):
        (places / name).touch()
    address = f"{server.url}{PATH}?experiment=exp&run="
    told = requests.get(f"{address}relu-normal", timeout=10).json()
    assert told["places"] == [[1, 300], [2, 600]]
    for run in ("none", "../exp", ".."):
        assert requests.get(address + run, timeout=10).status_code == 400
    for number in range(60):
        code = post(server, body(key=f"another-{number:03}")).status_code
    assert code == 503  # nobody acts: it does not grow for ever
    assert len(record.requests(only_open=True)) == 50


def test_where_nobody_trains_the_page_is_told_what_to_type(server: Server, folder: Path) -> None:
    until_the_test_ends.close()  # the launcher's record too
    answer = post(server, body())
    assert answer.status_code == 409
    assert answer.text.endswith("in a terminal: launch.py stop exp/relu-normal")
    assert open_record(folder).requests() == []


@pytest.mark.parametrize("options", [{"username": "ada", "password": "lovelace"},
                                     {"entry": "token"}], ids=str)  # fmt: skip
def test_without_a_session_nothing_is_asked(
    folder: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    with serving(
        8720, tmp_path / "log", routes=ROUTES, runs_dir=folder.parent, **options
    ) as server:
        assert post(server, body()).status_code == 401
        browser = requests.Session()
        browser.post(f"{server.url}/login", data=options, timeout=5)
        browser.get(f"{server.url}/{server.entry_query}", timeout=5)
        kind = {"Content-Type": "application/json"}
        address, data = server.url + PATH, json.dumps(body())
        evil = {**kind, "Origin": "http://evil.example"}
        assert browser.post(address, data, headers=evil, timeout=5).status_code == 403
        assert open_record(folder).requests() == []
        assert browser.post(address, data, headers=kind, timeout=5).status_code == 200
    assert len(open_record(folder).requests()) == 1


def test_what_a_person_types_for_each_act() -> None:
    def line(act: str, *runs: str, **details: Any) -> str:
        return command_line("exp", act, list(runs), details).removeprefix("launch.py ")

    assert line("pause", "a", "b c") == "pause exp/a 'b c'"
    assert line("restore", "a") == "remove exp/a --undo"
    assert line("delete", "a") == "remove exp/a --for-good"
    assert line("lr", "a", lr=0.1) == "lr exp/a --to 0.1"
    assert line("add", choices={"seed": [1, 2], "batch_size": [50]}) == (
        "add exp --seed 1 2 --batch-size 50"
    )
    assert line("fork", "a", at=9, changes={"lr": 0.1, "dropout": [0.5]}) == (
        "fork exp/a --at 9 --lr 0.1 --dropout 0.5"
    )
