"""The addresses of the server in a real browser: ours, Visdom's own page, and what is not there."""

from collections.abc import Callable
from pathlib import Path

import requests
from playwright.sync_api import Page, expect

from dashboard.server.process import Server


def send(server: Server, environment: str, text: str) -> None:
    """As a stock client does."""
    window = {"eid": environment, "win": "w", "data": [{"type": "text", "content": text}]}
    requests.post(f"{server.url}/events", json=window, timeout=5).raise_for_status()


def test_an_environment_that_is_not_there_yet_is_waited_for(
    server: Server, open_page: Callable[[str], Page]
) -> None:
    page = open_page(f"{server.url}/env/later")
    note = page.get_by_text("There are no windows of later now")
    expect(note).to_be_visible()
    send(server, "later", "here I am")
    expect(page.get_by_role("article", name="w")).to_be_visible()
    expect(note).to_have_count(0)


def test_visdoms_own_page_stands_below_visdom_and_is_whole(
    page_files: Path, server: Server, open_page: Callable[[str], Page]
) -> None:
    send(server, "stock", "as Visdom shows it")
    page = open_page(f"{server.url}/visdom/env/stock")
    expect(page.get_by_text("as Visdom shows it")).to_be_visible()
    expect(page.get_by_text("online")).to_be_visible()
    send(server, "stock", "and it is live")
    expect(page.get_by_text("and it is live")).to_be_visible()
    page.goto(f"{server.url}/visdom")
    expect(page.get_by_text("online")).to_be_visible()
    assert page.url == f"{server.url}/visdom/"
