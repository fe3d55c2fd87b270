"""DATASETS: samples with a target each, one entry per set, and loading them onto a device.

Gives whole sets as tensors, or what does as one where they are too large (`streamed.py`). Cuts no
batches (`train.py` indexes the tensors) and changes no sample beyond scaling. How files are found
and read is `idx.py`, `mnist.py`, `torchvision_sets.py`, `image_folder.py` and `csv_file.py`;
whether what they hold can be trained on is `fit.py`.

A set of your own is one more entry: a `make` that takes the folder given with --data (or None)
and gives `Images`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from numpy.typing import NDArray

from dashboard.record.tasks import CLASSES
from trainers.tables import torchvision_sets
from trainers.tables.choice import parse
from trainers.tables.csv_file import CSV_FILE
from trainers.tables.decoded import decoded, forget_damaged
from trainers.tables.fit import check_fit, room_bytes
from trainers.tables.idx import DatasetError, Images
from trainers.tables.image_folder import IMAGE_FOLDER
from trainers.tables.mnist import FASHION_MNIST, MNIST
from trainers.tables.scaling import scaled, shown, targets_of
from trainers.tables.streamed import Scaled, Streamed

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    from trainers.tables.late import torch

FLOAT_BYTES, TOKEN_BYTES = 4, 8


class Dataset(NamedTuple):
    """One data set; `make(data_dir)` reads it, with data_dir None from where it usually is."""

    make: Callable[..., Images]
    says: str
    source: str
    classes: tuple[str, ...]  # the names of the outputs: classes, labels or targets
    input_shape: tuple[int, ...]  # of one sample: (channels, height, width), (features,), (tokens,)
    mean: tuple[float, ...]  # of the training part, for each channel or feature; pixels in [0, 1]
    std: tuple[float, ...]
    check: Callable[[Path | None], object] = lambda data_dir: None  # proves the files, no more
    task: str = CLASSES
    tokens: int = 0
    """How many ids there are where samples are token ids (0: padding); 0 where they are numbers."""
    target_mean: tuple[float, ...] = ()  # of a regression's targets in the training part
    target_std: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    """The words by token id, where texts were cut into words (`words.py`)."""
    about: Callable[..., Any] | None = None
    """Of a set that is named with its file: gives the facts above, by name, of what was named."""
    train_samples: int = 0  # where that is known without a look at the files
    files: Callable[[], Sequence[Path]] | None = None
    """Of a set that is kept decoded (`decoded.py`): what it is read from where it usually is."""


@dataclass(frozen=True)
class Data:
    """A data set on a device.

    Samples are (N, *input_shape): float32, or int64 token ids. Targets are class numbers (N,)
    int64, else (N, K) float32 (`trainers.tables.tasks`).
    """

    name: str
    classes: tuple[str, ...]
    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    test_images: Tensor  # (n, H, W) or (n, 3, H, W) uint8 on the CPU, for showing; n = 0: none
    task: str = CLASSES
    tokens: int = 0
    target_mean: tuple[float, ...] = ()
    target_std: tuple[float, ...] = ()
    test_texts: tuple[str, ...] = ()  # for showing
    streams: bool = False  # both halves' samples are a `Streamed`, which does as such a tensor

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return tuple(self.train_x.shape[1:])

    @property
    def scale(self) -> Tensor:
        """(K,) how much of its own unit a target has in one unit of the outputs."""
        return torch.tensor(self.target_std or (1.0,), device=self.train_y.device)

    def in_units(self, rows: Tensor) -> Tensor:
        """Targets or predictions of a regression (N, K) in the targets' own units."""
        if not self.target_std:
            return rows
        return rows.cpu() * torch.tensor(self.target_std) + torch.tensor(self.target_mean)


def load(
    name: str,
    data_dir: Path | None = None,
    device: torch.device | str = "cpu",
    normalize: bool = True,
    room: int | None = None,
) -> Data:
    """Read the data set `name` for training on `device`, pixels scaled to [0, 1].

    With `normalize` the training part's mean is taken away and its std divided out, the same
    numbers for both halves; so too of a regression's targets. Samples that take more than `room`
    bytes there (None: what is free now) stay where they are read, see `trainers.tables.streamed`;
    no number depends on it. Raises DatasetError.
    """
    entry = entry_of(name)
    copy = None
    if data_dir is None and torch.device(device).type == "cpu":
        copy = decoded(name, entry, normalize)
    if copy is None:
        return on_device(name, entry.make(data_dir), device, normalize, room)
    return on_device(name, copy.images, device, normalize, room, as_read=copy.as_read)


