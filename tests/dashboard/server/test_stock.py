"""dashboard.server.stock and a real stock client: odd numbers, names, its login, what it saves."""

import json
import math
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import visdom

from dashboard.server import stock
from dashboard.server.access import RefusedError
from dashboard.server.process import Server
from tests.support.launching import until
from tests.support.server_windows import environments
from tests.support.servers import kill, serving

pytestmark = pytest.mark.filterwarnings("ignore:The 'warn' method is deprecated")
LOGIN = {"username": "ada", "password": "lovelace"}


def client(server: Server, env: str = "main", **options: Any) -> Any:
    host, port = server.url.rsplit(":", 1)
    options = {"use_incoming_socket": False, "raise_exceptions": True, **options}
    return visdom.Visdom(server=host, port=int(port), env=env, **options)


def lines(stock: Any, window: str, env: str | None = None) -> list[dict[str, Any]]:
    """The traces of a window, as the server has them."""
    traces: list[dict[str, Any]] = json.loads(stock.get_window_data(window, env=env))["content"][
        "data"
    ]
    return traces


# Numbers


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_a_number_that_json_does_not_have_becomes_a_gap(text: str) -> None:
    assert stock.decoded(f'{{"y": [1.5, {text}, 2]}}'.encode()) == ({"y": [1.5, None, 2]}, True)


@pytest.mark.parametrize("body", [b"", b"{", b"not json", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError):
        stock.decoded(body)


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_one_number_that_is_none_costs_a_point_and_not_the_call(server: Server, odd: float) -> None:
    viz = client(server, "numbers")
    viz.line([1.0, odd, 3.0], [0.0, 1.0, 2.0], win="line")
    viz.line([odd], [3.0], win="line", update="append")
    viz.line([4.0], [odd], win="line", update="append")  # nowhere
    viz.line([5.0], [4.0], win="line", update="append")
    (trace,) = lines(viz, "line")
    assert (trace["x"], trace["y"]) == ([0, 1, 2, 3, 4], [1, None, 3, None, 5])


def test_a_plot_for_webgl_is_drawn_as_any_other(server: Server) -> None:
    viz = client(server, "webgl")
    viz.line([1.0, 2.0], [0.0, 1.0], win="line", opts={"webgl": True})
    viz.line([3.0], [2.0], win="line", update="append", opts={"webgl": True})
    (trace,) = lines(viz, "line")
    assert (trace["type"], trace["y"]) == ("scatter", [1, 2, 3])


# Names

NAMES = {
    "实验一": "实验一",
    "lr: 0.1": "lr: 0.1",
    "cnn/lr 0.1": "cnn_lr 0.1",
    "été/実験": "été_実験",
}


@pytest.mark.parametrize("name", NAMES)
def test_an_environment_of_any_alphabet_is_as_good_as_main(server: Server, name: str) -> None:
    viz = client(server, name)
    viz.line([1.0], [0.0], win="line")
    viz.line([2.0], [1.0], win="line", update="append")
    assert lines(viz, "line")[0]["y"] == [1, 2]
    there = environments(server)
    assert NAMES[name] in there
    assert not [each for each in there if "/" in each]
    assert json.loads(viz.save([name])) == [NAMES[name]]
    page = requests.get(f"{server.url}/env/{name}", timeout=5)
    assert unquote(page.url) == f"{server.url}/env/{NAMES[name]}"
    viz.delete_env(name)
    assert NAMES[name] not in environments(server)


def test_the_longest_name_of_an_environment_can_be_saved(server: Server) -> None:
    name = "实" * 67  # three bytes each
    viz = client(server, name)
    viz.text("hello", win="text")
    assert json.loads(viz.save([name])) == [name]
    assert "has up to 201 bytes" in viz.text("hello", win="text", env=name + "验")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a\\b", "a\nb", "x<y"])
def test_an_environment_that_is_no_name_is_refused(server: Server, name: str) -> None:
    for body in ({"eid": name, "win": "w", "data": [{"type": "text", "content": ""}]},):
        assert requests.post(f"{server.url}/events", json=body, timeout=5).status_code == 400
    saved = requests.post(f"{server.url}/save", json={"data": [name]}, timeout=5)
    assert saved.status_code == 400


# The client's own login


def test_the_stock_client_logs_in_with_its_own_scheme(locked: Server) -> None:
    viz = client(locked, **LOGIN)
    assert viz.text("hello", win="text") == "text"
    assert viz.win_exists("text")


def test_its_socket_is_let_in_too(locked: Server) -> None:
    viz = client(locked, **LOGIN, use_incoming_socket=True)
    assert viz.socket_alive
    viz.use_socket = False


@pytest.mark.parametrize(
    "body", ['{"username": "ada", "password": "lovelace"}', '{"username": ["ada"]}', "7", "{"]
)  # the scheme sends a digest, never the password itself
def test_what_is_no_login_of_a_stock_client_lets_nobody_in(locked: Server, body: str) -> None:
    answer = requests.post(f"{locked.url}/", data=body, timeout=5)
    assert answer.status_code in (400, 401)
    assert not answer.cookies


def test_wrong_passwords_of_a_stock_client_are_counted(tmp_path: Path) -> None:
    with serving(8630, tmp_path / "server.log", **LOGIN) as server:
        wrong = {"username": "ada", "password": "0" * 64}
        answers = [requests.post(f"{server.url}/", json=wrong, timeout=5) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429]


def test_a_client_that_logs_in_where_nobody_needs_to_is_welcome(server: Server) -> None:
    assert client(server, **LOGIN).text("hello", win="text") == "text"


# What it saved


def test_saved_environments_outlive_the_host(server: Server) -> None:
    viz = client(server, "实验一")
    viz.line([1.0, 2.0], [0.0, 1.0], win="line")
    viz.save(["实验一"])
    viz.line([3.0], [2.0], win="line", update="append")
    client(server, "unsaved").text("hello", win="text")
    half = folder_of(server) / "half.json"
    half.write_text('{"jsons": {"w"')
    for _ in range(2):  # what was read again can be saved and read once more
        kill(server)
        until(server.restart_if_dead)
        server.wait_ready(timeout_s=60)
        assert lines(viz, "line")[0]["y"] == [1, 2]
        assert not {"unsaved", "half"} & set(environments(server))
        viz.save(["实验一"])
    viz.line([3.0], [2.0], win="line", update="append")
    assert lines(viz, "line")[0]["y"] == [1, 2, 3]


def folder_of(server: Server) -> Path:
    assert server._scratch
    return server._scratch.path
