"""dashboard.cli.export: the exported plots are pages that open anywhere, without a network."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from tests.support.exporting import export
from tests.support.invented import invent

GRID = {"activation": ["relu", "tanh"], "init": ["normal", "zeros"]}


def test_the_plots_open_without_a_network(open_anew: Callable[[str], Page], tmp_path: Path) -> None:
    export(invent(tmp_path / "e", GRID), tmp_path / "out")
    page = open_anew("about:blank")
    page.context.set_offline(True)
    plots = sorted((tmp_path / "out").glob("*.html"))
    for file in plots:
        page.goto(file.as_uri())
        page.wait_for_selector(".main-svg")
    assert plots
