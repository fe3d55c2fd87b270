"""The settings that may vary between the runs of a grid, and how a person writes their values.

Equal values become equal, whichever way they were written. What a setting means is
`trainers.config`, what its names stand for `trainers.tables`; nothing is planned here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from trainers.config import ConfigError
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.bias_inits import BIAS_INITS
from trainers.tables.choice import Table, parse, parse_layers
from trainers.tables.datasets import DATASETS
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.tables.models import MODELS
from trainers.tables.norms import NORMS
from trainers.tables.optimizers import OPTIMIZERS
from trainers.tables.schedules import SCHEDULES

TABLES: dict[str, Table] = {
    "dataset": DATASETS,
    "model": MODELS,
    "activation": ACTIVATIONS,
    "norm": NORMS,
    "init": INITS,
    "bias_init": BIAS_INITS,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
PER_LAYER = frozenset({"activation", "init", "bias_init"})
WIDTHS = ("hidden", "channels")
LISTS = {"hidden": int, "channels": int, "dropout": float}
"""Settings that are one number for each layer, written with SIGN between them."""
SIGN, NO_LAYER = "x", "none"
SWITCHES = {"skip": {"no": False, "yes": True}}
"""Settings that are on or off, by the words for it."""
NUMBERS = ("lr", "batch_size", "weight_decay", "clip_norm", "seed")
GRID_FIELDS = (*TABLES, *LISTS, *SWITCHES, *NUMBERS)


def flag(field: str) -> str:
    """How a setting is called on the command line."""
    return f"--{field.replace('_', '-')}"


def canonical(field: str, value: Any) -> Any:
    """A choice as a run's config has it, so that equal choices are equal. Raises UserError."""
    if field in LISTS:
        return _numbers(field, value)
    if field in SWITCHES:
        return _on_or_off(field, value)
    if field not in TABLES or not isinstance(value, str):
        return value
    if field in PER_LAYER:
        return "+".join(choice.text for choice in parse_layers(value, TABLES[field], field))
    return parse(value, TABLES[field], field).text


def written(field: str, value: Any) -> Any:
    """A config's value as a person writes it; `canonical` reads it back."""
    if field not in LISTS or value is None:
        return value
    return SIGN.join(map(str, value)) or NO_LAYER


def check_widths(field: str, texts: Sequence[Any]) -> None:
    """Raise ConfigError for `--hidden 200 100`, which was one network and would be two."""
    plain = [text for text in texts if isinstance(text, str) and text.strip().isdecimal()]
    if field in WIDTHS and len(plain) == len(texts) > 1:
        raise ConfigError(
            f"{flag(field)} {' '.join(plain)} can be read in two ways: write "
            f"{SIGN.join(plain)} for one network with these layers, or "
            f"{' '.join(text + SIGN for text in plain)} for a network with each"
        )


def _numbers(field: str, value: Any) -> tuple[float, ...] | None:
    """(200, 100) of "200x100" or [200, 100]; () of "none", None where nothing is said."""
    if isinstance(value, list | tuple):
        return tuple(value)
    if value is None or not isinstance(value, str):
        return value if value is None else (value,)
    text = value.strip().removesuffix(SIGN)
    if text == NO_LAYER:
        return ()
    kind, number = LISTS[field], r"[0-9]+" if LISTS[field] is int else r"[-+]?[0-9.]+(e-?[0-9]+)?"
    parts = text.split(SIGN)
    try:
        if all(re.fullmatch(number, part) for part in parts):
            return tuple(kind(part) for part in parts)
    except ValueError:  # more dots than one, or more digits than Python reads
        pass
    example = "200x100" if kind is int else "0.2x0.5"
    raise ConfigError(
        f"{flag(field)} {value[:60]!r} is not allowed: it must be a number for each layer, as in "
        f"{example}, or {NO_LAYER}"
    )


def _on_or_off(field: str, value: Any) -> Any:
    words = SWITCHES[field]
    if not isinstance(value, str):
        return value
    if value not in words:
        raise ConfigError(f"{flag(field)} {value[:60]!r} is not allowed: it must be yes or no")
    return words[value]
