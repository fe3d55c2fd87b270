"""dashboard.integrations.tensorboard: what a script for TensorBoard leaves in a record."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from dashboard.integrations.tensorboard import SummaryWriter, place_of
from dashboard.record.images import cut
from dashboard.record.rows import Media
from dashboard.runs.experiment import Experiment
from dashboard.runs.run_view import RunView
from dashboard.windows.distributions import distributions
from tests.support.reading import read, read_points, read_runs


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def recorded(log_dir: str = "mine") -> tuple[Experiment, RunView]:
    """The experiment in `runs`, and the only run of it."""
    experiment = read(Path("runs") / log_dir)
    (view,) = experiment.runs
    return experiment, view


def picture(view: RunView, item: Media, i: int = 0, n: int = 1) -> np.ndarray:
    """The i-th of n recorded images."""
    return cut(np.asarray(Image.open(io.BytesIO(view.record.body(item.id))).convert("RGB")), i, n)


@pytest.mark.parametrize(
    ("log_dir", "folder", "run"),
    [
        ("runs/mnist/adam", "runs/mnist", "adam"),
        ("runs/mnist/adam/lr=0.1", "runs/mnist", "adam/lr=0.1"),
        ("runs/adam", "runs/tensorboard", "adam"),
        ("adam", "runs/tensorboard", "adam"),
        ("logs/mnist/adam", "logs/mnist", "adam"),
        ("/data/runs/mnist/adam", "/data/runs/mnist", "adam"),
        ("out/tb", "out", "tb"),
        ("runs/Nov(28)/lr 0.1+wd", "runs/Nov_28_", "lr 0.1_wd"),
        ("runs/mnist/compare", "runs/mnist", "compare_"),
    ],
)
def test_a_log_dir_says_the_experiment_and_the_run(log_dir: str, folder: str, run: str) -> None:
    assert place_of(log_dir) == (Path(folder), run)
    assert place_of(Path(log_dir)) == (Path(folder), run)


def test_without_a_log_dir_runs_are_called_by_the_time_and_compared() -> None:
    for comment in ("adam", "sgd"):
        SummaryWriter(comment=f"_{comment}").close()
    names = [run.name for run in read_runs(Path("runs/tensorboard"))]
    assert [name.rpartition("_")[2] for name in names] == ["adam", "sgd"]


def test_numbers_have_their_tags_and_steps() -> None:
    with SummaryWriter("runs/mine/a") as writer:
        for step in range(3):
            writer.add_scalar("Loss/train", torch.tensor(3.0 - step), step)
            writer.add_scalars("accuracy", {"train": 0.1 * step, "val": np.float32(0.5)}, step)
        writer.add_scalar("no step", 1.0)
        writer.add_scalar("no step", 2.0, walltime=1.0)
    _, view = recorded()
    points = {
        p.series: (p.steps.tolist(), p.values.tolist()) for p in read_points(Path("runs/mine"))
    }
    assert view.state == "done"
    assert points == {
        "Loss/train": ([0, 1, 2], [3.0, 2.0, 1.0]),
        "accuracy/train": ([0, 1, 2], [0.0, 0.1, 0.2]),
        "accuracy/val": ([0, 1, 2], [0.5, 0.5, 0.5]),
        "no step": ([0, 1], [1.0, 2.0]),
    }


COLOURS = np.arange(2 * 3 * 4 * 5, dtype=np.uint8).reshape(2, 3, 4, 5)  # NCHW


@pytest.mark.parametrize(
    ("axes", "order"),
    [
        ("NCHW", (0, 1, 2, 3)),
        ("NHWC", (0, 2, 3, 1)),
        ("nhwc", (0, 2, 3, 1)),
        ("WHNC", (3, 2, 0, 1)),
    ],
)
def test_images_are_read_in_the_order_that_is_told(axes: str, order: tuple[int, ...]) -> None:
    with SummaryWriter("runs/mine/a") as writer:
        writer.add_images("all", COLOURS.transpose(order), 4, dataformats=axes)
    _, view = recorded()
    assert view.media["all"].step == 4
    for i in range(2):
        np.testing.assert_array_equal(
            picture(view, view.media["all"], i, 2), COLOURS[i].transpose(1, 2, 0)
        )


@pytest.mark.parametrize(("axes", "shape"), [("CHW", (3, 4, 5)), ("HW", (4, 5)), ("HWC", (4, 5, 1)),
                                             ("CHW", (4, 4, 5)), ("HWC", (4, 5, 2))])  # fmt: skip
def test_one_image_may_be_grey_or_have_an_alpha(axes: str, shape: tuple[int, ...]) -> None:
    with SummaryWriter("runs/mine/a") as writer:
        writer.add_image("one", torch.rand(shape), 0, dataformats=axes)
    _, view = recorded()
    assert picture(view, view.media["one"]).shape == (4, 5, 3)


class Figure:
    """What is needed of a figure of matplotlib."""

    def __init__(self, height: int, colour: int) -> None:
        self._pixels = np.full((height, 6, 4), colour, np.uint8)

    def savefig(self, file: Any, format: str) -> None:
        Image.fromarray(self._pixels).save(file, format)


def test_figures_stand_side_by_side_in_one_picture() -> None:
    with SummaryWriter("runs/mine/a") as writer:
        writer.add_figure("fig", [Figure(8, 10), Figure(5, 200)], 1)
    _, view = recorded()
    pixels = picture(view, view.media["fig"])
    assert pixels.shape == (8, 12, 3)
    assert [int(pixels[y, x, 0]) for y, x in ((7, 5), (4, 6), (7, 6))] == [10, 200, 255]


def test_a_text_is_shown_as_it_is() -> None:
    with SummaryWriter("runs/mine/a") as writer:
        writer.add_text("notes", "**bold** <b>no</b>", 2)
    _, view = recorded()
    assert view.record.body(view.media["notes"].id) == b"**bold** <b>no</b>"


def test_hyperparameters_become_the_settings_of_the_run_and_their_metrics_its_series() -> None:
    for lr in (0.1, 0.2):
        with SummaryWriter(f"runs/mine/{lr}", config={"seed": 1}) as writer:
            writer.add_scalar("train_loss", 1.0, 7)
            writer.add_hparams({"lr": lr, "bsize": 8}, {"hparam/accuracy": 0.5})
    experiment = read(Path("runs/mine"))
    assert [view.config for view in experiment.runs] == [
        {"seed": 1, "lr": lr, "bsize": 8} for lr in (0.1, 0.2)
    ]
    assert experiment.varied() == ["lr"]
    assert experiment.runs[0].lines["hparam/accuracy"].last_step == 7


def test_histograms_of_a_step_make_a_row_for_each_layer() -> None:
    drawn = torch.Generator().manual_seed(0)
    with SummaryWriter("runs/mine/a") as writer:
        for step in (0, 10):
            writer.add_histogram("fc1.weight", torch.randn(9000, generator=drawn), step)
            writer.add_histogram("fc1.weight/grad", torch.randn(50, generator=drawn) * 1e-3, step)
            writer.flush()
            writer.add_histogram("logits", np.array([0.0, np.nan, np.inf]), step)
            writer.add_histogram("words", ["no", "numbers"], step)
    _, view = recorded()
    value = json.loads(view.record.body(view.media["distribution"].id))
    layers = value["layers"]
    assert {layer: list(kinds) for layer, kinds in layers.items()} == {
        "fc1.weight": ["value", "gradient"], "logits": ["value"],
    }  # fmt: skip
    scale, _, counts = layers["fc1.weight"]["value"]
    assert scale == pytest.approx(1, abs=0.05)
    assert sum(counts) in range(3000, 9000)
    middle = len(counts) // 2
    assert sum(counts[:middle]) == pytest.approx(sum(counts[middle + 1 :]), rel=0.15)
    assert sum(layers["logits"]["value"][2]) == 2
    figure = distributions(view)
    assert len([trace for trace in figure.traces if trace["type"] == "heatmap"]) == 3
    assert [trace["x"] for trace in figure.traces] == [[0, 10]] * 3


@pytest.mark.parametrize("method", ["add_graph", "add_embedding", "add_audio", "add_pr_curve"])
def test_what_has_no_window_is_said_once_and_left_out(
    method: str, caplog: pytest.LogCaptureFixture
) -> None:
    with SummaryWriter("runs/mine/a") as writer:
        for _ in range(3):
            getattr(writer, method)("anything", torch.zeros(3), global_step=1)
    sentence = f"Trainboard, run a: {method} has no window here and is left out"
    assert [message.getMessage() for message in caplog.records] == [
        f"{sentence}; this is said once"
    ]
    assert not hasattr(writer, "write_graph")


@pytest.mark.parametrize(
    ("images", "axes", "words"),
    [
        (np.zeros((2, 3, 4, 5)), "CHW", "images in the order CHW have 3 axes, not 4"),
        (np.zeros((3, 4)), "XY", "dataformats must be made of N, C, H and W"),
        (np.zeros((7, 4, 5)), "CHW", "images must be"),
    ],
)
def test_images_of_no_shape_are_said_and_the_script_goes_on(
    images: np.ndarray, axes: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with SummaryWriter("runs/mine/a") as writer:
        writer.add_image("bad", images, 0, dataformats=axes)
        writer.add_scalar("s", 1.0, 0)
    assert words in caplog.text
    assert not recorded()[1].media


def test_a_script_that_is_run_twice_makes_two_runs() -> None:
    for _ in range(2):
        SummaryWriter("runs/mine/a").close()
    assert [run.name for run in read_runs(Path("runs/mine"))] == ["a", "a-2"]


def test_purge_step_takes_back_what_came_from_there_on() -> None:
    with SummaryWriter("runs/mine/a") as writer:
        for step in range(6):
            writer.add_scalar("s", step, step)
    with SummaryWriter("runs/mine/a", purge_step=4) as writer:
        writer.add_scalar("s", 40, 4)
    assert read_points(Path("runs/mine"))[0].values.tolist() == [0, 1, 2, 3, 40]


def test_a_writer_that_is_closed_goes_on_when_more_is_added() -> None:
    writer = SummaryWriter("runs/mine/a")
    writer.add_scalar("s", 1.0, 1)
    writer.close()
    writer.add_scalar("s", 2.0, 2)
    assert recorded()[1].state == "running"
    writer.close()
    _, view = recorded()
    assert (view.state, view.lines["s"].count) == ("done", 2)


def test_an_error_within_the_block_fails_the_run() -> None:
    with pytest.raises(ValueError, match="bad"), SummaryWriter("runs/mine/a"):
        raise ValueError("bad")
    assert recorded()[1].error == "ValueError: bad"
