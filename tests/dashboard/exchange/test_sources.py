"""dashboard.exchange.sources: what is imported, and that a mistake leaves nothing behind."""

import importlib
from pathlib import Path

import pytest

from dashboard.errors import UserError
from dashboard.exchange.sources import SOURCES, import_runs, source_of
from dashboard.windows.compare_windows import compare_windows
from tests.support.reading import read

CHART = '"Step","a - loss","b - loss"\n"0","1.5","2.5"\n'


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    (tmp_path / "my chart.csv").write_text(CHART)
    return tmp_path / "my chart.csv"


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_a_reader_that_a_folder_without_files_is_nothing_to(
    name: str, tmp_path: Path
) -> None:
    reader = SOURCES[name].reader()
    assert reader is importlib.import_module(SOURCES[name].module)
    assert callable(reader.read)
    assert not reader.is_one(tmp_path)


def test_an_experiment_is_called_as_its_file_and_says_where_it_comes_from(
    chart: Path, tmp_path: Path
) -> None:
    result = import_runs(chart, tmp_path / "runs", command=["import", str(chart)])
    assert (result.experiment, result.runs) == ("my chart", ["a", "b"])
    experiment = read(tmp_path / "runs" / "my chart")
    assert experiment.record.settings["imported"] == {"from": str(chart), "program": "W&B"}
    assert experiment.launches[0]["command"] == ["import", str(chart)]
    drawn = {name: window.draw(experiment) for name, window in compare_windows(experiment).items()}
    assert f"import {chart}" in str(drawn["origin"])


def test_what_no_program_has_written_is_one_sentence_that_says_what_is_allowed(
    tmp_path: Path,
) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UserError, match=r"nothing that can be imported: allowed are a log folder"):
        source_of(tmp_path / "thesis.tex")
    with pytest.raises(UserError, match="is not there"):
        source_of(tmp_path / "nowhere")


def test_a_name_that_is_taken_or_not_allowed_is_refused_before_anything_is_read(
    chart: Path, tmp_path: Path
) -> None:
    import_runs(chart, tmp_path / "runs", "old")
    with pytest.raises(UserError, match="give --experiment old-2, which is free"):
        import_runs(chart, tmp_path / "runs", "old")
    with pytest.raises(UserError, match="not allowed"):
        import_runs(chart, tmp_path / "runs", "../old")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["old"]
