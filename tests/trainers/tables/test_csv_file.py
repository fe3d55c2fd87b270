"""trainers.tables.csv_file: a table becomes features and a target, split and scaled alike."""

from pathlib import Path

import pytest
import torch

from trainers.tables import chunks, csv_file, csv_table
from trainers.tables.datasets import entry_of, load
from trainers.tables.idx import DatasetError

HEAD = "size,town,rooms,price,kind"


def table(folder: Path, rows: int = 50, change: str = "") -> Path:
    """A file whose price is 10 × size, with a missing number of rooms in every tenth row."""
    lines = [
        f"{i},{('Bath', 'York')[i % 2]},{'' if i % 10 == 0 else i % 4},{10 * i},{'ab'[i % 2]}"
        for i in range(rows)
    ]
    file = folder / "mine.csv"
    file.write_text("\n".join([HEAD, *lines, *([change] if change else [])]) + "\n")
    return file


def test_numbers_as_the_target_are_a_regression(tmp_path: Path) -> None:
    file = table(tmp_path)
    entry = entry_of(f"csv:{file},target=price")
    assert (entry.task, entry.classes, entry.input_shape) == ("regression", ("price",), (6,))
    data = load(f"csv:{file},target=price")
    assert (data.train_x.shape, data.test_x.shape) == ((40, 6), (10, 6))
    torch.testing.assert_close(data.train_x.mean(0), torch.zeros(6), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.train_x.std(0, correction=0), torch.ones(6))
    size, price = data.train_x[:, 0], data.in_units(data.train_y)[:, 0]
    torch.testing.assert_close(10 * (size * entry.std[0] + entry.mean[0]), price)
    assert data.train_y.std(correction=0).item() == pytest.approx(1)


def test_texts_as_the_target_are_classes_and_so_are_numbers_that_are_said_to_be(
    tmp_path: Path,
) -> None:
    file = table(tmp_path)
    kinds = load(f"csv:{file},target=kind")
    assert (kinds.task, kinds.classes) == ("classes", ("a", "b"))
    rooms = entry_of(f"csv:{table(tmp_path, 49)},target=price,task=classes,drop=rooms+town")
    assert (rooms.task, rooms.input_shape) == ("classes", (3,))
    assert rooms.classes[:3] == ("0", "10", "20")  # in the order of numbers


def test_a_missing_number_is_the_training_parts_mean(tmp_path: Path) -> None:
    data = load(f"csv:{table(tmp_path)},target=price")
    rooms = data.train_x[:, 3]  # size, town=Bath, town=York, rooms
    assert (rooms.abs() < 1e-6).sum() == 4  # of the five that are missing, one is for testing


def test_the_split_is_the_same_each_time_and_its_parts_share_no_row(tmp_path: Path) -> None:
    text = f"csv:{table(tmp_path)},target=price"
    one, two = load(text, normalize=False), load(text, normalize=False)
    assert torch.equal(one.train_x, two.train_x)
    sizes = [*one.train_x[:, 0].tolist(), *one.test_x[:, 0].tolist()]
    assert sorted(sizes) == list(range(50))


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    text = f"csv:{table(tmp_path)},target=price"
    assert len(load(text).train_y) == 40
    table(tmp_path, 100)
    assert len(load(text).train_y) == 80


def test_a_relative_path_means_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainers.plan.plan import canonical

    file = table(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = canonical("dataset", "csv:mine.csv,target=price")
    assert text == f"csv:file={file},target=price"
    monkeypatch.chdir("/")
    assert len(load(text).train_y) == 40


def test_a_large_table_is_read_once_a_few_rows_at_a_time_and_gives_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"csv:{table(tmp_path)},target={target}" for target in ("price", "kind")]
    whole = [load(text) for text in texts]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(csv_file, "SMALL_BYTES", 0)
    monkeypatch.setattr(csv_table, "ROWS", 7)
    monkeypatch.setattr(chunks, "NUMBERS", 30)
    for text, small in zip(texts, whole, strict=True):
        csv_file._facts.cache_clear()
        large = load(text)
        for part in ("train_x", "train_y", "test_x", "test_y"):
            torch.testing.assert_close(getattr(large, part), getattr(small, part))
        assert (large.classes, large.task) == (small.classes, small.task)
    csv_file._facts.cache_clear()
    monkeypatch.setattr(csv_file, "look_at", lambda *_: pytest.fail("it was read again"))
    again = load(texts[1])
    assert torch.equal(again.train_x, large.train_x)
    assert again.classes == large.classes


WRONG = {
    "": "csv needs a file, as in csv:houses.csv,target=price",
    ":{0}/none.csv,target=price": "is not a file that can be read",
    ":{0}/mine.csv": "name the column to predict with target=COLUMN, one of size, town",
    ":{0}/mine.csv,target=cost": "has no column 'cost': its columns are size, town",
    ":{0}/mine.csv,target=price,drop=cost": "has no column 'cost'",
    ":{0}/mine.csv,target=rooms": "line 2: the target 'rooms' is empty",
    ":{0}/mine.csv,target=kind,task=regression": "holds texts, so it is no regression",
    ":{0}/mine.csv,target=size,drop=town+rooms+price+kind": "no column beside the target",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_the_choice_is_one_sentence(text: str, tmp_path: Path) -> None:
    table(tmp_path)
    with pytest.raises(DatasetError, match=WRONG[text]) as caught:
        entry_of("csv" + text.format(tmp_path))
    assert "\n" not in str(caught.value)


FILES = {
    "": "is empty",
    "a,a\n1,2\n": "has two columns called 'a'",
    "a,b\n1,2,3\n": "line 2 has 3 cells, and the first line names 2",
    "a,b\n1,2\n": "has 1 rows, fewer than 10",
    "a,b\n" + "inf,2\n" * 12: "column 'a' of .* holds infinity",
    "a,b\n"
    + "".join(f"t{i},2\n" for i in range(80)): "more than the 64 different texts that are allowed",
    "b,a\n" + "x,1\n" * 12: "column 'b' of .* is 'x' in all rows",
}


@pytest.mark.parametrize("text", FILES)
def test_what_is_wrong_with_the_file_is_one_sentence(text: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text(text)
    with pytest.raises(DatasetError, match=FILES[text]):
        entry_of(f"csv:{file},target=b")


def test_bytes_that_are_no_text_are_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_bytes(b"\xff\xfe\x00\x01" * 40)
    with pytest.raises(DatasetError, match="cannot be read"):
        entry_of(f"csv:{file},target=b")
