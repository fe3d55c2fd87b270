"""The answer in a sentence, the run's card, and the model that our page works from."""

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.standing import standing
from dashboard.runs.verdict import verdicts
from dashboard.windows.answer import answer, sentences
from dashboard.windows.card import card
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.content import Html
from dashboard.windows.extra import compare_extras
from tests.support.invented import invent
from tests.support.reading import add_runs, new_record, read
from tests.support.results import record, seeds

GRID = {"activation": ["relu", "tanh"], "init": ["normal", "kaiming_normal"]}
SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}


def model_of(window: Html) -> Any:
    held = re.search(r"data-model='([^']*)'", window.content)
    assert held
    return json.loads(html.unescape(held[1]))


def said(experiment: Experiment) -> list[dict[str, Any]]:
    return sentences(experiment, verdicts(experiment), standing(experiment))


def test_the_answer_names_the_best_and_that_one_seed_cannot_tell(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    first, second = said(experiment)[:2]
    assert first["kind"] == "answer"
    assert first["text"].startswith("Best: ")
    assert " over " in first["text"]
    assert second["kind"] == "finding"
    assert second["text"].startswith("One seed cannot tell")
    assert second["runs"] == [view.name for view in experiment.runs]
    assert second["seeds"] == [1, 2]


def test_the_answer_says_on_how_many_seeds_the_best_is_better(tmp_path: Path) -> None:
    assert "(better on 3 of 3 seeds): real." in said(invent(tmp_path / "e", SEEDS))[0]["text"]


def test_the_model_has_places_differences_and_what_intervals_need(tmp_path: Path) -> None:
    held = model_of(answer(invent(tmp_path / "e", SEEDS)))["standing"]
    assert [group["rank"] for group in held["groups"]] == [[1, 1], [2, 2]]
    relu, tanh = held["groups"]
    assert relu["delta"] == 0
    assert tanh["low"] <= tanh["delta"] <= tanh["high"] < 0
    assert (tanh["better"], tanh["of"]) == (0, 3)
    assert held["t"] == pytest.approx([12.706, 4.303], abs=1e-3)
    assert held["floor"] > 0


def test_a_card_says_that_places_are_shared(tmp_path: Path) -> None:
    runs = seeds([0.91, 0.92, 0.93], init="a") + seeds([0.92, 0.91, 0.935], init="b")
    experiment = record(tmp_path / "e", runs)
    assert "place 1–2 of 2" in card(experiment, experiment.runs[0]).content


def test_while_runs_train_the_best_is_the_best_so_far(tmp_path: Path) -> None:
    text = said(invent(tmp_path / "e", GRID, {"tanh-normal": "running"}))[0]["text"]
    assert text.startswith("Best so far (3 of 4 runs): ")


def test_a_run_that_diverged_is_never_the_best(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    model = model_of(answer(experiment))
    best = max(model["runs"], key=lambda run: run["result"])
    again = invent(tmp_path / "f", GRID, {best["name"]: "diverged"})
    assert best["label"] not in said(again)[0]["text"].split(" over ")[0]


def test_the_model_has_every_run_with_its_settings_looks_and_clock(tmp_path: Path) -> None:
    model = model_of(answer(invent(tmp_path / "e", SEEDS)))
    assert [run["number"] for run in model["runs"]] == [1, 2, 3, 4, 5, 6]
    assert [run["group"] for run in model["runs"]] == [0, 0, 0, 1, 1, 1]
    assert model["runs"][4]["config"] == {"activation": "tanh", "seed": 1}
    values = {entry["key"]: entry["values"] for entry in model["settings"]}
    assert [value["text"] for value in values["activation"]] == ["relu", "tanh"]
    assert all(value["colour"] < len(model["looks"]["dark"]) for value in values["activation"])
    steps = [step for step, _ in model["runs"][0]["clock"]]
    assert steps == sorted(steps)


def test_what_a_person_wrote_stays_text_in_the_model(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script>'
    window = answer(invent(tmp_path / "e", {"activation": [evil, "tanh"]}))
    assert "<script" not in window.content
    assert model_of(window)["runs"][0]["config"]["activation"] == evil


def test_a_card_says_the_place_and_what_the_best_run_has_instead(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    cards = [model_of(card(experiment, view)) for view in experiment.runs]
    assert sorted(held["rank"] for held in cards) == [1, 2, 3, 4]
    (best,) = (held for held in cards if held["rank"] == 1)
    assert best["differs"] == []
    for held in cards:
        for difference in held["differs"]:
            assert difference["mine"] != difference["best"]
            assert difference["best"] == best["run"]["settings"][difference["key"]]


def test_a_card_leads_to_the_runs_beside_it(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    names = [view.name for view in experiment.runs]
    first, second, *_, last = [model_of(card(experiment, view)) for view in experiment.runs]
    assert first["previous"] is None
    assert first["next"]["name"] == second["run"]["name"] == names[1]
    assert last["next"] is None


def falling(folder: Path) -> Experiment:
    """Three runs of a person's own loop whose fid should fall, told by the Recorder."""
    for run, values in {"a": [90.0, 30.0], "b": [80.0, 20.0], "c": [70.0, 25.0]}.items():
        with Recorder(folder, run, {"model": run}) as recorder:
            recorder.expect(2, 1, metric="fid", goal="min", milestones=[22])
            recorder.scalars("fid", 1, values)
    return read(folder)


def test_a_metric_that_should_fall_is_followed_by_answer_model_and_card(tmp_path: Path) -> None:
    experiment = falling(tmp_path / "e")
    assert said(experiment)[0]["text"] == "Best: b with fid 20.0000, 5.000 under c."
    model = model_of(answer(experiment))
    assert model["metric"] == {"name": "fid", "text": "fid", "goal": "min", "share": False}
    assert [run["result"] for run in model["runs"]] == [30.0, 20.0, 25.0]
    assert [run["best"] for run in model["runs"]] == [30.0, 20.0, 25.0]
    assert [list(run["reached"]) for run in model["runs"]] == [[], ["22"], []]
    assert model["columns"]["result"]["title"] == "fid"
    assert "Less is better." in model["columns"]["result"]["help"]
    assert "Below 0 is better." in model["columns"]["delta"]["help"]
    cards = [model_of(card(experiment, view)) for view in experiment.runs]
    assert [held["rank"] for held in cards] == [3, 1, 2]
    assert cards[0]["best"]["result"] == 20.0
    assert "fid 30.0000, place 3 of 3" in card(experiment, experiment.runs[0]).content


def test_windows_are_called_after_the_metric_and_its_own_stands_with_them(tmp_path: Path) -> None:
    experiment = falling(tmp_path / "e")
    titles = {name: window.title for name, window in compare_windows(experiment).items()}
    assert (titles["accuracy_grid"], titles["delta"]) == ("fid grid", "Δ fid")
    assert compare_extras(experiment)["fid"].section == "Compare"
    usual = compare_windows(invent(tmp_path / "f", GRID))
    assert usual["accuracy_grid"].title == "accuracy grid"
    assert usual["delta"].title == "Δ test accuracy"


def test_the_answer_and_the_card_say_how_many_forecasts_came_true(tmp_path: Path) -> None:
    held = new_record(tmp_path / "exp")
    add_runs(held, [("good", {"lr": 0.1}), ("bad", {"lr": 9.0})])
    for name, right, end in (("good", 0.7, 0.9), ("bad", 0.1, 0.8)):
        with Recorder(held.folder, name) as run:
            run.expect(100, 100)
            for series, value in (
                ("trial_accuracy", right),
                ("trial_share", 0.2),
                ("trial_loss", 1 - right),
                ("constant_loss", 1.0),
            ):
                run.scalar(f"signal/{series}/all", 0, value)
            run.scalar("test_accuracy", 100, end)
    experiment = Experiment(held)
    experiment.poll()
    words = [each["text"] for each in said(experiment)]
    assert "Forecasts came true in 1 of 2 at step 0." in words
    says = model_of(card(experiment, experiment.runs[1]))["forecast"]
    assert says.startswith("Forecast at step 0: hopeless, ")
    assert ": it was wrong (" in says
    assert says.endswith("Forecasts at step 0 were right in 1 of 2 so far.")
