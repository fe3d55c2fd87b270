"""idx files: every kind of damage gets one sentence that names the file and its checksum."""

from __future__ import annotations

import gzip
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.idx_files import write_small
from trainers.tables.idx import DatasetError, IdxSet
from trainers.tables.mnist import EMBEDDED_MNIST, MNIST

LABELS = MNIST.files[3]
PACKED = f"{LABELS.name}.gz"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, IdxSet]:
    """A folder with MNIST's test labels and beside them three small files in the place of its own
    (each that is whole is proved and unpacked every time); and the set that these make.
    """
    folder = tmp_path_factory.mktemp("whole")
    shutil.copy(EMBEDDED_MNIST / PACKED, folder)
    first, second, third = (write_small(folder, file) for file in MNIST.files[:3])
    return folder, replace(MNIST, files=(first, second, third, LABELS))


@pytest.fixture
def digits(whole: tuple[Path, IdxSet]) -> IdxSet:
    return whole[1]


@pytest.fixture
def folder(whole: tuple[Path, IdxSet], tmp_path: Path) -> Path:
    """The files of `digits`, to be damaged."""
    for path in whole[0].iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path


def repack(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Change the content, not the package."""
    return lambda raw: gzip.compress(change(gzip.decompress(raw)))


def flip(at: int) -> Callable[[bytes], bytes]:
    return lambda raw: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda raw: b"", "is cut short"),
    "cut": (lambda raw: raw[: len(raw) // 2], "is cut short"),
    "without its last byte": (lambda raw: raw[:-1], "is cut short"),
    "noise": (lambda raw: b"\x00" * 500, "is not a whole gzip file"),
    "one bit in the package": (flip(2000), ""),
    "one label": (repack(flip(5000)), "is damaged"),
    "magic number": (repack(flip(2)), "has the magic number 0x00000901 instead of 0x00000801"),
    "count too high": (
        repack(lambda c: c[:4] + struct.pack(">I", 10_001) + c[8:]),
        "says that it holds 10001 numbers instead of 10000",
    ),
    "fewer labels than images": (
        repack(lambda c: c[:4] + struct.pack(">I", 9_999) + c[8:-1]),
        "says that it holds 9999 numbers instead of 10000",
    ),
    "labels missing at the end": (repack(lambda c: c[:-10]), "is cut short"),
    "more than it says": (repack(lambda c: c + b"\x00"), "is longer than its header says"),
    "header only begun": (repack(lambda c: c[:6]), "is cut short"),
    "unpacks to a gigabyte": (lambda raw: gzip.compress(bytes(10**6)) * 1000, "magic number"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("act", [IdxSet.check, IdxSet.read], ids=["check", "read"])
def test_a_damaged_file_is_named_with_its_checksum(
    damage: str, act: Callable[[IdxSet, Path], object], digits: IdxSet, folder: Path
) -> None:
    harm, said = DAMAGES[damage]
    path = folder / PACKED
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(DatasetError) as error:
        act(digits, folder)
    message = str(error.value)
    assert message.startswith(str(path))
    assert said in message
    assert message.endswith(f"; expected SHA-256 of its content {LABELS.sha256}")
    assert "\n" not in message


def test_a_damaged_plain_file_is_named_too(digits: IdxSet, folder: Path) -> None:
    content = gzip.decompress((folder / PACKED).read_bytes())
    (folder / PACKED).unlink()
    (folder / LABELS.name).write_bytes(flip(77)(content))
    with pytest.raises(DatasetError, match=f"{LABELS.name} is damaged"):
        digits.check(folder)


def test_a_missing_file_is_named_with_its_checksum(digits: IdxSet, folder: Path) -> None:
    (folder / PACKED).unlink()
    with pytest.raises(DatasetError, match=f"{PACKED} is missing; .*{LABELS.sha256}"):
        digits.check(folder)


def test_a_folder_in_the_place_of_a_file_is_named(digits: IdxSet, folder: Path) -> None:
    (folder / PACKED).unlink()
    (folder / PACKED).mkdir()
    with pytest.raises(DatasetError, match=f"{PACKED} cannot be read"):
        digits.check(folder)


def test_a_folder_without_the_files_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        MNIST.check(tmp_path)
    for part in (str(tmp_path / "mnist"), "MNIST/raw", MNIST.files[0].name, MNIST.files[0].sha256):
        assert part in str(error.value)


@pytest.mark.parametrize("name", ["nowhere", "x" * 10_000, "two\nlines", "nul\0"])
def test_a_data_folder_that_is_none_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder") as error:
        MNIST.check(tmp_path / name)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("place", [".", "mnist", "MNIST/raw"])
def test_the_files_are_found_in_the_folder_and_in_the_usual_ones_below(
    place: str, digits: IdxSet, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("data")
    (base / place).parent.mkdir(parents=True, exist_ok=True)
    if place == ".":
        base.rmdir()
    (base / place if place != "." else base).symlink_to(folder)
    digits.check(base)


def test_packed_otherwise_and_plain_files_hold_the_same_numbers(
    digits: IdxSet, folder: Path
) -> None:
    content = gzip.decompress((folder / PACKED).read_bytes())
    (folder / PACKED).write_bytes(gzip.compress(content, compresslevel=1))
    again = digits.read(folder).test_labels
    (folder / PACKED).unlink()
    (folder / LABELS.name).write_bytes(content)
    plain = digits.read(folder).test_labels
    assert np.array_equal(again, np.frombuffer(content, np.uint8, offset=8))
    assert np.array_equal(plain, again)
