"""Keeps what may run here because a person asked for it: files of --choices and Ray clusters.

A record names both, and `resume` goes by its record; but a record may come from somebody else, and
what it names would run with my rights. So a file or a cluster is used only if it was named on a
command line on this machine, now or earlier. That is remembered by the file's hash in the user's
own configuration folder, never in the record. Nothing is run here.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shlex
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dashboard.errors import UserError
from dashboard.program import PROGRAM

LARGEST_BYTES = 2**24  # of a file of choices; what is larger is none
SHOWN_DIGITS = 16


class ConsentError(UserError):
    """The record asks for something that nobody here has asked for; one sentence with the way."""


class Risk(NamedTuple):
    """One thing that would run. key: by which it is remembered. flags: what asks for it."""

    key: str
    what: str
    flags: str


def remember(args: argparse.Namespace) -> None:
    """Keep in mind that a person asked for all that these flags run, as far as it can be kept."""
    consent = _remembered()
    new = [risk.key for risk in _risks(args) if risk.key not in consent]
    if new:
        with contextlib.suppress(OSError, RuntimeError):  # then it is asked for again, no more
            file = _file()
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            with open(os.open(file, flags, 0o600), "a", encoding="ascii") as out:
                out.write("".join(f"{key}\n" for key in new))


def check(experiment: str, own: argparse.Namespace, args: argparse.Namespace) -> None:
    """Raise ConsentError for what runs by `args` and was asked for neither by `own` nor earlier.

    own: the flags as the person gave them. args: the same with what the record says beside them.
    """
    consent = {risk.key for risk in _risks(own)} | _remembered()
    risks = [risk for risk in _risks(args) if risk.key not in consent]
    if risks:
        what = " and ".join(risk.what for risk in risks)
        flags = " ".join(risk.flags for risk in _risks(args))
        raise ConsentError(
            f"resuming {experiment} would run {what}, as its record says and nobody has asked for "
            f"here yet: have a look, then allow it with: {PROGRAM} resume {experiment} {flags}"
        )


def _risks(args: argparse.Namespace) -> Iterator[Risk]:
    if args.choices is not None:
        digest = _digest(args.choices)
        what = f"the Python file {args.choices.resolve()} (sha256 {digest[:SHOWN_DIGITS]}…)"
        yield Risk(digest, what, f"--choices {shlex.quote(str(args.choices))}")
    if args.engine == "ray":
        key = hashlib.sha256(f"ray {args.ray_address}".encode()).hexdigest()
        flags = f"--engine ray --ray-address {shlex.quote(args.ray_address)}"
        yield Risk(key, f"tasks on the Ray cluster {args.ray_address}", flags)


def _digest(file: Path) -> str:
    """The file's SHA-256. Raises ConsentError for what is no ordinary file."""
    try:
        with open(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as stream:
            about = os.fstat(stream.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > LARGEST_BYTES:
                raise ConsentError(f"--choices {file}: this is no Python file")
            return hashlib.sha256(stream.read()).hexdigest()
    except (OSError, ValueError) as why:
        if isinstance(why, ConsentError):
            raise
        reason = getattr(why, "strerror", None) or why
        raise ConsentError(f"--choices {file}: the file cannot be read ({reason})") from None


def _file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "trainboard" / "allowed"


def _remembered() -> set[str]:
    """The keys of what was asked for here; none from a file that others could have written."""
    try:
        with open(os.open(_file(), os.O_RDONLY | os.O_NOFOLLOW), encoding="ascii") as stream:
            about = os.fstat(stream.fileno())
            if about.st_uid != os.getuid() or about.st_mode & 0o022:
                return set()
            return set(stream.read().split())
    except (OSError, RuntimeError, ValueError):
        return set()
