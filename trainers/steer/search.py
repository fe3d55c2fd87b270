"""The policy `--search`: tries settings one after the other, as Optuna's samplers propose them.

Each trial is a run like any other; its outcome is the experiment's metric. What was tried is read
from the record, so that a resumed search knows all of it. Optuna (Akiba, Sano, Yanase, Ohta and
Koyama 2019, arXiv 1907.10902) is asked and told, and runs nothing itself.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from dashboard.cli.control import Control
from dashboard.errors import UserError
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from trainers.config import LONGEST_NAME, RunConfig, name_part
from trainers.local.orders import Job
from trainers.plan.ranges import Range
from trainers.plan.settings import canonical, written

ASKS = 100  # for settings that were not tried yet, before the search is over
DIGITS = 4  # of a rate that is drawn
BAD = ("diverged", "pruned")  # ends that say of the settings that they are no good

Space = Mapping[str, Range | Sequence[Any]]
"""What is searched, by the name of a setting: a range, or two values or more."""


class Search:
    """Tries settings of `space` on top of `base` in so many trials."""

    grows = True

    def __init__(self, sampler: str, trials: int, base: RunConfig, space: Space) -> None:
        self.sampler, self.trials = sampler, trials
        self.settings = {"search": {"sampler": sampler, "trials": trials}}
        self.base, self._space = base, space
        self._open_trials: dict[str, Any] = {}
        self._told_names: set[str] = set()
        self._names_by_key: dict[str, str] = {}
        self._study: Any = None
        self._busy = True

    @property
    def says(self) -> str:
        """What it will do, in a sentence."""
        sides = [f"{field.replace('_', ' ')} {_words(own)}" for field, own in self._space.items()]
        return f"--search {self.sampler}: {self.trials} trials over {', '.join(sides)}"

    def begin(self, count: int) -> list[Job]:
        """The first trials, at most so many."""
        return self._ask(min(count, self.trials))

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        """They are trained as they are."""
        return list(jobs)

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        """What is left is trained before anything else is tried."""
        return list(jobs), []

    def wants_more(self, experiment: Experiment) -> bool:
        """Whether not all trials have been made."""
        return self.left(experiment) > 0

    def left(self, experiment: Experiment) -> int:
        """The trials that have not begun."""
        return max(0, self.trials - len(experiment.runs))

    def look(
        self,
        experiment: Experiment,
        control: Control,
        dress: Callable[[list[Job]], list[Job]] = list,
    ) -> None:
        """Tell what was found, and try what is proposed as soon as a worker is free for it.

        dress: makes the jobs what another policy lets them begin as.
        """
        self._tell(experiment)
        to_come = self.left(experiment)
        self._busy = to_come > 0 or not experiment.ended()
        at_work = sum(view.state in ("queued", "running") for view in experiment.runs)
        count, room = min(to_come, control.pool.batch), control.pool.size * control.pool.batch
        one_ahead = control.pool.batch == 1
        if count and control.has_room and at_work + count <= room + one_ahead:
            control.add(dress(self._ask(count)), f"proposed by {self.sampler}")

    def busy(self) -> bool:
        """Whether trials are left."""
        return self._busy

    def _ask(self, count: int) -> list[Job]:
        """The next trials; fewer where there are no settings left that were not tried."""
        jobs: list[Job] = []
        for _ in range(ASKS * count):
            if len(jobs) == count:
                return jobs
            trial = self._optuna().ask(_distributions(self._space))
            config = self._config(trial.params)
            if self._key(config.as_dict()) in self._names_by_key:
                self._study.tell(trial, state=_state("FAIL"))
                continue
            name = self._name(len(self._names_by_key) + 1, config)
            self._names_by_key[self._key(config.as_dict())] = name
            self._open_trials[name] = trial
            jobs.append(Job(name, config.as_dict()))
        self.trials = len(self._names_by_key)
        return jobs

    def _tell(self, experiment: Experiment) -> None:
        """Let the sampler know how runs have ended since last time."""
        for view in experiment.runs:
            self._names_by_key.setdefault(self._key(view.config), view.name)
        for view in experiment.runs:
            if view.ended and view.name not in self._told_names:
                self._told_names.add(view.name)
                self._tell_one(view, self._open_trials.pop(view.name, None), experiment)

    def _tell_one(self, view: RunView, trial: Any, experiment: Experiment) -> None:
        study = self._optuna()
        result = view.result(experiment.metric.name)
        value = None if result is None or not math.isfinite(result) else result
        signed_value = None if value is None else experiment.metric.signed(value)
        if trial is None:  # of a search that was interrupted
            with contextlib.suppress(ValueError):  # a run of other settings
                study.add_trial(self._past(view, signed_value))
        elif view.state == "done" and signed_value is not None:
            study.tell(trial, signed_value)
        else:
            if signed_value is not None:
                trial.report(signed_value, view.step)
            study.tell(trial, state=_state("PRUNED" if view.state in BAD else "FAIL"))

    def _past(self, view: RunView, signed_value: float | None) -> Any:
        from optuna.trial import create_trial

        params = {field: written(field, view.config.get(field)) for field in self._space}
        about: dict[str, Any] = {"params": params, "distributions": _distributions(self._space)}
        if view.state == "done" and signed_value is not None:
            return create_trial(value=signed_value, **about)
        state = _state("PRUNED" if view.state in BAD else "FAIL")
        at = {} if signed_value is None else {view.step: signed_value}
        return create_trial(state=state, intermediate_values=at, **about)

    def _config(self, params: Mapping[str, Any]) -> RunConfig:
        values = dict(params)
        for field, side in self._space.items():
            if isinstance(side, Range) and isinstance(values[field], float):
                number = float(f"{values[field]:.{DIGITS}g}")
                values[field] = min(side.high, max(side.low, number))
        return replace(self.base, **{f: canonical(f, value) for f, value in values.items()})

    def _key(self, settings: Mapping[str, Any]) -> str:
        return repr([settings.get(field) for field in self._space])

    def _name(self, number: int, config: RunConfig) -> str:
        parts = [name_part(field, getattr(config, field)) for field in self._space]
        return "-".join([f"t{number}", *parts])[:LONGEST_NAME]

    def _optuna(self) -> Any:
        """The study, made when it is first needed: more of it is always better."""
        if self._study is None:
            optuna = need_optuna()
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            seed = (self.base.seed + 7919 * len(self._names_by_key)) % 2**32
            with warnings.catch_warnings():  # to count trials that run is "experimental" there
                warnings.simplefilter("ignore")
                sampler = {
                    "random": lambda: optuna.samplers.RandomSampler(seed=seed),
                    "tpe": lambda: optuna.samplers.TPESampler(seed=seed, constant_liar=True),
                }[self.sampler]()
            self._study = optuna.create_study(direction="maximize", sampler=sampler)
        return self._study


def need_optuna() -> Any:
    """Optuna, which only a search needs. Raises UserError where it is not installed."""
    try:
        import optuna
    except ImportError:
        raise UserError(
            "--search needs Optuna, which is not installed: pip install -r requirements-search.txt"
        ) from None
    return optuna


def _distributions(space: Space) -> dict[str, Any]:
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    def of(side: Range | Sequence[Any]) -> Any:
        if not isinstance(side, Range):
            return CategoricalDistribution(list(side))
        if isinstance(side.low, int):
            return IntDistribution(side.low, int(side.high), log=True)
        return FloatDistribution(side.low, side.high, log=True)

    return {field: of(side) for field, side in space.items()}


def _state(name: str) -> Any:
    from optuna.trial import TrialState

    return TrialState[name]


def _words(side: Range | Sequence[Any]) -> str:
    return str(side) if isinstance(side, Range) else "|".join(map(str, side))
