"""trainers.tables.torchvision_sets: small files in the real formats are read, and missing ones
named."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.memory import trained
from tests.support.torchvision_files import WRITERS, N, write
from trainers.config import RunConfig
from trainers.tables.datasets import DATASETS, check, load
from trainers.tables.idx import DatasetError
from trainers.tables.torchvision_sets import SETS


def test_every_set_has_small_files_here() -> None:
    assert set(WRITERS) == set(SETS)


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_read_from_the_folder_of_its_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(name, tmp_path, monkeypatch)
    check(name, tmp_path)
    data = load(name, tmp_path, normalize=False)
    entry = DATASETS[name]
    assert data.input_shape == entry.input_shape
    assert data.train_y.tolist() == data.test_y.tolist() == [
        i % len(entry.classes) for i in range(N)
    ]  # fmt: skip
    corner = data.train_x[:, :, 0, :2] * 255
    expected = torch.arange(N)[:, None, None] + torch.tensor([0, 100])
    torch.testing.assert_close(corner, expected.expand_as(corner).float())
    assert np.array_equal(
        data.test_images.reshape(-1, *entry.input_shape), (data.test_x * 255).round().byte()
    )


@pytest.mark.parametrize("model", ["resnet", "lenet"])
def test_photographs_train_with_augmentation_and_are_recorded_in_colour(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("cifar10", tmp_path, monkeypatch)
    config = RunConfig(
        dataset="cifar10", model=model, norm="batch", augment="crop+flip", epochs=2, batch_size=10
    )
    memory = trained(config, load("cifar10", tmp_path))
    assert len(memory.points["train_loss"]) == 4
    images, labels, *_ = memory.media["x"][-1][1]
    assert images.shape == (N, 3, 32, 32)
    assert labels == [i % 10 for i in range(N)]
    assert memory.media["first_weights"][0][1][0].shape[-1] == 3


@pytest.mark.parametrize("name", SETS)
def test_a_set_that_has_no_room_on_the_device_is_streamed_and_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(name, tmp_path, monkeypatch)
    monkeypatch.setattr("trainers.tables.fit.free_bytes", lambda: 1000)
    streamed = load(name, tmp_path)
    assert streamed.streams
    whole = load(name, tmp_path, room=10**9)
    assert not whole.streams
    assert torch.equal(streamed.train_x[3:17], whole.train_x[3:17])


@pytest.mark.parametrize("name", SETS)
def test_files_that_are_not_there_are_named_in_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        check(name, tmp_path)
    said = str(caught.value)
    assert said.startswith(f"{name} is not in {tmp_path} as torchvision reads it")
    assert SETS[name].files in said
    assert "--data DIR" in said
    assert "\n" not in said


@pytest.mark.parametrize("name", SETS)
def test_a_file_of_noise_is_one_sentence_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(name, tmp_path, monkeypatch)
    for file in [path for path in tmp_path.rglob("*") if path.is_file()]:
        file.write_bytes(b"noise")
    with pytest.raises(DatasetError, match=f"{name} is not in"):
        check(name, tmp_path)


def test_without_files_and_without_a_network_both_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import CIFAR10

    def no_network(self: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(CIFAR10, "download", no_network)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DatasetError, match=r"could not be downloaded \(no route to host\): put"):
        check("cifar10")


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is not a folder"):
        check("svhn", tmp_path / "nowhere")
