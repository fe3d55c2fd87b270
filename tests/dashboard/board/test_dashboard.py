"""dashboard.board.dashboard: our own server or one that somebody else runs, and what is said about
them."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from dashboard.board.dashboard import Dashboard
from dashboard.board.scene import ExperimentScene
from dashboard.record.reader import create
from dashboard.runs.experiment import Experiment
from dashboard.server import peers
from dashboard.server.process import ServerError
from dashboard.windows.table import compare_windows
from tests.support.launching import until
from tests.support.reading import add_runs

STOCK = """
import sys
from visdom.server.run_server import start_server
start_server(port=int(sys.argv[1]), base_url="", env_path=sys.argv[2], bind_local=True)
"""


@pytest.fixture
def stock_visdom(tmp_path: Path) -> Iterator[str]:
    """The address of a Visdom server that is not ours, started as its own users do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", STOCK, str(port), str(tmp_path / "envs")]
    with (tmp_path / "stock.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def answers(url: str) -> bool:
    try:
        return requests.post(f"{url}/env_state", data="{}", timeout=2).ok
    except requests.RequestException:
        return False


def test_a_server_that_somebody_else_runs_shows_every_window(
    stock_visdom: str, tmp_path: Path
) -> None:
    until(lambda: answers(stock_visdom))
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
    assert answers(stock_visdom)
    record.close()


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
