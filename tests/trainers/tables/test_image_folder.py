"""trainers.tables.image_folder: pictures in folders of classes, of any size, become one set."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from trainers.tables import image_folder, mapped
from trainers.tables.datasets import entry_of, load
from trainers.tables.idx import DatasetError

COLOURS = {"blue": (0, 0, 250), "red": (250, 0, 0)}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def painted(folder: Path, count: int = 5) -> Path:
    """A folder of `count` pictures of each colour, each picture of another size."""
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.new("RGB", (10 + i, 20), colour).save(folder / name / f"{i}.png")
    return folder


def test_every_fifth_picture_of_a_class_is_for_testing(tmp_path: Path) -> None:
    data = load(f"folder:{painted(tmp_path / 'mine')},size=8", normalize=False)
    assert data.classes == ("blue", "red")
    assert data.train_x.shape == (8, 3, 8, 8)
    assert data.train_y.tolist() == [0] * 4 + [1] * 4
    assert sorted(data.test_y.tolist()) == [0, 1]
    assert data.test_images.shape == (2, 3, 8, 8)
    pairs = zip(data.test_y.tolist(), data.test_images, strict=True)
    colours = {label: tuple(image[:, 4, 4].tolist()) for label, image in pairs}
    assert colours == {0: COLOURS["blue"], 1: COLOURS["red"]}


def test_the_first_test_pictures_are_of_all_classes(tmp_path: Path) -> None:
    data = load(f"folder:{painted(tmp_path / 'mine', 100)},size=4")
    assert set(data.test_y[:10].tolist()) == {0, 1}


def test_parts_that_are_folders_of_their_own_are_taken_as_they_are(tmp_path: Path) -> None:
    painted(tmp_path / "train", 3)
    painted(tmp_path / "test", 1)
    data = load(f"folder:path={tmp_path}")
    assert (len(data.train_y), len(data.test_y)) == (6, 2)
    assert data.input_shape == (3, 64, 64)


def test_pixels_are_scaled_by_the_training_parts_mean_and_spread(tmp_path: Path) -> None:
    x = load(f"folder:{painted(tmp_path / 'mine')},size=8").train_x
    std, mean = torch.std_mean(x, (0, 2, 3), correction=0)
    torch.testing.assert_close(mean, torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(std, torch.tensor([1.0, 0.0, 1.0]), atol=1e-5, rtol=0)


def test_pictures_are_read_once_and_again_when_one_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = painted(tmp_path / "mine")
    reads: list[int] = []
    read = image_folder._read

    def counted(*arguments: object) -> object:
        reads.append(1)
        return read(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(image_folder, "_read", counted)
    first = load(f"folder:{folder},size=8").train_x
    assert len(reads) == 2
    assert torch.equal(load(f"folder:{folder},size=8").train_x, first)
    assert len(reads) == 2
    Image.new("RGB", (9, 9), (0, 90, 0)).save(folder / "blue" / "0.png")
    assert not torch.equal(load(f"folder:{folder},size=8").train_x, first)


def test_a_picture_that_is_none_is_named(tmp_path: Path) -> None:
    folder = painted(tmp_path / "mine")
    (folder / "red" / "3.png").write_bytes(b"noise")
    with pytest.raises(DatasetError, match=r"red/3.png cannot be read as a picture"):
        entry_of(f"folder:{folder}")


def test_how_far_the_reading_is_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mapped, "SAY_EVERY_S", 0.0)
    entry_of(f"folder:{painted(tmp_path / 'mine')},size=8")
    assert "3 of 10 pictures read, 0 MB" in capsys.readouterr().out


WRONG = {
    "folder": "folder needs a folder of pictures, as in folder:flowers",
    "folder:{0}/nowhere": "is not a folder",
    "folder:{0}/empty": "must hold a folder of pictures for each class",
    "folder:{0}/few": "no class of .* has 5 pictures",
    "folder:{0}/mine,size=0": "size 0 is not allowed",
    "folder:{0}/other": "must be the same",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_such_folder_is_one_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    painted(tmp_path / "few", 2)
    painted(tmp_path / "mine")
    painted(tmp_path / "other" / "train")
    painted(tmp_path / "other" / "test")
    (tmp_path / "other" / "test" / "red").rename(tmp_path / "other" / "test" / "green")
    with pytest.raises(DatasetError, match=WRONG[text]):
        entry_of(text.format(tmp_path))


def test_pictures_for_which_neither_disk_nor_memory_has_room_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = painted(tmp_path / "mine")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "blue" / "0.png"))
    monkeypatch.setattr(mapped, "room_bytes", lambda: 100)
    monkeypatch.setattr(image_folder, "_read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(DatasetError, match=r"GB have no room: .* does not take it") as caught:
        entry_of(f"folder:{folder},size=8")
    assert "\n" not in str(caught.value)


def test_without_a_cache_pictures_are_read_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = painted(tmp_path / "mine")
    kept = load(f"folder:{folder},size=8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "blue" / "0.png"))
    assert torch.equal(load(f"folder:{folder},size=8").train_x, kept.train_x)
