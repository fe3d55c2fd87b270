"""dashboard.server.windows: many windows of the board in one request."""

import json
from collections.abc import Generator
from typing import Any

import pytest
import requests
import websocket

from dashboard.server.process import Server
from tests.support.server_windows import environments, window


def text(environment: str, name: str, content: str = "hello") -> str:
    data = [{"type": "text", "content": content}]
    return json.dumps({"eid": environment, "win": name, "data": data})


def post(server: Server, *lines: str, board: bool = True) -> requests.Response:
    headers = server.headers if board else {}
    url = f"{server.url}/trainboard/windows"
    return requests.post(url, "\n".join(lines).encode(), headers=headers, timeout=5)


def answers(server: Server, *lines: str) -> list[tuple[int, str]]:
    return [(status, said) for status, said in post(server, *lines).json()["answers"]]


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ("{", 400),
        ("", 400),
        ("[]", 400),
        (text("<b>", "w"), 400),
        (text("several", "w").replace('"hello"', "NaN"), 400),
        ('{"eid": "several", "win": "w"}', 500),  # it has no content
        ('{"eid": "several", "win": "w", "data": []}', 500),
    ],
    ids=["no JSON", "empty", "no object", "odd name", "NaN", "no content", "nothing drawn"],
)
def test_a_refused_window_takes_no_other_of_its_request_with_it(
    server: Server, bad: str, status: int
) -> None:
    said = answers(server, text("several", "a", bad), bad, text("several", "b", bad))
    assert [code for code, _ in said] == [200, status, 200]
    assert [said[0][1], said[2][1]] == ["a", "b"]
    for name in ("a", "b"):
        assert window(server, "several", name)["content"] == bad


def test_nobody_but_the_board_sends_several_windows(server: Server) -> None:
    answer = post(server, text("others", "w"), board=False)
    assert (answer.status_code, answer.text) == (403, "Only the dashboard itself may ask for this.")
    assert "others" not in environments(server)


def test_what_came_with_others_is_the_boards_own_too(server: Server) -> None:
    assert answers(server, text("owned", "w")) == [(200, "w")]
    forged = json.loads(text("owned", "w", "forged"))
    assert requests.post(f"{server.url}/events", json=forged, timeout=5).status_code == 403
    assert window(server, "owned", "w")["content"] == "hello"


def page_messages(server: Server, environment: str) -> Generator[dict[str, Any], None, None]:
    """What a page that opens the environment is sent, message after message."""
    address = server.url.replace("http", "ws", 1) + "/socket"
    page = websocket.create_connection(address, timeout=5, origin=server.url)
    try:
        sid = json.loads(page.recv())["data"]
        requests.post(f"{server.url}/env/{environment}", json={"sid": sid}, timeout=5)
        while True:
            yield json.loads(page.recv())
    finally:
        page.close()


def test_an_open_page_gets_each_window_in_the_order_of_the_request(server: Server) -> None:
    answers(server, text("ordered", "first", "old"))
    messages = page_messages(server, "ordered")
    next(message for message in messages if message["command"] == "layout")  # all is there
    names = [f"w{i}" for i in range(5)]
    answers(server, *(text("ordered", name) for name in names), text("ordered", "first", "new"))
    windows = (message["id"] for message in messages if message["command"] == "window")
    seen = [next(windows) for _ in range(6)]
    messages.close()
    assert seen == [*names, "first"]


def test_places_are_there_for_whoever_opens_the_environment_later(server: Server) -> None:
    place = {"i": "w", "x": 3, "y": 4}
    lines = [json.dumps({"eid": "placed", "places": {name: place}}) for name in ("w", "v")]
    assert answers(server, text("placed", "w"), *lines) == [(200, "w"), (200, ""), (200, "")]
    messages = page_messages(server, "placed")
    reload = next(message for message in messages if message["command"] == "reload")
    messages.close()
    assert reload["data"] == {"w": place, "v": place}


def test_places_make_no_environment(server: Server) -> None:
    assert answers(server, '{"eid": "nowhere", "places": {"w": {"i": "w"}}}') == [(200, "")]
    assert "nowhere" not in environments(server)
