"""Finds, proves and reads the idx files that MNIST and its kin come in.

Knows the format and four-file sets, but no particular set (`datasets.py`) and no tensors.
Format: the table "file formats for the MNIST database" on Y. LeCun's page: big-endian magic
number, one count per dimension, then the numbers.
"""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.errors import UserError

MAGIC = {1: 0x0801, 3: 0x0803}  # unsigned bytes in 1 dimension (labels), in 3 (pictures)


class DatasetError(UserError):
    """A data set that is missing, damaged or unknown; one sentence that names the file."""


class Images(NamedTuple):
    """A data set as its files hold it.

    Samples are pictures (N, H, W) or (N, C, H, W) uint8, numbers (N, ...) float or token ids (N, T)
    int64. Labels are class numbers (N,), numbers (N,) or (N, K) float, or 0 and 1 (N, K).
    test_texts: the test samples as a person reads them, where they are texts.
    """

    train_images: NDArray[Any]
    train_labels: NDArray[Any]
    test_images: NDArray[Any]
    test_labels: NDArray[Any]
    test_texts: tuple[str, ...] = ()


def say_download(name: str, megabytes: int, folder: Path) -> None:
    """Say what is fetched; how far it is, torchvision shows."""
    print(f"{name} is not here yet: downloading {megabytes} MB, once, to {folder}", flush=True)


class IdxFile(NamedTuple):
    """One idx file: its name without .gz, the shape of its numbers, and its checksums."""

    name: str
    shape: tuple[int, ...]
    sha256: str  # of the content: the same however it was packed
    gz_sha256: str  # of the .gz that we or Debian ship: proves the content without unpacking

    @property
    def header_bytes(self) -> int:
        """Magic number and one count per dimension, four bytes each."""
        return 4 + 4 * len(self.shape)

    @property
    def n_bytes(self) -> int:
        """Length of the unpacked file."""
        return self.header_bytes + prod(self.shape)


@dataclass(frozen=True)
class IdxSet:
    """Four idx files (training pictures and labels, test pictures and labels), their places."""

    name: str
    torchvision_name: str  # its folder in torchvision's own layout
    files: tuple[IdxFile, IdxFile, IdxFile, IdxFile]
    homes: Callable[[], tuple[Path, ...]]  # where to look without a data_dir
    fetch: Callable[[], Path] | None = None  # gets them where none of the homes has them

    def read(self, data_dir: Path | None) -> Images:
        """All four, proved and parsed; DatasetError names the first that is not right."""
        folder = self.folder(data_dir)
        first, second, third, fourth = (
            _parse(_content(_path(folder, file), file), file) for file in self.files
        )
        return Images(first, second, third, fourth)

    def check(self, data_dir: Path | None) -> None:
        """Prove all four and keep nothing; a .gz that is known is not even unpacked."""
        folder = self.folder(data_dir)
        for file in self.files:
            path = _path(folder, file)
            if not _is_known_gz(_bytes(path, file), file):
                _content(path, file)

    def paths(self) -> list[Path]:
        """The four files where they usually are, fetched if need be. Raises DatasetError."""
        folder = self.folder(None)
        return [_path(folder, file) for file in self.files]

    def folder(self, data_dir: Path | None) -> Path:
        """The first place that has any of the files; a `data_dir` that is given is the only one.

        Falling back from a folder that a person named would train on other data than they think.
        """
        places = self.homes()
        if data_dir is not None:
            if not os.path.isdir(data_dir):
                path = repr(str(data_dir)[:200])
                raise DatasetError(f"{self.name}: the data folder {path} is not a folder")
            places = (data_dir, data_dir / self.name, data_dir / self.torchvision_name / "raw")
        for place in places:
            if any(_exists(place / f"{f.name}{end}") for f in self.files for end in (".gz", "")):
                return place
        if data_dir is None and self.fetch is not None:
            return self.fetch()
        first = self.files[0]
        raise DatasetError(
            f"{self.name}: {first.name}.gz (or the same unpacked) is missing, looked for in "
            f"{', '.join(map(str, places))}; expected SHA-256 of its content {first.sha256}"
        )


# os.path and not Path: it answers no, instead of raising, where a folder may not be looked into
# or a name is too long.
_exists = os.path.exists


def _path(folder: Path, file: IdxFile) -> Path:
    """The file in `folder`, packed or plain."""
    gz_path = folder / f"{file.name}.gz"
    for path in (gz_path, folder / file.name):
        if _exists(path):
            return path
    raise _wrong(gz_path, "is missing", file)


def _bytes(path: Path, file: IdxFile) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _wrong(path, f"cannot be read ({error.strerror})", file) from None


def _is_known_gz(raw: bytes, file: IdxFile) -> bool:
    return hashlib.sha256(raw).hexdigest() == file.gz_sha256


def _content(path: Path, file: IdxFile) -> bytes:
    """The unpacked, proved content of `file`."""
    content = _bytes(path, file)
    if path.suffix == ".gz":
        is_known = _is_known_gz(content, file)
        content = _unpacked(path, content, file)
        if is_known:
            return content
    _check_header(path, content, file)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise _wrong(path, "is damaged", file)
    return content


def _unpacked(path: Path, raw: bytes, file: IdxFile) -> bytes:
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # 16: gzip's header and trailer
    try:
        content = unpack.decompress(raw, file.n_bytes + 1)  # never more, whatever it claims
    except zlib.error:
        raise _wrong(path, "is not a whole gzip file", file) from None
    if not unpack.eof and len(content) <= file.n_bytes:
        raise _wrong(path, "is cut short", file)
    return content


def _check_header(path: Path, content: bytes, file: IdxFile) -> None:
    """Say what is wrong more exactly than a checksum can."""
    if len(content) < file.header_bytes:
        raise _wrong(path, "is cut short", file)
    magic, *shape = struct.unpack_from(f">{file.header_bytes // 4}I", content)
    right = MAGIC[len(file.shape)]
    if magic != right:
        raise _wrong(path, f"has the magic number 0x{magic:08x} instead of 0x{right:08x}", file)
    if tuple(shape) != file.shape:
        actual, right_shape = ("×".join(map(str, counts)) for counts in (shape, file.shape))
        raise _wrong(path, f"says that it holds {actual} numbers instead of {right_shape}", file)
    if len(content) != file.n_bytes:
        what = "is cut short" if len(content) < file.n_bytes else "is longer than its header says"
        raise _wrong(path, what, file)


def _wrong(path: Path, what: str, file: IdxFile) -> DatasetError:
    return DatasetError(f"{path} {what}; expected SHA-256 of its content {file.sha256}")


def _parse(content: bytes, file: IdxFile) -> NDArray[np.uint8]:
    """The numbers after the header, copied: PyTorch wants memory that it may write to."""
    return np.frombuffer(content, np.uint8, offset=file.header_bytes).reshape(file.shape).copy()
