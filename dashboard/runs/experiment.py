"""Keeps what is known of an experiment up to date from its record: its runs, lines, state and ETA.

The board and the terminal both draw from here: bounded lines, the latest images, each run's state,
speed and ETA, the settings that differ. It reads only `dashboard.record.reader`, draws nothing, and
knows nothing of Visdom.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboard.record.reader import Record
from dashboard.record.rows import Changes, Media, Points, Run
from dashboard.record.schema import ENDED, OWN_LOOP, RecordError
from dashboard.runs.line import Line
from dashboard.runs.request import ComparisonRequest, check_request

STATE = "state"
SPEED_WINDOW_S = 8.0
MILESTONES = (0.90, 0.95)
SILENT_AFTER_S = 5.0
PORTION = 50_000  # points that are read at once, in some 50 ms


@dataclass
class RunView:
    """One run: its row, its lines by series name, its latest image or text by name.

    `stamps` counts the changes of each topic (a series, a media name, "state"), so that a window
    redraws only when something it reads has changed. Series "a/b" and "a/c" are one topic, "a".
    """

    row: Run
    lines: dict[str, Line] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    stamps: Counter[str] = field(default_factory=Counter)
    reached: dict[float, tuple[int, float]] = field(default_factory=dict)
    best: tuple[float, int] | None = None
    alive_s: float = field(default_factory=time.monotonic)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def state(self) -> str:
        """One of `dashboard.record.schema.STATES`."""
        return self.row.state

    @property
    def config(self) -> dict[str, Any]:
        return self.row.config

    @property
    def error(self) -> str:
        """Why the run failed; empty where it did not."""
        return self.row.error

    @property
    def attempt(self) -> int:
        """How often the run was retried."""
        return self.row.attempt

    @property
    def total_steps(self) -> int:
        """The planned steps; 0 while not known."""
        return self.row.total_steps

    @property
    def steps_per_epoch(self) -> int:
        """The steps of an epoch; 0 while not known."""
        return self.row.steps_per_epoch

    @property
    def started_s(self) -> float | None:
        """Seconds since 1970; None before the start."""
        return self.row.started_s

    @property
    def ended_s(self) -> float | None:
        """Seconds since 1970; None before the end."""
        return self.row.ended_s

    @property
    def step(self) -> int:
        """Optimizer updates done: the last step of the training loss, else of any series."""
        line = self.lines.get("train_loss")
        if line is None:
            return max((other.last_step for other in self.lines.values()), default=0)
        return line.last_step

    @property
    def progress(self) -> float:
        """Share of the planned steps that is done, in [0, 1]."""
        total = self.total_steps
        return min(1.0, self.step / total) if total else 0.0

    @property
    def epoch(self) -> float:
        per_epoch = self.steps_per_epoch
        return self.step / per_epoch if per_epoch else 0.0

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def latest(self, series: str) -> float | None:
        """The last value of a series, or None when it has none."""
        line = self.lines.get(series)
        return line.last_value if line and line.count else None

    def steps_per_s(self) -> float:
        """Speed over the last few seconds; for an ended run over the whole of it."""
        line = self.lines.get("train_loss")
        if line is None or line.count < 2:
            return 0.0
        if not self.ended and len(self._recent) > 1:
            (t0, s0), (t1, s1) = self._recent[0], self._recent[-1]
            return (s1 - s0) / (t1 - t0) if t1 > t0 else 0.0
        span_s = line.last_time_s - line.first_time_s
        return (line.last_step - line.first_step) / span_s if span_s > 0 else 0.0

    def images_per_s(self) -> float:
        return self.steps_per_s() * self.row.number("batch_size")

    def eta_s(self) -> float | None:
        """Seconds to the end at the present speed; None when nothing can be said."""
        speed = self.steps_per_s()
        if self.ended or not self.total_steps or speed <= 0:
            return None
        return (self.total_steps - self.step) / speed

    def silent_s(self) -> float:
        """Seconds without a sign of life from a running run, 0 for any other."""
        return time.monotonic() - self.alive_s if self.state == "running" else 0.0

    def update_row(self, row: Run) -> bool:
        """Take over the run's row; True when the run was retried and its lines must be reread."""
        old, self.row = self.row, row
        if row.heartbeat_s != old.heartbeat_s:
            self.alive_s = time.monotonic()
        facts = (row.state, row.error, row.total_steps, row.attempt)
        if facts != (old.state, old.error, old.total_steps, old.attempt):
            self.stamps[STATE] += 1
        return row.attempt != old.attempt

    def add(self, points: Points) -> None:
        line = self.lines.setdefault(points.series, Line())
        line.add(points.steps, points.values, points.times_s)
        self.stamps[topic_of(points.series)] += 1
        if points.series == "train_loss":
            self._note_speed(line)
        elif points.series == "test_accuracy":
            self._note_accuracy(points)

    def forget_points(self) -> None:
        for topic in self.stamps:
            self.stamps[topic] += 1
        self.lines.clear()
        self.media.clear()
        self.reached.clear()
        self._recent.clear()
        self.best = None

    def _note_speed(self, line: Line) -> None:
        self._recent.append((line.last_time_s, line.last_step))
        while len(self._recent) > 2 and line.last_time_s - self._recent[0][0] > SPEED_WINDOW_S:
            self._recent.popleft()

    def _note_accuracy(self, points: Points) -> None:
        started_s = self.started_s or 0.0
        for step, time_s, value in zip(points.steps, points.times_s, points.values, strict=True):
            for mark in MILESTONES:
                if value >= mark and mark not in self.reached:
                    self.reached[mark] = (int(step), float(time_s) - started_s)
            if self.best is None or value > self.best[0]:
                self.best = (float(value), int(step))


