"""Windows that a test posts to a server as the board would, without a record behind them."""

import json
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from dashboard.server.process import Server
from tests.support.page import plot_shows, window
from tests.support.server_windows import environments

ENVIRONMENT = "exp_compare"
PLOTS = ("train_loss", "test_loss", "test_accuracy")


def post(
    server: Server,
    name: str,
    kind: str = "plot",
    text: str = "",
    environment: str = ENVIRONMENT,
    **options: int,
) -> None:
    """Send one window: a plot whose line and title are called `text`, or `text` as HTML."""
    data: list[dict[str, object]] = [{"type": "text", "content": text}]
    if kind == "plot":
        data = [{"type": "scatter", "x": [1, 2, 3], "y": [3, 1, 2], "name": text}]
    body: dict[str, object] = {"eid": environment, "win": name, "data": data}
    body |= {"layout": {"title": text}, "opts": {"title": name, **options}}
    _ask(server, "/events", body)


def close(server: Server, name: str) -> None:
    _ask(server, "/close", {"eid": ENVIRONMENT, "win": name})


def clear(server: Server, environment: str) -> None:
    """Remove all windows of an environment, if there is one."""
    if environment in environments(server):
        _ask(server, "/close", {"eid": environment, "win": None})


def _ask(server: Server, path: str, body: dict[str, object]) -> None:
    request = Request(server.url + path, json.dumps(body).encode(), server.headers)
    urlopen(request, timeout=5).close()


def draw(server: Server, text: str) -> None:
    """Three plots and a table, all of which say `text`."""
    for name in PLOTS:
        post(server, name, text=text, width=450, height=300)
    post(server, "leaderboard", "text", f"<table><tr><td>{text}</td></tr></table>")


def shows(page: Page, text: str) -> None:
    """Wait until every plot and the table show `text`."""
    cell = window(page, "leaderboard").locator("td", has_text=text)
    expect(cell).to_have_count(1)
    for name in PLOTS:
        expect(window(page, name).locator(".js-plotly-plot")).to_be_attached()
        plot_shows(page, name, f"plot.data[0].name === {json.dumps(text)}")
