"""Keeps what is known of one run: its row, lines, latest images, state, speed and ETA.

What it is fed comes from `dashboard.runs.experiment`, which reads the record; nothing is read or
drawn here.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from dashboard.names import environment
from dashboard.record.reader import Record
from dashboard.record.rows import Media, Points, Run
from dashboard.record.schema import DEFAULTS, FORK
from dashboard.record.states import ENDED
from dashboard.record.tasks import NAMES, TASKS, task_named
from dashboard.runs.clock import trained
from dashboard.runs.epoch_mean import OF_STEPS, EpochMean
from dashboard.runs.line import Line
from dashboard.runs.metric import Metric

STATE = "state"
CLOCK = "clock"  # under this name a run remembers it
SPEED_WINDOW_S = 8.0
SILENT_AFTER_S = 5.0


@dataclass(eq=False)  # it is itself, and no other is the same; comparing all it holds takes long
class RunView:
    """One run: its row, its lines by series name, its latest image or text by name.

    record: where it was read from, and where the bytes of its images and texts are.

    `stamps` counts the changes of each topic (a series, a media name, "state"), so that a window
    redraws only when something it reads has changed. Series "a/b" and "a/c" are one topic, "a".

    memo: by name what is made of it at some cost, with the state of things it was made from.
    """

    row: Run
    record: Record
    lines: dict[str, Line] = field(default_factory=dict)
    media: dict[str, Media] = field(default_factory=dict)
    stamps: Counter[str] = field(default_factory=Counter)
    epoch_means: dict[str, EpochMean] = field(default_factory=dict)
    alive_s: float = field(default_factory=time.monotonic)
    memo: dict[str, tuple[object, Any]] = field(default_factory=dict)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)
    _json_values: dict[str, tuple[int, Any]] = field(default_factory=dict)
    _settings: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def experiment(self) -> str:
        """The name of the experiment that it is a run of."""
        return self.record.folder.name

    @property
    def environment(self) -> str:
        """The environment of its own page."""
        return environment(self.experiment, self.row.name)

    @property
    def state(self) -> str:
        """One of `dashboard.record.states.STATES`."""
        return self.row.state

    @property
    def task(self) -> str:
        """One of `dashboard.record.tasks`; of a loop that does not say, as its series do, or ""."""
        task_name = task_named(self.record.settings)
        series = (name for name, task in TASKS.items() if task.metric in self.lines)
        return task_name or next(series, "")

    @property
    def config(self) -> dict[str, Any]:
        if self._settings is None:  # it is asked for many times a frame
            defaults = self.record.settings.get(DEFAULTS)
            self._settings = with_defaults(self.row.config, defaults)
        return self._settings

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
        """Epochs done; 0 while not known."""
        return self.epoch_at(self.step) or 0.0

    def epoch_at(self, step: float) -> float | None:
        """The epochs after so many steps; None while the steps of one are not known."""
        per_epoch = self.steps_per_epoch
        return step / per_epoch + self.epoch_shift if per_epoch else None

    @property
    def epoch_shift(self) -> float:
        """What is to be added to step ÷ steps_per_epoch.

        0 but for a fork whose parent made its epochs of another number of steps: there the last
        step is the end of the last epoch all the same.
        """
        epochs, per_epoch = self.config.get("epochs"), self.steps_per_epoch
        if FORK not in self.config or not per_epoch or not isinstance(epochs, int):
            return 0.0
        return epochs - self.total_steps / per_epoch

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def latest(self, series: str) -> float | None:
        """The last value of a series, or None when it has none."""
        line = self.lines.get(series)
        return line.last_value if line and line.count else None

    def data(self, name: str) -> Any:
        """The newest JSON value recorded under that name, or None; it is read and parsed once."""
        item = self.media.get(name)
        if item is None or item.kind != "json":
            return None
        known_id, value = self._json_values.get(name, (None, None))
        if known_id != item.id:
            body = self.record.body(item.id)
            value = json.loads(body) if body else None
            self._json_values[name] = (item.id, value)
        return value

    def class_names(self) -> list[str]:
        """The names of the classes, labels or targets, as it or its images say them; or none."""
        images = self.media.get("x") or self.media.get("samples")
        names = images.details.get("classes") if images else None
        names = self.data(NAMES) or names  # images of labels know right and wrong only
        return [str(name) for name in names] if isinstance(names, list) else []

    def result(self, series: str) -> float | None:
        """What the run has come to in a series: its last value; of the loss of the steps the mean
        over the newest whole epoch. None when it has none.
        """
        value = self.latest(series)
        mean = self.epoch_means.get(series)
        return mean.value if mean and value is not None and math.isfinite(value) else value

    def best(self, metric: Metric) -> tuple[float, int] | None:
        """The best (value, step) of the metric; None before its first point."""
        line = self.lines.get(metric.name)
        return line.best(metric.goal, smooth=metric.name in OF_STEPS) if line else None

    def reached(self, metric: Metric, mark: float) -> tuple[int, float] | None:
        """The (step, seconds since the start) at which the metric was first as good as the mark."""
        line = self.lines.get(metric.name)
        first = line.first(mark, metric.goal) if line else None
        return first and (first[0], first[1] - (self.started_s or 0.0))

    def clock(self, most: int) -> list[tuple[int, float]]:
        """At most so many (step, seconds trained until then), the last one among them.

        By the training loss, else by the longest series.
        """
        lines = self.lines
        if not lines:
            return []
        line = lines.get("train_loss") or max(lines.values(), key=lambda line: line.count)
        state = line.count, line.last_step, line.last_time_s, self.row.started_s, most
        known_of, clock = self.memo.get(CLOCK, (None, []))
        if known_of != state:
            clock = trained(*line.times(), self.row.started_s, most)
            self.memo[CLOCK] = state, clock
        return list(clock)

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
        if self.state != "running" or not self.total_steps or speed <= 0:
            return None
        return (self.total_steps - self.step) / speed

    def silent_s(self) -> float:
        """Seconds without a sign of life from a running run, 0 for any other."""
        return time.monotonic() - self.alive_s if self.state == "running" else 0.0

    def update_row(self, row: Run) -> bool:
        """Take over the run's row; True when the run was retried and its lines must be reread."""
        old, self.row = self.row, row
        if row.config != old.config:  # its loop has said more of it
            self._settings = None
            self.stamps[STATE] += 1
        if row.heartbeat_s != old.heartbeat_s:
            self.alive_s = time.monotonic()
        facts = (row.state, row.error, row.total_steps, row.attempt)
        if facts != (old.state, old.error, old.total_steps, old.attempt):
            self.stamps[STATE] += 1
        return row.attempt != old.attempt

    def add(self, points: Points) -> None:
        line = self.lines.get(points.series)
        if line is None:
            line = self.lines[points.series] = Line()
        line.add(points.steps, points.values, points.times_s)
        self.stamps[topic_of(points.series)] += 1
        if points.series in OF_STEPS:
            mean = self.epoch_means.setdefault(points.series, EpochMean())
            per_epoch = self.steps_per_epoch
            mean.add(points.steps + round(self.epoch_shift * per_epoch), points.values, per_epoch)
        if points.series == "train_loss":
            self._note_speed(line)

    def forget_points(self) -> None:
        for topic in self.stamps:
            self.stamps[topic] += 1
        self.lines.clear()
        self.media.clear()
        self.epoch_means.clear()
        self._recent.clear()

    def _note_speed(self, line: Line) -> None:
        self._recent.append((line.last_time_s, line.last_step))
        while len(self._recent) > 2 and line.last_time_s - self._recent[0][0] > SPEED_WINDOW_S:
            self._recent.popleft()


def with_defaults(config: dict[str, Any], defaults: Any) -> dict[str, Any]:
    """The settings, and behind them those that an older version did not know."""
    values = defaults if isinstance(defaults, dict) else {}
    additions = {key: value for key, value in values.items() if key not in config}
    return {**config, **additions} if additions else config


def topic_of(series: str) -> str:
    """What a change of the series is filed under: the part before the first slash."""
    return series.split("/", 1)[0]
