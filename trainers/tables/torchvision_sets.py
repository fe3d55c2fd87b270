"""SETS: data sets whose files torchvision's own loaders read and fetch.

Says where their files are looked for and gives them as arrays; the loaders are torchvision's. What
else is said of each set is in its entry of `trainers.tables.datasets`.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainers.tables.idx import DatasetError, Images, say_download
from trainers.tables.mnist import DOWNLOAD_TIMEOUT_S

Arrays = tuple[NDArray[np.uint8], NDArray[np.int64]]


@dataclass(frozen=True)
class TorchvisionSet:
    """One set. loader(root, train, download): torchvision's data set of a half.

    files: where its files lie below a root, in words. arrays: pictures and class numbers of a half,
    where they are not just its `data` and `targets`. megabytes: of what is fetched.
    """

    name: str
    loader: Callable[[str, bool, bool], Any]
    files: str
    says: str
    source: str
    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    megabytes: int
    arrays: Callable[[Any], Arrays] = lambda half: _arrays(half.data, half.targets)

    def read(self, data_dir: Path | None) -> Images:
        """Both halves. Raises DatasetError with one sentence that names the files."""
        root = self._root(data_dir)
        halves = [self._half(root, train, data_dir is None) for train in (True, False)]
        return Images(*halves[0], *halves[1])

    def check(self, data_dir: Path | None) -> None:
        """Prove that the files are there, fetching them where no folder was named."""
        self.read(data_dir)

    def _root(self, data_dir: Path | None) -> Path:
        if data_dir is None:
            base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
            return Path(base) / "trainboard" / "torchvision"
        if not os.path.isdir(data_dir):
            path = repr(str(data_dir)[:200])
            raise DatasetError(f"{self.name}: the data folder {path} is not a folder")
        return data_dir

    def _half(self, root: Path, train: bool, fetch: bool) -> Arrays:
        try:
            return self.arrays(self.loader(str(root), train, False))
        except Exception as error:  # there is no one error for files of noise
            # A RuntimeError is torchvision's word for files that are not there.
            if not (fetch and isinstance(error, RuntimeError)):
                raise self._missing(root, error) from None
        return self._fetched(root, train)

    def _fetched(self, root: Path, train: bool) -> Arrays:
        old_timeout_s = socket.getdefaulttimeout()
        socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)  # torchvision itself would wait for ever
        try:
            root.mkdir(parents=True, exist_ok=True)
            if train:  # the files of both halves come together, or the test's are the small ones
                say_download(self.name, self.megabytes, root)
            return self.arrays(self.loader(str(root), train, True))
        except (OSError, RuntimeError, ValueError, EOFError) as error:
            raise self._missing(root, error, "and could not be downloaded ") from None
        finally:
            socket.setdefaulttimeout(old_timeout_s)

    def _missing(self, root: Path, error: Exception, attempt: str = "") -> DatasetError:
        reason = (str(error).strip() or repr(error)).splitlines()[0].rstrip(":.")
        return DatasetError(
            f"{self.name} is not in {root} as torchvision reads it {attempt}({reason}): put "
            f"{self.files} into a folder and name that with --data DIR, or connect to the internet "
            "once"
        )


def _arrays(pictures: Any, labels: Any) -> Arrays:
    """(N, H, W, 3) becomes (N, 3, H, W); the rest stays."""
    pixels = np.asarray(pictures)
    if pixels.ndim == 4 and pixels.shape[3] == 3:
        pixels = pixels.transpose(0, 3, 1, 2)
    return np.ascontiguousarray(pixels), np.asarray(labels, dtype=np.int64)


def _letters(half: Any) -> Arrays:
    """EMNIST's pictures lie on their side, and its letters are counted from 1."""
    pixels, labels = _arrays(half.data, half.targets)
    return np.ascontiguousarray(pixels.transpose(0, 2, 1)), labels - 1


# torchvision takes a second to import, so each loader imports it when it is called.
def _kmnist(root: str, train: bool, download: bool) -> Any:
    from torchvision.datasets import KMNIST

    return KMNIST(root, train=train, download=download)


