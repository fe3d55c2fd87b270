"""trainers.tables.own_data: what arrays are decides the task; what cannot be is one sentence."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.errors import UserError
from tests.support.refusing import refused
from tests.support.tables import restored
from trainers.launcher.main import main
from trainers.tables.own_data import dataset_of
from trainers.tables.words import token_ids, vocabulary

X = np.zeros((4, 3), np.float32)
PIXELS = np.zeros((4, 8, 8), np.uint8)
COLOUR = np.zeros((4, 8, 8, 3), np.uint8)
TOKENS = np.array([[1, 2], [3, 0], [1, 1], [2, 0]])
INTS, FLOATS = np.arange(4) % 2, np.linspace(0, 1, 4)
ROWS = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])


@pytest.fixture(autouse=True)
def _only_here() -> Iterator[None]:
    """Whatever joins the tables leaves them again, and the same file is read anew."""
    with restored():
        yield


def entry(x: Any, y: Any) -> Any:
    return dataset_of(lambda _: (x, y, x, y), "mine.py")


@pytest.mark.parametrize(
    ("x", "y", "task", "shape", "names"),
    [
        (PIXELS, INTS, "classes", (1, 8, 8), ("0", "1")),
        (COLOUR, INTS, "classes", (3, 8, 8), ("0", "1")),
        (X, FLOATS, "regression", (3,), ("target",)),
        (X, np.stack([FLOATS, FLOATS], 1), "regression", (3,), ("target 0", "target 1")),
        (X, ROWS, "labels", (3,), ("0", "1")),
        (X, ROWS.astype(bool), "labels", (3,), ("0", "1")),
        (TOKENS, INTS, "classes", (2,), ("0", "1")),
        (["a b", "b", "c", "a"], ["up", "down", "up", "up"], "classes", (2,), ("down", "up")),
        (np.zeros((4, 2, 5, 5)), INTS, "classes", (2, 5, 5), ("0", "1")),
    ],
)
def test_what_the_arrays_are_decides_the_task(
    x: Any, y: Any, task: str, shape: tuple[int, ...], names: tuple[str, ...]
) -> None:
    made = entry(x, y)
    assert (made.task, made.input_shape, made.classes) == (task, shape, names)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.full((4, 3), np.nan, np.float32), INTS, "the training samples hold NaN"),
        (np.full((4, 3), np.inf, np.float32), INTS, "the training samples hold infinity"),
        (X, np.array([0.0, np.nan, 1.0, 2.0]), "the training targets hold NaN"),
        (X, INTS - 1, "a training label is -1, but there are only"),
        (X, ROWS * 2, "of several labels each must be 0 or 1"),
        (X, np.zeros((4, 2, 2)), r"targets must be class numbers \(N,\), floats"),
        (X.astype(complex), INTS, "samples must be uint8 images, floats"),
        (PIXELS[0], INTS, r"images must be \(N, H, W\) or"),
        (TOKENS - 1, INTS, "a training token id is -1"),
        (X[:3], INTS, "the training half has 3 samples and 4 labels"),
        (X[:0], INTS[:0], "one of them is empty"),
        (X, ["a", "b", 1, "c"], "targets must be class numbers"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_one_sentence(x: Any, y: Any, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        entry(x, y)
    assert "\n" not in str(caught.value)


def test_halves_of_different_tasks_are_refused() -> None:
    with pytest.raises(UserError, match="training targets are for classes, those of the test regr"):
        dataset_of(lambda _: (X, INTS, X, FLOATS), "mine.py")


def test_a_token_of_the_test_texts_alone_is_an_unknown_one() -> None:
    words = vocabulary(["the cat sat", "the dog"])
    assert words == ("", "?", "the", "cat", "dog", "sat")
    assert token_ids(["The CAT flew!", "dog"], words, 4).tolist() == [[2, 3, 1, 0], [4, 0, 0, 0]]


FILE = """
import numpy as np
import torch

x = np.zeros((40, 3), np.float32)
numbers = lambda where: (x, x[:, 0], x, x[:, 0])
kinds = lambda where: (x, np.arange(40) % 2, x, np.arange(40) % 2)

def distance(outputs, targets):
    return (outputs - targets).abs().mean()

DATASETS = {"numbers": numbers, "kinds": kinds}
LOSSES = {"distance": distance}
"""
MISMATCHES = {
    "--dataset numbers --loss cross_entropy": "loss cross_entropy is for classes, and the targets "
    "of numbers are numbers: allowed are mse, mae, smooth_l1, distance",
    "--dataset numbers --loss bce": "loss bce is for classes and labels, and the targets",
    "--dataset kinds --loss distance": "loss distance is for regression and labels, and the "
    "targets of kinds are class numbers",
    "--dataset numbers kinds": "--dataset numbers kinds is not allowed: runs of different tasks",
    "--dataset numbers --model lenet": "lenet needs images (channels, height, width)",
    "--dataset numbers --augment flip": "--augment flip is for images",
    "--dataset numbers --augment spin": "unknown augment 'spin'",
    "--dataset csv:none.csv,target=x": "is not a file that can be read",
}


@pytest.mark.usefixtures("main_here")
@pytest.mark.parametrize("flags", MISMATCHES)
def test_a_mismatch_is_one_sentence_before_anything_starts(
    flags: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    said = refused(["--choices", str(file), *flags.split()], capfd)
    assert MISMATCHES[flags] in said


@pytest.mark.usefixtures("main_here")
def test_the_default_loss_is_that_of_the_task_and_a_loss_of_numbers_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(FILE)
    own = ["--choices", str(file), "--dataset", "numbers", "--dry-run"]
    assert main(own) == 0
    assert (
        main([*own, "--loss", "mse", "distance", "--init", "default", "--activation", "relu"]) == 0
    )
    assert capsys.readouterr().out.splitlines()[-2:] == ["  mse", "  distance"]
