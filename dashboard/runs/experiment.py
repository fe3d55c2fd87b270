"""Keeps what is known of an experiment up to date from its record: its runs, lines, state and ETA.

The board and the terminal both draw from here: bounded lines, the latest images, each run's state,
speed and ETA, the settings that differ. It reads only `dashboard.record.reader`, draws nothing, and
knows nothing of Visdom.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

from dashboard.names import environment
from dashboard.record.decisions import Decision
from dashboard.record.machine import is_sampled
from dashboard.record.machine import launches as samples
from dashboard.record.provenance import launches
from dashboard.record.reader import Record
from dashboard.record.rows import Changes, Media, Points, Run
from dashboard.record.schema import OWN_LOOP, RecordError
from dashboard.record.tasks import CLASSES, task_named
from dashboard.record.version import Version
from dashboard.runs.chosen_metric import (
    chosen_metric,
    chosen_milestones,
    name_and_goal,
    series_of,
)
from dashboard.runs.experiment_settings import (
    SearchPlan,
    most_seeds,
    published_results,
    search_plan,
)
from dashboard.runs.metric import Metric
from dashboard.runs.request import ComparisonRequest, check_request
from dashboard.runs.run_view import STATE, RunView

PORTION = 50_000  # points that are read at once, in some 50 ms


class Experiment:
    """The experiment whose record is given; `poll` brings it up to date.

    One thread polls; others take `lock` while they read. reading: the share of a long record that
    has been read, in [0, 1], while what is known is no more than a first look at it; else None.
    decisions: what was decided of runs while they were trained. answers: how many requests of
    people have been answered.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.name = record.folder.name
        self.request = ComparisonRequest.from_settings(record.settings)
        self.lock = threading.RLock()
        self.runs: list[RunView] = []
        self.version = 0
        self.reading: float | None = None
        self.decisions: list[Decision] = []
        self.answers = 0
        self._reports: set[str] = set()
        self._removed_ids: set[int] = set()  # runs that were out of view at some time
        self._by_id: dict[int, RunView] = {}
        self._varied_keys: list[str] | None = None
        self._read_all_of: Version | None = None  # of the record; None: there may be more
        self._comparison: tuple[object, tuple[Metric, tuple[float, ...]]] | None = None

    def close(self) -> None:
        """Close the record once nobody reads it: SQLite would end the process of who does."""
        with self.lock:
            self.record.close()

    @property
    def environment(self) -> str:
        """The environment that compares its runs."""
        return environment(self.name)

    @property
    def own_loop(self) -> bool:
        """Whether the record was made by a Recorder in a person's own training loop."""
        return self.record.settings.get("origin") == OWN_LOOP

    @property
    def task(self) -> str:
        """What its runs learn, one of `dashboard.record.tasks`: as it says itself, else as its
        series do; classes where neither does.
        """
        task_name = task_named(self.record.settings)
        return task_name or next((view.task for view in self.runs if view.task), CLASSES)

    @property
    def decide_up_to(self) -> int:
        """The most seeds of a choice where seeds are added until the best is decided; else 0."""
        return most_seeds(self.record.settings)

    @property
    def launches(self) -> list[dict[str, Any]]:
        """Where it comes from, an entry for each launch: `dashboard.record.provenance`."""
        return launches(self.record.settings)

    @property
    def search(self) -> SearchPlan | None:
        """How its runs are chosen, where they are trials of a search."""
        return search_plan(self.record.settings)

    def has_machine(self) -> bool:
        """Whether the machine was sampled."""
        return is_sampled(self.record)

    def machine(self) -> list[dict[str, Any]]:
        """What was sampled of the machine at each launch, read now: `dashboard.record.machine`."""
        return samples(self.record)

    @property
    def metric(self) -> Metric:
        """What the runs are compared by: as was asked, else as settings say, else the usual one."""
        return self._compared()[0]

    @property
    def milestones(self) -> tuple[float, ...]:
        """The values of the metric whose reaching is noted, as they were asked for or as usual."""
        return self._compared()[1]

    def series(self) -> Collection[str]:
        """The names of all series that any run has, as far as is read."""
        return series_of(self.runs)

    def compared_by(self, series: Collection[str]) -> tuple[str, str | None]:
        """The metric's name, and its goal where the name is not left to say it.

        series: the names of those there are.
        """
        return name_and_goal(self.request, self.runs, series, self.task)

    def ask(self, request: ComparisonRequest) -> None:
        """Show it so; where the request says nothing an earlier one holds.

        Raises ComparisonError for a run, a setting or a metric that is not there.
        """
        keys = list(dict.fromkeys(key for view in self.runs for key in view.config))
        names = [view.name for view in self.runs]
        self.request = check_request(request, names, keys, self._recorded()).over(self.request)

    def poll(self) -> bool:
        """Read what is new; True when anything changed."""
        with self.lock:
            before = self.version
            while self.read_on():
                pass
            return self.version != before

    def read_on(self) -> bool:
        """Read a portion of what is new; True when there may be more."""
        with self.lock:
            version = self.record.version()
            if version is not None and version == self._read_all_of:
                return False
            changes = self.record.changes(PORTION)
            self.show(changes)
            # The process of a run that trains may be gone without having written that.
            is_training = any(view.state == "running" for view in self.runs)
            self._read_all_of = None if changes.more or is_training else version
            return changes.more

    def show(self, changes: Changes) -> None:
        """Take in what was read of the record."""
        self._drop(changes)
        run_ids = {run.id for run in changes.runs if self._take_row(run)}
        for run_id in run_ids:
            points, media = self.record.reread(run_id)
            self._by_id[run_id].forget_points()
            self._add(points, media)
        self._add(
            [new for new in changes.points if new.run_id not in run_ids],
            [new for new in changes.media if new.run_id not in run_ids],
        )
        self.decisions += changes.decisions
        self.answers = changes.answers
        self.version += len(changes.points) + len(changes.media) + len(changes.decisions)

    def become(self, other: Experiment) -> None:
        """Take over what another reading of the same record knows; all of it is drawn anew."""
        with self.lock:
            for view in other.runs:
                if view.id in self._by_id:
                    view.stamps.update(self._by_id[view.id].stamps)  # they only ever grow
                for topic in {*view.stamps, STATE}:
                    view.stamps[topic] += 1
            self.record, self.runs, self._by_id = other.record, other.runs, other._by_id
            self.decisions, self.answers = other.decisions, other.answers
            self.reading, self._varied_keys, self._read_all_of = None, None, None
            self.version += 1

    def follow(self, report: Callable[[str], object]) -> None:
        """`poll`; while the record is unreadable what is known stays, the reason is said once."""
        try:
            with self.lock:
                self.record.renew()
                self.poll()
        except RecordError as why:
            if str(why) not in self._reports:
                self._reports.add(str(why))
                report(str(why))

    def numbers(self) -> dict[str, int]:
        """The number of every run by its name: no other run ever has it."""
        return {view.name: view.id for view in self.runs}

    def varied(self) -> list[str]:
        """The settings in which the runs differ, in the order of the first run's config."""
        if self._varied_keys is None:  # it is asked for many times a frame
            configs = [view.config for view in self.runs]
            keys = dict.fromkeys(key for config in configs for key in config)
            values = {key: {repr(config.get(key)) for config in configs} for key in keys}
            self._varied_keys = [key for key in keys if len(values[key]) > 1]
        return self._varied_keys

    def shared(self) -> dict[str, Any]:
        """The settings that all runs share."""
        varied_keys = self.varied()
        first = self.runs[0].config if self.runs else {}
        return {key: value for key, value in first.items() if key not in varied_keys}

    def published(self) -> dict[str, float]:
        """What the source of the experiment's recipe measured, by series name; often empty."""
        return published_results(self.record.settings)

    def progress(self) -> float:
        """Share of the whole plan that is done, in [0, 1]; an ended run counts as done."""
        if not self.runs:
            return 0.0
        return sum(1.0 if v.ended else v.progress for v in self.runs) / len(self.runs)

    def images_per_s(self) -> float:
        """Of all runs that train now."""
        return sum(view.images_per_s() for view in self.runs if view.state == "running")

    def eta_s(self) -> float | None:
        """Seconds to the end of the whole plan at the present speed, or None."""
        totals = [v.total_steps for v in self.runs if v.total_steps]
        speed = sum(v.steps_per_s() for v in self.runs if v.state == "running")
        if not totals or speed <= 0:
            return None
        typical = sum(totals) / len(totals)
        steps_left = sum((v.total_steps or typical) - v.step for v in self.runs if not v.ended)
        return steps_left / speed

    def ended(self) -> bool:
        return bool(self.runs) and all(view.ended for view in self.runs)

    def _recorded(self) -> Collection[str]:
        """The names of all series in the record, whether or not they have been read."""
        return {*self.series(), *self.record.series_names()}

    def _compared(self) -> tuple[Metric, tuple[float, ...]]:
        """The metric and its milestones, which are asked for many times a frame."""
        key = (self.version, self.request)
        if self._comparison is None or self._comparison[0] != key:
            metric = self._find_metric()
            self._comparison = key, (metric, chosen_milestones(self.request, self.runs, metric))
        return self._comparison[1]

    def _find_metric(self) -> Metric:
        return chosen_metric(self.request, self.runs, self.task)

    def _add(self, points: Sequence[Points], media: Sequence[Media]) -> None:
        for some in points:
            if view := self._by_id.get(some.run_id):  # else it is out of view
                view.add(some)
        for item in media:
            if view := self._by_id.get(item.run_id):
                view.media[item.name] = item
                view.stamps[item.name] += 1

    def _drop(self, changes: Changes) -> None:
        """Forget runs that were taken out of view, or removed for good."""
        self._removed_ids |= changes.removed_ids
        gone_ids = self._by_id.keys() - {run.id for run in changes.runs}
        if gone_ids:
            self._by_id = {i: view for i, view in self._by_id.items() if i not in gone_ids}
            self.runs = [view for view in self.runs if view.id not in gone_ids]
            self._varied_keys = None
            self.version += 1

    def _take_row(self, run: Run) -> bool:
        """Take over a run's row; True when all of the run must be read again."""
        view = self._by_id.get(run.id)
        if view is None:
            view = RunView(run, self.record)
            self._by_id[run.id] = view
            self.runs.append(view)
            self._varied_keys = None
            self.version += 1
            return run.id in self._removed_ids  # its rows were passed over
        before = view.stamps[STATE]
        if run.config != view.row.config:
            self._varied_keys = None
        start_over = view.update_row(run)
        self.version += view.stamps[STATE] - before
        return start_over
