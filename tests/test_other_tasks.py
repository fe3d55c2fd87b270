"""The README's examples of other tasks: launched, and as a loop of one's own, from another folder.

Each is done twice, as a person does who tries it again. What is computed and drawn is tested where
it is made.
"""

from pathlib import Path

import pytest
from PIL import Image

from dashboard.record.reader import Record
from dashboard.runs.experiment import Experiment
from tests.support.documents import example
from tests.support.launching import Launch, recorded
from tests.support.scripts import Script
from tests.support.small_data import write_houses

pytestmark = pytest.mark.processes

QUICK = ("--epochs", "3", "--batch-size", "20", "--activation", "relu", "--init", "default")
RESULTS = {"houses": "test_mae", "bands": "test_f1", "moods": "test_accuracy"}
ENOUGH = {"houses": 30.0, "bands": 0.8, "moods": 0.8}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder, not the one that runs are started in, with the files that the page shows."""
    return write_examples(tmp_path)


def write_examples(beside: Path) -> Path:
    folder = beside / "elsewhere"
    folder.mkdir()
    (folder / "tasks.py").write_text(example("# tasks.py"))
    (folder / "loop.py").write_text(example("# loop.py: python loop.py"))
    write_houses(folder / "houses.csv")
    return folder


def known(folder: Path) -> Experiment:
    record = Record(folder)
    experiment = Experiment(record)
    experiment.poll()
    record.close()
    return experiment


def good_enough(experiment: Experiment, name: str) -> None:
    assert experiment.metric.name == RESULTS[name]
    result = experiment.runs[0].result(RESULTS[name])
    assert result is not None
    assert result <= ENOUGH[name] if experiment.metric.goal == "min" else result >= ENOUGH[name]


def test_the_data_sets_of_the_page_train_from_another_folder_and_again_under_another_name(
    launch: Launch, elsewhere: Path, tmp_path: Path
) -> None:
    flags = ("--choices", str(elsewhere / "tasks.py"), "--lr", "0.1", *QUICK)
    for name in RESULTS:
        trained = launch(*flags, "--no-dashboard", "--dataset", name, "--experiment", name)
        assert trained.ends() == 0, trained.said
        assert [run.state for run in recorded(tmp_path, name).runs] == ["done"]
        good_enough(known(tmp_path / "runs" / name), name)
    again = launch(*flags, "--no-dashboard", "--dataset", "moods", "--experiment", "again")
    assert again.ends() == 0, again.said
    first, second = (known(tmp_path / "runs" / name).runs[0] for name in ("moods", "again"))
    assert second.result("test_loss") == first.result("test_loss")


def test_a_table_trains_from_another_folder(
    launch: Launch, elsewhere: Path, tmp_path: Path
) -> None:
    file = Path("elsewhere") / "houses.csv"
    trained = launch(
        "--dataset", f"csv:{file},target=price", "--lr", "0.1", "--hidden", "20",
        *QUICK, "--no-dashboard", "--experiment", "table",
    )  # fmt: skip
    assert trained.ends() == 0, trained.said
    run = recorded(tmp_path, "table").runs[0]
    assert run.config["dataset"] == f"csv:file={tmp_path / file},target=price"
    assert run.config["loss"] == "mse"
    good_enough(known(tmp_path / "runs" / "table"), "houses")


def test_a_folder_of_pictures_without_room_in_memory_trains_a_resnet_with_augmented_images(
    launch: Launch, elsewhere: Path, tmp_path: Path
) -> None:
    for name, colour in (("blue", (0, 0, 250)), ("red", (250, 0, 0))):
        (elsewhere / "pictures" / name).mkdir(parents=True)
        for i in range(20):
            Image.new("RGB", (12 + i, 16), colour).save(elsewhere / "pictures" / name / f"{i}.png")
    trained = launch(
        "--dataset", "folder:elsewhere/pictures,size=16", "--model", "resnet:width=4", "--augment",
        "crop:pad=2", "flip", "--optimizer", "adam", "--lr", "0.01", *QUICK, "--no-dashboard",
        "--experiment", "pictures", "--data-memory", "0", XDG_CACHE_HOME=str(tmp_path / "cache"),
    )  # fmt: skip
    assert trained.ends() == 0, trained.said
    assert "on cpu, where samples may take 0 GB: it is streamed" in trained.said
    experiment = known(tmp_path / "runs" / "pictures")
    view = experiment.runs[0]
    assert view.config["augment"] == "crop:pad=2+flip"
    assert view.class_names() == ["blue", "red"]
    assert (view.result("test_accuracy") or 0) > 0.9


LOOPS = """
import runpy
import sys

loop, *names = sys.argv[1:]
for name in names:
    sys.argv = [loop, name]
    runpy.run_path(loop, run_name="__main__")
"""
"""Runs the loop for one after the other: PyTorch's optimisers take a second to load."""


@pytest.fixture(scope="module")
def looped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the loop of the page has recorded, twice of each set."""
    folder = tmp_path_factory.mktemp("looped")
    elsewhere = write_examples(folder)
    loops, table = elsewhere / "loops.py", str(elsewhere / "houses.csv")
    loops.write_text(LOOPS)
    names = [*RESULTS, *RESULTS, table]
    ended = Script(loops, str(elsewhere / "loop.py"), *names, folder=folder).ends()
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.mark.parametrize("name", RESULTS)
def test_the_loop_of_the_page_records_the_same_results_and_again_under_the_next_name(
    name: str, looped: Path
) -> None:
    experiment = known(looped / "runs" / f"own-{name}")
    good_enough(experiment, name)
    assert [view.name for view in experiment.runs[:2]] == ["linear", "linear-2"]
    for view in experiment.runs:
        assert view.state == "done"
        assert "truth" in view.media


def test_the_loop_of_the_page_records_a_table_beside_another_regression(looped: Path) -> None:
    *_, of_table = known(looped / "runs" / "own-houses").runs
    assert of_table.config == {"data": str(looped / "elsewhere" / "houses.csv")}
    assert of_table.result("test_mae") is not None
    assert (of_table.result("test_mae") or 0) <= ENOUGH["houses"]
