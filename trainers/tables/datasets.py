"""DATASETS: pictures with a class each, one entry per set, and loading them onto a device.

Gives whole sets as tensors. Cuts no batches (`train.py` indexes the tensors) and changes no
picture beyond scaling. How files are found and proved is `idx.py`.

A set of your own is one more entry: a `make` that takes the folder given with --data (or None)
and gives `Images`.
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.tables.idx import DatasetError, IdxFile, IdxSet, Images

EMBEDDED_MNIST = Path(__file__).parents[1] / "data" / "mnist"
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
DOWNLOAD_TIMEOUT_S = 20.0  # for each answer of the server that is waited for


class Dataset(NamedTuple):
    """One data set; `make(data_dir)` reads it, with data_dir None from where it usually is."""

    make: Callable[[Path | None], Images]
    says: str
    source: str
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]  # channels, height, width of one picture
    mean: tuple[float, ...]  # of the training pixels scaled to [0, 1], one for each channel
    std: tuple[float, ...]
    check: Callable[[Path | None], object] = lambda data_dir: None  # proves the files, no more
    train_samples: int = 0  # where that is known without a look at the files


@dataclass(frozen=True)
class Data:
    """A data set on a device. Pictures are (N, 1, H, W) float32, labels (N,) int64."""

    name: str
    classes: tuple[str, ...]
    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    test_images: Tensor  # (N, H, W) uint8 on the CPU, for showing

    @property
    def input_shape(self) -> tuple[int, ...]:
        """(channels, height, width) of one picture."""
        return tuple(self.train_x.shape[1:])


def load(
    name: str,
    data_dir: Path | None = None,
    device: torch.device | str = "cpu",
    normalize: bool = True,
) -> Data:
    """Read the data set `name` onto `device`, pixels scaled to [0, 1].

    With `normalize` the training set's mean is taken away and its std divided out, the same
    numbers for both halves. Raises DatasetError.
    """
    return on_device(name, entry_of(name).make(data_dir), device, normalize)


def on_device(
    name: str, images: Images, device: torch.device | str, normalize: bool = True
) -> Data:
    """The set `name`, whose pictures are here already, as `load` gives it. Raises DatasetError."""
    entry = entry_of(name)
    _check_images(name, images, entry)

    def scaled(pictures: NDArray[np.uint8]) -> Tensor:
        x = torch.from_numpy(pictures).to(device).reshape(-1, *entry.input_shape).float().div_(255)
        for channel, (mean, std) in enumerate(zip(entry.mean, entry.std, strict=True)):
            if normalize:
                x[:, channel].sub_(mean).div_(std)
        return x

    return Data(
        name=name,
        classes=entry.classes,
        train_x=scaled(images.train_images),
        train_y=torch.from_numpy(images.train_labels).to(device).long(),
        test_x=scaled(images.test_images),
        test_y=torch.from_numpy(images.test_labels).to(device).long(),
        test_images=torch.from_numpy(images.test_images),
    )


def check(name: str, data_dir: Path | None = None) -> None:
    """Prove that the files of `name` are there and whole, fetching them where that is the way.

    For a launcher, before anything starts: loads nothing. Raises DatasetError.
    """
    entry_of(name).check(data_dir)


def entry_of(name: str) -> Dataset:
    """The entry of the data set `name`. Raises DatasetError."""
    if name not in DATASETS:
        raise DatasetError(f"unknown dataset {name!r}; allowed: {', '.join(DATASETS)}")
    return DATASETS[name]


def _check_images(name: str, images: Images, entry: Dataset) -> None:
    n_classes, shape = len(entry.classes), entry.input_shape
    for half, pictures, labels in (("training", *images[:2]), ("test", *images[2:])):
        if len(pictures) != len(labels) or len(labels) == 0:
            raise DatasetError(
                f"{name}: the {half} half has {len(pictures)} pictures and {len(labels)} labels"
            )
        if pictures.shape[1:] not in (shape, shape[1:] if shape[0] == 1 else shape):
            raise DatasetError(
                f"{name}: the {half} pictures are {_by(pictures.shape[1:])} pixels, not "
                f"{_by(shape)} as its entry says (channels, height, width)"
            )
        if labels.max() >= n_classes:
            raise DatasetError(
                f"{name}: a {half} label is {labels.max()}, but there are only {n_classes} classes"
            )


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape))


def _fashion_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "trainboard" / "fashion_mnist"


def _download_fashion() -> Path:
    """Let torchvision fetch and prove the files, then move them into the cache, each whole."""
    cache = _fashion_cache()
    old_timeout_s = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)  # torchvision itself would wait for ever
    try:
        from torchvision.datasets import FashionMNIST  # only here: it takes a second to import

        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            FashionMNIST(scratch, download=True)
            for file in FASHION_MNIST.files:
                packed = f"{file.name}.gz"
                os.replace(Path(scratch) / "FashionMNIST" / "raw" / packed, cache / packed)
    except (OSError, RuntimeError, ImportError) as error:
        reason = (str(error).strip() or repr(error)).splitlines()[0].rstrip(":.")
        raise DatasetError(
            f"fashion_mnist is not on this machine and could not be downloaded ({reason}): "
            f"{_FASHION_WAYS}"
        ) from None
    finally:
        socket.setdefaulttimeout(old_timeout_s)
    return cache


_FASHION_WAYS = (
    "run `apt-get install dataset-fashion-mnist`, name the folder of its four files with "
    "--data DIR, or connect to the internet once"
)

MNIST = IdxSet(
    name="mnist",
    torchvision_name="MNIST",
    homes=lambda: (EMBEDDED_MNIST,),
    files=(
        IdxFile(
            "train-images-idx3-ubyte",
            (60_000, 28, 28),
            sha256="ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            gz_sha256="0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
        ),
        IdxFile(
            "train-labels-idx1-ubyte",
            (60_000,),
            sha256="65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            gz_sha256="1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
        ),
        IdxFile(
            "t10k-images-idx3-ubyte",
            (10_000, 28, 28),
            sha256="0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            gz_sha256="1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
        ),
        IdxFile(
            "t10k-labels-idx1-ubyte",
            (10_000,),
            sha256="ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            gz_sha256="b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
        ),
    ),
)

FASHION_MNIST = IdxSet(
    name="fashion_mnist",
    torchvision_name="FashionMNIST",
    homes=lambda: (_fashion_cache(), DEBIAN_FASHION_MNIST),
    fetch=_download_fashion,
    files=(
        IdxFile(
            "train-images-idx3-ubyte",
            (60_000, 28, 28),
            sha256="c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            gz_sha256="b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
        ),
        IdxFile(
            "train-labels-idx1-ubyte",
            (60_000,),
            sha256="bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            gz_sha256="0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
        ),
        IdxFile(
            "t10k-images-idx3-ubyte",
            (10_000, 28, 28),
            sha256="5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            gz_sha256="cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        ),
        IdxFile(
            "t10k-labels-idx1-ubyte",
            (10_000,),
            sha256="0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            gz_sha256="8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        ),
    ),
)

DATASETS: dict[str, Dataset] = {
    "mnist": Dataset(
        make=MNIST.read,
        check=MNIST.check,
        says="handwritten digits, 28×28 grey; comes with Trainboard",
        source="LeCun, Cortes & Burges, The MNIST database of handwritten digits",
        classes=tuple("0123456789"),
        input_shape=(1, 28, 28),
        mean=(0.1307,),
        std=(0.3081,),
        train_samples=60_000,
    ),
    "fashion_mnist": Dataset(
        make=FASHION_MNIST.read,
        check=FASHION_MNIST.check,
        says="articles of clothing, 28×28 grey, harder than digits",
        source="Xiao, Rasul & Vollgraf 2017, Fashion-MNIST, arXiv 1708.07747",
        classes=(
            "t-shirt/top",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
        input_shape=(1, 28, 28),
        mean=(0.2860,),
        std=(0.3530,),
        train_samples=60_000,
    ),
}
