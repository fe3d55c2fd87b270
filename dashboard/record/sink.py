"""Writes a Recorder's batches into the file: what a batch is, and the sink that takes it.

A Recorder is given another sink where the file is out of reach, as on another machine of a Ray
cluster (`trainers.cluster.mailbox`); it does not know the difference. What is recorded when is
decided in `dashboard.record.recorder`.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

from dashboard.record import beginning, schema
from dashboard.record.beginning import Begun, Taken
from dashboard.record.schema import (
    OPEN_TIMEOUT_S,
    OWN_LOOP,
    RecordError,
    UnwritableError,
    wait_for_others,
)

ROWS_AT_ONCE = 50
INSERT_ONE = "INSERT INTO point (series, step, time_s, value) VALUES (?, ?, ?, ?)"
# A quarter of the time, and SQLite gives the GIL back, and has to wait for it, 50 times less often.
INSERT_MANY = INSERT_ONE + ", (?, ?, ?, ?)" * (ROWS_AT_ONCE - 1)

Point = tuple[str, int, float, float | None]
"""Series, step, seconds since 1970, value; None stands for NaN, as in the file."""

MediaRow = tuple[str, str, int, float, bytes, str]
"""Name, kind, step, seconds since 1970, body, details as JSON."""


class Superseded(RecordError):
    """This attempt at the run is over: another has begun, or the run was ended from outside."""


@dataclass
class Batch:
    """What a run recorded since its last batch, with a sign of life. Times: seconds since 1970.

    extent: total steps and steps an epoch. config: settings that were said since, which replace
    those of the same names. end: the last state, its error, and when.
    """

    heartbeat_s: float
    points: list[Point] = field(default_factory=list)
    media: list[MediaRow] = field(default_factory=list)
    extent: tuple[int, int] | None = None
    config: dict[str, Any] | None = None
    end: tuple[str, str, float] | None = None


class Sink(Protocol):
    """Takes one run's batches. A batch is written whole or not at all."""

    def begin(self, run: str, config: dict[str, Any], keep_to: int = -1) -> int:
        """Take up the queued run, or enter a new one; the number of attempts before this one.

        keep_to: of an earlier attempt everything after this step is taken back.
        Raises RecordError if the run is recorded already, UnwritableError if nothing can be
        written now; the sink is closed then.
        """

    def write(self, batch: Batch) -> None:
        """Raises OSError or sqlite3.Error when the batch cannot be taken now; nothing of it is.

        Raises Superseded when it never can be: the attempt that writes it is over.
        """

    def close(self) -> None: ...


class FileSink:
    """Writes one run into the record in `folder`, which is made if there is none.

    From `begin` on it stands for that attempt at the run. Once the run is somebody else's (a resume
    has begun it again, its launcher has ended it) the record refuses every batch of this one.
    must_exist: a launcher made it, so it is not made again if it is gone; another process's lock is
    not waited for as long, because the caller tries again. if_taken: what to do where the run is
    recorded already. run: what came of it, once it has begun.
    Raises RecordError if the folder cannot be written, or its record is gone.
    """

    def __init__(
        self, folder: Path, *, must_exist: bool = False, if_taken: Taken = "refuse"
    ) -> None:
        self.folder = folder
        if not must_exist:
            schema.make(folder, {"origin": OWN_LOOP})
        elif not schema.is_recorded(folder):
            raise UnwritableError(f"the record in {folder} is gone")
        self._db = schema.connect(folder)
        self._timeout_s = schema.BUSY_TIMEOUT_S
        self._begin_timeout_s = self._timeout_s if must_exist else OPEN_TIMEOUT_S
        self._own_loop = not must_exist
        self._series: dict[str, int] = {}
        self._if_taken = if_taken
        self.run = Begun(-1, "", -1, {})

    def begin(self, run: str, config: dict[str, Any], keep_to: int = -1) -> int:
        try:
            self._wait_for_others(self._begin_timeout_s)
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self.run = beginning.begin(
                    self._db, run, config, keep_to,
                    if_taken=self._if_taken, own_loop=self._own_loop, experiment=self.folder.name,
                )  # fmt: skip
            self._wait_for_others(schema.BUSY_TIMEOUT_S)
            return self.run.attempt
        except sqlite3.Error as why:
            self.close()
            raise UnwritableError(f"the record in {self.folder} cannot be written: {why}") from why
        except RecordError:
            self.close()
            raise

    def write(self, batch: Batch) -> None:
        """One transaction. Raises sqlite3.Error when the file cannot be written now, Superseded."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self._wait_for_others(0.0)  # the next try comes soon, and training need not wait
            raise
        self._wait_for_others(schema.BUSY_TIMEOUT_S)
        try:
            self._update_run(batch)
            self._insert(batch)
            self._db.execute("COMMIT")
        except BaseException:
            self._series.clear()
            if self._db.in_transaction:  # SQLite itself rolls back when the disk is full
                self._db.execute("ROLLBACK")
            raise

    def close(self) -> None:
        self._db.close()

    def _wait_for_others(self, timeout_s: float) -> None:
        if timeout_s != self._timeout_s:
            self._timeout_s = timeout_s
            wait_for_others(self._db, timeout_s)

    def _insert(self, batch: Batch) -> None:
        rows = [
            (self._series.get(series) or self._series_id(series), step, time_s, value)
            for series, step, time_s, value in batch.points
        ]
        rest = len(rows) % ROWS_AT_ONCE
        for first in range(0, len(rows) - rest, ROWS_AT_ONCE):
            self._db.execute(INSERT_MANY, [*chain(*rows[first : first + ROWS_AT_ONCE])])
        self._db.executemany(INSERT_ONE, rows[len(rows) - rest :])
        self._db.executemany(
            "INSERT INTO media (run, name, kind, step, time_s, body, details)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(self.run.run_id, *row) for row in batch.media],
        )

    def _update_run(self, batch: Batch) -> None:
        """Also what asks, in the same transaction as the rows, whether this attempt still holds."""
        values: dict[str, Any] = {"heartbeat_s": batch.heartbeat_s}
        if batch.extent:
            values["total_steps"], values["steps_per_epoch"] = batch.extent
        if batch.config:
            values["config"] = self._config_with(batch.config)
        if batch.end:
            values["state"], values["error"], values["ended_s"] = batch.end
        columns = ", ".join(f"{column} = ?" for column in values)
        mine = (self.run.run_id, self.run.attempt)
        cursor = self._db.execute(
            f"UPDATE run SET {columns} WHERE id = ? AND attempt = ? AND state = 'running'",
            (*values.values(), *mine),
        )
        if not cursor.rowcount:
            raise Superseded(
                f"run {self.run.name!r} of experiment {self.folder.name!r} was begun again or "
                "ended by somebody else; this attempt records no more"
            )

    def _config_with(self, settings: dict[str, Any]) -> str:
        """The run's settings as JSON, with these among them."""
        query = "SELECT config FROM run WHERE id = ?"
        row = self._db.execute(query, (self.run.run_id,)).fetchone()
        return json.dumps({**(json.loads(row[0]) if row else {}), **settings})

    def _series_id(self, name: str) -> int:
        key = (self.run.run_id, name)
        self._db.execute("INSERT OR IGNORE INTO series (run, name) VALUES (?, ?)", key)
        row = self._db.execute("SELECT id FROM series WHERE run = ? AND name = ?", key).fetchone()
        self._series[name] = int(row[0])
        return self._series[name]
