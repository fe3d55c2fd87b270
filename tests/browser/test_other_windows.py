"""Windows of stock clients on our page: text, images, histories, properties, and unknown kinds.

They are posted as a stock client posts them; the server and the browser are real.
"""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, WebSocket, expect

from dashboard.server.process import Server
from tests.support.chromium import Faults, listening
from tests.support.page import window

OpenPage = Callable[[str], Page]
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SOURCE = "data:image/png;base64," + base64.b64encode(DOT).decode()


ENVIRONMENT = "others"


@pytest.fixture
def page(server: Server, open_once: OpenPage) -> Page:
    """The page on which each test's window appears, by a name of its own."""
    return open_once(f"{server.url}/env/{ENVIRONMENT}")


def post(
    server: Server, window: str, kind: str, content: Any, env: str = ENVIRONMENT, **opts: Any
) -> None:
    data = [{"type": kind, "content": content}]
    body = {"eid": env, "win": window, "data": data, "opts": {"title": window, **opts}}
    request = Request(server.url + "/events", json.dumps(body).encode(), server.headers)
    urlopen(request, timeout=5).close()


def add_picture(server: Server, window: str, caption: str) -> None:
    data = [{"type": "image_history", "content": {"src": SOURCE, "caption": caption}}]
    body = {"eid": ENVIRONMENT, "win": window, "data": data, "opts": {}}
    request = Request(server.url + "/update", json.dumps(body).encode(), server.headers)
    urlopen(request, timeout=5).close()


def test_a_stock_clients_text_is_shown_and_its_style_stays_in_its_box(
    server: Server, page: Page
) -> None:
    post(server, "note", "text", "<style>body{color:red} p{color:lime}</style><p>hello</p>")
    said = window(page, "note").locator("p", has_text="hello")
    expect(said).to_be_visible()
    expect(said).to_have_css("color", "rgb(0, 255, 0)")
    expect(page.locator("body")).not_to_have_css("color", "rgb(255, 0, 0)")


def test_a_stock_clients_text_runs_no_script_and_leads_nowhere_by_itself(
    server: Server, open_page: OpenPage, faults: Faults
) -> None:
    faults.expected = ["Content Security Policy"]
    attack = (
        "<script>window.attacked = 1</script><img src='data:,' onerror='window.attacked = 2'>"
        "<meta http-equiv=refresh content='0;url=/'><form action=/logout><button>x</button></form>"
        "<iframe srcdoc='<b>x</b>'></iframe><p>done</p>"
    )
    post(server, "attack", "text", attack, env="attack")
    page = open_page(server.url + "/env/attack")
    box = window(page, "attack")
    expect(box.locator("p", has_text="done")).to_be_visible()
    for acting in ("script", "meta", "form", "iframe", "[onerror]"):
        expect(box.locator(acting)).to_have_count(0)
    assert page.evaluate("() => window.attacked === undefined")
    expect(page).to_have_url(server.url + "/env/attack")


def test_new_text_leaves_a_person_where_they_were_reading(server: Server, page: Page) -> None:
    lines = "".join(f"<p>line {i}</p>" for i in range(100))
    post(server, "long", "text", lines, height=240)
    box = window(page, "long").locator(".content-text")
    expect(box.locator("p").first).to_be_visible()
    box.evaluate("box => { box.scrollTop = 500; }")
    post(server, "long", "text", lines + "<p>the end</p>", height=240)
    expect(box.locator("p", has_text="the end")).to_have_count(1)
    assert box.evaluate("box => box.scrollTop") == 500


def test_an_image_says_what_it_shows(server: Server, page: Page) -> None:
    post(server, "dot", "image", {"src": SOURCE, "caption": "a green dot"})
    expect(page.get_by_role("img", name="dot: a green dot")).to_be_visible()
    expect(window(page, "dot").locator("figcaption")).to_have_text("a green dot")


def test_a_history_shows_the_newest_picture_and_the_slider_brings_an_older_one(
    server: Server, page: Page
) -> None:
    post(server, "film", "image_history", {"src": SOURCE, "caption": "first"})
    film = window(page, "film")
    expect(film.locator("figcaption")).to_have_text("first")
    add_picture(server, "film", "second")
    expect(film.locator("figcaption")).to_have_text("second")
    film.get_by_label("which picture").focus()
    page.keyboard.press("ArrowLeft")
    expect(film.locator("figcaption")).to_have_text("first")
    add_picture(server, "film", "third")
    expect(film.locator("output")).to_have_text("1 of 3")


def test_a_changed_property_goes_back_to_its_owner(server: Server, open_page: OpenPage) -> None:
    content = [
        {"type": "text", "name": "word", "value": "old"},
        {"type": "checkbox", "name": "on", "value": False},
        {"type": "select", "name": "colour", "value": 0, "values": ["red", "green"]},
        {"type": "button", "name": "go", "value": "Start"},
    ]
    post(server, "panel", "properties", content, env="panel")
    sent: list[dict[str, Any]] = []

    def watch(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: sent.append(json.loads(frame)))

    page = open_page("about:blank")
    with listening(page, "websocket", watch):
        page.goto(server.url + "/env/panel")
        page.get_by_label("word").fill("new")
        page.get_by_label("on", exact=True).check()
        page.get_by_label("colour").select_option("green")
        page.get_by_role("button", name="Start").click()
    changes = [each["data"] for each in sent if each["cmd"] == "forward_to_vis"]
    assert [(each["propertyId"], each["value"]) for each in changes] == [
        (0, "new"),
        (1, True),
        (2, 1),
        (3, "clicked"),
    ]
    assert {(each["target"], each["eid"]) for each in changes} == {("panel", "panel")}


def test_a_window_of_an_unknown_kind_says_where_it_is_shown(server: Server, page: Page) -> None:
    post(server, "cloud", "embeddings", {})
    link = window(page, "cloud").get_by_role("link")
    expect(link).to_have_attribute("href", f"/visdom/env/{ENVIRONMENT}")
