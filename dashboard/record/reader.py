"""Reads the record of an experiment: its runs, and the points and media that are new.

Writing points from a training loop is `dashboard.record.recorder`, the file itself is
`dashboard.record.schema`; nothing here draws, and nothing here knows of torch.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from dashboard.record import decisions, removal, requests
from dashboard.record.late_writes import LateWrites
from dashboard.record.owner import is_gone
from dashboard.record.requests import Request
from dashboard.record.row_reader import MEDIA, POINT, RowReader
from dashboard.record.rows import Changes, Media, Points, Run, media_of, run_of
from dashboard.record.schema import (
    ENTER_RUN,
    ENTER_SETTING,
    OWNER,
    RecordError,
    check_free,
    check_recorded,
    connect,
    discard,
    hold,
    make,
)
from dashboard.record.version import Version, version_of

READ_LIMIT = 250_000


def create(
    folder: Path,
    settings: dict[str, Any] | None = None,
    runs: Sequence[tuple[str, dict[str, Any]]] = (),
) -> Record:
    """Make a record in `folder` (made too) with the experiment's settings and its queued runs.

    The caller is its launcher until `release`. Raises RecordError if there is a record already or
    the folder cannot be written; then nothing is left behind.
    """
    is_new = make(folder, settings, runs)
    record = None
    try:
        record = Record(folder)
        record.hold()
        if not is_new:
            check_free(folder)
    except RecordError:
        if record:
            record.close()
        if is_new:
            discard(folder)
        raise
    return record


class Source(Protocol):
    """Where the rows of a record come from when it is not simply its file."""

    @property
    def db(self) -> sqlite3.Connection: ...
    def renewed(self) -> sqlite3.Connection: ...
    def close(self) -> None: ...


class Record(RowReader):
    """Reads the record of the experiment in `folder` and keeps its list of runs.

    db: read from this instead of the file (`dashboard.record.recovery`).
    source: read from its connection, nothing can be written (`dashboard.record.read_only`).
    Raises RecordError if the folder holds no readable record.
    """

    def __init__(
        self, folder: Path, db: sqlite3.Connection | None = None, source: Source | None = None
    ) -> None:
        check_recorded(folder.parent, folder.name)
        super().__init__(folder, db or (source.db if source else connect(folder)))
        self._source = source
        self._last_point = 0
        self._last_media = 0
        self._last_decision = 0
        self._lock: int | None = None
        self.pending = LateWrites(self._db)
        try:
            with self._reading():
                rows = self._db.execute("SELECT key, value FROM experiment").fetchall()
                self.settings: dict[str, Any] = {
                    key: json.loads(value)
                    for key, value in rows
                    if not str(key).startswith(decisions.KEY)
                }
        except RecordError:
            self._db.close()
            raise

    @property
    def read_to(self) -> int:
        """The id of the last point that `changes` has given."""
        return self._last_point

    def renew(self) -> None:
        """Read on from what the file holds by now, where its source is not the file itself."""
        if self._source:
            self._db = self._source.renewed()

    def close(self) -> None:
        self.release()
        self._db.close()
        if self._source:
            self._source.close()

    def hold(self) -> None:
        """Be the one that trains this experiment. Raises RecordError when another launcher is."""
        self._lock = hold(self.folder)

    def release(self) -> None:
        """Let others train it; harmless when it is not held."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def end_run(self, name: str, state: str, error: str = "") -> None:
        """Write a run's end from outside (its worker was killed), unless the run wrote its own."""
        self.pending.add_end(name, state, error)

    def end_all(self, state: str) -> None:
        """Write this end for every run that has none."""
        self.pending.add_end(None, state)

    def requeue(self, names: Sequence[str]) -> list[str]:
        """Let runs be trained again, or what is left of them, once this is written (`pending`).

        A run that is done or diverged stays that. Returns the names of the others.
        """
        return [name for name in names if self.pending.add_again(name)]

    def keep(self, settings: Mapping[str, Any]) -> None:
        """Keep settings of the experiment, in the place of former ones, once this is written."""
        for key, value in settings.items():
            self.pending.add(ENTER_SETTING, key, json.dumps(value))
            self.settings[key] = value

    def pause(self, names: Sequence[str]) -> None:
        """Let runs that have ended early wait at their checkpoint, once this is written."""
        for name in names:
            self.pending.add_again(name, "paused")

    def add_runs(self, runs: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Enter further runs as queued, given as (name, settings), once this is written."""
        for name, config in runs:
            self.pending.add(ENTER_RUN, name, json.dumps(config), time.time())

    def note(self, run: str, act: str, reason: str = "") -> None:
        """Keep that something was decided of a run while it was trained, once this is written."""
        decisions.note(self.pending, run, act, reason)

    def ask(self, act: str, runs: Sequence[str] = (), **about: Any) -> int:
        """Write what somebody wants done; see `dashboard.record.requests.ask`."""
        return requests.ask(self._db, act, runs, **about)

    def requests(self, *, only_open: bool = False) -> list[Request]:
        """What was asked for lately, the newest last; only_open: all on which nobody has acted."""
        with self._reading():
            return (requests.open_requests if only_open else requests.requests)(self._db)

    def request(self, number: int) -> Request:
        """The request that `ask` has written, as it is now."""
        with self._reading():
            return requests.request(self._db, number)

    def take(self, request: Request) -> None:
        """Say that its launcher acts on it. Raises UnwritableError."""
        requests.take(self._db, request.id)

    def answer(
        self,
        request: Request,
        state: str,
        text: str,
        also: Sequence[tuple[str, Sequence[Any]]] = (),
    ) -> bool:
        """Write what was done, together with statements; see `dashboard.record.requests.answer`."""
        return requests.answer(self._db, request.id, state, text, also)

    def state(self, name: str) -> str:
        """The run's state as the record has it now; empty when it has no such run."""
        with self._reading():
            row = self._db.execute("SELECT state FROM run WHERE name = ?", (name,)).fetchone()
            return str(row[0]) if row else ""

    def runs(self, *, out_of_view: bool = False) -> list[Run]:
        """Every run in the order it was entered; one whose process is gone is not running.

        out_of_view: those that were taken out of view instead, which are else left out.
        """
        columns = "id, name, config, state, error, created_s, started_s, ended_s, heartbeat_s"
        with self._reading():
            rows = self._db.execute(
                f"SELECT {columns}, total_steps, steps_per_epoch, attempt, value FROM run"
                f" LEFT JOIN experiment ON state = 'running' AND key = {OWNER} id"
                f" WHERE {removal.IS_REMOVED if out_of_view else removal.IS_IN_VIEW} ORDER BY id"
            )
            runs = [(run_of(row), owner) for *row, owner in rows]
            return [run.without_process() if is_gone(owner) else run for run, owner in runs]

    def version(self) -> Version | None:
        """Another whenever `changes` may have something new to give, and cheap to ask for; None
        while something waits to be written.
        """
        with self._reading():
            return None if self.pending else version_of(self._db)

    def changes(self, limit: int | None = None) -> Changes:
        """The runs as they are now, and the points and the newest media since the last call.

        limit: so many points at most, else READ_LIMIT; `more` says whether there may be others.
        """
        self.pending.write()
        place = self._last_point, self._last_media, self._last_decision
        try:
            with self._reading():
                self._db.execute("BEGIN")
                changes = Changes(self.runs(), removed_ids=removal.removed(self._db))
                changes.answers = requests.answers(self._db)
                changes.decisions, self._last_decision = decisions.decisions(
                    self._db, self._last_decision
                )
                if any(decision.act == removal.DELETED for decision in changes.decisions):
                    self._series.clear()  # the number of a series that is gone is given again
                self._read_points(changes, limit or READ_LIMIT)
                self._read_media(changes)
                self._db.execute("COMMIT")
                run_ids = {p.run_id for p in changes.points} | {m.run_id for m in changes.media}
                if run_ids - {run.id for run in changes.runs} - changes.removed_ids:
                    raise ValueError("it has points of a run that it does not have")
        except RecordError:
            self._last_point, self._last_media, self._last_decision = place
            raise
        return changes

    def reread(self, run_id: int) -> tuple[list[Points], list[Media]]:
        """All rows of one run that `changes` has given so far: a retried run took some back."""
        with self._reading():
            rows = self._db.execute(
                "SELECT series, step, time_s, value FROM point JOIN series ON series = series.id"
                " WHERE run = ? AND point.id <= ? ORDER BY point.id",
                (run_id, self._last_point),
            ).fetchall()
            media = self._db.execute(
                f"SELECT {MEDIA} FROM media WHERE run = ? AND id <= ? ORDER BY id",
                (run_id, self._last_media),
            )
            return self._by_series(rows), [media_of(row) for row in media]

    def _read_points(self, changes: Changes, limit: int) -> None:
        statement = f"{POINT} WHERE id > ? ORDER BY id LIMIT ?"
        rows = self.query(statement, self._last_point, limit)
        if rows:
            self._last_point = rows[-1][4]
            changes.more = len(rows) == limit
            changes.points = self._by_series(rows)

    def _read_media(self, changes: Changes) -> None:
        changes.media = self.latest_media(self._last_media)
        if changes.media:
            self._last_media = changes.media[-1].id
