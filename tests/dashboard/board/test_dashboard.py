"""dashboard.board.dashboard: our own server or one that somebody else runs, and what is said about
them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from dashboard.board.dashboard import Dashboard
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import create
from dashboard.runs.experiment import Experiment
from dashboard.server import peers
from dashboard.server.process import ServerError
from dashboard.windows.compare_windows import compare_windows
from tests.support.launching import until
from tests.support.reading import add_runs

STOCK = """
import hashlib, os, sys
sys.modules["torch"] = None  # Visdom loads it where it is there, for its client alone
from visdom.server.run_server import start_server
from visdom.utils.server_utils import hash_password
login = None
if sys.argv[3:]:
    sent = hashlib.sha256(sys.argv[4].encode()).hexdigest()  # by a client that logs in
    login = {"username": sys.argv[3], "password": hash_password(sent)}
    os.makedirs(os.path.expanduser("~/.visdom"))
    with open(os.path.expanduser("~/.visdom/COOKIE_SECRET"), "w") as file:
        file.write("a secret")
start_server(port=int(sys.argv[1]), base_url="", env_path=sys.argv[2], bind_local=True,
             user_credential=login)
"""
LOGIN = ("ada", "lovelace")


@contextmanager
def visdom_of_others(folder: Path, *login: str) -> Iterator[str]:
    """The address of a Visdom server that is not ours, started as its own users do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", STOCK, str(port), str(folder / "envs"), *login]
    with (folder / "stock.log").open("wb") as log:
        environment = {**os.environ, "HOME": str(folder)}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(url))
        yield url
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def stock_visdom(tmp_path: Path) -> Iterator[str]:
    with visdom_of_others(tmp_path) as url:
        yield url


@pytest.fixture(scope="module")
def locked_visdom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that wants a login: ada, lovelace."""
    with visdom_of_others(tmp_path_factory.mktemp("locked"), *LOGIN) as url:
        yield url


def answers(url: str) -> bool:
    """Whether it takes requests; one that wants a login refuses them, each version in its way."""
    try:
        asked = requests.post(f"{url}/env_state", data="{}", timeout=2)
        return asked.status_code in (200, 400, 401)
    except requests.RequestException:
        return False


def test_a_server_that_somebody_else_runs_shows_every_window(
    stock_visdom: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = create(tmp_path / "exp")
    add_runs(record, [("relu", {"activation": "relu"})])
    experiment = Experiment(record)
    experiment.poll()
    with Dashboard("127.0.0.1", None, stock_visdom + "/", tmp_path / "server.log") as dashboard:
        dashboard.start()
        dashboard.open(ExperimentScene(experiment), browser=False)
        assert dashboard.url == f"{stock_visdom}/env/exp_compare"
        until(dashboard.complete)
    for name, window in compare_windows(experiment).items():
        body = {"eid": "exp_compare", "win": name}
        answer = requests.post(f"{stock_visdom}/win_data", data=json.dumps(body), timeout=5)
        assert answer.json()["title"] == window.title
        if answer.json()["type"] == "text":  # readable where our page is not
            assert answer.json()["content"].startswith("<style>\n\n.tb-window {")
    said = capsys.readouterr().err
    sees_pages = requests.get(stock_visdom, timeout=5).status_code != 403
    assert ("shows nobody its pages (403)" in said) is not sees_pages
    assert sees_pages or 'pip install "tornado<6.6"' in said
    record.close()


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        (("", ""), "wants a login: set VISDOM_USERNAME and VISDOM_PASSWORD$"),
        (("ada", "wr0ng"), "does not take the login of VISDOM_USERNAME and VISDOM_PASSWORD$"),
    ],
)
def test_a_server_that_wants_a_login_is_one_sentence(
    locked_visdom: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    login: tuple[str, str],
    sentence: str,
) -> None:
    for variable, value in zip(("VISDOM_USERNAME", "VISDOM_PASSWORD"), login, strict=True):
        monkeypatch.setenv(variable, value)
    dashboard = Dashboard("127.0.0.1", None, locked_visdom, tmp_path / "server.log")
    with pytest.raises(ServerError, match=sentence) as caught:
        dashboard.start()
    assert str(caught.value).startswith(f"the Visdom server at {locked_visdom} ")


def test_a_server_that_wants_a_login_shows_every_window_to_who_has_it(
    locked_visdom: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in zip(("VISDOM_USERNAME", "VISDOM_PASSWORD"), LOGIN, strict=True):
        monkeypatch.setenv(variable, value)
    with closing(create(tmp_path / "exp")) as record:
        add_runs(record, [("relu", {"activation": "relu"})])
        experiment = Experiment(record)
        experiment.poll()
        with Dashboard("127.0.0.1", None, locked_visdom, tmp_path / "server.log") as dashboard:
            dashboard.start()
            dashboard.open(ExperimentScene(experiment), browser=False)
            until(dashboard.complete)  # with the layout, which goes by the web socket


@pytest.mark.processes
def test_a_server_that_is_stopped_in_the_middle_of_a_request_holds_up_no_ctrl_c(
    tmp_path: Path,
) -> None:
    with closing(create(tmp_path / "exp")) as record:
        experiment = Experiment(record)
        with Dashboard("127.0.0.1", None, None, tmp_path / "server.log") as dashboard:
            dashboard.start()
            dashboard.open(ExperimentScene(experiment), browser=False)
            until(dashboard.complete)
            assert dashboard._server
            assert dashboard._server.pid
            os.kill(dashboard._server.pid, signal.SIGSTOP)
            add_runs(record, [("relu", {"activation": "relu"})])  # there is something to send
            experiment.poll()
            sent_s = time.monotonic()
        assert time.monotonic() - sent_s < 4.5  # of the 5 s in which Ctrl-C ends everything


@pytest.mark.processes
@pytest.mark.parametrize("owners_known", [True, False])
def test_the_printed_address_carries_a_token_only_where_owners_are_unknown(
    tmp_path: Path,
    owners_known: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(peers, "owners_known", lambda: owners_known)
    record = create(tmp_path / "exp")
    add_runs(record, [("relu", {"activation": "relu"})])
    experiment = Experiment(record)
    experiment.poll()
    with Dashboard("127.0.0.1", None, None, tmp_path / "server.log") as dashboard:
        dashboard.start()
        dashboard.open(ExperimentScene(experiment), browser=False)
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "dashboard: " in line]
        assert line == f"dashboard: {dashboard.url}"
        assert ("?token=" in line) is not owners_known
        until(dashboard.complete)
        assert requests.get(dashboard.url, timeout=5).status_code == 200
        bare = requests.get(dashboard.url.partition("?")[0], timeout=5)
        assert bare.status_code == (200 if owners_known else 401)
    record.close()


def test_an_address_where_nobody_answers_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as deaf:  # it has the port and takes no connection
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        dashboard = Dashboard("127.0.0.1", None, address, tmp_path / "server.log")
        with pytest.raises(ServerError, match=f"no Visdom server answers at {address}"):
            dashboard.start()


@pytest.mark.parametrize("url", ["", "localhost", "ftp://x", "http://"])
def test_what_is_no_address_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="write http://HOST:PORT"):
        Dashboard("127.0.0.1", None, url, tmp_path / "server.log")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_port_out_of_range_is_refused(port: int, tmp_path: Path) -> None:
    with pytest.raises(ServerError, match=r"it must be in 1 \.\. 65535"):
        Dashboard("127.0.0.1", port, None, tmp_path / "server.log")
