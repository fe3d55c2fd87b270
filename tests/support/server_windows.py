"""The windows and environments that a server of ours has, and a socket as an open page holds it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
import websocket

from dashboard.board.client import Host


def window(server: Host, environment: str, name: str) -> dict[str, Any]:
    """The window as the server has it; empty where it has none."""
    answer = requests.post(
        f"{server.url}/win_data",
        json={"eid": environment, "win": name},
        headers=server.headers,
        timeout=5,
    )
    content: dict[str, Any] = json.loads(answer.text) if answer.ok else {}
    return content


def environments(server: Host) -> list[str]:
    """The environments that the server has."""
    answer = requests.post(f"{server.url}/env_state", "{}", headers=server.headers, timeout=5)
    names: list[str] = answer.json()
    return names


@contextmanager
def page_on(server: Host, environment: str) -> Iterator[Callable[[dict[str, Any]], object]]:
    """What a page does to get an environment's updates: a socket, and word of what is open.

    Yields what sends a message as the page would.
    """
    headers = [f"{name}: {value}" for name, value in server.headers.items()]
    address = server.url.replace("http", "ws", 1) + "/socket"
    page = websocket.create_connection(address, timeout=5, header=headers, origin=server.url)
    sid = json.loads(page.recv())["data"]
    url = f"{server.url}/env/{environment}"
    requests.post(url, json={"sid": sid}, headers=server.headers, timeout=5).raise_for_status()
    try:
        yield lambda message: page.send(json.dumps(message))
    finally:
        page.close()
