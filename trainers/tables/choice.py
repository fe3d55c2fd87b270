"""Reads a choice from a table, written as text: `leaky_relu:negative_slope=0.2`.

Reads such texts against any table of named entries and says in one sentence what is wrong with
one. Holds no table itself and does not know what the entries build.

An entry is anything with a `make`; the parameters of `make` that have a default are the ones a
person may set, and their annotations (`float`, `int`, `bool`, `str`, `Literal`, `Path`) are their
types. A `Path` may stand first without its name, `folder:flowers`; it is made absolute, so that it
means the same wherever the choice is read later.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, get_origin

from dashboard.errors import UserError

Value = float | int | bool | str | Path
Kind = str  # what the table holds, in the singular, for messages: "activation"

LARGEST = 1e37  # float32 ends at 3.4e38, and an init multiplies what it is given
LONGEST_QUOTE = 60  # characters of a person's text that a message repeats

# A plus separates layers unless it is the sign of a number: `a=+1` and `std=1e+2` are one layer.
_LAYER_PLUS = re.compile(r"(?<!=)\+(?!(?<=[0-9.][eE]\+)[0-9])")


class ChoiceError(UserError):
    """A text that names no choice; the message is one sentence that says what is allowed."""


class Entry(Protocol):
    """What every table holds: something that can be made."""

    @property
    def make(self) -> Callable[..., Any]: ...


Table = Mapping[str, Entry]


@dataclass(frozen=True)
class Choice:
    """The name of an entry and the parameters given for it, sorted by key."""

    name: str
    params: tuple[tuple[str, Value], ...] = ()

    @property
    def text(self) -> str:
        """The choice as a person would write it; `parse(choice.text, ...)` gives it back."""
        parameters = ",".join(f"{key}={value_text(value)}" for key, value in self.params)
        return f"{self.name}:{parameters}" if parameters else self.name


def parse(text: str, table: Table, kind: Kind) -> Choice:
    """Read `name` or `name:key=value,key=value` against `table`.

    Raises ChoiceError for an unknown name or parameter, a value of the wrong type, and for
    values that the entry itself refuses (`softplus:beta=-1`).
    """
    name, colon, rest = text.strip().partition(":")
    name = name.strip()
    if name not in table:
        raise ChoiceError(_unknown_name(name, table, kind))
    options = parameters(table[name])
    if colon and not rest.strip():
        raise ChoiceError(f"{kind} {name}: nothing follows the colon; {_allowed(options)}")
    params: dict[str, Value] = {}
    for i, pair in enumerate(rest.split(",") if colon else ()):
        path_key = _path_of(options) if i == 0 and "=" not in pair else ""
        pair = f"{path_key}={pair}" if path_key else pair
        key, value = _read_pair(pair, options, f"{kind} {name}")
        if key in params:
            raise ChoiceError(f"{kind} {name}: {key} is given twice")
        params[key] = value
    choice = Choice(name, tuple(sorted(params.items())))
    _try_out(choice, table, kind)
    return choice


def parse_layers(text: str, table: Table, kind: Kind) -> tuple[Choice, ...]:
    """Read one choice per layer, joined by `+`: `tanh+relu`; at least one."""
    return tuple(parse(part, table, kind) for part in _LAYER_PLUS.split(text))


def make(text: str, table: Table, kind: Kind, *args: Any) -> Any:
    """Parse `text` and make the entry with `args` and the parameters given in the text."""
    return make_choice(parse(text, table, kind), table, kind, *args)


def make_choice(choice: Choice, table: Table, kind: Kind, *args: Any) -> Any:
    """Make the entry that `choice` names; what it refuses is told with the choice's name."""
    try:
        return table[choice.name].make(*args, **dict(choice.params))
    except ChoiceError:
        raise
    except UserError as error:
        raise ChoiceError(f"{kind} {choice.text}: {error}") from None


def parameters(entry: Entry) -> dict[str, tuple[Any, Value]]:
    """The parameters a person may set: name -> (type, default), in the order of `make`."""
    return {
        name: (_kind(p, entry.make), p.default)
        for name, p in inspect.signature(entry.make).parameters.items()
        if p.default is not inspect.Parameter.empty
    }


