"""dashboard.exchange.tensorboard_writer: files as TensorBoard itself reads them."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dashboard.errors import UserError
from dashboard.exchange import tensorboard_writer
from dashboard.record.recorder import Recorder
from tests.support.reading import read

pytest.importorskip("tensorboard", reason="pip install -r requirements-tensorboard.txt to test it")
CONFIG = {"lr": 0.1, "hidden": [100, 50], "nesterov": True, "optimizer": "sgd"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Event files of two runs."""
    place = tmp_path_factory.mktemp("logs")
    for name in ("sgd", "lr 0.1/a"):
        with Recorder(place / "runs" / "mine", name, CONFIG) as run:
            run.scalars("train_loss", 1, [0.5, 0.25, float("nan")])
            run.scalar("test_accuracy", 3, 0.9)
            run.images("x", 2, np.zeros((1, 8, 8), np.uint8))
            run.text("notes", 3, "it *went* well")
            run.data("signal", 3, {"not": "for TensorBoard"})
    experiment = read(place / "runs" / "mine")
    (place / "events").mkdir()
    assert tensorboard_writer.write(experiment, place / "events") == []
    experiment.record.close()
    return place / "events"


@pytest.fixture(scope="module")
def events(folder: Path) -> Any:
    """What TensorBoard knows of the run sgd."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(folder / "sgd"))
    accumulator.Reload()
    return accumulator


def test_each_run_has_a_folder_of_its_own_and_none_lies_elsewhere(folder: Path) -> None:
    runs = [path.parent for path in folder.parent.rglob("*tfevents*")]
    assert len(runs) == 2
    assert {run.parent for run in runs} == {folder}


def test_every_point_is_there_with_its_step_and_its_time(events: Any, folder: Path) -> None:
    losses = events.Scalars("train_loss")
    assert [point.step for point in losses] == [1, 2, 3]
    assert [point.value for point in losses[:2]] == [0.5, 0.25]
    assert losses[2].value != losses[2].value
    experiment = read(folder.parent / "runs" / "mine")
    line = experiment.runs[0].lines["train_loss"]
    assert (losses[0].wall_time, losses[-1].wall_time) == (line.first_time_s, line.last_time_s)
    assert [round(point.value, 6) for point in events.Scalars("test_accuracy")] == [0.9]


def test_images_and_texts_are_there_and_values_for_our_windows_are_not(events: Any) -> None:
    (image,) = events.Images("x")
    assert (image.step, image.width, image.height) == (2, 16, 16)
    assert image.encoded_image_string.startswith(b"\x89PNG")
    (text,) = events.Tensors("notes")
    assert text.tensor_proto.string_val == [b"it *went* well"]
    assert events.SummaryMetadata("notes").plugin_data.plugin_name == "text"
    assert "signal" not in str(events.Tags())


def test_settings_are_on_the_page_of_hparams(events: Any) -> None:
    from tensorboard.plugins.hparams import plugin_data_pb2

    content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    said = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
    assert said.group_name == "sgd"
    assert said.hparams["lr"].number_value == 0.1
    assert said.hparams["nesterov"].bool_value is True
    assert said.hparams["hidden"].string_value == "100 50"


def test_without_tensorboard_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.event_file_writer", None)
    with pytest.raises(UserError, match=r"pip install tensorboard"):
        tensorboard_writer.check()
