"""What people ask of an experiment while it is shown (stop this run, add two): a table of its own.

A page or a terminal writes a request; the launcher that owns the experiment takes it, acts, and
writes what it did. A launcher that dies in between leaves the request as it stands, and the next
one acts on it: whoever acts must find out from the record what of it is done already. What each
act does is not known here, only that it exists (`dashboard.record.acts`).
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.record.acts import ACTS
from dashboard.record.schema import REQUESTS, UnwritableError

WAITS, TAKEN, DONE, REFUSED = "waits", "taken", "done", "refused"
"""The states of a request: nobody has acted yet; a launcher acts; it did; it would not."""
OPEN = (WAITS, TAKEN)
PAGE, TERMINAL = "page", "terminal"

COLUMNS = "id, key, made_s, origin, act, runs, details, state, changed_s, answer"
ENTER = (
    "INSERT OR IGNORE INTO request (key, made_s, origin, act, runs, details)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
TAKE = f"UPDATE request SET state = '{TAKEN}', changed_s = ? WHERE id = ? AND state = '{WAITS}'"
ANSWER = f"UPDATE request SET state = ?, changed_s = ?, answer = ? WHERE id = ? AND state IN {OPEN}"
NO_TABLE = "no such table: request"  # a record of before there were any


@dataclass(frozen=True)
class Request:
    """One request. runs: the names of the runs it is about, as they were asked for; none: all.

    key: the same for one request that was sent twice. origin: "page" or "terminal". details: what
    the act needs beside the runs. state: WAITS, TAKEN, DONE or REFUSED. answer: what was done, or
    why not, as a sentence. Times: seconds since 1970; changed_s is None until somebody acts.
    """

    id: int
    key: str
    made_s: float
    origin: str
    act: str
    runs: tuple[str, ...]
    details: dict[str, Any]
    state: str = WAITS
    changed_s: float | None = None
    answer: str = ""

    @property
    def reason(self) -> str:
        """Why a run ended, when this request ended it."""
        return f"asked on the {self.origin}" if self.origin == PAGE else f"asked in the {TERMINAL}"

    def as_json(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {
            "id": self.id, "key": self.key, "made_s": self.made_s, "origin": self.origin,
            "act": self.act, "runs": list(self.runs), "state": self.state,
            "changed_s": self.changed_s, "answer": self.answer,
        }  # fmt: skip


def ask(
    db: sqlite3.Connection,
    act: str,
    runs: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    *,
    origin: str,
    key: str = "",
) -> int:
    """Write a request; its id. With the key of one that is there already, that one's.

    Raises UnwritableError when the record takes nothing now.
    """
    key = key or secrets.token_urlsafe(12)
    row = (key, time.time(), origin, act, json.dumps(list(runs)), json.dumps(dict(details or {})))
    with _writing(db):
        db.execute(REQUESTS)
        db.execute(ENTER, row)
        (number,) = db.execute("SELECT id FROM request WHERE key = ?", (key,)).fetchone()
    return int(number)


def requests(db: sqlite3.Connection, most: int = 20) -> list[Request]:
    """The newest requests, the oldest of them first; none of a record that has no such table.

    Raises sqlite3.Error; ValueError, TypeError or KeyError for what is none of ours.
    """
    return _read(db, f"SELECT {COLUMNS} FROM request ORDER BY id DESC LIMIT ?", most)[::-1]


def open_requests(db: sqlite3.Connection) -> list[Request]:
    """Those on which somebody has still to act, in the order in which they were made."""
    return _read(
        db, f"SELECT {COLUMNS} FROM request WHERE state IN {OPEN} ORDER BY id LIMIT ?", 100
    )


def answers(db: sqlite3.Connection) -> int:
    """How many requests have been answered."""
    rows = _rows(db, f"SELECT count(*) FROM request WHERE state NOT IN {OPEN}")
    return int(rows[0][0]) if rows else 0


def request(db: sqlite3.Connection, number: int) -> Request:
    """The request with this id, which `ask` gave."""
    return _read(db, f"SELECT {COLUMNS} FROM request WHERE id = ?", number)[0]


def take(db: sqlite3.Connection, number: int) -> None:
    """Say that a launcher acts on it. Raises UnwritableError."""
    with _writing(db):
        db.execute(TAKE, (time.time(), number))


def answer(
    db: sqlite3.Connection,
    number: int,
    state: str,
    text: str,
    also: Sequence[tuple[str, Sequence[Any]]] = (),
) -> bool:
    """Write what was done, and `also` these statements, all of it or nothing.

    False when somebody else has answered it meanwhile: nothing is written then.
    Raises UnwritableError, sqlite3.IntegrityError.
    """
    with _writing(db):
        if not db.execute(ANSWER, (state, time.time(), text, number)).rowcount:
            return False
        for statement, values in also:
            db.execute(statement, values)
    return True


@contextlib.contextmanager
def _writing(db: sqlite3.Connection) -> Iterator[None]:
    """A transaction, whole or not at all."""
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except BaseException as why:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(why, sqlite3.OperationalError):
            raise UnwritableError(f"the record cannot be written now: {why}") from why
        raise


def _read(db: sqlite3.Connection, statement: str, *values: int) -> list[Request]:
    return [_request(row) for row in _rows(db, statement, *values)]


def _rows(db: sqlite3.Connection, statement: str, *values: int) -> list[tuple[Any, ...]]:
    """The rows of a SELECT; none of a record that has no such table."""
    try:
        return db.execute(statement, values).fetchall()
    except sqlite3.OperationalError as why:
        if NO_TABLE in str(why):
            return []
        raise


def _request(row: Sequence[Any]) -> Request:
    number, key, made_s, origin, act, runs, details, state, changed_s, text = row
    names = json.loads(runs)
    if act not in ACTS or not isinstance(names, list) or state not in (*OPEN, DONE, REFUSED):
        raise ValueError(f"request {number} makes no sense")
    when_s = None if changed_s is None else float(changed_s)
    return Request(
        int(number), str(key), float(made_s), str(origin), act, tuple(map(str, names)),
        dict(json.loads(details)), state, when_s, str(text),
    )  # fmt: skip
