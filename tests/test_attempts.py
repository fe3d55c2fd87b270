"""dashboard.attempts: who may try a password when. The clock is the test's own."""

import pytest

from dashboard.attempts import (
    ALL_WITHIN_S,
    ALL_WRONG,
    FORGET_S,
    LONGEST_PAUSE_S,
    MOST_NETWORKS,
    OWN_USER,
    Attempts,
)

HERE, ELSEWHERE = "203.0.113.9", "198.51.100.7"


def test_the_pause_doubles_from_half_a_second_to_half_a_minute() -> None:
    attempts, now_s, pauses = Attempts(), 0.0, []
    for _ in range(9):
        attempts.wrong(HERE, now_s)
        pauses.append(attempts.wait_s(HERE, now_s))
        now_s += pauses[-1]
        assert attempts.wait_s(HERE, now_s) == 0
    assert pauses == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_another_network_does_not_wait() -> None:
    attempts = Attempts()
    for _ in range(8):
        attempts.wrong(HERE, 0)
    assert attempts.wait_s(ELSEWHERE, 0) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("203.0.113.9", "203.0.113.10", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_an_ipv6_visitor_is_its_network(one: str, other: str, same: bool) -> None:
    attempts = Attempts()
    attempts.wrong(one, 0)
    assert (attempts.wait_s(other, 0) > 0) is same


def test_a_right_login_and_ten_quiet_minutes_begin_anew() -> None:
    attempts = Attempts()
    for _ in range(5):
        attempts.wrong(HERE, 0)
        attempts.wrong(ELSEWHERE, 0)
    attempts.right(HERE)
    assert attempts.wait_s(HERE, 0) == 0
    assert attempts.wrong(HERE, 20) == 1
    assert attempts.wrong(ELSEWHERE, FORGET_S + 1) == 1


def test_many_networks_together_get_no_more_than_a_few_tries() -> None:
    attempts = Attempts()
    for number in range(ALL_WRONG):
        assert attempts.wait_s(f"203.0.113.{number}", 0) == 0
        attempts.wrong(f"203.0.113.{number}", 0)
    assert attempts.wait_s(ELSEWHERE, 0) == ALL_WITHIN_S
    assert attempts.wait_s(ELSEWHERE, ALL_WITHIN_S) == 0, "nobody is locked out for good"
    assert attempts.wait_s(OWN_USER, 0) == 0, "whoever started the server does not wait for others"


def test_the_users_own_processes_wait_for_their_own_mistakes() -> None:
    """A tunnel that the person opened may bring the world in under the person's name."""
    attempts = Attempts()
    assert attempts.wrong(OWN_USER, 0) == 1
    assert attempts.wait_s(OWN_USER, 0) == 0.5
    assert attempts.wait_s(HERE, 0) == 0


def test_a_flood_of_networks_is_not_remembered_without_bound() -> None:
    attempts = Attempts()
    for number in range(MOST_NETWORKS + 50):
        attempts.wrong(f"10.0.{number // 256}.{number % 256}", float(number))
    assert len(attempts._wrong) == MOST_NETWORKS
