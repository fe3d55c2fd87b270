"""dashboard.server.app under attack: what goes out. Headers, scripts, error pages, memory."""

import contextlib
import re

import psutil
import pytest
import websocket

from dashboard.server.process import Server
from tests.support.attacks import GETS, OUR_PAGES, VISDOM_PAGES, ask, connect


def test_every_answer_carries_the_security_headers(server: Server) -> None:
    for method, path in [("GET", path) for path in (*GETS, "/nothing")] + [("POST", "/events")]:
        headers = ask(server, method, path).headers
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-eval" not in policy
        assert "unsafe-inline" not in policy.split("style-src")[0]
        assert "Server" not in headers


@pytest.mark.parametrize("path", OUR_PAGES)
def test_our_page_runs_no_scripts_but_our_files(server: Server, path: str) -> None:
    answer = ask(server, "GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    for tag in re.findall(r"<script[^>]*>", answer.text):
        assert 'src="/trainboard/' in tag
    assert "<style" not in answer.text


@pytest.mark.parametrize("path", VISDOM_PAGES)
def test_visdoms_page_marks_its_scripts_with_a_nonce_of_its_own(server: Server, path: str) -> None:
    pages = [ask(server, "GET", path) for _ in range(2)]
    nonces = [
        re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]) for page in pages
    ]
    assert nonces[0]
    assert nonces[1]
    assert nonces[0][1] != nonces[1][1]
    scripts = re.findall(r"<script[^>]*>", pages[0].text)
    assert len(scripts) > 10
    assert all(f'nonce="{nonces[0][1]}"' in script for script in scripts)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/update", {"eid": "nowhere", "win": "w", "data": []}),
        ("/events", {"eid": "main", "data": []}),
        ("/events", {"eid": "main", "data": "x"}),
        ("/fork_env", {"prev_eid": "nowhere", "eid": "x"}),
        ("/delete_env", {"eid": "nowhere"}),
        ("/win_data", {"eid": "nowhere", "win": "w"}),
        ("/env/main", {"sid": ["x"]}),
        ("/", {"username": "a", "password": "b"}),
        ("/nothing/at/all", {}),
    ],
    ids=str,
)
def test_an_error_page_shows_no_trace_and_no_path(
    server: Server, path: str, body: dict[str, object]
) -> None:
    answer = ask(server, "POST", path, body)  # which of them are errors depends on the version
    assert len(answer.text) < 200
    for leak in ("Traceback", ".py", "site-packages", "/home", "/root", "/tmp", "File "):
        assert leak not in answer.text


def test_a_subscriber_that_never_reads_is_dropped_and_memory_stays_bounded(
    server: Server,
) -> None:
    host = psutil.Process(server.pid)
    window = {"eid": "main", "win": "big", "data": [{"type": "text", "content": "x" * 2**20}]}
    ask(server, "POST", "/events", window)
    before = host.memory_info().rss
    with connect(server) as deaf:
        for _ in range(70):
            assert ask(server, "POST", "/events", window).status == 200
        assert host.memory_info().rss - before < 120 * 2**20
        received = 0
        with contextlib.suppress(OSError, websocket.WebSocketException):
            while message := deaf.recv():
                received += len(message)
        assert 2**20 < received < 64 * 2**20
    window["data"] = [{"type": "text", "content": ""}]
    ask(server, "POST", "/events", window)
