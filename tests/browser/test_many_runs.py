"""The page under load and under fire: many runs, hostile texts, a browser that comes late."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import requests
from playwright.sync_api import Dialog, Page, expect

from dashboard import Recorder
from tests.support.launching import ROOT, Launch, Launched, recorded, until
from tests.support.page import LAST_STEP, when, window

pytestmark = pytest.mark.faults
OpenPage = Callable[[str], Page]
RUNS, STEPS_PER_S, SECONDS, EVERY = 64, 500 / 64, 12.0, 10


def shown(launched: Launched, environment: str) -> Launched:
    """The launcher, once the environment has been drawn on its server."""

    def there() -> bool:
        base = launched.url.split("/env/")[0]
        try:
            return environment in requests.post(f"{base}/env_state", json={}, timeout=5).json()
        except requests.RequestException:
            return False

    until(there, 60, f"the environment {environment}")
    return launched


def test_sixty_four_runs_stream_at_once_and_no_point_is_missing(
    launch: Launch, open_anew: OpenPage, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "many"
    command = [sys.executable, "-m", "tests.faults.stream", str(folder)]
    with subprocess.Popen(
        [*command, str(RUNS), str(STEPS_PER_S), str(SECONDS), str(EVERY)],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as stream:  # fmt: skip
        until((folder / "record.sqlite3").exists, 30)
        viewed = shown(launch("view", "many", "--no-browser"), "many_compare")
        page = open_anew(viewed.url)
        when(page, f"() => ({LAST_STEP})() > 10")
        processes = [psutil.Process(viewed.process.pid), *viewed.processes("dashboard.server.app")]
        before = [process.memory_info().rss for process in processes]
        look_back_and_on_again(page)
        output, _ = stream.communicate(timeout=60)
    written = json.loads(output)
    last = max(written.values())
    when(page, f"() => ({LAST_STEP})() >= {last}")
    after = [process.memory_info().rss for process in processes]
    experiment = recorded(tmp_path, "many")
    assert {v.name: v.lines["train_loss"].count for v in experiment.runs} == written
    assert len(written) == RUNS
    for was, now in zip(before, after, strict=True):
        assert now - was < 60 * 2**20


def look_back_and_on_again(page: Page) -> None:
    """With the time cursor, while all runs stream: what is past stays, what is live goes on."""
    bar = page.get_by_role("region", name="time", exact=True)
    expect(bar).to_contain_text(re.compile(r"step [3-9]0"))  # some evaluations have come
    page.keyboard.press(",")
    expect(page).to_have_url(re.compile(r"\?at=\d+$"))
    at = int(page.url.partition("at=")[2])
    past = f"{1 - 1 / (1 + at / 100):.4f}"
    grid = window(page, "accuracy_grid")
    first = grid.locator(".cell").first
    expect(first).to_have_attribute("title", re.compile(re.escape(past)))
    drawn = page.evaluate(LAST_STEP)
    when(page, f"() => ({LAST_STEP})() > {drawn}")  # the curves go on
    expect(bar).to_contain_text(f"step {at}")
    expect(first).to_have_attribute("title", re.compile(re.escape(past)))
    page.keyboard.press("l")
    expect(first).not_to_have_attribute("title", re.compile(re.escape(past)))
    assert "at=" not in page.url


def test_hostile_texts_of_a_run_start_no_script_on_any_page(
    launch: Launch, open_anew: OpenPage, tmp_path: Path
) -> None:
    hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    with Recorder(tmp_path / "runs" / "exp", "evil", {"lr": hostile, hostile: 1}) as run:
        run.scalars(hostile, 1, [1.0, 2.0])
        run.scalars("train_loss", 1, [1.0, 2.0])
        run.scalar("test_accuracy", 2, 0.5)
        run.text("note", 1, hostile)
        run.text(hostile, 1, hostile)
        run.state, run.error = "failed", hostile
    Recorder(tmp_path / "runs" / "exp", "good", {"lr": 1}).close()
    viewed = shown(launch("view", "exp", "--no-browser"), "exp_evil")
    heard: list[str] = []

    def hear(dialog: Dialog) -> None:
        heard.append(dialog.message)
        dialog.dismiss()

    page = open_anew("about:blank")
    page.on("dialog", hear)
    for environment in ("exp_compare", "exp_evil"):
        page.goto(f"{viewed.url.split('/env/')[0]}/env/{environment}")
        page.wait_for_selector(".js-plotly-plot .main-svg")
        when(page, "() => document.body.innerText.includes('onerror')")
        for article in page.locator("article.window").all():
            article.scroll_into_view_if_needed()
        assert page.locator("img[src='x'], script:not([src])").count() == 0
    assert heard == []


def test_a_browser_that_is_closed_and_opened_again_shows_everything(
    launch: Launch, open_page: OpenPage, tmp_path: Path
) -> None:
    with Recorder(tmp_path / "runs" / "exp", "r", {"lr": 1}) as run:
        run.scalars("train_loss", 1, [1.0] * 50)
        run.flush()
        viewed = shown(launch("view", "exp", "--no-browser"), "exp_compare")
        page = open_page(viewed.url)
        when(page, f"() => ({LAST_STEP})() == 50")
        page.close()
        run.scalars("train_loss", 51, [1.0] * 50)
        run.flush()
        page = open_page(viewed.url)
        when(page, f"() => ({LAST_STEP})() == 100")
