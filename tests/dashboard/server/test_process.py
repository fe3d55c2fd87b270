"""dashboard.server.process: the port, the life and the death of the process that hosts Visdom."""

import importlib.metadata
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock
from urllib.request import Request, urlopen

import psutil
import pytest

from dashboard.server import process as server_module
from dashboard.server.address import listen
from dashboard.server.assets import AssetError
from dashboard.server.process import Server, ServerError
from tests.support.launching import lives, until

pytestmark = pytest.mark.processes

MakeServer = Callable[..., Server]


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers that are stopped at the end, however the test ends."""
    made: list[Server] = []

    def make(host: str = "127.0.0.1", port: int = 8450, **options: object) -> Server:
        options = {"named_port": False, "log_path": tmp_path / "logs" / "server.log", **options}
        made.append(Server(host, port, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def running(make_server: MakeServer) -> Server:
    server = make_server()
    server.start()
    server.wait_ready()
    return server


def ask(server: Server, path: str, body: object = None) -> str:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(server.url + path, data, server.headers), timeout=5) as answer:
        return str(answer.read().decode())


def kill(server: Server) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    until(lambda: not server.alive())


OUR_PAGE = '<script type="module" src="/trainboard/page/js/main.js">'


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


@pytest.mark.alone
def test_a_killed_server_is_back_on_its_port_within_three_seconds(running: Server) -> None:
    url = running.url
    kill(running)
    started_s = time.monotonic()
    assert running.restart_if_dead()
    running.wait_ready()
    assert time.monotonic() - started_s < 3
    assert (running.url, running.generation) == (url, 2)


def test_a_request_made_while_the_server_is_dead_is_answered_after_its_return(
    running: Server,
) -> None:
    kill(running)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(ask(running, "/trainboard/alive")))
    asking.start()
    until(running.restart_if_dead)
    asking.join(5)
    assert answers == ['{"watched": [], "session": false}']


def test_a_server_that_lives_is_not_restarted(running: Server) -> None:
    assert not running.restart_if_dead()
    assert running.generation == 1


@pytest.mark.alone
def test_a_server_that_keeps_dying_is_restarted_more_and_more_slowly(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = make_server()
    server.start()
    until(lambda: server.restart_if_dead() and server.generation == 3)
    until(lambda: not server.alive())
    started_s = time.monotonic()
    until(server.restart_if_dead)
    assert time.monotonic() - started_s > 0.3


def test_a_server_that_cannot_start_says_where_its_last_words_are(
    make_server: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    server = make_server()
    server.start()
    with pytest.raises(ServerError, match=r"ended at once.*server\.log"):
        server.wait_ready()


def test_a_stopped_server_gives_back_port_and_scratch_folder(running: Server) -> None:
    scratch = running._scratch
    assert scratch
    assert scratch.path.exists()
    running.stop()
    assert not running.alive()
    assert not scratch.path.exists()
    listen("127.0.0.1", running.port).close()
    assert not running.restart_if_dead()


@pytest.mark.alone
def test_a_frozen_server_is_stopped_all_the_same(running: Server) -> None:
    assert running.pid
    pid = running.pid
    os.kill(pid, signal.SIGSTOP)
    started_s = time.monotonic()
    running.stop(timeout_s=0.5)
    assert time.monotonic() - started_s < 2
    assert not psutil.pid_exists(pid)


def test_ctrl_c_in_the_terminal_does_not_end_the_server(running: Server) -> None:
    assert running.pid
    os.kill(running.pid, signal.SIGINT)
    assert ask(running, "/trainboard/alive")


LAUNCHER = """
import sys, time
from pathlib import Path
from dashboard.server.process import Server
server = Server("127.0.0.1", 0, named_port=False, log_path=Path(sys.argv[1]))
server.start()
server.wait_ready()
print(server.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("state", [None, signal.SIGSTOP], ids=["running", "frozen and thawed"])
def test_the_server_ends_with_a_killed_launcher(tmp_path: Path, state: int | None) -> None:
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path / "log")]
    with subprocess.Popen(
        command, cwd=server_module.PROJECT, stdout=subprocess.PIPE, text=True
    ) as launcher:
        assert launcher.stdout
        host = psutil.Process(int(launcher.stdout.readline()))
        scratch = Path(host.cmdline()[host.cmdline().index("--env-path") + 1])
        if state is not None:
            host.send_signal(state)
        launcher.kill()
    if state is not None:
        host.send_signal(signal.SIGCONT)
    until(lambda: not lives(host), within_s=5)
    assert not scratch.exists()


def test_a_chatty_server_never_blocks_on_its_output(running: Server) -> None:
    for number in range(100):
        with pytest.raises(OSError, match="500"):
            ask(running, f"/events?{number}", {"eid": "main", "win": "w", "data": []})
    assert running.log_path.stat().st_size > 2**16, "more than a pipe holds"
    assert ask(running, "/trainboard/alive")


def test_importing_the_server_loads_neither_visdom_nor_tornado() -> None:
    code = (
        "import sys, dashboard.server.process; "
        "loaded = {name.split('.')[0] for name in sys.modules}; "
        "sys.exit(bool(loaded & {'visdom', 'tornado', 'torch'}))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=server_module.PROJECT).returncode == 0
