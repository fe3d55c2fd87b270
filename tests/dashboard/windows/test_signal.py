"""dashboard.windows.signal: the signal windows, from statistics of every kind of number."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows.content import Plot
from dashboard.windows.quantity import QUANTITIES, number
from dashboard.windows.signal import all_runs, one_run
from tests.support.invented_signals import LAYERS, invented
from tests.support.reading import add_runs, new_record


def shown(plot: Plot, button: int) -> list[dict[str, Any]]:
    visible = plot.layout["updatemenus"][0]["buttons"][button]["args"][0]["visible"]
    assert len(visible) == len(plot.traces)
    return [trace for trace, is_visible in zip(plot.traces, visible, strict=True) if is_visible]


def test_a_window_holds_one_quantity_at_a_time_with_its_own_scale(tmp_path: Path) -> None:
    plot = all_runs(invented(tmp_path))
    json.dumps(plot.packet(), allow_nan=False)
    for i, quantity in enumerate(QUANTITIES):
        first, now = shown(plot, i)
        assert quantity.title in first["hovertemplate"]
        assert (first["zmin"], first["zmax"]) == (quantity.low, quantity.high)
        assert first["x"] == now["x"] == list(LAYERS)
        assert len(first["z"]) == 2
    assert [trace["visible"] for trace in plot.traces].count(True) == 2


def test_a_layer_of_which_only_a_part_is_known_keeps_its_place(tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("r", {})])
    with Recorder(record.folder, "r") as run:
        for layer in LAYERS:
            run.scalar(f"signal/gradient_norm/{layer}", 0, 1.0)
        run.scalar("signal/preactivation_std/out", 0, 2.0)
    experiment = Experiment(record)
    experiment.poll()
    first, _ = shown(all_runs(experiment), 0)
    assert first["x"] == list(LAYERS)
    assert first["text"][0] == ["", "", "2"]


def test_theory_stands_in_brackets_beside_the_spread_of_step_0_only(tmp_path: Path) -> None:
    first, now = shown(all_runs(invented(tmp_path)), 0)
    assert first["text"][0] == ["0.1 (0.12)", "0.2", "0.3"]
    assert now["text"][0] == ["0.1", "0.2", "0.3"]


def test_with_many_layers_theory_takes_a_second_line_or_waits_for_hovering(tmp_path: Path) -> None:
    for runs, text in ((2, "1<br>(1.1)"), (20, "1")):
        record = new_record(tmp_path / f"exp{runs}")
        for i in range(runs):
            with Recorder(record.folder, f"r{i}", {"seed": i}) as run:
                for layer in (f"fc{k}" for k in range(1, 11)):
                    run.scalar(f"signal/preactivation_std/{layer}", 0, 1.0)
                    run.scalar(f"signal/expected_std/{layer}", 0, 1.1)
        experiment = Experiment(record)
        experiment.poll()
        trace = all_runs(experiment).traces[0]
        assert trace["text"][0][0] == text
        assert trace["hovertext"][0][0] == "1 (1.1)"


def test_numbers_beyond_a_scale_are_written_and_take_its_last_colour(tmp_path: Path) -> None:
    _, now = shown(all_runs(invented(tmp_path, runs=3)), 1)
    assert [row[0] for row in now["text"]] == ["NaN", "∞", "0"]
    assert [row[0] for row in now["z"]] == [None, QUANTITIES[1].high, QUANTITIES[1].low]


def test_many_runs_leave_the_numbers_to_hovering(tmp_path: Path) -> None:
    plot = all_runs(invented(tmp_path, runs=30))
    assert "texttemplate" not in plot.traces[0]
    assert len(set(plot.traces[0]["y"])) == 30


def test_runs_with_the_same_label_keep_a_row_each(tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {}), ("b", {})])
    for name in "ab":
        with Recorder(record.folder, name) as run:
            run.scalar("signal/preactivation_std/fc1", 0, 1.0)
    experiment = Experiment(record)
    experiment.poll()
    assert len(set(all_runs(experiment).traces[0]["y"])) == 2


def test_a_run_shows_a_line_a_layer_and_theory_as_rings(tmp_path: Path) -> None:
    plot = one_run(invented(tmp_path).runs[0])
    json.dumps(plot.packet(), allow_nan=False)
    *lines, rings = shown(plot, 0)
    assert [line["name"] for line in lines] == list(LAYERS)
    assert lines[1]["x"] == [0, 100]
    assert (rings["name"], rings["x"], rings["y"]) == ("theory", [0], [0.123])
    assert [line["name"] for line in shown(plot, 1)] == list(LAYERS)
    groups = [{line["legendgroup"] for line in shown(plot, nth)} for nth in (1, 2)]
    assert not groups[0] & groups[1]  # Visdom's page: hidden for one quantity, not for another
    axes = [b["args"][1]["yaxis.type"] for b in plot.layout["updatemenus"][0]["buttons"]]
    assert axes == ["log" if quantity.log else "linear" for quantity in QUANTITIES]


def test_our_page_gets_a_small_plot_of_each_quantity(tmp_path: Path) -> None:
    plot = one_run(invented(tmp_path).runs[0])
    panels = plot.layout["meta"]["panels"]
    assert [panel["kind"] for panel in panels] == [
        "decades" if quantity.log else "share" for quantity in QUANTITIES
    ]
    named = {series: layer for panel in panels for series, layer in panel["series"]}
    of_traces = {t["meta"]["series"]: t["name"] for t in plot.traces if "meta" in t}
    assert named == of_traces
    assert panels[0]["rings"] == {"signal/preactivation_std/fc1": 0.123}


def test_nothing_recorded_is_an_empty_plot(tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {})])
    experiment = Experiment(record)
    experiment.poll()
    json.dumps(all_runs(experiment).packet(), allow_nan=False)
    json.dumps(one_run(experiment.runs[0]).packet(), allow_nan=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.556, "0.56"), (12.34, "12"), (123.4, "123"), (31234, "3e4"), (2.6e-6, "3e-6"), (0, "0"),
     (1, "1"), (None, ""), (math.nan, "NaN"), (math.inf, "∞")],
)  # fmt: skip
def test_a_number_takes_few_characters(value: float | None, text: str) -> None:
    assert number(value) == text
