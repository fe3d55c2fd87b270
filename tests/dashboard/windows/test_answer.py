"""The answer in a sentence, the run's card, and the model that our page works from."""

import html
import json
import re
from pathlib import Path
from typing import Any

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.runs.verdict import verdicts
from dashboard.windows.answer import answer, sentences
from dashboard.windows.card import card, card_model
from dashboard.windows.content import Html
from tests.support.invented import invent
from tests.support.reading import add_runs, new_record

GRID = {"activation": ["relu", "tanh"], "init": ["normal", "kaiming_normal"]}
SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1, 2]}


def model_of(window: Html) -> Any:
    held = re.search(r"data-model='([^']*)'", window.content)
    assert held
    return json.loads(html.unescape(held[1]))


def said(experiment: Experiment) -> list[dict[str, str]]:
    return sentences(experiment, verdicts(experiment))


def test_the_answer_names_the_best_and_how_far_it_is_ahead(tmp_path: Path) -> None:
    first = said(invent(tmp_path / "e", GRID))[0]
    assert first["kind"] == "answer"
    assert first["text"].startswith("Best: ")
    assert "ahead of" in first["text"]
    assert "one seed: it may be chance" in first["text"]


def test_the_answer_says_over_how_many_seeds_it_is_a_mean(tmp_path: Path) -> None:
    assert "means of 3 seeds" in said(invent(tmp_path / "e", SEEDS))[0]["text"]


def test_while_runs_train_the_best_is_the_best_so_far(tmp_path: Path) -> None:
    text = said(invent(tmp_path / "e", GRID, {"tanh-normal": "running"}))[0]["text"]
    assert text.startswith("Best so far: ")


def test_a_run_that_diverged_is_never_the_best(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    model = model_of(answer(experiment))
    best = max(model["runs"], key=lambda run: run["accuracy"])
    again = invent(tmp_path / "f", GRID, {best["name"]: "diverged"})
    assert best["label"] not in said(again)[0]["text"].split("ahead")[0]


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


def test_the_answer_and_the_card_say_how_many_forecasts_came_true(tmp_path: Path) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("good", {"lr": 0.1}), ("bad", {"lr": 9.0})])
    for name, right, end in (("good", 0.7, 0.9), ("bad", 0.1, 0.8)):
        with Recorder(record.folder, name) as run:
            run.expect(100, 100)
            for series, value in (
                ("trial_accuracy", right),
                ("trial_share", 0.2),
                ("trial_loss", 1 - right),
                ("constant_loss", 1.0),
            ):
                run.scalar(f"signal/{series}/all", 0, value)
            run.scalar("test_accuracy", 100, end)
    experiment = Experiment(record)
    experiment.poll()
    words = [each["text"] for each in said(experiment)]
    assert "Forecasts came true in 1 of 2 at step 0." in words
    says = card_model(experiment, experiment.runs[1])["forecast"]
    assert says.startswith("Forecast at step 0: hopeless, ")
    assert ": it was wrong (" in says
    assert says.endswith("Forecasts at step 0 were right in 1 of 2 so far.")
