"""Small idx files in the real format, for tests that need no real pictures."""

import gzip
import struct
from hashlib import sha256
from math import prod
from pathlib import Path

import numpy as np

from trainers.tables.idx import MAGIC, IdxFile


def write_small(folder: Path, file: IdxFile) -> IdxFile:
    """The first 10 labels or pictures of a set's file, packed, with numbers of our own.

    The numbers count from 0 to 9 again and again, so the labels are the ten classes.
    """
    shape = (10, *file.shape[1:])
    numbers = np.arange(prod(shape), dtype=np.uint8) % 10
    content = struct.pack(f">{1 + len(shape)}I", MAGIC[len(shape)], *shape) + numbers.tobytes()
    packed = gzip.compress(content)
    (folder / f"{file.name}.gz").write_bytes(packed)
    return IdxFile(file.name, shape, sha256(content).hexdigest(), sha256(packed).hexdigest())
