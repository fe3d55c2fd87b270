"""Servers to attack: an open one and one that demands a login; both must survive every attack."""

from collections.abc import Iterator

import pytest

from dashboard.server.process import Server
from tests.support.attacks import MOUNTS, VISDOM_PAGES, ask


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