class Experiment:
    """The experiment whose record is given; `poll` brings it up to date.

    One thread polls; others take `lock` while they read. reading: the share of a long record that
    has been read, in [0, 1], while what is known is no more than a first look at it; else None.
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.name = record.folder.name
        self.request = ComparisonRequest.from_settings(record.settings)
        self.lock = threading.RLock()
        self.runs: list[RunView] = []
        self.version = 0
        self.reading: float | None = None
        self._reports: set[str] = set()
        self._by_id: dict[int, RunView] = {}
        self._varied: list[str] | None = None

    @property
    def own_loop(self) -> bool:
        """Whether the record was made by a Recorder in a person's own training loop."""
        return self.record.settings.get("origin") == OWN_LOOP

    def ask(self, baseline: str | None, grid: Sequence[str] | None) -> None:
        """Compare with this run and cross these settings; None keeps the earlier request.

        Raises ComparisonError for a run or a setting that is not there.
        """
        keys = list(dict.fromkeys(key for view in self.runs for key in view.config))
        names = [view.name for view in self.runs]
        self.request = check_request(
            baseline or self.request.baseline, grid or self.request.grid, names, keys
        )

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
            changes = self.record.changes(PORTION)
            self.show(changes)
            return changes.more

    def show(self, changes: Changes) -> None:
        """Take in what was read of the record."""
        run_ids = {run.id for run in changes.runs if self._take_row(run)}
        for run_id in run_ids:
            points, media = self.record.reread(run_id)
            self._by_id[run_id].forget_points()
            self._add(points, media)
        self._add(
            [new for new in changes.points if new.run_id not in run_ids],
            [new for new in changes.media if new.run_id not in run_ids],
        )
        self.version += len(changes.points) + len(changes.media)

    def become(self, other: Experiment) -> None:
        """Take over what another reading of the same record knows; all of it is drawn anew."""
        with self.lock:
            for view in other.runs:
                if view.id in self._by_id:
                    view.stamps.update(self._by_id[view.id].stamps)  # they only ever grow
                for topic in {*view.stamps, STATE}:
                    view.stamps[topic] += 1
            self.record, self.runs, self._by_id = other.record, other.runs, other._by_id
            self.reading, self._varied = None, None
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

    def varied(self) -> list[str]:
        """The settings in which the runs differ, in the order of the first run's config."""
        if self._varied is None:  # it is asked for many times a frame, and a config never changes
            configs = [view.config for view in self.runs]
            keys = dict.fromkeys(key for config in configs for key in config)
            self._varied = [key for key in keys if len({repr(c.get(key)) for c in configs}) > 1]
        return self._varied

    def shared(self) -> dict[str, Any]:
        """The settings that all runs share."""
        differing = set(self.varied())
        first = self.runs[0].config if self.runs else {}
        return {key: value for key, value in first.items() if key not in differing}

    def published(self) -> dict[str, float]:
        """What the source of the experiment's recipe measured, by series name; often empty."""
        results = self.record.settings.get("published")
        pairs = results.items() if isinstance(results, dict) else ()
        return {name: float(value) for name, value in pairs if isinstance(value, int | float)}

    def progress(self) -> float:
        """Share of the whole plan that is done, in [0, 1]; an ended run counts as done."""
        if not self.runs:
            return 0.0
        return sum(1.0 if v.ended else v.progress for v in self.runs) / len(self.runs)

    def eta_s(self) -> float | None:
        """Seconds to the end of the whole plan at the present speed, or None."""
        totals = [v.total_steps for v in self.runs if v.total_steps]
        speed = sum(v.steps_per_s() for v in self.runs if v.state == "running")
        if not totals or speed <= 0:
            return None
        typical = sum(totals) / len(totals)
        left = sum((v.total_steps or typical) - v.step for v in self.runs if not v.ended)
        return left / speed

    def ended(self) -> bool:
        return bool(self.runs) and all(view.ended for view in self.runs)

    def _add(self, points: Sequence[Points], media: Sequence[Media]) -> None:
        for some in points:
            self._by_id[some.run_id].add(some)
        for item in media:
            view = self._by_id[item.run_id]
            view.media[item.name] = item
            view.stamps[item.name] += 1

    def _take_row(self, run: Run) -> bool:
        """Take over a run's row; True when all of the run must be read again."""
        view = self._by_id.get(run.id)
        if view is None:
            view = RunView(run)
            self._by_id[run.id] = view
            self.runs.append(view)
            self._varied = None
            self.version += 1
            return False
        before = view.stamps[STATE]
        start_over = view.update_row(run)
        self.version += view.stamps[STATE] - before
        return start_over


def topic_of(series: str) -> str:
    """What a change of the series is filed under: the part before the first slash."""
    return series.split("/", 1)[0]
