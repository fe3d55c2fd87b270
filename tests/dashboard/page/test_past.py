"""dashboard.page.past: a window as it was at an earlier step, drawn from the record."""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.page.media import NotThereError
from dashboard.page.past import window_at
from dashboard.record.recorder import Recorder
from tests.support.invented import invent
from tests.support.reading import read

RUN = "exp_relu-kaiming_normal"


@pytest.fixture(scope="module")
def runs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    invent(folder / "exp")
    with Recorder(folder / "mine", "r") as run:
        for step in (0, 10, 20):
            images = np.full((4, 8, 8), step, np.uint8)
            run.images("x", step, images, [0, 1, 2, 3], [0, 1, 2, step % 4])
            run.scalar("signal/preactivation_std/fc1", step, 1.0 + step)
            run.scalar("signal/gradient_norm/fc1", step, 1.0 + step)
    return folder


def model_of(window: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = json.loads(
        window["content"].split("data-model='")[1].split("'>")[0].replace("&#39;", "'")
    )
    return found


@pytest.mark.parametrize(("step", "shown"), [(0, 0), (150, 100), (200, 200), (10**14, 300)])
def test_a_window_shows_the_last_evaluation_by_then(runs_dir: Path, step: int, shown: int) -> None:
    window = window_at(runs_dir, RUN, "confusion", step)
    assert window["type"] == "text"
    assert model_of(window)["step"] == shown


def test_pictures_and_predictions_are_those_of_the_step(runs_dir: Path) -> None:
    window = window_at(runs_dir, "mine_r", "x", 15)
    assert window["type"] == "image"
    assert window["content"]["caption"].startswith("step 10:")
    assert "1 of 4 wrong at step 10" in window_at(runs_dir, "mine_r", "pred", 15)["content"]
    assert "0 of 4" not in window_at(runs_dir, "mine_r", "pred", 0)["content"]


def test_the_runs_disagree_about_what_they_did_then(runs_dir: Path) -> None:
    window = window_at(runs_dir, "exp_compare", "predictions", 100)
    assert "the runs disagree on 3 of the first 40 test images" in window["content"]
    said = model_of(window_at(runs_dir, "exp_compare", "confusion", 100))
    assert {run["step"] for run in said["runs"]} == {100}  # type: ignore[attr-defined]


def test_the_heat_maps_of_the_layers_show_the_step(runs_dir: Path) -> None:
    window = window_at(runs_dir, "mine_compare", "signal", 10)
    spreads = [trace["text"] for trace in window["content"]["data"] if trace["type"] == "heatmap"]
    assert spreads[:2] == [[["1"]], [["11"]]]


@pytest.mark.parametrize(
    ("environment", "window", "why"),
    [
        ("exp_compare", "leaderboard", "no window that can be looked back in"),
        (RUN, "nothing", "no window that can be looked back in"),
        ("exp_gone", "x", "no such experiment"),
        ("../exp_compare", "signal", "no such experiment"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    runs_dir: Path, environment: str, window: str, why: str
) -> None:
    with pytest.raises(NotThereError, match=why):
        window_at(runs_dir, environment, window, 100)


def test_the_newest_step_gives_what_is_shown_live(runs_dir: Path) -> None:
    from dashboard.windows.predictions import predictions

    live = predictions(read(runs_dir / "exp")).packet()["data"][0]["content"]
    assert window_at(runs_dir, "exp_compare", "predictions", 10**14)["content"] == live
