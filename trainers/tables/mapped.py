"""Keeps samples that were decoded once in files of the user's cache, mapped into memory from there.

Such arrays may be larger than memory: the system brings the parts that are looked at, and all
processes share them. The limit is the disk. They stand in a folder that is written beside its place
and renamed when it is whole, by one process at a time, so nobody takes half of it for all. What is
decoded is `image_folder.py`'s and `csv_file.py`'s to know.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from trainers.tables.fit import room_bytes
from trainers.tables.idx import DatasetError

FACTS = "facts.json"
PART = ".part"
SAY_EVERY_S = 2.0

MakeArray = Callable[[str, tuple[int, ...], Any], NDArray[Any]]
"""Called with a name, a shape and a dtype; gives an array of zeros to be filled."""
Fill = Callable[[MakeArray], Mapping[str, Any]]
"""Makes its arrays and fills them; gives facts about them that JSON can hold."""


class Kept(NamedTuple):
    """Arrays by name, and what `fill` said of them."""

    arrays: dict[str, NDArray[Any]]
    facts: dict[str, Any]


def kept(name: str, source: str, state: str, fill: Fill) -> Kept:
    """What `fill` makes of a source as it is now, from the cache, or made and put there.

    source, state: digests, of what is decoded and of how it is now; what was kept of an earlier
    state is removed. It is made in memory where the cache takes nothing. Raises DatasetError where
    there is room in neither.
    """
    try:
        return from_cache(name, source, state, fill)
    except OSError as why:
        reason = f"{cache_folder()} does not take it ({why.strerror or why}) and "
        return in_memory(name, fill, reason)


def from_cache(name: str, source: str, state: str, fill: Fill) -> Kept:
    """The same, or OSError where the cache takes nothing, or is not only ours to write."""
    cache, home = cache_folder(), home_of(source, state)
    if copy := opened(home):
        return copy
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(name, cache / f"{source}.lock"):
        return opened(home) or _written(home, fill)


def in_memory(name: str, fill: Fill, reason: str = "") -> Kept:
    """What `fill` makes, in this process alone. Raises DatasetError where it has no room."""
    arrays: dict[str, NDArray[Any]] = {}

    def make(part: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        n_bytes, room = np.dtype(dtype).itemsize * prod(shape), room_bytes()
        if n_bytes > room:
            raise DatasetError(
                f"{name}: {n_bytes / 1e9:.3g} GB have no room: {reason}in memory it may have "
                f"{room / 1e9:.3g} GB; free some, or set XDG_CACHE_HOME to a folder with more room"
            )
        arrays[part] = np.zeros(shape, dtype)
        return arrays[part]

    return Kept(arrays, dict(fill(make)))


def digest(lines: Iterable[str]) -> str:
    """A name for what these lines say, for files."""
    sha256 = hashlib.sha256()
    for line in lines:
        sha256.update(f"{line}\0\n".encode(errors="surrogateescape"))
    return sha256.hexdigest()[:32]


def cache_folder() -> Path:
    """Where decoded samples are kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "trainboard" / "samples"


def home_of(source: str, state: str) -> Path:
    """Where what was decoded of a source in this state is kept."""
    return cache_folder() / f"{source}-{state}"


class Progress:
    """Says now and then how far the reading of a set is."""

    def __init__(self, name: str, total: int, what: str, bytes_each: int) -> None:
        self._name, self._total, self._what, self._each = name, total, what, bytes_each
        self._due_s = time.monotonic() + SAY_EVERY_S

    def at(self, count: int) -> None:
        """count: how many have been read so far."""
        if time.monotonic() >= self._due_s:
            self._due_s = time.monotonic() + SAY_EVERY_S
            print(
                f"{self._name}: {count:,} of {self._total:,} {self._what} read, "
                f"{count * self._each / 1e6:,.0f} MB",
                flush=True,
            )


def opened(home: Path) -> Kept | None:
    """The arrays of a whole folder; None where there is none. Raises OSError for one of others."""
    try:
        _check_ours(home)
        names, facts = json.loads((home / FACTS).read_text())
        # Not copy on write: the system refuses such a map of more than there is memory.
        arrays = {name: np.load(home / f"{name}.npy", mmap_mode="r") for name in names}
    except (FileNotFoundError, ValueError):
        return None
    return Kept(arrays, facts)


def _check_ours(home: Path) -> None:
    """Raise OSError for a folder that somebody else has made, or can write into."""
    about = home.lstat()
    is_ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid()
    if not is_ours or about.st_mode & 0o022:
        raise PermissionError(errno.EPERM, f"{home.name} is not ours alone")


def _written(home: Path, fill: Fill) -> Kept:
    """Decode into files beside `home`, then put them in its place."""
    part = home.with_name(home.name + PART)
    shutil.rmtree(part, ignore_errors=True)  # of a process that was killed
    part.mkdir(mode=0o700)
    try:
        facts = fill(partial(_mapped_array, part))
        names = [file.stem for file in part.iterdir()]
        (part / FACTS).write_text(json.dumps([names, dict(facts)]))
        for file in part.iterdir():
            _to_disk(file)
        shutil.rmtree(home, ignore_errors=True)  # it could not be opened
        part.replace(home)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _forget_earlier(home)
    copy = opened(home)
    if copy is None:
        raise OSError("what was written there is gone")
    return copy


def _mapped_array(folder: Path, name: str, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """An array in a file of its own, whose room on the disk is taken at once.

    A map writes to the disk later, and a disk that is full then kills the process.
    """
    file = folder / f"{name}.npy"
    array = np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=shape)
    with file.open("r+b") as out:
        _allocate(out.fileno(), file.stat().st_size)
    return array


def _allocate(descriptor: int, n_bytes: int) -> None:
    """Raises OSError where the disk has no room for a file of that size."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, n_bytes)
        return
    piece = b"\0" * 2**20  # macOS: the same by writing
    head = os.pread(descriptor, 2**16, 0)
    for place in range(0, n_bytes, len(piece)):
        os.pwrite(descriptor, piece[: n_bytes - place], place)
    os.pwrite(descriptor, head[:n_bytes], 0)


def _to_disk(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _forget_earlier(home: Path) -> None:
    """Remove what was kept of the same source before it changed; who reads it still can."""
    source = home.name.partition("-")[0]
    for other in home.parent.glob(f"{source}-*"):
        if other != home:
            shutil.rmtree(other, ignore_errors=True)


@contextlib.contextmanager
def _alone(name: str, lock: Path) -> Iterator[None]:
    """While no other process decodes the same source."""
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{name}: another process reads it now, and this one waits for that", flush=True)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
