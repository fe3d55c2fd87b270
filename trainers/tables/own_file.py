"""Loads a person's own choices, `--choices FILE.py`: activations, norms, inits, losses and others.

The file is ordinary Python that ends in dicts named like our tables; they join the tables for this
launch, in the launcher and in every worker:

    def cube(x, scale=1.0):
        "x cubed"
        return scale * x**3

    ACTIVATIONS = {"cube": cube}

A value is a plain function (what each table takes is in `trainers.tables.own_entry`), or an entry
as our own tables have them. Everything is tried out once when the file is read, so that what is
wrong with it is known, with its line, before anything starts. Changes no file and no entry of ours.
"""

from __future__ import annotations

import ast
import re
import traceback
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, NoReturn

from dashboard.errors import UserError
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.bias_inits import BIAS_INITS
from trainers.tables.datasets import DATASETS
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.tables.models import MODELS
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tables.own_data import dataset_of
from trainers.tables.own_entry import (
    activation_of,
    bias_init_of,
    init_of,
    loss_of,
    model_of,
    norm_of,
    optimizer_of,
    refusing,
    schedule_of,
)
from trainers.tables.schedules import SCHEDULES

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
TABLES: dict[str, tuple[dict[str, Any], Callable[[Any, str], Any]]] = {
    "ACTIVATIONS": (ACTIVATIONS, activation_of),
    "NORMS": (NORMS, norm_of),
    "INITS": (INITS, init_of),
    "BIAS_INITS": (BIAS_INITS, bias_init_of),
    "LOSSES": (LOSSES, loss_of),
    "DATASETS": (DATASETS, dataset_of),  # before the models, which are tried out with them
    "MODELS": (MODELS, model_of),
    "OPTIMIZERS": (OPTIMIZERS, optimizer_of),
    "SCHEDULES": (SCHEDULES, schedule_of),
}


class ChoicesError(UserError):
    """The file cannot be used; the message is one sentence with the file and the line."""


_texts: dict[Path, str] = {}


def load_choices(file: Path, skip: Collection[str] = ()) -> list[str]:
    """Run the file and add its entries to the tables, but those to `skip`; the names added.

    Reading the same unchanged file again in one process does nothing. Raises ChoicesError.
    """
    file = file.resolve()
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as why:
        raise ChoicesError(f"--choices {file}: the file cannot be read ({_reason(why)})") from None
    if _texts.get(file) == text:
        return []
    module = _run(file, text)
    tables = {name: module[name] for name in TABLES if isinstance(module.get(name), Mapping)}
    if not tables:
        _fail(file, 1, f"it has no dict called {', '.join(TABLES)}")
    names = [
        _add(file, text, table, name, value)
        for table, entries in tables.items()
        for name, value in entries.items()
        if table not in skip
    ]
    _texts[file] = text
    return names


def _run(file: Path, text: str) -> dict[str, Any]:
    # Not "__main__": what a person runs only as a script is not run here.
    space: dict[str, Any] = {"__name__": file.stem, "__file__": str(file)}
    try:
        exec(compile(text, str(file), "exec"), space)
    except SyntaxError as why:
        _fail(file, why.lineno or 1, f"{why.msg} (SyntaxError)")
    except Exception as why:
        _fail(file, _line_of(why, file) or 1, _reason(why))
    except SystemExit:
        _fail(file, 1, "it ends the program")
    # Our own tables, imported to look something up, are no entries of the file.
    return {name: value for name, value in space.items() if not _is_ours(value)}


def _is_ours(value: Any) -> bool:
    return any(value is table for table, _ in TABLES.values())


def _add(file: Path, text: str, table: str, name: Any, value: Any) -> str:
    entries, entry_of = TABLES[table]
    line = _line_of_name(text, name)
    if not isinstance(name, str) or not NAME.fullmatch(name):
        _fail(file, line, f"{table} has the name {name!r}: use letters, digits and _")
    if name in entries:
        _fail(file, line, f"{table} has {name!r} already: give yours another name")
    try:
        entries[name] = refusing(entry_of(value, file.name))
    except Exception as why:
        _fail(file, _line_of(why, file) or line, f"{name} cannot be used ({_reason(why)})")
    return name


def _fail(file: Path, line: int, what: str) -> NoReturn:
    raise ChoicesError(f"--choices {file}, line {line}: {what}") from None


def _reason(why: BaseException) -> str:
    """An exception in words, on one line."""
    if isinstance(why, OSError) and why.strerror:
        return why.strerror
    text = " ".join(str(why).split())
    if isinstance(why, UserError):
        return text
    return f"{type(why).__name__}: {text}" if text else type(why).__name__


def _line_of(why: BaseException, file: Path) -> int | None:
    """The innermost line of the file that the exception passed through."""
    frames = traceback.extract_tb(why.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(file)]
    return lines[-1] if lines else None


def _line_of_name(text: str, name: Any) -> int:
    """Where the name stands as the key of a dict."""
    for node in ast.walk(ast.parse(text)):
        for key in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and key.value == name:
                return key.lineno
    return 1
