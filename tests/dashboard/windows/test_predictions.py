"""The test images that the runs disagree about."""

import re
from pathlib import Path

import numpy as np

from dashboard.record.recorder import Recorder
from dashboard.windows.predictions import Votes, collect, most_disputed, predictions
from tests.support.invented import IMAGES, evaluate, invent

FOUR = {"activation": ["a", "b", "c", "d"]}


def votes(*classes: list[int]) -> Votes:
    """Votes of as many runs; every true class is 0."""
    guesses = np.array(classes)
    return Votes([], np.zeros(guesses.shape[1], int), [], guesses, np.full(guesses.shape, 90))


def test_the_most_divided_votes_come_first_and_ties_stay_in_order() -> None:
    divided = votes([0, 1, 0, 1, 0], [0, 1, 0, 2, 0], [0, 1, 1, 3, 1], [0, 1, 1, 4, 1])
    assert most_disputed(divided, 4).tolist() == [3, 2, 4, 0]


def test_the_entropy_of_votes_decides() -> None:
    three_to_one, halves = [0, 0, 0, 1], [0, 0, 1, 1]
    columns = [list(pair) for pair in zip(three_to_one, halves, strict=True)]
    assert most_disputed(votes(*columns), 1).tolist() == [1]


def test_the_newest_guesses_of_every_run_are_collected(tmp_path: Path) -> None:
    votes = collect(invent(tmp_path / "e", FOUR))
    assert votes
    assert votes.classes.shape == (4, IMAGES)
    wrong = (votes.classes != votes.labels).sum(1)
    assert wrong.tolist() == [0, 1, 2, 3]


def test_the_images_that_divide_the_runs_are_shown_with_their_marks(tmp_path: Path) -> None:
    content = predictions(invent(tmp_path / "e", FOUR)).content
    rows = re.findall(r"<tr><td><img.*?</tr>", content)
    assert len(rows) == 16
    assert [row.count("✕") for row in rows[:4]] == [2, 3, 1, 0], "runs c, d | b, c, d | d | none"
    assert rows[0].count("90 %") == 4


def test_a_picture_is_the_image_that_its_row_speaks_of(tmp_path: Path) -> None:
    import base64
    import io

    from PIL import Image

    content = predictions(invent(tmp_path / "e", FOUR)).content
    source = re.findall(r'src="data:image/png;base64,([^"]+)"', content)[0]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))
    assert pixels.shape == (28, 28)
    assert (pixels == 6).all(), "image 1: run b errs on image 0 only, c and d on images 0 and 1"


def test_a_change_of_mind_changes_the_choice(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", FOUR, {"d": "queued"})
    before = predictions(experiment).content
    with Recorder(tmp_path / "e", "d") as recorder:
        evaluate(recorder, 9, 0)
    experiment.poll()
    after = predictions(experiment).content
    assert before != after
    assert "e_d" in after
    assert "e_d" not in before


def test_before_the_first_evaluation_there_is_a_note(tmp_path: Path) -> None:
    waiting = dict.fromkeys(FOUR["activation"], "queued")
    assert "no predictions yet" in predictions(invent(tmp_path / "e", FOUR, waiting)).content


def test_every_cell_of_a_column_says_which_run_it_is_about(tmp_path: Path) -> None:
    content = predictions(invent(tmp_path / "e", FOUR)).content
    for name in FOUR["activation"]:
        assert content.count(f'<th data-run="{name}">') == 1
        assert len(re.findall(rf'<td[^>]* data-run="{name}">', content)) == 16


def test_pictures_in_colour_are_shown_in_colour(tmp_path: Path) -> None:
    import base64
    import io

    from PIL import Image

    experiment = invent(tmp_path / "e", {"activation": ["a", "b"]})
    pixels = np.zeros((IMAGES, 3, 28, 28), np.uint8)
    pixels[:, 0] = 200
    with Recorder(tmp_path / "e", "colour") as run:
        evaluate(run, 1, 0)
        run.images("samples", 0, pixels, [k % 10 for k in range(IMAGES)])
    experiment.poll()
    experiment.runs = experiment.runs[-1:]
    source = re.findall(r'src="data:image/png;base64,([^"]+)"', predictions(experiment).content)[0]
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(source))))
    assert image.shape == (28, 28, 3)
    assert (image == (200, 0, 0)).all()
