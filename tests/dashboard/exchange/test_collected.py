"""dashboard.exchange.collected: what a record takes of other programs' values, and what not."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dashboard.exchange.collected import Collected, experiment_name, run_name
from dashboard.names import check_experiment, check_run


def a_file(kind: str, grey: int = 0) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((8, 6, 3), grey, np.uint8)).save(out, kind)
    return out.getvalue()


def test_a_run_begun_again_replaces_what_it_repeats() -> None:
    run = Collected("a", {})
    for step, value in ((1, 0.1), (2, 0.2), (3, 0.3), (3, 0.35), (2, 0.25), (4, 0.4)):
        run.scalar("loss", step, 0.0, value)
    assert [(step, value) for _, step, _, value in run.run().points] == [
        (1, 0.1), (2, 0.2), (2, 0.25), (4, 0.4),
    ]  # fmt: skip


def test_series_are_called_as_the_person_says_and_nan_stays_itself() -> None:
    run = Collected("a", {"Loss/train": "train_loss"})
    run.scalar("Loss/train", 1, 2.0, float("nan"))
    run.scalar("/slash", 1, 2.0, 1.0)
    assert run.run().points == [("train_loss", 1, 2.0, None), ("slash", 1, 2.0, 1.0)]


def test_what_has_no_place_in_a_record_is_counted() -> None:
    run = Collected("a", {})
    run.scalar("x" * 200, 1, 0.0, 1.0)
    run.scalar("loss", -1, 0.0, 1.0)
    run.images("x", 1, 0.0, [b"no image"])
    assert not run
    assert sum(run.left_out.values()) == len(run.left_out) == 3


def test_images_of_other_formats_become_png_and_several_a_grid() -> None:
    run = Collected("a", {})
    run.images("one", 1, 0.0, [a_file("PNG", 7)])
    run.images("photo", 1, 0.0, [a_file("JPEG")])
    run.images("several", 1, 0.0, [a_file("PNG", grey) for grey in (10, 20, 30)])
    one, photo, several = (row[4] for row in run.run().media)
    assert one == a_file("PNG", 7)
    assert Image.open(io.BytesIO(photo)).size == (6, 8)
    assert Image.open(io.BytesIO(several)).size > (12, 16)
    assert json.loads(run.run().media[0][5])["labels"] is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("run lr=0.1", "run lr=0.1"), ("a(b)+c", "a_b__c"), ("", "_"), (".hidden", "_.hidden"),
        ("compare", "compare_"), ("实验一", "实验一"), ("tab\there", "tab_here"),
    ],
)  # fmt: skip
def test_a_run_is_called_as_nearly_the_same_as_the_rule_allows(text: str, name: str) -> None:
    assert run_name(text, ()) == name
    check_run(name)


def test_two_runs_of_one_name_are_told_apart() -> None:
    assert run_name("a", ["a"]) == "a-2"
    assert run_name("a?", ["a_", "a_-2"]) == "a_-3"


def test_an_experiment_is_called_so_that_it_can_be_a_folder() -> None:
    name = experiment_name("my/runs (old)" + "x" * 200)
    assert name.startswith("my_runs _old_")
    check_experiment(name)
    assert Path(name).name == name
