"""dashboard.exchange.figures: the page's plots as files, drawn in a real Chromium."""

import itertools
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image

from dashboard.errors import UserError
from dashboard.exchange import figures
from dashboard.windows import palette
from dashboard.windows.compare_windows import COMPARE_WINDOWS
from tests.support.chromium import chromium_path
from tests.support.invented import GRID, invent

MANY = {"activation": [f"a{i}" for i in range(4)], "init": [f"i{i}" for i in range(4)]}
PLOTS = figures._plots
kaleido = pytest.mark.skipif(
    find_spec("kaleido") is None, reason="pip install -r requirements-figures.txt to test it"
)


def few(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Only these are drawn, for each costs a second."""
    monkeypatch.setenv("BROWSER_PATH", chromium_path())
    monkeypatch.setattr(figures, "_plots", lambda *e: (p for p in PLOTS(*e) if p[0] in names))


@kaleido
@pytest.mark.processes
def test_a_plot_is_a_png_of_twice_its_size_and_an_svg_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "e", GRID)
    few(monkeypatch, "compare/test_accuracy")
    assert figures.write_png(experiment, tmp_path / "png") == []
    few(monkeypatch, "compare/test_accuracy", "relu-normal/test")
    assert figures.write_svg(experiment, tmp_path / "svg", dark=True) == []
    window = COMPARE_WINDOWS["test_accuracy"]
    with Image.open(tmp_path / "png" / "compare" / "test_accuracy.png") as picture:
        assert picture.size == (2 * window.width_px, 2 * window.height_px)
        assert picture.convert("RGB").getpixel((1, 1)) == (255, 255, 255)
        assert len(picture.convert("RGB").getcolors(10**6) or []) > 50  # something is drawn on it
    svg = (tmp_path / "svg" / "compare" / "test_accuracy.svg").read_text()
    assert "test accuracy</text>" in svg
    assert "kaiming_normal</text>" in svg  # the legend, which the page shares with another plot
    assert "rgb(23, 29, 37)" in svg  # the page's dark ground, #171D25
    assert (tmp_path / "svg" / "relu-normal" / "test.svg").exists()


def test_every_plot_of_the_compare_page_and_of_each_run_is_meant(tmp_path: Path) -> None:
    left_out: list[str] = []
    experiment = invent(tmp_path / "e", GRID, {"relu-normal": "queued"})
    names = [name for name, *_ in figures._plots(experiment, left_out)]
    assert "compare/train_loss" in names
    assert {name.split("/")[0] for name in names} == {
        "compare", *(view.name for view in experiment.runs if view.step),
    }  # fmt: skip
    assert not left_out
    assert "compare/leaderboard" not in names  # a table is no plot


@pytest.mark.parametrize(("grid", "entries"), [(GRID, 4), (MANY, 8)])
def test_a_plot_that_shares_a_legend_on_the_page_has_one_of_its_own(
    tmp_path: Path, grid: dict[str, list[str]], entries: int
) -> None:
    plots = figures._plots(invent(tmp_path / "e", grid), [])
    figure = next(figure for name, figure, *_ in plots if name == "compare/test_accuracy")
    assert figure["layout"]["showlegend"]
    shown = [trace for trace in figure["data"] if trace.get("showlegend", True)]
    assert len({trace["name"] for trace in shown}) == len(shown) == entries
    assert "updatemenus" not in figure["layout"]


def test_a_plot_that_cannot_be_drawn_is_named_and_the_others_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figure = figures._figure
    calls = itertools.count()

    def failing(*about: object) -> object:
        if next(calls) == 1:
            raise ValueError("odd")
        return figure(*about)  # type: ignore[arg-type]

    monkeypatch.setattr(figures, "_figure", failing)
    left_out: list[str] = []
    assert list(figures._plots(invent(tmp_path / "e", {"activation": ["relu"]}), left_out))
    assert left_out == ["compare/train_loss cannot be drawn (ValueError: odd)"]


def test_the_dark_has_a_colour_for_each_of_the_light() -> None:
    plot = {"data": [{"line": {"color": colour}} for colour in palette.LIGHT],
            "layout": {"paper_bgcolor": "#FFFFFF"}}  # fmt: skip
    turned = figures._in_the_dark(plot)
    assert [trace["line"]["color"] for trace in turned["data"]] == list(palette.DARK)
    assert turned["layout"]["paper_bgcolor"] == "#171D25"


@kaleido
def test_without_a_browser_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chrome")
    with pytest.raises(UserError, match=r"draws in Chrome or Chromium, and none is there"):
        figures.check()


def test_without_kaleido_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(UserError, match=r"pip install kaleido"):
        figures.check()
