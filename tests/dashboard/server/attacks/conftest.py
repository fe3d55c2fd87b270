"""Servers to attack: an open one and one that demands a login; both must survive every attack."""

from collections.abc import Iterator

import pytest

from dashboard.server.process import Server
from tests.support.attacks import MOUNTS, VISDOM_PAGES, ask
from tests.support.servers import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("open") / "server.log"
    with serving(8470, log) as server:
        yield server


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that demands a login."""
    log = tmp_path_factory.mktemp("locked") / "server.log"
    options = {"username": "ada", "password": "lovelace"}
    with serving(8470, log, **options) as server:
        yield server


@pytest.fixture(params=MOUNTS, ids=["at the root", "below /visdom"])
def mount(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def needed_files(request: pytest.FixtureRequest) -> None:
    """Only what shows Visdom's own page needs its browser files, and skips without them."""
    parameters = getattr(request.node, "callspec", None)
    if parameters and parameters.params.get("path") in VISDOM_PAGES:
        request.getfixturevalue("page_files")


@pytest.fixture(autouse=True)
def server_survives(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test did, its servers still live and answer afterwards."""
    yield
    for name in {"server", "locked"} & set(request.fixturenames):
        attacked: Server = request.getfixturevalue(name)
        assert attacked.generation == 1
        assert ask(attacked, "GET", "/trainboard/alive", headers=attacked.headers).status == 200
