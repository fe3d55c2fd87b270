"""dashboard.server.process: how the process that hosts Visdom starts, and where it listens."""

import importlib.metadata
import json
import re
from pathlib import Path
from unittest.mock import Mock

import pytest

from dashboard.server.address import listen
from dashboard.server.assets import AssetError
from dashboard.server.process import Server, ServerError
from tests.support.servers import MakeServer, ask, kill

pytestmark = pytest.mark.processes


OUR_PAGE = '<script type="module" src="/trainboard/page/v-'


def test_a_started_server_shows_our_page_and_takes_windows(running: Server) -> None:
    assert OUR_PAGE in ask(running, "/")
    window = {"eid": "e", "win": "w", "data": [{"type": "text", "content": "hello"}]}
    assert ask(running, "/events", window) == "w"
    assert json.loads(ask(running, "/env_state", {})) == ["main", "e"]
    assert running.generation == 1


def test_a_server_starts_and_shows_our_page_without_a_network_or_any_fetched_file(
    make_server: MakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", str(tmp_path))
    server = make_server()
    server.start()
    server.wait_ready()
    files = re.findall(r'(?:src|href)="(/[^"]*)"', ask(server, "/env/any"))
    assert "/trainboard/plotly.js" in files
    for path in files:
        ask(server, path)  # raises when it is not there
    assert not list((tmp_path / "empty").rglob("visdom-*")), "nothing was fetched"


@pytest.mark.parametrize("package", ["visdom", "plotly"])
def test_a_missing_package_is_one_clear_sentence_before_anything_starts(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    if package == "plotly":
        monkeypatch.setattr("dashboard.server.plotly_file.find_spec", lambda name: None)
    else:
        gone = importlib.metadata.PackageNotFoundError("visdom")
        monkeypatch.setattr("importlib.metadata.version", Mock(side_effect=gone))
    server = make_server()
    with pytest.raises(AssetError, match=f"(?i){package} is not installed"):
        server.start()
    assert server.pid is None


def test_a_taken_default_port_gives_way_to_the_next_free_one(make_server: MakeServer) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        server = make_server(port=port)
        server.start()
        assert server.port > port
        assert server.notice == f"Port {port} is taken; the dashboard is on port {server.port}."
        server.wait_ready()


def test_a_free_port_needs_no_notice(running: Server, make_server: MakeServer) -> None:
    server = make_server(port=0)
    server.start()
    assert server.notice is None
    assert server.port > 0


def test_a_taken_port_that_was_named_is_an_error(make_server: MakeServer) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=f"Port {port} is taken"):
            make_server(port=port, named_port=True).start()


def test_two_servers_never_share_a_port_not_even_while_one_is_dead(
    running: Server, make_server: MakeServer
) -> None:
    kill(running)
    with pytest.raises(ServerError, match="is taken"):
        make_server(port=running.port, named_port=True).start()
    assert running.restart_if_dead()
    running.wait_ready()


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_does_not_exist_is_an_error(make_server: MakeServer, port: int) -> None:
    with pytest.raises(ServerError, match="from 1 to 65535"):
        make_server(port=port).start()


@pytest.mark.parametrize("host", ["203.0.113.9", "no.such.host.invalid", "", "a" * 70, "x\0y"])
def test_a_host_that_is_not_this_machines_is_one_clear_sentence(
    make_server: MakeServer, host: str
) -> None:
    with pytest.raises(ServerError, match="Cannot listen on"):
        make_server(host=host, username="a", password="b").start()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "my-machine"])
def test_a_host_beyond_this_machine_demands_a_login(make_server: MakeServer, host: str) -> None:
    with pytest.raises(ServerError, match="VISDOM_USERNAME and VISDOM_PASSWORD"):
        make_server(host=host)


@pytest.mark.parametrize("given", [{"username": "a"}, {"password": "b"}])
def test_half_a_login_is_an_error(make_server: MakeServer, given: dict[str, str]) -> None:
    with pytest.raises(ServerError, match="together"):
        make_server(**given)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2", "::1"])
def test_this_machines_own_addresses_need_no_login(make_server: MakeServer, host: str) -> None:
    server = make_server(host=host)
    try:
        server.start()
    except ServerError as error:
        if host == "::1" and "Cannot listen" in str(error):
            pytest.skip("no IPv6 on this machine")
        raise
    server.wait_ready()
    assert OUR_PAGE in ask(server, "/")


def test_every_address_serves_this_machine_too(make_server: MakeServer) -> None:
    server = make_server(host="0.0.0.0", username="ada", password="lovelace")
    server.start()
    server.wait_ready()
    assert OUR_PAGE in ask(server, "/")
