"""dashboard.server.pages: our page and its files, as a browser asks for them."""

import re
import shutil

import pytest
import requests

from dashboard.server.pages import FILES, our_page
from dashboard.server.plotly_file import plotly_file
from dashboard.server.process import Server

pytestmark = pytest.mark.processes
MODULE = "/trainboard/page/js/main.js"


@pytest.mark.parametrize("path", ["/", "/env/exp_compare", MODULE, "/trainboard/plotly.js"])
def test_a_reload_costs_nothing(server: Server, path: str) -> None:
    first = requests.get(server.url + path, timeout=10)
    assert first.status_code == 200
    assert first.headers["Cache-Control"] == "no-cache", "asked for again each time"
    marked = {"If-None-Match": first.headers["Etag"]}
    again = requests.get(server.url + path, headers=marked, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/env/exp_compare", MODULE, "/trainboard/plotly.js"])
def test_a_look_at_the_headers_alone_is_answered(server: Server, path: str) -> None:
    whole, head = (requests.request(how, server.url + path, timeout=10) for how in ("GET", "HEAD"))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Etag"] == whole.headers["Etag"]
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_the_page_names_every_module_that_it_will_import(server: Server) -> None:
    page = requests.get(f"{server.url}/env/any", timeout=5).text
    named = set(re.findall(r'"modulepreload" href="/trainboard/page/[^/]*/js/([^"]*)"', page))
    wanted = {"main.js"}
    for module in (FILES / "js").glob("*.js"):
        wanted |= set(re.findall(r"from '\./([^']*)'", module.read_text()))
    assert named == wanted


def test_what_the_page_is_made_of_is_asked_for_once_and_anew_when_it_changed(
    server: Server,
) -> None:
    edited = FILES / "js" / "only-for-a-test-too.js"
    parts = re.compile(r'(?:src|href)="(/trainboard/page/v-[^"]*)"')
    addresses = parts.findall(requests.get(f"{server.url}/env/any", timeout=5).text)
    for address in addresses:
        file = requests.get(server.url + address, timeout=5)
        assert (file.status_code, len(file.content) > 0) == (200, True), address
        assert file.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    shutil.copyfile(FILES / "js" / "main.js", edited)
    try:
        again = parts.findall(requests.get(f"{server.url}/env/any", timeout=5).text)
    finally:
        edited.unlink()
    assert len(again) == len(addresses) + 1
    assert not set(again) & set(addresses)


def test_plotly_is_fetched_for_plots_alone(server: Server) -> None:
    env, home = (requests.get(server.url + path, timeout=5).text for path in ("/env/any", "/"))
    assert "/trainboard/plotly.js" in env
    assert "/trainboard/plotly.js" not in home


def test_an_edited_module_is_served_anew_without_a_restart(server: Server) -> None:
    edited = FILES / "js" / "only-for-a-test.js"
    shutil.copyfile(FILES / "js" / "main.js", edited)
    try:
        address = f"{server.url}/trainboard/page/js/{edited.name}"
        first = requests.get(address, timeout=5)
        edited.write_text("new")
        marked = {"If-None-Match": first.headers["Etag"]}
        assert requests.get(address, headers=marked, timeout=5).text == "new"
    finally:
        edited.unlink()


def test_plotly_is_the_one_of_the_python_package(server: Server) -> None:
    served = requests.get(f"{server.url}/trainboard/plotly.js", timeout=10)
    hint, plotly = served.content.split(b"\n", 1)
    assert hint.startswith(b"//"), "a comment to every browser that knows no such hint"
    assert plotly == plotly_file().read_bytes()
    assert "javascript" in served.headers["Content-Type"]


def test_an_environment_that_is_not_there_yet_has_our_page_and_is_not_made(server: Server) -> None:
    assert requests.get(f"{server.url}/env/not_yet", timeout=5).text == our_page(plots=True)
    environments = requests.post(f"{server.url}/env_state", json={}, timeout=5).json()
    assert "not_yet" not in environments


@pytest.mark.parametrize("query", ["", "?view=whole"])
def test_visdoms_page_is_found_without_its_last_slash(server: Server, query: str) -> None:
    answer = requests.get(f"{server.url}/visdom{query}", timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/visdom/{query}")


@pytest.mark.parametrize("path", ["/visdom/favicon.png", "/visdom/env/favicon.png"])
def test_visdoms_page_has_an_icon_wherever_it_asks_for_it(server: Server, path: str) -> None:
    icon = requests.get(server.url + path, timeout=5)
    assert (icon.status_code, icon.headers["Content-Type"]) == (200, "image/svg+xml")
