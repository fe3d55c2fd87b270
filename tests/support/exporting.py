"""An experiment written into the files that most tests of export look at: CSV, JSON and plots."""

from pathlib import Path

from dashboard.cli.formats import write_formats
from dashboard.runs.experiment import Experiment


def export(experiment: Experiment, folder: Path) -> None:
    """Write them into `folder`."""
    write_formats(experiment, folder, ["csv", "json", "html"])
