"""trainers.launcher.actions: what trains is entered once, whoever asks twice or dies in between."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dashboard.cli.acting import Acting
from dashboard.cli.control import Control
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.record.requests import DONE, REFUSED
from dashboard.record.schema import FORK
from dashboard.runs.experiment import Experiment
from tests.support.ledger import Ledger
from tests.support.reading import add_runs, new_record, open_record, read
from trainers.build import build_for
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.launcher.actions import all_actions
from trainers.tables.choice import make
from trainers.tables.optimizers import OPTIMIZERS

CONFIGS = {
    f"{activation}-{init}": RunConfig(activation=activation, init=init, epochs=3, hidden=(20,))
    for activation in ("relu", "tanh")
    for init in ("normal", "kaiming_normal")
}


class Launcher:
    """A launcher whose pool trains nothing."""

    def __init__(self, record: Record) -> None:
        self.pool = Ledger()
        self.control = Control(self.pool, record)
        self.experiment = Experiment(open_record(record.folder))
        self.acting = Acting(all_actions())

    def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.experiment.poll()
            self.acting.look(self.experiment, self.control)
            self.control.look()


@pytest.fixture
def store(tmp_path: Path) -> Record:
    """Two activations and two inits; the first run is done and has kept a checkpoint."""
    record = new_record(tmp_path / "exp")
    add_runs(record, [(name, config.as_dict()) for name, config in CONFIGS.items()])
    with Recorder(record.folder, "relu-normal") as recorder:
        recorder.expect(300, 100)
        recorder.scalars("train_loss", 1, [3.0 - i / 100 for i in range(300)])
        for step in range(0, 301, 50):
            recorder.scalar("test_accuracy", step, step / 1000)
            recorder.data("guesses", step, {"classes": [step]})
        recorder.images("samples", 0, np.zeros((4, 8, 8), np.uint8), [0, 1, 2, 3])
    config = CONFIGS["relu-normal"]
    model = build_for(config)
    optimizer = make(config.optimizer, OPTIMIZERS, "optimizer")(model.parameters(), config.lr)
    Checkpoint(record.folder, "relu-normal", config).save(
        1, 100, model, optimizer, torch.Generator()
    )
    return record


def names(record: Record) -> list[str]:
    return [run.name for run in record.runs()][len(CONFIGS) :]


def answers(record: Record) -> list[tuple[str, str]]:
    return [(request.state, request.answer) for request in record.requests()]


ADDED: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"seed": [1]}, [], [f"{name}-s1" for name in CONFIGS]),
    ({"activation": ["gelu"]}, [], ["gelu-normal", "gelu-kaiming_normal"]),
    ({"activation": ["gelu"], "seed": [1, 2]}, ["relu-normal"], ["gelu-normal-s1",
                                                                "gelu-normal-s2"]),
    ({"activation": ["relu", "gelu"]}, ["tanh-normal"], ["gelu-normal"]),
]  # fmt: skip


@pytest.mark.parametrize(("choices", "beside", "new"), ADDED, ids=str)
def test_further_runs_are_those_that_are_there_with_other_choices(
    store: Record, choices: dict[str, Any], beside: list[str], new: list[str]
) -> None:
    launcher = Launcher(store)
    store.ask("add", beside, details={"choices": choices}, origin="page")
    launcher.look()
    assert names(store) == new
    assert launcher.pool.asked == [("add", name) for name in new]
    assert answers(store)[0][0] == DONE
    store.ask("add", beside, details={"choices": choices}, origin="page")  # a second page
    launcher.look()
    assert names(store) == new
    assert answers(store)[1] == (REFUSED, "those runs are there already")
    assert len(launcher.pool.asked) == len(new)


def dies(*_: object) -> None:
    raise KeyboardInterrupt


STAGES: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "before it takes the request": lambda patch: patch.setattr(Record, "take", dies),
    "when it has taken it": lambda patch: patch.setattr(Record, "answer", dies),
    "when it has written it": lambda patch: patch.setattr(Control, "begin", dies),
}
ASKED: dict[str, tuple[list[str], dict[str, Any], list[str]]] = {
    "add": ([], {"choices": {"activation": ["gelu"]}}, ["gelu-normal", "gelu-kaiming_normal"]),
    "fork": (["relu-normal"], {"at": 100, "changes": {"lr": 0.3}}, ["relu-normal-at100-lr0.3"]),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("act", ASKED)
def test_a_launcher_that_dies_loses_nothing_and_the_next_does_nothing_twice(
    store: Record, monkeypatch: pytest.MonkeyPatch, act: str, stage: str
) -> None:
    runs, details, new = ASKED[act]
    store.ask(act, runs, details=details, origin="page")
    with monkeypatch.context() as patch:
        STAGES[stage](patch)
        with pytest.raises(KeyboardInterrupt):
            Launcher(store).look()
    after = Launcher(store)
    after.look(3)
    assert names(store) == new
    assert [state for state, _ in answers(store)] == [DONE]
    queued = [run.name for run in store.runs() if run.state == "queued"]
    assert set(new) <= set(queued)  # which resume trains, if nobody had begun them
    asked = [("add", name) for name in new]
    assert after.pool.asked == ([] if stage == "when it has written it" else asked)
    assert not after.acting.busy()


def test_a_fork_begins_on_its_parents_curves_and_at_its_checkpoint(store: Record) -> None:
    launcher = Launcher(store)
    details = {"at": 100, "changes": {"lr": 0.3, "dropout": [0.5]}}
    store.ask("fork", ["relu-normal"], details=details, origin="terminal")
    launcher.look()
    (name,) = names(store)
    assert name == "relu-normal-at100-lr0.3-dropout0.5"
    assert answers(store) == [(DONE, f"{name}: forked from relu-normal at step 100")]
    view = next(view for view in read(store.folder).runs if view.name == name)
    assert (view.config["lr"], view.config["dropout"]) == (0.3, [0.5])
    assert view.config[FORK] == "relu-normal@100"
    first = {series: line.means() for series, line in view.lines.items()}
    assert {series: (list(x), list(y)) for series, (x, y) in first.items()} == {
        "train_loss": ([100], [2.01]), "test_accuracy": ([100], [0.1]),
    }  # fmt: skip
    assert view.data("guesses") == {"classes": [100]}
    assert view.media["samples"].kind == "png"
    config = RunConfig.from_dict(view.config)
    assert Checkpoint(store.folder, name, config).step == 100
    assert launcher.pool.jobs[name].is_fork


def test_what_was_paused_or_stopped_goes_on_and_what_trains_already_is_left(store: Record) -> None:
    launcher = Launcher(store)
    for run, state in (("relu-kaiming_normal", "paused"), ("tanh-normal", "stopped")):
        store.end_run(run, state)
    runs = ["relu-kaiming_normal", "tanh-normal", "tanh-kaiming_normal"]
    store.ask("continue", runs, origin="page")
    store.ask("continue", runs, origin="page")
    launcher.look(4)
    assert launcher.pool.asked == [("add", run) for run in runs[:2]]
    assert answers(store) == [(DONE, f"{', '.join(runs)}: queued again")] * 2
    store.ask("continue", ["relu-normal"], origin="page")
    launcher.look()
    assert answers(store)[2][0] == REFUSED
    assert "relu-normal is done" in answers(store)[2][1]


REFUSALS: dict[str, tuple[str, list[str], dict[str, Any], str]] = {
    "no choice": ("add", [], {}, "say what is to be added: dataset, model"),
    "no such choice": ("add", [], {"choices": {"choices": ["x.py"]}}, "'choices' is no choice"),
    "no value": ("add", [], {"choices": {"seed": []}}, "seed needs at least one value"),
    "an odd value": ("add", [], {"choices": {"seed": ["3"]}}, "seed"),
    "an unknown name": ("add", [], {"choices": {"activation": ["rely"]}}, "did you mean relu"),
    "too many": ("add", [], {"choices": {"seed": list(range(5000))}}, "more than 4096 runs"),
    "two parents": ("fork", ["tanh-normal", "relu-normal"], {"changes": {"lr": 1.0}}, "one run"),
    "no change": ("fork", ["relu-normal"], {}, "say what the fork is to change"),
    "no checkpoint": ("fork", ["tanh-normal"], {"changes": {"lr": 1.0}}, "has kept no checkpoint"),
    "another step": ("fork", ["relu-normal"], {"at": 7, "changes": {"lr": 1.0}}, "it has: 100"),
    "an odd step": ("fork", ["relu-normal"], {"at": "7", "changes": {"lr": 1.0}}, "whole number"),
    "an odd rate": ("fork", ["relu-normal"], {"changes": {"lr": "fast"}}, "--lr"),
    "a list for a rate": ("fork", ["relu-normal"], {"changes": {"lr": [1.0]}}, "--lr"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_trained_is_refused_in_a_sentence(store: Record, case: str) -> None:
    act, runs, details, sentence = REFUSALS[case]
    store.ask(act, runs, details=details, origin="page")
    launcher = Launcher(store)
    launcher.look()
    ((state, answer),) = answers(store)
    assert (state, sentence in answer) == (REFUSED, True), answer
    assert "failed" not in answer
    assert names(store) == []
    assert launcher.pool.asked == []
