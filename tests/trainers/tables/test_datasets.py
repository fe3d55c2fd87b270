"""trainers.tables.datasets: the right pictures and labels, scaled as torchvision does."""

from __future__ import annotations

import gzip
import os
from hashlib import sha256

import numpy as np
import pytest
import torch

from trainers.tables.datasets import DATASETS, Data, Dataset, check, load
from trainers.tables.idx import DatasetError, Images
from trainers.tables.mnist import EMBEDDED_MNIST, MNIST
from trainers.tables.torchvision_sets import SETS


def test_mnist_comes_with_the_project_whole(mnist: Data) -> None:
    assert mnist.train_x.shape == (60_000, 1, 28, 28)
    assert mnist.test_x.shape == (10_000, 1, 28, 28)
    assert mnist.input_shape == (1, 28, 28)
    assert (mnist.train_x.dtype, mnist.train_y.dtype) == (torch.float32, torch.int64)
    assert mnist.test_images.dtype == torch.uint8
    assert mnist.train_y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test_y.bincount().tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert mnist.classes == tuple("0123456789")


def test_the_training_pictures_have_mean_0_and_standard_deviation_1(mnist: Data) -> None:
    assert mnist.train_x.mean().item() == pytest.approx(0, abs=1e-3)
    assert mnist.train_x.std().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.thorough
def test_pictures_are_scaled_as_torchvision_scales_them(mnist: Data) -> None:
    from torchvision import transforms  # here: it loads PyTorch's compiler, which nobody else needs

    to_tensor = transforms.ToTensor()
    normalise = transforms.Normalize((0.1307,), (0.3081,))
    plain = load("mnist", normalize=False)
    for i in (0, 1, 9_999):
        pixels = to_tensor(mnist.test_images[i].numpy())
        assert torch.equal(plain.test_x[i], pixels)
        assert torch.equal(mnist.test_x[i], normalise(pixels))
    assert (plain.train_x.min().item(), plain.train_x.max().item()) == (0, 1)


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_names_its_classes_and_says_what_it_is(name: str) -> None:
    entry = DATASETS[name]
    assert all((entry.says, entry.source, *entry.classes))
    if entry.about is None:  # else its classes are in the files
        assert len(set(entry.classes)) == len(entry.classes) > 1


def test_a_licence_note_lies_beside_the_embedded_files() -> None:
    note = (EMBEDDED_MNIST / "ATTRIBUTION.md").read_text()
    assert all(name in note for name in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"))


def test_an_unknown_data_set_is_told_the_known_ones() -> None:
    with pytest.raises(DatasetError, match="allowed: mnist, fashion_mnist"):
        load("cifar")


def _tiny(n_labels: int = 4, highest: int = 1, side: int = 3) -> Images:
    pictures = np.arange(4 * side * side, dtype=np.uint8).reshape(4, side, side)
    labels = np.full(n_labels, highest, np.uint8)
    return Images(pictures, labels, pictures, labels)


def test_a_data_set_added_at_run_time_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Dataset(lambda data_dir: _tiny(), "", "", ("a", "b"), (1, 3, 3), (0.0,), (0.5,))
    monkeypatch.setitem(DATASETS, "tiny", entry)
    check("tiny")
    data = load("tiny")
    assert data.input_shape == (1, 3, 3)
    assert data.train_x[1, 0, 0, 0].item() == pytest.approx(9 / 255 / 0.5)


def test_every_channel_is_scaled_by_its_own_mean_and_spread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from torchvision.transforms import Normalize

    pixels = np.random.default_rng(0).integers(0, 256, (4, 2, 3, 3)).astype(np.uint8)
    images = Images(pixels, np.zeros(4, np.uint8), pixels, np.zeros(4, np.uint8))
    mean, std = (0.25, 0.5), (0.5, 2.0)
    entry = Dataset(lambda data_dir: images, "", "", ("a",), (2, 3, 3), mean, std)
    monkeypatch.setitem(DATASETS, "two", entry)
    x = torch.from_numpy(pixels).float() / 255
    torch.testing.assert_close(load("two").train_x, Normalize(mean, std)(x))
    assert torch.equal(load("two", normalize=False).train_x, x)


# What is known of each set from elsewhere: its first training labels.
FIRST_LABELS = {
    "mnist": [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
    "fashion_mnist": [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
}


def test_every_data_set_has_known_labels() -> None:
    elsewhere = {name for name, entry in DATASETS.items() if entry.about is not None} | set(SETS)
    assert set(FIRST_LABELS) == set(DATASETS) - elsewhere  # the others have tests of their own


@pytest.mark.parametrize("name", FIRST_LABELS)
@pytest.mark.thorough
def test_an_entry_states_the_shape_mean_and_spread_of_its_training_pictures(name: str) -> None:
    entry = DATASETS[name]
    try:
        images = entry.make(None)
    except DatasetError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{name} is not on this machine")
    assert images.train_labels[:10].tolist() == FIRST_LABELS[name]
    assert set(images.train_labels) == set(range(len(entry.classes)))
    pixels = torch.from_numpy(images.train_images).reshape(-1, *entry.input_shape).float() / 255
    std, mean = torch.std_mean(pixels, (0, 2, 3))
    assert entry.mean == pytest.approx(mean.tolist(), abs=1e-4)
    assert entry.std == pytest.approx(std.tolist(), abs=1e-4)


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (_tiny(n_labels=3), "the training half has 4 pictures and 3 labels"),
        (_tiny(side=2), "the training pictures are 2×2 pixels, not 1×3×3 as its entry says"),
        (_tiny(highest=2), "a training label is 2, but there are only 2 classes"),
    ],
)
def test_pictures_and_labels_that_do_not_fit_are_refused(
    images: Images, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = Dataset(lambda data_dir: images, "", "", ("a", "b"), (1, 3, 3), (0.0,), (1.0,))
    monkeypatch.setitem(DATASETS, "tiny", entry)
    with pytest.raises(DatasetError, match=said):
        load("tiny")


def test_the_checksums_of_packed_and_plain_file_belong_together() -> None:
    for file in MNIST.files:
        raw = (EMBEDDED_MNIST / f"{file.name}.gz").read_bytes()
        assert sha256(raw).hexdigest() == file.gz_sha256
        assert sha256(gzip.decompress(raw)).hexdigest() == file.sha256
