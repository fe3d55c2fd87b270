"""dashboard.exchange.tensorboard_reader: logs that torch's own SummaryWriter and ours have made."""

from pathlib import Path

import numpy as np
import pytest

from dashboard.errors import UserError
from dashboard.exchange import tensorboard_reader, tensorboard_writer
from dashboard.exchange.collected import Collected
from dashboard.exchange.sources import import_runs
from dashboard.runs.experiment import Experiment
from tests.support.invented import invent
from tests.support.reading import read

pytest.importorskip("tensorboard", reason="pip install -r requirements-tensorboard.txt to test it")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log folder with one run in it and two below."""
    from torch.utils.tensorboard import SummaryWriter

    folder = tmp_path_factory.mktemp("logs")
    for lr in (0.1, 0.01):
        with SummaryWriter(str(folder / "grid" / f"lr{lr}")) as writer:
            for step in range(3):
                writer.add_scalar("Loss/train", 1 / (step + 1), step, walltime=1000.0 + step)
            writer.add_scalar("accuracy", 0.9, 2, new_style=True)
            writer.add_image("sample", np.zeros((3, 8, 8), np.uint8), 2)
            writer.add_images("samples", np.zeros((4, 3, 8, 8), np.uint8), 2)
            writer.add_text("notes", "went well", 1)
            writer.add_histogram("weights", np.arange(9.0), 1)
            writer.add_hparams({"lr": lr, "batch_size": 20, "optimizer": "sgd"}, {"best": 0.9})
    with SummaryWriter(str(folder)) as writer:
        writer.add_scalar("alone", 1.0, 1)
    return folder


@pytest.fixture
def imported(logs: Path, tmp_path: Path) -> Experiment:
    import_runs(logs, tmp_path, "old", rename={"Loss/train": "train_loss"})
    return read(tmp_path / "old")


def test_each_folder_with_event_files_is_a_run_but_those_of_add_hparams(
    imported: Experiment, logs: Path
) -> None:
    assert {view.name for view in imported.runs} == {logs.name, "grid/lr0.1", "grid/lr0.01"}


def test_scalars_have_their_steps_and_times_under_the_name_that_was_asked_for(
    imported: Experiment,
) -> None:
    view = next(view for view in imported.runs if view.name == "grid/lr0.1")
    steps, values = view.lines["train_loss"].drawn()
    assert steps.tolist() == [0, 1, 2]
    assert values.tolist() == [1.0, 0.5, 0.33333334]  # 32 bits, as short as they are
    assert (view.started_s, view.lines["train_loss"].last_time_s) == (1000.0, 1002.0)
    assert view.latest("accuracy") == 0.9


def test_settings_images_and_texts_come_too_and_the_settings_tell_runs_apart(
    imported: Experiment,
) -> None:
    assert imported.varied() == ["batch_size", "lr", "optimizer"]  # the third run has none
    view = next(view for view in imported.runs if view.name == "grid/lr0.1")
    assert view.config == {"batch_size": 20, "lr": 0.1, "optimizer": "sgd"}
    assert view.record.body(view.media["sample"].id).startswith(b"\x89PNG")
    assert view.record.body(view.media["samples"].id).startswith(b"\x89PNG")
    assert view.record.body(view.media["notes"].id) == b"went well"


def test_what_is_left_out_is_counted(logs: Path, tmp_path: Path) -> None:
    result = import_runs(logs, tmp_path, "old")
    assert result.left_out == {"values of TensorBoard's plugin histograms": 2}


def test_what_we_export_comes_back_as_it_was(tmp_path: Path) -> None:
    before = invent(tmp_path / "e", {"activation": ["relu", "tanh"]}, {"tanh": "diverged"})
    tensorboard_writer.write(before, tmp_path / "logs")
    import_runs(tmp_path / "logs", tmp_path, "back")
    for old, new in zip(before.runs, read(tmp_path / "back").runs, strict=True):
        assert (old.name, sorted(old.config.items())) == (new.name, [*new.config.items()])
        for name, line in old.lines.items():
            np.testing.assert_allclose(line.drawn(), new.lines[name].drawn(), rtol=1e-6)
            assert line.last_time_s == new.lines[name].last_time_s
        assert "samples" in new.media


def test_of_a_file_that_breaks_off_all_before_that_is_read(logs: Path, tmp_path: Path) -> None:
    (file,) = (logs / "grid" / "lr0.1").glob("*tfevents*")
    whole = file.read_bytes()
    (tmp_path / file.name).write_bytes(whole[: len(whole) // 2])
    (run,) = tensorboard_reader.read(tmp_path, {})
    assert 0 < len(run.run().points) <= 4


def test_a_file_of_noise_holds_no_run(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(bytes(range(256)) * 9)
    with pytest.raises(UserError, match="holds no run"):
        import_runs(tmp_path, tmp_path / "runs", "old")
    assert not (tmp_path / "runs" / "old").exists()


def test_one_file_is_a_run_that_is_called_as_its_folder(logs: Path) -> None:
    (file,) = (logs / "grid" / "lr0.01").glob("*tfevents*")
    assert tensorboard_reader.is_one(file)
    (run,) = tensorboard_reader.read(file, {})
    assert isinstance(run, Collected)
    assert run.name == "lr0.01"
