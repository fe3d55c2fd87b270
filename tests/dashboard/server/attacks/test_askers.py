"""dashboard.server.app under attack: who may ask. Foreign sites, hosts and links."""

import pytest
import websocket

from dashboard.server.process import Server
from tests.support.attacks import GETS, POSTS, SOCKETS, ask, connect, environments


@pytest.mark.parametrize("path", GETS)
def test_a_page_is_refused_under_a_foreign_host_name(server: Server, path: str) -> None:
    assert ask(server, "GET", path).status in (200, 302)
    for host in ("evil.example", "evil.example:8470", "127.0.0.1.evil.example", "", "localhost@x"):
        answer = ask(server, "GET", path, headers={"Host": host})
        assert answer.status in (400, 403), host


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_foreign_sites_post_is_refused(server: Server, headers: dict[str, str]) -> None:
    body = {"eid": "planted", "win": "w", "data": [{"type": "text", "content": "x"}]}
    for path in POSTS:
        assert ask(server, "POST", path, body, headers).status == 403, path
    assert "planted" not in environments(server)


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_foreign_sites_socket_is_refused(
    server: Server, path: str, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(websocket.WebSocketBadStatusException) as refused,
        connect(server, path, **headers),
    ):
        pass
    assert refused.value.status_code == 403
    with connect(server, path, Origin=server.url) as own:
        assert own.recv()


def test_another_sites_link_opens_a_page_but_cannot_load_anything(server: Server) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert (
        ask(server, "GET", "/env/main", headers={**link, "Sec-Fetch-Dest": "document"}).status
        == 200
    )
    for use in ("iframe", "script", "image", "empty"):
        assert (
            ask(server, "GET", "/env/main", headers={**link, "Sec-Fetch-Dest": use}).status == 403
        )


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1", "[::1]:8470"])
def test_a_tunnel_may_change_the_port(server: Server, host: str) -> None:
    assert ask(server, "GET", "/", headers={"Host": host, "Origin": f"http://{host}"}).status == 200
