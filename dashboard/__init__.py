"""Shows recorded runs in a browser and in a terminal. Knows nothing of torch or of trainers.

A training loop of your own needs one name from here, a notebook that looks back two more:

    from dashboard import Recorder, load, show
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dashboard.notebook.figures import Figures
    from dashboard.notebook.recorded import Recorded
    from dashboard.notebook.shown import Framed
    from dashboard.record.recorder import Recorder

__all__ = ["Recorder", "load", "show"]


def __getattr__(name: str) -> Any:
    if name != "Recorder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from dashboard.record.recorder import Recorder  # takes NumPy: not before somebody records

    return Recorder


def load(name: str | Path, runs_dir: str | Path = "runs") -> Recorded:
    """Load a recorded experiment, live or ended, by its name in `runs_dir`, or by its folder.

    Its `runs()` and `curves()` are pandas tables, `images()` arrays, `texts()`, `data()` and
    `models()` the rest; see `dashboard.notebook.recorded.Recorded`. Raises RecordError, which names
    what there is.
    """
    from dashboard.notebook import recorded  # reads with NumPy: not before somebody asks

    return recorded.recorded_in(name, runs_dir)


def show(
    name: str | Path,
    run: str | None = None,
    *,
    runs_dir: str | Path = "runs",
    static: bool = False,
    origin: str | Sequence[str] | None = None,
    height: int = 800,
) -> Framed | Figures:
    """Show an experiment in a notebook, as the last line of a cell: the live page, or figures.

    run: of one run instead of all. static: figures that need no server and stay in the notebook.
    origin: of the page around the notebook, the only one that may show ours (default: the Jupyter
    server that started this kernel). height: in pixels. The server for the live page is this
    process's and ends with it. Raises RecordError for a name that is not there; UserError.
    """
    from dashboard.notebook import figures, recorded, shown
    from dashboard.notebook import origin as origins

    experiment = recorded.recorded_in(name, runs_dir)
    experiment.check_run(run)
    if static:
        return figures.figures(experiment.folder, run, height)
    embed = origins.origins(origin)
    return shown.framed(experiment.folder.parent, experiment.environment(run), embed, height)
