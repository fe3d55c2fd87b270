"""Data that a device has no room for: streamed from where they are, every number stays the same."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from tests.support.memory import CPU, Memory, trained
from tests.support.small_data import SMALL, write_houses
from tests.support.tables import restored
from trainers.config import RunConfig
from trainers.stack.train import train_stack
from trainers.tables.datasets import DATASETS, load
from trainers.tables.own_data import dataset_of

BASE = RunConfig(activation="relu", init="kaiming_normal", epochs=2, batch_size=30, lr=0.05)


@pytest.fixture(autouse=True)
def _only_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with restored():
        yield


def own(name: str) -> Callable[[Path], str]:
    def make(_folder: Path) -> str:
        DATASETS[name] = dataset_of(SMALL[name], "a test")
        return name

    return make


def pictures(folder: Path) -> str:
    for place in range(60):
        (folder / "mine" / "ab"[place % 2]).mkdir(parents=True, exist_ok=True)
        colour = (place * 4, 90 * (place % 2), 50)
        Image.new("RGB", (9, 12), colour).save(folder / "mine" / "ab"[place % 2] / f"{place}.png")
    return f"folder:{folder / 'mine'},size=16"


def table(folder: Path) -> str:
    write_houses(folder / "houses.csv")
    return f"csv:{folder / 'houses.csv'},target=price"


def files_of_ones_own(folder: Path) -> str:
    """Pictures, colours last, that a function leaves on the disk as mapped files."""
    draw = np.random.default_rng(0)
    for half, n in (("train", 90), ("test", 40)):
        np.save(folder / f"{half}.npy", draw.integers(0, 256, (n, 8, 8, 3), dtype=np.uint8))

    def mapped(_data_dir: Path | None) -> Any:
        x, test_x = (np.load(folder / f"{h}.npy", mmap_mode="r") for h in ("train", "test"))
        return x, np.arange(90) % 3, test_x, np.arange(40) % 3

    DATASETS["mapped"] = dataset_of(mapped, "a test")
    return "mapped"


CASES: dict[str, tuple[Callable[[Path], str], dict[str, Any]]] = {
    "a regression": (own("numbers"), {"loss": "mse", "hidden": (20,)}),
    "labels of pictures": (own("marks"), {"loss": "bce", "dropout": (0.3,)}),
    "texts": (own("moods"), {}),
    "a table": (table, {"loss": "mae", "norm": "layer"}),
    "a folder, augmented": (
        pictures,
        {"model": "resnet:width=4", "norm": "batch", "augment": "crop:pad=2+flip"},
    ),
    "mapped files of one's own": (files_of_ones_own, {"model": "cnn", "channels": (4,)}),
    "pixels as they are": (files_of_ones_own, {"normalize": False}),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_streamed_is_recorded_bit_for_bit_as_what_lies_on_the_device(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, settings = CASES[case]
    config = dataclasses.replace(BASE, dataset=make(tmp_path), **settings)
    whole, streamed = (
        load(config.dataset, normalize=config.normalize, room=room) for room in (10**9, 0)
    )
    assert "samples may take 0 GB: it is streamed, batch by batch" in capsys.readouterr().out
    assert (whole.streams, streamed.streams) == (False, True)
    one, other = trained(config, whole), trained(config, streamed)
    assert one.points == other.points
    np.testing.assert_equal(dict(one.media), dict(other.media))


def test_a_stack_of_runs_is_streamed_too(tmp_path: Path) -> None:
    name = files_of_ones_own(tmp_path)
    configs = [
        dataclasses.replace(BASE, dataset=name, hidden=(8,), activation=activation)
        for activation in ("relu", "tanh")
    ]
    points = []
    for room in (10**9, 0):
        memories = [Memory() for _ in configs]
        train_stack(
            configs, load(name, room=room), CPU, memories, lambda *end: pytest.fail(str(end))
        )
        points.append([memory.points for memory in memories])
    assert points[0] == points[1]


def test_a_tensors_batches_and_parts_are_those_of_the_whole_tensor(tmp_path: Path) -> None:
    name = files_of_ones_own(tmp_path)
    whole, streamed = load(name, room=10**9).train_x, load(name, room=0).train_x
    assert (streamed.shape, len(streamed), streamed.device) == (whole.shape, 90, whole.device)
    places = torch.randperm(90, generator=torch.Generator().manual_seed(0))[:17]
    assert torch.equal(streamed.index_select(0, places), whole.index_select(0, places))
    for mine, theirs in zip(streamed.split(40), whole.split(40), strict=True):
        assert torch.equal(mine, theirs)


def test_what_just_has_room_is_not_streamed() -> None:
    name = own("numbers")(Path())
    n_bytes = 4 * 3 * 1000
    assert not load(name, room=n_bytes).streams
    assert load(name, room=n_bytes - 1).streams
