"""Several experiments compared together: their runs as those of one, told apart by experiment.

Reads nothing itself: each experiment is brought up to date by whoever reads it, `refresh` takes
over what they know by then. Each run keeps its own page, record and verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from dashboard.names import joint, joint_environment
from dashboard.record.schema import DEFAULTS, OWN_LOOP
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric
from dashboard.runs.request import ComparisonRequest
from dashboard.runs.run_view import RunView, with_defaults

SETTING = "experiment"


@dataclass(eq=False)
class JointRun(RunView):
    """A run among those of other experiments; lines, images and stamps are the run's own.

    It is called after its experiment too (no name of an experiment holds a slash), which is its
    first setting, so that what differs in nothing else is still not taken for the same.
    """

    _config: dict[str, Any] = field(default_factory=dict)

    def know(self, defaults: Mapping[str, Any]) -> None:
        """Give it its settings; defaults: those that the experiments beside it know."""
        is_own_loop = self.record.settings.get("origin") == OWN_LOOP
        config = with_defaults(self.row.config, {} if is_own_loop else defaults)
        own = {key: value for key, value in config.items() if key != SETTING}
        self._config = {SETTING: self.experiment, **own}

    @property
    def name(self) -> str:
        return f"{self.experiment}/{self.row.name}"

    @property
    def config(self) -> dict[str, Any]:
        return self._config


class JointExperiment(Experiment):
    """The given experiments together. They share one lock, and are different ones.

    Raises BadNameError where they are too many to be shown together.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        # Not the base's: this one has no record, and nothing of its own to keep.
        self.experiments = list(experiments)
        self.name = joint([each.name for each in experiments])
        marks = {each.request.milestones for each in experiments}
        self.request = ComparisonRequest(milestones=marks.pop() if len(marks) == 1 else None)
        self.lock = experiments[0].lock
        self.version = 0
        self.runs: list[RunView] = []
        self._known = None
        self.refresh()

    @property
    def environment(self) -> str:
        return joint_environment([each.name for each in self.experiments])

    @property
    def task(self) -> str:
        """That of the first."""
        return self.experiments[0].task

    @property
    def decide_up_to(self) -> int:
        return max(each.decide_up_to for each in self.experiments)

    @property
    def search(self) -> None:
        return None

    @property
    def own_loop(self) -> bool:
        return all(each.own_loop for each in self.experiments)

    @property
    def launches(self) -> list[dict[str, Any]]:
        """None: each experiment's own page says where that comes from."""
        return []

    def has_machine(self) -> bool:
        return False

    def machine(self) -> list[dict[str, Any]]:
        """None, for the same reason."""
        return []

    def refresh(self) -> None:
        """Take over the runs as they are known now. Hold the lock."""
        before = [view.row.id for view in self.runs]
        self.runs = [
            JointRun(**{each.name: getattr(view, each.name) for each in fields(RunView)})
            for experiment in self.experiments
            for view in experiment.runs
        ]
        settings = [each.record.settings.get(DEFAULTS) for each in self.experiments]
        known = [each for each in settings if isinstance(each, dict)]
        for run in self.runs:
            assert isinstance(run, JointRun)
            run.know({key: value for each in known for key, value in each.items()})
        self.decisions = [each for one in self.experiments for each in one.decisions]
        self.answers = sum(each.answers for each in self.experiments)
        shares = [each.reading for each in self.experiments]
        read = [1.0 if share is None else share for share in shares]
        still = any(share is not None for share in shares)
        self.reading = sum(read) / len(read) if still else None
        self.version = sum(each.version for each in self.experiments)
        self._known = None
        if [view.row.id for view in self.runs] != before:  # a config never changes
            self._varied = None

    def poll(self) -> bool:
        """Nothing is read here."""
        with self.lock:
            self.refresh()
        return False

    def numbers(self) -> dict[str, int]:
        """By their places: two experiments may give the same."""
        return {view.name: i for i, view in enumerate(self.runs, 1)}

    def _recorded(self) -> Collection[str]:
        return {name for each in self.experiments for name in each._recorded()}

    def _find_metric(self) -> Metric:
        """What was asked for; else the first of the experiments' own that all of them have."""
        if self.request.metric:
            return super()._find_metric()
        own = [each.metric for each in self.experiments]
        known = [each.series() for each in self.experiments]
        shared = (metric for metric in own if all(metric.name in series for series in known))
        return next(shared, own[0])

    def published(self) -> dict[str, float]:
        """What all of them are measured against, where that is the same."""
        first, *others = [each.published() for each in self.experiments]
        return {k: v for k, v in first.items() if all(other.get(k) == v for other in others)}
