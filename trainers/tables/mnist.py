"""MNIST and Fashion-MNIST as idx files: where they are, how they are proved, how one is fetched.

How such files are read is `idx.py`; what the sets are is said by their entries in `datasets.py`.
"""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path

from trainers.tables.idx import DatasetError, IdxFile, IdxSet, say_download

EMBEDDED_MNIST = Path(__file__).parents[1] / "data" / "mnist"
DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
FASHION_MB = 31
DOWNLOAD_TIMEOUT_S = 20.0  # for each answer of the server that is waited for


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
        say_download("fashion_mnist", FASHION_MB, cache)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            FashionMNIST(scratch, download=True)
            for file in FASHION_MNIST.files:
                gz_name = f"{file.name}.gz"
                os.replace(Path(scratch) / "FashionMNIST" / "raw" / gz_name, cache / gz_name)
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
