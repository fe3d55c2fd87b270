"""trainers.tables.decoded: a set is decoded once, and what is kept of it is not trusted blindly."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.support.idx_files import write_small
from trainers.tables import datasets, decoded, mapped
from trainers.tables.datasets import DATASETS, Data, check, load, on_device
from trainers.tables.idx import Images
from trainers.tables.mnist import MNIST

TENSORS = ("train_x", "train_y", "test_x", "test_y", "test_images")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose MNIST has few pictures and whose cache is empty; gives MNIST's folder."""
    folder = tmp_path / "source"
    folder.mkdir()
    first, second, third, fourth = (write_small(folder, file) for file in MNIST.files)
    small = replace(MNIST, files=(first, second, third, fourth), homes=lambda: (folder,))
    entry = DATASETS["mnist"]._replace(make=small.read, check=small.check, files=small.paths)
    monkeypatch.setitem(DATASETS, "mnist", entry)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def unpacked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often the set has been read from its files."""
    entry, times = DATASETS["mnist"], []

    def make(data_dir: Path | None) -> Images:
        times.append("read")
        return entry.make(data_dir)

    monkeypatch.setitem(DATASETS, "mnist", entry._replace(make=make))
    return times


def kept() -> list[Path]:
    return [path for path in mapped.cache_folder().glob("*-*") if path.is_dir()]


def is_as_decoded(data: Data, normalize: bool = True) -> bool:
    fresh = on_device("mnist", DATASETS["mnist"].make(None), "cpu", normalize)
    same = all(torch.equal(getattr(data, t), getattr(fresh, t)) for t in TENSORS)
    return same and data.classes == fresh.classes and data.train_x.dtype == torch.float32


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.usefixtures("source")
def test_what_is_kept_is_bit_for_bit_what_would_be_decoded(normalize: bool) -> None:
    for _ in range(2):
        assert is_as_decoded(load("mnist", normalize=normalize), normalize)


@pytest.mark.usefixtures("source")
def test_a_set_is_read_from_its_files_once_and_then_mapped(unpacked: list[str]) -> None:
    check("mnist")
    for _ in range(3):
        load("mnist")
    assert unpacked == ["read"]


@pytest.mark.usefixtures("source")
def test_what_a_process_writes_into_its_samples_reaches_no_other() -> None:
    load("mnist").train_x.fill_(7)
    assert is_as_decoded(load("mnist"))


def test_files_that_have_changed_are_read_anew(source: Path, unpacked: list[str]) -> None:
    load("mnist")
    os.utime(next(source.glob("train-images*")), (1, 1))
    load("mnist")
    assert len(unpacked) == 2
    assert len(kept()) == 1  # what was kept of the files before is gone


@pytest.mark.usefixtures("source")
def test_a_launcher_finds_a_byte_that_is_not_what_was_written(unpacked: list[str]) -> None:
    load("mnist")
    samples = np.load(kept()[0] / "train_x.npy", mmap_mode="r+")
    samples[3, 0, 5, 5] += 1
    samples.flush()
    check("mnist")
    assert not kept()
    assert is_as_decoded(load("mnist"))


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize("name", ["train_x.npy", "test_y.npy", "facts.json"])
def test_a_file_that_was_cut_short_is_written_anew(name: str) -> None:
    load("mnist")
    os.truncate(kept()[0] / name, 100)
    assert is_as_decoded(load("mnist"))


@pytest.mark.usefixtures("source")
def test_a_folder_without_a_part_is_not_used_and_a_launcher_removes_it() -> None:
    load("mnist")
    facts = kept()[0] / "facts.json"
    facts.write_text(facts.read_text().replace('"test_y", ', "", 1).replace(', "test_y"', "", 1))
    assert is_as_decoded(load("mnist"))
    check("mnist")
    assert not kept()


@pytest.mark.usefixtures("source")
def test_a_folder_that_others_can_write_into_is_not_used_and_left_alone(
    unpacked: list[str],
) -> None:
    load("mnist")
    kept()[0].chmod(0o777)
    check("mnist")
    assert is_as_decoded(load("mnist"))
    assert kept()[0].stat().st_mode & 0o777 == 0o777


@pytest.mark.usefixtures("source")
def test_a_folder_of_somebody_else_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    load("mnist")
    np.load(kept()[0] / "train_x.npy", mmap_mode="r+")[:] = 7
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert is_as_decoded(load("mnist"))


@pytest.mark.usefixtures("source")
def test_a_link_to_another_folder_is_not_followed(tmp_path: Path) -> None:
    load("mnist")
    home = kept()[0]
    shutil.move(home, tmp_path / "elsewhere")
    home.symlink_to(tmp_path / "elsewhere")
    np.load(tmp_path / "elsewhere" / "train_x.npy", mmap_mode="r+")[:] = 7
    assert is_as_decoded(load("mnist"))


@pytest.mark.usefixtures("source")
def test_where_nothing_can_be_kept_the_set_is_decoded_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unpacked: list[str]
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "a file"))
    check("mnist")
    assert is_as_decoded(load("mnist"))
    assert is_as_decoded(load("mnist"))
    assert len(unpacked) == 4  # two of them to compare with


@pytest.mark.usefixtures("source")
def test_nothing_of_a_folder_that_a_person_names_is_kept(source: Path) -> None:
    assert is_as_decoded(load("mnist", source))
    assert not mapped.cache_folder().exists()


@pytest.mark.usefixtures("source")
def test_samples_that_have_no_room_are_streamed_though_they_are_kept() -> None:
    load("mnist")
    assert load("mnist", room=0).streams


def test_only_sets_that_say_so_are_kept() -> None:
    assert decoded.decoded("svhn", DATASETS["svhn"], True) is None
    assert datasets.DATASETS["mnist"].files is not None
