"""The one rule for names: of experiments, runs, series, environments and windows.

Who gives a name asks here whether it may be given (`check_…`). A record that another program made
may hold any names; what is shown of it goes by `environment` and `window`, which keep every name
that follows the rule and give any other a safe one of its own. Reads no record and draws nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import count

from dashboard.errors import UserError

LONGEST_EXPERIMENT = LONGEST_RUN = 100
"""Bytes, as UTF-8: names become names of files. A Chinese character has three."""
LONGEST_SERIES = 120
SIGNS = ".,=@:"  # what Visdom's page and a path can hold as it is


def barred(signs: str = "") -> str:
    """What no name may hold, for [] in a pattern: of ASCII all but letters, digits, _ and `signs`.

    Beyond ASCII all can be that can be printed, see `_fits`: no alphabet is better than another.
    To list what is barred compiles thirty times as fast as to list what is allowed.
    """
    ascii_ = map(chr, range(128))
    return re.escape("".join(c for c in ascii_ if not (c.isalnum() or c in f"_{signs}")))


LETTER = f"[^{barred()}]"
NAME = re.compile(f"{LETTER}[^{barred(f'{SIGNS} -')}]*")
RUN = re.compile(f"{LETTER}[^{barred(f'{SIGNS}/ -')}]*")
BARRED_IN_RUN = re.compile(f"[{barred(f'{SIGNS}/ -')}]")
LONGEST_ENVIRONMENT = LONGEST_EXPERIMENT + 1 + LONGEST_RUN
"""Bytes too: Visdom saves an environment as NAME.json."""
TOGETHER = "~"
"""Stands between the experiments of an environment that shows several; in no other name of ours."""
MOST_TOGETHER = 6
ENVIRONMENT = re.compile(f"{LETTER}[^{barred(f'{SIGNS}{TOGETHER} -')}]*")
NUMBERED = re.compile(r"(.+)-([2-9]|[1-9]\d)")
COMPARE = "compare"
"""Not a run: the environment of all runs."""
ODD = "odd="  # begins every safe name that was made here, and no other
DIGITS = 16


class BadNameError(UserError):
    """A name that cannot be used; the message is one sentence that says what is allowed."""


def check_experiment(name: object) -> None:
    """Raises BadNameError unless an experiment, and so the folder of its record, may be called so.

    The one rule, whoever gives the name: --experiment or a Recorder's folder.
    """
    _check("experiment", name, NAME)


def check_run(name: object) -> None:
    """Raises BadNameError unless a run may be called so."""
    _check("run", name, RUN)
    if name == COMPARE:
        raise BadNameError(f"a run may not be called {name!r}: that is the page of all runs")


def is_environment(name: object) -> bool:
    """Whether an environment may be called so, by whoever uses the server."""
    return isinstance(name, str) and _fits(name, ENVIRONMENT, LONGEST_ENVIRONMENT)


def usable_run(text: object) -> str:
    """A name that a run may have, as like the text as can be."""
    letters = BARRED_IN_RUN.sub("_", "".join(c for c in str(text) if c.isprintable()))
    name = letters.encode(errors="ignore")[: LONGEST_RUN - 1].decode(errors="ignore").strip()
    name = name if re.match(LETTER, name) else f"_{name}"
    return name if name != COMPARE else f"{name}_"


def usable_series(text: object) -> str:
    """A name that a series, an image or a text may have, as like the text as can be."""
    name = "".join(c for c in str(text) if c.isprintable()).lstrip("/")[:LONGEST_SERIES]
    return name or "_"


def is_part_of_path(run: str) -> bool:
    """Whether a run's models and checkpoints may be called as the run itself."""
    return _fits(run, NAME, LONGEST_RUN) and run != COMPARE


def part_of_path(run: str) -> str:
    """A name for the files of a run, below a folder that holds nothing but runs."""
    return run if is_part_of_path(run) and not run.startswith(ODD) else _safe(run)


def next_free(name: str, is_taken: Callable[[str], bool]) -> str:
    """What may be given where `name` is taken: NAME-2, or the first after it that is not taken."""
    stem, number = (match[1], int(match[2])) if (match := NUMBERED.fullmatch(name)) else (name, 1)
    return next(new for i in count(number + 1) if not is_taken(new := _numbered(stem, i)))


def _numbered(stem: str, number: int) -> str:
    end = f"-{number}"
    return stem.encode()[: LONGEST_RUN - len(end)].decode(errors="ignore") + end


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
    if len(name.encode()) + 1 + len(COMPARE) > LONGEST_ENVIRONMENT:
        raise BadNameError(
            "the names of these experiments are too long to be shown together: all of them may "
            f"have {LONGEST_ENVIRONMENT - 1 - len(COMPARE)} bytes"
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
    good = _fits(name, NAME, LONGEST_RUN)
    return name if good and not name.startswith(ODD) else _safe(name)


def window(name: str, others: Iterable[str] = ()) -> str:
    """The name of a window that shows the series `name`; another where a window is called so."""
    good = is_series(name) and not name.startswith(ODD)
    name = name if good else _safe(name)
    return f"{name} (more)" if name in others else name


def quoted(value: object, most: int = 60) -> str:
    """A value as a sentence can hold it."""
    text = repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


def _check(what: str, name: object, rule: re.Pattern[str]) -> None:
    if isinstance(name, str) and _fits(name, rule, LONGEST_RUN):
        return
    folder = isinstance(name, str) and rule is NAME and _fits(name, RUN, LONGEST_RUN)
    if folder:  # only a / is wrong with it
        raise BadNameError(
            f"experiment name {quoted(name)} is not allowed: it is the name of a folder, and "
            f"NAME/RUN is one of its runs; call it {str(name).replace('/', '_')!r}"
        )
    slash = " /" if rule is RUN else ""
    raise BadNameError(
        f"{what} name {quoted(name)} is not allowed: use up to {LONGEST_RUN} letters (of three "
        f"bytes, as Chinese ones have, {LONGEST_RUN // 3}), digits and _ . , = @ : -{slash} or "
        "blanks, beginning with a letter, a digit or _"
    )


def _fits(name: str, rule: re.Pattern[str], longest: int) -> bool:
    """Whether the name follows the rule, can be printed, and has at most so many bytes."""
    good = bool(rule.fullmatch(name)) and name.isprintable()  # no surrogates, so it can be encoded
    return good and len(name.encode()) <= longest


def _safe(name: str) -> str:
    """A safe name for any text: what is left of it, and its hash, so that no other has it."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:DIGITS]
    rest = re.sub(r"[\W_]+", "-", name).encode()[:40].decode(errors="ignore").strip("-")
    return f"{ODD}{rest}-{digest}"
