"""Every experiment of the runs folder in short: its runs, its best result, how it came about.

Kept between two questions: a record that has not changed costs one look at its file, one that
grew costs its new rows. A long record is read in portions, one a question. Writes nothing, and a
record that cannot be read is listed with the reason; what a page makes of it is the page's.
"""

from __future__ import annotations

import logging
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from dashboard import names
from dashboard.page.experiment_summary import Summary
from dashboard.page.results import Results
from dashboard.program import PROGRAM
from dashboard.record.read_only import open_to_read
from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME, FORMAT, RecordError

MOST = 500  # experiments, those that were written to last
WITHIN_S = 2.0  # of reading points, for one question
TRY_AGAIN_S = 30.0  # what could not be read is tried again after it, even where nothing changed

log = logging.getLogger(__name__)
Stamp = tuple[tuple[int, int, int], ...]  # (file number, time of the last change, size)


class Experiments:
    """The experiments in `runs_dir`; None: there are none. One thread asks."""

    def __init__(self, runs_dir: Path | None) -> None:
        self._runs_dir = runs_dir
        self._experiments: dict[Path, Kept] = {}

    def listing(self) -> dict[str, Any]:
        """As JSON has it; those that live first, then those that were written to last."""
        stamps = {folder: stamp_of(folder) for folder in self._folders()}
        newest = sorted(stamps, key=lambda folder: changed_s(stamps[folder]), reverse=True)
        self._experiments = {f: self._experiments.get(f) or Kept(f) for f in newest[:MOST]}
        until_s = time.monotonic() + WITHIN_S
        for folder, experiment in self._experiments.items():
            experiment.look(stamps[folder], until_s)
        entries = [experiment.entry() for experiment in self._experiments.values()]
        entries.sort(key=lambda entry: (not entry["live"], -entry["updated_s"]))
        return {
            "folder": str(self._runs_dir or ""),
            "program": PROGRAM,
            "experiments": sorted(
                entries, key=lambda entry: (not entry["live"], -entry["updated_s"])
            ),
            "left_out": len(newest) - len(entries),
        }

    def _folders(self) -> list[Path]:
        files = self._runs_dir.glob(f"*/{FILE_NAME}") if self._runs_dir else ()
        return [file.parent for file in files]


class Kept:
    """What is known of one experiment, and of which state of its files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: Stamp = ()
        self._retry_s: float | None = None  # on the monotonic clock; None: nothing failed
        self._note = ""
        self._summary: Summary | None = None
        self._results = Results()

    def look(self, stamp: Stamp, until_s: float) -> None:
        """Read what is new, until the clock says `until_s` at most."""
        if stamp == self._stamp and not self._due():
            return
        if not self._stamp or stamp[0][0] != self._stamp[0][0]:  # another file of the same name
            self._results = Results()
        self._stamp, self._note, self._retry_s = stamp, "", None
        try:
            with closing(open_to_read(self._folder)) as record:
                self._read(record, until_s)
        except RecordError as why:
            self._fail(str(why).replace(str(self._folder), self._folder.name))
        except Exception as why:  # one odd record must not hide the others
            log.exception("%s cannot be listed", self._folder)
            self._fail(f"it cannot be listed: {type(why).__name__}")

    def _due(self) -> bool:
        """Whether there is more to read though the files are as they were."""
        if self._retry_s is not None:
            return time.monotonic() >= self._retry_s
        return self._results.share < 1.0

    def _fail(self, note: str) -> None:
        self._note, self._retry_s = note, time.monotonic() + TRY_AGAIN_S

    def _read(self, record: Record, until_s: float) -> None:
        record_format = record.settings.get("format")
        if isinstance(record_format, int) and record_format > FORMAT:
            raise RecordError(
                f"a newer Trainboard wrote it (format {record_format}; this one reads {FORMAT})"
            )
        self._summary = Summary(record)
        series = self._summary.metric.name
        self._results.read(record, self._summary.runs, series, until_s)
        if self._results.share < 1.0:
            self._note = f"a long record: {self._results.share:.0%} of it is read so far"

    def entry(self) -> dict[str, Any]:
        updated_s = self._summary.updated_s if self._summary else None
        summary = self._summary.entry(self._results) if self._summary else UNKNOWN
        return {
            "name": self._folder.name,
            "environment": names.environment(self._folder.name),
            "updated_s": round(changed_s(self._stamp) if updated_s is None else updated_s, 3),
            **summary,
            "note": self._note,
        }


UNKNOWN: dict[str, Any] = {
    "created_s": None, "live": False, "runs": 0, "states": {}, "best": None, "metric": None,
    "sparkline": [], "settings": {},
}  # fmt: skip


def stamp_of(folder: Path) -> Stamp:
    """The state of the record's files; zeros where there is none."""
    stamps = []
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        try:
            stat = (folder / name).stat()
            stamps.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
        except OSError:
            stamps.append((0, 0, 0))
    return tuple(stamps)


def changed_s(stamp: Stamp) -> float:
    """When a file was written to last, in seconds since 1970; a look alone leaves empty ones."""
    return max((time_ns for _, time_ns, size in stamp if size), default=0) / 1e9
