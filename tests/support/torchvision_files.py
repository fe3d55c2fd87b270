"""Small files in the formats of the sets that torchvision reads, for tests without a network."""

import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io

N = 20  # samples of each half


def write(name: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The set's files below `root`, with pixels and labels of our own.

    Sample i of a half has the label i modulo the classes, and a pixel i in its upper left corner,
    one i + 100 right of it. torchvision knows some files by their MD5; it is not asked for here.
    """
    WRITERS[name](root, monkeypatch)


def _pixels(*shape: int) -> np.ndarray:
    pixels = np.zeros((N, *shape), np.uint8)
    pixels[:, ..., 0, 0] = np.arange(N).reshape(-1, *(1,) * (len(shape) - 2))
    pixels[:, ..., 0, 1] = 100 + np.arange(N).reshape(-1, *(1,) * (len(shape) - 2))
    return pixels


def _idx(file: Path, numbers: np.ndarray) -> None:
    magic = {1: 0x0801, 3: 0x0803}[numbers.ndim]
    head = struct.pack(f">{1 + numbers.ndim}I", magic, *numbers.shape)
    file.write_bytes(head + numbers.astype(np.uint8).tobytes())


def _idx_set(folder: Path, prefix: dict[str, str], pixels: np.ndarray, labels: np.ndarray) -> None:
    folder.mkdir(parents=True)
    for half in ("train", "t10k"):
        _idx(folder / f"{prefix[half]}-images-idx3-ubyte", pixels)
        _idx(folder / f"{prefix[half]}-labels-idx1-ubyte", labels)


def _kmnist(root: Path, _: pytest.MonkeyPatch) -> None:
    prefix = {"train": "train", "t10k": "t10k"}
    _idx_set(root / "KMNIST" / "raw", prefix, _pixels(28, 28), np.arange(N) % 10)


def _emnist(root: Path, _: pytest.MonkeyPatch) -> None:
    """Its pictures lie on their side, and its letters count from 1."""
    prefix = {"train": "emnist-letters-train", "t10k": "emnist-letters-test"}
    lying = _pixels(28, 28).transpose(0, 2, 1)
    _idx_set(root / "EMNIST" / "raw", prefix, lying, 1 + np.arange(N) % 26)


def _cifar(
    root: Path, monkeypatch: pytest.MonkeyPatch, kind: Any, labels: str, classes: int
) -> None:
    folder = root / kind.base_folder
    folder.mkdir()
    for part, files in (("train_list", kind.train_list[:1]), ("test_list", kind.test_list)):
        monkeypatch.setattr(kind, part, [[files[0][0], None]])
        rows = {"data": _pixels(3, 32, 32).reshape(N, -1), labels: list(np.arange(N) % classes)}
        (folder / files[0][0]).write_bytes(pickle.dumps(rows))
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": None})
    meta = {kind.meta["key"]: [str(i) for i in range(classes)]}
    (folder / kind.meta["filename"]).write_bytes(pickle.dumps(meta))


def _cifar10(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10

    _cifar(root, monkeypatch, CIFAR10, "labels", 10)


def _cifar100(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR100

    _cifar(root, monkeypatch, CIFAR100, "fine_labels", 100)


def _svhn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MATLAB's order, and 10 where a picture shows a 0."""
    from torchvision.datasets import SVHN

    known = {half: [*SVHN.split_list[half][:2], None] for half in ("train", "test")}
    monkeypatch.setattr(SVHN, "split_list", known)
    labels = np.arange(N) % 10
    labels[labels == 0] = 10
    for half in known.values():
        pixels = _pixels(3, 32, 32).transpose(2, 3, 1, 0)
        scipy.io.savemat(root / half[1], {"X": pixels, "y": labels.reshape(-1, 1)})


WRITERS = {
    "kmnist": _kmnist,
    "emnist_letters": _emnist,
    "cifar10": _cifar10,
    "cifar100": _cifar100,
    "svhn": _svhn,
}
