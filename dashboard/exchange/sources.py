"""SOURCES: the programs whose files `import` reads, and the import itself.

An entry's module has `is_one(path)` and `read(path, rename)`, which gives the runs one after the
other; it is imported when somebody imports. A further program is a further entry.
"""

from __future__ import annotations

import importlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from dashboard.errors import UserError
from dashboard.exchange.collected import Collected, experiment_name
from dashboard.names import check_experiment
from dashboard.record.provenance import KEY
from dashboard.record.whole import WholeRun, write_whole


@dataclass(frozen=True)
class Source:
    """title: the program. says: which of its files are read, as a sentence's part."""

    title: str
    module: str
    says: str

    def reader(self) -> ModuleType:
        return importlib.import_module(self.module)


SOURCES = {
    "tensorboard": Source(
        "TensorBoard", "dashboard.exchange.tensorboard_reader",
        "a log folder of TensorBoard, each folder with event files a run",
    ),
    "trackio": Source(
        "Trackio", "dashboard.exchange.trackio_reader", "PROJECT.db of Trackio",
    ),
    "wandb": Source(
        "W&B", "dashboard.exchange.wandb_reader",
        "CSV that W&B's charts or a run's history were exported to (one file, or a folder of "
        "them), or W&B's own folder of runs (their settings and last values)",
    ),
}  # fmt: skip


@dataclass
class Imported:
    """What was imported: the experiment's name, its runs, and what was left out, with how much."""

    experiment: str
    source: Source
    runs: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def import_runs(
    path: Path,
    runs_dir: Path,
    experiment: str = "",
    *,
    rename: Mapping[str, str] | None = None,
    command: Sequence[str] = (),
) -> Imported:
    """Write the runs in `path` as a new experiment below `runs_dir`, whole or not at all.

    experiment: its name, else that of the file or folder. rename: what series are called here, by
    their names there. command: the words behind launch.py, for the record. Raises UserError.
    """
    source = source_of(path)
    stem = path.resolve().stem if path.is_file() else path.resolve().name
    result = Imported(experiment or experiment_name(stem), source)
    check_experiment(result.experiment)
    settings = {
        "imported": {"from": str(path.absolute()), "program": source.title},
        f"{KEY}{time.time_ns()}": {"time_s": time.time(), "command": list(command)},
    }
    runs = source.reader().read(path, rename or {})
    write_whole(runs_dir / result.experiment, settings, _whole(runs, path, result))
    return result


def source_of(path: Path) -> Source:
    """The program that wrote it. Raises UserError where none of SOURCES did."""
    if not path.exists():
        raise UserError(f"{path} is not there: name a file or folder to import")
    for source in SOURCES.values():
        if source.reader().is_one(path):
            return source
    kinds = "; ".join(source.says for source in SOURCES.values())
    raise UserError(f"{path} is nothing that can be imported: allowed are {kinds}")


def _whole(runs: Iterator[Collected], path: Path, result: Imported) -> Iterator[WholeRun]:
    """Each run that holds anything, and note what it is called and what was left out."""
    for run in runs:
        result.left_out += run.left_out
        if run:
            result.runs.append(run.name)
            yield run.run()
    if not result.runs:
        raise UserError(f"{path} holds no run: {result.source.title} has written nothing in it yet")
