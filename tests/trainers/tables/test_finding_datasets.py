"""trainers.tables.datasets: from which places a data set comes, and that a download is proved."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from hashlib import md5
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tests.support.idx_files import write_small
from trainers.tables import mnist
from trainers.tables.datasets import DATASETS, check, load
from trainers.tables.idx import DatasetError, IdxSet
from trainers.tables.mnist import DEBIAN_FASHION_MNIST, FASHION_MNIST

# In CI these fail where the files are missing: nothing is skipped there.
needs_debians_fashion = pytest.mark.skipif(
    not DEBIAN_FASHION_MNIST.is_dir() and not os.environ.get("CI"),
    reason="needs Fashion-MNIST: apt-get install dataset-fashion-mnist",
)
# When the files that torchvision knows by their MD5 were packed (seconds since 1970).
PACKED_AT_S = {"train": 1504176606, "t10k": 1504176627}


def small_fashion(folder: Path) -> IdxSet:
    """Fashion-MNIST in its real format, each half with 10 pictures only."""
    folder.mkdir()
    first, second, third, fourth = (write_small(folder, file) for file in FASHION_MNIST.files)
    return replace(FASHION_MNIST, files=(first, second, third, fourth))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine where Debian's folder holds a small Fashion-MNIST; gives that folder."""
    folder = tmp_path / "small"
    fashion = small_fashion(folder)
    entry = DATASETS["fashion_mnist"]._replace(make=fashion.read, check=fashion.check)
    monkeypatch.setitem(DATASETS, "fashion_mnist", entry)
    monkeypatch.setattr(mnist, "DEBIAN_FASHION_MNIST", folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_fashion_mnist_is_found_where_debian_puts_it(small: Path) -> None:
    check("fashion_mnist")
    data = load("fashion_mnist", normalize=False)
    assert data.input_shape == (1, 28, 28)
    assert data.train_y.tolist() == data.test_y.tolist() == list(range(10))
    assert data.test_x[0, 0, 0, :3].tolist() == pytest.approx([0, 1 / 255, 2 / 255])
    (small / "t10k-labels-idx1-ubyte.gz").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"small/t10k-labels-idx1-ubyte\.gz is cut short"):
        check("fashion_mnist")


@needs_debians_fashion
@pytest.mark.thorough
def test_the_real_fashion_mnist_is_proved_and_normalised(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    check("fashion_mnist")
    data = load("fashion_mnist")
    assert data.classes[int(data.train_y[0])] == "ankle boot"
    assert data.train_y.bincount().tolist() == [6000] * 10
    assert data.train_x.mean().item() == pytest.approx(0, abs=1e-3)
    assert data.train_x.std().item() == pytest.approx(1, abs=1e-3)


def test_a_folder_named_with_data_goes_before_every_other_place(
    small: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "fashion_mnist").symlink_to(small)
    assert FASHION_MNIST.folder(tmp_path / "mine") == tmp_path / "mine" / "fashion_mnist"
    with pytest.raises(DatasetError, match=r"mnist: train-images-idx3-ubyte\.gz .* is missing"):
        check("mnist", tmp_path / "mine")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without Fashion-MNIST; gives its empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(mnist, "DEBIAN_FASHION_MNIST", tmp_path / "none")
    return tmp_path / "cache" / "trainboard" / "fashion_mnist"


def mirror(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    from torchvision.datasets import FashionMNIST

    monkeypatch.setattr(FashionMNIST, "mirrors", [f"http://127.0.0.1:{port}/"])


def test_without_a_network_one_sentence_names_the_ways_to_get_fashion_mnist(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as deaf:  # it has the port and takes no connection
        deaf.bind(("127.0.0.1", 0))
        mirror(monkeypatch, deaf.getsockname()[1])
        with pytest.raises(DatasetError) as error:
            check("fashion_mnist")
    message = str(error.value)
    assert "apt-get install dataset-fashion-mnist" in message
    assert "--data DIR" in message
    assert "\n" not in message
    assert list(nowhere.iterdir()) == []


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """The test's output is no place for an access log."""


@contextmanager
def serving(folder: Path) -> Iterator[int]:
    """Serves the files of a folder to this machine; gives the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_download_is_proved_and_stays_in_the_cache(
    small: Path,
    nowhere: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """After that no network is needed."""
    from torchvision.datasets import FashionMNIST

    right = DATASETS["fashion_mnist"].make(small)
    sums = [(f.name, md5(f.read_bytes()).hexdigest()) for f in sorted(small.iterdir())]
    monkeypatch.setattr(FashionMNIST, "resources", sums)
    with serving(small) as port:
        mirror(monkeypatch, port)
        check("fashion_mnist")
    names = sorted(path.name for path in nowhere.iterdir())
    assert names == sorted(f"{file.name}.gz" for file in FASHION_MNIST.files)
    check("fashion_mnist")
    assert np.array_equal(load("fashion_mnist").test_images.numpy(), right.test_images)


@needs_debians_fashion
@pytest.mark.thorough
def test_the_checksums_of_torchvision_are_those_of_the_real_files() -> None:
    """Debian took name and time out of the gzip headers; with both put back the files are, by
    torchvision's MD5, the originals.
    """
    from torchvision.datasets import FashionMNIST

    sums = {}
    for file in FASHION_MNIST.files:
        raw = (DEBIAN_FASHION_MNIST / f"{file.name}.gz").read_bytes()
        packed_at = struct.pack("<I", PACKED_AT_S[file.name.split("-")[0]])
        header = b"\x1f\x8b\x08\x08" + packed_at + raw[8:10] + file.name.encode() + b"\0"
        sums[f"{file.name}.gz"] = md5(header + raw[10:]).hexdigest()
    assert sums == dict(FashionMNIST.resources)
