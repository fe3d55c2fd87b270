"""Reads what Weights & Biases leaves as files: CSV from its charts, and a run's own folder.

A chart's CSV has a column `RUN - METRIC` for each run, between columns `…__MIN` and `…__MAX`; the
CSV of a run's history has `_step`. A run's folder (`wandb/run-…/files`) has its settings and last
values, `config.yaml` and `wandb-summary.json`, as wandb 0.31 writes them; its curves are in a
file that only wandb itself reads.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dashboard.errors import UserError
from dashboard.exchange.collected import Collected, run_name
from dashboard.exchange.extras import needed

SUMMARY, CONFIG = "wandb-summary.json", "config.yaml"
CURVES = "run-*.wandb"
BETWEEN = " - "  # a run and its metric
ENDS = ("__MIN", "__MAX")
STEP, TIME, OWN = "_step", "_timestamp", "_"
"""Columns of a history; what else begins so is W&B's own, as `_runtime`."""


def is_one(path: Path) -> bool:
    """Whether it is such a CSV, a folder of such, or a folder that holds folders of runs."""
    if path.is_dir():
        files = list(path.glob("*.csv"))
        theirs = _run_folders(path) or any(path.rglob(CURVES))
        return bool(theirs or (files and all(map(_is_csv, files))))
    return path.suffix.lower() == ".csv" and _is_csv(path)


def read(path: Path, rename: Mapping[str, str]) -> Iterator[Collected]:
    """The runs; those of several CSV are one where they have one name. Raises UserError."""
    folders = _run_folders(path) if path.is_dir() else []
    if folders:
        yield from _read_folders(folders, rename)
        return
    if path.is_dir() and any(path.rglob(CURVES)):
        raise UserError(
            f"{path} has runs in a file that W&B alone reads ({CURVES}) and nothing else of "
            "them: export their charts as CSV"
        )
    runs = Runs(rename)
    for file in sorted(path.glob("*.csv")) if path.is_dir() else [path]:
        try:
            _read_csv(file, runs)
        except (OSError, ValueError, csv.Error) as why:
            raise UserError(f"{file} cannot be read: {why}") from why
    yield from runs.values()


class Runs(dict[str, Collected]):
    """The runs by the name that they have at W&B; asked for another one, it is made."""

    def __init__(self, rename: Mapping[str, str]) -> None:
        super().__init__()
        self._rename = rename

    def __missing__(self, name: str) -> Collected:
        run_names = [run.name for run in self.values()]
        self[name] = Collected(run_name(name, run_names), self._rename)
        return self[name]


def _run_folders(path: Path) -> list[Path]:
    """The folders with the files of a run, below a folder or this itself."""
    return sorted({file.parent for name in (SUMMARY, CONFIG) for file in path.rglob(name)})


def _is_csv(file: Path) -> bool:
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            head = next(csv.reader(lines), [])
    except (OSError, ValueError, csv.Error):
        return False
    return STEP in head or any(BETWEEN in column for column in head[1:])


def _read_csv(file: Path, runs: Runs) -> None:
    """Take in a chart's or a history's rows. Raises OSError, ValueError or csv.Error."""
    written_s = file.stat().st_mtime  # a chart's CSV says no time
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines)
        columns = [str(name) for name in rows.fieldnames or []]
        for row in rows:
            if STEP in columns:
                time_s = float(row.get(TIME) or written_s)
                for metric in columns:
                    _take(runs, file.stem, metric, row[STEP], time_s, row[metric])
                continue
            for column in columns[1:]:
                name, _, metric = column.rpartition(BETWEEN)
                # Where the x axis is another than the step there is a column for that.
                step = row.get(f"{name}{BETWEEN}{STEP}") or row[columns[0]]
                _take(runs, name, metric, step, written_s, row[column])


def _take(
    runs: Runs, name: str, metric: str, step: str | None, time_s: float, text: str | None
) -> None:
    """Take in a cell, if it is one of a run's metric and not empty."""
    if not (name and metric and text) or metric.startswith(OWN) or metric.endswith(ENDS):
        return
    run = runs[name]
    try:
        number = float(text)
    except ValueError:
        run.left_out["cells that are no numbers"] += 1
        return
    run.scalar(metric, _step(step), time_s, number)


def _step(text: str | None) -> int:
    """A whole number, maybe written as 3.0. Raises ValueError for an x axis of another kind."""
    with suppress(TypeError, ValueError, OverflowError):
        number = float(str(text))
        if number == int(number):
            return int(number)
    raise ValueError(f"{text!r} is no step: export the chart with Step as its x axis")


def _read_folders(folders: list[Path], rename: Mapping[str, str]) -> Iterator[Collected]:
    run_names: list[str] = []
    for folder in folders:
        whole = folder.parent if folder.name == "files" else folder
        run = Collected(run_name(whole.resolve().name, run_names), rename)
        run_names.append(run.name)
        run.config = _config(folder / CONFIG)
        summary = _json(folder / SUMMARY)
        step, time_s = summary.get(STEP, 0), summary.get(TIME, folder.stat().st_mtime)
        for name, value in _flat(summary):
            if isinstance(value, int | float):
                run.scalar(name, int(step), float(time_s), float(value))
            elif isinstance(value, str):
                run.text(name, int(step), float(time_s), value)
        yield run


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Each value with its name; what W&B keeps for itself, and what is no number or text, not."""
    for name, value in values.items():
        if name.startswith(OWN):
            continue
        if isinstance(value, dict) and "_type" not in value:
            yield from _flat(value, f"{before}{name}/")
        else:
            yield f"{before}{name}", value


def _config(file: Path) -> dict[str, Any]:
    """The settings: each stands in the file as {value: …}, beside W&B's own."""
    if not file.is_file():
        return {}
    yaml = needed("yaml", "a W&B run's config.yaml")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as why:
        raise UserError(f"{file} cannot be read: {' '.join(str(why).split())}") from why
    pairs = content.items() if isinstance(content, dict) else ()
    settings = {name: entry["value"] for name, entry in pairs
                if isinstance(entry, dict) and "value" in entry and name != "_wandb"}  # fmt: skip
    plain: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return plain


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as why:
        raise UserError(f"{file} cannot be read: {why}") from why
    return value if isinstance(value, dict) else {}
