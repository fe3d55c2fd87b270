"""What acts on runs, by a person's clicks: the page, its server and a real launcher together."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, Route, expect

from dashboard.record.places import kept
from tests.support.chromium import Faults
from tests.support.invented import invent
from tests.support.launching import Launch, Launched, until
from tests.support.paced import paced
from tests.support.page import LOST_SERVER, window
from tests.support.reading import open_record, read_runs, until_the_test_ends

OpenPage = Callable[[str], Page]


def two(folder: Path) -> list[str]:
    """Flags of two runs that go on until somebody stops them."""
    return [*paced(folder), "--seed", "0", "1", "--workers", "2", "--epochs", "10000",
            "--no-browser", "--experiment", "exp"]  # fmt: skip


ASKED = "**/trainboard/api/requests"
PRESS_STOP = "() => document.querySelector('.acts [data-act=stop]').click()"


def states(folder: Path) -> dict[str, str]:
    return {run.name: run.state for run in read_runs(folder)}


def row(page: Page, run: str) -> Locator:
    return window(page, "leaderboard").locator(f'tr[data-row="{run}"]')


def answer(page: Page) -> Locator:
    return window(page, "leaderboard").locator(".act-answer")


def is_live(launched: Launched, folder: Path) -> None:
    until(lambda: launched.url and all(kept(folder, run) for run in ("s0", "s1")), 90)


def test_a_person_acts_on_runs_by_clicks_and_takes_it_back(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    """One launcher and one page for all: each step is what a person sees after a click."""
    folder = tmp_path / "runs" / "exp"
    launched = launch(*two(tmp_path))
    is_live(launched, folder)
    page = open_page(launched.url)
    board = window(page, "leaderboard")

    row(page, "s0").hover()
    row(page, "s0").get_by_role("button", name="pause run 1").click()  # one click
    expect(answer(page)).to_have_text("s0: paused")
    assert states(folder) == {"s0": "paused", "s1": "running"}
    expect(row(page, "s0")).to_contain_text("paused")

    board.get_by_role("button", name="undo: continue run 1").click()
    expect(answer(page)).to_have_text("s0: queued again")
    until(lambda: states(folder)["s0"] == "running", 30)

    row(page, "s1").hover()
    row(page, "s1").get_by_role("button", name="more for run 2").click()
    panel = page.get_by_role("dialog", name="Act on runs")
    panel.get_by_role("button", name="one more seed (2)").click()
    expect(answer(page)).to_have_text("s2: added")
    expect(row(page, "s2")).to_be_visible()  # the page grows its rows

    row(page, "s1").hover()
    row(page, "s1").get_by_role("button", name="more for run 2").click()
    rate = panel.get_by_role("form", name=re.compile("Learning rate of run 2"))
    rate.get_by_label("lr").fill("0.003")
    rate.get_by_role("button", name="change").click()
    expect(answer(page)).to_contain_text("learning rate 0.003: s1 from step")

    row(page, "s1").hover()
    row(page, "s1").get_by_role("button", name="more for run 2").click()
    fork = panel.get_by_role("form", name="Fork run 2 with")
    fork.get_by_label("optimizer").fill("adam")
    fork.get_by_label("at step").fill("7")
    fork.get_by_role("button", name="fork").click()
    expect(answer(page)).to_contain_text("s1 has kept no checkpoint at step 7; it has: ")
    for _ in range(3):  # a place may have been given up for newer ones by the time of the click
        row(page, "s1").hover()
        row(page, "s1").get_by_role("button", name="more for run 2").click()
        fork.get_by_label("optimizer").fill("adam")
        place = fork.locator(".act-place").nth(1)  # where it can be forked is said
        at = place.inner_text()
        place.click()  # takes it
        fork.get_by_role("button", name="fork", exact=True).click()
        expect(answer(page)).to_contain_text(f"at step {int(at):,}")
        if "has kept no" not in answer(page).inner_text():
            break
    expect(answer(page)).to_contain_text(f"forked from s1 at step {int(at):,}")
    (child,) = set(states(folder)) - {"s0", "s1", "s2"}
    expect(row(page, child)).to_be_visible()

    board.get_by_role("button", name="stop all 4 runs").click()
    expect(answer(page)).to_contain_text("stopped")
    assert set(states(folder).values()) == {"stopped"}
    launched.says("the dashboard stays up", 30)

    row(page, "s0").get_by_role("button", name="the 3 runs of").click()  # seeds share a row by now
    seeds = board.locator("tr.seed-row")
    expect(seeds.nth(2)).to_contain_text("stopped")
    seeds.nth(2).hover()
    seeds.nth(2).get_by_role("button", name="more for run 3").click()
    panel.get_by_role("button", name="take run 3 out of view").click()
    expect(seeds).to_have_count(2)
    board.get_by_role("button", name="act…").click()
    panel.get_by_role("button", name="bring s2 back").click()
    expect(seeds).to_have_count(3)
    expect(answer(page)).to_have_text("s2: in view again")
    board.get_by_role("button", name="undo: remove run s2").click()
    expect(seeds).to_have_count(2)
    board.get_by_role("button", name="act…").click()
    panel.get_by_role("button", name="remove s2 for good").click()
    assert list(states(folder)) == ["s0", "s1", child]  # it has asked first
    panel.get_by_role("button", name="really remove s2 for good").click()
    expect(answer(page)).to_have_text("s2: removed for good")
    assert kept(folder, "s2") == []

    seeds.nth(0).hover()  # the launcher has nothing to train any more, and takes it up again
    seeds.nth(0).get_by_role("button", name="continue run 1").click()
    until(lambda: states(folder)["s0"] == "running", 30)
    second = open_page(launched.url)
    second.get_by_role("button", name=re.compile("^act…")).first.click()
    expect(second.get_by_role("dialog", name="Act on runs")).to_contain_text("removed for good")
    second.keyboard.press("Escape")

    for each in (page, second):
        stop = window(each, "leaderboard").get_by_role("button", name="stop run 1").first
        expect(stop).to_be_enabled()
    # Two people press the same button; neither request goes on before both have been made.
    waiting: list[Route] = []
    for each in (page, second):
        each.route(ASKED, lambda request: waiting.append(request))
        each.evaluate(PRESS_STOP)
    while len(waiting) < 2:
        page.wait_for_timeout(20)  # it hears of requests while it waits
    for request in waiting:
        request.continue_()
    for each in (page, second):
        each.unroute(ASKED)  # the next test may get the same tab
    for each in (page, second):
        expect(answer(each)).to_contain_text("s0")
    assert states(folder)["s0"] == "stopped"
    asked = open_record(folder).requests()[-2:]
    assert {(r.act, r.state, r.answer) for r in asked} == {("stop", "done", "s0: stopped")}


def test_by_keyboard_alone_on_a_runs_own_page_while_its_server_is_killed(
    launch: Launch, open_page: OpenPage, tmp_path: Path, faults: Faults
) -> None:
    faults.expected += LOST_SERVER
    folder = tmp_path / "runs" / "exp"
    launched = launch(*two(tmp_path))
    is_live(launched, folder)
    page = open_page(launched.url.replace("exp_compare", "exp_s1"))
    stop = window(page, "card").get_by_role("button", name="stop run 2")
    expect(stop).to_be_enabled()
    stop.focus()
    page.keyboard.press("Enter")
    expect(window(page, "card").locator(".act-answer")).to_have_text("s1: stopped")
    assert states(folder) == {"s0": "running", "s1": "stopped"}

    on = window(page, "card").get_by_role("button", name="continue run 2", exact=True)
    expect(on).to_be_enabled()  # the page has heard of the end
    (server,) = launched.processes("dashboard.server.app")
    server.suspend()  # it hears the next request and never answers
    on.focus()
    page.keyboard.press("Enter")
    expect(window(page, "card").locator(".act-answer")).to_have_text("continue …")
    server.kill()
    expect(window(page, "card").locator(".act-answer")).to_have_text("s1: queued again")
    asked = [request.act for request in open_record(folder).requests()]
    assert asked == ["stop", "continue"]  # sent again, and yet once
    until(lambda: states(folder)["s1"] == "running", 30)
    launched.process.kill()
    launched.process.wait()


def test_where_nobody_trains_the_page_says_what_to_type(
    launch: Launch, open_page: OpenPage, tmp_path: Path, faults: Faults
) -> None:
    faults.expected = ["409"]
    invent(tmp_path / "runs" / "exp", states={"relu-normal": "stopped"})
    until_the_test_ends.close()
    view = launch("view", "exp", "--no-browser")
    view.says("/env/exp_compare")
    page = open_page(view.url)
    page.get_by_role("button", name="continue run 1").first.click()
    expect(answer(page)).to_have_text(
        "no launcher trains exp now; in a terminal: launch.py continue exp/relu-normal"
    )
