"""dashboard.server.watched: what is looked at, and what is only asked for."""

import time
from types import SimpleNamespace

import pytest

from dashboard.server.watched import MOST_WANTED, WANTED_S, Watched


def test_pages_watch_what_they_have_open_and_what_they_compare() -> None:
    pages = {"1": SimpleNamespace(eid="b"), "2": SimpleNamespace(eid=["a", "b"])}
    assert Watched(pages).names() == ["a", "b"]


def test_what_was_asked_for_is_wanted_until_nobody_asks_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched, now_s = Watched({}), time.monotonic()
    watched.want("a")
    assert watched.names() == ["a"]
    monkeypatch.setattr(time, "monotonic", lambda: now_s + WANTED_S + 1)
    watched.want("b")
    assert watched.names() == ["b"]


def test_only_so_many_are_remembered() -> None:
    watched = Watched({})
    for i in range(3 * MOST_WANTED):
        watched.want(f"e{i:04}")
    assert len(watched.names()) == MOST_WANTED
    assert watched.names()[-1] == f"e{3 * MOST_WANTED - 1:04}"
