"""The one rule for names: of experiments, runs, series, environments and windows.

Who gives a name asks here whether it may be given (`check_…`). A record that another program made
may hold any names; what is shown of it goes by `environment` and `window`, which keep every name
that follows the rule and give any other a safe one of its own. Reads no record and draws nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from dashboard.errors import UserError

LONGEST_EXPERIMENT = LONGEST_RUN = 100
LONGEST_SERIES = 120
# What Visdom takes as a part of an environment's name, and a web address without escapes.
SIGNS = "A-Za-z0-9_.,=@"
PART = rf"[A-Za-z0-9_][{SIGNS} -]*"
NAME = re.compile(PART)
LONGEST_ENVIRONMENT = LONGEST_EXPERIMENT + 1 + LONGEST_RUN
TOGETHER = "~"
"""Stands between the experiments of an environment that shows several; in no other name of ours."""
MOST_TOGETHER = 6
ENVIRONMENT = re.compile(rf"(?=.{{1,{LONGEST_ENVIRONMENT}}}\Z)[A-Za-z0-9_][{SIGNS}{TOGETHER} -]*")
# No underscore: Visdom groups environments by what stands before the first one.
PLANNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
COMPARE = "compare"
"""Not a run: the environment of all runs."""
ODD = "odd="  # begins every safe name that was made here, and no other
DIGITS = 16


class BadNameError(UserError):
    """A name that cannot be used; the message is one sentence that says what is allowed."""


def check_planned(name: str) -> str:
    """The name itself if the launcher may call an experiment so. Raises BadNameError."""
    if not PLANNED.fullmatch(name):
        raise BadNameError(
            f"experiment name {name[:60]!r} is not allowed: use up to 64 letters, digits, - and ., "
            "beginning with a letter or digit"
        )
    return name


def check_experiment(name: object) -> None:
    """Raises BadNameError unless the folder of a record may be called so."""
    _check("experiment", name)


def check_run(name: object) -> None:
    """Raises BadNameError unless a run may be called so."""
    _check("run", name)
    if name == COMPARE:
        raise BadNameError(f"a run may not be called {name!r}: that is the page of all runs")


def is_series(name: object) -> bool:
    """Whether a series, an image or a text may be called so; it names a window too."""
    good = isinstance(name, str) and 0 < len(name) <= LONGEST_SERIES and name.isprintable()
    return good and isinstance(name, str) and not name.startswith("/")


def environment(experiment: str, run: str | None = None) -> str:
    """The environment of a run, or the one that compares all.

    Whatever their names are it is safe, and no other run has it, not even one called `compare`.
    """
    part = COMPARE if run is None else _safe(run) if run == COMPARE else _part(run)
    return f"{_part(experiment)}_{part}"


def joint(experiments: Sequence[str]) -> str:
    """The name of several different experiments together, as an environment begins with it.

    Raises BadNameError where they are too many, or their names too long for an environment.
    """
    name = TOGETHER.join(map(_part, experiments))
    if not 1 < len(experiments) <= MOST_TOGETHER:
        raise BadNameError(
            f"{len(experiments)} experiments cannot be compared together: name 2 to {MOST_TOGETHER}"
        )
    if len(name) + 1 + len(COMPARE) > LONGEST_ENVIRONMENT:
        raise BadNameError(
            "the names of these experiments are too long to be shown together: all of them may "
            f"have {LONGEST_ENVIRONMENT - 1 - len(COMPARE)} characters"
        )
    return name


def joint_environment(experiments: Sequence[str]) -> str:
    """The environment that compares several experiments together. Raises BadNameError."""
    return f"{joint(experiments)}_{COMPARE}"


def experiments_of(environment: str, there: Iterable[str]) -> list[str]:
    """The experiments that an environment shows, of those that are `there`; often none.

    A name is only ever compared with names that are there, so that it can lead nowhere else.
    """
    names = {_part(name): name for name in there}
    stem, _, last = environment.rpartition("_")
    if TOGETHER in environment:
        parts = dict.fromkeys(stem.split(TOGETHER)) if last == COMPARE else {}
        return [names[part] for part in parts if part in names]
    while stem and stem not in names:  # a run's name may hold the sign too
        stem = stem.rpartition("_")[0]
    return [names[stem]] if stem else []


def _part(name: str) -> str:
    """The name itself, or a safe one in its place."""
    good = NAME.fullmatch(name) and len(name) <= LONGEST_RUN
    return name if good and not name.startswith(ODD) else _safe(name)


def window(name: str, taken: Iterable[str] = ()) -> str:
    """The name of a window that shows the series `name`; another where a window is called so."""
    good = is_series(name) and not name.startswith(ODD)
    name = name if good else _safe(name)
    return f"{name} (more)" if name in taken else name


def quoted(value: object, most: int = 60) -> str:
    """A value as a sentence can hold it."""
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _check(what: str, name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_RUN:
        raise BadNameError(
            f"{what} name {quoted(name)} is not allowed: use up to {LONGEST_RUN} letters, "
            "digits and _ . , = @ - or blanks, beginning with a letter, a digit or _"
        )


def _safe(name: str) -> str:
    """A safe name for any text: what is left of it, and its hash, so that no other has it."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
    return f"{ODD}{re.sub('[^A-Za-z0-9]+', '-', name)[:40].strip('-')}-{digest}"
