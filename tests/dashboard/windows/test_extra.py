"""dashboard.windows.extra and the scene: what has a window, and what the windows of series draw."""

import json
from pathlib import Path

import numpy as np
import pytest

from dashboard.board.scene import ExperimentScene
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.content import Html, Picture, Plot
from dashboard.windows.extra import MOST_PLOTS, TABLE_TOPICS, compare_extras, overlay, run_extras
from dashboard.windows.run_windows import run_windows
from tests.support.invented import invent
from tests.support.reading import read

RUNS = {"adam": {"optimizer": "adam"}, "sgd": {"optimizer": "sgd"}}


def mine(folder: Path, series: dict[str, int]) -> Experiment:
    """Two runs with `count` points of each series."""
    for name, config in RUNS.items():
        with Recorder(folder, name, config) as run:
            for series_name, count in series.items():
                run.scalars(series_name, 0, np.linspace(-1, 1, count).tolist())
    return read(folder)


def shown(experiment: Experiment, environment: int = 0) -> list[str]:
    places = list(ExperimentScene(experiment).environments())[environment][1]
    return [place.name for place in places]


def test_series_with_one_prefix_share_a_window(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {"entropy": 5, "grad_norm/layer1": 5, "grad_norm/layer2": 5})
    assert list(compare_extras(experiment)) == ["entropy", "grad_norm"]
    assert list(run_extras(experiment.runs[0])) == ["entropy", "grad_norm"]


def test_what_a_table_shows_gets_no_second_window(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "planned")
    assert compare_extras(experiment) == {}
    assert run_extras(experiment.runs[0]) == {}
    assert shown(experiment) == list(compare_windows(experiment))
    assert shown(experiment, 1) == list(run_windows(experiment.runs[0]))


def test_in_an_own_loop_a_window_of_the_table_waits_for_something_to_show(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {"reward": 5})
    assert shown(experiment) == ["answer", "leaderboard", "settings", "reward"]
    assert shown(experiment, 1) == ["card", "config", "reward"]


def test_a_series_called_like_a_window_of_the_table_does_not_take_its_place(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {"leaderboard": 3, "config/a": 3, "test_accuracy/top5": 3})
    assert list(compare_extras(experiment)) == [
        "leaderboard (more)",
        "config",
        "test_accuracy (more)",
    ]
    assert "config (more)" in run_extras(experiment.runs[0])


def test_every_run_is_in_the_overlay_and_in_the_legend_once(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {"grad/a": 400, "grad/b": 400})
    plot = overlay(experiment, "grad")
    assert len(plot.traces) == 4
    assert [t["name"] for t in plot.traces if t["showlegend"]] == ["adam", "sgd"]
    assert {t["xaxis"] for t in plot.traces} == {"x", "x2"}
    assert [note["text"] for note in plot.layout["annotations"]] == ["<b>a</b>", "<b>b</b>"]
    json.dumps(plot.packet(), allow_nan=False)


def test_runs_whose_settings_do_not_differ_are_told_apart_by_colour(tmp_path: Path) -> None:
    for name in ("first", "second", "third"):
        with Recorder(tmp_path / "m", name) as run:
            run.scalars("reward", 0, [1.0, 2.0])
    experiment = read(tmp_path / "m")
    traces = overlay(experiment, "reward").traces
    assert len({trace["line"]["color"] for trace in traces}) == 3
    assert [trace["name"] for trace in traces] == ["first", "second", "third"]


def test_a_topic_of_very_many_series_is_cut_and_says_so(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {f"grad/{i}": 3 for i in range(MOST_PLOTS + 5)})
    plot = overlay(experiment, "grad")
    assert len(plot.traces) == 2 * MOST_PLOTS
    assert "5 more are in the runs' own pages" in plot.layout["annotations"][-1]["text"]


def test_a_page_stays_light_however_many_points_were_recorded(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {f"grad/{i}": 5_000 for i in range(6)})
    traces = overlay(experiment, "grad").traces
    assert sum(len(trace["x"]) for trace in traces) <= 12_000


def test_values_that_are_not_finite_are_marked_and_the_json_stays_valid(tmp_path: Path) -> None:
    with Recorder(tmp_path / "m", "r") as run:
        for step, value in enumerate([1.0, np.nan, np.inf, -np.inf]):
            run.scalar("reward", step, value)
    experiment = read(tmp_path / "m")
    plot = overlay(experiment, "reward")
    json.dumps(plot.packet(), allow_nan=False)
    assert plot.traces[-1]["marker"]["symbol"] == "x"


@pytest.mark.parametrize("name", ["notes", "pred"])
def test_a_text_is_shown_as_it_is_and_never_as_html(name: str, tmp_path: Path) -> None:
    with Recorder(tmp_path / "m", "r") as run:
        run.text(name, 7, "<script>alert(1)</script> & more")
    experiment = read(tmp_path / "m")
    places = list(ExperimentScene(experiment).environments())[1][1]
    content = next(place.draw() for place in places if place.name == name)
    assert isinstance(content, Html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in content.content
    assert "step 7" in content.content


def test_images_of_any_name_have_a_window_in_the_runs_page(tmp_path: Path) -> None:
    with Recorder(tmp_path / "m", "r") as run:
        run.images("filters", 3, np.zeros((4, 5, 5)))
    experiment = read(tmp_path / "m")
    (window,) = run_extras(experiment.runs[0]).values()
    content = window.draw(experiment, experiment.runs[0])
    assert isinstance(content, Picture)
    assert content.caption == "step 3"


def test_a_runs_own_window_draws_each_series_with_its_short_name(tmp_path: Path) -> None:
    experiment = mine(tmp_path / "m", {"grad/a": 4, "grad/b/c": 4})
    content = run_extras(experiment.runs[0])["grad"].draw(experiment, experiment.runs[0])
    assert isinstance(content, Plot)
    assert [trace["name"] for trace in content.traces] == ["a", "b/c"]


def test_the_readmes_names_are_those_of_the_tables() -> None:
    assert {"train_loss", "test_loss", "test_accuracy", "x", "pred"} <= TABLE_TOPICS
