"""Defines one run: RunConfig, its name, and the grid of choices that makes an experiment.

Choices are kept as text ("leaky_relu:negative_slope=0.2", "tanh+relu") just as a person writes
them; what they build is in the tables. Nothing here trains, reads data or touches a device.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.errors import UserError

PRECISIONS = ("fp32", "tf32", "bf16")
MOST = 10**9
MOST_RATE = 3.4e38  # where float32 ends
LONGEST_NAME = 80
MOST_WEIGHTS = 2**28  # 1 GB of float32


class ConfigError(UserError):
    """A setting is out of range; the message is one sentence that says what is allowed."""


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides what a run computes. Two equal configs give the same run.

    bias_init: of layers with weights; "own" leaves it to the init.
    hidden: widths of the hidden layers, channels: of the convolutions; None leaves the model's own.
    dropout: one probability for every hidden layer, or one for all.
    skip: whether hidden layers of one width are added to what they are given.
    schedule: what share of lr each step takes.
    weight_decay: the optimizer's own where it is None.
    clip_norm: the largest norm of all gradients together; 0 for any.
    augment: how training images are changed, `crop+flip`: see `trainers.tables.augments`.
    eval_every: optimizer updates between two evaluations; 0 means once at the end of each epoch.
    precision: fp32, tf32 or bf16, see `trainers.precision`.
    """

    dataset: str = "mnist"
    model: str = "mlp"
    activation: str = "relu"
    norm: str = "none"
    init: str = "default"
    bias_init: str = "own"
    loss: str = "cross_entropy"
    optimizer: str = "sgd"
    lr: float = 0.01
    schedule: str = "constant"
    weight_decay: float | None = None
    clip_norm: float = 0.0
    batch_size: int = 200
    test_batch_size: int = 1000
    epochs: int = 5
    eval_every: int = 0
    hidden: tuple[int, ...] | None = None
    channels: tuple[int, ...] | None = None
    skip: bool = False
    dropout: tuple[float, ...] = ()
    output_activation: bool = False
    normalize: bool = True
    augment: str = "none"
    precision: str = "fp32"
    seed: int = 0

    def __post_init__(self) -> None:
        rate = f"a number above 0 and at most {MOST_RATE:g}"
        _need(0 < self.lr <= MOST_RATE, "lr", self.lr, rate)
        for name in ("batch_size", "test_batch_size", "epochs"):
            value = getattr(self, name)
            _need(1 <= value <= MOST, name, value, f"a whole number in 1 .. {MOST:,}")
        every = self.eval_every
        _need(0 <= every <= MOST, "eval_every", every, f"a whole number in 0 .. {MOST:,}")
        _need(self.precision in PRECISIONS, "precision", self.precision, "fp32, tf32 or bf16")
        _need(0 <= self.seed < 2**63, "seed", self.seed, "a whole number in 0 .. 2^63-1")
        for width in self.hidden or ():
            _need(1 <= width <= 65536, "hidden", width, "layer widths in 1 .. 65536")
        weights = sum(a * b for a, b in itertools.pairwise(self.hidden or ()))
        _need(weights <= MOST_WEIGHTS, "hidden", self.hidden,
              f"widths with at most {MOST_WEIGHTS:,} weights between them")  # fmt: skip
        for count in self.channels or ():
            _need(1 <= count <= 4096, "channels", count, "channels in 1 .. 4096")
        _need(self.channels != (), "channels", "none", "a number for each stage, as in 32x64")
        for name in ("weight_decay", "clip_norm"):
            value = getattr(self, name)
            _need(value is None or 0 <= value <= MOST_RATE, name, value, "a number of at least 0")
        for p in self.dropout:
            _need(0 <= p < 1, "dropout", p, "probabilities in [0, 1)")

    def as_dict(self) -> dict[str, Any]:
        """JSON values only, in the order of the fields."""
        return {
            k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()
        }

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> RunConfig:
        """The config that `as_dict` wrote; keys that are not settings of a run are left out.

        Raises ConfigError, also for a value of another kind: a record may come from anywhere.
        """
        kinds = {f.name: str(f.type) for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {}
        for key, value in settings.items():
            if key in kinds:
                _need(_is_like(kinds[key], value), key, repr(value), "as launch.py writes it")
                values[key] = tuple(value) if isinstance(value, list) else value
        return cls(**values)


def _is_like(kind: str, value: Any) -> bool:
    """Whether a JSON value is of the kind that a field is declared as."""
    kind, _, none = kind.partition(" | ")
    if value is None:
        return none == "None"
    if kind.startswith("tuple"):
        item = kind.removeprefix("tuple[").removesuffix(", ...]")
        return isinstance(value, list | tuple) and all(_is_like(item, each) for each in value)
    return type(value).__name__ == kind or (kind == "float" and type(value) is int)


def _need(good: bool, name: str, value: Any, rule: str) -> None:
    if not good:
        raise ConfigError(f"--{name.replace('_', '-')} {value} is not allowed: it must be {rule}")


def grid(base: RunConfig, choices: Mapping[str, Sequence[Any]]) -> list[RunConfig]:
    """Every combination of the choices on top of `base`, the last choice varying fastest.

    The same value named twice counts once. Raises ConfigError for a value out of range.
    """
    names = list(choices)
    values = [list(dict.fromkeys(choices[name])) for name in names]
    return [
        dataclasses.replace(base, **dict(zip(names, combination, strict=True)))
        for combination in itertools.product(*values)
    ]


def run_names(configs: Sequence[RunConfig]) -> list[str]:
    """A name for each run: the settings that differ, joined by `-`; unique and stable.

    A single run is named by its activation and init. The characters are safe in a web address.
    """
    fields = [f.name for f in dataclasses.fields(RunConfig)]
    differing_fields = [f for f in fields if len({repr(getattr(c, f)) for c in configs}) > 1]
    settings = differing_fields or ["activation", "init"]
    names = ["-".join(name_part(f, getattr(config, f)) for f in settings) for config in configs]
    names = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}..." for name in names]
    return [name if names.count(name) == 1 else f"{name}-{i}" for i, name in enumerate(names)]


PREFIXES = {
    "lr": "lr", "batch_size": "b", "test_batch_size": "tb", "epochs": "e", "seed": "s",
    "weight_decay": "wd", "clip_norm": "clip", "bias_init": "bias_",
}  # fmt: skip


def name_part(field: str, value: Any) -> str:
    """A setting as it stands in the name of a run."""
    if value in (None, "none", "own"):
        text = f"no_{field}" if value == "none" else f"{field}_own"
    elif field in PREFIXES:
        text = f"{PREFIXES[field]}{value}"
    elif isinstance(value, bool):
        text = field if value else f"no_{field}"
    elif isinstance(value, tuple):
        text = f"{field}{'x'.join(str(v) for v in value) or 0}"
    else:
        text = str(value)
    return re.sub(r"[^A-Za-z0-9_.]+", ".", text)
