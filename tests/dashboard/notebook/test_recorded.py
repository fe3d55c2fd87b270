"""dashboard.load: what a person's own code gets of what was recorded, live or ended."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dashboard import Recorder, load
from dashboard.errors import UserError
from tests.support.documents import example
from tests.support.launching import ROOT
from tests.support.reading import left_open

PIXELS = np.arange(5 * 8 * 8, dtype=np.uint8).reshape(5, 8, 8) * 2
COLOURS = np.arange(3 * 4 * 6 * 3, dtype=np.uint8).reshape(3, 4, 6, 3)


@pytest.fixture
def runs_dir(tmp_path: Path) -> Path:
    """With an experiment of two runs by hand: "a" has everything, "b" still trains."""
    folder = tmp_path / "runs" / "exp"
    config = {"lr": 0.1, "hidden": [3, 4]}
    with Recorder(folder, "a", config=config) as run:
        for step, value in enumerate([1.0, 0.5, math.nan, math.inf], 1):
            run.scalar("train_loss", step, value)
        run.scalar("test_accuracy", 2, 0.75)
        run.scalar("test_accuracy", 4, 0.5)
        run.images("x", 2, PIXELS, [1, 2, 3, 4, 5], [1, 2, 3, 4, 0])
        run.images("colours", 2, COLOURS)
        run.text("notes", 1, "first")
        run.text("notes", 4, "later")
        run.data("facts", 4, {"a": [1, 2]})
    left_open(folder, "b").scalar("train_loss", 1, 2.0)
    return folder.parent


def test_runs_are_a_table_of_settings_and_results(runs_dir: Path) -> None:
    table = load("exp", runs_dir).runs()
    assert list(table.index) == ["a", "b"]
    row = table.loc["a"]
    assert (row["state"], row["param.lr"], row["param.hidden"]) == ("done", 0.1, "3 4")
    assert (row["best"], row["best_step"], row["result.test_accuracy"]) == (0.75, 2, 0.5)
    assert table.loc["b", "state"] == "running"


def test_curves_are_a_table_of_every_point_as_it_was_recorded(runs_dir: Path) -> None:
    table = load("exp", runs_dir).curves(runs=["a"])
    loss = table[table["series"] == "train_loss"]
    assert list(loss["step"]) == [1, 2, 3, 4]
    np.testing.assert_array_equal(loss["value"], [1.0, 0.5, np.nan, np.inf])
    assert str(table["time"].dt.tz) == "UTC"
    assert set(load("exp", runs_dir).curves("test_*")["series"]) == {"test_accuracy"}


def test_a_run_that_trains_is_read_on_by_the_next_call(runs_dir: Path) -> None:
    loaded = load(runs_dir / "exp")
    recorder = left_open(runs_dir / "exp", "late")
    for step in (1, 2):
        recorder.scalar("train_loss", step, 1.0)
        recorder.flush()
        assert len(loaded.curves(runs=["late"])) == step
    assert "late" in repr(loaded)


def test_images_come_back_as_arrays_each_alone(runs_dir: Path) -> None:
    (images,) = load("exp", runs_dir).images("a")
    assert images.step == 2
    assert images.each is not None
    assert np.abs(images.each.astype(int) - PIXELS).max() <= 1  # three greys are the frames'
    assert images.labels is not None
    assert list(images.labels) == [1, 2, 3, 4, 5]
    (coloured,) = load("exp", runs_dir).images("a", "colours")
    assert coloured.each is None  # nothing says how many there are
    assert coloured.sheet.shape[2] == 3


def test_texts_and_data_come_by_their_steps(runs_dir: Path) -> None:
    loaded = load("exp", runs_dir)
    assert loaded.texts("a", "notes") == {1: "first", 4: "later"}
    assert loaded.data("a", "facts") == {4: {"a": [1, 2]}}


def test_models_are_the_files_that_load_run_loads(runs_dir: Path) -> None:
    loaded = load("exp", runs_dir)
    assert loaded.models("a") == {}
    kept = runs_dir / "exp" / "models" / "a"
    kept.mkdir(parents=True)
    (kept / "best.pt").touch()
    assert loaded.models("a") == {"best": kept / "best.pt"}


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda d: load("gone", d), r"no experiment 'gone' in .*: there are exp$"),
        (lambda d: load("exp", d).images("c"), r"^exp has no run 'c': there are a, b$"),
        (lambda d: load("exp", d).models("../a"), r"^exp has no run '\.\./a': there are a, b$"),
        (lambda d: load("exp", d).curves(runs=["c"]), r"^exp has no run 'c': there are a, b$"),
        (lambda d: load("exp", d).curves("acc"), r"^exp has no series 'acc': there are train"),
        (lambda d: load("exp", d).images("a", "y"), r"^a has no images 'y': there are x, colours$"),
        (lambda d: load("exp", d).texts("b", "n"), r"^b has no text 'n': it has none$"),
    ],
)  # fmt: skip
def test_a_wrong_name_lists_what_there_is(runs_dir: Path, ask: object, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        ask(runs_dir)  # type: ignore[operator]


def test_without_pandas_tables_say_what_to_install_and_the_rest_works(runs_dir: Path) -> None:
    code = (
        "import sys; sys.modules['pandas'] = None\n"
        "from dashboard import load\n"
        f"loaded = load('exp', {str(runs_dir)!r})\n"
        "assert loaded.texts('a', 'notes') and loaded.images('a')\n"
        "try: loaded.runs()\n"
        "except ValueError as why: print(why)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert said.stdout.startswith("tables need pandas, which is not installed: pip install pandas")


def test_the_import_alone_loads_neither_pandas_nor_a_server() -> None:
    code = (
        "import dashboard, sys; sys.exit(bool({'pandas', 'tornado', 'plotly'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_the_example_of_the_page_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        with Recorder(tmp_path / "runs" / "NAME", name) as run:
            run.scalar("train_loss", 1, 1.0)
            run.scalar("test_accuracy", 1, 0.5)
            run.images("x", 1, PIXELS, [1, 2, 3, 4, 5])
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(example("import load, show"), names)
    assert len(names["runs"]) == 2  # type: ignore[arg-type]
    assert set(names["losses"]["series"]) == {"train_loss"}  # type: ignore[index]
    assert names["images"].each.shape == PIXELS.shape  # type: ignore[attr-defined]
