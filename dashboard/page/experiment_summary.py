"""What the list says of one experiment: of its runs here, of their points in `Results`.

Asks the record for the rows of its runs alone, however many points they have.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from dashboard.page.results import Results
from dashboard.record.goal import EXPECTED
from dashboard.record.reader import Record
from dashboard.record.rows import Changes
from dashboard.record.states import WRONG
from dashboard.runs.experiment import Experiment
from dashboard.runs.metric import Metric, metric_of
from dashboard.windows import page_model, style

FRESH_S = 15.0  # a running run writes a sign of life several times a second
MOST_SETTINGS, MOST_VALUES = 8, 12


def metric_in(record: Record, experiment: Experiment) -> Metric:
    """What the runs are compared by, though none of their points has been read."""
    if experiment.own_loop:
        rows = [view.row for view in experiment.runs]
        experiment.show(Changes(rows, media=record.media_named(EXPECTED)))
    name, goal = experiment.compared_by(record.series_names())
    return metric_of(name, goal)


class Summary:
    """One experiment as its record had it. Raises RecordError."""

    def __init__(self, record: Record) -> None:
        self.runs = record.runs()
        experiment = Experiment(record)
        experiment.show(Changes(self.runs))
        self.metric = metric_in(record, experiment)
        looks = style.Looks(experiment)
        self._labels = {view.row.id: looks.full_label(view) for view in experiment.runs}
        created_s = record.settings.get("created_s")
        is_time = isinstance(created_s, int | float)
        times_s = [(r.created_s, r.started_s, r.ended_s, r.heartbeat_s) for r in self.runs]
        # Not the files' times: whoever only looks at a record may have SQLite tidy them up.
        self.updated_s = max((s for row in times_s for s in row if s is not None), default=None)
        self._entry = {
            "created_s": page_model.finite(created_s, 3) if is_time else None,
            "runs": len(self.runs),
            "states": dict(Counter(run.state for run in self.runs)),
            "metric": self.metric.as_json(),
            "settings": {
                key: [
                    page_model.value_text(key, page_model.plain(value))
                    for value in style.distinct(experiment, key)[:MOST_VALUES]
                ]
                for key in experiment.varied()[:MOST_SETTINGS]
            },
        }
        beats = [run.heartbeat_s for run in self.runs if run.state == "running"]
        self._alive_s = max((beat for beat in beats if beat is not None), default=0.0)

    def entry(self, results: Results) -> dict[str, Any]:
        """As JSON has it, now."""
        best, line = None, []
        runs = [run for run in self.runs if run.state not in WRONG and run.id in results.newest]
        if runs:
            first = max(runs, key=lambda run: self.metric.signed(results.newest[run.id]))
            value = page_model.significant(results.newest[first.id])
            best = {"run": first.name, "label": self._labels[first.id], "value": value}
            line = results.sparkline(first.id)
        live = abs(time.time() - self._alive_s) < FRESH_S
        return {**self._entry, "live": live, "best": best, "sparkline": line}