def _emnist_letters(root: str, train: bool, download: bool) -> Any:
    from torchvision.datasets import EMNIST

    return EMNIST(root, split="letters", train=train, download=download)


def _cifar10(root: str, train: bool, download: bool) -> Any:
    from torchvision.datasets import CIFAR10

    return CIFAR10(root, train=train, download=download)


def _cifar100(root: str, train: bool, download: bool) -> Any:
    from torchvision.datasets import CIFAR100

    return CIFAR100(root, train=train, download=download)


def _svhn(root: str, train: bool, download: bool) -> Any:
    from torchvision.datasets import SVHN

    return SVHN(root, split="train" if train else "test", download=download)


CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer"]
CIFAR10_CLASSES += ["dog", "frog", "horse", "ship", "truck"]
# In the order of the class numbers in the set's own meta file.
CIFAR100_CLASSES = """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
    camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile
    cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp
    lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
    oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine
    possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake
    spider squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
    train trout tulip turtle wardrobe whale willow_tree wolf woman worm
""".split()  # noqa: SIM905 - a list of them is a hundred lines

SETS: dict[str, TorchvisionSet] = {
    each.name: each
    for each in (
        TorchvisionSet(
            name="kmnist",
            loader=_kmnist,
            files="KMNIST/raw with its four idx files (train-images-idx3-ubyte, …), unpacked,",
            says="cursive Japanese characters of ten kinds, 28×28 grey",
            source="Clanuwat et al. 2018, Deep learning for classical Japanese literature, arXiv "
            "1812.01718",
            classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
            input_shape=(1, 28, 28),
            mean=(0.1918,),
            std=(0.3483,),
            megabytes=21,
        ),
        TorchvisionSet(
            name="emnist_letters",
            loader=_emnist_letters,
            files="EMNIST/raw with the four files emnist-letters-…-ubyte, unpacked,",
            says="handwritten letters, a to z in both cases, 28×28 grey",
            source="Cohen, Afshar, Tapson & van Schaik 2017, EMNIST, arXiv 1702.05373",
            classes=tuple("abcdefghijklmnopqrstuvwxyz"),
            input_shape=(1, 28, 28),
            mean=(0.1722,),
            std=(0.3309,),
            megabytes=562,
            arrays=_letters,
        ),
        TorchvisionSet(
            name="cifar10",
            loader=_cifar10,
            files="cifar-10-batches-py, or cifar-10-python.tar.gz unpacked,",
            says="photographs of ten kinds of things, 32×32 in colour",
            source="Krizhevsky 2009, Learning multiple layers of features from tiny images",
            classes=tuple(CIFAR10_CLASSES),
            input_shape=(3, 32, 32),
            mean=(0.4914, 0.4822, 0.4465),
            std=(0.2470, 0.2435, 0.2616),
            megabytes=170,
        ),
        TorchvisionSet(
            name="cifar100",
            loader=_cifar100,
            files="cifar-100-python, or cifar-100-python.tar.gz unpacked,",
            says="photographs of a hundred kinds of things, 32×32 in colour",
            source="Krizhevsky 2009, Learning multiple layers of features from tiny images",
            classes=tuple(CIFAR100_CLASSES),
            input_shape=(3, 32, 32),
            mean=(0.5071, 0.4865, 0.4409),
            std=(0.2673, 0.2564, 0.2762),
            megabytes=169,
        ),
        TorchvisionSet(
            name="svhn",
            loader=_svhn,
            files="train_32x32.mat and test_32x32.mat",
            says="house numbers in the street, digit by digit, 32×32 in colour",
            source="Netzer et al. 2011, Reading digits in natural images with unsupervised feature "
            "learning",
            classes=tuple("0123456789"),
            input_shape=(3, 32, 32),
            mean=(0.4377, 0.4438, 0.4728),
            std=(0.1980, 0.2010, 0.1970),
            megabytes=246,
            arrays=lambda half: _arrays(half.data, half.labels),
        ),
    )
}
