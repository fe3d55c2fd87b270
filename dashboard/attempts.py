"""How often a password may be tried: the pauses after wrong ones. Knows neither name nor password.

The rule. After a wrong login its network (an IPv4 address, or the 64 first bits of an IPv6 one)
waits 0.5 s, and twice as long after each further one, 30 s at most; ten minutes without one, or a
right login, and it begins anew. All networks together get 20 wrong ones in 10 s. While a pause
lasts, not even the right password is looked at. Nobody is locked out for good: sessions go on,
other networks are not concerned, and the processes of the user who started the server (a browser
on that machine, an `ssh -L` tunnel to it) are a network of their own, OWN_USER, that the sum of
all others does not concern either. They wait too, because the world may come through a tunnel.
"""

import ipaddress
from collections import deque

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
FORGET_S = 600.0
MOST_NETWORKS = 1000  # remembered; then the one that was wrong longest ago is forgotten
ALL_WRONG, ALL_WITHIN_S = 20, 10.0
OWN_USER = "the user who started this"


class Attempts:
    """Wrong logins by network. Times are in seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, float]] = {}  # how many in a row, and when the last was
        self._recent: deque[float] = deque(maxlen=ALL_WRONG)

    def wait_s(self, address: str, now_s: float) -> float:
        """How long this address has to wait before a password is looked at; 0: not at all."""
        count, when_s = self._wrong.get(network(address), (0, 0.0))
        waits = [when_s + pause_s(count) - now_s]
        if len(self._recent) == ALL_WRONG and address != OWN_USER:
            waits.append(self._recent[0] + ALL_WITHIN_S - now_s)
        return max(0.0, *waits)

    def wrong(self, address: str, now_s: float) -> int:
        """Note a wrong login; how many there were in a row."""
        key = network(address)
        count, when_s = self._wrong.pop(key, (0, 0.0))
        count = 1 if now_s - when_s > FORGET_S else count + 1
        self._wrong[key] = (count, now_s)
        if len(self._wrong) > MOST_NETWORKS:
            del self._wrong[next(iter(self._wrong))]
        self._recent.append(now_s)
        return count

    def right(self, address: str) -> None:
        self._wrong.pop(network(address), None)


def pause_s(count: int) -> float:
    """The pause after the `count`-th wrong login in a row."""
    return min(FIRST_PAUSE_S * 2.0 ** min(count - 1, 10), LONGEST_PAUSE_S) if count else 0.0


def network(address: str) -> str:
    """What counts as one visitor: whoever has an IPv6 address has billions of them."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.IPv6Network((int(ip), 64), strict=False))
