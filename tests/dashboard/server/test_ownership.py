"""dashboard.server.ownership: the board's windows are the board's, others make their own."""

import json

import pytest
import requests
import websocket

from dashboard.server.process import Server

ENVIRONMENT = "exp_compare"
TEXT = [{"type": "text", "content": "forged"}]


@pytest.fixture(params=["", "/visdom"], ids=["at the root", "below /visdom"])
def mount(request: pytest.FixtureRequest) -> str:
    """Where a client finds Visdom: it stands twice."""
    return str(request.param)


@pytest.fixture(autouse=True)
def leaderboard(server: Server) -> None:
    """A window of the board, and one that a stock client made beside it."""
    ours = {"eid": ENVIRONMENT, "win": "leaderboard", "data": [{"type": "text", "content": "ours"}]}
    assert post(server, "/events", ours, board=True).status_code == 200
    theirs = {"eid": ENVIRONMENT, "win": "theirs", "data": TEXT}
    assert post(server, "/events", theirs).status_code == 200


def post(server: Server, path: str, body: object, board: bool = False) -> requests.Response:
    headers = server.headers if board else {}
    return requests.post(server.url + path, json=body, headers=headers, timeout=5)


def content(server: Server, window: str, environment: str = ENVIRONMENT) -> str:
    """The window's text; "" when it is gone."""
    body = {"eid": environment, "win": window}
    if post(server, "/win_exists", body).text != "true":
        return ""
    return str(post(server, "/win_data", body).json()["content"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/events", {"win": "leaderboard", "data": TEXT}),
        ("/update", {"win": "leaderboard", "data": TEXT}),
        ("/update", {"win": "leaderboard", "data": TEXT, "append": True}),
        ("/close", {"win": "leaderboard"}),
        ("/close", {"win": None}),
        ("/close", {}),
        ("/delete_env", {}),
        ("/fork_env", {"prev_eid": "main"}),
        ("/win_data", {"win": "leaderboard", "data": '{"type": "text", "content": "forged"}'}),
        ("/win_data", {"win": None, "data": "{}"}),
    ],
    ids=str,
)
def test_nobody_but_the_board_changes_its_windows(
    server: Server, mount: str, path: str, body: dict[str, object]
) -> None:
    answer = post(server, mount + path, {"eid": ENVIRONMENT, **body})
    assert answer.status_code == 403
    assert answer.text == "Only the dashboard itself may change its own windows."
    assert content(server, "leaderboard") == "ours"


@pytest.mark.parametrize(
    "message",
    [
        {"cmd": "close", "data": "leaderboard"},
        {"cmd": "delete_env"},
        {"cmd": "save", "prev_eid": "main", "data": {}},
        {"cmd": "pop_embeddings_pane", "data": {"eid": ENVIRONMENT, "target": "leaderboard"}},
        {"cmd": "update_plot_layout", "win": "leaderboard", "data": {"title": "forged"}},
        {"cmd": "update_comment", "win": "leaderboard", "data": "forged"},
        {"cmd": "undo"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/socket", "/vis_socket"])
def test_no_page_removes_or_changes_a_window_of_the_board(
    server: Server, mount: str, path: str, message: dict[str, object]
) -> None:
    whole = post(server, "/win_data", {"eid": ENVIRONMENT, "win": "leaderboard"}).json()
    tell(server, mount + path, {"eid": ENVIRONMENT, **message})
    assert post(server, "/win_data", {"eid": ENVIRONMENT, "win": "leaderboard"}).json() == whole


def tell(server: Server, path: str, message: dict[str, object]) -> None:
    """Send a socket's message and wait until it was dealt with."""
    address = server.url.replace("http", "ws") + path
    page = websocket.create_connection(address, origin=server.url, timeout=5)
    page.send(json.dumps(message))
    page.send('{"cmd": "trainboard_ping"}')
    while "trainboard_pong" not in page.recv():
        pass
    page.close()


def test_a_stock_client_changes_and_removes_what_it_made_itself(server: Server, mount: str) -> None:
    changed = {"eid": ENVIRONMENT, "win": "theirs", "data": [{"type": "text", "content": "new"}]}
    assert post(server, f"{mount}/events", changed).status_code == 200
    assert content(server, "theirs") == "new"
    assert post(server, f"{mount}/update", changed).status_code == 200
    assert post(server, f"{mount}/close", {"eid": ENVIRONMENT, "win": "theirs"}).status_code == 200
    assert content(server, "theirs") == ""


def test_a_page_closes_a_window_that_is_not_the_boards(server: Server, mount: str) -> None:
    tell(server, f"{mount}/socket", {"cmd": "close", "eid": ENVIRONMENT, "data": "theirs"})
    assert content(server, "theirs") == ""
    assert content(server, "leaderboard") == "ours"


def test_a_page_saves_its_layout_and_a_copy_of_the_boards_windows(server: Server) -> None:
    layout = {"leaderboard": {"x": 0, "y": 0, "w": 5, "h": 5, "i": "leaderboard"}}
    for environment in (ENVIRONMENT, "copy"):
        names = {"eid": environment, "prev_eid": ENVIRONMENT}
        tell(server, "/socket", {"cmd": "save", **names, "data": layout})
        assert content(server, "leaderboard", environment) == "ours"
    own = {"eid": "copy", "win": "leaderboard", "data": TEXT}
    assert post(server, "/events", own).status_code == 200
    assert content(server, "leaderboard", "copy") == "forged"


def test_what_the_board_writes_below_visdom_is_its_own_at_the_root_too(server: Server) -> None:
    window = {"eid": "of_the_board", "win": "below", "data": TEXT}
    assert post(server, "/visdom/events", window, board=True).status_code == 200
    assert post(server, "/events", window).status_code == 403


def test_the_board_itself_changes_closes_and_deletes(server: Server) -> None:
    window = {"eid": "of_the_board", "win": "w", "data": [{"type": "text", "content": "1"}]}
    for _ in range(2):
        assert post(server, "/events", window, board=True).status_code == 200
    assert post(server, "/close", window, board=True).status_code == 200
    assert post(server, "/events", window).status_code == 200, "what it closed is free again"