def on_device(
    name: str,
    images: Images,
    device: torch.device | str,
    normalize: bool = True,
    room: int | None = None,
    as_read: NDArray[Any] | None = None,
) -> Data:
    """The set `name`, whose samples are here already, as `load` gives it. Raises DatasetError.

    as_read: the test samples as they were read, where these were proved and are scaled already.
    """
    entry, place = entry_of(name), torch.device(device)
    if as_read is None:
        check_fit(name, images, entry)
    halves = (images.train_images, images.test_images)
    n_bytes = (TOKEN_BYTES if entry.tokens else FLOAT_BYTES) * sum(half.size for half in halves)
    limit = room_bytes(place) if room is None else room
    if streams := n_bytes > limit:
        print(
            f"{name} would take {n_bytes / 1e9:.3g} GB on {place}, where samples may take "
            f"{max(0, limit) / 1e9:.3g} GB: it is streamed, batch by batch",
            flush=True,
        )
    to_x: Scaled = torch.from_numpy
    if as_read is None:
        pin = streams and place.type == "cuda"
        to_x = partial(scaled, entry=entry, device=place, normalize=normalize, pin=pin)
    train_x, test_x = (
        cast("Tensor", Streamed(half, entry.input_shape, place, to_x)) if streams else to_x(half)
        for half in halves
    )
    y_scale = (entry.target_mean, entry.target_std) if normalize else ((), ())
    return Data(
        name=name,
        classes=entry.classes,
        train_x=train_x,
        train_y=targets_of(images.train_labels, entry.task, place, y_scale),
        test_x=test_x,
        test_y=targets_of(images.test_labels, entry.task, place, y_scale),
        test_images=shown(images.test_images if as_read is None else as_read, entry.input_shape),
        task=entry.task,
        tokens=entry.tokens,
        target_mean=y_scale[0],
        target_std=y_scale[1],
        test_texts=images.test_texts,
        streams=streams,
    )


def check(name: str, data_dir: Path | None = None) -> None:
    """Prove that the files of `name` are there and whole, fetching them where that is the way.

    For a launcher, before anything starts: loads nothing. Raises DatasetError.
    """
    entry = entry_of(name)
    entry.check(data_dir)
    if data_dir is None:
        forget_damaged(name, entry)


def entry_of(name: str) -> Dataset:
    """The entry of the data set `name`, as `csv:houses.csv,target=price` too.

    Raises DatasetError, ChoiceError where a parameter is wrong.
    """
    if name in DATASETS and DATASETS[name].about is None:
        return DATASETS[name]
    if name.partition(":")[0] not in DATASETS:
        raise DatasetError(f"unknown dataset {name!r}; allowed: {', '.join(DATASETS)}")
    choice = parse(name, DATASETS, "dataset")
    entry = DATASETS[choice.name]
    if entry.about is None:
        return entry
    return entry._replace(about=None, **entry.about(**dict(choice.params)))


def without_files(entry: Dataset) -> Dataset:
    """The entry for another machine, which is given the arrays from this one."""
    return entry._replace(make=_elsewhere, check=_unproved, about=None)


def _elsewhere(_data_dir: Path | None) -> Images:
    raise DatasetError("the data set is read on the launcher's machine")


def _unproved(_data_dir: Path | None) -> None:
    """There are no files here."""


DATASETS: dict[str, Dataset] = {
    "mnist": Dataset(
        make=MNIST.read,
        check=MNIST.check,
        files=MNIST.paths,
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
        files=FASHION_MNIST.paths,
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
    **{
        name: Dataset(
            make=each.read,
            check=each.check,
            says=each.says,
            source=each.source,
            classes=each.classes,
            input_shape=each.input_shape,
            mean=each.mean,
            std=each.std,
        )
        for name, each in torchvision_sets.SETS.items()
    },
    "folder": Dataset(
        make=IMAGE_FOLDER.make,
        about=IMAGE_FOLDER.about,
        says="pictures of yours, `folder:PATH`: PATH/train/CLASS/… and PATH/test/CLASS/…, or "
        "PATH/CLASS/…, of which every fifth is for testing; in colour, all of one `size`",
        source="torchvision's ImageFolder",
        classes=(),
        input_shape=(),
        mean=(),
        std=(),
    ),
    "csv": Dataset(
        make=CSV_FILE.make,
        about=CSV_FILE.about,
        says="a table of yours, `csv:FILE,target=COLUMN`: texts as the target are classes, numbers "
        "a regression unless `task=classes`; a fifth of the rows is for testing",
        source="RFC 4180, Common format and MIME type for comma-separated values",
        classes=(),
        input_shape=(),
        mean=(),
        std=(),
    ),
}
