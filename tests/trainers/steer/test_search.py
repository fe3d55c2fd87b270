"""trainers.steer.search: what is tried, what the sampler is told, and how it is resumed."""

import math
import statistics
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboard.cli.control import WENT_ON, Control
from dashboard.errors import UserError
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows.steering import steering
from tests.support.few import STEPS, few
from tests.support.launching import Launch, recorded
from tests.support.ledger import Ledger
from tests.support.reading import new_record
from trainers.config import RunConfig
from trainers.plan.ranges import Range
from trainers.steer.search import Search, Space, need_optuna

BASE = RunConfig(epochs=1)
LR: Space = {"lr": Range(1e-4, 10.0)}
BEST = 0.03


class Trials:
    """A search whose runs are not trained: each ends at once with what its rate is worth."""

    def __init__(self, folder: Path, search: Search, ends: str = "done") -> None:
        self.search, self.ends = search, ends
        self.experiment = Experiment(new_record(folder))
        self.pool = Ledger()
        self.control = Control(self.pool, self.experiment.record)

    def go_on(self, looks: int) -> list[dict[str, Any]]:
        """Look so often; the settings of all that was tried until then."""
        for _ in range(looks):
            self.search.look(self.experiment, self.control)
            self.control.look()
            self.experiment.poll()
            for view in self.experiment.runs:
                if view.state == "queued":
                    self.end(view.name, view.config["lr"])
            self.experiment.poll()
        return [view.config for view in self.experiment.runs]

    def end(self, name: str, lr: float) -> None:
        recorder = Recorder(self.experiment.record.folder, name)
        recorder.expect(10, 10)
        recorder.scalar("test_accuracy", 10, worth(lr))
        recorder.state = self.ends if lr > 1 else "running"
        recorder.close()


def worth(lr: float) -> float:
    return math.exp(-(math.log(lr / BEST) ** 2))


def test_a_search_makes_its_trials_and_no_more(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "e", Search("random", 5, BASE, LR))
    configs = trials.go_on(9)
    assert len(configs) == 5
    assert all(1e-4 <= config["lr"] <= 10 for config in configs)
    assert len({config["lr"] for config in configs}) == 5
    assert all(config["lr"] == float(f"{config['lr']:.4g}") for config in configs)
    assert not trials.search.busy()
    assert [view.name[:3] for view in trials.experiment.runs] == [f"t{i}-" for i in range(1, 6)]


def test_lists_are_choices_and_every_combination_is_tried_once(tmp_path: Path) -> None:
    space: Space = {"activation": ["relu", "tanh"], "lr": [0.1, 0.01]}
    trials = Trials(tmp_path / "e", Search("tpe", 50, BASE, space))
    configs = trials.go_on(8)
    pairs = {(config["activation"], config["lr"]) for config in configs}
    assert len(configs) == len(pairs) == 4
    assert not trials.search.busy()


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    space: Space = {"batch_size": Range(32, 512), "lr": Range(0.01, 0.1)}
    configs = Trials(tmp_path / "e", Search("tpe", 5, BASE, space)).go_on(5)
    assert all(type(config["batch_size"]) is int for config in configs)


def test_no_more_trials_wait_than_workers_can_take_soon(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "e", Search("random", 9, BASE, LR))
    trials.pool.size = 2
    for _ in range(5):  # nobody trains
        trials.search.look(trials.experiment, trials.control)
        trials.control.look()
        trials.experiment.poll()
    assert len(trials.pool.jobs) == 3


def test_a_stack_is_asked_for_as_one(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "e", Search("random", 20, BASE, LR))
    trials.pool.size, trials.pool.batch = 1, 8
    trials.search.look(trials.experiment, trials.control)
    assert len(trials.control.record.runs()) == 8


def nearness(folder: Path, sampler: str, seed: int) -> float:
    """How far the last 10 of 40 rates are from the best one, in factors of e."""
    search = Search(sampler, 40, RunConfig(epochs=1, seed=seed), LR)
    rates = [config["lr"] for config in Trials(folder, search).go_on(40)][-10:]
    return statistics.fmean(abs(math.log(rate / BEST)) for rate in rates)