def _kind(parameter: inspect.Parameter, make: Callable[..., Any]) -> Any:
    """The type of a parameter. Of the others, which are PyTorch's, nothing is looked at."""
    if parameter.annotation is inspect.Parameter.empty:
        return type(parameter.default)
    if not isinstance(parameter.annotation, str):
        return parameter.annotation
    function = inspect.unwrap(make)
    while isinstance(function, functools.partial):
        function = inspect.unwrap(function.func)
    return eval(parameter.annotation, getattr(function, "__globals__", {}))


def defaults_text(entry: Entry) -> str:
    """The parameters with their defaults, as they would be written: `a=-0.1,b=0.1`.

    A path has no default: it is what the choice is about.
    """
    return ",".join(
        f"{k}={value_text(default)}"
        for k, (kind, default) in parameters(entry).items()
        if kind is not Path
    )


def value_text(value: Value) -> str:
    """The shortest text that reads back as `value`; never holds a plus sign."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e15
        return str(int(value)) if whole else repr(value).replace("e+", "e")
    return str(value)


def quote(text: str) -> str:
    """`text` in quotes for a message, cut when it is long, control characters escaped."""
    return repr(text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…")


def _try_out(choice: Choice, table: Table, kind: Kind) -> None:
    """Make the entry once, so that what it refuses is known before anything starts.

    Without parameters it refuses nothing. Models and datasets need an argument that is not there
    yet; they are left alone.
    """
    if not choice.params:
        return
    signature = inspect.signature(table[choice.name].make)
    if all(p.default is not inspect.Parameter.empty for p in signature.parameters.values()):
        make_choice(choice, table, kind)


def _read_pair(pair: str, options: Mapping[str, tuple[Any, Value]], who: str) -> tuple[str, Value]:
    key, equals, text = (part.strip() for part in pair.partition("="))
    if key not in options:
        raise ChoiceError(f"{who} has no parameter {quote(key)}; {_allowed(options)}")
    if not equals or not text:
        raise ChoiceError(f"{who}: {key} needs a value, as in {key}={value_text(options[key][1])}")
    return key, _read_value(text, options[key][0], f"{who}: {key}")


def _path_of(options: Mapping[str, tuple[Any, Value]]) -> str:
    """The parameter that is a path; empty where none is."""
    return next((key for key, (kind, _) in options.items() if kind is Path), "")


def _read_value(text: str, kind: Any, who: str) -> Value:
    if kind is Path:
        return Path(text).expanduser().absolute()
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            options = ", ".join(map(str, get_args(kind)))
            raise ChoiceError(f"{who} must be one of {options}, not {quote(text)}")
        return text
    if kind is bool:
        if text not in ("true", "false"):
            raise ChoiceError(f"{who} must be true or false, not {quote(text)}")
        return text == "true"
    if kind is int or kind is float:
        return _read_number(text, kind, who)
    return text


def _read_number(text: str, kind: type[int] | type[float], who: str) -> float | int:
    try:
        number = kind(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        what = "a whole number" if kind is int else "a finite number"
        raise ChoiceError(f"{who} must be {what}, not {quote(text)}")
    if abs(number) > LARGEST:
        raise ChoiceError(f"{who} must lie within ±{LARGEST:g}, not {quote(text)}")
    return number


def _unknown_name(name: str, table: Table, kind: Kind) -> str:
    near = difflib.get_close_matches(name.lower()[:LONGEST_QUOTE], list(table), n=1)
    guess = f", did you mean {near[0]}?" if near else ";"
    return f"unknown {kind} {quote(name)}{guess} allowed: {', '.join(table)}"


def _allowed(options: Mapping[str, tuple[Any, Value]]) -> str:
    if not options:
        return "it takes no parameters"
    parameters = ", ".join(f"{key}={value_text(default)}" for key, (_, default) in options.items())
    return f"its parameters are {parameters}"
