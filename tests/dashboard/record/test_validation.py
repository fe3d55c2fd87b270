"""dashboard.record.validation: what a person gets wrong costs a sentence, never the training."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dashboard import Recorder
from dashboard.record.reader import Record
from dashboard.record.schema import RecordError
from dashboard.record.validation import check_run, settings_of
from tests.support.launching import ROOT

WRONG: dict[str, tuple[Callable[[Recorder], object], str]] = {
    "a text for a number": (lambda r: r.scalar("s", 9, "0.5"), "must be one number, not str '0.5'"),
    "nothing": (lambda r: r.scalar("s", 9, None), "must be one number, not NoneType None"),
    "many numbers": (lambda r: r.scalar("s", 9, torch.zeros(3)), "not Tensor of shape (3,)"),
    "an array": (lambda r: r.scalar("s", 9, np.zeros((2, 2))), "not ndarray of shape (2, 2)"),
    "a huge number": (lambda r: r.scalar("s", 9, 10**400), "must be one number, not int 1000"),
    "half a step": (lambda r: r.scalar("s", 1.5, 0.0), "whole number of at least 0, not 1.5"),  # type: ignore[arg-type]
    "a negative step": (lambda r: r.scalar("s", -1, 0.0), "whole number of at least 0, not -1"),
    "a step that goes back": (lambda r: r.scalar("s", 3, 0.0), "step 3 of 's' comes after step 5"),
    "no name": (lambda r: r.scalar("", 9, 0.0), "the name '' is not allowed"),
    "a name of another type": (lambda r: r.scalar(["s"], 9, 0.0), "the name ['s'] is not allowed"),  # type: ignore[arg-type]
    "a name with a newline": (lambda r: r.text("a\nb", 9, "t"), "printable characters"),
    "steps that go back": (lambda r: r.scalars("s", 2, [1.0]), "comes after step 5"),
    "images without pixels": (lambda r: r.images("x", 9, 3), "images must be (N, H, W)"),
    "too few labels": (
        lambda r: r.images("x", 9, np.zeros((2, 4, 4)), [1], [1]),
        "2 images need 2 labels, not 1",
    ),
    "what JSON cannot hold": (lambda r: r.data("d", 9, {1j}), "not JSON serializable"),
    "a length of no use": (lambda r: r.expect(-1, 0), "whole number of at least 0"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_call_is_left_out_and_said_in_one_sentence_once(
    what: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    call, sentence = WRONG[what]
    with Recorder(tmp_path, "mine") as run:
        run.scalar("s", 5, 0.5)
        call(run)
        call(run)
        run.scalar("s", 10, 1.0)
    assert [record.getMessage() for record in caplog.records if sentence in record.getMessage()]
    assert len(caplog.records) == 1
    with closing(Record(tmp_path)) as record:
        changes = record.changes()
    assert changes.points[0].steps.tolist() == [5, 10]
    assert len(changes.points) == 1
    assert not changes.media
    assert changes.runs[0].state == "done"


def test_recording_into_a_closed_run_is_said_and_harmless(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = Recorder(tmp_path, "mine")
    run.close()
    for step in range(3):
        run.scalar("s", step, 1.0)
        run.flush()
    assert [r.getMessage() for r in caplog.records] == [
        "Trainboard, run mine: it is closed, so nothing more is recorded; this is said once"
    ]


def test_images_out_of_range_are_recorded_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path / "mine", "r") as run:
        for step in (1, 2):
            run.images("x", step, np.full((1, 4, 4), 200))
    assert [r.getMessage() for r in caplog.records] == [
        "Trainboard, run r: the images x: pixels go from 200 to 200 and what lies beyond [0, 1] is "
        "cut off: give uint8 in 0..255, or floats in [0, 1]; this is said once"
    ]
    with closing(Record(tmp_path / "mine")) as record:
        assert [media.step for media in record.changes().media] == [2]


def test_the_sentence_is_seen_in_a_script_that_makes_errors_of_warnings(tmp_path: Path) -> None:
    code = (
        "import sys; from dashboard import Recorder\n"
        "with Recorder(sys.argv[1], 'mine') as run: run.scalar('s', 1, 'wrong'); print('trained')"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout == "trained\n"
    assert ended.stderr == (
        "Trainboard, run mine: s was not recorded: a value must be one number, not str 'wrong'; "
        "this is said once\n"
    )


@pytest.mark.parametrize(
    "name", ["", "/a/b", "../up", "a\nb", "<b>", "a" * 101, " a", "compare", 3]
)
def test_a_run_name_of_no_use_is_refused_before_the_training(tmp_path: Path, name: Any) -> None:
    with pytest.raises(RecordError, match=r"name|may not be called") as caught:
        Recorder(tmp_path / "mine", name)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("name", ["adam-3e-4", "relu_kaiming s=0", "1.5@home,v2"])
def test_names_that_a_page_can_have_are_allowed(name: str) -> None:
    check_run(Path("runs/mine"), name)


def test_settings_of_any_type_are_kept_as_json_or_text() -> None:
    config = {"lr": np.float32(0.5), "layers": (1, 2), "act": torch.nn.ReLU(), 3: None}
    assert settings_of(config) == {"lr": 0.5, "layers": [1, 2], "act": "ReLU()", "3": None}


def test_settings_that_are_no_dict_are_refused() -> None:
    with pytest.raises(RecordError, match="config must be a dict of settings"):
        settings_of(SimpleNamespace(lr=1))