@pytest.mark.thorough
def test_tpe_learns_where_the_best_is_and_chance_does_not(tmp_path: Path) -> None:
    tpe, chance = (
        statistics.fmean(nearness(tmp_path / f"{sampler}{seed}", sampler, seed) for seed in (1, 2))
        for sampler in ("tpe", "random")
    )
    assert tpe < 0.75 * chance


def test_a_resumed_search_knows_what_was_tried_and_tries_other_settings(tmp_path: Path) -> None:
    trials = Trials(tmp_path / "e", Search("tpe", 12, BASE, LR))
    before = trials.go_on(12)
    trials.search = Search("tpe", 16, BASE, LR)
    assert trials.search.wants_more(trials.experiment)
    after = trials.go_on(6)
    assert after[:12] == before
    assert len({config["lr"] for config in after}) == 16
    assert trials.experiment.runs[-1].name.startswith("t16-")
    study = trials.search._study
    assert len([trial for trial in study.trials if trial.value is not None]) == 16


def test_the_layers_of_a_network_are_searched_and_a_resumed_search_knows_them(
    tmp_path: Path,
) -> None:
    space = {**LR, "hidden": ["30", "30x20", "none"]}
    trials = Trials(tmp_path / "e", Search("tpe", 6, BASE, space))
    tried = [tuple(config["hidden"]) for config in trials.go_on(6)]
    assert set(tried) <= {(30,), (30, 20), ()}
    trials.search = Search("tpe", 8, BASE, space)
    trials.go_on(3)
    params = [trial.params["hidden"] for trial in trials.search._study.trials[:6]]
    assert params == ["x".join(map(str, hidden)) or "none" for hidden in tried]


@pytest.mark.parametrize("ends", ["diverged", "pruned"])
def test_settings_that_go_wrong_are_told_as_no_good(tmp_path: Path, ends: str) -> None:
    trials = Trials(tmp_path / "e", Search("tpe", 20, BASE, LR), ends)
    trials.go_on(21)
    states = [trial.state.name for trial in trials.search._study.trials]
    wrong = sum(view.state == ends for view in trials.experiment.runs)
    assert states.count("PRUNED") == wrong > 0


def test_without_optuna_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(UserError, match=r"pip install -r requirements-search\.txt"):
        need_optuna()


SPACE = ["--lr", "0.01..1", "--activation", "relu", "tanh", "--init", "kaiming_normal",
         "--epochs", "2", "--no-dashboard"]  # fmt: skip


def test_the_launcher_searches_in_stacks_and_goes_on_with_more_trials(
    launch: Launch, tmp_path: Path
) -> None:
    launched = launch(
        "--search", "tpe", "--trials", "4", *few(tmp_path), *SPACE, "--stack", "--workers", "1",
        "--experiment", "exp",
    )  # fmt: skip
    assert launched.ends() == 0, launched.said
    assert "--search tpe: 4 trials over activation relu|tanh, lr 0.01..1" in launched.said
    experiment = recorded(tmp_path, "exp")
    assert [view.state for view in experiment.runs] == ["done"] * 4
    assert steering(experiment)[0] == "Searched (tpe): 4 of 4 trials have ended."
    assert steering(experiment)[0] in launched.said
    more = launch("resume", "exp", "--trials", "6", "--no-dashboard")
    assert more.ends() == 0, more.said
    experiment = recorded(tmp_path, "exp")
    assert len({view.config["lr"] for view in experiment.runs}) == 6
    assert steering(experiment)[0] == "Searched (tpe): 6 of 6 trials have ended."


def test_trials_compete_where_a_search_is_pruned(launch: Launch, tmp_path: Path) -> None:
    launched = launch(*few(tmp_path), "--search", "random", "--trials", "8", *SPACE, "--prune",
                      "--experiment", "exp")  # fmt: skip
    assert launched.ends() == 0, launched.said
    experiment = recorded(tmp_path, "exp")
    assert len(experiment.runs) == 8
    states = [view.state for view in experiment.runs]
    assert states.count("done") >= 2
    assert set(states) == {"done", "pruned"}
    went_on = {decision.run for decision in experiment.decisions if decision.act == WENT_ON}
    for view in experiment.runs:  # one that went on may be overtaken by a trial that comes later
        if "place" in view.error and view.name not in went_on:
            assert view.step == STEPS
