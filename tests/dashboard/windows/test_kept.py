"""The windows of what is left of a run, and of where the experiment comes from."""

import json
from pathlib import Path

from dashboard.record.provenance import entry
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from dashboard.windows import kept
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.run_windows import run_windows
from tests.support.invented import GRID, add_text, invent
from tests.support.reading import read

RUN = "relu-normal"


def test_a_failed_run_shows_its_whole_traceback_and_no_other_run_has_the_window(
    tmp_path: Path,
) -> None:
    try:
        with Recorder(tmp_path / "mine", "bad") as run:
            run.scalar("loss", 3, 1.0)
            raise ValueError("<b>no</b>")
    except ValueError:
        pass
    with Recorder(tmp_path / "mine", "good") as run:
        run.scalar("loss", 3, 1.0)
    bad, good = read(tmp_path / "mine").runs
    content = kept.traceback(bad).content
    assert "ValueError: &lt;b&gt;no&lt;/b&gt;" in content
    assert "test_kept.py" in content
    assert bad.media["traceback"].step == 3
    assert "traceback" in run_windows(bad)
    assert "traceback" not in run_windows(good)


def test_a_run_that_was_stopped_has_no_traceback(tmp_path: Path) -> None:
    try:
        with Recorder(tmp_path / "mine", "r"):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert "traceback" not in read(tmp_path / "mine").runs[0].media


def test_all_lines_are_shown_and_of_very_many_the_newest(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    for i in range(3):
        add_text(experiment, RUN, "output", f"line <{i}>")
    content = kept.output(experiment.runs[0]).content
    assert "line &lt;0&gt;\nline &lt;1&gt;\nline &lt;2&gt;" in content
    assert "3 lines<" in content
    add_text(experiment, RUN, "output", "\n".join(f"number {i}" for i in range(5000)))
    content = kept.output(experiment.runs[0]).content
    assert "number 4999" in content
    assert "number 10\n" not in content
    assert "5,003 lines, the last" in content


def test_a_kept_model_is_listed_with_the_lines_that_load_it(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    files = [{"file": "last.pt", "step": 1200, "test_accuracy": 0.97, "test_loss": None,
              "bytes": 798_300}]  # fmt: skip
    add_text(experiment, RUN, "models", json.dumps(files), kind="json")
    content = kept.models(experiment.runs[0]).content
    assert "<td>1,200</td><td>0.9700</td><td>–</td><td>0.80 MB</td>" in content
    assert f"{tmp_path.name}/e&quot;, &quot;{RUN}&quot;, &quot;last&quot;)" in content


def origin_of(experiment: Experiment) -> str:
    return kept.origin(experiment).content


def test_where_an_experiment_comes_from_is_shown_for_each_launch(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    assert "origin" not in compare_windows(experiment)
    experiment.record.keep(entry(["--lr", "<0.1>"], ["cpu"]))
    experiment.record.keep(entry(["resume", "e"]))
    assert "origin" in compare_windows(experiment)
    content = origin_of(experiment)
    assert "launch.py --lr &lt;0.1&gt;" in content
    assert content.index("launched") < content.index("resumed")
    assert "<td>torch</td>" in content
    assert "read again" not in content
    again = read(tmp_path / "e")
    assert origin_of(again) == content


def test_a_record_from_elsewhere_may_say_anything_of_where_it_comes_from(tmp_path: Path) -> None:
    experiment = invent(tmp_path / "e", GRID)
    odd = {"machine": 3, "versions": {"torch": "<b>"}, "git": {"changed": None, "commit": []}}
    experiment.record.keep({"launch 1": odd, "launch 2": "no entry"})
    assert "&lt;b&gt;" in origin_of(experiment)
