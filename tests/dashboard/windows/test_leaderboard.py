"""The leaderboard, as the HTML that a page is sent."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.run_view import RunView
from dashboard.windows.leaderboard import leaderboard
from tests.support.invented import GRID, STEPS, accuracy, invent
from tests.support.reading import read as read_record
from tests.support.results import record, seeds

SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}


def read(experiment: Experiment) -> list[dict[str, str]]:
    """The rows as dicts by column head."""
    page = ET.fromstring(f"<div>{leaderboard(experiment).content}</div>")
    head = ["".join(cell.itertext()) for cell in page.iter("th")]
    rows = [["".join(cell.itertext()) for cell in row.iter("td")] for row in page.iter("tr")]
    return [dict(zip(head, row, strict=True)) for row in rows if row]


def test_runs_are_ranked_by_their_accuracy_and_name_only_what_differs(tmp_path: Path) -> None:
    rows = read(invent(tmp_path / "e", GRID))
    assert [row["#"] for row in rows] == ["1", "2", "3", "4"]
    assert [(row["activation"], row["init"]) for row in rows] == [
        ("relu", "normal"),
        ("relu", "kaiming_normal"),
        ("tanh", "normal"),
        ("tanh", "kaiming_normal"),
    ]
    assert [row["test acc."] for row in rows] == [f"{accuracy(i, STEPS):.4f}" for i in range(4)]
    assert "lr" not in rows[0]


def test_the_best_result_has_an_epoch_only_where_runs_have_epochs(tmp_path: Path) -> None:
    with Recorder(tmp_path / "own", "r") as run:
        run.scalars("train_loss", 1, [3.0, 2.0])
    row = read(read_record(tmp_path / "own"))[0]
    assert row["best"]
    assert "best (epoch)" not in row


def test_a_row_shows_what_was_measured(tmp_path: Path) -> None:
    row = read(invent(tmp_path / "e", GRID, steps=2000))[1]
    assert row["best (epoch)"] == f"{accuracy(1, 2000):.4f} (20)"
    assert row["test loss"] == f"{2.4 - 2 * accuracy(1, 2000):.4f}"
    assert row["Δ baseline"] == f"−{accuracy(0, 2000) - accuracy(1, 2000):.4f}"
    step = next(s for s in range(0, 2001, 100) if accuracy(1, s) >= 0.9)
    assert row["90% at step"].startswith(f"{step:,} · ")
    assert row["95% at step"] == "–"
    assert row["state"] == "done"
    assert row["verdict"]


def test_groups_that_seeds_cannot_tell_apart_share_their_place(tmp_path: Path) -> None:
    runs = [
        *seeds([0.91, 0.92, 0.93], init="a"),
        *seeds([0.92, 0.91, 0.935], init="b"),
        *seeds([0.5, 0.51, 0.52], init="c"),
        *seeds([0.9], init="d"),
    ]
    experiment = record(tmp_path / "e", [*runs, ({"init": "e", "seed": 0}, None)])
    assert {row["init"]: row["#"] for row in read(experiment)} == {
        "a": "1–3", "b": "1–3", "d": "1–4", "c": "3–4", "e": "–"
    }  # fmt: skip
    interval = r"95 % interval −0\.4\d+ to −0\.\d+ \(paired t-test\), better on 0 of 3"
    assert re.search(interval, leaderboard(experiment).content)


def test_seeds_share_a_row_with_mean_and_standard_deviation(tmp_path: Path) -> None:
    rows = read(invent(tmp_path / "e", SEEDS))
    last = [accuracy(i, STEPS) for i in range(3)]
    assert len(rows) == 2
    assert rows[0]["test acc."] == f"{np.mean(last):.4f} ± {np.std(last, ddof=1):.4f} (3)"
    assert rows[0]["seeds"].split() == ["0", "1", "2"]
    assert rows[0]["Δ baseline"] == "baseline"


def test_every_row_links_to_its_runs(tmp_path: Path) -> None:
    content = leaderboard(invent(tmp_path / "e", SEEDS)).content
    links = set(re.findall(r'href="/env/([^"]+)"', content))
    assert links == {f"e_{name}-{seed}" for name in ("relu", "tanh") for seed in range(3)}


def test_the_baseline_can_be_asked_for(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    experiment.ask(ComparisonRequest("tanh-normal"))
    rows = read(experiment)
    assert rows[2]["Δ baseline"] == "baseline"
    assert rows[0]["Δ baseline"] == f"+{accuracy(0, STEPS) - accuracy(2, STEPS):.4f}"


def test_runs_without_an_accuracy_come_after_the_others_and_bad_ones_last(tmp_path: Path) -> None:
    states = {"relu-normal": "diverged", "relu-kaiming_normal": "queued", "tanh-normal": "failed"}
    rows = read(invent(tmp_path / "e", GRID, states))
    assert [row["state"] for row in rows] == ["done", "queued", "✕ diverged", "! failed"]


def test_a_running_row_says_how_far_it_is(tmp_path: Path) -> None:
    row = read(invent(tmp_path / "e", GRID, {"relu-normal": "running"}))[3]
    assert row["progress"].startswith("50%")
    assert row["state"] == "running"


def test_a_silent_run_says_for_how_long(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID, {"relu-normal": "running"})
    experiment.runs[0].alive_s -= 12
    assert "no sign for 12 s" in leaderboard(experiment).content


def test_the_line_above_says_how_far_the_plan_is(tmp_path: Path) -> None:
    states = {"relu-normal": "running", "tanh-normal": "queued"}
    content = leaderboard(invent(tmp_path / "e", GRID, states)).content
    assert "2 of 4 runs ended · 1 queued · 1 running · 2 done · whole plan 62%" in content


@pytest.mark.parametrize("name", ["<script>", "a&b", '"quoted"'])
def test_settings_are_shown_as_text(name: str, tmp_path: Path) -> None:
    rows = read(invent(tmp_path / "e", {"activation": [name, "relu"]}))
    assert rows[0]["activation"] == name


def test_a_row_that_cannot_be_drawn_says_so_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "exp")
    whole = leaderboard(experiment).content
    name = experiment.runs[1].name

    def images_per_s(view: RunView) -> float:
        if view.name == name:
            raise ValueError("<nobody thought of this>")
        return 0.0

    monkeypatch.setattr(RunView, "images_per_s", images_per_s)
    rows = leaderboard(experiment).content.split("<tr>")
    assert len(rows) == len(whole.split("<tr>"))
    broken = [row for row in rows if "this row cannot be shown" in row]
    assert len(broken) == 1
    assert f"{name}: this row cannot be shown (&lt;nobody thought of this&gt;)" in broken[0]
