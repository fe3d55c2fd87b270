"""dashboard.cli.export: the exported plots are pages that open anywhere, without a network."""

from pathlib import Path

from playwright.sync_api import Browser

from dashboard.cli.export import export
from tests.support.invented import invent

GRID = {"activation": ["relu", "tanh"], "init": ["normal", "zeros"]}


def test_the_plots_open_without_a_network(browser: Browser, tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID), tmp_path / "out")
    context = browser.new_context(offline=True)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    plots = sorted((tmp_path / "out").glob("*.html"))
    for file in plots:
        page.goto(file.as_uri())
        page.wait_for_selector(".main-svg")
    context.close()
    assert plots
    assert faults == []
