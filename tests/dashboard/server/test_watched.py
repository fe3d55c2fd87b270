"""dashboard.server.watched: what is looked at, and what is only asked for."""

import time
from types import SimpleNamespace

import pytest

from dashboard.server.attention import SLOWEST_S, PageAttention, attention_of
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


def test_what_pages_look_at_is_told_where_all_that_have_it_open_say_so() -> None:
    one, other = PageAttention(["a"], 0.0), PageAttention(["b"], 2.0)
    pages = {
        "1": SimpleNamespace(eid="both", attention=one),
        "2": SimpleNamespace(eid=["both", "half"], attention=other),
        "3": SimpleNamespace(eid="half", attention=None),
        "4": SimpleNamespace(eid="stock"),
    }
    assert Watched(pages).attention() == {"both": [one.as_json(), other.as_json()]}
    watched = Watched(pages)
    watched.want("both")  # somebody else asks for it
    assert watched.attention() == {}


def test_the_attention_that_a_page_tells_is_taken_as_it_should_be_or_not_at_all() -> None:
    assert attention_of({"seen": ["a"], "every_s": 2}) == PageAttention(["a"], 2.0)
    assert attention_of({"seen": [], "every_s": 1e9}) == PageAttention([], SLOWEST_S)
    assert attention_of({"seen": [], "every_s": -1}) == PageAttention([], 0.0)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"seen": ["a"]},
        {"seen": "a", "every_s": 0},
        {"seen": [1], "every_s": 0},
        {"seen": ["a" * 301], "every_s": 0},
        {"seen": ["a"] * 501, "every_s": 0},
        {"seen": [], "every_s": True},
        {"seen": [], "every_s": "1"},
        {"seen": [], "every_s": float("nan")},
    ],
)
def test_a_malformed_attention_is_passed_over(message: dict[str, object]) -> None:
    assert attention_of(message) is None
