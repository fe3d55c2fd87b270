"""trainers.tables.mapped: what was decoded is kept once, whole or not at all."""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.launching import until
from trainers.tables import mapped
from trainers.tables.idx import DatasetError
from trainers.tables.mapped import MakeArray, kept

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def fill(make: MakeArray) -> dict[str, Any]:
    make("x", (100, 3), np.float32)[:] = np.arange(300).reshape(100, 3)
    return {"mean": [1 / 3, 2.0]}


def is_whole() -> bool:
    arrays, facts = kept("it", "source", "state", fill)
    return facts == {"mean": [1 / 3, 2.0]} and bool((arrays["x"].ravel() == np.arange(300)).all())


def never(_make: MakeArray) -> dict[str, Any]:
    raise AssertionError("it was decoded again")


def test_what_was_decoded_is_there_the_next_time_mapped_and_shared() -> None:
    assert is_whole()
    arrays, facts = kept("it", "source", "state", never)
    assert isinstance(arrays["x"], np.memmap)
    assert not arrays["x"].flags.writeable  # a private copy of it would count as memory
    assert facts == {"mean": [1 / 3, 2.0]}


def slow(make: MakeArray, log: Path) -> dict[str, Any]:
    with log.open("a") as out:
        out.write("decoded\n")
    time.sleep(0.5)
    return fill(make)


def decode(log: Path, cache: str) -> None:
    os.environ["XDG_CACHE_HOME"] = cache
    arrays, _ = kept("it", "source", "state", lambda make: slow(make, log))
    assert arrays["x"][99, 2] == 299


def half(make: MakeArray, log: Path) -> dict[str, Any]:
    make("x", (100, 3), np.float32)[:50] = 1
    log.write_text("half")
    time.sleep(600)
    return {}


def begin(log: Path, cache: str) -> None:
    os.environ["XDG_CACHE_HOME"] = cache
    kept("it", "source", "state", lambda make: half(make, log))


def started(target: Any, tmp_path: Path) -> Any:
    process = SPAWN.Process(target=target, args=(tmp_path / "log", str(tmp_path / "cache")))
    process.start()
    return process


def test_processes_that_want_the_same_at_once_decode_it_once(tmp_path: Path) -> None:
    processes = [started(decode, tmp_path) for _ in range(2)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert (tmp_path / "log").read_text() == "decoded\n"


def test_what_a_killed_process_has_half_written_is_never_taken_for_whole(tmp_path: Path) -> None:
    process = started(begin, tmp_path)
    until(lambda: (tmp_path / "log").exists())
    os.kill(process.pid, signal.SIGKILL)
    process.join(60)
    assert list((tmp_path / "cache" / "trainboard" / "samples").glob("*.part"))
    assert is_whole()
    assert not list((tmp_path / "cache" / "trainboard" / "samples").glob("*.part"))


def test_a_file_that_was_cut_short_is_decoded_anew() -> None:
    assert is_whole()
    os.truncate(mapped.cache_folder() / "source-state" / "x.npy", 200)
    assert is_whole()


def test_what_was_kept_of_a_source_before_it_changed_is_removed() -> None:
    kept("it", "source", "old", fill)
    kept("another", "other", "old", fill)
    kept("it", "source", "new", fill)
    folders = {path.name for path in mapped.cache_folder().iterdir() if path.is_dir()}
    assert folders == {"source-new", "other-old"}


@contextmanager
def small_disk() -> Iterator[None]:
    """No file of this process may have more than 1,000 bytes, nor may that of pytest's output."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_on_the_disk_it_lies_in_memory_and_without_that_it_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with small_disk():
        arrays, _ = kept("it", "source", "state", fill)
    assert not isinstance(arrays["x"], np.memmap)
    monkeypatch.setattr(mapped, "room_bytes", lambda: 1000)
    no_room = r"it: .* GB have no room: .* does not take it"
    with small_disk(), pytest.raises(DatasetError, match=no_room) as why:
        kept("it", "source", "state", fill)
    assert "\n" not in str(why.value)
    assert not list(mapped.cache_folder().glob("*.part"))
