"""dashboard.server.visdom_files: Visdom's own page, from the first visit to its opening."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import requests

from dashboard.server.assets import ASSETS, installed_version
from dashboard.server.process import Server
from tests.support.launching import lives, until

pytestmark = pytest.mark.processes
# In the place of npm: what it is told to do takes as long as the test wants.
NPM = """#!/bin/sh
while [ ! -e {goes_on} ]; do sleep 0.05; done
exit 1
"""


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Server]]:
    """Starts a server that has neither a file in its cache nor a CDN; its npm waits for a file."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(NPM.format(goes_on=tmp_path / "goes_on"))
    npm.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{npm.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    started: list[Server] = []

    def start() -> Server:
        server = Server("127.0.0.1", 8620, named_port=False, log_path=tmp_path / "log")
        started.append(server)
        server.start()
        server.wait_ready()
        return server

    yield start
    (tmp_path / "goes_on").touch()
    for server in started:
        server.stop()


def visit(server: Server, path: str = "/visdom/") -> requests.Response:
    return requests.get(server.url + path, timeout=10)


def test_while_the_files_are_fetched_the_page_says_so_and_comes_again(
    serve: Callable[[], Server], tmp_path: Path
) -> None:
    server = serve()
    count = len(ASSETS[installed_version()])
    for path in ("/visdom/", "/visdom/env/main"):
        waiting = visit(server, path)
        assert waiting.text == (
            f"Fetching the {count} browser files of Visdom's own page …; "
            "this page opens when they are here."
        )
        assert (waiting.status_code, waiting.headers["Refresh"]) == (503, "2")
    assert visit(server, "/").status_code == 200, "our own page waits for nothing"
    (tmp_path / "goes_on").touch()
    until(lambda: "Refresh" not in visit(server).headers)
    failed = visit(server)
    assert failed.status_code == 503
    assert failed.text.startswith("Visdom's own page cannot be shown: ")
    assert "connect to the internet once" in failed.text


def test_a_file_that_is_there_and_not_verified_is_never_served(
    serve: Callable[[], Server], tmp_path: Path
) -> None:
    altered = tmp_path / "cache" / "trainboard" / f"visdom-{installed_version()}" / "js"
    altered.mkdir(parents=True)
    (altered / "jquery.min.js").write_text("alert('evil')")
    server = serve()
    assert visit(server, "/static/js/jquery.min.js").status_code == 404
    assert visit(server).status_code == 503
    assert visit(server, "/static/js/jquery.min.js").status_code == 404


def test_a_server_that_ends_while_it_fetches_takes_npm_along(serve: Callable[[], Server]) -> None:
    server = serve()
    visit(server)
    host = psutil.Process(server.pid)
    until(lambda: any("npm" in " ".join(child.cmdline()) for child in host.children()))
    (npm,) = host.children()
    server.stop()
    until(lambda: not lives(npm))


def test_files_that_are_here_open_the_page_at_once(page_files: Path, tmp_path: Path) -> None:
    with Server("127.0.0.1", 8620, named_port=False, log_path=tmp_path / "log") as server:
        server.wait_ready()
        assert '<div id="app">' in visit(server).text
        assert visit(server, "/static/js/jquery.min.js").status_code == 200


def test_an_environment_that_only_visdoms_page_asks_for_is_wanted_for_a_while(
    serve: Callable[[], Server],
) -> None:
    server = serve()
    waiting = visit(server, "/visdom/env/exp_compare")
    assert (waiting.status_code, waiting.headers["Refresh"]) == (404, "2")
    assert visit(server, "/trainboard/alive").json()["watched"] == ["exp_compare"]
